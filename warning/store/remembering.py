"""The memory of the last rebuild in the store: one file of Arrow's a frame, used while it fits.

It holds what the tables beside it hold (standardised names, places, links) and numbers as keyed
hashes only. Whoever changes people's data outside of a load forgets it: the next night then links
everything.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, delete, insert, or_, select, update

from warning.store.operation_tables import memory, restrictions, stages
from warning.store.packing import frame_bytes, frame_of
from warning.store.sealing import Seal
from warning.version import __version__

#: Where a store has no key, its numbers are plain, and so hashes need hide nothing.
PLAIN = "0123456789abcdef"
#: How the names of rows begin that hold no frame of the memory, but a copy of a table.
COPY = "copy of "
#: Of what these rows hold; those of another layout are not used.
LAYOUT = "5"


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
    for name, frame in frames.items():
        row = {"name": name, "as_of": as_of, "fingerprint": fingerprint,
               "content": frame_bytes(frame)}  # fmt: skip
        connection.execute(insert(memory).values(**row))


def remembered(connection: Connection, seal: Seal, as_of: datetime) -> Remembered | None:
    """The memory, if there is one that fits a night of ``as_of``."""
    own = memory.c.name.not_like(f"{COPY}%")
    rows = connection.execute(select(memory).where(own)).fetchall()
    if not rows or rows[0].fingerprint != fingerprint_of(connection, seal, as_of):
        return None
    frames = {row.name: frame_of(row.content) for row in rows}
    return Remembered(pd.Timestamp(rows[0].as_of), frames)


def frame_of_memory(connection: Connection, name: str) -> pd.DataFrame:
    """One frame of the memory, which is there."""
    query = select(memory.c.content).where(memory.c.name == name)
    return frame_of(connection.execute(query).scalar_one())


def forget(connection: Connection) -> None:
    """Drop the memory, the copies and what unfinished nights left; the next night links everything."""
    connection.execute(delete(memory))
    connection.execute(update(stages).where(stages.c.content.is_not(None)).values(content=None))
