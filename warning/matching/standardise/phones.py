"""Phone numbers: digits without country code and separators, and what kind they are."""

import re
import unicodedata
from functools import partial

import pandas as pd

from warning.matching.standardise.distinct import spread

MOBILE = re.compile(r"1[3-9][0-9]{9}")
#: Area codes: 010 and 02x before eight digits, the others before seven or eight.
LANDLINE = re.compile(r"(?:0(?:10|2[0-9])[2-8][0-9]{7}|(?:0[3-9][0-9]{2})?[2-8][0-9]{6,7})")
#: Numbers that answer for an office: never evidence of who somebody is.
SERVICE = re.compile(
    r"(?:0(?:10|2[0-9]|[3-9][0-9]{2}))?(?:1(?:1[0-9]|2[0-9])|12[0-9]{3}|100[0-9]{2}|9[56][0-9]{3,4})"
    r"|[48]00[0-9]{7}"
)
GLUED = re.compile(r"(?:(?:0086|86|0)?1[3-9][0-9]{9}){2,}")
ONE_GLUED = re.compile(r"(?:0086|86|0)?(1[3-9][0-9]{9})")
#: A number of another country, with + or 00 before its code, of at least eight digits with it, and
#: not what a + joins to the number before it (13900001111+8212345); Hong Kong's, Macao's and Taiwan's
#: without these, too: 852-91230001.
FOREIGN_WRITTEN = re.compile(
    r"(?<![0-9])(?:\+|00)[ \-(]{0,2}(?!86)([1-9](?:[ \-()]{0,2}[0-9]){7,13})(?![0-9*])"
    r"|(?<![0-9])((?:85[23](?:[ \-)]{1,2}[2-9][0-9]{3}[ \-]?|[2-9][0-9]{3})[0-9]{4}"
    r"|886[ \-)]{0,2}0?9[0-9]{2}[ \-]?[0-9]{3}[ \-]?[0-9]{3}))(?![0-9*])"
)
#: 00 before a mobile (00 139 0000 1111) makes no country's.
FOREIGN = re.compile(rf"00(?!86|{MOBILE.pattern}$)[1-9][0-9]{{7,13}}")
#: Kinds of numbers that may be somebody's own.
PERSONAL = ("mobile", "landline", "foreign")
EXTENSION = re.compile(r"(?:转|分机号?|EXT\.?|#)\D{0,3}([0-9]{1,6})\D{0,3}$")
DASHED = re.compile(r"((?:0[0-9]{2,3}-?)?[2-8][0-9]{6,7})-([0-9]{1,5})$")
SEPARATORS = re.compile(r"[、，,;；/|\\和或及与]|\n")
#: Commas, brackets and words around digits part groups of them.
GROUPS = re.compile(r"[0-9*]+")
MASKED = re.compile(r"1[3-9*][0-9*]{9}")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－~～", "-"))
#: Digits gathered from groups that may still be one number, its country code among them.
LONGEST = 24
SERIES = ("01234567", "12345678", "23456789", "98765432", "87654321")
COLUMNS = ("phone", "others", "kind", "extension", "done")


def phones(series: pd.Series, area_code: str | None = None, *, abroad: bool = True) -> pd.DataFrame:
    """Standardise phone numbers.

    Args:
        series: as written; missing stays missing.
        area_code: put before landlines that stand without one (``"0936"``); None: they stay.
        abroad: whether numbers of other countries are read as such; before 0.14 they were none, or
            cut to a landline, and stores hold hashes of these.

    Returns:
        In the index of ``series``:

        - raw: as written;
        - phone: digits; the first of several that is one, else the first;
        - others: further ones, joined by ``|``;
        - kind of ``phone``: mobile, landline, service (110, 12345, 95598, 400…: an office's),
          foreign (``0085291230001``), masked (``138****8000``), placeholder, malformed;
        - extension: of a landline or a service;
        - done: what was done, codes joined by ``|`` (width, signs, country_code, zero,
          extension, area_code, parted).
    """
    result = spread(series, partial(_parse, abroad=abroad), COLUMNS)
    if area_code is not None:
        bare = (result["kind"] == "landline") & result["phone"].str.slice(0, 1).ne("0")
        result["phone"] = result["phone"].mask(bare, area_code + result["phone"])
        added = (result["done"] + "|").fillna("") + "area_code"
        result["done"] = result["done"].mask(bare, added)
    return result


