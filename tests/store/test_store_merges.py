"""Which case a case became: followed along its merges, unless it stands again by itself."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import delete, insert

from warning.drafting import standing_ledger
from warning.errors import RefusedError
from warning.escalation.bundles import cases_of
from warning.store import Store
from warning.store.deciding import change_letter, change_task_force
from warning.store.frames import write_frame
from warning.store.nights import lay_with_cases, note_parted
from warning.store.tables import cases, letters, merges, runs, task_forces, warnings
from warning.tiers_before import tiers_before

NIGHT = pd.Timestamp("2025-01-01").to_pydatetime()


def moved(store: Store, *pairs: tuple[str, str], as_of: Any = NIGHT) -> None:
    """Cases that were merged, one after the other: (from, into)."""
    kinds = {"kind": "case", "as_of": as_of}
    with store.writing() as connection:
        rows = [{**kinds, "from_id": one, "into_id": other} for one, other in pairs]
        write_frame(connection, merges, pd.DataFrame(rows))


def kept(store: Store, *case_ids: str) -> None:
    """These cases stand on a night, and what was merged lies where it belongs."""
    with store.writing() as connection:
        connection.execute(delete(cases))
        connection.execute(insert(cases), [case(name) for name in case_ids])
        links = standing(*case_ids)
        lay_with_cases(connection, links.cases)
        note_parted(connection, links.cases, NIGHT)


def graded(store: Store, *nights: dict[str, str], last: Any = NIGHT) -> None:
    """The nights up to the last, one a day, and the tiers of each."""
    first = last - pd.Timedelta(days=len(nights) - 1)
    with store.writing() as connection:
        for day, tiers in enumerate(nights):
            as_of = first + pd.Timedelta(days=day)
            run = {"as_of": as_of, "config_hash": "", "model_hash": "", "status": "done", "counts": {},
                   "started_at": as_of, "seconds": 1, "peak_memory_mb": 1}  # fmt: skip
            connection.execute(insert(runs), run)
            rows = [{"case_id": name, "as_of": as_of, "tier": tier, "probability": 0.3,
                     "severity": 0, "previous_tier": "none", "log_odds": -1.0, "reasons": "",
                     "tier_since": first} for name, tier in tiers.items()]  # fmt: skip
            connection.execute(insert(warnings), rows)


def standing(*case_ids: str) -> Any:
    """Links that hold these cases."""
    nothing = pd.DataFrame({"kind": [], "from_id": [], "into_id": []}, dtype="str")
    return SimpleNamespace(cases=pd.DataFrame({"case_id": case_ids}), merges=nothing)


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
        after = store.table("letters")
        same = [name for name in after if name != "version"]
        pd.testing.assert_frame_equal(after[same], before[same])
        assert after["version"].tolist() == [4, 3, 1]  # one more each time that it moved


def test_a_night_that_moves_a_letter_comes_before_the_step_of_who_read_it_earlier(
    new_url: str,
) -> None:
    """As when another officer was faster: nothing of it is undone, no event tells a case that is gone."""
    with Store.open(new_url) as store:
        of_case = {"case_id": "c-1", "drafted_for": "c-1", "content": {}}
        letter = {**of_case, "letter_id": "d-1", "kind": "提示函", "status": "draft",
                  "drafted_at": NIGHT, "version": 1}  # fmt: skip
        force = {**of_case, "task_force_id": "t-1", "status": "proposed", "proposed_at": NIGHT}
        with store.writing() as connection:
            connection.execute(insert(letters).values(**letter))
            connection.execute(insert(task_forces).values(**force))
        moved(store, ("c-1", "c-2"))
        kept(store, "c-2")
        step = {"letter_id": "d-1", "from_status": "draft", "to_status": "approved",
                "officer": "Li", "reason": "", "at": NIGHT}  # fmt: skip
        approved = {**letter, "status": "approved", "version": 2}
        with pytest.raises(RefusedError, match="just changed this letter"):
            change_letter(store, approved, step, None)
        with pytest.raises(RefusedError, match="just changed this one"):
            change_task_force(store, {**force, "status": "active"}, force, NIGHT)
        assert lying(store) == [["c-2"], ["c-2"]]
        assert store.table("outbox").empty
        before = store.table("letters")
        kept(store, "c-2")  # the night after finds nothing to move
        pd.testing.assert_frame_equal(store.table("letters"), before)


def test_a_case_comes_back_on_one_night_only(empty_url: str) -> None:
    """That night it goes on from its own last tier; what stood the night before goes on as it was."""
    later = pd.Timestamp(NIGHT) + pd.Timedelta(days=1)
    with Store.open(empty_url) as store:
        moved(store, ("c-2", "c-1"))
        graded(store, {"c-1": "orange", "c-2": "none"}, {"c-1": "none"})
        before, links = store.last_warnings(parts=False), standing("c-1", "c-2")
        back = tiers_before(store, links, before, later).set_index("case_id")["tier"]
        assert back.to_dict() == {"c-1": "orange", "c-2": "none"}
        with store.writing() as connection:
            connection.execute(insert(cases), [case(name) for name in ("c-1", "c-2")])
        assert tiers_before(store, links, before, later)["tier"].tolist() == ["none"]


def test_a_case_that_stood_again_is_no_part_of_the_other_once_it_is_away(empty_url: str) -> None:
    """Letters stay its own, and the other one has its own tier; until they are merged anew."""
    later = pd.Timestamp(NIGHT) + pd.Timedelta(days=1)
    with Store.open(empty_url) as store:
        row = {"letter_id": "d-2", "case_id": "c-2", "drafted_for": "c-2", "kind": "提示函",
               "drafted_at": NIGHT - pd.Timedelta(days=9), "version": 1, "content": {}}  # fmt: skip
        with store.writing() as connection:
            connection.execute(insert(letters).values(**row))
        moved(store, ("c-2", "c-1"), as_of=NIGHT - pd.Timedelta(days=9))
        seen = []
        for standing_ids in (["c-1"], ["c-1", "c-2"], ["c-1", "c-2"], ["c-1"]):
            kept(store, *standing_ids)
            seen.append(lying(store))
        assert seen == [[["c-1"]], [["c-2"]], [["c-2"]], [["c-2"]]]
        assert store.table("merges")["kind"].tolist() == ["case", "parted"]
        # A preview of the night that parted them knows whose letters it moved.
        assert standing_ledger(store, standing("c-1", "c-2"), later).moved == frozenset()
        night = standing_ledger(store, standing("c-1", "c-2"), before=pd.Timestamp(NIGHT))
        assert night.moved == {"c-1", "c-2"}
        assert store.standing_case("c-2") == "c-2"
        graded(store, {"c-1": "yellow", "c-2": "red"})
        told = tiers_before(store, standing("c-1"), store.last_warnings(parts=False), later)
        assert told.set_index("case_id")["tier"]["c-1"] == "yellow"
        moved(store, ("c-2", "c-1"), as_of=later)
        kept(store, "c-1")
        assert lying(store) == [["c-1"]]
        assert store.standing_case("c-2") == "c-1"


def test_a_tier_that_was_taken_over_went_with_the_case_that_had_it(empty_url: str) -> None:
    """Both were away, c-2 stood again alone: c-1, back a night later, has the tier of its own."""
    later, day = pd.Timestamp(NIGHT) + pd.Timedelta(days=1), pd.Timedelta(days=1)
    with Store.open(empty_url) as store:
        graded(store, {"c-1": "blue", "c-2": "red", "c-3": "none"}, {"c-1": "red", "c-3": "none"},
               {"c-3": "none"}, {"c-2": "red", "c-3": "none"})  # fmt: skip
        moved(store, ("c-2", "c-1"), as_of=NIGHT - 2 * day)
        kept(store, "c-2", "c-3")
        links, before = standing("c-1", "c-2", "c-3"), store.last_warnings(parts=False)
        told = tiers_before(store, links, before, later).set_index("case_id")
        assert told["tier"].to_dict() == {"c-1": "blue", "c-2": "red", "c-3": "none"}
        # It had it for a day; the days of its absence do not count.
        assert told["tier_since"]["c-1"] == later - day


def test_days_away_are_none_of_a_tier(empty_url: str) -> None:
    """A series is back after forty days as if they had not been."""
    later = pd.Timestamp(NIGHT) + pd.Timedelta(days=40)
    with Store.open(empty_url) as store:
        graded(store, {"c-1": "red"}, {"c-1": "red"}, {"c-1": "red"})
        (back,) = tiers_before(
            store, standing("c-1"), store.last_warnings(parts=False).iloc[:0], later
        )["tier_since"]
        assert back == later - pd.Timedelta(days=2)


@pytest.mark.parametrize("few", [0, 400])
def test_what_was_away_goes_on_from_its_own_tier(
    empty_url: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whenever it was there last; what is new has none. The night itself, previewed, says the same."""
    monkeypatch.setattr("warning.store.nights.FEW", few)
    later = pd.Timestamp(NIGHT) + pd.Timedelta(days=1)
    with Store.open(empty_url) as store:
        graded(store, {"c-1": "blue", "c-2": "red", "c-3": "yellow"},
               {"c-1": "blue", "c-2": "orange"}, {"c-1": "blue"}, {"c-1": "blue"})  # fmt: skip
        with store.writing() as connection:
            connection.execute(insert(cases), [case("c-1")])
        before, links = store.last_warnings(parts=False), standing("c-1", "c-2", "c-3", "c-new")
        told = tiers_before(store, links, before, later).set_index("case_id")["tier"]
        assert told.to_dict() == {"c-1": "blue", "c-2": "orange", "c-3": "yellow"}
        graded(store, dict.fromkeys(("c-1", "c-2", "c-3", "c-new"), "none"), last=later)
        with store.writing() as connection:
            connection.execute(insert(cases), [case(name) for name in ("c-2", "c-3", "c-new")])
        again = tiers_before(store, links, before, later).set_index("case_id")["tier"]
        assert again.to_dict() == told.to_dict()
