"""The audit: an append-only chain; whatever is changed, removed or put in between shows."""

import base64
import os
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import DBAPIError

from tests.postgresql import Server
from warning.errors import StoreError
from warning.store import Store
from warning.store.audit import Entry, append, entries, head, record, verify
from warning.store.backup import write_backup
from warning.store.chain import hash_of
from warning.store.exported import note_files
from warning.store.keys import Key, find_keys
from warning.store.operation_tables import audit

AT = pd.Timestamp("2025-01-01 03:04:05").to_pydatetime()
KEY = base64.b64encode(bytes(range(32))).decode()


def filled(url: str, entries: int = 5) -> Store:
    """A store with some entries."""
    store = Store.open(url)
    for number in range(entries):
        record(store, Entry(AT, "张警官", "export", {"rows": number}, "核查"))
    return store


def tamper(store: Store, statement: str) -> None:
    """What somebody with all rights on the database could do."""
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("ALTER TABLE audit DISABLE TRIGGER ALL"))
        else:
            connection.execute(text("DROP TRIGGER IF EXISTS audit_only_grows_UPDATE"))
            connection.execute(text("DROP TRIGGER IF EXISTS audit_only_grows_DELETE"))
        connection.execute(text(statement))


def test_a_chain_holds(empty_url: str) -> None:
    """An untouched chain has no fault, empty or not, and still holds a head noted earlier."""
    with Store.open(empty_url) as store:
        assert verify(store) == []
        noted = record(store, Entry(AT, "a", "run", {}))
        record(store, Entry(AT, "a", "run", {}))
        assert verify(store) == []
        assert verify(store, noted) == []
        with store.reading() as connection:
            assert head(connection).startswith("2:")


def test_the_database_refuses_to_change_an_entry(empty_url: str) -> None:
    """An entry can neither be changed nor deleted while the store is as it was made."""
    with filled(empty_url) as store:
        for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
            with pytest.raises(DBAPIError, match="only grows"), store.writing() as connection:
                connection.execute(text(statement))
        assert verify(store) == []


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE audit SET actor = 'x' WHERE audit_id = 3", "was changed"),
        ("UPDATE audit SET reason = '' WHERE audit_id = 1", "was changed"),
        ("UPDATE audit SET key_id = '' WHERE audit_id = 2", "was changed"),
        ("DELETE FROM audit WHERE audit_id = 3", "entries 3 to 3 are missing"),
        ("DELETE FROM audit WHERE audit_id = 1", "entries 1 to 1 are missing"),
        ("UPDATE audit SET previous = hash WHERE audit_id = 4", "does not follow"),
    ],
)
def test_a_change_shows(empty_url: str, statement: str, found: str) -> None:
    """Somebody with all rights on the database changes the chain, and it shows where."""
    with filled(empty_url) as store:
        tamper(store, statement)
        assert any(found in str(problem) for problem in verify(store))


@pytest.mark.parametrize(
    "change",
    ["at = 'zzz'", "at = 5", "at = '2025-01-01 00:00:00+08:00'", "actor = x'ff'", "what = x'00'",
     "previous = x'00'", "key_id = x'00'", "at = 'zzz', key_id = ''"],
)  # fmt: skip
def test_a_cell_made_unreadable_shows_and_hides_no_other(tmp_path: Path, change: str) -> None:
    """SQLite lets anything be put anywhere: the entry was changed, the others are listed."""
    with filled(f"sqlite:///{tmp_path / 'w.db'}") as store:
        tamper(store, f"UPDATE audit SET {change} WHERE audit_id = 3")
        assert [problem.where for problem in verify(store)].count("audit:3") >= 1
        assert {problem.where for problem in verify(store)} <= {"audit:3", "audit:4"}
        listed = entries(store)
        assert list(listed["audit_id"]) == [1, 2, 3, 4, 5]
        assert list(listed["at"].drop(2)) == [pd.Timestamp(AT)] * 4


