"""The chain of the audit: how an entry is put behind the last one, and the hash it carries."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from warning.errors import Problem, StoreError
from warning.language import say
from warning.store.keys import Key
from warning.store.operation_tables import audit
from warning.store.sealing import Seal

FIRST = "0" * 64
#: The head of an empty chain.
NO_ENTRY = f"0:{FIRST}"
#: In ``what`` of an entry that follows one of another key, though no key came into use there.
FOLLOWS_KEY = "follows_key"


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


def append(connection: Connection, seal: Seal, entry: Entry, *, new_key: bool = False) -> str:
    """Add an entry inside the connection's writing transaction; returns ``number:hash``.

    Args:
        connection: writing.
        seal: of the store at this moment.
        entry: what was done.
        new_key: the entry of the key's coming into use. Any other one that stands on an entry of
            another key says so, under its own key: it was put on a chain that is not the one the
            key was given to.

    Raises:
        StoreError: the database took the entry and did not keep it: a trigger or a rule throws it
            away.
    """
    last = _last(connection)
    number, previous = (last.audit_id + 1, last.hash) if last else (1, FIRST)
    key = seal.keys[-1] if seal.on else None
    key_id = key.key_id if key else ""
    what = dict(entry.what)
    if last and last.key_id != key_id and not new_key:
        what[FOLLOWS_KEY] = last.key_id
    row = {
        "audit_id": number,
        "at": entry.at.replace(microsecond=0),
        "actor": entry.actor,
        "action": entry.action,
        "what": json.dumps(what, ensure_ascii=False, sort_keys=True, default=str),
        "reason": entry.reason,
        "key_id": key_id,
        "previous": previous,
    }
    row["hash"] = hash_of(row, key)
    connection.execute(insert(audit).values(**row))
    added = f"{number}:{row['hash']}"
    if head(connection) != added:
        raise StoreError(
            Problem(
                "audit",
                say("数据库没有留下这条审计记录，操作已撤销",
                    "the database did not keep the entry; what was being done is undone"),
                say("每条记录都会留下的表", "a table that keeps every entry"),
                say("删除该表上不属于本程序的触发器和规则，并报告安全负责人",
                    "drop the triggers and rules on it that are not this program's, and tell "
                    "whoever answers for security"),
            )
        )  # fmt: skip
    return added


def head(connection: Connection) -> str:
    """``number:hash`` of the last entry; ``0:000…`` of an empty chain."""
    last = _last(connection)
    return f"{last.audit_id}:{last.hash}" if last else NO_ENTRY


def _last(connection: Connection) -> Row[int, str, str] | None:
    query = select(audit.c.audit_id, audit.c.hash, audit.c.key_id)
    return connection.execute(query.order_by(audit.c.audit_id.desc()).limit(1)).first()


def hash_of(row: Mapping[str, Any], key: Key | None) -> str:
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
