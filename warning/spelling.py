"""Names and numbers in a text, however it writes them: with signs between, full width, spaced.

A text is read without the signs that may stand between the characters, and each find is led back
to where it stands; the time is linear in the text for each name and number that is sought.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

import pandas as pd

from warning.matching.standardise.identifiers import SEVERAL, identifiers
from warning.matching.standardise.names import DOTS
from warning.matching.standardise.phones import GLUED, LANDLINE, ONE_GLUED, kind_of, phones

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
SPACES = " \t\n\r\v\f\u3000\xa0\u2002\u2003\u2009" + INVISIBLE
#: What may stand between the characters of a name.
BETWEEN = frozenset(SPACES + DOTS)
#: What may stand between the digits of a number.
SEPARATORS = frozenset(SPACES + DOTS + "-‐‑‒–—―−－~～_＿/／()（）")
#: What stands in a written name and is not the name.
NAME_NOISE = re.compile(rf"[（(].*$|[\s{re.escape(''.join(sorted(BETWEEN)))}]")
#: Fewer signs than these are no number that leads to a person.
LEAST = 5
#: How far beside a number the digits are looked at that it may be part of.
REACH = 60
#: Country and area code as they stand before a landline.
LEAD = re.compile(r"(?:(?:00)?86)?(?:0?(?:10|2[0-9]|[3-9][0-9]{2}))?")
AREA = re.compile(r"0(?:10|2[0-9]|[3-9][0-9]{2})")
DIGIT = re.compile(r"[0-9]")
#: Characters that XML, and so a document or a workbook, cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Letters by their class that show nothing.
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
FIGURES = "0123456789"
#: What stands for a name or number that was erased from a text.
ERASED = "（已删除）"
#: What stands for a character of a name or number that is hidden in a narrative.
HIDDEN = "□"

#: Start and end of a find, and what is to stand for it.
Span = tuple[int, int, str]


def _standard_signs() -> dict[int, str]:
    """Digits and letters of every width and shape, one sign for one; the X of an ID number."""
    shapes = chain(range(0xB2, 0xBA), range(0x2070, 0x208A), range(0x2460, 0x24EB),
                   range(0xFF0A, 0xFF5B), range(0x1D7CE, 0x1D800))  # fmt: skip
    plain = {code: unicodedata.normalize("NFKC", chr(code)).upper() for code in shapes}
    signs = {code: sign for code, sign in plain.items() if re.fullmatch(r"[0-9A-Z*]", sign)}
    small = {code: chr(code).upper() for code in range(ord("a"), ord("z") + 1)}
    return signs | small | {ord("×"): "X"}


STANDARD = _standard_signs()


def bare_name(name: str) -> str:
    """A name without what is not the name.

    >>> bare_name("才让 · 卓玛（本人）")
    '才让卓玛'
    """
    return NAME_NOISE.sub("", name)


def legible(text: str) -> str:
    r"""A name or reason as it reads: without signs that nobody sees.

    Empty where no letter and no digit is left: that names nobody and says nothing.

    >>> legible("王五\u200b "), legible("\u2060\u200d"), legible("——")
    ('王五', '', '')
    """
    seen = "".join(
        sign
        for sign in writable(text)
        if unicodedata.category(sign) not in ("Cf", "Cc") and sign not in BLANK_LETTERS
    ).strip()
    return seen if any(sign.isalnum() for sign in seen) else ""


def writable(text: str) -> str:
    r"""What somebody typed or pasted, without characters that no document can hold.

    >>> writable("\ufffe进展\ud800\x00，\n已谈妥 ")
    '进展，\n已谈妥'
    """
    return CONTROL.sub("", text).strip()


def without_signs(text: str, signs: frozenset[str]) -> tuple[str, Sequence[int]]:
    """The text without these signs, and where each of its characters stands in the text."""
    if signs.isdisjoint(text):
        return text, range(len(text))
    places = [at for at, letter in enumerate(text) if letter not in signs]
    return "".join(text[at] for at in places), places


def name_spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where the names stand: start, end, name.

    Args:
        text: any.
        names: of :func:`bare_name`.
    """
    letters, places = without_signs(text, BETWEEN)
    for name in names:
        for at in _finds(letters, name):
            yield places[at], places[at + len(name) - 1] + 1, name


