"""The canonical tables: what a record and a party are, column by column.

Everything behind the readers works on frames of exactly these columns. Text is pandas ``str``
(missing is NaN), moments are ``datetime64[us]`` without zone in local time (Asia/Shanghai),
counts are nullable ``Int64``, coordinates ``float64`` degrees (WGS-84 or as given).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa

TEXT: Final = "str"
MOMENT: Final = "datetime64[us]"
COUNT: Final = "Int64"
DEGREES: Final = "float64"

#: dtype of a column → its type in Arrow, and those that are pandas' own.
ARROW = MappingProxyType(
    {
        TEXT: pa.large_string(),
        MOMENT: pa.timestamp("us"),
        DEGREES: pa.float64(),
        COUNT: pa.int64(),
        "int64": pa.int64(),
        "bool": pa.bool_(),
    }
)
EXTENSIONS: MappingProxyType[str, Any] = MappingProxyType(
    {TEXT: pd.StringDtype(na_value=np.nan), COUNT: pd.Int64Dtype()}
)

#: The key of a record, of a party, and of a record's version.
RECORD: Final = ["channel", "record_id"]
PARTY: Final = [*RECORD, "party_no"]
VERSION: Final = [*RECORD, "version"]

#: Other programs write an empty moment as the beginning of their count, here or in Greenwich.
EMPTY_DAY: Final = pd.Timestamp("1970-01-01")
#: How far the clocks of who tells and of who writes it down may be apart, and a day that stands
#: for the moment be from it.
CLOCKS: Final = pd.Timedelta(days=1)

#: Column → dtype of the records table, one row a report.
RECORD_COLUMNS = MappingProxyType(
    {
        "channel": TEXT,
        "record_id": TEXT,
        "reported_at": MOMENT,
        "occurred_at": MOMENT,
        "category": TEXT,
        "narrative": TEXT,
        "address": TEXT,
        "county_code": TEXT,
        "town": TEXT,
        "village": TEXT,
        "grid_id": TEXT,
        "longitude": DEGREES,
        "latitude": DEGREES,
        "handling_unit": TEXT,
        "outcome": TEXT,
        "origin": TEXT,
        "duplicate_of": TEXT,
        "related_to": TEXT,
        "injuries": COUNT,
        "deaths": COUNT,
    }
)
RECORD_REQUIRED = ("record_id", "channel", "reported_at")
RECORD_KEY = ("channel", "record_id")

#: Column → dtype of the parties table, one row a person or organisation named in a report.
PARTY_COLUMNS = MappingProxyType(
    {
        "channel": TEXT,
        "record_id": TEXT,
        "party_no": TEXT,
        "role": TEXT,
        "name": TEXT,
        "id_number": TEXT,
        "phone": TEXT,
        "gender": TEXT,
        "age": COUNT,
        "address": TEXT,
        "organisation": TEXT,
    }
)
PARTY_REQUIRED = ("record_id", "party_no")
PARTY_KEY = ("channel", "record_id", "party_no")

#: Columns of both tables, as a source writes them, in which anybody may be named.
FREE_TEXTS = ("category", "narrative", "address", "town", "village", "grid_id", "handling_unit",
              "outcome", "role", "organisation")  # fmt: skip

#: Canonical roles; ``channels.yaml`` maps each channel's words to them.
ROLES = ("reporter", "claimant", "respondent", "party", "witness", "handler")

#: Canonical outcomes; ``channels.yaml`` maps each channel's words to them.
OUTCOMES = ("accepted", "mediated", "settled", "unsettled", "transferred", "penalised",
            "withdrawn", "closed")  # fmt: skip

ORIGINS = ("reported", "discovered")

#: Words that mean "missing" in every column of every channel, spelled exactly so: people's, and
#: what databases, spreadsheets and libraries write for an empty or a failed cell.
MISSING_WORDS = frozenset({
    "", "无", "不详", "未知", "-",
    "NULL", "null", r"\N", "None", "nan", "NaN", "NaT", "<NA>", "N/A",
    "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!",
})  # fmt: skip
#: Years: an age above it is no age.
OLDEST = 115
#: Characters of a channel, record_id or party_no: the store's keys hold no more.
KEY_LIMIT = 255

QUARANTINE_COLUMNS = ("file", "line", "column", "table", "found", "reason", "content")


@dataclass(frozen=True)
class CanonicalTables:
    """The two canonical tables and what could not be used.

    Attributes:
        records: columns of :data:`RECORD_COLUMNS`, unique by :data:`RECORD_KEY` and content.
        parties: columns of :data:`PARTY_COLUMNS` and ``row``, the position in ``records`` of
            the party's record (a load may hold a record in several versions).
        quarantine: columns of :data:`QUARANTINE_COLUMNS`; line is 1-based in the file, column is
            the file's own name of it ("" where the whole row is at fault), found what stood
            there, content the record_id.
            A quarantined party (table ``parties``) leaves its record stored.
        rows_read: rows of records (not of parties) seen in the source.
        notes: what the reader found out and the user should know, such as a file's encoding.
        parties_read: rows of parties seen in the source.
        party_sources: of each of ``parties`` which of these it is; one may stand with several
            versions.
        silent: of each of ``records`` whether its source says nothing of parties, neither in a
            table of theirs nor in columns of its own.
        rows_ahead: rows of records that are set aside for being later than the clock, by ``AHEAD``
            at most: a clock that is slow makes such, and the next night they are not later any more.
        rows_joined: rows of records that are further rows of a report: it stands once in
            ``records``, with the parties of them all.
        content_parties: ``parties`` before cells that name several were parted; by these a report
            is known again. None: ``parties`` themselves.
        numbered_by_rows: whether the parties' numbers are their places in a row of their record,
            and not the source's own.
        unread_columns: columns that hold values and were not read.
        lacking_columns: known columns that the source lacks: texts of its layout, and those of which
            an unread column has nearly the name.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    quarantine: pd.DataFrame
    rows_read: int
    notes: tuple[str, ...] = ()
    parties_read: int = 0
    party_sources: "pd.Series[int]" = field(default_factory=lambda: pd.Series(dtype="int64"))
    silent: "pd.Series[bool]" = field(default_factory=lambda: pd.Series(dtype="bool"))
    rows_ahead: int = 0
    unread_columns: int = 0
    lacking_columns: int = 0
    rows_joined: int = 0
    content_parties: pd.DataFrame | None = None
    numbered_by_rows: bool = False


