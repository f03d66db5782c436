"""Who keeps a PostgreSQL server from taking away what a transaction deleted.

A vacuum leaves every row that anybody may still read. It goes by the transactions that run anywhere
on the server, not in its own database alone, by those that are prepared, and by what standby
servers and replication slots say they still need.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from warning.language import say
from warning.store import connection as connecting

#: How long replication is waited for that is on its way: by default a standby tells every 10 s what
#: it needs, and a logical slot moves on with a note that the server writes every 15 s.
REPLICATION_SECONDS = 60

#: Older than a transaction is what began before it ended. A session of another database reads no
#: row of ours, but a number that it has holds back the snapshot that a vacuum here goes by.
HOLDERS = """
SELECT 'session', pid::text, application_name, nullif(datname, current_database()),
    xact_start AT TIME ZONE 'Asia/Shanghai', false
FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname IS NOT NULL AND (
    age(backend_xid) >= age(%(number)s::text::xid)
    OR datname = current_database() AND age(backend_xmin) >= age(%(number)s::text::xid))
UNION ALL
SELECT 'prepared', gid, NULL, nullif(database, current_database()),
    prepared AT TIME ZONE 'Asia/Shanghai', false
FROM pg_prepared_xacts WHERE age(transaction) >= age(%(number)s::text::xid)
UNION ALL
SELECT 'standby', pid::text, application_name, NULL, NULL, true
FROM pg_stat_activity
WHERE datname IS NULL AND age(backend_xmin) >= age(%(number)s::text::xid)
UNION ALL
SELECT 'slot', slot_name, NULL, nullif(database, current_database()), NULL, active
FROM pg_replication_slots
WHERE age(xmin) >= age(%(number)s::text::xid)
    OR %(catalog)s AND age(catalog_xmin) >= age(%(number)s::text::xid)
"""
#: Sessions that hold a lock on a table.
LOCKERS = """
SELECT 'session', pid::text, application_name, NULL,
    xact_start AT TIME ZONE 'Asia/Shanghai', false
FROM pg_stat_activity
WHERE pid <> pg_backend_pid()
AND pid IN (SELECT pid FROM pg_locks WHERE relation = to_regclass(%s) AND granted)
ORDER BY xact_start
"""


@dataclass(frozen=True)
class Holder:
    """Who is in the way.

    Attributes:
        kind: ``session``, ``prepared`` (a transaction), ``standby`` or ``slot``.
        name: a process of the server, the transaction's name or the slot's.
        program: of a session; None where the account may not know it.
        database: another one than the store's, or None.
        since: naive local time.
        moves_on: it is alive and tells now and then what it needs: worth waiting for.
    """

    kind: str
    name: str
    program: str | None
    database: str | None
    since: datetime | None
    moves_on: bool


def holders_after_waiting(driver: Any, number: str, *, catalog: bool = False) -> list[Holder]:
    """Wait until nobody needs what this transaction deleted; who still does when time is over.

    Args:
        driver: a connection of psycopg outside of any transaction.
        number: of the transaction, as ``xid`` is written.
        catalog: what was deleted stands in the server's own tables, which logical slots need, too.
    """
    began = time.monotonic()
    while found := _asked(driver, HOLDERS, {"number": number, "catalog": catalog}):
        patience = (
            REPLICATION_SECONDS
            if all(holder.moves_on for holder in found)
            else connecting.BUSY_SECONDS
        )
        if time.monotonic() - began > patience:
            break
        time.sleep(0.1)
    return found


def lockers(driver: Any, table: str) -> list[Holder]:
    """The sessions that hold a lock on a table."""
    return _asked(driver, LOCKERS, (table,))


def _asked(driver: Any, query: str, values: Any) -> list[Holder]:
    return [Holder(*row) for row in driver.execute(query, values).fetchall()]


def told(holders: list[Holder]) -> str:
    """Who keeps the vacuum waiting; no text of a query is told."""
    kinds = {
        "session": say(
            "这些会话的事务没有结束（进程 程序 始于）",
            "the transactions of these sessions go on (process, program, since)",
        ),
        "prepared": say(
            "这些预备事务没有结束（名称 始于）",
            "these prepared transactions are not ended (name, since)",
        ),
        "standby": say(
            "备用服务器上的查询还在读（进程 名称）",
            "queries on a standby server still read it (process, name)",
        ),
        "slot": say("复制槽还保留着它（名称）", "replication slots still keep it (name)"),
    }
    parts = []
    for kind, words in kinds.items():
        if named := [_named(holder) for holder in holders if holder.kind == kind]:
            parts.append(say(f"{words}：{'、'.join(named)}", f"{words}: {', '.join(named)}"))
    return say("；", "; ").join(parts)


def _named(holder: Holder) -> str:
    words = [holder.name]
    if holder.kind in {"session", "standby"}:
        words.append(holder.program or "?")
    if holder.since is not None:
        words.append(f"{holder.since:%Y-%m-%d %H:%M:%S}")
    if holder.database is not None:
        words.append(say(f"（数据库 {holder.database}）", f"(database {holder.database})"))
    return " ".join(words)