def number_spans(text: str, numbers: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where the numbers stand, none of them within a longer run of digits: start, end, number.

    Args:
        text: any.
        numbers: of :func:`numbers_told`.
    """
    plain = text.translate(STANDARD)
    if DIGIT.search(plain) is None:
        return
    letters, places = without_signs(plain, SEPARATORS)
    for number in numbers:
        for at in _finds(letters, number):
            start, stop = places[at], places[at + len(number) - 1] + 1
            if _is_whole(plain, start, stop, number):
                yield start, stop, number


def _finds(letters: str, word: str) -> Iterator[int]:
    at = letters.find(word)
    while at >= 0:
        yield at
        at = letters.find(word, at + 1)


def _is_whole(plain: str, start: int, stop: int, number: str) -> bool:
    """Whether the digits beside a find leave it the number that a reader would take."""
    left, right = plain[max(0, start - REACH) : start], plain[stop : stop + REACH]
    before = left[len(left.rstrip(FIGURES)) :] if number[0] in FIGURES else ""
    after = right[: len(right) - len(right.lstrip(FIGURES))] if number[-1] in FIGURES else ""
    if not before and not after:
        return True
    run = before + number + after
    if GLUED.fullmatch(run) or ONE_GLUED.fullmatch(run):
        return number in ONE_GLUED.findall(run)
    is_landline = LANDLINE.fullmatch(number) or LANDLINE.fullmatch("0" + number)
    return bool(not after and is_landline and LEAD.fullmatch(before))


def replaced(text: str, spans: Iterable[Span]) -> str:
    """The text with what stands for each span; of two that overlap the first given counts."""
    free = bytearray(b"\1") * len(text)
    kept = []
    for start, stop, instead in spans:
        if all(free[start:stop]):
            free[start:stop] = bytes(stop - start)
            kept.append((start, stop, instead))
    parts, end = [], 0
    for start, stop, instead in sorted(kept):
        parts += [text[end:start], instead]
        end = stop
    return "".join([*parts, text[end:]])


def numbers_told(parties: pd.DataFrame) -> list[frozenset[str]]:
    """Of each row the digits by which a text may tell its phones and its ID number.

    As written, and as :func:`phones` and :func:`identifiers` read them; a landline with and without
    its area code, an ID number with 18 and with 15 digits. Numbers of offices are left out.

    Args:
        parties: id_number, phone, as written.
    """
    calls, numbers = phones(parties["phone"]), identifiers(parties["id_number"])
    every = calls["phone"] + ("|" + calls["others"]).fillna("")
    offices = calls["kind"].eq("service") & calls["others"].isna()
    columns = (calls["raw"].mask(offices), every, numbers["raw"], numbers["id_number"])
    return [
        frozenset(
            number
            for number in (*_calls(call, parted), *_identities(written, whole))
            if len(number) >= LEAST
        )
        for call, parted, written, whole in zip(*columns, strict=True)
    ]


def _calls(written: Any, parted: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield _as_written(written)
    for number in parted.split("|") if isinstance(parted, str) else ():
        kind = kind_of(number)
        area = AREA.match(number) if kind == "landline" else None
        if kind != "service":
            yield number
        if area:
            yield from (number[1:], number[area.end() :])


def _identities(written: Any, whole: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield _as_written(written)
        yield from (part for part in map(_as_written, SEVERAL.split(written)) if len(part) >= 15)
    if isinstance(whole, str):
        yield whole
        if len(whole) == 18 and whole[6:8] == "19":
            yield whole[:6] + whole[8:17]


def _as_written(number: str) -> str:
    return without_signs(number.translate(STANDARD), SEPARATORS)[0]
