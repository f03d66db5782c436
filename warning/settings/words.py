"""Words that a configuration lists: one that nothing can hold would switch itself off in silence."""

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from warning.language import say
from warning.markup import MARKUP

_MARKUP = re.compile(MARKUP, re.IGNORECASE)


def not_blank(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: it has no sign that is seen, only blanks, also of full or no width.
    """
    if _is_blank(text):
        raise ValueError(say("文字，不得为空", "a text, not blank"))
    return text


def _is_blank(text: str) -> bool:
    """Whether no sign is seen by itself: blanks, controls, marks and variants of other signs.

    Nor does markup that is read as one of these (``&zwnj;``).
    """
    return all(unicodedata.category(sign)[0] in "ZCM" for sign in _MARKUP.sub("", text))


#: A word that is looked for, or that stands in a document.
Word = Annotated[str, AfterValidator(not_blank)]


#: Stands in a keyword for a few characters.
GAP = "…"


def not_gaps_alone(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: it has only gaps, which every text holds.
    """
    if _is_blank(text.replace(GAP, "")):
        raise ValueError(say(f"{GAP} 之外还有文字", f"a text beside {GAP}"))
    return text


#: A word of the narrative, with gaps perhaps.
Keyword = Annotated[Word, AfterValidator(not_gaps_alone)]


def whole_path(text: str) -> str:
    """The path itself.

    Raises:
        ValueError: it is blank, or begins with ``~``, which only a shell knows.
    """
    if text.startswith("~") or not not_blank(text):
        raise ValueError(say("完整的路径，不用 ~", "a whole path, without ~"))
    return text


#: A file or directory.
PathText = Annotated[str, AfterValidator(whole_path)]
