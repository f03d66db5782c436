"""Which records the sources themselves name in ``duplicate_of`` and ``related_to``.

A number is that of a record of the same channel; where it has none so, a key as records are
written elsewhere (渠道|编号); else the only record of that number in the other channels, where the
two were reported near each other: two channels may give one number by chance. What could be several
records names none.
"""

from typing import NamedTuple

import pandas as pd

from warning.records import RECORD
from warning.tabular import among_names

#: The columns in which a source names another record.
NAMING = ("duplicate_of", "related_to")
#: In a report of linking: how many records name one that is not known, or one of several.
NOT_KNOWN, ONE_OF_SEVERAL = "records that name an unknown one", "records that name one of several"


#: How far apart a record and the one of another channel that it names by the number alone may be.
NEAR = pd.Timedelta(days=30)


class Named(NamedTuple):
    """Records with what they name, and how many name none or one of several."""

    records: pd.DataFrame
    report: dict[str, int]


def with_named(records: pd.DataFrame, known: pd.DataFrame) -> Named:
    """The records with ``NAMING`` as keys (渠道|编号), missing where no one record is named; RangeIndex.

    Args:
        records: canonical.
        known: all records that are known, among them these; channel, record_id, reported_at.
    """
    records = records.reset_index(drop=True)
    found, lacking, several = {}, pd.Series(False, records.index), pd.Series(False, records.index)
    for column in NAMING:
        value = records[column].dropna()
        others = known.loc[among_names(known["record_id"], _numbers(value))]
        others = others.drop_duplicates(RECORD)
        keys = others["channel"] + "|" + others["record_id"]
        many = others["record_id"].duplicated(keep=False)
        alone = others[~many].set_index("record_id")
        met = alone.reindex(value).set_axis(value.index)
        far = met["reported_at"] - records.loc[value.index, "reported_at"]
        only = met["channel"] + "|" + value
        own = records.loc[value.index, "channel"] + "|" + value
        key = own.where(among_names(own, keys), value.where(among_names(value, keys)))
        key = key.where(key.notna(), only.where(far.abs() <= NEAR))
        found[column] = key.reindex(records.index).astype("str")
        open_ones = value[key.isna()]
        shared = among_names(open_ones, others.loc[many, "record_id"])
        several[open_ones.index[shared]] = True
        lacking[open_ones.index[~shared]] = True
    report = {NOT_KNOWN: int(lacking.sum()), ONE_OF_SEVERAL: int(several.sum())}
    return Named(records.assign(**found), report)


def naming_any(records: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The records that could name one of the others, and the number by which.

    Args:
        records: canonical; ``NAMING`` as the source writes it.
        others: channel, record_id; few.

    Returns:
        channel, record_id, number (a record id).
    """
    parts, records = [], records.reset_index(drop=True)
    for column in NAMING:
        naming = records.loc[records[column].notna(), [*RECORD, column]]
        for number in (naming[column], _behind_the_channel(naming[column])):
            told = number[among_names(number, others["record_id"])]
            parts.append(naming.loc[told.index, RECORD].assign(number=told))
    return pd.concat(parts).drop_duplicates(ignore_index=True)


def numbers_named(records: pd.DataFrame) -> set[str]:
    """What could be the record ids that these records name."""
    return {number for column in NAMING for number in _numbers(records[column].dropna())}


def _behind_the_channel(value: pd.Series) -> pd.Series:
    """The record ids of keys alone, with their index."""
    keys = value[value.str.contains("|", regex=False)]
    found: pd.Series = keys.str.extract(r"^[^|]*\|(.+)$", expand=False).dropna()
    return found


def _numbers(value: pd.Series) -> pd.Series:
    """What could be a record id in these values: they themselves, and what stands behind a channel."""
    found: pd.Series = pd.concat([value, _behind_the_channel(value)])
    return found.astype("str")
