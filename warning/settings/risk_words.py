"""What ``lexicons/risk_words.yaml`` may say."""

from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field

from warning.errors import SettingsError
from warning.settings.base import Strict, read_yaml

Words = tuple[Annotated[str, Field(min_length=1)], ...]


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
    def packaged() -> "RiskWords":
        """The lexicon that the package carries, read once.

        Raises:
            SettingsError: the installed file is damaged.
        """
        return _packaged_words()


@lru_cache(maxsize=1)
def _packaged_words() -> RiskWords:
    path = Path(str(resources.files("warning") / "config" / "lexicons" / "risk_words.yaml"))
    words, problems = read_yaml(path, RiskWords)
    if words is None:
        raise SettingsError(problems)
    return words
