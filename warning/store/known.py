"""What was known at a moment: of each record's versions the last that was reported by then.

A rebuild leaves a copy of what it knew (``copies.py``). Where it fits, the keys of what is known
now are read from the tables, and only rows that the copy does not hold; else all rows.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, select

from warning.store import tables
from warning.store.copies import copy_of
from warning.store.frames import dtypes, in_order, read_frame, row_texts
from warning.store.withholding import without_objectors

KEY = ("channel", "record_id")
VERSION = (*KEY, "version")
#: Share of records that the copy does not hold, from which all are read.
MOST_MISSING = 0.05
#: How many records one query asks for by name.
AT_ONCE = 1000


def known_records(
    connection: Connection,
    as_of: pd.Timestamp,
    keys: Select[Any] | None = None,
    *,
    versions: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties known at ``as_of``, by their keys.

    Args:
        connection: of the store.
        as_of: the moment.
        keys: selects channel and record_id of the wanted records, each once; None: all.
        versions: adds the column ``version`` to the records.
    """
    found = _with_copy(connection, as_of) if keys is None else None
    records, parties = found or _read(connection, as_of, keys)
    if not versions:
        records = records.drop(columns="version")
    return records, parties.drop(columns="version")


def _read(
    connection: Connection,
    as_of: pd.Timestamp,
    keys: Select[Any] | None = None,
    only: ColumnElement[bool] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties from the tables, both with ``version``."""
    record, party = tables.records, tables.parties
    joined = {record: record, party: party.join(record, _same(party, record, VERSION))}
    frames = []
    for table, source in joined.items():
        columns = [c for c in table.c if c.name not in {"load_id", "content_hash"}]
        query = select(*columns).select_from(source).where(_is_last(as_of))
        if keys is not None:
            wanted = keys.subquery()
            query = query.join(wanted, _same(wanted, record, KEY))
        if only is not None:
            query = query.where(only)
        order = [c for c in table.primary_key if c.name != "version"]
        query = query.order_by(*in_order(connection, order))
        frames.append(read_frame(connection, query, dtypes(table)))
    return without_objectors(connection, frames[0], frames[1], as_of.to_pydatetime())


def _with_copy(
    connection: Connection, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The same as :func:`_read` of everything, in a fraction of the time; None without a copy."""
    moment = as_of.to_pydatetime()
    records = copy_of(connection, tables.records, moment)
    parties = copy_of(connection, tables.parties, moment)
    if records is None or parties is None:
        return None
    own = [tables.records.c[name] for name in VERSION]
    query = select(*own).where(_is_last(as_of)).order_by(*in_order(connection, own[:2]))
    known = read_frame(connection, query, dtypes(tables.records))
    missing = known[_places(known, records) < 0]
    if len(missing) > MOST_MISSING * len(known):
        return None
    more = [_read(connection, as_of, only=only) for only in _by_name(missing)]
    records = pd.concat([records, *(part for part, _ in more)], ignore_index=True)
    parties = pd.concat([parties, *(part for _, part in more)], ignore_index=True)
    records = records.take(_places(known, records)).reset_index(drop=True)
    belongs = _places(parties, records)
    order = np.argsort(belongs, kind="stable")  # within a record they stand by number
    parties = parties.take(order[belongs[order] >= 0]).reset_index(drop=True)
    return records, parties


def _by_name(records: pd.DataFrame) -> Iterator[ColumnElement[bool]]:
    """Conditions that together choose these records, each a few of one channel."""
    record = tables.records
    for channel, rows in records.groupby("channel"):
        for start in range(0, len(rows), AT_ONCE):
            names = rows["record_id"].iloc[start : start + AT_ONCE].tolist()
            yield and_(record.c.channel == channel, record.c.record_id.in_(names))


def _places(rows: pd.DataFrame, among: pd.DataFrame) -> "np.ndarray[Any, np.dtype[np.int64]]":
    """Of each row the place of the same version of a record in the other frame; -1: nowhere."""
    keys = [row_texts(frame[list(VERSION)]) for frame in (rows, among)]
    found = pc.fill_null(pc.index_in(keys[0], value_set=keys[1]), -1)
    return np.asarray(found.to_numpy(zero_copy_only=False), np.int64)


def _is_last(as_of: pd.Timestamp) -> ColumnElement[bool]:
    """A row of ``records`` is known at the moment and no later version of it is."""
    record, later = tables.records, tables.records.alias()
    moment = as_of.to_pydatetime()
    newer = exists().where(
        _same(later, record, KEY),
        later.c.version > record.c.version,
        later.c.reported_at <= moment,
    )
    return and_(record.c.reported_at <= moment, ~newer)


def _same(left: Any, right: Table, names: tuple[str, ...]) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in names))
