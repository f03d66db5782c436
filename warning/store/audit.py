"""Who read, changed or took out what, when and why: a chain that shows any change to it.

Each entry carries the hash of the one before. With a key the hashes are HMAC-SHA256, so whoever
can write the table still cannot make a chain that holds; without a key they are SHA-256. A chain
that was cut at its end still holds: compare its head with one noted elsewhere (a backup's
manifest, the log).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from warning.errors import Problem
from warning.language import say
from warning.store.keys import Key
from warning.store.operation_tables import audit
from warning.store.sealing import Seal
from warning.store.store import Store

FIRST = "0" * 64


@dataclass(frozen=True)
class Entry:
    """One thing that was done.

    Attributes:
        at: naive local time.
        actor: who; the account of the machine.
        action: the command or what it did, such as ``export``.
        what: ids, counts and options; never a name or a number of a person.
        reason: as the actor gave it.
    """

    at: datetime
    actor: str
    action: str
    what: Mapping[str, Any]
    reason: str = ""


def record(store: Store, entry: Entry) -> str:
    """Add an entry in a transaction of its own; returns the chain's new head."""
    with store.writing() as connection:
        return append(connection, store.seal, entry)


def append(connection: Connection, seal: Seal, entry: Entry) -> str:
    """Add an entry inside the connection's writing transaction; returns ``number:hash``."""
    query = select(audit.c.audit_id, audit.c.hash).order_by(audit.c.audit_id.desc()).limit(1)
    last = connection.execute(query).first()
    number, previous = (last[0] + 1, last[1]) if last else (1, FIRST)
    key = seal.keys[-1] if seal.on else None
    row = {
        "audit_id": number,
        "at": entry.at.replace(microsecond=0),
        "actor": entry.actor,
        "action": entry.action,
        "what": json.dumps(entry.what, ensure_ascii=False, sort_keys=True, default=str),
        "reason": entry.reason,
        "key_id": key.key_id if key else "",
        "previous": previous,
    }
    row["hash"] = _hash(row, key)
    connection.execute(insert(audit).values(**row))
    return f"{number}:{row['hash']}"


def head(connection: Connection) -> str:
    """``number:hash`` of the last entry; ``0:000…`` of an empty chain."""
    query = select(audit.c.audit_id, audit.c.hash).order_by(audit.c.audit_id.desc()).limit(1)
    last = connection.execute(query).first()
    return f"{last[0]}:{last[1]}" if last else f"0:{FIRST}"


def verify(store: Store, noted: str | None = None) -> list[Problem]:
    """Every fault of the chain; none when it is whole.

    Args:
        store: of the chain.
        noted: a head noted earlier (``number:hash``): the chain must still hold that entry.
    """
    keys = {key.key_id: key for key in store.seal.keys}
    problems: list[Problem] = []
    previous, expected, noted_seen = FIRST, 1, noted is None or noted == f"0:{FIRST}"
    with store.reading() as connection:
        for row in connection.execute(select(audit).order_by(audit.c.audit_id)).mappings():
            number = row["audit_id"]
            if number != expected:
                problems.append(
                    _problem(
                        number,
                        say(f"缺少第 {expected} 至 {number - 1} 条",
                            f"entries {expected} to {number - 1} are missing"),
                    )
                )  # fmt: skip
            elif row["previous"] != previous:
                problems.append(
                    _problem(number, say("与前一条不相接", "does not follow the entry before"))
                )
            if row["key_id"] and row["key_id"] not in keys:
                problems.append(
                    _problem(number, say(f"没有密钥 {row['key_id']}", f"no key {row['key_id']}"))
                )
            elif _hash(dict(row), keys.get(row["key_id"])) != row["hash"]:
                problems.append(_problem(number, say("内容被改动过", "was changed")))
            if f"{number}:{row['hash']}" == noted:
                noted_seen = True
            previous, expected = row["hash"], number + 1
    if not noted_seen:
        number = int(noted.partition(":")[0]) if noted and noted[0].isdigit() else 0
        problems.append(
            _problem(number, say("不是当时记下的那一条", "is not the entry that was noted then"))
        )
    return problems


def _problem(number: int, found: str) -> Problem:
    return Problem(
        f"audit:{number}",
        found,
        say("从未改动的审计记录", "an audit that was never changed"),
        say("与备份中的审计记录对照，并报告安全负责人",
            "compare it with a backup's, and tell whoever answers for security"),
    )  # fmt: skip


def _hash(row: Mapping[str, Any], key: Key | None) -> str:
    """Of everything but the hash itself."""
    content = json.dumps(
        [
            row["audit_id"], row["at"].isoformat(), row["actor"], row["action"], row["what"],
            row["reason"], row["key_id"], row["previous"],
        ],
        ensure_ascii=False,
    ).encode()  # fmt: skip
    if key is None:
        return hashlib.sha256(content).hexdigest()
    return hmac.digest(key.derived("audit", 32), content, "sha256").hex()
