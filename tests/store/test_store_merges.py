"""Which case a case became: followed along its merges, unless it stands again by itself."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
from sqlalchemy import insert

from warning.escalation.bundles import cases_of
from warning.store import Store
from warning.store.nights import lay_with_cases
from warning.store.tables import cases, letters, merges, task_forces, warnings
from warning.tiers_before import tiers_before

NIGHT = pd.Timestamp("2025-01-01").to_pydatetime()


def moved(store: Store, *pairs: tuple[str, str]) -> None:
    """Cases that were merged, one after the other: (from, into)."""
    with store.writing() as connection:
        connection.execute(
            insert(merges),
            [
                {"merge_id": number, "as_of": NIGHT, "kind": "case", "from_id": one,
                 "into_id": other}
                for number, (one, other) in enumerate(pairs, 1)
            ],
        )  # fmt: skip


def case(case_id: str) -> dict[str, Any]:
    """A row of ``cases``."""
    return {"case_id": case_id, "kind": "matter", "county_code": "620702", "category": "02",
            "subject": "p-1", "status": "open", "first_at": NIGHT, "last_at": NIGHT,
            "incident_count": 1, "is_hub": False}  # fmt: skip


def test_a_case_that_stands_again_was_merged_into_none(empty_url: str) -> None:
    """c-1 went into c-2 and that into c-3; c-4 went into c-3 and stands again."""
    with Store.open(empty_url) as store:
        moved(store, ("c-1", "c-2"), ("c-2", "c-3"), ("c-4", "c-3"))
        with store.writing() as connection:
            connection.execute(insert(cases), [case(name) for name in ("c-3", "c-4")])
        assert store.survivors(["c-1", "c-4"]) == {"c-1": "c-2", "c-2": "c-3"}
        assert [store.standing_case(f"c-{number}") for number in (1, 2, 3, 4)] == [
            "c-3", "c-3", "c-3", "c-4",
        ]  # fmt: skip


def lying(store: Store) -> list[list[str]]:
    """The cases of every letter and of every task force."""
    forces = store.table("task_forces")["case_id"]
    return [*map(cases_of, store.table("letters").to_dict("records")), *([name] for name in forces)]


def test_letters_and_task_forces_lie_where_their_cases_are(empty_url: str) -> None:
    """Merged in a chain they follow; of cases that stand again each gets back what was its own."""
    others = {"others": [{"case_id": "c-2"}, {"case_id": "c-3"}], "tier": "yellow"}
    with Store.open(empty_url) as store:
        with store.writing() as connection:
            for letter_id, case_id, content in (
                ("d-1", "c-1", {}), ("d-2", "c-4", others), ("d-3", "c-3", {}),
            ):  # fmt: skip
                row = {"letter_id": letter_id, "case_id": case_id, "drafted_for": case_id,
                       "kind": "提示函", "drafted_at": NIGHT, "version": 1,
                       "content": content}  # fmt: skip
                connection.execute(insert(letters).values(**row))
            force = {"task_force_id": "t-1", "case_id": "c-1", "drafted_for": "c-1",
                     "proposed_at": NIGHT, "content": {}}  # fmt: skip
            connection.execute(insert(task_forces).values(**force))
        before = store.table("letters")
        moved(store, ("c-1", "c-2"), ("c-2", "c-3"))
        seen = []
        for standing in (["c-3", "c-4"], ["c-2", "c-3", "c-4"], ["c-1", "c-2", "c-3", "c-4"]):
            with store.writing() as connection:
                lay_with_cases(connection, pd.DataFrame({"case_id": standing}))
            seen.append(lying(store))
        assert seen == [
            [["c-3"], ["c-4", "c-3"], ["c-3"], ["c-3"]],
            [["c-2"], ["c-4", "c-2", "c-3"], ["c-3"], ["c-2"]],
            [["c-1"], ["c-4", "c-2", "c-3"], ["c-3"], ["c-1"]],
        ]
        pd.testing.assert_frame_equal(store.table("letters"), before)


def test_a_case_comes_back_on_one_night_only(empty_url: str) -> None:
    """That night it goes on from its own last tier; what stood the night before goes on as it was."""
    later = NIGHT + pd.Timedelta(days=1)
    tier = {"probability": 0.3, "severity": 0, "previous_tier": "none", "log_odds": -1.0,
            "reasons": "", "tier_since": NIGHT}  # fmt: skip
    with Store.open(empty_url) as store:
        moved(store, ("c-2", "c-1"))
        rows = [{"case_id": name, "as_of": NIGHT - pd.Timedelta(days=1), "tier": own, **tier}
                for name, own in (("c-1", "orange"), ("c-2", "none"))]  # fmt: skip
        rows.append({"case_id": "c-1", "as_of": NIGHT, "tier": "none", **tier})
        with store.writing() as connection:
            connection.execute(insert(warnings), rows)
        before = store.last_warnings(parts=False)
        links = SimpleNamespace(
            cases=pd.DataFrame({"case_id": ["c-1", "c-2"]}),
            merges=store.table("merges").iloc[:0],
        )
        back = tiers_before(store, links, before, later).set_index("case_id")["tier"]
        assert back.to_dict() == {"c-1": "orange", "c-2": "none"}
        with store.writing() as connection:
            connection.execute(insert(cases), [case(name) for name in ("c-1", "c-2")])
        assert tiers_before(store, links, before, later)["tier"].tolist() == ["none"]
