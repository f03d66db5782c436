"""Backups: the whole store of one moment in one file, with check sums, for either database.

A backup is a ZIP of ``manifest.json`` and one file of JSON lines a table, a row a line. It holds
rows as they are stored, so people's numbers stay sealed and a restore needs the store's keys. As
it names no database's own format, a store can move from SQLite to PostgreSQL through it.
"""

import base64
import glob
import hashlib
import json
import os
import re
import secrets
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    MetaData,
    Table,
    func,
    insert,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, DBAPIError, StatementError

from warning.database_url import shown
from warning.errors import ARCHIVE_FAULTS, DataError, Problem, StoreError
from warning.language import say
from warning.outputs import delete_if_abandoned, new_draft
from warning.store.backup_drafts import backup_drafts
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
from warning.store.migrate import (
    check_encoding,
    check_revision,
    schema_version,
    tables_beside,
    upgrade,
)
from warning.store.space import owe_nothing
from warning.store.tables import metadata

FORMAT = "warning-backup-1"
ANY_FORMAT = b'"format": "warning-backup-'
MANIFEST = "manifest.json"
BATCH = 5000
#: How the id of a key and the head of an audit are written.
KEY_ID = r"[0-9a-f]{16}"
HEAD = r"[0-9]{1,19}:[0-9a-f]{64}"


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        revision: of the schema.
        made_at: naive local time, ISO.
        keys: ids of the keys that numbers are sealed with, oldest first.
        audit_head: ``number:hash`` of the last audit entry.
        tables: table → (rows, SHA-256 of its lines).
    """

    revision: str
    made_at: str
    keys: tuple[str, ...]
    audit_head: str
    tables: dict[str, tuple[int, str]]


def write_backup(connection: Connection, out: Path, at: datetime) -> Manifest:
    """Write all of the store, as the connection's moment shows it, to ``out`` in one step.

    Drafts of backups beside it that a kill left a day ago or earlier are deleted.

    Raises:
        DataError: the file is there already or cannot be written.
    """
    if out.exists():
        raise _unreadable(out, say("已经存在", "exists already"),
                          say("换一个文件名", "name another file"))  # fmt: skip
    draft = new_draft(out)
    for left in backup_drafts(out.parent):
        delete_if_abandoned(left)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
                manifest = _write_tables(connection, archive, at)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(out)
    except OSError as error:
        raise _unreadable(
            out, say("无法写入", "cannot be written") + f" ({error.strerror})",
            say("检查目录权限和磁盘空间", "check the directory's permissions and space"),
        ) from error  # fmt: skip
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return manifest


def _write_tables(connection: Connection, archive: zipfile.ZipFile, at: datetime) -> Manifest:
    counted: dict[str, tuple[int, str]] = {}
    keys: list[str] = []
    head = f"0:{'0' * 64}"
    for table in _own_tables(connection):
        digest, rows = hashlib.sha256(), 0
        query = select(table).order_by(*table.primary_key)
        with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as lines:
            lines.write(_line([column.name for column in table.columns], digest))
            for row in connection.execution_options(yield_per=BATCH).execute(query):
                lines.write(_line([_written(value) for value in row], digest))
                rows += 1
                if table.name == "keys":
                    keys.append(row.key_id)
                elif table.name == "audit":
                    head = f"{row.audit_id}:{row.hash}"
        counted[table.name] = (rows, digest.hexdigest())
    manifest = Manifest(
        schema_version(connection) or "", at.isoformat(), tuple(keys), head, counted
    )
    archive.writestr(MANIFEST, json.dumps({"format": FORMAT, **vars(manifest)}, indent=1))
    return manifest


def _own_tables(connection: Connection) -> list[Table]:
    """The store's tables as they are in the database, whatever its revision, in an order to fill."""
    there = MetaData()
    there.reflect(connection, only=sorted(tables_beside(connection) & metadata.tables.keys()))
    return there.sorted_tables


