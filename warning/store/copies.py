"""Columnar copies of what every night reads whole: they are read in a tenth of the time.

They stand beside the memory of the last rebuild, in its table. A copy goes with any change of its
table: triggers see to it (migrations 0007 and 0008), whoever makes the change. It is used while it
fits, as the memory is, and without one, or where it is damaged, the tables are read; what is read is
the same. Each is sealed as a whole: that opens in milliseconds, its numbers one by one take longer than reading it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Row, Table

from warning.errors import StoreError
from warning.records import MOMENT
from warning.store import tables
from warning.store.digests import DamagedError
from warning.store.frames import dtypes
from warning.store.operation_tables import memory
from warning.store.packing import frame_bytes, frame_of
from warning.store.remembering import (
    COPY,
    NAMES,
    content_of,
    fingerprint_of,
    frame_names,
    keep_row,
    row_names,
    row_of,
)
from warning.store.sealing import Seal, current_seal

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
    """The copy of a table that fits a night of ``as_of``; None where there is none.

    Raises:
        DamagedError: it is damaged.
    """
    return _kept(connection, table.name, as_of)


def keep_facts(connection: Connection, settings: str, facts: pd.DataFrame, as_of: datetime) -> None:
    """Leave what was read in the records that this night knew, by settings of this name."""
    _keep(connection, FACTS + settings, facts, as_of)


def facts_by(connection: Connection, settings: str, as_of: datetime) -> pd.DataFrame | None:
    """What was read in records by settings of this name, if it fits a night of ``as_of``.

    Raises:
        DamagedError: it is damaged.
    """
    return _kept(connection, FACTS + settings, as_of)


def keep_content(connection: Connection, name: str, content: bytes, as_of: datetime) -> None:
    """Leave what a night says of a table, in the place of what was said before."""
    seal, name = current_seal(connection), COPY + name
    fingerprint = fingerprint_of(connection, seal, as_of)
    keep_row(connection, name, seal.seal_bytes(content, name), as_of, fingerprint)


def kept_content(
    connection: Connection, name: str, as_of: datetime, made: datetime | None = None
) -> bytes | None:
    """What was left of a table, if it fits a night of ``as_of``; None where there is nothing.

    ``made``: the night that must have left it; None: any.

    Raises:
        DamagedError: it is damaged.
    """
    seal, row = current_seal(connection), row_of(connection, COPY + name)
    if row is None or (made is not None and row.as_of != made):
        return None
    if row.fingerprint != fingerprint_of(connection, seal, as_of):
        return None
    return _opened(seal, row)


def _keep(connection: Connection, name: str, frame: pd.DataFrame, as_of: datetime) -> None:
    keep_content(connection, name, frame_bytes(frame), as_of)


def _kept(connection: Connection, name: str, as_of: datetime) -> pd.DataFrame | None:
    content = kept_content(connection, name, as_of)
    return None if content is None else frame_of(content)


def _opened(seal: Seal, row: Row[Any]) -> bytes:
    content = content_of(row, row.name)
    try:
        return seal.unseal_bytes(content, row.name)
    except StoreError as error:
        raise DamagedError(row.name) from error


def damaged_rows(connection: Connection) -> list[str]:
    """The names of the damaged and lost rows of the memory and the copies; each is opened once.

    Those that no night would use, as another version or key left them, are passed over. Where not
    even the names can be read, it is the ``memory`` as a whole.
    """
    seal = current_seal(connection)
    try:
        names = row_names(connection)
    except DamagedError:
        return [memory.name]
    damaged: list[str] = []
    there: set[str] = set()
    wanted: set[str] = set()
    for name in names:
        try:
            row = row_of(connection, name)
            if row is None or row.fingerprint != fingerprint_of(connection, seal, row.as_of):
                continue
            if name.startswith(COPY):
                _opened(seal, row)
                continue
            there.add(name)
            wanted |= {NAMES, *(frame_names(row) if name == NAMES else ())}
            content_of(row, name)
        except DamagedError:
            damaged.append(name)
    return sorted({*damaged, *(wanted - there)})
