"""Connecting to a store, and its faults in words that say what to do."""

import json
import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from warning.database_url import parsed
from warning.errors import Problem, StoreError, UsageError
from warning.language import say
from warning.store.faults import faults_in_words

__all__ = [
    "BUSY_SECONDS",
    "WORK_SECONDS",
    "connect",
    "faults_in_words",
    "is_postgresql",
    "make_private",
    "sqlite_file",
]

#: How long a writer waits for another one before it says that the store is in use.
BUSY_SECONDS = 10
#: How long a night does: a load of a year's records writes for minutes.
WORK_SECONDS = 900

#: Values of people stand in no message of an error, however it comes about; JSON holds Chinese as it
#: is, a third shorter than its escapes and quicker to read.
ENGINE: dict[str, Any] = {
    "hide_parameters": True,
    "json_serializer": partial(json.dumps, ensure_ascii=False),
}


def connect(url: str) -> Engine:
    """An engine for ``url``; SQLite in WAL mode with explicit transactions, or PostgreSQL.

    Raises:
        UsageError: when the URL cannot be read, or names a database without its driver.
        StoreError: when the directory of an SQLite file does not exist, or cannot be looked into.
    """
    try:
        address = parsed(url)
        if address.drivername in {"postgres", "postgresql"}:
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() == "sqlite":
            if address.database in {None, "", ":memory:"}:
                raise ArgumentError(say("没有写明文件", "it names no file"))
            _check_directory(url, address.database)
            make_private(url)
            engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS}, **ENGINE)
            event.listen(engine, "connect", _sqlite_settings)
            event.listen(engine, "begin", _sqlite_begin)
            return engine
        if address.drivername != "postgresql+psycopg":
            raise NoSuchModuleError(address.drivername)
        # A connection that died in the pool is replaced before it is used.
        engine = create_engine(
            address, pool_pre_ping=True, connect_args=_postgresql_arguments(), **ENGINE
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, ValueError) as error:
        raise UsageError(
            Problem(
                "--store",
                say("无法使用的存储地址", "a store URL that cannot be read") + f" ({error})",
                "sqlite:///warning.db, postgresql://user@host/database",
                say(
                    "改正 --store 或 WARNING_STORE；PostgreSQL 需安装 warning[postgresql]",
                    "correct --store or WARNING_STORE; PostgreSQL needs warning[postgresql]",
                ),
            )
        ) from error
    event.listen(engine, "connect", _postgresql_settings)
    event.listen(engine, "begin", _postgresql_begin)
    return engine


def is_postgresql(connection: Connection) -> bool:
    """Whether the connection's database is PostgreSQL."""
    return connection.dialect.name == "postgresql"


def _postgresql_arguments() -> dict[str, Any]:
    # A night's stages can compute for long between two statements: keepalives notice a server
    # that is gone. No options: those of the URL and of PGOPTIONS stay the operator's.
    return {
        "connect_timeout": BUSY_SECONDS,
        "keepalives": 1,
        "keepalives_idle": 60,
        "application_name": "warning",
        "client_encoding": "UTF8",
    }


