"""ID numbers of GB 11643-1999: standard form, check digit, masks, what they tell.

A number that fails is weak evidence, not none: it keeps its text and says why it is weak.
"""

import calendar
import re
import unicodedata

import pandas as pd

from warning.matching.standardise.distinct import spread

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
FULL = re.compile(r"[0-9]{17}[0-9X]")
OLD = re.compile(r"[0-9]{15}")
SEVERAL = re.compile(r"[、，,;；/|\s]+")
#: What writers put for a digit they hide; X and × stand for it anywhere but at the 18th place.
HIDDEN = str.maketrans(dict.fromkeys("#_?●•※○〇□■", "*"))
UNKNOWN_RUN = re.compile(r"\*+")
TAIL = re.compile(r"(?:尾号|末尾|后[四五六4-6]位)\D{0,6}([0-9]{3,6}X?|[0-9]{2,5}X)$")
#: Characters of a whole number, at least: the old ones have so many.
SHORTEST = 15
#: Shown digits that make a masked number evidence.
LEAST_SHOWN = 4
#: Years of birth that a number may tell; nobody reported was born before, none yet after.
YEARS = (1880, 2100)
COLUMNS = ("id_number", "status", "birth_date", "sex", "area", "done")


def check_digit(first_17: str) -> str:
    """The 18th digit (GB 11643-1999).

    >>> check_digit("11010519491231002")
    'X'
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_17, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


def identifiers(series: pd.Series) -> pd.DataFrame:
    """Standardise ID numbers.

    Returns:
        In the index of ``series``:

        - raw: as written;
        - id_number: 18 characters, upper case; of masked ones with ``*`` for what is hidden, laid
          out on 18 places where it tells how; of malformed ones the letters and digits;
        - status: valid, checksum_failed, date_impossible (the check digit is right, the date is
          none), masked, short15 (made 18 long), malformed, placeholder (no number: 000…, all one
          digit; id_number is missing);
        - birth_date (moment), sex (男, 女), area (6 digits), each where the number shows it;
        - done: what was done, codes joined by ``|`` (width, signs, case, lengthened, laid_out,
          first_of_several).

        Whether the area is assigned is not asked.
    """
    result = spread(series, _parse, COLUMNS)
    digits = result["birth_date"]
    result["birth_date"] = pd.to_datetime(digits, format="%Y%m%d", errors="coerce").astype(
        "datetime64[us]"
    )
    return result


def identifiers_in(text: str) -> list[str]:
    """The numbers of a field, each as written, without scraps too short for one.

    >>> identifiers_in("629901198001010514、62990119800101053X")
    ['629901198001010514', '62990119800101053X']
    """
    plain = unicodedata.normalize("NFKC", text)
    return [part for part in SEVERAL.split(plain) if len(_signs(part.upper())) >= SHORTEST]


def _parse(raw: str) -> tuple[str | None, ...]:
    if raw.isascii() and FULL.fullmatch(raw):
        return _read(raw, [])  # as most are: nothing to be done
    text = unicodedata.normalize("NFKC", raw).strip()
    done = ["width"] if text != raw else []
    if "X" not in raw and "x" in text:
        done.append("case")
    text = text.upper().translate(HIDDEN)
    tail = TAIL.search(text)
    if tail:
        return _masked("*" + tail[1], [*done, "laid_out"])
    parts = [part for part in map(_signs, SEVERAL.split(text)) if len(part) >= SHORTEST]
    if len(parts) > 1:
        done.append("first_of_several")
        text = parts[0]
    plain = _signs(text)
    if plain != text:
        done.append("signs")
    return _read(plain, done)


def _signs(text: str) -> str:
    """Latin letters, digits and ``*``; a × that ends a whole number is its X."""
    kept = re.sub(r"[^0-9A-Z*×]", "", text)
    if len(kept) == 18 and kept[-1] == "×" and kept[:-1].isdigit():
        kept = kept[:-1] + "X"
    kept = kept.replace("×", "*")
    ends = kept.endswith("X") and len(kept) >= 2 and kept[-2] != "X"
    body = kept[:-1] if ends else kept
    return re.sub(r"X{2,}", lambda run: "*" * len(run[0]), body) + ("X" if ends else "")


def _read(text: str, done: list[str]) -> tuple[str | None, ...]:
    told = "|".join(done) or None
    digits = [sign for sign in text if sign.isdigit()]
    if not text.strip("*") or (len(digits) >= 6 and len(set(digits)) == 1) or _counts_up(text):
        return (None, "placeholder" if text else None, None, None, None, told)
    if "*" in text and len(digits) >= LEAST_SHOWN and not re.search(r"[A-WYZ]", text):
        return _masked(text, done)
    if OLD.fullmatch(text):
        first = f"{text[:6]}19{text[6:]}"
        return _full(first + check_digit(first), "short15", [*done, "lengthened"])
    if FULL.fullmatch(text):
        right = check_digit(text[:17]) == text[17]
        return _full(text, "valid" if right else "checksum_failed", done)
    return (text, "malformed", None, None, None, told)


def _counts_up(text: str) -> bool:
    return text.startswith("1234567890") and text.strip("X").isdigit()


def _full(text: str, status: str, done: list[str]) -> tuple[str | None, ...]:
    birth = text[6:14] if is_date(text[6:14]) else None
    if birth is None and status in ("valid", "short15"):
        status = "date_impossible"
    sex = "男" if int(text[16]) % 2 else "女"
    return (text, status, birth, sex, text[:6], "|".join(done) or None)


def _masked(text: str, done: list[str]) -> tuple[str | None, ...]:
    """A number of which some digits show, laid out on 18 places where that can be told."""
    laid = text
    runs = UNKNOWN_RUN.findall(text)
    if len(text) == 15 and text[6:12].isdigit() and is_date("19" + text[6:12]):
        laid = f"{text[:6]}19{text[6:]}*"
    elif len(text) != 18 and len(runs) == 1 and len(text) - len(runs[0]) <= 17:
        # One run of signs stands for whatever is missing: 6221****1234.
        laid = text.replace(runs[0], "*" * (18 - len(text) + len(runs[0])))
    if laid != text:
        done = [*done, "laid_out"]
    whole = len(laid) == 18
    birth = laid[6:14] if whole and laid[6:14].isdigit() and is_date(laid[6:14]) else None
    sex = ("男" if int(laid[16]) % 2 else "女") if whole and laid[16].isdigit() else None
    area = laid[:6] if whole and laid[:6].isdigit() else None
    return (laid, "masked", birth, sex, area, "|".join(dict.fromkeys(done)) or None)


def is_date(digits: str) -> bool:
    """Whether eight digits are a day on which somebody may have been born.

    >>> is_date("19900229"), is_date("19920229")
    (False, True)
    """
    year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
    if not (YEARS[0] <= year < YEARS[1] and 1 <= month <= 12):
        return False
    return 1 <= day <= calendar.monthrange(year, month)[1]
