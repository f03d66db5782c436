"""The memory of the last rebuild in the store: one file of Arrow's a frame, used while it fits.

It holds what the tables beside it hold (standardised names, places, links) and numbers as keyed
hashes only. Whoever changes people's data outside of a load forgets it: the next night then links
everything. So it does where a row is damaged or lost: whoever meets one drops it
(:meth:`warning.store.Store.dropping_damage`).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Row, Select, delete, insert, or_, select, update
from sqlalchemy.exc import OperationalError

from warning.store.digests import DamagedError, as_bytes, with_digest, without_digest
from warning.store.operation_tables import memory, restrictions, stages
from warning.store.packing import frame_bytes, frame_of
from warning.store.sealing import Seal
from warning.version import __version__

#: Where a store has no key, its numbers are plain, and so hashes need hide nothing.
PLAIN = "0123456789abcdef"
#: How the names of rows begin that hold no frame of the memory, but a copy of a table.
COPY = "copy of "
#: The row that tells the names of the memory's frames: one that is lost is missed.
NAMES = "names of frames"
#: How SQLite's driver says that a text is none.
UNREADABLE = "Could not decode to UTF-8"
#: Of what these rows hold; those of another layout are not used.
LAYOUT = "8"


@dataclass(frozen=True)
class Remembered:
    """The memory of a rebuild.

    Attributes:
        as_of: of the night that was the rebuild.
        frames: as of :class:`warning.matching.remembering.Memory`.
    """

    as_of: pd.Timestamp
    frames: dict[str, pd.DataFrame] = field(default_factory=dict)


def secret_of(seal: Seal) -> str:
    """16 characters, the key of the memory's hashes: derived from the store's newest key."""
    return seal.keys[-1].derived("memory", 8).hex() if seal.on else PLAIN


def fingerprint_of(connection: Connection, seal: Seal, as_of: datetime) -> str:
    """64 hex digits of what a memory must agree in with a night.

    The key, who had objected, and the version of this package: another one links otherwise.
    """
    active = (
        select(restrictions.c.restriction_id)
        .where(restrictions.c.since <= as_of)
        .where(or_(restrictions.c.until.is_(None), restrictions.c.until > as_of))
        .order_by(restrictions.c.restriction_id)
    )
    numbers = [str(number) for number in connection.execute(active).scalars()]
    key = seal.keys[-1].key_id if seal.on else ""
    parts = [__version__, LAYOUT, key, *numbers]
    return hashlib.sha256("|".join(parts).encode()).hexdigest()


def keep_memory(
    connection: Connection, frames: Mapping[str, pd.DataFrame], as_of: datetime, seal: Seal
) -> None:
    """Put this memory in the place of the one before."""
    fingerprint = fingerprint_of(connection, seal, as_of)
    forget(connection)
    keep_row(connection, NAMES, json.dumps(sorted(frames)).encode(), as_of, fingerprint)
    for name, frame in frames.items():
        keep_row(connection, name, frame_bytes(frame), as_of, fingerprint)


def remembered(connection: Connection, seal: Seal, as_of: datetime) -> Remembered | None:
    """The memory, if there is one that fits a night of ``as_of``.

    Raises:
        DamagedError: a row of it is damaged or lost.
    """
    rows = {row.name: row for row in _rows(connection, memory.c.name.not_like(f"{COPY}%"))}
    fits = fingerprint_of(connection, seal, as_of)
    if not any(row.fingerprint == fits for row in rows.values()):
        return None
    names = frame_names(rows.get(NAMES))
    frames = {name: _frame(rows.get(name), name) for name in names}
    return Remembered(pd.Timestamp(rows[NAMES].as_of), frames)


def frame_of_memory(connection: Connection, name: str) -> pd.DataFrame:
    """One frame of the memory.

    Raises:
        DamagedError: it is damaged or lost.
    """
    return _frame(row_of(connection, name), name)


def frame_names(row: Row[Any] | None) -> list[str]:
    """The names of the memory's frames, by the row that tells them.

    Raises:
        DamagedError: it is damaged or lost.
    """
    names: list[str] = json.loads(content_of(row, NAMES))
    return names


def _frame(row: Row[Any] | None, name: str) -> pd.DataFrame:
    return frame_of(content_of(row, name))


def row_of(connection: Connection, name: str) -> Row[Any] | None:
    """A row of the table as it is; None where there is none.

    Raises:
        DamagedError: it holds what its columns cannot.
    """
    return next(_rows(connection, memory.c.name == name, name), None)


def row_names(connection: Connection) -> list[str]:
    """The names of all rows, in order.

    Raises:
        DamagedError: one is no text.
    """
    names = [row.name for row in _read(connection, select(memory.c.name), "")]
    if not all(isinstance(name, str) for name in names):
        raise DamagedError("")
    return sorted(names)


def _rows(connection: Connection, which: ColumnElement[bool], name: str = "") -> Iterator[Row[Any]]:
    columns = [column for column in memory.c if column is not memory.c.content]
    query = select(*columns, as_bytes(memory.c.content).label("content")).where(which)
    yield from _read(connection, query, name)


def _read(connection: Connection, query: Select[Any], name: str) -> Sequence[Row[Any]]:
    """SQLite takes any kind of value in any column, and damage can make any of any."""
    try:
        return connection.execute(query).fetchall()
    except (TypeError, ValueError) as error:
        raise DamagedError(name) from error
    except OperationalError as error:
        if UNREADABLE in str(error.orig):
            raise DamagedError(name) from error
        raise


def keep_row(
    connection: Connection, name: str, content: bytes, as_of: datetime, fingerprint: str
) -> None:
    """Put a row in the place of the one of its name; its digest is of all that it is used by."""
    connection.execute(delete(memory).where(memory.c.name == name))
    kept = with_digest(content, [name, as_of, fingerprint])
    row = {"name": name, "as_of": as_of, "fingerprint": fingerprint, "content": kept}
    connection.execute(insert(memory).values(**row))


def content_of(row: Row[Any] | None, name: str) -> bytes:
    """What :func:`keep_row` was given.

    Raises:
        DamagedError: the row is damaged, or lost (None).
    """
    content = row and without_digest(row.content, [name, row.as_of, row.fingerprint])
    if content is None:
        raise DamagedError(name)
    return content


def drop_damaged(connection: Connection, row: str) -> None:
    """Drop a damaged row: a copy alone, for its table is read instead, else the memory as a whole."""
    if row.startswith(COPY):
        connection.execute(delete(memory).where(memory.c.name == row))
    else:
        forget(connection)


def forget(connection: Connection) -> None:
    """Drop the memory, the copies and what unfinished nights left; the next night links everything."""
    connection.execute(delete(memory))
    connection.execute(update(stages).where(stages.c.content.is_not(None)).values(content=None))
