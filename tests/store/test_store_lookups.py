"""What is asked of one case, one letter, is found by keys, however much the store holds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import event, insert

from tests.store.test_store_load import AT, tables
from warning.settings import load_settings
from warning.store import Store
from warning.store import tables as own
from warning.store.case_rows import case_rows
from warning.store.outbox import of_night

NIGHTS, CASES = 30, 500
#: Of this case there is everything below.
CASE = "c-7"


@pytest.fixture(scope="module")
def large(module_url: str) -> Iterator[Store]:
    """Nights, reports and events enough that a database would rather not read them all."""
    nights = [(pd.Timestamp(AT) + pd.Timedelta(days=day)).to_pydatetime() for day in range(NIGHTS)]
    said: dict[str, Any] = {"probability": 0.1, "severity": 1.0, "tier": "none",
                            "previous_tier": "none", "reasons": "一年内 1 次事件" * 4, "log_odds": 1.0}  # fmt: skip
    run: dict[str, Any] = {"config_hash": "", "model_hash": "", "status": "done", "seconds": 1.0,
                           "peak_memory_mb": 1.0, "counts": {}}  # fmt: skip
    rows: dict[Any, list[dict[str, Any]]] = {
        own.runs: [{**run, "run_id": at, "as_of": night, "started_at": night}
                   for at, night in enumerate(nights, 1)],
        own.warnings: [{**said, "as_of": night, "case_id": f"c-{case}", "tier_since": night}
                       for night in nights for case in range(CASES)],
        own.outbox: [{"event_id": number, "at": AT, "case_id": CASE, "subject_id": f"d-{number}",
                      "event": "letter.reminder", "content": {"due_on": "2025-01-01"}}
                     for number in range(1, 10_000)],
        own.party_links: [{"channel": "110", "record_id": f"A{number}", "party_no": "1",
                           "entity_id": f"p-{number}", "entity_type": "person", "probability": 1.0}
                          for number in range(10_000)],
        own.incident_links: [{"channel": "110", "record_id": "A7", "incident_id": "i-7",
                              "probability": 1.0}],
        own.case_incidents: [{"case_id": CASE, "incident_id": "i-7", "probability": 1.0,
                              "is_primary": True}],
    }  # fmt: skip
    with Store.open(module_url) as store:
        store.load(tables(*[(f"A{number}", "2024-06-01 10:00:00", "争吵") for number in range(10_000)]),
                   "a", AT)  # fmt: skip
        with store.writing() as connection:
            for table, of in rows.items():
                connection.execute(insert(table), of)
            connection.exec_driver_sql("UPDATE parties SET role = '当事人'")
            if store._engine.dialect.name == "postgresql":  # its autovacuum does so, too
                connection.exec_driver_sql("ANALYZE")
        yield store


@contextmanager
def plans(store: Store) -> Iterator[list[tuple[str, str]]]:
    """What is asked meanwhile, each with how the database goes about it."""
    asked: list[tuple[str, Any]] = []
    found: list[tuple[str, str]] = []

    def note(_c: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        asked.append((statement, values))

    event.listen(store._engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store._engine, "before_cursor_execute", note)
    on_sqlite = store._engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if on_sqlite else "EXPLAIN "
    with store.reading() as connection:
        for statement, values in asked:
            if statement.startswith("SELECT"):
                plan = connection.exec_driver_sql(explain + statement, values)
                found.append((statement, "\n".join(str(row[-1]) for row in plan)))


def through(plan: str, table: str) -> bool:
    """Whether a plan goes through a whole table, or a whole index of it, and not by its first column."""
    first = next(iter(own.metadata.tables[table].primary_key)).name
    whole = rf"\bSCAN {table}\b|Seq Scan on {table}\b"
    by_key = rf"Scan using \w+ on {table}\b[^\n]*\n\s*Index Cond: (?!.*\b{first} = )"
    return re.search(f"{whole}|{by_key}", plan) is not None


def test_a_case_is_found_in_its_nights_by_key(large: Store) -> None:
    """Every night has a row of it; all rows of all nights are not read for that."""
    with plans(large) as asked:
        assert len(large.warnings_of(CASE)) == NIGHTS
    ((_, plan),) = [one for one in asked if "FROM warnings" in one[0]]
    assert not through(plan, "warnings"), plan


def test_whether_a_letter_was_told_of_before_is_found_by_its_events(large: Store) -> None:
    """However many events the outbox holds."""
    letter = {"letter_id": "d-1", "case_id": CASE, "kind": "提示函", "recipient": "x",
              "drafted_at": AT, "version": 1, "content": {}, "drafted_for": CASE,
              "due_on": pd.Timestamp("2025-01-01").to_pydatetime()}  # fmt: skip
    nothing = {
        name: large.table(name).head(0) for name in ("letters", "transitions", "task_forces")
    }
    with large.writing() as connection:
        connection.execute(insert(own.letters), [letter])
    with plans(large) as asked, large.reading() as connection:
        assert of_night(connection, AT, *nothing.values(), ["d-1"]) == []
    ((_, plan),) = [one for one in asked if "FROM outbox" in one[0]]
    assert "ix_outbox_subject_id" in plan


def test_an_officers_step_asks_for_roles_of_its_people_alone(large: Store) -> None:
    """What is read of all parties is their names, which nothing but a look along them can tell."""
    with plans(large) as asked:
        read = case_rows(large, [CASE], pd.Timestamp(AT), load_settings())
    assert read.records["record_id"].tolist() == ["A7"]
    whole = [statement for statement, plan in asked if through(plan, "parties")]
    assert [statement for statement in whole if "parties.name" not in statement] == []


def test_a_letter_is_found_by_each_of_its_cases(large: Store) -> None:
    """With its steps; letters, steps and task forces of others are left."""
    others = [{"case_id": CASE, "reason": "x"}, {"case_id": "c-8", "reason": "x"}]
    common = {"kind": "提示函", "recipient": "x", "drafted_at": AT, "version": 1}
    letters = [
        {"letter_id": "d-a", "case_id": CASE, "content": {}},
        {"letter_id": "d-b", "case_id": "c-9", "content": {"others": others}},
        {"letter_id": "d-c", "case_id": "c-9", "content": {"left_out": [CASE], "others": others[1:]}},
        {"letter_id": "d-d", "case_id": "c-77", "content": {"others": others[1:]}},
    ]  # fmt: skip
    with large.writing() as connection:
        connection.execute(own.letters.delete())
        connection.execute(
            insert(own.letters),
            [{**common, **letter, "drafted_for": letter["case_id"]} for letter in letters],
        )
        connection.execute(insert(own.transitions), [
            {"letter_id": letter["letter_id"], "to_status": "withdrawn", "at": AT}
            for letter in letters
        ])  # fmt: skip
        connection.execute(insert(own.task_forces), [
            {"task_force_id": f"t-{case_id}", "case_id": case_id, "proposed_at": AT, "content": {},
             "drafted_for": case_id} for case_id in (CASE, "c-9")
        ])  # fmt: skip
    found, steps, forces = large.work_on(CASE)
    assert found["letter_id"].tolist() == steps["letter_id"].tolist() == ["d-a", "d-b"]
    assert forces["task_force_id"].tolist() == [f"t-{CASE}"]
    assert found["content"].tolist() == [letter["content"] for letter in letters[:2]]
