"""Text from data on a terminal: shown as it is, and never obeyed."""

import re
from typing import Any

from rich.console import Console
from rich.text import Text

#: What moves a cursor, colours, renames a window, or turns the direction of what follows. Line
#: ends and tabs are no such signs, nor are rare characters of names, which have no meaning here.
_OBEYED = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)


def visible(text: str) -> str:
    r"""The text with every sign that a terminal obeys written out (``\x1b``)."""
    return _OBEYED.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


class PlainConsole(Console):
    """A console for which no text is markup, an emoji or a command to the terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        """See :class:`Console`: whatever is printed or stands in a table comes by here."""
        return super().render_str(visible(text), **options)
