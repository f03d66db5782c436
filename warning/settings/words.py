"""Words that a configuration lists: one that nothing can hold would switch itself off in silence."""

import unicodedata
from typing import Annotated

from pydantic import AfterValidator

from warning.language import say


def not_blank(text: str) -> str:
    """The text itself.

    Raises:
        ValueError: it has no sign that is seen, only blanks, also of full or no width.
    """
    if all(unicodedata.category(sign)[0] in "ZC" for sign in text):
        raise ValueError(say("文字，不得为空", "a text, not blank"))
    return text


#: A word that is looked for, or that stands in a document.
Word = Annotated[str, AfterValidator(not_blank)]
