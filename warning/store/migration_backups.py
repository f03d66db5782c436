"""The backup that is made before an older store is migrated, and where it lies."""

import glob
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine

from warning.store.backup import write_backup
from warning.store.backup_drafts import backup_drafts


@contextmanager
def backup_before_migration(engine: Engine, revision: str, at: datetime) -> Iterator[None]:
    """Keep an older store as it is: beside an SQLite file, else in ``WARNING_BACKUPS``.

    Where the migration in the block fails the store is still as it was, and the backup goes: who
    tries again and again does not fill the disk.
    """
    stamp = f"schema-{revision}-{at:%Y%m%d%H%M%S}-{secrets.token_hex(2)}.zip"
    beside = _migration_backups(engine)
    out = beside.with_name(f"{beside.name}.{stamp}")
    with engine.connect() as connection:
        write_backup(connection, out, at)
    try:
        yield
    except BaseException:
        out.unlink(missing_ok=True)
        raise


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
