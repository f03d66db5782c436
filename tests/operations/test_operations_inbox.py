"""The inbox: what is loaded, what is refused alone, what is still being written."""

import dataclasses
import errno
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pandas as pd
import pytest

from tests.operations.conftest import Logged
from warning import inbox, scheduling
from warning.delivery import REFUSED, Delivery, delivered
from warning.errors import DataError, Problem, SettingsError, StoreError
from warning.inbox import load_inbox
from warning.keeping.health import health_of, metrics_text
from warning.memory_limit import OutOfMemory
from warning.settings import Settings, load_settings
from warning.store import Store

NOW = pd.Timestamp("2025-01-02 03:00")
GOOD = "record_id,channel,reported_at,narrative\nA1,110,2024-03-01 10:00:00,争吵\n"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration with an inbox and an archive."""
    for name in ("config", "inbox", "archive"):
        (tmp_path / name).mkdir()
    (tmp_path / "config" / "schedule.yaml").write_text(
        f"inbox: {tmp_path / 'inbox'}\narchive: {tmp_path / 'archive'}\n"
    )
    return load_settings(tmp_path / "config")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as opened:
        yield opened


def test_files_are_loaded_and_moved_away(store: Store, settings: Settings, tmp_path: Path) -> None:
    """What was loaded stands in the archive, under the time of loading, for its owner alone."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    (tmp_path / "inbox" / "a.csv").chmod(0o644)
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 1
    assert in_inbox(tmp_path) == []
    archived = tmp_path / "archive" / "20250102-030000"
    assert (archived / "a.csv").read_text() == GOOD
    assert [path.stat().st_mode & 0o777 for path in (archived, archived / "a.csv")] == [
        0o700,
        0o600,
    ]
    assert load_inbox(store, settings, NOW) is None


