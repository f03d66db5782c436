"""ID numbers of GB 11643-1999: standard form, check digit, what they tell."""

import re
import unicodedata

import numpy as np
import pandas as pd

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
FULL = re.compile(r"^\d{17}[\dX]$")
OLD = re.compile(r"^\d{15}$")
MASKED = re.compile(r"^[\dX*]{15,18}$")
COLUMNS = ("id_number", "status", "birth_date", "sex", "area")


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
        In the index of ``series``: id_number (18 characters, upper case; of masked ones with
        ``*``; of malformed ones the text), status (valid, checksum_failed, masked, short15 —
        made 18 long —, malformed), birth_date (moment), sex (男, 女), area (6 digits). Whether
        the area is assigned is not asked.
    """
    distinct = series.dropna().unique()
    table = pd.DataFrame(
        [_parse(str(value)) for value in distinct],
        columns=list(COLUMNS),
        index=pd.Index(distinct, dtype=object),
    )
    result = table.reindex(series.to_numpy(dtype=object)).set_axis(series.index)
    texts = ["id_number", "status", "sex", "area"]
    result[texts] = result[texts].astype("str")
    digits = result["birth_date"].astype("str")
    result["birth_date"] = pd.to_datetime(digits, format="%Y%m%d", errors="coerce").astype(
        "datetime64[us]"
    )
    impossible = digits.notna() & result["birth_date"].isna() & (result["status"] == "valid")
    result["status"] = result["status"].mask(impossible, "checksum_failed")
    return result


def _parse(raw: str) -> tuple[str | None, ...]:
    text = unicodedata.normalize("NFKC", raw).upper()
    text = re.sub(r"[^0-9X*＊×]", "", text).replace("＊", "*").replace("×", "*")
    if not text:
        return (None, None, None, None, None)
    if "*" in text and MASKED.match(text):
        birth = text[6:14] if len(text) == 18 and text[6:14].isdigit() else None
        return (text, "masked", birth, None, text[:6] if text[:6].isdigit() else None)
    if OLD.match(text):
        first = f"{text[:6]}19{text[6:]}"
        return _full(first + check_digit(first), "short15")
    if FULL.match(text):
        return _full(text, "valid" if check_digit(text[:17]) == text[17] else "checksum_failed")
    return (text, "malformed", None, None, None)


def _full(text: str, status: str) -> tuple[str, str, str, str, str]:
    return text, status, text[6:14], "男" if int(text[16]) % 2 else "女", text[:6]


def one_slip(left: "np.ndarray", right: "np.ndarray") -> "np.ndarray":
    """Whether two arrays of 18-character texts differ by one digit or one transposition."""
    a = np.array([np.frombuffer(text.encode(), np.uint8) for text in left]).reshape(-1, 18)
    b = np.array([np.frombuffer(text.encode(), np.uint8) for text in right]).reshape(-1, 18)
    differs = a != b
    count = differs.sum(axis=1)
    first = differs.argmax(axis=1).clip(max=16)
    row = np.arange(len(a))
    swapped = (
        (count == 2) & (a[row, first] == b[row, first + 1]) & (a[row, first + 1] == b[row, first])
    )
    return np.asarray((count == 1) | swapped, dtype=bool)
