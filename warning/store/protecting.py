"""A store and its keys: sealed when it is first opened with a key, sealed anew at a rotation."""

from typing import Any

import pandas as pd
from sqlalchemy import Column, Connection, Table, bindparam, delete, insert, select, update

from warning.errors import Problem, StoreError
from warning.language import say
from warning.moments import local_now
from warning.store import operation_tables, tables
from warning.store.frames import dtypes, read_frame, read_table, write_frame
from warning.store.keys import Key, KeyRing, default_file, find_keys, make_keys
from warning.store.remembering import forget
from warning.store.sealing import CONFIRMED, PHONE_NAME, Seal, party_keys


def ring_for(database: str) -> KeyRing | None:
    """The keys at hand; for a new SQLite store a user's own key is made where there is none.

    A server's store gets none by itself: a key that is kept on one machine only must be the
    decision of whoever runs it.
    """
    try:
        ring = find_keys()
        return make_keys(default_file()) if ring is None and database == "sqlite" else ring
    except FileExistsError:
        return find_keys()
    except (OSError, RuntimeError):
        # No home, or one that cannot be written: the store stays plain, and check says so.
        return None


def seal_of(connection: Connection, url: str) -> Seal:
    """The seal of the keys that the store was sealed with.

    Raises:
        StoreError: one of them is not at hand.
    """
    query = select(operation_tables.keys.c.key_id).order_by(operation_tables.keys.c.sequence)
    wanted = list(connection.execute(query).scalars())
    if not wanted:
        return Seal()
    ring = find_keys()
    at_hand: dict[str, Key] = ring.by_id() if ring else {}
    lacking = [key_id for key_id in wanted if key_id not in at_hand]
    if lacking:
        source = ring.source if ring else say("（没有密钥）", "(no key)")
        raise StoreError(
            Problem(
                url,
                say(
                    f"证件号和电话是用另一把密钥 {lacking[-1]} 加密的；现有：{source}",
                    f"ID numbers and phones are sealed with another key, {lacking[-1]}; at hand: "
                    f"{source}",
                ),
                say("建立存储时的密钥", "the key that the store was made with"),
                say(
                    "用 WARNING_KEY_FILE 指明密钥文件，或从密钥的备份恢复",
                    "name its file in WARNING_KEY_FILE, or restore the key from its copy",
                ),
            )
        )
    return Seal(tuple(at_hand[key_id] for key_id in wanted))


def is_sealed(connection: Connection) -> bool:
    """Whether the store has a key."""
    return connection.execute(select(operation_tables.keys.c.sequence)).first() is not None


def seal_with(connection: Connection, before: Seal, key: Key) -> Seal:
    """Seal the whole store with ``key``, inside the connection's transaction.

    Numbers are unsealed with the seal before and sealed anew; keyed hashes get one more key.

    Returns:
        The seal that the store has from now on.
    """
    after = Seal((*before.keys, key))
    forget(connection)
    parties = read_table(connection.execution_options(seal=before), tables.parties)
    connection.execution_options(seal=after)
    connection.execute(delete(tables.parties))
    write_frame(connection, tables.parties, parties)
    added = Seal((key,))
    keyed = operation_tables.party_keys
    # What an officer said cannot be made anew from the rows.
    query = select(keyed).where(keyed.c.kind.in_((PHONE_NAME, CONFIRMED)))
    kept = read_frame(connection, query, dtypes(keyed))
    connection.execute(delete(keyed))
    write_frame(connection, keyed, party_keys(parties, after))
    write_frame(connection, keyed, kept.assign(hash=added.hashes(kept["hash"])))
    record, restriction = tables.records, operation_tables.restrictions
    _fold(connection, added, record, record.c.content_hash)
    _fold(connection, added, restriction, restriction.c.hash)
    connection.execute(
        insert(operation_tables.keys).values(
            sequence=len(after.keys), key_id=key.key_id, since=local_now()
        )
    )
    return after


def _fold(connection: Connection, added: Seal, table: Table, column: Column[Any]) -> None:
    """One more key over the hashes of a column."""
    name = column.name
    keys = list(table.primary_key)
    frame: pd.DataFrame = read_frame(connection, select(*keys, table.c[name]), dtypes(table))
    if frame.empty:
        return
    frame[name] = added.hashes(frame[name])
    rows = [
        {f"key_{position}": value for position, value in enumerate(row[:-1])} | {"new": row[-1]}
        for row in frame.itertuples(index=False, name=None)
    ]
    matches = [key == bindparam(f"key_{position}") for position, key in enumerate(keys)]
    connection.execute(update(table).where(*matches).values({name: bindparam("new")}), rows)
