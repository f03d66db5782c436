"""The inbox: files that other systems deliver, loaded before a night, then moved away."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from warning.accounts import account
from warning.errors import DataError, Problem
from warning.language import say
from warning.logs import log
from warning.reading import read_records
from warning.reading.files import named
from warning.records import CanonicalTables
from warning.settings import Settings
from warning.store import LoadSummary, Store
from warning.store.audit import Entry, record

#: Endings of files that are being delivered: a transfer writes there, then renames.
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")


@dataclass(frozen=True)
class Identity:
    """What a file is, so that a change of it shows."""

    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "Identity":
        """The file as it now is."""
        state = path.stat()
        return cls(state.st_ino, state.st_size, state.st_mtime_ns)


def read_unchanged(files: list[Path], settings: Settings, now: pd.Timestamp) -> CanonicalTables:
    """Read files that stay the same while they are read.

    Raises:
        DataError: one was replaced or written to meanwhile; or as ``read_records``.
    """
    before = {path: Identity.of(path) for path in files}
    tables = read_records(files, settings.channels, clock=now)
    for path in files:
        try:
            after = Identity.of(path)
        except FileNotFoundError:
            after = None
        if after != before[path]:
            raise DataError(
                Problem(
                    str(path),
                    say("读取时文件被替换或仍在写入", "the file was replaced while it was read"),
                    say("写完后再放入的文件", "a file that is complete"),
                    say("先写成 .part，写完后改名；下一次会再读",
                        "write it as .part, then rename it; it is read again next time"),
                )
            )  # fmt: skip
    return tables


def load_inbox(store: Store, settings: Settings, now: pd.Timestamp) -> LoadSummary | None:
    """Load the inbox's files; None where there are none.

    A file that cannot be read is logged and left out, the others are loaded: one bad delivery
    does not cost the city a night.
    """
    if not settings.schedule.inbox:
        return None
    directory = Path(settings.schedule.inbox)
    if not directory.is_dir():
        raise DataError(
            Problem(
                str(directory),
                say("没有这个目录", "there is no such directory"),
                say("收件目录", "the inbox"),
                say("建立目录，或改正 schedule.yaml 的 inbox",
                    "make it, or correct inbox in schedule.yaml"),
            )
        )  # fmt: skip
    files = sorted(
        path
        for path in directory.iterdir()
        # A link could lead anywhere on the machine: only files delivered here are read.
        if path.is_file()
        and not path.is_symlink()
        and not path.name.startswith(".")
        and not path.name.endswith(UNFINISHED)
    )
    tables, files = _readable(files, settings, now)
    if tables is None:
        return None
    summary = store.load(
        tables, ", ".join(named(Path(path.name)) for path in files), now.to_pydatetime()
    )
    what = {"loaded_at": now.isoformat(), "files": len(files)}
    record(store, Entry(now.to_pydatetime(), account(), "load inbox", what))
    log(
        "inbox_loaded", files=len(files), stored=summary.stored,
        quarantined=summary.quarantined, repeats=summary.repeats,
    )  # fmt: skip
    if settings.schedule.archive:
        target = Path(settings.schedule.archive) / now.strftime("%Y%m%d-%H%M%S")
        target.mkdir(parents=True, exist_ok=True)
        for path in files:
            shutil.move(path, target / path.name)
    return summary


def _readable(
    files: list[Path], settings: Settings, now: pd.Timestamp
) -> tuple[CanonicalTables | None, list[Path]]:
    """The tables of the files that can be read, and these files."""
    if not files:
        return None, []
    try:
        return read_unchanged(files, settings, now), files
    except DataError as error:
        # Read together, for parties stand in files of their own; only then one by one.
        left = []
        for path in files:
            try:
                read_unchanged([path], settings, now)
                left.append(path)
            except DataError as alone:
                log(
                    "file_refused",
                    level=logging.ERROR,
                    file=named(Path(path.name)),
                    reason=str(alone),
                )
        if len(left) == len(files):
            raise DataError(error.problems) from error
        return _readable(left, settings, now)
