"""The state of the last night: tables of which a night changes some rows.

A rebuild's state stands in the memory, too. A night from memory leaves beside it a patch of each
table, so that the next one reads and changes only what differs. A patch goes with any change of its
table: triggers see to it (migrations 0007 and 0008), whoever makes the change. Without a patch of
the last night the tables are read and compared whole; what they hold then is the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, Table, func, select

from warning.matching.links import Links
from warning.patches import Patch, all_keys, with_keys
from warning.store import tables
from warning.store.copies import keep_content, kept_content
from warning.store.frames import dtypes, number_of, read_table, replace_frame, replace_rows
from warning.store.packing import pack, unpack
from warning.store.remembering import frame_of_memory

#: How the memory's name of the numbers of a numbered table's rows begins; the table's follows.
NUMBERS = "numbers of "

Frames = Mapping[str, pd.DataFrame]


class Kept(NamedTuple):
    """A table of the last night's state.

    Attributes:
        base: of the rebuild, with the table's columns, by its key.
        patch: what makes the last night's of it.
    """

    base: pd.DataFrame
    patch: Patch

    @property
    def frame(self) -> pd.DataFrame:
        """The whole table, by its key."""
        return self.patch.on(self.base)


def kept_state(connection: Connection, table: Table, memory: Frames | None = None) -> Kept | None:
    """What memory and patch hold of a table, where the last night left both; else None.

    ``memory``: its frames, where they have been read.
    """
    last = connection.execute(select(func.max(tables.runs.c.as_of))).scalar()
    content = kept_content(connection, table.name, last, last) if last is not None else None
    if content is None:
        return None
    number = number_of(table)
    base, *numbers = (
        memory[name] if memory is not None else frame_of_memory(connection, name)
        for name in ((table.name,) if number is None else (table.name, NUMBERS + table.name))
    )
    base = pd.concat([*numbers, base], axis="columns") if numbers else base
    types = dtypes(table)
    return Kept(base[list(types)].astype(types), unpack(content, Patch))


def state_table(connection: Connection, table: Table, memory: Frames | None = None) -> pd.DataFrame:
    """A table of the last night's state, by its key."""
    kept = kept_state(connection, table, memory)
    return read_table(connection, table) if kept is None else kept.frame


class Written(NamedTuple):
    """What beside the tables is to be kept of a state.

    Attributes:
        patches: by table.
        numbers: of a rebuild, by their name in the memory, of the rows of numbered tables.
    """

    patches: dict[str, Patch]
    numbers: dict[str, pd.DataFrame]


def write_state(connection: Connection, links: Links) -> Written:
    """Make the tables hold what linking found."""
    written = Written({}, {})
    for table in tables.STATE:
        frame, patch = getattr(links, table.name), links.patches.get(table.name)
        kept = kept_state(connection, table)
        if kept is not None and patch is not None and not links.memory:
            keys = all_keys(patch.keys, kept.patch.keys)
            before = kept.patch.rows_of(kept.base, keys)
            rows = replace_rows(connection, table, with_keys(frame, keys), before)
            written.patches[table.name] = Patch.to(rows, patch.keys)
            continue
        held = replace_frame(connection, table, frame, kept.frame if kept else None)
        if links.memory:
            written.patches[table.name] = patch or Patch(frame.iloc[:0], frame.iloc[:0])
            if (number := number_of(table)) is not None:
                written.numbers[NUMBERS + table.name] = held[[number]]
    return written


def keep_patches(connection: Connection, patches: Mapping[str, Patch], as_of: datetime) -> None:
    """Put these patches in the place of those before."""
    for name, patch in patches.items():
        keep_content(connection, name, pack(patch), as_of)
