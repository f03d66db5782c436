"""The language that a person reads: Chinese unless ``WARNING_LANG=en``."""

import os


def english() -> bool:
    """Whether messages are to be in English. Read from the environment at each call."""
    return os.environ.get("WARNING_LANG", "zh").lower().startswith("en")


def say(zh: str, en: str) -> str:
    """Return the text in the reader's language; both are written where they are used."""
    return en if english() else zh
