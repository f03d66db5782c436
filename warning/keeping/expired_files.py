"""Files whose time is over: exports, archived deliveries, backups; and until when the others stay."""

import stat
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from sqlalchemy import Connection, update

from warning.delivery import archive_directories, kept_directories
from warning.settings import Settings
from warning.store import operation_tables
from warning.store.backup import is_backup
from warning.store.backup_drafts import backup_drafts
from warning.store.exported import Export, forget_names, noted_exports
from warning.store.migration_backups import migration_backups, migration_drafts

#: After so many days without a change nobody writes the draft of a backup any more.
DRAFT_DAYS = 1


@dataclass(frozen=True)
class ExpiredFiles:
    """Files whose time is over.

    Attributes:
        deleted: kind → those that were deleted, or would be.
        undeleted: those that cannot be → why.
        others: ZIPs among the backups that are no readable backup.
    """

    deleted: dict[str, list[Path]]
    undeleted: dict[Path, str]
    others: list[Path]

    def counts(self) -> dict[str, int]:
        """Kind → how many are deleted."""
        return {kind: len(found) for kind, found in self.deleted.items()}

    def paths(self) -> list[str]:
        """Those that are deleted, whatever their kind."""
        return [str(path) for found in self.deleted.values() for path in found]


def delete_files(
    connection: Connection, settings: Settings, now: pd.Timestamp, *, only_count: bool
) -> ExpiredFiles:
    """Delete expired exports, archived deliveries and backups.

    A file that cannot be deleted keeps its row, and nothing else from expiring. What stands in
    the archive and beside the backups and is not the program's own is left alone.
    """
    rules = settings.retention
    deleted: dict[str, list[Path]] = {"exports": [], "archive": [], "backups": []}
    undeleted: dict[Path, str] = {}
    table = operation_tables.exports
    limit = now - pd.Timedelta(days=rules.exports_days)
    noted = noted_exports(connection)
    due = [one for one in noted if one.at < limit.to_pydatetime()]
    # Written over since, a file is kept as long as its last export.
    kept = {path for one in noted if one.at >= limit.to_pydatetime() for path in one.files()}
    gone, doubted = _told_apart(due)
    undeleted |= {path: why for path, why in doubted.items() if path not in kept}
    deleted["exports"] = _delete(sorted(gone - kept), undeleted, only_count=only_count)
    for one in due:
        if not undeleted.keys() & one.files().keys() and not only_count:
            connection.execute(
                update(table)
                .where(table.c.export_id == one.export_id)
                .values(deleted_at=now.to_pydatetime())
            )
    if not only_count:
        forget_names(connection)
    old = _older(archived_files(settings), now, rules.archive_days)
    deleted["archive"] = _delete(old, undeleted, only_count=only_count)
    for directory in _deliveries(settings) if not only_count else ():
        with suppress(OSError):  # one that holds files stays
            directory.rmdir()
    old = _older(_backups(connection, settings), now, rules.backups_days)
    readable = _only_backups(old, undeleted)
    known = {*readable, *undeleted}
    others = [path for path in old if path not in known and is_there(path)]
    drafts = _older(_backup_drafts(connection, settings), now, DRAFT_DAYS)
    deleted["backups"] = _delete([*readable, *drafts], undeleted, only_count=only_count)
    return ExpiredFiles(deleted, undeleted, others)


def _backups(connection: Connection, settings: Settings) -> list[Path]:
    """What may be backups: the ZIPs of ``backups``, and what upgrades left of this store."""
    directory = settings.retention.backups
    inside = Path(directory).glob("*.zip") if directory else ()
    return sorted({*migration_backups(connection.engine), *inside})


def _backup_drafts(connection: Connection, settings: Settings) -> list[Path]:
    """Drafts of the same backups: a kill leaves one, and people stand in it."""
    directory = settings.retention.backups
    inside = backup_drafts(Path(directory)) if directory else []
    return sorted({*migration_drafts(connection.engine), *inside})


