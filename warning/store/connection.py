"""Connecting to a store, and its faults in words that say what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from warning.errors import Problem, StoreError, UsageError
from warning.language import say

BUSY_SECONDS = 10


def connect(url: str) -> Engine:
    """An engine for ``url``; SQLite in WAL mode with explicit transactions.

    Raises:
        UsageError: when the URL cannot be read or names no known database.
        StoreError: when the directory of an SQLite file does not exist.
    """
    try:
        parsed = make_url(url)
        driver = parsed.drivername
        if driver == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        if driver.startswith("sqlite"):
            _check_directory(url, parsed.database)
        engine = create_engine(
            parsed, connect_args={"timeout": BUSY_SECONDS} if driver.startswith("sqlite") else {}
        )
    except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(
            Problem(
                "--store",
                say(f"无法识别的存储地址（{error}）", f"a store URL that cannot be read ({error})"),
                "sqlite:///warning.db, postgresql://user@host/database",
                say("改正 --store 或 WARNING_STORE", "correct --store or WARNING_STORE"),
            )
        ) from error
    if driver.startswith("sqlite"):
        event.listen(engine, "connect", _sqlite_settings)
        event.listen(engine, "begin", _sqlite_begin)
    return engine


def _check_directory(url: str, database: str | None) -> None:
    if not database or database == ":memory:":
        return
    path = Path(database)
    if path.is_dir():
        raise StoreError(
            Problem(
                url,
                say("这是一个目录", "this is a directory"),
                say("一个数据库文件", "a database file"),
                say("在 --store 中写出文件名", "name a file in --store"),
            )
        )
    if not path.parent.is_dir():
        raise StoreError(
            Problem(
                url,
                say(f"没有目录 {path.parent}", f"there is no directory {path.parent}"),
                say("已存在的目录", "an existing directory"),
                say("先建立该目录", "make the directory first"),
            )
        )


def _sqlite_settings(connection: Any, _record: Any) -> None:
    # Transactions are begun by _sqlite_begin: the driver's own implicit ones would commit before
    # DDL and so break a migration in two.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        cursor.execute("PRAGMA journal_mode = WAL")
    finally:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


#: What a driver's message contains → what a user reads (found, action), in both languages.
FAULTS = (
    ("locked", ("存储正被另一个进程使用", "the store is in use by another process"),
     ("等另一次运行结束后重试", "wait for the other run to end and try again")),
    ("readonly", ("存储是只读的", "the store is read-only"),
     ("检查文件和目录的写权限", "check the write permission of the file and its directory")),
    ("unable to open", ("无法打开存储文件", "the store file cannot be opened"),
     ("检查路径和权限", "check its path and permissions")),
    ("full", ("磁盘已满，本次写入已全部撤销", "the disk is full; this write was undone as a whole"),
     ("腾出空间后重新运行", "free some space and run again")),
    ("No space left", ("磁盘已满，本次写入已全部撤销",
                       "the disk is full; this write was undone as a whole"),
     ("腾出空间后重新运行", "free some space and run again")),
    ("not a database", ("该文件不是 warning 的存储", "this file is not a store of warning"),
     ("换一个文件名，或从备份恢复", "name another file, or restore a backup")),
    ("malformed", ("存储文件已损坏", "the store file is damaged"),
     ("从备份恢复", "restore a backup")),
    ("refused", ("数据库没有应答", "the database does not answer"),
     ("检查数据库是否启动、地址是否正确", "check that it runs and that its address is right")),
)  # fmt: skip


@contextmanager
def faults_in_words(url: str) -> Iterator[None]:
    """Turn a database driver's fault into a :class:`StoreError`; anything else passes through."""
    try:
        yield
    except DBAPIError as error:
        message = str(error.orig)
        for sign, found, action in FAULTS:
            if sign in message:
                raise StoreError(
                    Problem(
                        make_url(url).render_as_string(hide_password=True),
                        say(*found),
                        say("可读写的存储", "a store that can be read and written"),
                        say(*action),
                    )
                ) from error
        raise
