"""A deadline in a year whose holidays are not known is said, not guessed; the night goes on."""

from datetime import date, timedelta

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS, Office
from warning.escalation.deadlines import due_on
from warning.escalation.rules import (
    LETTERS,
    TASK_FORCES,
    TRANSITIONS,
    Ledger,
    propose,
)
from warning.escalation.task_forces import extend
from warning.escalation.undated import UNKNOWN_DAY, told_day
from warning.settings import load_settings


def ledger() -> Ledger:
    """No letter and no task force yet."""
    return Ledger(
        pd.DataFrame(columns=LETTERS).astype(
            {"due_on": "datetime64[us]", "drafted_at": "datetime64[us]"}
        ),
        pd.DataFrame(columns=TRANSITIONS),
        pd.DataFrame(columns=TASK_FORCES),
    )


def red_case(as_of: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One matter that turned red this night."""
    cases = pd.DataFrame(
        {"case_id": ["c-1"], "kind": "matter", "county_code": "620702", "category": "02",
         "last_at": as_of, "incident_count": 4}
    )  # fmt: skip
    warnings = pd.DataFrame(
        {"case_id": ["c-1"], "tier": "red", "previous_tier": "none", "tier_since": as_of,
         "probability": 0.7, "severity": 3, "reasons": "x"}
    )  # fmt: skip
    return cases, warnings


def test_a_deadline_in_an_unknown_year_is_left_open() -> None:
    """In a year far ahead the letter has no date and the plan says why."""
    as_of = pd.Timestamp("2090-03-01")
    drafted = propose(*red_case(as_of), ledger(), load_settings().escalation, as_of)
    assert drafted.letters["due_on"].isna().all()
    assert set(drafted.task_forces["content"].iloc[0]["milestones"].values()) == {UNKNOWN_DAY}


def test_a_deadline_in_a_known_year_is_a_working_day() -> None:
    """Seven working days from Wednesday 2024-12-25, New Year free, end on Monday 6 January."""
    as_of = pd.Timestamp("2024-12-25")
    drafted = propose(*red_case(as_of), ledger(), load_settings().escalation, as_of)
    assert list(drafted.letters["due_on"]) == [pd.Timestamp("2025-01-06")]


@pytest.mark.parametrize("day", [pd.NaT, UNKNOWN_DAY])
def test_a_deadline_is_told_in_the_readers_language(
    day: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date as lists write it; one that is open with why."""
    assert told_day(day) == "(open: no calendar of that year yet)"
    assert told_day("2025-01-06") == told_day(pd.Timestamp("2025-01-06")) == "2025-01-06"
    monkeypatch.setenv("WARNING_LANG", "zh")
    assert told_day(day) == UNKNOWN_DAY


def weekdays(*years: int) -> dict[date, bool]:
    """Every day of years far ahead; offices work from Monday to Friday."""
    first, last = date(years[0], 1, 1), date(years[-1], 12, 31)
    days = [first + timedelta(days=count) for count in range((last - first).days + 1)]
    return {day: day.weekday() < 5 for day in days}


def office_in_december(year: int = 2034) -> Office:
    """A yellow case, its letter drafted on the 27th of December, next year's calendar unknown."""
    settings = SETTINGS.model_copy(update={"working_days": weekdays(year)})
    found = Office(f"{year}-12-26", settings)
    found.case("c-1", "yellow")
    found.night()
    return found


def calendar_known(found: Office, year: int = 2035) -> None:
    """Somebody fills in ``working_days``."""
    days = {"working_days": weekdays(year - 1, year)}
    found.settings = found.settings.model_copy(update=days)


@pytest.mark.parametrize(
    ("steps", "due"),
    [
        # Wednesday 27 December 2034; the 1st of January is a Monday, and worked here.
        (["approved", "issued"], "2035-01-05"),
        (["approved", "issued", "received"], "2035-01-05"),
        (["approved", "issued", "received", "replied", "received"], "2035-01-05"),
        (["approved", "issued", "received", "objected"], "2035-01-05"),
    ],
)
def test_a_night_sets_the_deadline_once_the_calendar_is_known(steps: list[str], due: str) -> None:
    """From the step that counts; while the year is unknown the letter waits, and is not late."""
    found = office_in_december()
    (letter,) = found.letters.values()
    for to in steps:
        found.step(letter["letter_id"], to)
    found.night()
    assert pd.isna(found.letters[letter["letter_id"]]["due_on"])
    calendar_known(found)
    found.night()
    assert found.letters[letter["letter_id"]]["due_on"] == pd.Timestamp(due)
    assert found.letters[letter["letter_id"]]["status"] == steps[-1]


def test_a_letter_whose_deadline_passed_unknown_is_late_the_night_that_knows_it() -> None:
    """It climbs as every other does."""
    found = office_in_december()
    found.send(next(iter(found.letters)))
    assert found.night(30) == []
    calendar_known(found)
    assert [row["kind"] for row in found.night()] == ["交办函"]


def test_the_days_of_an_objection_are_added_though_the_year_was_unknown() -> None:
    """Two working days from the objection to its dismissal, on top of the seven."""
    found = office_in_december()
    (letter_id,) = found.letters
    found.send(letter_id)
    found.step(letter_id, "objected")
    found.now += pd.Timedelta(days=2)
    found.step(letter_id, "received")
    calendar_known(found)
    found.night()
    assert found.letters[letter_id]["due_on"] == pd.Timestamp("2035-01-09")


def test_a_plan_has_its_days_once_the_calendar_is_known() -> None:
    """Milestones count from the proposal; the last of them is the plan's deadline."""
    found = office_in_december()
    found.case("c-1", "red")
    found.night()
    (force,) = found.task_forces
    assert force["content"]["due_on"] is None
    calendar_known(found)
    found.night()
    (force,) = found.task_forces
    assert force["content"]["due_on"] == force["content"]["milestones"]["回访评估"] == "2035-02-08"
    assert UNKNOWN_DAY not in force["content"]["milestones"].values()


def test_a_deadline_before_its_milestones_is_told_by_the_last_of_them() -> None:
    """As earlier versions put one off; a step that no configuration has any more waits for no day."""
    found = office_in_december()
    found.case("c-1", "red")
    found.night()
    found.force(0, "active")
    content = found.task_forces[0]["content"]
    found.task_forces[0]["content"] = content | {"due_on": "2035-01-15"}
    steps = {"旧节点": UNKNOWN_DAY, "集中化解": "2035-01-18"}
    older = {**found.task_forces[0], "content": content | {"milestones": steps}}
    calendar_known(found)
    longer = extend(older, 1, "孙书记", found.now, "一方在外地", found.settings)
    assert longer["content"]["due_on"] == "2035-01-19"
    found.night()
    content = found.task_forces[0]["content"]
    assert content["due_on"] == content["milestones"]["回访评估"]


def test_a_deadline_in_an_unknown_year_is_put_off_once_the_year_is_known() -> None:
    """It came before the plan's own milestones, counted from the day of the extension."""
    found = office_in_december()
    found.case("c-1", "red")
    found.night()
    found.force(0, "active")
    for days, reason in ((5, "一方在外地"), (2, "节假日")):
        force = found.task_forces[0]
        longer = extend(force, days, "孙书记", found.now, reason, found.settings)
        assert longer["content"]["due_on"] is None
        found.task_forces[0] = longer
    calendar_known(found)
    found.night()
    content = found.task_forces[0]["content"]
    last = date.fromisoformat(content["milestones"]["回访评估"])
    assert content["due_on"] == str(due_on(last, 7, found.settings.working_days))
    assert content["ledger"][-1]["text"].endswith(f"时限 {content['due_on']}")
    found.night()
    assert found.task_forces[0]["content"] == content
