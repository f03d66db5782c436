"""The inbox: what is loaded, what is refused alone, what is still being written."""

from pathlib import Path

import pandas as pd
import pytest

from warning import inbox
from warning.errors import DataError
from warning.inbox import load_inbox
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
    """What was loaded stands in the archive, under the time of loading."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 1
    assert not list((tmp_path / "inbox").iterdir())
    assert (tmp_path / "archive" / "20250102-030000" / "a.csv").read_text() == GOOD
    assert load_inbox(store, settings, NOW) is None


def test_a_bad_file_costs_no_night(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The others are loaded; the bad one stays where it is."""
    (tmp_path / "inbox" / "a.csv").write_text(GOOD)
    (tmp_path / "inbox" / "b.csv").write_text("record_id,nothing\n1,2\n")
    (tmp_path / "inbox" / "c.xlsx").write_bytes(b"PK no workbook")
    summary = load_inbox(store, settings, NOW)
    assert summary is not None
    assert summary.stored == 1
    assert sorted(path.name for path in (tmp_path / "inbox").iterdir()) == ["b.csv", "c.xlsx"]


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
    """Nothing of it is stored, the message says what to do, and the next time it is read."""
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


def test_a_missing_inbox_is_said(store: Store, settings: Settings, tmp_path: Path) -> None:
    """The directory of the setting must be there."""
    (tmp_path / "inbox").rmdir()
    with pytest.raises(DataError, match="no such directory"):
        load_inbox(store, settings, NOW)
