"""Names and numbers in a text, however it writes them: with signs between, full width, spaced.

A text is read in plain signs (:mod:`warning.matching.standardise.signs`), without those that may
stand between the characters, and each find is led back to where it stands; the time is linear in
the text for each number and name that is sought, of many names for those whose beginning it has.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any

import pandas as pd

from warning.markup import MARKUP
from warning.matching.standardise.identifiers import SEVERAL, identifiers
from warning.matching.standardise.names import DOTS
from warning.matching.standardise.phones import GLUED, LANDLINE, ONE_GLUED, kind_of, phones
from warning.matching.standardise.signs import UNSEEN, plain

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
SPACES = " \t\n\r\v\f\u3000\xa0\u2002\u2003\u2009" + INVISIBLE
#: What may stand between the characters of a name.
BETWEEN = UNSEEN.union(SPACES, DOTS)
#: What may stand between the digits of a number.
SEPARATORS = frozenset(SPACES + DOTS + "-‐‑‒–—―−－ー~～〜_＿/／()（）")
#: What stands in a written name and is not the name.
NAME_NOISE = re.compile(rf"[（(].*$|[\s{re.escape(''.join(sorted(BETWEEN)))}]")
_SLASHES = frozenset("/／")
_HYPHENS = _SLASHES.union("-‐‑‒–—―−﹣－")
_OUTER = "".join(sorted(_HYPHENS))
#: What may stand between the letters of a name in a text: also one hyphen with letters beside it.
_GAP = re.compile(rf"(?:[{re.escape(''.join(sorted(BETWEEN | _HYPHENS)))}]|{MARKUP})++")
_ANY_GAP = BETWEEN | _HYPHENS | {"&", "<", "_"}
_MARKUP = re.compile(MARKUP, re.IGNORECASE)
_CAPITALS = re.compile("[A-Z]+")
_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
#: What is read over in a number, and what as a blank.
_READ_OVER = re.compile(rf"[{''.join(sorted(UNSEEN))}]|(?P<blank>{MARKUP})", re.IGNORECASE)
_ANY_READ_OVER = UNSEEN | {"&", "<", "_"}
_FIGURE = re.compile(r"\d")
#: Figures told in words, one by one.
SPOKEN = "〇零○一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两"
_FIGURES_OF = str.maketrans(SPOKEN, "00012345678912345678912")
#: Seven of them and more, whatever parts them; but for 一二三四五六七, which counts.
_SPOKEN_RUN = re.compile(
    rf"[{SPOKEN}](?:[ \t\-－—~～_·.]{{0,6}}[{SPOKEN}]){{6,}}+(?![十百千万亿拾佰仟年])"
)
_NO_FIGURE = re.compile(f"[^{SPOKEN}]")
_COUNTING = "一二三四五六七八九"
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
_UNSEEN_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: Letters by their class that show nothing.
BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0")
FIGURES = "0123456789"
#: Of more names than these only those are looked for whose beginning a text has.
MANY = 64
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
    usual = {code: unicodedata.normalize("NFKC", chr(code)).upper() for code in shapes}
    signs = {code: sign for code, sign in usual.items() if re.fullmatch(r"[0-9A-Z*]", sign)}
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

    Half a surrogate pair stays: so Python gives bytes that are no text (a terminal that is not
    UTF-8), and the store refuses them; without them the rest would be kept for the whole.

    >>> writable("\ufffe进展\x00，\n已谈妥 ")
    '进展，\n已谈妥'
    """
    return _UNSEEN_CONTROL.sub("", text).strip()


def without_signs(text: str, signs: frozenset[str]) -> tuple[str, Sequence[int]]:
    """The text without these signs, and where each of its characters stands in the text."""
    if signs.isdisjoint(text):
        return text, range(len(text))
    places = [at for at, letter in enumerate(text) if letter not in signs]
    return "".join(text[at] for at in places), places


def told_name(name: str) -> str:
    """A bare name as it is compared, however written: 張国棟 as 张国栋, John Smith as johnsmith.

    As :func:`letters_told` reads a text (李四-2 stays), without hyphens around two letters and more.
    """
    told = _letters(name)[0]
    inner = told.strip(_OUTER)
    return inner if len(inner) > 1 and not inner.isdecimal() else told