def _only_backups(paths: Iterable[Path], unread: dict[Path, str]) -> list[Path]:
    """Those that are backups. Adds what cannot be read → why."""
    found = []
    for path in paths:
        try:
            if is_backup(path):
                found.append(path)
        except FileNotFoundError:
            continue
        except OSError as error:
            unread[path] = error.strerror or str(error)
    return found


def _told_apart(due: Iterable[Export]) -> tuple[set[Path], dict[Path, str]]:
    """The files that may be deleted, and those that are there and may not → why.

    The drafts that a kill left of them are among both.
    """
    doubts = [(path, one.doubt(name)) for one in due for path, name in one.files().items()]
    gone = {path for path, why in doubts if not why}
    return gone, {
        path: why for path, why in doubts if path not in gone and _changed(path) is not None
    }


def is_there(path: Path) -> bool:
    """Whether a file is there; one that cannot be looked at is taken to be."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True


def archived_files(settings: Settings) -> list[Path]:
    """The files of deliveries that are archived or kept, and what cannot be looked at there."""
    there = [path for directory in _deliveries(settings) for path in sorted(directory.glob("*"))]
    return [path for path in there if _changed(path) is not None]


def _deliveries(settings: Settings) -> list[Path]:
    """The directories of the archive, and of the inbox those that are kept to be loaded again."""
    archive, inbox = settings.schedule.archive, settings.schedule.inbox
    return [
        *(archive_directories(Path(archive)) if archive else ()),
        *(kept_directories(Path(inbox)) if inbox else ()),
    ]


def backups_until(connection: Connection, settings: Settings) -> dict[str, str]:
    """Each backup and draft of one that the settings and the store know of, and when it is deleted.

    ``?`` where one cannot be looked at.
    """
    unread: dict[Path, str] = {}
    found = _only_backups(_backups(connection, settings), unread)
    days = settings.retention.backups_days
    until = {str(path.absolute()): _deleted_on(_changed(path), days) for path in found}
    for path in _backup_drafts(connection, settings):
        until[str(path.absolute())] = _deleted_on(_changed(path), DRAFT_DAYS)
    return until | {str(path.absolute()): "?" for path in unread}


def _deleted_on(changed: float | None, days: int) -> str:
    """The day on which a file that was changed then is so many days old; ``?`` if nobody can tell."""
    if not changed:
        return "?"
    due = pd.Timestamp(changed, unit="s", tz="UTC").tz_convert("Asia/Shanghai")
    return f"{due + pd.Timedelta(days=days):%Y-%m-%d}"


def archived_until(settings: Settings) -> dict[str, str]:
    """Each delivery that is archived or kept, its directory, and the day its last file is deleted.

    ``?`` where one cannot be looked at.
    """
    until: dict[str, str] = {}
    for path in archived_files(settings):
        day = _deleted_on(_changed(path), settings.retention.archive_days)
        name = str(path.parent.absolute())
        until[name] = max(until.get(name, ""), day)  # a question mark comes after all digits
    return until


def _changed(path: Path) -> float | None:
    """When a file was changed, in seconds; 0 where nobody can tell; None where there is none.

    A link is none: what it names is not ours to delete.
    """
    try:
        state = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        return 0.0
    return state.st_mtime if stat.S_ISREG(state.st_mode) else None


def _older(paths: Iterable[Path], now: pd.Timestamp, days: int) -> list[Path]:
    limit = (now - pd.Timedelta(days=days)).tz_localize("Asia/Shanghai").timestamp()
    changed = {path: _changed(path) for path in paths}
    return [path for path, moment in changed.items() if moment is not None and moment < limit]


def _delete(paths: Iterable[Path], undeleted: dict[Path, str], *, only_count: bool) -> list[Path]:
    """Delete the files that are there; returns them. Adds what cannot be deleted → why."""
    deleted = []
    for path in paths:
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                continue
            if not only_count:
                path.unlink()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            undeleted[path] = error.strerror or str(error)
        else:
            deleted.append(path)
    return deleted
