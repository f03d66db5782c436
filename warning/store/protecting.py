"""A store and its keys: sealed when it is first opened with a key, sealed anew at a rotation."""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Column, Connection, Table, bindparam, delete, func, insert, select, update

from warning.accounts import account
from warning.errors import Problem, StoreError
from warning.language import say
from warning.moments import local_now
from warning.store import operation_tables, tables
from warning.store.chain import NO_ENTRY, Entry, append, head
from warning.store.frames import dtypes, read_frame, read_table, write_frame
from warning.store.keys import (
    KEY_VARIABLE,
    Key,
    KeyRing,
    default_file,
    find_keys,
    make_keys,
)
from warning.store.remembering import forget
from warning.store.sealing import CONFIRMED, CORRECTED, ID_NAME, MARK, PHONE_NAME, Seal, party_keys
from warning.store.tables import SEALED


def ring_for(database: str) -> KeyRing | None:
    """The keys at hand; for a new SQLite store a user's own key is made where there is none.

    A server's store gets none by itself: a key that is kept on one machine only must be the
    decision of whoever runs it.

    Raises:
        StoreError: there is none, and the user has no home where one could be made.
    """
    try:
        ring = find_keys()
        return make_keys(default_file()) if ring is None and database == "sqlite" else ring
    except FileExistsError:
        return find_keys()
    except OSError:
        # A home that cannot be written: the store stays plain, and check says so.
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


def newest_key(connection: Connection) -> str | None:
    """The id of the key that the store seals with; None without one."""
    table = operation_tables.keys
    query = select(table.c.key_id).order_by(table.c.sequence.desc()).limit(1)
    return connection.execute(query).scalar()


def is_sealed(connection: Connection) -> bool:
    """Whether the store has a key."""
    return newest_key(connection) is not None


def refuse_sealed(connection: Connection, url: str, ring: KeyRing) -> None:
    """Refuse a store that lists no key and yet holds numbers that a key at hand sealed.

    Somebody emptied its list of keys. To seal these numbers once more would lose them, and give
    the audit a new beginning.

    Raises:
        StoreError: there is such a number.
    """
    for name in SEALED:
        column = tables.parties.c[name]
        query = select(column).where(column.startswith(MARK, autoescape=True)).distinct()
        found = pd.Series(connection.execute(query).scalars().all(), dtype="str")
        if any(Seal((key,)).opens(found, name) for key in ring.keys):
            raise StoreError(
                Problem(
                    url,
                    say("号码已加密，存储却没有列出密钥：密钥表被清空过",
                        "numbers are sealed, yet the store lists no key: its list was emptied"),
                    say("建立存储时的密钥表", "the list of keys that the store was made with"),
                    say("从备份恢复（warning restore），并报告安全负责人",
                        "restore a backup (warning restore), and tell whoever answers for "
                        "security"),
                )
            )  # fmt: skip


def seal_with(connection: Connection, before: Seal, key: Key) -> Seal:
    """Seal the whole store with ``key``, inside the connection's transaction.

    Numbers are unsealed with the seal before and sealed anew; keyed hashes get one more key. The
    audit's entries so far get their end under the new key, so that none can be added to them.

    Returns:
        The seal that the store has from now on.
    """
    after, now = Seal((*before.keys, key)), local_now()
    forget(connection)
    parties = read_table(connection.execution_options(seal=before), tables.parties)
    connection.execution_options(seal=after)
    connection.execute(delete(tables.parties))
    write_frame(connection, tables.parties, parties)
    added = Seal((key,))
    keyed = operation_tables.party_keys
    # What an officer said cannot be made anew from the rows.
    query = select(keyed).where(keyed.c.kind.in_((PHONE_NAME, ID_NAME, CONFIRMED, CORRECTED)))
    kept = read_frame(connection, query, dtypes(keyed))
    connection.execute(delete(keyed))
    write_frame(connection, keyed, party_keys(parties, after))
    write_frame(connection, keyed, kept.assign(hash=added.hashes(kept["hash"])))
    record, restriction = tables.records, operation_tables.restrictions
    _fold(connection, added, record, record.c.content_hash)
    _fold(connection, added, restriction, restriction.c.hash)
    connection.execute(
        insert(operation_tables.keys).values(
            sequence=len(after.keys), key_id=key.key_id, since=max(now, _last_noted(connection))
        )
    )
    if before.on or head(connection) != NO_ENTRY:
        what = {"key_id": key.key_id, "parties": len(parties)}
        entry = Entry(now, account(), "keys rotated" if before.on else "store sealed", what)
        append(connection, after, entry, new_key=True)
    return after


def _last_noted(connection: Connection) -> datetime:
    """When the audit's entries were made at the latest, by whatever clock."""
    latest = connection.execute(select(func.max(operation_tables.audit.c.at))).scalar()
    return latest or datetime.min


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


def no_new_key(ring: KeyRing | None) -> StoreError:
    """The first of the keys at hand is no new one."""
    if ring is not None and ring.source == KEY_VARIABLE:
        found = say("最新的密钥（WARNING_KEY 的第一把）已在使用；设了它，密钥文件不起作用",
                    "the newest key, the first in WARNING_KEY, is in use; while it is set, key "
                    "files do not count")  # fmt: skip
        action = say("用 warning keys new 建一把，写在 WARNING_KEY 最前面：WARNING_KEY=新,旧",
                     "make one by warning keys new and put it first in WARNING_KEY: "
                     "WARNING_KEY=NEW,OLD")  # fmt: skip
    else:
        found = say("最新的密钥已在使用，或没有密钥", "the newest key is in use, or there is none")
        action = say("先用 warning keys new 加一把", "add one first: warning keys new")
    return StoreError(
        Problem(
            ring.source if ring else "WARNING_KEY_FILE",
            found,
            say("一把新密钥", "a new key"),
            action,
        )
    )