def told_names(names: Sequence[str]) -> list[str]:
    """:func:`told_name` of many, in their order."""
    together = _lower(plain("\n".join(names))).split("\n")
    if len(together) != len(names):
        return [told_name(name) for name in names]
    return [name if name.isalpha() else told_name(name) for name in together]


@lru_cache(maxsize=16)
def letters_told(text: str) -> tuple[str, Sequence[int]]:
    """The letters of a text as names are compared, and where each of them stands in the text."""
    return _letters(text)


def _letters(text: str) -> tuple[str, Sequence[int]]:
    read = _lower(plain(text))
    if _ANY_GAP.isdisjoint(read):
        return read, range(len(read))
    places: list[int] = []
    end = 0
    for gap in _GAP.finditer(read):
        places += range(end, gap.start())
        hyphens = [at for at in range(*gap.span()) if read[at] in _HYPHENS]
        beside = read[max(0, gap.start() - 1) : gap.start()] + read[gap.end() : gap.end() + 1]
        if len(hyphens) != 1 or len(beside) != 2 or not beside.isalpha():
            places += hyphens
        end = gap.end()
    places += range(end, len(read))
    return "".join([read[at] for at in places]), places


def _lower(text: str) -> str:
    return _CAPITALS.sub(lambda found: found[0].lower(), text)


def name_spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where the names stand: start, end, name.

    Args:
        text: any.
        names: of :func:`bare_name`.
    """
    letters, places = letters_told(text)
    for name in _perhaps_in(letters, tuple(names)):
        told = _told_once(name)
        for at in _finds(letters, told) if told else ():
            start, stop = places[at], places[at + len(told) - 1] + 1
            if is_meant(text, start, stop, name):
                yield start, stop, name
        if is_edged(name):
            yield from written_spans(text, (name,))


_told_once = lru_cache(maxsize=8192)(told_name)


def _perhaps_in(letters: str, names: tuple[str, ...]) -> Sequence[str]:
    """The names, in their order; of many only those of which the letters have the beginning."""
    if len(names) <= MANY:
        return names
    by_beginning = _by_beginning(names)
    beginnings = {"", *letters, *map(str.__add__, letters, letters[1:])}
    return [names[at] for at in sorted(chain(*(by_beginning.get(two, ()) for two in beginnings)))]


@lru_cache(maxsize=16)
def _by_beginning(names: tuple[str, ...]) -> Mapping[str, Sequence[int]]:
    """Which of the names begin so, by the two first letters told; "" of those that may lack them."""
    by_beginning: defaultdict[str, list[int]] = defaultdict(list)
    for at, name in enumerate(names):
        by_beginning["" if is_edged(name) else told_name(name)[:2]].append(at)
    return by_beginning


def may_begin(letters: str) -> bool:
    """Whether a name that is looked for may begin so: 欧阳建, 李四-, A-1; figures alone do not."""
    return letters.isalpha() or (
        letters.strip(_OUTER)[:1].isalpha()
        and all(sign.isalnum() or sign in _HYPHENS for sign in letters)
    )


def is_edged(name: str) -> bool:
    """Whether a bare name begins or ends with a hyphen, which a text's letters may not have."""
    return name[:1] in _HYPHENS or name[-1:] in _HYPHENS