def other_tables(connection: Connection) -> list[str]:
    """The tables beside the store's own, which no backup holds."""
    return sorted(tables_beside(connection) - metadata.tables.keys() - {"alembic_version"})


def _line(values: list[Any], digest: Any) -> bytes:
    line = json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    digest.update(line)
    return line


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode("ascii")
    return value


def check_backup(path: Path) -> Manifest:
    """Read a backup through and hold every check sum against it.

    Raises:
        DataError: no backup, a damaged one, or one of a newer format.
        StoreError: it is of a newer version.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = _read_manifest(json.loads(archive.read(MANIFEST)))
            for name, (_, expected) in manifest.tables.items():
                digest = hashlib.sha256()
                with archive.open(f"{name}.jsonl") as lines:
                    while chunk := lines.read(1 << 20):
                        digest.update(chunk)
                if digest.hexdigest() != expected:
                    raise ValueError(name)
    except OSError as error:
        raise _unreadable(
            path, say("无法读取", "cannot be read") + f" ({error.strerror})",
            say("检查路径和权限", "check its path and permissions"),
        ) from error  # fmt: skip
    except (*ARCHIVE_FAULTS, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(
            path, say("备份已损坏或不是备份", "a damaged backup, or none"),
            say("换一份备份", "use another backup"),
        ) from error  # fmt: skip
    check_revision(manifest.revision, str(path))
    return manifest


def _read_manifest(content: dict[str, Any]) -> Manifest:
    """Raises ValueError, KeyError, TypeError or AttributeError where it is none."""
    if content.pop("format") != FORMAT:
        raise ValueError("format")
    tables = {name: (rows, sha) for name, (rows, sha) in content.pop("tables").items()}
    manifest = Manifest(tables=tables, **{**content, "keys": tuple(content["keys"])})
    datetime.fromisoformat(manifest.made_at)
    if (
        not all(re.fullmatch(KEY_ID, key) for key in manifest.keys)
        or not re.fullmatch(HEAD, manifest.audit_head)
        or not all(type(rows) is int for rows, _ in tables.values())
    ):
        raise ValueError(MANIFEST)
    return manifest


def is_backup(path: Path) -> bool:
    """Whether a file is a backup, of whatever version, by how its manifest begins.

    Raises:
        OSError: it cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(MANIFEST) as manifest:
            return ANY_FORMAT in manifest.read(100)
    except OSError:
        raise
    except (*ARCHIVE_FAULTS, KeyError):
        return False


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
    own = _own_tables(connection)
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


def backup_before_migration(engine: Engine, revision: str, at: datetime) -> Path:
    """Keep an older store as it is: beside an SQLite file, else in ``WARNING_BACKUPS``."""
    stamp = f"schema-{revision}-{at:%Y%m%d%H%M%S}-{secrets.token_hex(2)}.zip"
    beside = _migration_backups(engine)
    out = beside.with_name(f"{beside.name}.{stamp}")
    with engine.connect() as connection:
        write_backup(connection, out, at)
    return out


def migration_backups(engine: Engine) -> list[Path]:
    """What :func:`backup_before_migration` left so far of this store."""
    beside = _migration_backups(engine)
    return sorted(beside.parent.glob(f"{glob.escape(beside.name)}.schema-*.zip"))


def migration_drafts(engine: Engine) -> list[Path]:
    """The drafts of what :func:`backup_before_migration` leaves: a kill leaves one."""
    beside = _migration_backups(engine)
    begin = f".{beside.name}.schema-"
    return [path for path in backup_drafts(beside.parent) if path.name.startswith(begin)]


def _migration_backups(engine: Engine) -> Path:
    """How the paths of these backups begin."""
    database = engine.url.database or "store"
    if engine.dialect.name == "sqlite" and database != ":memory:":
        return Path(database)
    directory = os.environ.get("WARNING_BACKUPS", "warning-backups")
    return Path(directory) / Path(database).name


def _unreadable(path: Path, found: str, action: str) -> DataError:
    return DataError(Problem(str(path), found, say("备份文件", "a backup"), action))
