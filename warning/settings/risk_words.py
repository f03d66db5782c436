"""What ``lexicons/risk_words.yaml`` may say."""

from functools import cache

from warning.settings.base import Strict, packaged
from warning.settings.words import Word

Words = tuple[Word, ...]


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
