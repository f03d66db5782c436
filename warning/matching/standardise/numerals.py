"""Numerals of three scripts: 一二三, １２３ and 123, also 〇, 零, 两, 廿 and 卅."""

from collections.abc import Iterable

#: The characters of a Chinese numeral, for the patterns of other modules.
CHINESE_NUMERALS = "零〇一二两三四五六七八九十百廿卅"

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"廿": 20, "卅": 30}


def _figures(digits: Iterable[int]) -> str:
    """The digits, however many, without zeros before them."""
    return "".join(map(str, digits)).lstrip("0") or "0"


def number_text(text: str) -> str:
    """The numeral in plain digits: 二十一, 廿一, 二一 and 021 → 21; 4A stays 4A.

    What is no numeral at all comes back as it was.
    """
    if text.isdecimal():
        return _figures(map(int, text))
    if any(c not in CHINESE_NUMERALS for c in text):
        stripped = text.lstrip("0")
        return stripped if stripped[:1].isdigit() else text
    if not any(c in "十百廿卅" for c in text):
        return _figures(_DIGITS[c] for c in text) if text else text
    total, digit = 0, 0
    for c in text:
        if c in _TENS:
            total, digit = total + _TENS[c], 0
        elif c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[c]
    return str(total + digit)
