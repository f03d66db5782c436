"""Backups: what is restored is what was there, on either database; a damaged one is refused."""

import gzip
import json
import os
import shutil
import sqlite3
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import psycopg
import pytest
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.exc import DBAPIError

from tests.damage import damaged
from tests.postgresql import Server
from tests.store.test_store_databases import administer, contents
from warning.cli import run
from warning.errors import DataError, StoreError, UsageError
from warning.keeping.retention import purge
from warning.keeping.soundness import soundness
from warning.nightly import run_nightly
from warning.outbox import events
from warning.settings import load_settings
from warning.store import Store, database, restoring
from warning.store.audit import Entry, record, verify
from warning.store.backup import MANIFEST, check_backup, write_backup
from warning.store.connection import connect
from warning.store.migrate import is_current, revisions, tables_beside, upgrade
from warning.store.restoring import restore_backup
from warning.store.sealing import MARK
from warning.store.tables import metadata

AT = pd.Timestamp("2025-01-02 03:04:05").to_pydatetime()
NUMBERS = "SELECT id_number FROM parties ORDER BY channel, record_id, party_no, version"
TABLES = "SELECT name FROM sqlite_master WHERE type = 'table'"
RELEASED = Path(__file__).parents[1] / "store" / "released"


@pytest.fixture(scope="module")
def backup(hamlet_night: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A store with a night and an audit, and its backup."""
    directory = tmp_path_factory.mktemp("backup")
    shutil.copy(hamlet_night, directory / "w.db")
    url = f"sqlite:///{directory / 'w.db'}"
    with Store.open(url) as store:
        record(store, Entry(AT, "a", "export", {}))
        with store.reading() as connection:
            write_backup(connection, directory / "b.zip", AT)
    return url, directory / "b.zip"


def test_bytes_that_sqlite_takes_for_text_are_backed_up(
    backup: tuple[str, Path], tmp_path: Path
) -> None:
    """One bit of the file makes text of them: the backup is that of the store before."""
    url, path = backup
    shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "w.db")
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        with store.writing() as connection:
            connection.execute(text("UPDATE memory SET content = CAST(content AS TEXT)"))
        with store.reading() as connection:
            write_backup(connection, tmp_path / "b.zip", AT)
    assert check_backup(tmp_path / "b.zip").tables == check_backup(path).tables


def test_a_restored_store_is_the_same(backup: tuple[str, Path], new_url: str) -> None:
    """Every table is the same on either database, the audit holds, and the work goes on."""
    url, path = backup
    manifest = restore_backup(path, new_url)
    assert contents(new_url) == contents(url)
    with Store.open(new_url) as store:
        assert verify(store, manifest.audit_head) == []
        assert run_nightly(store, None, "2025-01-01").repeated
        run_nightly(store, None, "2025-01-02")
        record(store, Entry(AT, "a", "export", {}))
        assert verify(store) == []


def test_a_store_moves_between_databases_and_back(
    backup: tuple[str, Path], postgresql: Server, tmp_path: Path
) -> None:
    """SQLite to PostgreSQL to SQLite: nothing is changed on the way."""
    url, path = backup
    there = postgresql.database()
    restore_backup(path, there)
    with Store.open(there) as store, store.reading() as connection:
        write_backup(connection, tmp_path / "back.zip", AT)
    home = f"sqlite:///{tmp_path / 'home.db'}"
    restore_backup(tmp_path / "back.zip", home)
    assert contents(home) == contents(url)
    assert check_backup(path).tables.keys() == check_backup(tmp_path / "back.zip").tables.keys()


def test_a_damaged_backup_is_refused(backup: tuple[str, Path], tmp_path: Path) -> None:
    """A changed row, a cut file and another file: refused, nothing is made."""
    good = backup[1].read_bytes()
    cases = {"cut": good[: len(good) // 2], "other": b"PK\x03\x04 nothing", "empty": b""}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
    with (
        zipfile.ZipFile(backup[1]) as source,
        zipfile.ZipFile(tmp_path / "row", "w") as target,
    ):
        for item in source.namelist():
            data = source.read(item)
            target.writestr(item, data.replace(b"a", b"b") if item == "audit.jsonl" else data)
    for name in [*cases, "row"]:
        with pytest.raises(DataError, match="damaged backup"):
            restore_backup(tmp_path / name, f"sqlite:///{tmp_path / 'new.db'}")
        assert not (tmp_path / "new.db").exists()
    with pytest.raises(DataError, match="cannot be read"):
        check_backup(tmp_path / "none")


@pytest.mark.parametrize("revision", ["0099", "", "head", "base"])
def test_a_backup_of_another_version_is_refused(
    revision: str, backup: tuple[str, Path], tmp_path: Path
) -> None:
    """A newer version's, and one that names none: in words, and nothing is made."""
    path = tmp_path / "b.zip"
    with zipfile.ZipFile(backup[1]) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.namelist():
            data = source.read(item)
            if item == MANIFEST:
                data = json.dumps({**json.loads(data), "revision": revision}).encode()
            target.writestr(item, data)
    with pytest.raises(StoreError, match=rf"from a newer version \({revision}\)"):
        restore_backup(path, f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()


def test_no_changed_byte_makes_a_check_fail_as_a_bug(
    backup: tuple[str, Path], tmp_path: Path
) -> None:
    """Wherever a byte is changed, the backup is refused in words or holds what it held."""
    manifest, refused = check_backup(backup[1]), 0
    for content in damaged(backup[1].read_bytes(), 400):
        (tmp_path / "b.zip").write_bytes(content)
        try:
            assert check_backup(tmp_path / "b.zip").tables == manifest.tables
        except DataError:
            refused += 1
    assert refused > 300


def test_a_trial_deletes_what_killed_ones_left(
    backup: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store full of people stood in the directory for temporary files for good."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for name in ("warning-trial-old", "warning-trial-new", "another"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trial.db").write_text("x")
        if name != "warning-trial-new":
            os.utime(tmp_path / name, (0, 0))
    assert run(["backup", "--verify", str(backup[1])]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["another", "warning-trial-new"]


def test_a_backup_is_not_written_over(backup: tuple[str, Path], tmp_path: Path) -> None:
    """An existing file and a directory that is none are refused; nothing half is left."""
    with Store.open(backup[0]) as store, store.reading() as connection:
        with pytest.raises(DataError, match="exists already"):
            write_backup(connection, backup[1], AT)
        (tmp_path / "file").write_text("")
        with pytest.raises(DataError, match="cannot be written"):
            write_backup(connection, tmp_path / "file" / "b.zip", AT)
    assert backup[1].stat().st_mode & 0o077 == 0


def test_a_store_that_is_not_empty_is_not_restored_over(
    backup: tuple[str, Path], hamlet: str
) -> None:
    """A restore never mixes with what is there."""
    before = contents(hamlet)
    with pytest.raises(StoreError, match="not empty"):
        restore_backup(backup[1], hamlet)
    assert contents(hamlet) == before


def test_a_restore_never_takes_away_what_another_one_restored(
    backup: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two that find no file: the one that comes second is refused, and the store stays."""
    url, there = f"sqlite:///{tmp_path / 'new.db'}", []

    def late(url: str) -> Engine:
        monkeypatch.setattr(restoring, "connect", connect)
        there.append(restore_backup(backup[1], url))
        return connect(url)

    monkeypatch.setattr(restoring, "connect", late)
    with pytest.raises(StoreError, match="not empty"):
        restore_backup(backup[1], url)
    assert there
    assert contents(url) == contents(backup[0])


def test_a_restore_notices_that_another_one_took_the_file_away(
    backup: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for one that failed: what it filled would be in no file."""
    path = tmp_path / "new.db"

    def tables(connection: Connection) -> set[str]:
        path.unlink()
        return tables_beside(connection)

    monkeypatch.setattr(restoring, "tables_beside", tables)
    with pytest.raises(StoreError, match="run it again"):
        restore_backup(backup[1], f"sqlite:///{path}")


def test_who_only_looks_makes_no_store_in_an_empty_database(
    backup: tuple[str, Path], new_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A restore that was killed left it empty: it is told so, and can be restored again."""
    connect(new_url).dispose()  # makes the file
    for command in (["check"], ["audit", "verify"], ["health"]):
        assert run([*command, "--store", new_url]) == 2
        assert "the database is empty" in capsys.readouterr().err
    with pytest.raises(UsageError, match="run warning restore again"):
        events(new_url)
    restore_backup(backup[1], new_url)
    assert run(["audit", "verify", "--store", new_url]) == 0


def test_a_night_makes_the_store_in_an_empty_database_of_a_server_alone(new_url: str) -> None:
    """Its inbox may bring the first records; an empty file is as good as none."""
    connect(new_url).dispose()  # makes the file
    if new_url.startswith("sqlite"):
        with pytest.raises(UsageError, match="the database is empty"):
            Store.open_existing(new_url, new_on_server=True)
    else:
        Store.open_existing(new_url, new_on_server=True).close()


def test_a_restore_that_is_refused_tells_no_password(
    backup: tuple[str, Path], empty_postgresql: str
) -> None:
    """The database that is not empty is named as in every other message."""
    account = "postgres:geheim@"
    with pytest.raises(StoreError, match="not empty") as refused:
        restore_backup(backup[1], empty_postgresql.replace("postgres@", account))
    assert "geheim" not in str(refused.value)


def test_a_restore_without_the_keys_is_refused(
    backup: tuple[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers that nobody could open are not restored."""
    monkeypatch.delenv("WARNING_KEY")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    with pytest.raises(StoreError, match="not at hand"):
        restore_backup(backup[1], f"sqlite:///{tmp_path / 'new.db'}")


def test_other_programs_tables_are_in_no_backup(
    empty_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beside ours, or in another schema of the path that may not be read: it is told, and goes on."""
    url = empty_url
    if url.startswith("postgresql"):
        name = f"keeper_{make_url(url).database}"
        administer(
            url,
            f"CREATE ROLE {name} LOGIN",
            f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}",
            "CREATE SCHEMA theirs CREATE TABLE hidden (day date)",
            f"GRANT USAGE ON SCHEMA theirs TO {name}",
        )
        url = url.replace("postgres@", f"{name}@") + "&options=-csearch_path%3Dpublic%2Ctheirs"
    administer(empty_url, "CREATE TABLE dba (x date)", "INSERT INTO dba VALUES (CURRENT_DATE)")
    assert run(["backup", "--out", str(tmp_path / "b.zip"), "--store", url]) == 0
    assert "not in the backup: dba\n" in capsys.readouterr().err
    assert check_backup(tmp_path / "b.zip").tables.keys() == metadata.tables.keys()


def released(version: str, path: Path) -> None:
    """The store that a released version left, as it is in ``tests/store/released``."""
    connection = sqlite3.connect(path)
    connection.executescript(
        gzip.decompress((RELEASED / f"{version}.sql.gz").read_bytes()).decode()
    )
    connection.close()


@pytest.mark.parametrize("version", revisions()[:-1])
def test_a_released_store_is_migrated_with_a_backup_first(version: str, tmp_path: Path) -> None:
    """Its records are there, sealed; the next night runs; the backup restores what was before.

    The night runs on the oldest and the newest: it meets the same schema on all.
    """
    released(version, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    plain = sqlite3.connect(tmp_path / "w.db")
    people = plain.execute(NUMBERS).fetchall()
    own = {name for (name,) in plain.execute(TABLES)} - {"alembic_version", "sqlite_sequence"}
    plain.execute("CREATE TABLE theirs (day DATE)")
    plain.close()
    with Store.open(url) as store:
        numbers = set(store.table("parties")["id_number"].dropna())
        before = {row[0] for row in people if row[0]}
        assert len(numbers) == len(before) > 0
        sealed = all(number.startswith(MARK) for number in before)
        assert sealed or numbers == before
        with store.reading() as connection:
            stored = connection.execute(text("SELECT id_number FROM parties")).scalars().all()
        assert not numbers & set(stored)
        assert len(store.table("party_keys")) > 0
        assert len(store.runs()) == 1
        with store.reading() as connection:
            assert soundness(connection, pd.Timestamp(AT)).faults() == []
        if version in {revisions()[0], revisions()[-2]}:
            run_nightly(store, None, "2025-01-01")
            assert len(store.runs()) == 2
    kept = list(tmp_path.glob("w.db.schema-*.zip"))
    assert len(kept) == 1
    assert check_backup(kept[0]).revision == version
    assert check_backup(kept[0]).tables.keys() == own
    restore_backup(kept[0], f"sqlite:///{tmp_path / 'again.db'}")
    again = sqlite3.connect(tmp_path / "again.db")
    assert again.execute(NUMBERS).fetchall() == people
    again.close()
    Store.open(url).close()
    assert list(tmp_path.glob("w.db.schema-*.zip")) == kept
    made = pd.Timestamp(int(kept[0].stat().st_mtime), unit="s")
    with Store.open(url) as store:
        for days, left in ((179, kept), (181, [])):
            purge(store, load_settings(), made + pd.Timedelta(days=days))
            assert list(tmp_path.glob("w.db.schema-*.zip")) == left


def at_schema(url: str, revision: str) -> None:
    """Make an empty store of an earlier version at ``url``."""
    engine = connect(url)
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        upgrade(connection, revision)
    engine.dispose()


def test_two_that_open_an_older_store_at_once_leave_one_backup(
    new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second finds it migrated."""
    monkeypatch.setenv("WARNING_BACKUPS", str(tmp_path))
    at_schema(new_url, "0001")
    both = threading.Barrier(2)

    def looked(connection: Connection) -> bool:
        found = is_current(connection)
        both.wait(60)
        return found

    monkeypatch.setattr(database, "is_current", looked)
    with ThreadPoolExecutor(2) as pool:
        for opened in pool.map(Store.open, [new_url, new_url]):
            opened.close()
    (kept,) = tmp_path.glob("*.schema-*.zip")
    assert check_backup(kept).revision == "0001"


def test_an_upgrade_that_fails_leaves_no_backup(
    new_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever tries it again, as the heartbeat does, would fill the disk with copies of the store."""
    monkeypatch.setenv("WARNING_BACKUPS", str(tmp_path))
    at_schema(new_url, "0001")

    def failed(*_: object) -> None:
        assert len(list(tmp_path.glob("*.schema-*.zip"))) == 1
        raise DBAPIError("", None, psycopg.errors.DiskFull())

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(database, "migrate", failed)
        with pytest.raises(StoreError, match="disk is full"):
            Store.open(new_url)
    assert not list(tmp_path.glob("*.schema-*.zip"))
    Store.open(new_url).close()
    assert len(list(tmp_path.glob("*.schema-*.zip"))) == 1


def test_an_account_that_may_not_upgrade_is_told_whose_the_tables_are(
    postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rights to the tables do not suffice; nothing is backed up for it."""
    monkeypatch.setenv("WARNING_BACKUPS", str(tmp_path))
    url = postgresql.database()
    at_schema(url, "0010")
    name = f"app_{make_url(url).database}"
    administer(
        url,
        f"CREATE ROLE {name} LOGIN",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
    )
    with pytest.raises(StoreError) as told:
        Store.open(url.replace("postgres@", f"{name}@"))
    assert "its tables are postgres's" in str(told.value)
    assert "open it once as postgres" in str(told.value)
    assert "GRANT postgres" not in str(told.value)  # the account could then do anything
    assert not list(tmp_path.iterdir())
    administer(url, f"GRANT postgres TO {name}", f"GRANT CREATE ON SCHEMA public TO {name}")
    Store.open(url.replace("postgres@", f"{name}@")).close()
    assert len(list(tmp_path.iterdir())) == 1


def test_an_upgrade_hides_the_numbers_of_rows_set_aside(tmp_path: Path) -> None:
    """What an older version quarantined holds none, nor do the bytes of the store; the rest stays."""
    path = tmp_path / "w.db"
    released("0008", path)
    plain = sqlite3.connect(path)
    found = [
        "13812345678",
        "6299 0019 6001 0112 34",
        "2024-13-45 10:00",
        "昨天",
        None,
        "13812345678",
    ]
    rows = [(number, 1, text) for number, text in enumerate(found, 1)]
    plain.executemany(
        "INSERT INTO quarantine (quarantine_id, load_id, found) VALUES (?, ?, ?)", rows
    )
    plain.commit()
    plain.close()
    assert b"13812345678" in path.read_bytes()
    with Store.open(f"sqlite:///{path}") as store:
        told = store.table("quarantine")["found"].fillna("").tolist()
    hidden = ["***********", "**** **** **** **** **"]
    assert told == [*hidden, "2024-13-45 10:00", "昨天", "", hidden[0]]
    assert not any(b"13812345678" in one.read_bytes() for one in tmp_path.glob("w.db*[!p]"))


def test_numbers_of_letters_go_on_after_an_upgrade(tmp_path: Path) -> None:
    """Also after the number of a letter that has expired: its event is there still."""
    released("0010", tmp_path / "w.db")
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        assert store.table("letters")["number"].tolist() == ["张政法函〔2024〕1号"]
        assert store.table("letter_numbers").to_dict("list") == {"year": [2024], "last": [2]}


def test_an_upgrade_vouches_for_no_older_note_of_an_export(tmp_path: Path) -> None:
    """Nobody knows any more who wrote it: retention names the file and leaves it."""
    path, page = tmp_path / "w.db", tmp_path / "p.html"
    released("0011", path)
    page.write_text("x")
    plain = sqlite3.connect(path)
    note = "INSERT INTO exports VALUES (1, '2024-01-01 00:00:00.000000', ?, '[\"p.html\"]', NULL)"
    plain.execute(note, (str(tmp_path),))
    plain.commit()
    plain.close()
    with Store.open(f"sqlite:///{path}") as store:
        assert purge(store, load_settings(), pd.Timestamp(AT)).undeleted.keys() == {str(page)}
    assert page.exists()


@pytest.mark.parametrize("version", revisions()[:-1:2])
def test_a_released_store_is_migrated_on_postgresql(
    version: str, postgresql: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same store, brought to PostgreSQL at its old schema, ends at the same tables.

    Every second version: from the oldest on all migrations run.
    """
    monkeypatch.setenv("WARNING_BACKUPS", str(tmp_path / "kept"))
    released(version, tmp_path / "w.db")
    engine = connect(f"sqlite:///{tmp_path / 'w.db'}")
    with engine.connect() as connection:
        write_backup(connection, tmp_path / "old.zip", AT)
    engine.dispose()
    url = postgresql.database()
    restore_backup(tmp_path / "old.zip", url)
    assert contents(url) == contents(f"sqlite:///{tmp_path / 'w.db'}")
    assert len(list((tmp_path / "kept").glob("*.zip"))) == 1
