"""What was known at a moment: of each record's versions the last that was reported by then."""

from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, select

from warning.store import tables
from warning.store.frames import dtypes, in_order, read_frame
from warning.store.withholding import without_objectors

KEY = ("channel", "record_id")


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
    record, party = tables.records, tables.parties
    joined = {
        record: record,
        party: party.join(record, _same(party, record, (*KEY, "version"))),
    }
    frames = []
    for table, source in joined.items():
        hidden = {"load_id", "content_hash"}
        if table is party or not versions:
            hidden.add("version")
        query = select(*[c for c in table.c if c.name not in hidden]).select_from(source)
        if keys is not None:
            wanted = keys.subquery()
            query = query.join(wanted, _same(wanted, record, KEY))
        order = [c for c in table.primary_key if c.name != "version"]
        query = query.where(_is_last(as_of)).order_by(*in_order(connection, order))
        frames.append(read_frame(connection, query, dtypes(table)))
    return frames[0], without_objectors(connection, frames[1], as_of.to_pydatetime())


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
