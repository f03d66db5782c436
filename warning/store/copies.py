"""Columnar copies of what every night reads whole: they are read in a tenth of the time.

They stand beside the memory of the last rebuild, in its table. A copy goes with any change of its
table: triggers see to it (migrations 0007 and 0008), whoever makes the change. It is used while it
fits, as the memory is, and without one the tables are read; what is read is the same. Each is
sealed as a whole: that opens in milliseconds, its numbers one by one take longer than reading it.
"""

from collections.abc import Mapping
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, Table, delete, insert, select

from warning.records import MOMENT
from warning.store import tables
from warning.store.frames import dtypes
from warning.store.operation_tables import memory
from warning.store.packing import frame_bytes, frame_of
from warning.store.remembering import COPY, fingerprint_of
from warning.store.sealing import current_seal

#: How the name of what was read in records begins; its settings' name follows.
FACTS = "facts "
#: What a copy of the records holds beside the table's columns: when their content was reported.
TOLD = {"told_at": MOMENT}


def keep_copies(
    connection: Connection, frames: Mapping[str, pd.DataFrame], as_of: datetime
) -> None:
    """Put these copies in the place of those before.

    Args:
        connection: of the store, writing.
        frames: by the name of the table whose columns (and ``told_at``) they have, sorted by its
            key.
        as_of: the night that knew these rows.
    """
    for name, frame in frames.items():
        table = tables.metadata.tables[name]
        types = {name: dtype for name, dtype in (dtypes(table) | TOLD).items() if name in frame}
        _keep(connection, name, frame[list(types)].astype(types), as_of)


def copy_of(connection: Connection, table: Table, as_of: datetime) -> pd.DataFrame | None:
    """The copy of a table that fits a night of ``as_of``; None where there is none."""
    return _kept(connection, table.name, as_of)


def keep_facts(connection: Connection, settings: str, facts: pd.DataFrame, as_of: datetime) -> None:
    """Leave what was read in the records that this night knew, by settings of this name."""
    _keep(connection, FACTS + settings, facts, as_of)


def facts_by(connection: Connection, settings: str, as_of: datetime) -> pd.DataFrame | None:
    """What was read in records by settings of this name, if it fits a night of ``as_of``."""
    return _kept(connection, FACTS + settings, as_of)


def keep_content(connection: Connection, name: str, content: bytes, as_of: datetime) -> None:
    """Leave what a night says of a table, in the place of what was said before."""
    seal, name = current_seal(connection), COPY + name
    connection.execute(delete(memory).where(memory.c.name == name))
    row = {"name": name, "as_of": as_of, "fingerprint": fingerprint_of(connection, seal, as_of),
           "content": seal.seal_bytes(content, name)}  # fmt: skip
    connection.execute(insert(memory).values(**row))


def kept_content(
    connection: Connection, name: str, as_of: datetime, made: datetime | None = None
) -> bytes | None:
    """What was left of a table, if it fits a night of ``as_of``; None where there is nothing.

    ``made``: the night that must have left it; None: any.
    """
    seal = current_seal(connection)
    row = connection.execute(select(memory).where(memory.c.name == COPY + name)).first()
    if row is None or (made is not None and row.as_of != made):
        return None
    if row.fingerprint != fingerprint_of(connection, seal, as_of):
        return None
    return seal.unseal_bytes(row.content, row.name)


def _keep(connection: Connection, name: str, frame: pd.DataFrame, as_of: datetime) -> None:
    keep_content(connection, name, frame_bytes(frame), as_of)


def _kept(connection: Connection, name: str, as_of: datetime) -> pd.DataFrame | None:
    content = kept_content(connection, name, as_of)
    return None if content is None else frame_of(content)