def _check_directory(url: str, database: str | None) -> None:
    if not database or database == ":memory:":
        return
    path = Path(database)
    try:
        is_directory, has_parent = path.is_dir(), path.parent.is_dir()
    except OSError as error:
        raise StoreError(
            Problem(
                url,
                say("无法读取", "cannot be read") + f" ({error.strerror or error})",
                say("一个数据库文件", "a database file"),
                say("检查目录及其权限", "check the directory and its permissions"),
            )
        ) from error
    if is_directory:
        raise StoreError(
            Problem(
                url,
                say("这是一个目录", "this is a directory"),
                say("一个数据库文件", "a database file"),
                say("在 --store 中写出文件名", "name a file in --store"),
            )
        )
    if not has_parent:
        raise StoreError(
            Problem(
                url,
                say(f"没有目录 {path.parent}", f"there is no directory {path.parent}"),
                say("已存在的目录", "an existing directory"),
                say("先建立该目录", "make the directory first"),
            )
        )


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite store; None in memory, and of another database."""
    address = parsed(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return None if address.database == ":memory:" else Path(address.database)


def make_private(url: str) -> Path | None:
    """Make the file of a new store, empty, so that only its owner may read it.

    Returns:
        the file, where it was made now.

    Names and narratives stand in it. SQLite gives its ``-wal`` and ``-shm`` the same mode. The
    mode of a file that is there is its owner's decision.
    """
    path = sqlite_file(url)
    if path is not None:
        # What the system refuses here, SQLite is refused next, and tells in words.
        with suppress(OSError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            return path
    return None


def _sqlite_settings(connection: Any, _record: Any) -> None:
    # Transactions are begun by _sqlite_begin: the driver's own implicit ones would commit before
    # DDL and so break a migration in two.
    connection.isolation_level = None
    try:
        for setting in ("journal_mode = WAL", "foreign_keys = ON", "synchronous = FULL"):
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        # A connection that could not be set up never reaches the pool: nobody else closes it.
        connection.close()
        raise


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


#: The first schema of the search path that holds a store, else the one that tables are made in:
#: other programs have tables, and versions of theirs, in the other schemas of the path.
SCHEMA = """
SELECT coalesce((
    SELECT name FROM unnest(current_schemas(false)) WITH ORDINALITY AS path (name, place)
    WHERE 3 = (SELECT count(*) FROM pg_tables WHERE schemaname = name
               AND tablename IN ('alembic_version', 'records', 'parties'))
    ORDER BY place LIMIT 1
), current_schema()) AS name
"""

#: What a session of ours needs, whatever the server, the database or the account has set. Moments
#: are naive local time, so its zone must not move them; a probability comes with all of its digits,
#: and a backup asks for the types of columns by their plain names.
#: A night computes for long inside and between its transactions: limits of time that are right for
#: others would end it. Which limits there are depends on the server's version. The store's schema
#: comes first in the search path: a table of the same name in another schema is never ours.
SESSION = f"""
SELECT set_config('TimeZone', 'UTC', false)
UNION ALL
SELECT set_config('extra_float_digits', '3', false)
UNION ALL
SELECT set_config('quote_all_identifiers', 'off', false)
UNION ALL
SELECT set_config(name, '0', false) FROM pg_settings WHERE name IN (
    'statement_timeout', 'idle_in_transaction_session_timeout', 'idle_session_timeout',
    'transaction_timeout')
UNION ALL
SELECT set_config('search_path', quote_ident(name) || ', ' || current_setting('search_path'), false)
FROM ({SCHEMA}) AS store WHERE name IS NOT NULL
"""  # noqa: S608


def _postgresql_settings(connection: Any, _record: Any) -> None:
    try:
        connection.autocommit = True
        connection.execute(SESSION)
        connection.autocommit = False
    except BaseException:
        # As for SQLite: nobody else closes it.
        connection.close()
        raise


#: The second half of a lock's key: one database may hold several stores, each in its own schema.
IN_SCHEMA = "(SELECT oid::int4 FROM pg_namespace WHERE nspname = current_schema())"
#: The advisory lock that makes PostgreSQL's writers wait for each other as SQLite's do. Before, it
#: was one of the whole database: held shared, it makes writers of earlier versions wait, and
#: these for them.
WRITE_LOCK = (
    f"SELECT pg_advisory_xact_lock_shared({0x7761726E01}), "
    f"pg_advisory_xact_lock({0x77617201}, {IN_SCHEMA})"
)


def _postgresql_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writing", False):
        milliseconds = int(BUSY_SECONDS * 1000)
        # Who has waited in line sees what those before have written, whatever the account's default.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = {milliseconds}")
        # Writers stand in line, as SQLite's do: what was read before writing stays true.
        connection.exec_driver_sql(WRITE_LOCK)
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    else:
        # All that a reader reads is of one moment: records with their parties.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    # A row that a policy hides from the account is missed by nobody: better a fault than a backup
    # or a night without it. Of the transaction, so it holds through whatever pooler.
    connection.exec_driver_sql("SET LOCAL row_security = off")