def written_spans(text: str, names: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where names with hyphens stand as they are written: start, end, name."""
    if _HYPHENS.isdisjoint(text):
        return
    letters, places = without_signs(text, BETWEEN)
    for name in names:
        for at in _finds(letters, name) if name else ():
            yield places[at], places[at + len(name) - 1] + 1, name


def is_meant(text: str, start: int, stop: int, name: str) -> bool:
    """Whether a find in :func:`letters_told` is the name, not a part of a word or two words.

    In other Latin letters than the name's (lin in online) it is a whole word. Over a hyphen (小李-明天)
    it is a name of three letters and more, over a slash, which parts names, of four and more, or
    one that has a slash between all its letters (侯/延/庆); or the name itself has such a sign.
    """
    written = text[start:stop]
    if written == name or (bare := _MARKUP.sub("", without_signs(written, BETWEEN)[0])) == name:
        return True
    beside = (*text[max(0, start - 1) : start], *text[stop : stop + 1])
    if text[start].isascii() and not _ASCII_LETTERS.isdisjoint(beside):
        return False
    if _HYPHENS.isdisjoint(bare) or not _HYPHENS.isdisjoint(name):
        return True
    slashes = sum(sign in _SLASHES for sign in bare)
    return len(name) > 3 or (len(name) == 3 and slashes in (0, 2))


def read_over(text: str) -> tuple[str, Sequence[int]]:
    """A text as its numbers are read, and where each of its signs stands in the text.

    Without signs that nobody sees, a blank for what a web page writes for one, and figures of other
    scripts as ours.
    """
    places: Sequence[int] = range(len(text))
    if text.isascii() and _ANY_READ_OVER.isdisjoint(text):
        return text, places
    if not _ANY_READ_OVER.isdisjoint(text):
        parts: list[str] = []
        kept: list[int] = []
        end = 0
        for found in _READ_OVER.finditer(text):
            parts.append(text[end : found.start()])
            kept += range(end, found.start())
            if found["blank"] and not found["unseen"]:
                parts.append(" ")
                kept.append(found.start())
            end = found.end()
        text, places = "".join([*parts, text[end:]]), [*kept, *range(end, len(text))]
    if not "".join(_FIGURE.findall(text)).isascii():
        text = _FIGURE.sub(lambda found: str(unicodedata.decimal(found[0])), text)
    return text, places


def spoken_runs(text: str) -> list[tuple[int, int]]:
    """Start and end of the numbers that are told in words, figure by figure."""
    runs = _SPOKEN_RUN.finditer(text)
    return [run.span() for run in runs if _NO_FIGURE.sub("", run[0]) not in _COUNTING]


def in_figures(text: str, runs: Iterable[tuple[int, int]]) -> str:
    """The text with these of its :func:`spoken_runs`, in their order, in figures, one for one.

    >>> in_figures("电话一三九七七七七零零零一，三楼", [(2, 13)])
    '电话13977770001，三楼'
    """
    parts, end = [], 0
    for start, stop in runs:
        parts += [text[end:start], text[start:stop].translate(_FIGURES_OF)]
        end = stop
    return "".join([*parts, text[end:]])


def number_spans(text: str, numbers: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Where the numbers stand, none of them within a longer run of digits: start, end, number.

    Args:
        text: any.
        numbers: of :func:`numbers_told`.
    """
    read, whole = read_over(text)
    digits = in_figures(read, spoken_runs(read)).translate(STANDARD)
    if DIGIT.search(digits) is None:
        return
    letters, places = without_signs(digits, SEPARATORS)
    for number in numbers:
        for at in _finds(letters, number):
            start, stop = places[at], places[at + len(number) - 1] + 1
            if _is_whole(digits, start, stop, number):
                yield whole[start], whole[stop - 1] + 1, number


def _finds(letters: str, word: str) -> Iterator[int]:
    at = letters.find(word)
    while at >= 0:
        yield at
        at = letters.find(word, at + 1)


def _is_whole(digits: str, start: int, stop: int, number: str) -> bool:
    """Whether the digits beside a find leave it the number that a reader would take."""
    left, right = digits[max(0, start - REACH) : start], digits[stop : stop + REACH]
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
        elif kind == "foreign":
            yield number.removeprefix("00")


def _identities(written: Any, whole: Any) -> Iterator[str]:
    if isinstance(written, str):
        yield _as_written(written)
        yield from (part for part in map(_as_written, SEVERAL.split(written)) if len(part) >= 15)
    if isinstance(whole, str):
        yield whole
        if len(whole) == 18 and whole[6:8] == "19":
            yield whole[:6] + whole[8:17]


def _as_written(number: str) -> str:
    return without_signs(read_over(number)[0].translate(STANDARD), SEPARATORS)[0]