def test_a_bad_file_costs_no_night(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The others are loaded; the bad one stays where it is."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    (tmp_path / "inbox" / "b.csv").write_text("record_id,nothing\n1,2\n")
    (tmp_path / "inbox" / "c.xlsx").write_bytes(b"PK no workbook")
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 1
    assert in_inbox(tmp_path) == ["b.csv", "c.xlsx"]


def test_a_renamed_column_and_what_it_blanked_are_logged(
    store: Store, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """As counts: a column's name may be anybody's data."""

    def warned() -> list[tuple[str, object]]:
        told = [one for one in caplog.records if one.levelno == logging.WARNING]
        return [(one.getMessage(), one.__dict__["fields"]) for one in told]

    for text in (GOOD, GOOD.replace("narrative", "Narrative")):
        assert not warned()
        (tmp_path / "inbox" / "a.csv").write_text(text)
        load_inbox(store, settings, NOW)
    assert warned() == [
        ("columns_not_read", {"columns": 1, "lacking": 1}),
        ("texts_lost", {"versions": 1}),
    ]


@pytest.mark.parametrize("archived", [True, False])
def test_health_tells_of_refused_files_until_they_are_gone(
    archived: bool, store: Store, settings: Settings, tmp_path: Path
) -> None:
    """A channel that has renamed a column is not missed in silence; one that just came is."""
    settings = settings if archived else without_archive(settings)
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    bad = tmp_path / "inbox" / "b.csv"
    bad.write_text("record_id,nothing\n1,2\n")
    load_inbox(store, settings, NOW)
    (tmp_path / "inbox" / "c.csv").write_text("record_id,nothing\n1,2\n")
    state = health_of(store, settings, NOW)
    assert state.refused_files == 1
    assert any(fault.startswith("1 files of the inbox") for fault in state.faults)
    assert "\nwarning_inbox_refused_files 1\n" in metrics_text(state)
    for path in (bad, tmp_path / "inbox" / "c.csv"):
        path.unlink()
    assert health_of(store, settings, NOW).refused_files == 0
    bad.write_text("record_id,nothing\n1,2\n")
    load_inbox(store, settings, NOW)
    assert health_of(store, settings, NOW).refused_files == 1
    bad.write_text(GOOD)  # the same inode
    assert health_of(store, settings, NOW).refused_files == 0
    load_inbox(store, settings, NOW)
    assert health_of(store, settings, NOW).refused_files == 0


def test_a_store_that_is_busy_is_no_fault_of_a_file(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it forget the files that were refused before."""
    (tmp_path / "inbox" / "b.csv").write_text("record_id,nothing\n1,2\n")
    load_inbox(store, settings, NOW)
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)

    def gone(*_: object, **__: object) -> None:
        raise StoreError(Problem("store", "gone"))

    monkeypatch.setattr(store, "load", gone)
    with pytest.raises(StoreError):
        load_inbox(store, settings, NOW)
    assert health_of(store, settings, NOW).refused_files == 1


def test_unfinished_files_and_links_are_left(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Neither a file that is being delivered nor a link that leads elsewhere is read."""
    secret = tmp_path / "secret.csv"
    secret.write_text(GOOD)
    for name in ("a.csv.part", ".a.csv", "b.csv.tmp"):
        (tmp_path / "inbox" / name).write_text(GOOD)
    (tmp_path / "inbox" / "link.csv").symlink_to(secret)
    (tmp_path / "inbox" / "directory.csv").mkdir()
    assert load_inbox(store, settings, NOW) is None
    assert store.table("records").empty


def test_a_file_replaced_while_it_is_read_is_refused(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an archive files stay where they are: nothing is stored, the next time it is read."""
    settings = without_archive(settings)
    path = tmp_path / "inbox" / "a.csv"
    path.write_text(GOOD)
    read = inbox.read_records

    def replaced(*arguments: object, **options: object) -> object:
        tables = read(*arguments, **options)
        other = tmp_path / "other.csv"
        other.write_text(GOOD.replace("争吵", "打架"))
        other.replace(path)
        return tables

    monkeypatch.setattr(inbox, "read_records", replaced)
    with pytest.raises(DataError, match="was replaced while it was read"):
        inbox.read_unchanged([path], settings, NOW)
    assert load_inbox(store, settings, NOW) is None
    assert store.table("records").empty
    monkeypatch.setattr(inbox, "read_records", read)
    assert load_inbox(store, settings, NOW) is not None
    assert store.table("records")["narrative"].tolist() == ["打架"]


def in_inbox(tmp_path: Path) -> list[str]:
    """The names of the files in the inbox, the note for health apart."""
    files = (path for path in (tmp_path / "inbox").iterdir() if path.is_file())
    return sorted(path.name for path in files if path.name != REFUSED)


def in_archive(tmp_path: Path) -> dict[str, str]:
    """Directory/name of the archived files → what they hold."""
    found = sorted((tmp_path / "archive").glob("*/*"))
    return {str(path.relative_to(tmp_path / "archive")): path.read_text() for path in found}


@pytest.mark.parametrize("by", ["renaming", "writing"])
def test_a_file_replaced_while_it_is_stored_is_loaded_next(
    by: str, store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive holds what the store holds, and the other file is there for the next time."""
    path, other = tmp_path / "inbox" / "110.csv", GOOD.replace("A1", "A2")
    path.write_text(GOOD)
    held = path.open("a")
    load = Store.load

    def replaced(*arguments: object, **options: object) -> object:
        if by == "renaming":
            (tmp_path / "new.csv").write_text(other)
            (tmp_path / "new.csv").replace(path)
        else:
            held.write(other.splitlines()[1] + "\n")  # by whom it had been opened before
            held.flush()
        return load(*arguments, **options)

    monkeypatch.setattr(Store, "load", replaced)
    load_inbox(store, settings, NOW)
    held.close()
    monkeypatch.setattr(Store, "load", load)
    assert store.table("records")["record_id"].tolist() == ["A1"]
    assert in_inbox(tmp_path) == ["110.csv"]
    assert set(in_archive(tmp_path).values()) == ({GOOD} if by == "renaming" else set())
    assert load_inbox(store, settings, NOW) is not None
    assert store.table("records")["record_id"].tolist() == ["A1", "A2"]
    assert in_inbox(tmp_path) == []
    # Both were archived in the same second: under names of their own.
    assert len(in_archive(tmp_path)) == (2 if by == "renaming" else 1)


@pytest.mark.parametrize("when", ["between two files", "before loading", "before archiving"])
def test_a_loader_that_is_killed_leaves_its_files_to_the_next(
    when: str, store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Killed at any moment: nothing is lost, files of one delivery stay together."""
    (tmp_path / "inbox" / "110.csv").write_text(GOOD)
    (tmp_path / "inbox" / "parties.csv").write_text(GOOD.replace("A1", "A3"))
    url = f"sqlite:///{tmp_path / 'w.db'}"
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        rename = Path.rename
        steps: dict[str, tuple[type, str]] = {
            "between two files": (Path, "rename"),
            "before loading": (Store, "load"),
            "before archiving": (Delivery, "archive"),
        }

        def dies(*given: Path, **_: object) -> None:
            if when == "between two files":
                rename(*given)
            os.kill(os.getpid(), signal.SIGKILL)

        with Store.open(url) as opened, patch.object(*steps[when], dies):
            load_inbox(opened, settings, NOW)
        os._exit(70)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    # Meanwhile the channel delivers another file under the same name.
    (tmp_path / "inbox" / "110.csv").write_text(GOOD.replace("A1", "A2"))
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.rows_read == 3
    assert sorted(store.table("records")["record_id"]) == ["A1", "A2", "A3"]
    assert in_inbox(tmp_path) == []
    assert sorted(in_archive(tmp_path).values()) == sorted(
        GOOD.replace("A1", name) for name in ("A1", "A2", "A3")
    )
    # What had been taken and what was still there are one delivery.
    first = store.table("loads").iloc[-2]
    assert first["source"] == "110.csv, parties.csv"


def test_a_refused_file_is_put_over_no_other(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its name was delivered again while it was read: both stay, the good one is loaded next."""
    path = tmp_path / "inbox" / "110.csv"
    path.write_text("record_id,nothing\n1,2\n")
    read = inbox.read_records

    def delivered_again(*arguments: object, **options: object) -> object:
        path.write_text(GOOD)
        return read(*arguments, **options)

    monkeypatch.setattr(inbox, "read_records", delivered_again)
    assert load_inbox(store, settings, NOW) is None
    assert in_inbox(tmp_path) == ["110.20250102-030000-1.csv", "110.csv"]
    monkeypatch.setattr(inbox, "read_records", read)
    assert load_inbox(store, settings, NOW) is not None
    assert store.table("records")["record_id"].tolist() == ["A1"]
    assert in_inbox(tmp_path) == ["110.20250102-030000-1.csv"]


def test_rows_set_aside_name_the_inbox(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The quarantine tells the place where the file was delivered."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD + "A2,110,no time,吵\n")
    load_inbox(store, settings, NOW)
    assert store.table("quarantine")["file"].tolist() == [str(tmp_path / "inbox" / "a.csv")]


def test_rows_that_a_slow_clock_sets_aside_are_loaded_the_next_night(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Calls of minutes after the machine's clock count the next night; one of another year does not.

    Also where their file's name was delivered again meanwhile.
    """
    path = tmp_path / "inbox" / "110.csv"
    path.write_text(f"{GOOD}A2,110,{NOW + pd.Timedelta(minutes=4)},吵\nA3,110,2052-01-01,吵\n")
    load_inbox(store, settings, NOW)
    assert in_archive(tmp_path) == {}
    path.write_text(f"{GOOD.replace('A1', 'A4')}A5,110,{NOW + pd.Timedelta(minutes=5)},吵\n")
    load_inbox(store, settings, NOW)
    assert in_archive(tmp_path) == {}
    assert health_of(store, settings, NOW).refused_files == 0
    load_inbox(store, settings, NOW + pd.Timedelta(days=1))
    assert sorted(store.table("records")["record_id"]) == ["A1", "A2", "A4", "A5"]
    assert len(in_archive(tmp_path)) == 2
    assert delivered(tmp_path / "inbox" / ".taken") == in_inbox(tmp_path) == []


def test_a_sender_whose_clock_is_always_fast_leaves_nothing_behind(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Each night loads the last one's delivery once more, then archives it; every row is stored.

    The files of one delivery stay together, though the same names are delivered every night.
    """
    nights = 4
    for night in range(nights):
        now = NOW + pd.Timedelta(days=night, seconds=-night)
        (tmp_path / "inbox" / "110.csv").write_text(
            f"{GOOD.replace('A1', f'A{night}')}B{night},110,{now + pd.Timedelta(minutes=5)},吵\n"
        )
        (tmp_path / "inbox" / "12345.csv").write_text(GOOD.replace("A1", f"C{night}"))
        load_inbox(store, settings, now)
        (kept,) = (tmp_path / "inbox" / ".taken").iterdir()
        assert kept.name == f"{now:%Y%m%d-%H%M%S}"
        assert [path.name for path in delivered(kept)] == ["110.csv", "12345.csv"]
        assert in_inbox(tmp_path) == []
        assert len(in_archive(tmp_path)) == 2 * night
    load_inbox(store, settings, NOW + pd.Timedelta(days=nights))
    stored = sorted(store.table("records")["record_id"])
    assert stored == [f"{row}{night}" for row in "ABC" for night in range(nights)]
    assert list((tmp_path / "inbox" / ".taken").iterdir()) == []
    assert len(in_archive(tmp_path)) == 2 * nights


def test_attempts_of_the_same_night_leave_alone_what_is_kept_for_a_slow_clock(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Nothing of it is loaded, renamed or set aside again; the next night loads and archives it."""
    path = tmp_path / "inbox" / "110.csv"
    path.write_text(f"{GOOD}A2,110,{NOW + pd.Timedelta(hours=12)},吵\n")
    load_inbox(store, settings, NOW)
    kept = tmp_path / "inbox" / ".taken" / "20250102-030000" / "110.csv"
    for attempt in range(1, 4):
        assert load_inbox(store, settings, NOW + pd.Timedelta(minutes=15 * attempt)) is None
        assert delivered(kept.parent) == [kept]
    assert store.table("quarantine")["file"].tolist() == [str(path)]
    load_inbox(store, settings, NOW + pd.Timedelta(days=1))
    assert sorted(store.table("records")["record_id"]) == ["A1", "A2"]
    assert len(store.table("quarantine")) == 1
    assert not kept.parent.exists()
    assert list(in_archive(tmp_path)) == ["20250103-030000/110.csv"]


@pytest.mark.parametrize("back", [pd.Timedelta(days=3), pd.Timedelta(0)])
def test_what_is_kept_for_a_slow_clock_is_kept_once(
    back: pd.Timedelta, store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Where the clock is set back its rows are ahead for long: it is archived as it is."""
    path = tmp_path / "inbox" / "110.csv"
    path.write_text(f"{GOOD}A2,110,{NOW + pd.Timedelta(minutes=5)},吵\n")
    load_inbox(store, settings, NOW)
    load_inbox(store, settings, NOW - back)
    assert len(in_archive(tmp_path)) == bool(back)
    assert (list((tmp_path / "inbox" / ".taken").iterdir()) == []) == bool(back)


def test_a_kept_file_that_cannot_be_read_any_more_is_given_back(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """It is never archived unread, and health tells of it."""
    path = tmp_path / "inbox" / "110.csv"
    path.write_text(f"{GOOD}A2,110,{NOW + pd.Timedelta(minutes=5)},吵\n")
    load_inbox(store, settings, NOW)
    (kept,) = (tmp_path / "inbox" / ".taken").iterdir()
    (kept / "110.csv").write_text("record_id,nothing\n1,2\n")
    load_inbox(store, settings, NOW + pd.Timedelta(days=1))
    assert in_inbox(tmp_path) == ["110.csv"]
    assert not kept.exists()
    assert health_of(store, settings, NOW).refused_files == 1


def test_a_loader_that_is_killed_while_it_keeps_parts_no_delivery(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had gathered is one batch with what it had taken."""
    for name in ("110.csv", "parties.csv"):
        (tmp_path / "inbox" / name).write_text(GOOD)
    delivery = Delivery(tmp_path / "inbox", tmp_path / "archive", NOW)
    (batch,) = delivery.batches()
    files = delivery.take(batch)
    rename = Path.rename

    def dies(path: Path, target: Path) -> Path:
        if path.name == "parties.csv":
            raise KeyboardInterrupt
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", dies)
    with pytest.raises(KeyboardInterrupt):
        delivery.keep(files)
    monkeypatch.undo()
    assert delivery.batches() == [files]


WRITER = """
import pathlib, sys, time
inbox, names, end = pathlib.Path(sys.argv[1]), ("110.csv", "12345.csv"), time.time() + 4
number = 0
while time.time() < end:
    number += 1
    draft = inbox / "draft.part"
    draft.write_text("record_id,channel,reported_at,narrative\\n"
                     f"N{number},110,2024-03-01 10:00:00,x\\n")
    draft.replace(inbox / names[number % 2])
    time.sleep(0.002)
print(number)
"""


def test_a_busy_channel_loses_nothing_to_the_archive(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """A process replaces files all the time while another loads: what is archived is stored."""
    # What the writer replaces before it was taken is its own to lose: only the archive is judged.
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "inbox")], stdout=subprocess.PIPE, text=True
    )
    seconds = 0
    while writer.poll() is None:
        load_inbox(store, settings, NOW + pd.Timedelta(seconds=seconds))
        seconds += 1
    load_inbox(store, settings, NOW + pd.Timedelta(seconds=seconds))
    told, _ = writer.communicate()
    archived = sorted(text.splitlines()[1].split(",")[0] for text in in_archive(tmp_path).values())
    assert len(archived) > 3
    assert sorted(store.table("records")["record_id"]) == archived
    assert f"N{int(told)}" in archived
    assert in_inbox(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("110.csv", "110.csv"),
        ("110_20250102-020000.csv", "110_20250102-020000.csv"),
        ("接警单 2025-01-02 (3).xlsx", "接警单 2025-01-02 (3).xlsx"),
        ("b.csv", "b.csv"),
        ("欧阳志远.csv", "….csv"),
        ("zhangsan.csv", "….csv"),
        ("110_张三.csv", "….csv"),
        ("13811011000.csv", "….csv"),
        ("138-1101-1000.csv", "….csv"),
        ("19901011234.csv", "….csv"),
        ("620702199001011234.csv", "….csv"),
        ("110.13800138000", "…"),
        ("110.zhangsan", "…"),
        ("张三", "…"),
    ],
)
def test_names_of_files_in_logs(name: str, told: str, settings: Settings, tmp_path: Path) -> None:
    """A name that could be somebody's is told by its inode alone."""
    path = tmp_path / "inbox" / name
    path.write_text(GOOD)
    found = inbox._told(path, settings)
    assert found == {"file": told, "inode": path.stat().st_ino}


def test_a_missing_inbox_is_said(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The directory of the setting must be there."""
    (tmp_path / "inbox").rmdir()
    with pytest.raises(DataError, match="no such directory"):
        load_inbox(store, settings, NOW)


def without_archive(settings: Settings) -> Settings:
    """The configuration that leaves files in the inbox."""
    schedule = settings.schedule.model_copy(update={"archive": None})
    return dataclasses.replace(settings, schedule=schedule)


def unreadable(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody read a directory, root neither."""
    listed = Path.iterdir

    def refused(path: Path) -> Iterator[Path]:
        if path == directory:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refused)


def test_an_archive_that_is_none_costs_nothing(
    store: Store, settings: Settings, tmp_path: Path, logged: Logged
) -> None:
    """The file is loaded and stays; when the archive is mended, it goes there."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    (tmp_path / "archive").rmdir()
    (tmp_path / "archive").write_text("no directory")
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 1
    assert logged() == [("inbox_not_archived", "not_archived")]
    assert in_inbox(tmp_path) == ["a.csv"]
    (tmp_path / "archive").unlink()
    again = load_inbox(store, settings, NOW)
    assert again is not None
    assert (again.stored, again.repeats) == (0, 1)
    assert list(in_archive(tmp_path).values()) == [GOOD]


def test_health_tells_an_inbox_that_cannot_be_used(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """The night runs without it; who watches is told."""
    known = ("the inbox is missing or cannot be read", "the archive cannot be written")
    assert not set(known) & set(health_of(store, settings, NOW).faults)
    (tmp_path / "inbox").rmdir()
    (tmp_path / "archive").rmdir()
    (tmp_path / "archive").write_text("no directory")
    assert set(known) <= set(health_of(store, settings, NOW).faults)


def test_an_archive_that_fills_up_holds_no_half(
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """What was moved is there whole, the rest is back in the inbox."""
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / "inbox" / name).write_text(GOOD.replace("A1", name))
    move = shutil.move

    def full(path: Path, target: Path) -> None:
        if path.name == "b.csv":
            target.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")
        move(path, target)

    monkeypatch.setattr(shutil, "move", full)
    assert load_inbox(store, settings, NOW) is not None
    assert logged() == [("inbox_not_archived", "not_archived")]
    assert list(in_archive(tmp_path).values()) == [GOOD.replace("A1", "a.csv")]
    assert in_inbox(tmp_path) == ["b.csv", "c.csv"]


def test_a_file_that_its_sender_takes_away_is_left_out(
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """Gone before it is looked at: it counts as changed, the others are loaded."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    gone = tmp_path / "inbox" / "110.csv"
    monkeypatch.setattr(inbox, "delivered", lambda directory: [gone, *delivered(directory)])
    summary = load_inbox(store, without_archive(settings), NOW)
    assert summary is not None
    assert summary.stored == 1
    assert logged() == [("file_refused", "changed")]


@pytest.mark.parametrize("archived", [True, False])
def test_a_file_that_nobody_foresaw_is_left_out(
    archived: bool,
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """Whatever reading it raises: it is logged without its content, the others are loaded."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    (tmp_path / "inbox" / "张三.csv").write_text(GOOD)
    read = inbox.read_records

    def stumbling(files: list[Path], *arguments: object, **options: object) -> object:
        for path in files:
            if path.name != "a.csv":
                raise KeyError(path.name)
        return read(files, *arguments, **options)

    monkeypatch.setattr(inbox, "read_records", stumbling)
    summary = load_inbox(store, settings if archived else without_archive(settings), NOW)
    assert summary is not None
    assert summary.stored == 1
    assert logged() == [("file_refused", "unexpected")]
    assert in_inbox(tmp_path) == ["张三.csv"] if archived else ["a.csv", "张三.csv"]


@pytest.mark.parametrize("shortage", [MemoryError, OutOfMemory])
def test_a_file_that_takes_more_memory_than_there_is_is_left_out(
    shortage: type[BaseException],
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """It would end every night: the others are loaded, each by itself, and the night runs."""
    for name in ("a.csv", "b.csv", "c.csv"):
        (tmp_path / "inbox" / name).write_text(GOOD.replace("A1", name))
    read = inbox.read_records

    def hungry(files: list[Path], *arguments: object, **options: object) -> object:
        if any(path.name == "b.csv" for path in files):
            raise shortage
        return read(files, *arguments, **options)

    monkeypatch.setattr(inbox, "read_records", hungry)
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 2
    assert logged() == [("file_refused", "memory")]
    assert in_inbox(tmp_path) == ["b.csv"]
    assert health_of(store, settings, NOW).refused_files == 1


def test_files_that_together_take_too_much_memory_are_loaded_one_by_one(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file is at fault."""
    for name in ("a.csv", "b.csv"):
        (tmp_path / "inbox" / name).write_text(GOOD.replace("A1", name))
    read = inbox.read_records

    def hungry(files: list[Path], *arguments: object, **options: object) -> object:
        if len(files) > 1:
            raise MemoryError
        return read(files, *arguments, **options)

    monkeypatch.setattr(inbox, "read_records", hungry)
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert (summary.rows_read, summary.stored) == (2, 2)
    assert in_inbox(tmp_path) == []


@pytest.mark.parametrize("archived", [True, False])
def test_an_inbox_that_cannot_be_read_is_said(
    archived: bool,
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In words, with and without an archive."""
    unreadable(tmp_path / "inbox", monkeypatch)
    with pytest.raises(DataError, match=r"cannot be read \(Permission denied\)"):
        load_inbox(store, settings if archived else without_archive(settings), NOW)


def test_what_ended_the_loading_is_told_before_a_file_that_stays_taken(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that was asked to stop stops, also where the inbox cannot be written any more."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    delivery = Delivery(tmp_path / "inbox", tmp_path / "archive", NOW)
    (batch,) = delivery.batches()

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    with pytest.raises(KeyboardInterrupt), delivery.given_back(batch):
        delivery.take(batch)
        monkeypatch.setattr(Delivery, "_give_back", refused)
        raise KeyboardInterrupt
    monkeypatch.undo()
    assert delivery.batches() == [[delivery.taken / "a.csv"]]


@pytest.mark.parametrize(
    ("fault", "code"),
    [("missing", "no_inbox"), ("unreadable", "not_read"), ("loading", "unexpected")],
)
def test_an_inbox_that_cannot_be_used_costs_no_night(
    fault: str,
    code: str,
    store: Store,
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """It is logged, and the night runs."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    if fault == "missing":
        shutil.rmtree(tmp_path / "inbox")
    elif fault == "unreadable":
        unreadable(tmp_path / "inbox", monkeypatch)
    else:

        def fails(*_: object) -> None:
            raise ValueError("张" + "三")

        monkeypatch.setattr(Store, "load", fails)
    nights: list[pd.Timestamp] = []
    monkeypatch.setattr(scheduling, "run_nightly", lambda _store, _, as_of: nights.append(as_of))
    scheduling.scheduled_night(store.url, settings, NOW)
    assert nights == [NOW]
    assert logged() == [("inbox_not_loaded", code)]
    if fault == "loading":
        assert in_inbox(tmp_path) == ["a.csv"]


@pytest.mark.parametrize(
    ("inbox", "archive", "backups", "told"),
    [
        ("srv/in", "srv", None, "schedule.yaml:3 archive"),
        ("srv", "srv", None, "schedule.yaml:3 archive"),
        ("srv/in", "link", None, "schedule.yaml:3 archive"),
        ("srv/in", "srv/in/../archive", "srv/in", "retention.yaml:1 backups"),
        ("srv/in", "srv/archive", "srv/archive/", "retention.yaml:1 backups"),
        ("srv/in", "srv/in/archive", "srv", None),
        ("srv/in", "srv/i", "srv/backups", None),
        ("s\\0v", "s\\0v", None, None),
    ],
)
def test_where_retention_deletes_nothing_else_is_kept(
    tmp_path: Path, inbox: str, archive: str, backups: str | None, told: str | None
) -> None:
    """An archive that holds the inbox, or backups in one of the two, are refused with the line."""
    (tmp_path / "link").symlink_to(tmp_path / "srv")
    text = f'logs: text\ninbox: "{tmp_path}/{inbox}"\narchive: "{tmp_path}/{archive}"\n'
    (tmp_path / "schedule.yaml").write_text(text)
    kept = "null" if backups is None else f"{tmp_path}/{backups}"
    (tmp_path / "retention.yaml").write_text(f"backups: {kept}\n")
    if told is None:
        load_settings(tmp_path)
        return
    with pytest.raises(SettingsError) as refused:
        load_settings(tmp_path)
    (problem,) = refused.value.problems
    assert f"{problem.where} {problem.found}".startswith(f"{tmp_path}/{told} is ")
