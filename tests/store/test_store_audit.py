"""The audit: an append-only chain; whatever is changed, removed or put in between shows."""

import pandas as pd
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from warning.store import Store
from warning.store.audit import Entry, head, record, verify

AT = pd.Timestamp("2025-01-01 03:04:05").to_pydatetime()


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


def test_a_chain_cut_at_its_end_shows_against_a_noted_head(empty_url: str) -> None:
    """The last entries are gone: the head noted elsewhere is no longer there."""
    with filled(empty_url) as store:
        with store.reading() as connection:
            noted = head(connection)
        tamper(store, "DELETE FROM audit WHERE audit_id > 3")
        assert verify(store) == []
        assert "noted then" in str(verify(store, noted)[0])
