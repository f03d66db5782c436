"""One at work at a time: across processes by a lock file, across machines by the database."""

import fcntl
import os
import platform
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from warning.database_url import shown
from warning.errors import Problem, RefusedError, StoreError
from warning.language import say
from warning.store.connection import IN_SCHEMA
from warning.store.faults import POOLED, as_database_error, faults_in_words

#: The advisory lock that a night, a rotation of keys or a retention holds, with the store's schema.
RUN_LOCK = 0x77617202
#: What earlier versions hold, one for the whole database. Held shared, it keeps them waiting for
#: this version and this one for them, and the stores of two schemas not for each other.
RUN_LOCK_BEFORE = 0x7761726E02

#: How long PostgreSQL is waited for: what a killed process held is free within a moment.
PATIENCE_SECONDS = 2

#: Who holds PostgreSQL's lock of this store: the server's process of the session.
HOLDER = f"""
SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND mode = 'ExclusiveLock'
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND (objsubid = 2 AND classid = {RUN_LOCK} AND objid::int4 = {IN_SCHEMA}
    OR objsubid = 1 AND (classid::bigint << 32 | objid::bigint) = {RUN_LOCK_BEFORE})
"""  # noqa: S608
#: The process of the server that serves this session, and whether it holds the lock.
OWN = f"SELECT pg_backend_pid(), EXISTS ({HOLDER} AND pid = pg_backend_pid())"
LOCK = (
    f"SELECT pg_backend_pid(), pg_advisory_lock_shared({RUN_LOCK_BEFORE}), "
    f"pg_advisory_lock({RUN_LOCK}, {IN_SCHEMA})"
)
#: Gives back what this session took, and nothing of another one that a pooler has gone over to.
UNLOCK = (
    f"SELECT pg_advisory_unlock({RUN_LOCK}, {IN_SCHEMA}), "
    f"pg_advisory_unlock_shared({RUN_LOCK_BEFORE}) WHERE pg_backend_pid() = %s"
)


#: Whether the lock is still held: a server that restarts, or who deletes the file, ends it.
Held = Callable[[], bool]


@contextmanager
def run_lock(engine: Engine, url: str) -> Iterator[Held]:
    """Hold the store's run lock; it ends with the process, however that ends.

    SQLite: ``flock`` on ``<file>.lock`` beside the store (one machine), the same one through
    whatever link the store was opened. PostgreSQL: a session's
    advisory lock (all machines), on a connection of its own.

    Raises:
        RefusedError: another run holds it, of this process or another; or a pooler lends the session out.
    """
    if engine.dialect.name == "postgresql":
        with _advisory(engine, url) as held:
            yield held
        return
    with _file(_lock_file(engine.url.database or ""), url) as held:
        yield held


def lost(url: str) -> RefusedError:
    """The run lock of the store is held no longer."""
    return RefusedError(
        Problem(
            shown(url),
            say("运行期间失去了运行锁：数据库重启过，锁文件被删除，或连接池改用了别的会话",
                "the run lock was lost meanwhile: the database restarted, its file was deleted, or "
                "a pooler went over to another session"),
            say("自始至终持有运行锁", "the lock to be held until the end"),
            say("没有写入任何内容；再运行一次", "nothing was written: run it again"),
        )
    )  # fmt: skip


def _lock_file(database: str) -> Path:
    """The lock of an SQLite store, beside the file itself and not beside a link to it."""
    return Path(f"{Path(database).resolve()}.lock")


def is_held(engine: Engine, host: str, process: int) -> bool:
    """Whether a night still holds the run lock; asked without taking it from one that begins.

    Args:
        engine: the store's.
        host, process: where the night runs. PostgreSQL tells for all machines, but not of which
            process; of the lock of a file only its own machine knows, so elsewhere it is believed.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            return connection.exec_driver_sql(HOLDER).first() is not None
    if host != platform.node():
        return True
    try:
        inode = str(_lock_file(engine.url.database or "").stat().st_ino)
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return Path(f"/proc/{process}").exists()
    # 1: FLOCK  ADVISORY  WRITE 812 08:01:131 0 EOF
    held = [(words[4], words[5].rpartition(":")[2]) for words in map(str.split, locks)
            if words[1] == "FLOCK"]  # fmt: skip
    return (str(process), inode) in held


@contextmanager
def _file(path: Path, url: str) -> Iterator[Held]:
    try:
        # Opened without emptying it: the holder's line must stay readable.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            Problem(
                str(path),
                say(
                    f"无法建立锁文件，存储是只读的（{error.strerror}）",
                    f"the lock file cannot be made: the store is read-only ({error.strerror})",
                ),
                say("可写的目录", "a directory that can be written"),
                say("检查目录的写权限", "check the write permission of the directory"),
            )
        ) from error
    process = os.getpid()
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 64, 0).decode("ascii", "replace")
            raise _refused(url, holder) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}".encode(), 0)
        yield lambda: path.exists() and path.stat().st_ino == os.fstat(descriptor).st_ino
    finally:
        # Of the open file, which a process that was forked meanwhile has, too: closing it here
        # would leave the lock to that one. And that one must not give it back for this one.
        if os.getpid() == process:
            fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


@contextmanager
def _advisory(engine: Engine, url: str) -> Iterator[Held]:
    import psycopg  # only who uses PostgreSQL has it installed

    def held() -> bool:
        try:
            return bool(driver.execute(OWN).fetchone() == (process, True))
        except psycopg.Error:  # also of a session that knows nothing of the one before
            return False

    with faults_in_words(url), as_database_error("connect"):
        pooled = engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()  # out of the pool: a lock that a fault left behind ends with it
    try:
        with faults_in_words(url), as_database_error(LOCK):
            # No transaction stays open beside a night's hours of computing.
            driver.autocommit = True
            # A moment's patience: the server lets the lock of a killed process go a little later.
            driver.execute(f"SET lock_timeout = '{PATIENCE_SECONDS}s'")
            process, has_it = driver.execute(OWN).fetchone()
            if has_it:  # lent by a pooler to somebody before, who is at work
                raise _pooled(url)
            try:
                taken_by, *_ = driver.execute(LOCK).fetchone()
            except psycopg.errors.LockNotAvailable as error:
                holder = driver.execute(HOLDER).fetchone()
                raise _refused(url, str(holder[0]) if holder else "") from error
        try:
            if not held():
                raise _pooled(url)
            yield held
        finally:
            # Given back before closing: the server ends a closed session when it gets to it, and
            # whoever comes next meanwhile would be refused. A broken session holds no lock.
            with suppress(psycopg.Error):
                driver.execute(UNLOCK, (taken_by,))
    finally:
        driver.close()


def _pooled(url: str) -> RefusedError:
    return RefusedError(
        Problem(
            shown(url),
            say("连接池（如 PgBouncer）按事务分配会话：运行锁挡不住另一个进程",
                "a pooler (PgBouncer) gives each transaction another session: the run lock keeps "
                "no other process out"),
            say("始终属于一个连接的会话", "a session that stays with its connection"),
            say(*POOLED[1]),
        )
    )  # fmt: skip


def _refused(url: str, holder: str) -> RefusedError:
    digits = re.sub(r"\D", "", holder)
    return RefusedError(
        Problem(
            shown(url),
            say(
                f"另一次运行（进程 {digits or '?'}）正在使用这个存储",
                f"another run (process {digits or '?'}) is at work in this store",
            ),
            say("同一时间只运行一个", "one run at a time"),
            say("等它结束后重试", "wait for it to end, then try again"),
        )
    )
