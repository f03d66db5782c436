"""The inbox: files that other systems deliver, loaded before a night, then moved away.

With an archive, files are taken out of the inbox before they are read (``warning/delivery.py``):
what a channel delivers under the same name meanwhile is another file, for the next time.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from warning.accounts import account
from warning.crash import crash_report
from warning.delivery import (
    STAMPED,
    TAKEN,
    Delivery,
    Identity,
    check_inbox,
    delivered,
    identities,
    kept_directories,
    note_refused,
)
from warning.errors import DataError, Problem, RefusedError, StoreError, WarningError
from warning.language import say
from warning.logs import log
from warning.memory_limit import OutOfMemory, is_shortage, watch_again
from warning.reading import read_records
from warning.reading.raw import named
from warning.records import CanonicalTables
from warning.settings import Settings
from warning.store import LoadSummary, Store
from warning.store.audit import Entry

#: Names of files that name nobody, beside those of channels.
PLAIN_NAMES = ("records", "parties", "接警单", "工单")
ENDINGS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq")
#: What may stand beside such a name: a letter, a date, a time and a number, apart from each other.
#: No phone and no ID number is written so.
PLAIN_REST = re.compile(
    r"[-_. ()]*[A-Za-z]?"
    r"(?:[-_. ()]*(?:19|20)[0-9]{2}-?(?:0[1-9]|1[0-2])-?(?:0[1-9]|[12][0-9]|3[01]))?"
    r"(?:[-_. ()]+[0-9]{6})?(?:[-_. ()]+[0-9]{1,4})?[-_. ()]*"
)


def read_unchanged(files: list[Path], settings: Settings, now: pd.Timestamp) -> CanonicalTables:
    """Read files that stay the same while they are read.

    Raises:
        DataError: one was replaced, taken away or written to meanwhile; or as ``read_records``.
    """
    before = {path: Identity.of(path) for path in files}
    for path, identity in before.items():
        if identity is None:
            raise _changed(path)
    counties = settings.escalation.counties
    tables = read_records(files, settings.channels, clock=now, counties=counties)
    for path in files:
        if Identity.of(path) != before[path]:
            raise _changed(path)
    return tables


def _changed(path: Path) -> DataError:
    return DataError(
        Problem(
            str(path),
            say("读取时文件被替换、移走或仍在写入",
                "the file was replaced while it was read, or taken away"),
            say("写完后再放入的文件", "a file that is complete"),
            say("先写成 .part，写完后改名；下一次会再读",
                "write it as .part, then rename it; it is read again next time"),
            "changed",
        )
    )  # fmt: skip


def load_inbox(store: Store, settings: Settings, now: pd.Timestamp) -> LoadSummary | None:
    """Load the inbox's files; None where there are none.

    A file that cannot be read, whatever reading it raises, is logged and left in the inbox, the
    others are loaded; so is one that takes more memory than there is. What an attempt that was
    killed had taken is loaded with what is there now. Where rows are later than the clock, by
    ``AHEAD`` at most, the delivery is kept and loaded once more the next night, as a batch of its
    own, and then archived: the clock may be slow.
    What cannot be archived is logged and stays: loaded again, it is an exact repeat.

    Raises:
        RefusedError: another process is at work on the store.
        DataError: there is no inbox, it cannot be read or written, or its files cannot be loaded
            together.
    """
    if not settings.schedule.inbox:
        return None
    directory = Path(settings.schedule.inbox)
    check_inbox(directory)
    with store.at_work(patient=True), _noting_refused(directory) as done:
        if not settings.schedule.archive:
            summary, loaded = _load(store, settings, now, delivered(directory))
            done |= identities(loaded)
            return summary
        delivery, total = Delivery(directory, Path(settings.schedule.archive), now), None
        for batch in delivery.batches():
            with delivery.given_back(batch):
                files = delivery.take(batch)
                before = {path: Identity.of(path) for path in files}
                summary, loaded = _load(store, settings, now, files)
                done |= identities(loaded)
                if summary and summary.rows_ahead and not delivery.is_kept(batch):
                    delivery.keep(loaded)
                else:
                    _archive(delivery, [(path, before[path]) for path in loaded], settings)
            total = _sum(total, summary)
    return total


@contextmanager
def _noting_refused(directory: Path) -> Iterator[set[Identity]]:
    """Which of the files that are there the block does not name as loaded is noted for health.

    What ends the block without being a file's fault leaves the note as it was.
    """
    there = identities([*delivered(directory), *_taken(directory)])
    done: set[Identity] = set()
    try:
        yield done
    except (RefusedError, StoreError):
        raise
    except Exception as error:
        if not is_shortage(error):
            _note(directory, there - done)
        raise
    _note(directory, there - done)


def _taken(directory: Path) -> list[Path]:
    """What an attempt that was killed had taken, and the deliveries that are kept."""
    places = [directory / TAKEN, *kept_directories(directory)]
    return [path for place in places if place.is_dir() for path in delivered(place)]


def _note(directory: Path, refused: set[Identity]) -> None:
    try:
        note_refused(directory, refused)
    except DataError as error:
        log("refused_not_noted", level=logging.WARNING, files=len(refused), **fault_of(error))


def _archive(
    delivery: Delivery, loaded: list[tuple[Path, Identity | None]], settings: Settings
) -> None:
    """Move away what was loaded; what is in the way is logged, for the store has the records."""
    try:
        for path in delivery.archive(loaded):
            log("file_changed", level=logging.WARNING, **_told(path, settings))
    except DataError as error:
        log("inbox_not_archived", level=logging.ERROR, **fault_of(error))


def _load(
    store: Store, settings: Settings, now: pd.Timestamp, files: list[Path]
) -> tuple[LoadSummary | None, list[Path]]:
    """Load the files that can be read, and tell which these are; without memory, one by one."""
    try:
        return _load_together(store, settings, now, files)
    except (Exception, OutOfMemory) as error:
        if not is_shortage(error):
            raise
    # Behind the except clause: what was read hangs on the error until its end.
    watch_again()
    if len(files) == 1:
        log("file_refused", level=logging.ERROR, **_told(files[0], settings), code="memory")
        return None, []
    total, loaded = None, list[Path]()
    for path in files:
        summary, alone = _load(store, settings, now, [path])
        total = _sum(total, summary)
        loaded += alone
    return total, loaded


def _load_together(
    store: Store, settings: Settings, now: pd.Timestamp, files: list[Path]
) -> tuple[LoadSummary | None, list[Path]]:
    """Load the files that can be read in one piece, and tell which these are."""
    tables, files = _readable(files, settings, now)
    if tables is None:
        return None, []
    held = rf"/{re.escape(TAKEN)}/(?:{STAMPED.pattern}/)?"
    places = tables.quarantine["file"].str.replace(held, "/", regex=True)
    tables = replace(tables, quarantine=tables.quarantine.assign(file=places))
    what = {"loaded_at": now.isoformat(), "files": len(files)}
    summary = store.load(
        tables, ", ".join(named(Path(path.name)) for path in files), now.to_pydatetime(),
        Entry(now.to_pydatetime(), account(), "load inbox", what),
    )  # fmt: skip
    log(
        "inbox_loaded", files=len(files), stored=summary.stored,
        quarantined=summary.quarantined, repeats=summary.repeats,
        parties_quarantined=summary.parties_quarantined, repeats_of_old=summary.repeats_of_old,
        earlier_versions=summary.earlier_versions,
    )  # fmt: skip
    if tables.unread_columns or tables.lacking_columns:
        log(
            "columns_not_read", level=logging.WARNING if tables.lacking_columns else logging.INFO,
            columns=tables.unread_columns, lacking=tables.lacking_columns,
        )  # fmt: skip
    if summary.texts_lost:
        log("texts_lost", level=logging.WARNING, versions=summary.texts_lost)
    if summary.rows_ahead:
        log("rows_ahead_of_clock", level=logging.WARNING, rows=summary.rows_ahead)
    return summary, files


def _sum(one: LoadSummary | None, other: LoadSummary | None) -> LoadSummary | None:
    """The counts of both; None where nothing was loaded."""
    if one is None or other is None:
        return one or other
    more = asdict(other)
    return LoadSummary(**{name: count + more[name] for name, count in asdict(one).items()})


def _readable(
    files: list[Path], settings: Settings, now: pd.Timestamp
) -> tuple[CanonicalTables | None, list[Path]]:
    """The tables of the files that can be read, and these files."""
    if not files:
        return None, []
    try:
        return read_unchanged(files, settings, now), files
    except Exception as error:
        if is_shortage(error):  # whose fault it is is not known yet
            raise
        # Read together, for parties stand in files of their own; only then one by one.
        left = []
        for path in files:
            try:
                read_unchanged([path], settings, now)
                left.append(path)
            except Exception as alone:
                if is_shortage(alone):
                    raise
                log("file_refused", level=logging.ERROR, **_told(path, settings), **fault_of(alone))
        if len(left) == len(files):
            raise _not_together(files, error) from None
        return _readable(left, settings, now)


def _told(path: Path, settings: Settings) -> dict[str, object]:
    """A file as a log may tell it: its name where that cannot be anybody's, and its inode.

    A channel may name a file after a person or a number. ``find -inum`` finds what is told so.
    """
    names = "|".join(map(re.escape, {*settings.channels.channels, *PLAIN_NAMES}))
    rest = re.sub(
        rf"(?<![0-9A-Za-z])(?:{names})(?![0-9A-Za-z])", " ", named(Path(path.stem)), count=1
    )
    ending = path.suffix if path.suffix.lower() in ENDINGS else ""
    safe = ending and PLAIN_REST.fullmatch(rest)
    inode = path.stat().st_ino if path.exists() else None
    return {"file": named(Path(path.name)) if safe else f"…{ending}", "inode": inode}


def fault_of(error: Exception) -> dict[str, object]:
    """A fault without what was found: ``warning load`` tells that to who may see it.

    One that nobody foresaw is told as a stack trace without anybody's data.
    """
    if not isinstance(error, WarningError):
        return {"code": "unexpected", "trace": crash_report(error)}
    problem = error.problems[0]
    line = re.search(r":([0-9]+)(?::[0-9]+)?$", problem.where)
    code, _, column = problem.code.partition(":")
    told: dict[str, object] = {"code": code or "not_read"}
    if line:
        told["line"] = int(line[1])
    if column:
        told["column"] = column
    return told


def _not_together(files: list[Path], error: Exception) -> DataError:
    """Each can be read, all cannot: said without what was found, for a night's errors are a log."""
    code = str(fault_of(error)["code"])
    return DataError(
        Problem(
            say("收件目录", "the inbox"),
            say(f"{len(files)} 个文件无法一起读入（{code}）",
                f"its {len(files)} files cannot be read together ({code})"),
            say("属于一次交付的文件", "files of one delivery"),
            say("用 warning load 读入，它会说明原因", "load them by warning load: it says why"),
            code,
        )
    )  # fmt: skip
