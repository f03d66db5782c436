"""Written values → typed ones: missing words, numbers, moments."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from warning.matching.globe import on_land
from warning.matching.standardise.numerals import number_text
from warning.records import COUNT, DEGREES, MISSING_WORDS, MOMENT, OLDEST, TEXT

ZONE = "Asia/Shanghai"
#: Other programs write an empty time as one of long ago (0001-01-01, 1900-01-01).
EARLIEST = pd.Timestamp("1950-01-01")
#: One of the two halves by which UTF-16 writes a sign: alone it is none.
HALF = re.compile(r"[\ud800-\udfff]")
#: How a number is written of which a program kept the first digits alone: 6.20702E+17.
CUT = r"\d(?:\.\d+)?[eE]\+\d{2,}"
#: How one is written here.
CUT_SHORT = "{:.14e}"
#: From here on a float, of 64 bits, is no exact whole number.
EXACT = 2**53
#: What stands behind an age.
YEARS_OLD = re.compile(r"\s{0,4}周?岁$")
#: Z, +08:00, +0800, and +08 as PostgreSQL writes it.
_OFFSET = r"(?:Z|\s?[+-]\d{2}(?::?\d{2})?)"
#: The same behind minutes, where -12 is the end of a span: 10:00-12.
_BEHIND_MINUTES = r"(?:Z|[+-]\d{2}:?\d{2}|\s?\+\d{2}(?::?\d{2})?)"
_MOMENT = (
    r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
    rf"(?:[ T]\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?{_OFFSET}?|{_BEHIND_MINUTES}?))?$"
)
#: An Excel serial number: days since 1899-12-30, of 1990 to 2100. Fewer days are mostly the first
#: digits of a date.
_SERIAL = (32874, 73415)
#: Days from 1899-12-30 to 1904-01-01.
_DAYS_TO_1904 = 1462
#: 2024年3月1日10时5分, 20240301, 20240301100500 and the like.
_CHINESE = re.compile(
    r"^(\d{4})(?:年(\d{1,2})月(\d{1,2})日\s*(\d{1,2})[时点](?:(\d{1,2})分?)?(?:(\d{1,2})秒)?"
    r"|(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?)$"
)


def _in_figures(found: re.Match[str]) -> str:
    year, *rest = (part for part in found.groups() if part is not None)
    month, day, hour, minute, second = [*rest, "0", "0", "0"][:5]
    return f"{year}-{month}-{day} {hour}:{minute:0>2}:{second:0>2}"


def typed(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Exactly these columns with their dtypes; what cannot be converted becomes missing.

    So do both coordinates of a point that is none: (0, 0), or beyond a pole.
    """
    made: dict[str, Any] = {}
    kind: Any
    for column, kind in columns.items():
        if column not in frame.columns:
            made[column] = pd.Series(np.nan, index=frame.index).astype("object").astype(kind)
        elif kind == MOMENT:
            made[column] = moments(frame[column])
        elif kind == TEXT:
            made[column] = texts(frame[column])
        else:
            written = texts(frame[column])
            if column == "age":
                written = _years(written)
            numbers = pd.to_numeric(written, errors="coerce").astype("float64")
            if kind == COUNT:
                most = OLDEST if column == "age" else 1e9 - 1
                whole = numbers.where((numbers % 1 == 0) & numbers.between(0, most))
                made[column] = whole.astype(COUNT)
            else:
                made[column] = numbers.where(numbers.abs() <= 180).astype(DEGREES)
    if {"longitude", "latitude"} <= made.keys():
        east, north = made["longitude"], made["latitude"]
        far = east.notna() & north.notna() & ~on_land(east, north)
        made["longitude"], made["latitude"] = east.mask(far), north.mask(far)
    return pd.DataFrame(made, index=frame.index)


