"""``warning check`` tells lost rows and damaged copies, and nothing of a store that is whole."""

import json
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import Connection, insert, text

import warning
from tests.copying import filled
from tests.sharing import shared
from tests.shell.test_shell_merges import reports
from tests.shell.test_shell_retention import FIRST, NEXT, soon_over
from warning.cli import run
from warning.keeping.retention import purge
from warning.keeping.soundness import ACCEPTED, soundness
from warning.nightly import run_nightly
from warning.officers.letters import take_step
from warning.store import Store
from warning.store.audit import verify
from warning.store.operation_tables import audit

Capture = pytest.CaptureFixture[str]
ONE = "record_id = (SELECT min(record_id) FROM records)"
#: What was done to the store → what is told of it, and how often.
PLANTED = {
    f"DELETE FROM records WHERE {ONE}": {"records_lost": 1, "links_without_record": 1},
    f"UPDATE parties SET record_id = 'NOSUCH' WHERE {ONE}": {"parties_without_record": 2},
    f"UPDATE records SET version = 2 WHERE {ONE}": {"versions_missing": 1},
    "DELETE FROM documents": {"documents_missing": 4},
    "UPDATE letters SET number = 'X-1' WHERE number IS NOT NULL": {"numbers_unregistered": 1},
    "UPDATE letter_numbers SET last = 0": {"numbers_unregistered": 1},
    f"UPDATE records SET reported_at = '2999-01-01' WHERE {ONE}": {"records_ahead": 1},
    "UPDATE memory SET content = substr(content, 1, 100) WHERE name = 'people'":
        {"memory_damaged": 1},
    "UPDATE memory SET content = substr(content, 1, 100) WHERE name = 'copy of records'":
        {"memory_damaged": 1},
    "DELETE FROM memory WHERE name = 'people'": {"memory_damaged": 1},
}  # fmt: skip


