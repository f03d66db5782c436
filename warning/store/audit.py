"""Who read, changed or took out what, when and why: a chain that shows a change to it.

Each entry carries the hash of the one before. In a store with a key the hashes are HMAC-SHA256:
who can write the database but has not the key (a database's administrator, whoever handles
backups) can neither change an entry, nor take one out, nor put one in, nor write the chain anew
without a key: entries without one stand only before the first that has one, and those of an older
key only before those of a newer one. An entry put behind others than its key was given to says so.

What the chain alone cannot tell:

- its end was cut off, all of it at the most, or the whole store is an older copy, or the chain is
  that of another store with the same key: compare the head with one noted elsewhere (a backup's
  manifest, the log);
- who has the key (whoever can become the account that runs the program) can make any chain;
- a store without a key has SHA-256 only: whoever can write the table can write all of it anew.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, String, Text, case, func, select, type_coerce

from warning.errors import Problem
from warning.language import say
from warning.records import MOMENT
from warning.store.chain import FIRST, FOLLOWS_KEY, NO_ENTRY, Entry, append, hash_of, head
from warning.store.connection import is_postgresql
from warning.store.keys import Key
from warning.store.operation_tables import audit, keys
from warning.store.store import Store

__all__ = ["Entry", "Noted", "append", "entries", "follow", "head", "record", "verify"]

#: What a change did, in counts → its entry.
Noted = Callable[[Mapping[str, Any]], Entry]

#: What is text in an entry; SQLite lets anything else be put there.
TEXTS = tuple(column.name for column in audit.c if isinstance(column.type, String))


def record(store: Store, entry: Entry) -> str:
    """Add an entry in a transaction of its own; returns the chain's new head."""
    with store.writing() as connection:
        return append(connection, store.seal_at(connection), entry)


def follow(
    connection: Connection, store: Store, noted: Noted | None, what: Mapping[str, Any]
) -> None:
    """Add the entry of a change in the change's own transaction, where one is wanted."""
    if noted is not None:
        append(connection, store.seal_at(connection), noted(what))


def entries(store: Store) -> pd.DataFrame:
    """Every entry in its order, the table's columns; ``at`` is missing where it is no moment."""
    with store.reading() as connection:
        rows = [_entry(row) for row in _as_written(connection)]
    frame = pd.DataFrame(rows, columns=list(audit.c.keys()))
    return frame.assign(at=frame["at"].astype(MOMENT))


def _as_written(connection: Connection) -> Iterator[dict[str, Any]]:
    """The chain as it is written: a moment that somebody made unreadable hides none of the others.

    SQLite holds any text in its place, PostgreSQL infinity and years that Python has none of.
    """
    at: Any = type_coerce(audit.c.at, Text)
    if is_postgresql(connection):
        at = case((audit.c.at.between(datetime.min, datetime.max), audit.c.at))
    columns = [at.label("at") if column is audit.c.at else column for column in audit.c]
    rows = connection.execute(select(*columns).order_by(audit.c.audit_id)).mappings()
    return (dict(row) for row in rows)


def _entry(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its moment; None for one that is none."""
    at = row["at"]
    if not isinstance(at, datetime):
        try:
            at = datetime.fromisoformat(at)
        except (TypeError, ValueError):
            at = None
    return {**row, "at": None if at is None or at.tzinfo else at}


def verify(store: Store, noted: str | None = None) -> list[Problem]:
    """Every fault of the chain; none when it is whole.

    Args:
        store: of the chain.
        noted: a head noted earlier (``number:hash``): the chain must still hold that entry.
    """
    problems: list[Problem] = []
    noted_seen = noted is None or noted == NO_ENTRY
    with store.reading() as connection:
        since = connection.execute(select(func.min(keys.c.since))).scalar()
        chain = _Chain(store.seal_at(connection).keys, since)
        for row in _as_written(connection):
            problems += [_problem(row["audit_id"], found) for found in chain.faults(_entry(row))]
            noted_seen = noted_seen or f"{row['audit_id']}:{row['hash']}" == noted
    problems += [_problem(chain.expected - 1, found) for found in chain.faults_of_end()]
    if not noted_seen:
        number = int(noted.partition(":")[0]) if noted and noted[0].isdigit() else 0
        problems.append(
            _problem(number, say("不是当时记下的那一条", "is not the entry that was noted then"))
        )
    return problems


class _Chain:
    """What is known of a chain that is read entry by entry."""

    def __init__(self, in_use: tuple[Key, ...], since: datetime | None) -> None:
        self._keys = {key.key_id: key for key in in_use}
        self._ranks = {"": 0, **{key.key_id: rank for rank, key in enumerate(in_use, 1)}}
        self._since = since
        self._previous = FIRST
        self._highest = 0
        self.expected = 1

    def faults(self, row: Mapping[str, Any]) -> Iterator[str]:
        """What is wrong with the next entry, in words."""
        number, key_id = row["audit_id"], row["key_id"]
        if number != self.expected:
            yield say(f"缺少第 {self.expected} 至 {number - 1} 条",
                      f"entries {self.expected} to {number - 1} are missing")  # fmt: skip
        elif row["previous"] != self._previous:
            yield say("与前一条不相接", "does not follow the entry before")
        if key_id not in self._ranks:
            yield say(f"没有密钥 {key_id}", f"no key {key_id}")
        else:
            yield from self._faults_of_key(row)
        self._previous, self.expected = row["hash"], number + 1

    def _faults_of_key(self, row: Mapping[str, Any]) -> Iterator[str]:
        rank = self._ranks[row["key_id"]]
        whole = row["at"] is not None and all(isinstance(row[name], str) for name in TEXTS)
        if not whole or hash_of(row, self._keys.get(row["key_id"])) != row["hash"]:
            yield say("内容被改动过", "was changed")
        elif rank and FOLLOWS_KEY in json.loads(row["what"]):
            yield say("写入时前面的记录已被换掉", "was put on entries that are not the true ones")
        if rank < self._highest:
            yield say("在有（新）密钥之后，却没有用它",
                      "comes after a (newer) key, and was made without it")  # fmt: skip
        elif not rank and whole and self._since is not None and row["at"] > self._since:
            yield say("晚于存储的第一把密钥，却没有用它",
                      "is of after the store's first key, and was made without it")  # fmt: skip
        self._highest = max(self._highest, rank)

    def faults_of_end(self) -> Iterator[str]:
        """What is wrong with the chain as a whole, once every entry was told."""
        if self.expected > 1 and self._highest < len(self._keys):
            yield say("没有一条用了存储的密钥", "no entry was made with the store's key")


def _problem(number: int, found: str) -> Problem:
    return Problem(
        f"audit:{number}",
        found,
        say("从未改动的审计记录", "an audit that was never changed"),
        say("与备份中的审计记录对照，并报告安全负责人",
            "compare it with a backup's, and tell whoever answers for security"),
    )  # fmt: skip
