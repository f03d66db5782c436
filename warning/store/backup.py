"""Backups: the whole store of one moment in one file, with check sums, for either database.

A backup is a ZIP of ``manifest.json`` and one file of JSON lines a table, a row a line. It holds
rows as they are stored, so people's numbers stay sealed and a restore needs the store's keys. As
it names no database's own format, a store can move from SQLite to PostgreSQL through it.
"""

import base64
import hashlib
import json
import os
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Connection,
    LargeBinary,
    MetaData,
    Row,
    Select,
    Table,
    select,
)

from warning.errors import ARCHIVE_FAULTS, DataError, Problem, StoreError
from warning.language import say
from warning.outputs import delete_if_abandoned, new_draft
from warning.store.backup_drafts import backup_drafts
from warning.store.digests import as_bytes
from warning.store.migrate import (
    check_revision,
    schema_version,
    tables_beside,
)
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
        StoreError: a value cannot be read.
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
    for table in own_tables(connection):
        digest, rows = hashlib.sha256(), 0
        columns = [
            as_bytes(column).label(column.name) if isinstance(column.type, LargeBinary) else column
            for column in table.columns
        ]
        query = select(*columns).order_by(*table.primary_key)
        with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as lines:
            lines.write(_line([column.name for column in table.columns], digest))
            for row in _read(connection, query, table.name):
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


def _read(connection: Connection, query: Select[Any], name: str) -> Iterator[Row[Any]]:
    """The rows of a table, not all at once.

    Raises:
        StoreError: one holds what is no value of its column. A backup of it nobody could restore.
    """
    try:
        yield from connection.execution_options(yield_per=BATCH).execute(query)
    except ValueError as error:  # SQLite lets anything be put anywhere
        raise StoreError(
            Problem(
                name,
                say("有一个值无法读取，不是本程序写入的",
                    "holds a value that cannot be read; this program did not write it"),
                say("可以恢复的内容", "what can be restored"),
                say("在数据库中改正它（审计记录的，warning audit verify 指出是哪一条），"
                    "或从备份恢复：warning restore",
                    "correct it in the database (of the audit, warning audit verify tells which "
                    "entry), or restore a backup: warning restore"),
            )
        ) from error  # fmt: skip


def own_tables(connection: Connection) -> list[Table]:
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


def _unreadable(path: Path, found: str, action: str) -> DataError:
    return DataError(Problem(str(path), found, say("备份文件", "a backup"), action))
