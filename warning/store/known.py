"""What was known at a moment: of each record's versions the last that was reported by then.

A rebuild leaves a copy of what it knew (``copies.py``). Where it fits, only what came later is
read from the tables; else all rows.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, or_, select, tuple_

from warning.records import RECORD, VERSION
from warning.store import tables
from warning.store.copies import copy_of
from warning.store.frames import dtypes, in_order, read_frame
from warning.store.withholding import without_objectors
from warning.tabular import among_keys, spliced


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
        versions: adds the columns ``version`` and ``load_id`` to the records.
    """
    found = _with_copy(connection, as_of) if keys is None else None
    records, parties = found or _read(connection, as_of, keys)
    if not versions:
        records = records.drop(columns=["version", "load_id"])
    return records, parties.drop(columns="version")


def _read(
    connection: Connection,
    as_of: pd.Timestamp,
    keys: Select[Any] | None = None,
    only: ColumnElement[bool] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties from the tables, both with ``version``."""
    record, party = tables.records, tables.parties
    last = select(record).where(_is_last(as_of))
    if keys is not None:
        wanted = keys.subquery()
        last = last.join(wanted, _same(wanted, record, RECORD))
    if only is not None:
        last = last.where(only)
    theirs = tuple_(*(party.c[name] for name in VERSION)).in_(
        last.with_only_columns(*(record.c[name] for name in VERSION))
    )
    frames = []
    for table, query in ((record, last), (party, select(party).where(theirs))):
        query = query.with_only_columns(*(c for c in table.c if c.name != "content_hash"))
        order = [c for c in table.primary_key if c.name != "version"]
        query = query.order_by(*in_order(connection, order))
        frames.append(read_frame(connection, query, dtypes(table)))
    return without_objectors(connection, frames[0], frames[1], as_of.to_pydatetime())


def _with_copy(
    connection: Connection, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The same as :func:`_read` of everything, in a fraction of the time; None without a copy.

    Not in the copy can only be what was loaded or reported after all that it holds, and of that
    the tables are asked: rows are never changed where they stand but with the copy's end.
    """
    moment = as_of.to_pydatetime()
    records = copy_of(connection, tables.records, moment)
    parties = copy_of(connection, tables.parties, moment)
    if records is None or parties is None or records.empty:
        return None
    reported, load = records["reported_at"].max(), int(records["load_id"].max())
    if as_of < reported:
        return None
    record = tables.records
    newer = or_(record.c.reported_at > reported.to_pydatetime(), record.c.load_id > load)
    more, theirs = _read(connection, as_of, only=newer)
    again = among_keys(records, more, RECORD)
    apart = among_keys(parties, more, RECORD)
    return spliced(records, again, more, RECORD), spliced(parties, apart, theirs, RECORD)


def _is_last(as_of: pd.Timestamp) -> ColumnElement[bool]:
    """A row of ``records`` is known at the moment and no later version of it is."""
    record, later = tables.records, tables.records.alias()
    moment = as_of.to_pydatetime()
    newer = exists().where(
        _same(later, record, RECORD),
        later.c.version > record.c.version,
        later.c.reported_at <= moment,
    )
    return and_(record.c.reported_at <= moment, ~newer)


def _same(left: Any, right: Table, names: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in names))