def _parse(raw: str, *, abroad: bool) -> tuple[str | None, ...]:
    if raw.isascii() and kind_of(raw) == "mobile":
        return raw, None, "mobile", None, None  # as most are: nothing to be done
    done: set[str] = set()
    found = _found(raw, done, abroad=abroad)
    if not found:
        return None, None, None, None, None
    found = list(dict.fromkeys(found))
    if len(found) > 1:
        done.add("parted")
    # An office's number or a scrap before a person's own number does not hide it.
    first = next((one for one in found if kind_of(one[0]) in PERSONAL), found[0])
    others = [number for number, _ in found if number != first[0]]
    told = "|".join(sorted(done)) or None
    return first[0], "|".join(others) or None, kind_of(first[0]), first[1], told


def phones_in(text: str) -> list[str]:
    """The numbers of a field in their order, standard; none where one has an extension.

    >>> phones_in("13900001111/0936-8212345")
    ['13900001111', '09368212345']
    """
    found = _found(text, set(), abroad=True)
    return [] if any(extension for _, extension in found) else [number for number, _ in found]


def _found(raw: str, done: set[str], *, abroad: bool) -> list[tuple[str, str | None]]:
    """Every number of a field, standard, with its extension."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if text != raw:
        done.add("width")
    parts = SEPARATORS.split(text.translate(DASHES).upper())
    return [number for part in parts for number in _numbers(part.strip(), done, abroad=abroad)]


def _numbers(part: str, done: set[str], *, abroad: bool) -> list[tuple[str, str | None]]:
    """Numbers with their extensions in a text without separators."""
    extension = None
    found = EXTENSION.search(part) or DASHED.search(part)
    if found:
        extension = found[found.re.groups]
        part = part[: found.start()] + (found[1] if found.re is DASHED else "")
        done.add("extension")
    numbers, end = [], 0
    for foreign in FOREIGN_WRITTEN.finditer(part) if abroad else ():
        number = re.sub("[^0-9]", "", foreign[0]).removeprefix("00")
        if MOBILE.fullmatch(number):
            continue
        done.add("signs")
        numbers += [
            *_domestic(part[end : foreign.start()], extension, done),
            ("00" + number, extension),
        ]
        end = foreign.end()
    return [*numbers, *_domestic(part[end:], extension, done)]


def _domestic(part: str, extension: str | None, done: set[str]) -> list[tuple[str, str | None]]:
    """The numbers of this country in a text without others, each with the extension."""
    groups = GROUPS.findall(part)
    if not groups:
        return []
    whole = "".join(groups)
    if whole != part:
        done.add("signs")
    bare = _bare(whole, done)
    if _known(bare):
        return [(bare, extension)]
    if GLUED.fullmatch(whole):
        return [(number, extension) for number in ONE_GLUED.findall(whole)]
    gathered, held = [], ""
    for group in groups:
        held = held + group
        if len(held) > LONGEST:
            continue
        held = _bare(held, done)
        if _known(held):
            gathered.append((held, extension))
            held = ""
    if gathered and len(held) < 7:
        return gathered  # what is left is no number: a house number, a scrap
    return [*gathered, (held, extension)] if gathered else [(bare, extension)]


def _bare(digits: str, done: set[str]) -> str:
    """Without country code and the zero once dialled before mobiles."""
    bare = re.sub(r"^(?:00)?86(?=1[3-9][0-9]{9}$)", "", digits)
    if bare == digits:
        bare = re.sub(r"^(?:00)?86(?=0?[1-9][0-9]{8,10}$)0?", "0", digits)
    if bare != digits:
        done.add("country_code")
    mobile = re.sub(r"^0(?=1[3-9][0-9]{9}$)", "", bare)
    if mobile != bare:
        done.add("zero")
    return mobile


def _known(number: str) -> bool:
    """Whether this is a number of this country."""
    return kind_of(number) not in ("malformed", "foreign")


def kind_of(phone: str) -> str:
    """What a number is, by its digits.

    >>> kind_of("13900001111"), kind_of("09368212345"), kind_of("95598"), kind_of("1390000")
    ('mobile', 'landline', 'service', 'malformed')
    >>> kind_of("0085291230001")
    'foreign'
    """
    if "*" in phone:
        return "masked" if MASKED.fullmatch(phone) else "malformed"
    if SERVICE.fullmatch(phone):
        return "service"
    if len(phone) >= 7 and _is_placeholder(phone):
        return "placeholder"
    if MOBILE.fullmatch(phone):
        return "mobile"
    if FOREIGN.fullmatch(phone):
        return "foreign"
    return "landline" if LANDLINE.fullmatch(phone) else "malformed"


def _is_placeholder(phone: str) -> bool:
    """One or two digits throughout, one digit at the last eight places, or counted up."""
    if len(set(phone)) <= 2 or len(set(phone[-8:])) == 1:
        return True
    return len(phone) <= 11 and any(run in phone for run in SERIES)
