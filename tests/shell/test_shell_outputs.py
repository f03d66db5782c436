"""Where a command writes: a place that cannot be written is told, and people's data are private."""

import errno
import json
import os
import resource
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection

from tests.operations.test_operations_people import ID, reports
from tests.store.test_store_load import AT
from warning import exporting
from warning.cli import run
from warning.errors import Problem, StoreError
from warning.exporting import note_export
from warning.keeping.retention import purge
from warning.nightly import run_nightly
from warning.outputs import DiskFullError, write_output, write_outputs
from warning.settings import load_settings
from warning.standard_output import tell_what_cannot_be_written
from warning.store import Store, audit
from warning.store.sealing import Seal

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a man's reports and a night; tests copy it."""
    path = tmp_path_factory.mktemp("one_night") / "w.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.load(reports(), "a", AT)
        run_nightly(opened, None, "2025-01-05")
    return path


@pytest.fixture
def store(one_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of the store with a night, as ``WARNING_STORE``, in its own directory."""
    shutil.copy(one_night, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("WARNING_STORE", url)
    monkeypatch.chdir(tmp_path)
    return url


def first(store: str, table: str, column: str) -> str:
    """An id of the store."""
    with Store.open(store) as opened:
        return str(opened.table(table)[column].iloc[0])


WHO = ("rights", "export", "--id-number", ID, "--reason", "本人申请", "--out")


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (WHO, "file/copy.json"),
        (WHO, "."),
        (WHO, "/proc/copy.json"),
        (("assessment", "--out"), "/proc/x.docx"),
        (("assessment", "--out"), "."),
        (("health", "--metrics"), "none/a.prom"),
        (("health", "--metrics"), "."),
        (("report", "--out"), "/proc/x.html"),
        (("report", "--unmasked", "--reason", "核查", "--out"), "/proc/x.html"),
        (("export", "--out"), "/proc/tables"),
        (("export", "--out"), "file"),
        (("cases", "CASE", "--page"), "/proc/p.html"),
        (("explain", "110|A1|1", "110|A2|1", "--html"), "/proc/p.html"),
        (("judge", "--sample", "5", "--out"), "/proc/s.csv"),
        (("letters", "ledger", "--out"), "/proc/l.xlsx"),
        (("preview", "--out"), "/proc/preview"),
        (("demo", "--records", "50", "--out"), "/proc/demo"),
        (("init",), "/proc/conf"),
        (("init",), "file/conf"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(
    store: str, capsys: Capture, command: tuple[str, ...], where: str
) -> None:
    """Wrong usage in words with the place, no stack trace, and nothing half is left there."""
    Path("file").write_text("mine")
    case = first(store, "cases", "case_id") if "CASE" in command else ""
    capsys.readouterr()
    assert run([*[case if word == "CASE" else word for word in command], where]) == 2
    told = capsys.readouterr().err
    assert f"{where}" in told
    assert "cannot be written" in told
    assert "Traceback" not in told
    assert Path("file").read_text() == "mine"
    assert not list(Path().glob(".*.part"))


def test_a_ledger_without_letters_is_written(store: str) -> None:
    """A store whose nights drafted nothing has a ledger of headings."""
    assert run(["letters", "ledger", "--out", "ledger.xlsx"]) == 0
    assert Path("ledger.xlsx").stat().st_size > 0


BY_NUMBER = ("--id-number", ID, "--reason", "本人申请")


@pytest.mark.parametrize(
    ("command", "noted"),
    [
        (("rights", "erase", *BY_NUMBER, "--yes"), "rights erased"),
        (("rights", "erase", *BY_NUMBER, "--yes", "--json"), "rights erased"),
        (("rights", "correct", *BY_NUMBER, "--set", "name=李大四"), "rights corrected"),
        (("retention", "--clock-is-right"), "retention purged"),
        (("cases", "--json"), "cases"),
    ],
)
def test_a_change_that_cannot_be_shown_is_done_and_noted(
    store: str,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...],
    noted: str,
) -> None:
    """A full disk behind ``>`` has an exit code and words of its own; the audit holds the change."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        tell_what_cannot_be_written()
        assert run(list(command)) == 1
        sys.stdout.close()
    told = capsys.readouterr().err
    assert "standard output: cannot be written (No space left on device)" in told
    assert "look before you run it again" in told
    with Store.open(store) as opened:
        assert opened.table("audit")["action"].iloc[-1] == noted


@pytest.mark.parametrize(
    "command",
    [
        ("rights", "erase", *BY_NUMBER, "--yes"),
        ("rights", "correct", *BY_NUMBER, "--set", "name=李大四"),
        ("retention", "--clock-is-right"),
    ],
)
def test_a_change_that_the_audit_cannot_hold_is_not_made(
    store: str, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """The entry is part of the change: with the last statement of it the change is undone."""
    Path("config").mkdir()
    Path("config/retention.yaml").write_text("records_days: 30\nkeep_open_cases: false\n")

    append, entries = audit.append, []

    def gone(connection: Connection, seal: Seal, entry: audit.Entry) -> str:
        entries.append(entry.action)
        if len(entries) > 1:  # the first tells that the command was given
            raise StoreError(Problem(store, "the connection ended"))
        return append(connection, seal, entry)

    with Store.open(store) as opened:
        before = [opened.table(name) for name in ("parties", "records")]
    monkeypatch.setattr(audit, "append", gone)
    assert run(list(command)) == 1
    assert len(entries) == 2
    with Store.open(store) as opened:
        for name, rows in zip(("parties", "records"), before, strict=True):
            pd.testing.assert_frame_equal(opened.table(name), rows)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file grows beyond ``size`` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    """Nothing half written, nothing beside it, and the error names the file."""
    there = tmp_path / "night.html"
    there.write_text("the good one")
    for place in (there, tmp_path / "new.html"):
        with files_of_at_most(1000), pytest.raises(DiskFullError) as full:
            write_output(place, b"x" * 5000)
        assert full.value.filename == str(place)
    assert [(one.name, one.read_text()) for one in tmp_path.iterdir()] == [
        ("night.html", "the good one")
    ]


def test_files_that_belong_together_are_all_written_or_none(tmp_path: Path) -> None:
    """A model that fits on the disk beside a card that does not stays the old one."""
    model, card = tmp_path / "model.json", tmp_path / "card.md"
    write_outputs({model: "old", card: "old"})
    with files_of_at_most(1000), pytest.raises(DiskFullError, match=r"card\.md"):
        write_outputs({model: "new", card: "x" * 5000})
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {
        "model.json": "old", "card.md": "old",
    }  # fmt: skip
    write_outputs({model: "new", card: "new"})
    assert {one.read_text() for one in tmp_path.iterdir()} == {"new"}


def test_tables_are_all_written_or_none(
    store: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An export that does not fit leaves the tables of the export before; the words name one."""
    assert run(["export", "--out", "tables"]) == 0
    before = {one.name: one.stat().st_ino for one in Path("tables").iterdir()}

    def full(frame: pd.DataFrame) -> pd.DataFrame:
        if "case_id" in frame:
            raise OSError(errno.ENOSPC, "No space left on device")
        return frame

    monkeypatch.setattr(exporting, "without_formulas", full)
    capsys.readouterr()
    assert run(["export", "--out", "tables"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("tables/cases.csv: not written, the disk is full")
    assert {one.name: one.stat().st_ino for one in Path("tables").iterdir()} == before


def test_a_configuration_is_copied_whole_or_not_at_all(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk no directory is left that a later ``init`` or ``check`` stumbles over."""
    monkeypatch.chdir(tmp_path)
    with files_of_at_most(1000):
        assert run(["init"]) == 1
    assert capsys.readouterr().err.startswith("config: not written, the disk is full")
    assert not list(tmp_path.iterdir())
    assert run(["init"]) == 0
    assert [one.name for one in tmp_path.iterdir()] == ["config"]


def test_what_is_written_over_keeps_its_permissions_and_its_link(tmp_path: Path) -> None:
    """A link still leads to the file; a new file goes by the umask as any other."""
    real, link, new = (tmp_path / name for name in ("real", "link", "new"))
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    write_output(link, "new")
    assert link.is_symlink()
    assert (real.read_text(), mode(real)) == ("new", 0o640)
    before = os.umask(0o027)
    try:
        write_output(new, "new")
    finally:
        os.umask(before)
    assert mode(new) == 0o640


def test_a_pipe_and_standard_output_are_written_as_they_are(tmp_path: Path) -> None:
    """Neither is replaced by a file: also where standard output leads into one."""
    pipe, log = tmp_path / "pipe", tmp_path / "log"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    write_output(pipe, "through")
    reader.join()
    assert read == [b"through"]
    assert pipe.is_fifo()
    with log.open("wb") as opened:
        write_output(Path(f"/dev/fd/{opened.fileno()}"), "in place")
        assert os.fstat(opened.fileno()).st_ino == log.stat().st_ino
    assert log.read_text() == "in place"


def test_a_file_in_a_closed_directory_is_written_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file may be written, its directory takes no other."""
    there = tmp_path / "page.html"
    there.write_text("old and longer")
    monkeypatch.setattr(os, "access", lambda path, _: Path(path) != tmp_path)
    before = there.stat().st_ino
    write_output(there, "new")
    assert (there.read_text(), there.stat().st_ino) == ("new", before)


def mode(path: str | Path) -> int:
    """The permission bits of a file."""
    return Path(path).stat().st_mode & 0o777


REASON = ("--unmasked", "--reason", "核查")
UNMASKED = [
    (("report", "--out", "p.html", *REASON), ["p.html"]),
    (("rights", "export", "--id-number", ID, "--reason", "核查", "--out", "p.json"), ["p.json"]),
    (("explain", "110|A1|1", "110|A2|1", "--html", "p.html", *REASON), ["p.html"]),
    (("judge", "--sample", "5", "--out", "p.csv", *REASON), ["p.csv"]),
    (("export", "--out", ".", "--people", *REASON), ["parties.csv", "records.csv", "cases.csv"]),
    (("export", "--out", ".", "--people", "--format", "parquet", *REASON), ["parties.parquet"]),
]


def test_an_erasure_names_the_archive(store: str, capsys: Capture) -> None:
    """Each delivery that is there, with the day of its end; links and empty directories are none.

    So is one that is kept in the inbox for a slow clock, and retention deletes it with the others.
    """
    later = "inbox/.taken/20250104-030000"
    for name in ("config", "archive/20250102-030000", "archive/20250103-030000", later):
        Path(name).mkdir(parents=True)
    Path("config/schedule.yaml").write_text("inbox: inbox\narchive: archive\n")
    Path("config/retention.yaml").write_text("archive_days: 10\n")
    delivery = Path("archive/20250102-030000/a.csv")
    delivery.write_text("110,A1")
    os.utime(delivery, (pd.Timestamp("2025-01-01 20:00").timestamp(),) * 2)  # the 2nd in Shanghai
    kept = Path(later, "a.csv")
    kept.write_text("110,A1")
    os.utime(kept, (pd.Timestamp("2025-01-03 20:00").timestamp(),) * 2)
    erased = ["rights", "erase", "--id-number", ID, "--reason", "本人申请", "--yes"]
    assert run(erased) == 0
    told = capsys.readouterr().out.replace("\n", "")
    assert f"{delivery.parent.absolute()} (2025-01-12)" in told
    assert f"{kept.parent.absolute()} (2025-01-14)" in told
    assert "20250103" not in told
    assert delivery.exists()
    assert run(["retention", "--clock-is-right"]) == 0
    assert [path for path in (delivery.parent, kept.parent) if path.exists()] == []


@pytest.mark.parametrize(("command", "files"), UNMASKED)
def test_what_shows_people_is_private_and_expires(
    store: str, command: tuple[str, ...], files: list[str]
) -> None:
    """Only the owner may read it, also over a file of another mode; retention knows it."""
    Path(files[0]).write_text("masked")
    Path(files[0]).chmod(0o644)
    assert run(list(command)) == 0
    assert [mode(name) for name in files] == [0o600] * len(files)
    assert Path(files[0]).read_bytes() != b"masked"
    assert not list(Path().glob(".*.part"))
    Path("mine.html").write_text("mine")
    with Store.open(store) as opened:
        noted = opened.table("exports").iloc[-1]
        assert set(files) <= set(json.loads(noted["files"]))
        assert all(Path(name).is_file() for name in json.loads(noted["files"]))
        soon, late = (pd.Timestamp(noted["at"]) + pd.Timedelta(days=days) for days in (29, 31))
        purge(opened, load_settings(), soon)
        assert all(Path(name).is_file() for name in files)
        purge(opened, load_settings(), late)
    assert not [name for name in files if Path(name).exists()]
    assert Path("mine.html").exists()


def test_an_erasure_names_what_shows_people(store: str, capsys: Capture) -> None:
    """Each file that a command wrote, and the directory of tables."""
    for command, _ in UNMASKED[:5]:
        assert run(list(command)) == 0
    erased = ["rights", "erase", "--id-number", ID, "--reason", "本人申请", "--yes", "--json"]
    capsys.readouterr()
    assert run(erased) == 0
    listed = json.loads(capsys.readouterr().out)["files"]
    assert sorted(listed) == [str(Path(name).resolve())
                              for name in (".", "p.csv", "p.html", "p.json")]  # fmt: skip


def test_a_file_written_over_is_kept_as_long_as_its_last_export(store: str) -> None:
    """The note of the first export does not delete what the second one wrote."""
    assert run(["report", "--out", "p.html", *REASON]) == 0
    with Store.open(store) as opened:
        first_at = pd.Timestamp(opened.table("exports")["at"].iloc[-1])
        note_export(opened, Path(), ["p.html"], first_at + pd.Timedelta(days=20))
        for days, there in ((31, True), (49, True), (51, False)):
            purge(opened, load_settings(), first_at + pd.Timedelta(days=days))
            assert Path("p.html").exists() == there


def test_what_is_masked_is_for_whoever_may_read_there(store: str) -> None:
    """A masked page keeps the mode that its place gives it, and is noted nowhere."""
    Path("p.html").write_text("")
    Path("p.html").chmod(0o644)
    assert run(["report", "--out", "p.html"]) == 0
    assert mode("p.html") == 0o644
    with Store.open(store) as opened:
        assert opened.count("exports") == 0


def test_a_new_store_is_private_and_an_old_one_is_left(
    store: str, tmp_path: Path, capsys: Capture
) -> None:
    """A store is made for its owner alone, with its log; check tells of one that others may read."""
    path = tmp_path / "new.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.load(reports(), "a", AT)
        made = {name: mode(f"{path}{name}") for name in ("", "-wal", "-shm")}
    assert made == {"": 0o600, "-wal": 0o600, "-shm": 0o600}
    assert run(["check"]) == 0
    assert "no fault found" in capsys.readouterr().out
    Path("w.db").chmod(0o640)
    assert run(["check"]) == 0
    told = capsys.readouterr().out
    assert f"! others may read the store's file, with names and narratives: chmod 600 {tmp_path}" \
        in told  # fmt: skip
    assert told.strip().endswith("it can run, but 1 to mend, see above")
    assert "no fault found" not in told
    assert mode("w.db") == 0o640
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["readable_by_others"] == str(tmp_path / "w.db")


def test_check_reads_the_model_that_a_night_reads(store: str, capsys: Capture) -> None:
    """A damaged champion is refused by both, and another model may be named."""
    Path("models").mkdir()
    champion = Path("models") / "champion.json"
    champion.write_text("{")
    for command in ("run", "check"):
        assert run([command]) == 1
        assert str(champion) in capsys.readouterr().err
    champion.unlink()
    assert run(["check"]) == 0