@pytest.fixture(scope="module")
def lettered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a night, an approved letter and a proposed task force; tests copy it."""

    def make(directory: Path) -> None:
        url = f"sqlite:///{directory / 'w.db'}"
        warning.load(url, *reports())
        with Store.open(url) as store:
            run_nightly(store, soon_over(), FIRST)
            matters = store.table("cases").query("kind == 'matter'")["case_id"]
            (letter,) = store.rows("letters", "case_id", matters)["letter_id"]
            at = FIRST + pd.Timedelta(hours=7)
            take_step(store, soon_over(), letter, "approved", "李科长", "", at)

    return shared(tmp_path_factory, "lettered", make)[0] / "w.db"


class UndoneError(Exception):
    """What was planted is taken back."""


def test_each_loss_is_told(lettered: Path, new_url: str, tmp_path: Path) -> None:
    """On a store that is whole nothing is."""
    with Store.open(filled(lettered, new_url, tmp_path)) as store:
        with store.reading() as connection:
            whole = soundness(connection, NEXT)
        assert whole.faults() == []
        assert whole.records_lost == 0
        for planted, expected in PLANTED.items():
            with suppress(UndoneError), store.writing() as connection:
                connection.execute(text(planted))
                found = soundness(connection, NEXT)
                raise UndoneError
            for name, count in expected.items():
                told = getattr(found, name)
                assert (told if isinstance(told, int) else len(told)) == count, planted
            assert found.faults()
    assert set().union(*PLANTED.values()) == vars(whole).keys() - {"records_lost_accepted"}


#: What somebody may have written into the audit in place of what the program writes.
FORGED = (
    '["loaded_at"', '["loaded_at"]', '"loaded_at"', '{"loaded_at": "x"}', '{"loaded_at": 5}',
    '{"loaded_at": "2024-01-01", "rows": 5}', "[" * 100_000 + '"loaded_at"',
)  # fmt: skip


def forge(connection: Connection, what: str) -> None:
    """Put an entry behind the others, by hand."""
    names = ("audit_id", "at", "actor", "action", "what", "reason", "key_id", "previous", "hash")
    values = (999, NEXT, "", "", what, "", "", "", "")
    told = dict(zip(names, values, strict=True))
    connection.execute(insert(audit).values(**told))


def test_of_a_changed_audit_nothing_is_claimed(
    lettered: Path, new_url: str, tmp_path: Path, capsys: Capture
) -> None:
    """``check`` says that it was changed."""
    url = filled(lettered, new_url, tmp_path)
    with Store.open(url) as store:
        for what in FORGED:
            with suppress(UndoneError), store.writing() as connection:
                forge(connection, what)
                assert soundness(connection, NEXT).records_lost is None, what
                raise UndoneError
        with store.writing() as connection:
            forge(connection, FORGED[0])
    assert run(["check", "--store", url]) == 1
    assert "the audit was changed" in " ".join(capsys.readouterr().out.split())


def test_so_many_lost_records_are_accepted(
    lettered: Path, new_url: str, tmp_path: Path, capsys: Capture
) -> None:
    """With a reason, which the audit notes; one more that is lost is told."""
    url = filled(lettered, new_url, tmp_path)
    lose_one(url)
    accepting = ["check", "--store", url, "--accept-lost"]
    assert run([*accepting, "1"]) == 2
    assert run([*accepting, "2", "--reason", "purged by hand"]) == 1
    assert "not 2 records are lost now, but: 1" in capsys.readouterr().err
    with Store.open(url) as store:
        assert ACCEPTED not in set(store.table("audit")["action"])
    assert run([*accepting, "1", "--reason", "purged by hand"]) == 0
    assert "records_lost_accepted: 1" in capsys.readouterr().out
    with Store.open(url) as store:
        noted = store.table("audit").iloc[-1]
        assert (noted["action"], noted["reason"]) == (ACCEPTED, "purged by hand")
        assert noted["actor"]
        assert verify(store) == []
    lose_one(url)
    assert run(["check", "--store", url]) == 1
    assert "warning check --accept-lost 1 --reason" in " ".join(capsys.readouterr().out.split())
    assert run([*accepting, "1", "--reason", "the same", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["records_lost"], told["records_lost_accepted"]) == (0, 2)


def lose_one(url: str) -> None:
    """Delete a record with all that hangs on it, as nobody noted."""
    with Store.open(url) as store, store.writing() as connection:
        one = connection.execute(text("SELECT min(record_id) FROM records")).scalar_one()
        for name in ("incident_links", "parties", "records"):
            connection.execute(text(f"DELETE FROM {name} WHERE record_id = :one"), {"one": one})


def test_retention_loses_nothing(lettered: Path, tmp_path: Path) -> None:
    """What it deleted is noted, by a command or without one."""
    with Store.open(filled(lettered, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)) as store:
        done = purge(store, soon_over(records_days=1, keep_open_cases=False), NEXT)
        assert done.rows["records"] > 0
        with store.reading() as connection:
            left = soundness(connection, NEXT)
        assert left.faults() == []
        assert left.records_lost == 0


def test_check_says_what_is_lost_and_what_to_do(
    lettered: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 1; a damaged memory is made anew by the night that it is told for."""
    url = filled(lettered, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)
    monkeypatch.setenv("WARNING_STORE", url)
    assert run(["check"]) == 0
    assert "no fault found: looked at" in capsys.readouterr().out
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(text("UPDATE memory SET content = substr(content, 1, 100)"))
    assert run(["check"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "and the copies of tables, damaged: " in told
    assert "warning run --rebuild" in told
    assert run(["run", "--as-of", str(NEXT), "--rebuild"]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "damaged and dropped: " in said
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["memory_damaged"] == []
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(text(f"DELETE FROM records WHERE {ONE}"))
    assert run(["check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["records_lost"] == 1
    assert run(["check"]) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "1 records that were stored and not deleted by retention are gone" in told
    assert "restore it (warning restore)" in told
