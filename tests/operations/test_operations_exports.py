"""What retention takes for a file that the store wrote: the store's key vouches for it."""

import base64
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, func, insert, select, update

from warning.exporting import note_export
from warning.keeping.retention import purge
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
