"""A backup put back: into an empty database, all of it or nothing."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from warning.database_url import shown
from warning.errors import Problem, StoreError
from warning.language import say
from warning.store.account_rights import check_may_create
from warning.store.backup import BATCH, Manifest, check_backup, own_tables
from warning.store.backup_rows import damaged, rows_of
from warning.store.connection import (
    connect,
    faults_in_words,
    is_postgresql,
    make_private,
    sqlite_file,
)
from warning.store.faults import words_of
from warning.store.keys import find_keys
from warning.store.migrate import check_encoding, tables_beside, upgrade
from warning.store.space import owe_nothing


def restore_backup(path: Path, url: str) -> Manifest:
    """Fill the empty database at ``url`` from a backup, all of it or nothing.

    The schema is that of the backup; opening the store then migrates it.

    Raises:
        DataError: the backup is damaged.
        StoreError: it is of a newer version, the database is not empty, or the backup's keys are
            not at hand.
    """
    manifest = check_backup(path)
    ring = find_keys() if manifest.keys else None
    lacking = set(manifest.keys) - set(ring.by_id() if ring else ())
    if lacking:
        raise StoreError(
            Problem(
                str(path),
                say(f"缺少密钥 {', '.join(sorted(lacking))}",
                    f"the keys {', '.join(sorted(lacking))} are not at hand"),
                say("备份时的密钥", "the keys of the backup"),
                say("用 WARNING_KEY_FILE 指明密钥文件", "name their file in WARNING_KEY_FILE"),
            )
        )  # fmt: skip
    _fill_from(path, manifest, url)
    return manifest


def _fill_from(path: Path, manifest: Manifest, url: str) -> None:
    made = None
    with suppress(ArgumentError):  # told in words by who connects
        made = make_private(url)
    engine = connect(url)
    try:
        with (
            faults_in_words(url),
            engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
        ):
            _check_empty(connection, url)
            check_encoding(connection, url)
            check_may_create(connection, url)
            with _no_half_store(made):
                upgrade(connection, manifest.revision)
                with zipfile.ZipFile(path) as archive:
                    for table in _tables_to_fill(connection, manifest, path):
                        _fill(connection, table, archive, path, manifest.tables[table.name][0])
                if "stages" in manifest.tables:
                    owe_nothing(connection)
    finally:
        engine.dispose()


def _check_empty(connection: Connection, url: str) -> None:
    """Who waited for another restore finds what that one left.

    Raises:
        StoreError: tables are there, or the other one failed and took the file away.
    """
    if tables_beside(connection):
        raise StoreError(
            Problem(
                shown(url),
                say("目标数据库不是空的", "the database is not empty"),
                say("空的数据库", "an empty database"),
                say("换一个文件名或数据库", "name another file or database"),
            )
        )
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise StoreError(
            Problem(
                shown(url),
                say(
                    "另一个进程的恢复失败，已删除该文件",
                    "a restore by another process failed and took the file away",
                ),
                action=say("再运行一次", "run it again"),
            )
        )


def _fill(
    connection: Connection, table: Table, archive: zipfile.ZipFile, path: Path, expected: int
) -> None:
    where = f"{path}:{table.name}.jsonl"
    with archive.open(f"{table.name}.jsonl") as lines:
        rows = rows_of(table, lines, where)
        while batch := list(islice(rows, BATCH)):
            try:
                connection.execute(insert(table), batch)
            except (StatementError, ValueError, OverflowError, RecursionError) as error:
                if isinstance(error, DBAPIError) and words_of(error):
                    raise
                raise damaged(
                    where,
                    say("数据库不接受其中的行（例如同一行两次）",
                        "rows that the database does not take (one twice, say)"),
                ) from error  # fmt: skip
    count = connection.execute(select(func.count()).select_from(table)).scalar_one()
    if count != expected:
        raise damaged(where, say(f"{count} 行，应有 {expected} 行",
                                 f"{count} rows, where there were {expected}"))  # fmt: skip
    _continue_numbers(connection, table)


def _tables_to_fill(connection: Connection, manifest: Manifest, path: Path) -> list[Table]:
    """The store's tables, in an order to fill; the backup must hold them all and no other."""
    own = own_tables(connection)
    lacking = {table.name for table in own} - manifest.tables.keys()
    foreign = manifest.tables.keys() - tables_beside(connection)
    if lacking or foreign:
        raise damaged(
            str(path),
            say(f"缺少的表：{'、'.join(sorted(lacking)) or '无'}；不属于它的表："
                f"{'、'.join(sorted(foreign)) or '无'}",
                f"tables that it lacks: {', '.join(sorted(lacking)) or 'none'}; that are not the "
                f"store's: {', '.join(sorted(foreign)) or 'none'}"),
        )  # fmt: skip
    # Copies go when a row comes to what they are copies of: so they come last.
    return sorted(own, key=lambda table: table.name == "memory")


@contextmanager
def _no_half_store(made: Path | None) -> Iterator[None]:
    """The file that a restore made is gone again where it fails, while no other can write to it."""
    try:
        yield
    except BaseException:
        for end in ("", "-wal", "-shm") if made else ():
            with suppress(OSError):
                Path(f"{made}{end}").unlink(missing_ok=True)
        raise


def _continue_numbers(connection: Connection, table: Table) -> None:
    """PostgreSQL counts on from the last number that was restored."""
    keys = list(table.primary_key)
    if not is_postgresql(connection) or len(keys) != 1 or keys[0].type.python_type is not int:
        return
    name = f'"{table.name}"'
    found = connection.execute(
        text("SELECT pg_get_serial_sequence(:table, :column)"),
        {"table": name, "column": keys[0].name},
    ).scalar()
    highest = connection.execute(select(func.max(keys[0]))).scalar()
    if found and highest:
        connection.execute(text("SELECT setval(:name, :value)"), {"name": found, "value": highest})
