"""What retention takes for a file that the store wrote: the store's key vouches for it."""

import base64
import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, func, insert, select, update

from warning import outputs
from warning.exporting import export_tables, note_export, write_people
from warning.keeping.retention import purge
from warning.keeping.rights import _exports_on_disk
from warning.settings import Settings, load_settings
from warning.store import Store, operation_tables

AT = pd.Timestamp("2025-01-02 03:04:05").to_pydatetime()
NOW = pd.Timestamp("2025-02-01 09:00")


@pytest.fixture
def store(empty_url: str) -> Iterator[Store]:
    """A store without records, on either database."""
    with Store.open(empty_url) as opened:
        yield opened


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """An export is kept for a day."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "retention.yaml").write_text("exports_days: 1\n")
    return load_settings(tmp_path / "config")


#: Notes that no key vouches for: the names and the proof in the row → what is deleted, and named.
FOREIGN_NOTES = (
    ('["key"]', None, [], ["key"]),
    ('["key"]', "0" * 64, [], ["key"]),
    ('["records.csv", "cases.csv"]', None, ["cases.csv"], ["records.csv"]),
    ('["../out/cases.csv"]', None, [], []),
    ('["cases.csv", ".."]', None, [], []),
    ('["cases.csv", "a\\u0000b"]', None, [], []),
    ("no list", None, [], []),
    ("[" * 9999, None, [], []),
    ("5", None, [], []),
)


def test_a_note_that_no_key_vouches_for_deletes_no_other_file(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """Who can write the database alone can have only the tables deleted that exports have."""
    gone, named, every = [], [], []
    for number, (names, proof, deleted, left) in enumerate(FOREIGN_NOTES):
        out = tmp_path / f"out{number}"
        out.mkdir()
        every += [out / name for name in ("cases.csv", "key", "records.csv")]
        gone += [out / name for name in deleted]
        named += [str(out / name) for name in left]
        row = {"at": AT, "path": str(out), "files": names, "proof": proof}
        with store.writing() as connection:
            connection.execute(insert(operation_tables.exports).values(row))
    for path in every:
        path.write_text("x")
    for only_count in (True, False):
        done = purge(store, settings, NOW, only_count=only_count)
        assert done.paths == [str(path) for path in gone]
        assert list(done.undeleted) == named
        assert all("no key of the store proves" in why for why in done.undeleted.values())
    assert [path for path in every if not path.exists()] == gone
    for name in named:
        Path(name).unlink()
    assert purge(store, settings, NOW).undeleted == {}


def test_a_proof_stands_for_its_note_alone(
    store: Store, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also once there is a newer key; not once the note names another file, place or time."""
    note = operation_tables.exports
    for change in ({}, {"files": '["key"]'}, {"path": str(tmp_path / "b")},
                   {"at": AT.replace(year=2020)}):  # fmt: skip
        for name in ("a/mine", "a/key", "b/mine"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text("x")
        note_export(store, tmp_path / "a", ["mine"], pd.Timestamp(AT))
        if not change:
            newer = base64.b64encode(bytes(32)).decode()
            monkeypatch.setenv("WARNING_KEY", f"{newer},{os.environ['WARNING_KEY']}")
            store.rotate()
        with store.writing() as connection:
            last = select(func.max(note.c.export_id)).scalar_subquery()
            if change:
                connection.execute(update(note).where(note.c.export_id == last).values(change))
        assert purge(store, settings, NOW).files["exports"] == (0 if change else 1)
        with store.writing() as connection:
            connection.execute(delete(note))


def test_the_name_of_a_deleted_file_stands_in_no_note(
    store: Store, settings: Settings, tmp_path: Path
) -> None:
    """It may tell a person: of a file deleted now, and of one that an earlier version deleted."""
    at = pd.Timestamp(AT)
    note = operation_tables.exports
    for name in ("李四.html", "王五.html"):
        write_people(store, tmp_path / "out" / name, "x", at)
    (tmp_path / "out" / "王五.html").unlink()
    with store.writing() as connection:
        of_before = note.c.files.contains("\\u738b")
        connection.execute(update(note).where(of_before).values(deleted_at=AT))
    purge(store, settings, at)
    told = store.table("exports")
    assert [len(json.loads(names)) for names in told["files"]] == [1, 0]
    purge(store, settings, NOW)
    told = store.table("exports")
    assert list(told["files"]) == ["[]", "[]"]
    assert list(told["path"]) == ["", ""]
    assert told["deleted_at"].notna().all()


def test_files_behind_a_link_are_left(store: Store, settings: Settings, tmp_path: Path) -> None:
    """What stands where the directory's name leads now is not what was written there."""
    for name in ("out", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "cases.csv").write_text("x")
    note_export(store, tmp_path / "out", ["cases.csv"], pd.Timestamp(AT))
    (tmp_path / "out").rename(tmp_path / "moved")
    (tmp_path / "out").symlink_to(tmp_path / "theirs")
    done = purge(store, settings, NOW)
    assert done.undeleted.keys() == {str(tmp_path / "out" / "cases.csv")}
    assert (tmp_path / "theirs" / "cases.csv").exists()


def killed_before_a_name(url: str, work: Callable[[Store], object]) -> None:
    """Do ``work`` in a child that is killed once all is written, before a file takes its name."""
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        try:
            vars(outputs)["_take_name"] = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
            with Store.open(url) as store:
                work(store)
        finally:
            os._exit(70)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def export_unmasked(out: Path) -> Callable[[Store], object]:
    """The export of every table, unmasked and noted."""
    return lambda store: export_tables(
        store, out, "csv", people=True, unmasked=True, noted_at=pd.Timestamp(AT)
    )


def test_what_a_kill_left_of_an_export_is_listed_and_deleted(
    empty_url: str, settings: Settings, tmp_path: Path
) -> None:
    """Its drafts hold people as the tables would: retention deletes them; others' files stay."""
    out = tmp_path / "out"
    out.mkdir()
    stay = [out / name for name in (".mine.csv.0123456789abcdef.part", ".cases.csv.part",
                                    ".cases.csv.0123456789abcdef.part.csv")]  # fmt: skip
    for path in stay:
        path.write_text("x")
    killed_before_a_name(empty_url, export_unmasked(out))
    drafts = {path for path in out.iterdir() if path not in stay}
    assert len(drafts) == 12
    with Store.open(empty_url) as store:
        with store.reading() as connection:
            assert _exports_on_disk(connection) == [str(out)]
        assert purge(store, settings, pd.Timestamp(AT)).files["exports"] == 0
        assert {*map(Path, purge(store, settings, NOW, only_count=True).paths)} == drafts
        assert {*map(Path, purge(store, settings, NOW).paths)} == drafts
        assert sorted(out.iterdir()) == sorted(stay)
        with store.reading() as connection:
            assert _exports_on_disk(connection) == []


@pytest.mark.parametrize("name", ["p.html", "名" * 84 + ".p"])
def test_a_page_is_noted_before_it_is_written(
    empty_url: str, settings: Settings, tmp_path: Path, name: str
) -> None:
    """Killed while it is written, also under the longest name, it is listed and deleted."""
    out = tmp_path / "out"
    killed_before_a_name(
        empty_url, lambda store: write_people(store, out / name, "李四", pd.Timestamp(AT))
    )
    (draft,) = out.iterdir()
    assert draft.read_text() == "李四"
    with Store.open(empty_url) as store:
        with store.reading() as connection:
            assert _exports_on_disk(connection) == [str(draft)]
        assert purge(store, settings, NOW).paths == [str(draft)]
    killed_before_a_name(empty_url, lambda store: killed_before_the_note(store, out / name))
    assert [path.read_text() for path in out.iterdir()] == [""]


def killed_before_the_note(store: Store, path: Path) -> None:
    """Killed in the moment in which the page would be noted: nobody stands on the disk yet."""

    def killed(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    vars(store)["writing"] = killed
    write_people(store, path, "李四" * 9999, pd.Timestamp(AT))


def test_a_draft_of_a_file_that_was_written_again_is_deleted(
    empty_url: str, tmp_path: Path
) -> None:
    """Once it is a day old; until then another process may be writing it."""
    out = tmp_path / "out"
    killed_before_a_name(empty_url, export_unmasked(out))
    first = {*out.iterdir()}
    with Store.open(empty_url) as store:
        export_unmasked(out)(store)
        assert first < {*out.iterdir()}
        for path in out.iterdir():
            os.utime(path, (AT.timestamp(), AT.timestamp()))
        export_unmasked(out)(store)
    assert sorted(path.name for path in out.iterdir()) == sorted(
        path.name.split(".")[1] + ".csv" for path in first
    )