def content_hash(records: pd.DataFrame, parties: pd.DataFrame) -> "pd.Series[str]":
    """32 hex digits that name a record's content with that of its parties, in any order.

    Args:
        records: columns of :data:`RECORD_COLUMNS`.
        parties: columns of :data:`PARTY_COLUMNS`; a column ``row`` (position in ``records``)
            decides whose a party is, without it the key does.

    Returns:
        One hash a record, with the index of ``records``.
    """
    people: list[list[str]] = [[] for _ in range(len(records))]
    if len(parties):
        texts = _row_texts(parties, tuple(PARTY_COLUMNS))
        if "row" in parties.columns:
            pairs = zip(parties["row"].tolist(), texts, strict=True)
            for row, text in pairs:
                people[row].append(text)
        else:
            at: dict[tuple[str, str], list[str]] = {}
            keys = zip(parties["channel"], parties["record_id"], strict=True)
            for key, text in zip(keys, texts, strict=True):
                at.setdefault(key, []).append(text)
            for row, key in enumerate(zip(records["channel"], records["record_id"], strict=True)):
                people[row] = at.get(key, [])
    hashes = [
        hashlib.blake2b(
            "\x1e".join([text, *sorted(own)]).encode("utf-8", "surrogatepass"), digest_size=16
        ).hexdigest()
        for text, own in zip(_row_texts(records, tuple(RECORD_COLUMNS)), people, strict=True)
    ]
    return pd.Series(hashes, index=records.index, dtype=TEXT)


def occurred(records: pd.DataFrame) -> pd.Series:
    """When it happened, by each record: occurred_at, NaT where that cannot be.

    It cannot be more than :data:`CLOCKS` after reported_at, nor on :data:`EMPTY_DAY`.

    Args:
        records: reported_at, occurred_at.
    """
    told = records["occurred_at"]
    is_empty = told.dt.normalize() == EMPTY_DAY
    return told.mask(is_empty | (told > records["reported_at"] + CLOCKS))


def keys_of(frame: pd.DataFrame) -> "pd.Series[str]":
    """The columns of each key joined by ``|``: how people, files and verdicts name it."""
    key = frame.iloc[:, 0].astype("str")
    for name in frame.columns[1:]:
        key = key + "|" + frame[name].astype("str")
    return key


def record_ids_in(key: str) -> set[str]:
    """What may be the record id of a key ``channel|record_id[|party_no]``.

    A number may hold a ``|`` itself, a channel none: which of them it is only what is stored
    tells, by :func:`keys_of`.

    >>> sorted(record_ids_in("110|A1|1"))
    ['A1', 'A1|1']
    """
    rest = key.partition("|")[2]
    ends = [place for place, sign in enumerate(rest[: KEY_LIMIT + 1]) if sign == "|"]
    return {rest[:end] for end in (*ends, len(rest))}


def array_of(values: Sequence[Any], dtype: str) -> Any:
    """A column of Python values; by way of Arrow, as a series of them takes many times as long."""
    if dtype == "object":
        return pd.Series(list(values), dtype=dtype).array
    array = pa.array(values, ARROW[dtype])
    if dtype in EXTENSIONS:
        return EXTENSIONS[dtype].__from_arrow__(array)
    return array.to_numpy(zero_copy_only=False)


def _row_texts(frame: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Each row as one text; missing differs from every value."""
    parts = []
    for column in columns:
        values = frame[column]
        if values.dtype.kind == "M":
            texts = values.astype(MOMENT).astype("int64").astype("str").to_numpy(object)
        else:
            texts = values.astype("object").map(str, na_action="ignore").to_numpy(object, copy=True)
        parts.append(np.where(values.isna().to_numpy(), "\x00", texts).tolist())
    return ["\x1f".join(row) for row in zip(*parts, strict=True)]
