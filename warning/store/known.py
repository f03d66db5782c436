"""What was known at a moment: each record's content as it was reported last, and since when.

Of the versions reported by then the last one reported is the content. A version tells more of the
same event: the record counts as reported when its first version was.

A rebuild leaves a copy of what it knew (``copies.py``). Where it fits, only what came later is
read from the tables; else all rows.
"""

from collections.abc import Sequence
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Table,
    and_,
    exists,
    func,
    or_,
    select,
    tuple_,
)

from warning.records import RECORD, VERSION
from warning.store import tables
from warning.store.copies import TOLD, copy_of
from warning.store.frames import dtypes, in_order, read_frame
from warning.store.withholding import without_objectors
from warning.tabular import among_keys, spliced


def known_records(
    connection: Connection,
    as_of: pd.Timestamp,
    keys: Select[Any] | None = None,
    *,
    versions: bool = False,
    copies: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties known at ``as_of``, by their keys.

    Args:
        connection: of the store.
        as_of: the moment.
        keys: selects channel and record_id of the wanted records; None: all.
        versions: adds to the records ``version`` and ``told_at``, when this content was reported,
            and ``load_id``, of the last load that brought a known version.
        copies: whether the last rebuild's copies may be used.

    Returns:
        ``reported_at`` of a record is that of the first of its known versions.

    Raises:
        DamagedError: a copy is damaged.
    """
    found = _with_copy(connection, as_of) if keys is None and copies else None
    records, parties = found or _read(connection, as_of, keys)
    if not versions:
        records = records.drop(columns=["version", "load_id", *TOLD])
    return records, parties.drop(columns="version")


def _read(
    connection: Connection, as_of: pd.Timestamp, keys: Select[Any] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties from the tables, both with ``version``."""
    record, party = tables.records, tables.parties
    last = select(record).where(is_last(as_of))
    if keys is not None:
        last = last.where(tuple_(*(record.c[name] for name in RECORD)).in_(keys))
    theirs = tuple_(*(party.c[name] for name in VERSION)).in_(
        last.with_only_columns(*(record.c[name] for name in VERSION))
    )
    frames = []
    for table, query, told in (
        (record, last, _columns_told(as_of)),
        (party, select(party).where(theirs), {}),
    ):
        columns = [told.pop(c.name, c) for c in table.c if c.name != "content_hash"]
        query = query.with_only_columns(*columns, *told.values())
        order = [c for c in table.primary_key if c.name != "version"]
        query = query.order_by(*in_order(connection, order))
        frames.append(read_frame(connection, query, dtypes(table) | TOLD))
    return without_objectors(connection, frames[0], frames[1], as_of.to_pydatetime())


def _with_copy(
    connection: Connection, as_of: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """The same as :func:`_read` of everything, in a fraction of the time; None without a copy.

    Not in the copy can only be what was loaded or reported after all that it holds, and the tables
    are asked for the records of that: rows are never changed where they stand but with the copy's
    end.
    """
    moment = as_of.to_pydatetime()
    records = copy_of(connection, tables.records, moment)
    parties = copy_of(connection, tables.parties, moment)
    if records is None or parties is None or records.empty:
        return None
    told, load = records["told_at"].max(), int(records["load_id"].max())
    if as_of < told:
        return None
    record = tables.records
    newer = or_(record.c.reported_at > told.to_pydatetime(), record.c.load_id > load)
    keys = select(*(record.c[name] for name in RECORD))
    keys = keys.where(newer, record.c.reported_at <= moment)
    more, theirs = _read(connection, as_of, keys)
    again = among_keys(records, more, RECORD)
    apart = among_keys(parties, more, RECORD)
    return spliced(records, again, more, RECORD), spliced(parties, apart, theirs, RECORD)


def is_last(as_of: pd.Timestamp) -> ColumnElement[bool]:
    """A row of ``records`` is known at the moment and no version of it was reported later."""
    record, other = tables.records, tables.records.alias()
    order = [tuple_(own.c.reported_at, own.c.version) for own in (other, record)]
    newer = exists().where(_is_other(other, as_of), order[0] > order[1])
    return and_(record.c.reported_at <= as_of.to_pydatetime(), ~newer)


def _columns_told(as_of: pd.Timestamp) -> dict[str, ColumnElement[Any]]:
    """What the known versions of a last row of ``records`` say together, by name."""
    record, other = tables.records, tables.records.alias()
    known = select(func.min(other.c.reported_at)).where(_is_other(other, as_of))
    loaded = known.with_only_columns(func.max(other.c.load_id))
    loaded = loaded.where(other.c.load_id > record.c.load_id)
    first = func.coalesce(known.scalar_subquery(), record.c.reported_at)
    last = func.coalesce(loaded.scalar_subquery(), record.c.load_id)
    return {
        "reported_at": first.label("reported_at"),
        "load_id": last.label("load_id"),
        "told_at": record.c.reported_at.label("told_at"),
    }


def _is_other(other: Any, as_of: pd.Timestamp) -> ColumnElement[bool]:
    """``other`` is another known version of a row of ``records``; mostly the key says no."""
    return and_(
        _same(other, tables.records, RECORD),
        other.c.version != tables.records.c.version,
        other.c.reported_at <= as_of.to_pydatetime(),
    )


def _same(left: Any, right: Table, names: Sequence[str]) -> ColumnElement[bool]:
    return and_(*(left.c[name] == right.c[name] for name in names))
