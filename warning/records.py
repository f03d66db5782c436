"""The canonical tables: what a record and a party are, column by column.

Everything behind the readers works on frames of exactly these columns. Text is pandas ``str``
(missing is NaN), moments are ``datetime64[us]`` without zone in local time (Asia/Shanghai),
counts are nullable ``Int64``, coordinates ``float64`` degrees (WGS-84 or as given).
"""

from dataclasses import dataclass
from types import MappingProxyType

import pandas as pd

TEXT = "str"
MOMENT = "datetime64[us]"
COUNT = "Int64"
DEGREES = "float64"

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

#: Canonical roles; ``channels.yaml`` maps each channel's words to them.
ROLES = ("reporter", "claimant", "respondent", "party", "witness", "handler")

#: Canonical outcomes; ``channels.yaml`` maps each channel's words to them.
OUTCOMES = ("accepted", "mediated", "settled", "unsettled", "transferred", "penalised",
            "withdrawn", "closed")  # fmt: skip

ORIGINS = ("reported", "discovered")

#: Words that mean "missing" in every column of every channel.
MISSING_WORDS = frozenset({"", "无", "不详", "未知", "-"})

QUARANTINE_COLUMNS = ("file", "line", "table", "reason", "content")


@dataclass(frozen=True)
class CanonicalTables:
    """The two canonical tables and what could not be used.

    Attributes:
        records: columns of :data:`RECORD_COLUMNS`, unique by :data:`RECORD_KEY` and content.
        parties: columns of :data:`PARTY_COLUMNS`; every row's record is in ``records``.
        quarantine: columns of :data:`QUARANTINE_COLUMNS`; line is 1-based in the file.
        rows_read: rows of records (not of parties) seen in the source.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    quarantine: pd.DataFrame
    rows_read: int