def without_strange_types(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with objects where pandas takes no rows of an Arrow column, such as a view of texts."""
    strange = {
        str(name): pd.Series(pa.array(values).to_pylist(), values.index, dtype="object")
        for name, values in frame.items()
        if isinstance(values.dtype, pd.ArrowDtype) and _is_strange(values.dtype.pyarrow_dtype)
    }
    return frame.assign(**strange) if strange else frame


def _is_strange(kind: pa.DataType) -> bool:
    own = pa.types
    return bool(
        own.is_string_view(kind) or own.is_binary_view(kind) or own.is_run_end_encoded(kind)
    )


def _years(ages: "pd.Series[Any]") -> "pd.Series[Any]":
    """Ages in figures: 9岁, 9 周岁, ９ and 九岁 are 9."""
    lacking = ages.notna() & pd.to_numeric(ages, errors="coerce").isna()
    if not lacking.any():
        return ages
    plain = ages[lacking].str.normalize("NFKC").str.replace(YEARS_OLD, "", regex=True)
    return ages.where(~lacking, plain.map(number_text).reindex(ages.index)).astype(TEXT)


def texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Stripped text; the words for missing become missing, whole floats lose their ``.0``.

    A float beyond its kind's exact whole numbers (2**53, of 32 bits 2**24) is written as
    :data:`CUT`. Bytes are read as UTF-8; bytes that are none, and half a surrogate pair, which is
    no text anywhere, become NUL: such a row is set aside.
    """
    try:
        return _texts(values)
    except UnicodeEncodeError:
        return _texts(values.map(_without_halves, na_action="ignore"))


def _texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if isinstance(values.dtype, pd.SparseDtype):
        values = values.astype(values.dtype.subtype)
    if isinstance(values.dtype, pd.CategoricalDtype) or values.dtype.type is bytes:
        values = values.astype("object")
    if values.dtype.kind == "f":
        bits = np.finfo(getattr(values.dtype, "numpy_dtype", values.dtype)).nmant + 1
        values = values.map(lambda v: _number_text(v, 2.0**bits), na_action="ignore")
    elif values.dtype == object:
        values = values.map(_text, na_action="ignore")
    plain = values.astype(TEXT).str.strip()
    return plain.mask(plain.isin(MISSING_WORDS)).astype(TEXT)


def _text(value: Any) -> str:
    if isinstance(value, np.floating):
        return _number_text(float(value), min(EXACT, 2.0 ** (np.finfo(value).nmant + 1)))
    if isinstance(value, float):
        return _number_text(value, EXACT)
    if isinstance(value, bytes | bytearray | memoryview):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return "\x00"
    return str(value)


def _number_text(number: float, end: float) -> str:
    """The number's digits; from ``end`` on, where they are no longer exact, the first 15."""
    if abs(number) >= end:
        return CUT_SHORT.format(number)
    return str(int(number)) if number % 1 == 0 else str(number)


def _without_halves(value: Any) -> Any:
    return HALF.sub("\x00", value) if isinstance(value, str) else value


def moments(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Local naive times; offsets are converted to Asia/Shanghai.

    What is no time is NaT, and so is one before :data:`EARLIEST`.
    """
    found = _moments(values)
    return found.where(found >= EARLIEST)


def _is_moment(dtype: Any) -> bool:
    """Whether a column holds moments, with a zone or without; a date of Arrow is none to pandas."""
    if isinstance(dtype, pd.ArrowDtype):
        return bool(pa.types.is_timestamp(dtype.pyarrow_dtype))
    return bool(dtype.kind == "M")


def _moments(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if _is_moment(values.dtype):
        local = values if values.dt.tz is None else values.dt.tz_convert(ZONE).dt.tz_localize(None)
        return pd.Series(local.astype(MOMENT))
    plain = texts(values).str.replace(_CHINESE, _in_figures, regex=True)
    serial = pd.to_numeric(plain, errors="coerce").astype("float64")
    serial = serial.where(serial.between(*_SERIAL))
    shaped = plain.where(plain.str.match(_MOMENT).fillna(value=False).astype(bool))
    shaped = shaped.str.replace(
        r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?", r"\1-\2-\3", regex=True
    )
    offset = shaped.str.contains(rf":\d{{2}}(?:\.\d+)?{_OFFSET}$").fillna(value=False).astype(bool)
    result = pd.to_datetime(shaped.mask(offset), errors="coerce", format="mixed").astype(MOMENT)
    if offset.any():
        zoned = pd.to_datetime(shaped[offset], errors="coerce", format="mixed", utc=True)
        result[offset] = zoned.dt.tz_convert(ZONE).dt.tz_localize(None).astype(MOMENT)
    return result.fillna(_days(serial)) if serial.notna().any() else result


def _days(serial: "pd.Series[Any]") -> "pd.Series[Any]":
    """Spreadsheets' days since 1899-12-30 as moments, to the second."""
    return pd.to_datetime(serial, unit="D", origin="1899-12-30").dt.round("s").astype(MOMENT)


def days_of_1904(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column of times of a workbook whose days count from 1904, with its plain numbers as moments."""
    plain = values.where(values.map(type).isin((int, float)))
    serial = pd.to_numeric(plain).astype("float64") + _DAYS_TO_1904
    serial = serial.where(serial.between(*_SERIAL))
    return values.astype("object").mask(serial.notna(), _days(serial))
