"""How a text reads, whatever signs it is written with: radicals, other widths, traditional signs.

One sign for one, so that what is found in the plain text stands at the same place in the text.
"""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

from warning.matching.standardise.lexicons import simplified

#: Radicals that stand for the character they look like (as copied from a PDF) and that Unicode's
#: own rules do not lead back to it.
_RADICALS = str.maketrans(
    "⺟⺠⻁⻄⻅⻆⻋⻓⻔⻘⻙⻚⻛⻜⻝⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻰⻱",
    "母民虎西见角车长门青韦页风飞食马骨鬼鱼鸟卤麦黄黾齐齿龙龟",
)
#: Radicals, signs kept for other standards, signs of full width.
_OTHER_SHAPES = ((0x2E80, 0x2FE0), (0xF900, 0xFB00), (0xFF01, 0xFF5F), (0x2F800, 0x2FA20))
#: Signs that nobody sees: soft hyphens, directions, joiners, variants of a character's shape.
_UNSEEN = (
    (0xAD, 0xAD), (0x600, 0x605), (0x61C, 0x61C), (0x6DD, 0x6DD), (0x70F, 0x70F), (0x890, 0x891),
    (0x8E2, 0x8E2), (0x180B, 0x180F), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F),
    (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB), (0xE0001, 0xE007F), (0xE0100, 0xE01EF),
)  # fmt: skip
UNSEEN = frozenset(chr(code) for first, last in _UNSEEN for code in range(first, last + 1))


def plain(text: str) -> str:
    """The text in simplified characters of the usual shape and width; as long as it was.

    >>> plain("張國棟在⾼⻢路，１２號")
    '张国栋在高马路，12号'
    """
    return text.translate(_growing())


class _Signs(dict[int, str]):
    """Of each sign the plain one: ``str.translate`` is slow over signs that are not in its table."""

    def __missing__(self, code: int) -> str:
        self[code] = chr(code)
        return self[code]


@lru_cache(maxsize=1)
def table() -> dict[int, str]:
    """Signs, by their code → the plain ones, for ``str.translate``."""
    return dict(_shapes()) | {code: chr(sign) for code, sign in _RADICALS.items()} | simplified()


@lru_cache(maxsize=1)
def _growing() -> _Signs:
    return _Signs(table())


def _shapes() -> Iterator[tuple[int, str]]:
    usual = simplified()
    for code in chain.from_iterable(range(*shapes) for shapes in _OTHER_SHAPES):
        sign = unicodedata.normalize("NFKC", chr(code))
        if len(sign) == 1 and sign != chr(code) and sign.isalnum():
            yield code, sign.translate(usual)