@pytest.mark.parametrize("at", ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
def test_a_moment_outside_the_calendar_shows_and_hides_no_other(
    postgresql: Server, tmp_path: Path, at: str
) -> None:
    """PostgreSQL has moments that Python has not: the entry was changed, the others are checked."""
    with filled(postgresql.database()) as store:
        tamper(store, f"UPDATE audit SET at = '{at}' WHERE audit_id = 2")
        tamper(store, "UPDATE audit SET actor = 'x' WHERE audit_id = 4")
        assert [problem.where for problem in verify(store)] == ["audit:2", "audit:4"]
        assert list(entries(store)["at"].isna()) == [False, True, False, False, False]
        with pytest.raises(StoreError, match="outside the years 1 to 9999"):
            store.table("audit")
        with pytest.raises(StoreError, match="outside the years"), store.reading() as connection:
            write_backup(connection, tmp_path / "b.zip", AT)
        assert list(tmp_path.iterdir()) == []


def test_a_backup_of_an_unreadable_moment_is_refused_in_words(tmp_path: Path) -> None:
    """Nobody could restore it, so none is written."""
    with filled(f"sqlite:///{tmp_path / 'w.db'}") as store:
        tamper(store, "UPDATE audit SET at = 'zzz' WHERE audit_id = 3")
        with pytest.raises(StoreError, match="audit: holds a value"), store.reading() as connection:
            write_backup(connection, tmp_path / "b.zip", AT)
        assert not list(tmp_path.glob("*.zip*"))


def test_a_store_without_its_audit_is_told_in_words(empty_url: str) -> None:
    """Somebody dropped the table: a fault of the store, not of the program."""
    with filled(empty_url) as store:
        tamper(store, "DROP TABLE audit")
        with pytest.raises(StoreError, match="a table of the store is gone"):
            verify(store)


#: What throws a new entry away without a word.
SWALLOWING = {
    "sqlite": ["CREATE TRIGGER t BEFORE INSERT ON audit BEGIN SELECT RAISE(IGNORE); END"],
    "rule": ["CREATE RULE r AS ON INSERT TO audit DO INSTEAD NOTHING"],
    "trigger": [
        "CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE TRIGGER t BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION g()",
    ],
}


@pytest.mark.parametrize("how", SWALLOWING)
def test_work_whose_entry_the_database_throws_away_is_undone(
    how: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Nothing is done that the audit does not tell of."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    if how != "sqlite":
        url = request.getfixturevalue("postgresql").database()
    with filled(url, 2) as store:
        with store.writing() as connection:
            for statement in SWALLOWING[how]:
                connection.execute(text(statement))
        with pytest.raises(StoreError, match="did not keep"), store.writing() as connection:
            note_files(connection, tmp_path, ["cases.csv"], AT)
            append(connection, store.seal_at(connection), Entry(AT, "a", "export", {}))
        assert store.table("exports").empty


def test_a_chain_cut_at_its_end_shows_against_a_noted_head(empty_url: str) -> None:
    """The last entries are gone: the head noted elsewhere is no longer there."""
    with filled(empty_url) as store:
        with store.reading() as connection:
            noted = head(connection)
        tamper(store, "DELETE FROM audit WHERE audit_id > 3")
        assert verify(store) == []
        assert "noted then" in str(verify(store, noted)[0])


def rewrite(store: Store, key: Key | None = None, without: int = 3, **changed: object) -> None:
    """Take an entry out and chain the others anew, as who has not the store's (newest) key can."""
    tamper(store, "DELETE FROM audit WHERE audit_id < 0")
    with store.writing() as connection:
        rows = connection.execute(select(audit).order_by(audit.c.audit_id)).mappings().all()
        connection.execute(delete(audit))
        previous = "0" * 64
        kept = [dict(row) | changed for row in rows if row["audit_id"] != without]
        for number, row in enumerate(kept, 1):
            row |= {"audit_id": number, "previous": previous, "key_id": key.key_id if key else ""}
            row["hash"] = previous = hash_of(row, key)
            connection.execute(insert(audit).values(**row))


def told(store: Store) -> str:
    """The faults of the chain in one text."""
    return "\n".join(map(str, verify(store)))


def test_a_chain_written_anew_without_the_key_shows(empty_url: str) -> None:
    """Triggers dropped, an entry gone, hashes right but without a key: every entry is told."""
    with filled(empty_url) as store:
        rewrite(store, at=pd.Timestamp("2099-01-01").to_pydatetime())
        assert told(store).count("is of after the store's first key") == 4
        assert "no entry was made with the store's key" in told(store)


def test_entries_dated_back_show(empty_url: str) -> None:
    """Dated before the key, or the key dated after them: still nothing was made with the key."""
    with filled(empty_url) as store:
        rewrite(store)
        assert "no entry was made with the store's key" in told(store)
        tamper(store, "UPDATE keys SET since = '2099-01-01 00:00:00'")
        assert "no entry was made with the store's key" in told(store)


def test_the_next_entry_does_not_heal_a_chain_written_anew(empty_url: str) -> None:
    """Whatever is noted honestly on a forged chain says under the key that it stands on one."""
    with filled(empty_url) as store:
        rewrite(store)
    with Store.open(empty_url) as store:
        record(store, Entry(AT, "李警官", "cases", {}))
        record(store, Entry(AT, "李警官", "cases", {}))
        assert told(store).startswith("audit:5: was put on entries that are not the true ones")
        tamper(store, "UPDATE audit SET what = '{}' WHERE audit_id = 5")
        assert "audit:5: was changed" in told(store)


def test_an_entry_without_a_key_after_one_with_it_shows(empty_url: str) -> None:
    """A forger's own entry at the end, its hash right for an entry without a key."""
    with filled(empty_url) as store:
        with store.writing() as connection:
            last = connection.execute(
                select(audit).order_by(audit.c.audit_id.desc()).limit(1)
            ).mappings().one()  # fmt: skip
            row = dict(last) | {"audit_id": 6, "previous": last["hash"], "key_id": ""}
            connection.execute(insert(audit).values(**row | {"hash": hash_of(row, None)}))
        assert told(store).startswith("audit:6: comes after a (newer) key")


def test_a_store_whose_keys_were_taken_off_its_list_is_refused(empty_url: str) -> None:
    """Without its list of keys the store would be sealed again, and its audit begin anew."""
    from tests.operations.test_operations_people import reports

    with filled(empty_url) as store:
        store.load(reports(), "a", AT)
        rewrite(store)
        tamper(store, "DELETE FROM keys")
    with pytest.raises(StoreError, match="its list was emptied"):
        Store.open(empty_url)


def test_entries_from_before_the_key_hold(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plain store gets a key: what was noted before holds, and cannot be changed from then on."""
    monkeypatch.setenv("XDG_CONFIG_HOME", "/dev/null")
    with monkeypatch.context() as without:
        without.delenv("WARNING_KEY")
        with filled(empty_url) as plain:
            record(plain, Entry(pd.Timestamp("2099-01-01").to_pydatetime(), "a", "ahead", {}))
            assert not plain.seal.on
            assert verify(plain) == []
            without.setenv("WARNING_KEY", KEY)
            # As another process would, while this one is open.
            Store.open(empty_url).close()
            record(plain, Entry(AT, "a", "cases", {}))
    with Store.open(empty_url) as store:
        entries = store.table("audit")
        assert list(entries["action"]) == ["export"] * 5 + ["ahead", "store sealed", "cases"]
        assert list(entries["key_id"] == "") == [True] * 6 + [False] * 2
        assert verify(store) == []
        rewrite(store, without=3)
        assert verify(store) != []


def test_a_chain_written_anew_with_an_older_key_shows(
    empty_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that got out and was replaced makes no chain any more."""
    with filled(empty_url) as store:
        old = find_keys()
        assert old is not None
        fresh = base64.b64encode(bytes(range(1, 33))).decode()
        monkeypatch.setenv("WARNING_KEY", f"{fresh},{os.environ['WARNING_KEY']}")
        store.rotate()
        assert store.table("audit")["action"].iloc[-1] == "keys rotated"
        assert verify(store) == []
        rewrite(store, old.newest)
        assert "no entry was made with the store's key" in told(store)
        record(store, Entry(AT, "a", "cases", {}))
        assert "was put on entries that are not the true ones" in told(store)
