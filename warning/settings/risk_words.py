"""What ``lexicons/risk_words.yaml`` may say."""

from functools import cache
from typing import Any

from pydantic import Field

from warning.settings.base import Strict, packaged
from warning.settings.words import Word

Words = tuple[Word, ...]


def _as_packaged(group: str) -> Any:
    """A list that a file may lack, which was written before there was one: the packaged words."""
    return Field(default_factory=lambda: getattr(RiskWords.packaged(), group))


class RiskWords(Strict):
    """Words of risk in a narrative."""

    negations: Words  #: one directly before a word cancels it
    between: Words  #: what may stand between a negation and the word
    ignore: Words  #: phrases that only look alike, taken out first
    weapon: Words
    injury: Words
    serious_injury: Words
    death: Words
    threat: Words
    extreme: Words
    violence: Words
    alcohol: Words
    domestic_violence: Words
    #: By which it is known who did it to whom.
    partners: Words = _as_packaged("partners")
    family: Words = _as_packaged("family")
    couples: Words = _as_packaged("couples")
    blows: Words = _as_packaged("blows")
    brawls: Words = _as_packaged("brawls")
    strangers: Words = _as_packaged("strangers")
    warned: Words
    settled: Words

    @staticmethod
    @cache
    def packaged() -> "RiskWords":
        """The lexicon that the package carries, read once.

        Raises:
            SettingsError: the installed file is damaged.
        """
        return packaged("lexicons/risk_words.yaml", RiskWords)
