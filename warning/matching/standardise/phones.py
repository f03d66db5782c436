"""Phone numbers: digits without country code and separators, and what kind they are."""

import re
import unicodedata

import pandas as pd

MOBILE = re.compile(r"^1[3-9]\d{9}$")
LANDLINE = re.compile(r"^(0\d{2,3})?[2-8]\d{6,7}$")
HOTLINES = frozenset({"110", "119", "120", "122", "12345", "12348", "12333", "12315", "12368"})
SEPARATORS = re.compile(r"[、，,;；/|和或]|\s{2,}")
COLUMNS = ("phone", "others", "kind")


def phones(series: pd.Series) -> pd.DataFrame:
    """Standardise phone numbers.

    Returns:
        In the index of ``series``: phone (digits; the first of several), others (further ones,
        joined by ``|``), kind (mobile, landline, hotline, placeholder, malformed).
    """
    distinct = series.dropna().unique()
    table = pd.DataFrame(
        [_parse(str(value)) for value in distinct],
        columns=list(COLUMNS),
        index=pd.Index(distinct, dtype=object),
    )
    result = table.reindex(series.to_numpy(dtype=object)).set_axis(series.index)
    return result.astype("str")


def _parse(raw: str) -> tuple[str | None, str | None, str | None]:
    text = unicodedata.normalize("NFKC", raw).strip()
    found = [digits for part in SEPARATORS.split(text) if (digits := _digits(part))]
    if not found:
        return None, None, None
    return found[0], "|".join(found[1:]) or None, kind_of(found[0])


def _digits(part: str) -> str:
    digits = re.sub(r"\D", "", part)
    digits = re.sub(r"^(00)?86(?=1\d{10}$)", "", digits)
    return re.sub(r"^0(?=1[3-9]\d{9}$)", "", digits)


def kind_of(phone: str) -> str:
    """What a number is, by its digits."""
    if phone in HOTLINES:
        return "hotline"
    if len(set(phone)) <= 2 and len(phone) >= 7:
        return "placeholder"
    if MOBILE.match(phone):
        return "mobile"
    return "landline" if LANDLINE.match(phone) else "malformed"
