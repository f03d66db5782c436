"""What was drafted before its case was known otherwise, and is approved after it."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from tests.escalation.office import Office
from warning.errors import RefusedError
from warning.escalation.case_file import CaseFile
from warning.escalation.task_forces import move
from warning.escalation.themes import planned_now
from warning.officers.letters import find_letter, take_step
from warning.officers.task_forces import change_status, find_force
from warning.officers.unsigned import changed_since, check_addressees, with_departments
from warning.settings import load_settings
from warning.store import Store, tables

SETTINGS = load_settings()
#: A case as the office drafts for it.
NOW = CaseFile("c-1", "matter", "甘州区", "邻里", "red", 0.5, "近90天3次", (), (), False,
               category="02", county_code="620702")  # fmt: skip
VIOLENT = replace(NOW, is_domestic_violence=True)


def drafted(tier: str = "yellow", **content: object) -> tuple[dict[str, Any], Office]:
    """A letter of :data:`NOW`, and its office."""
    office = Office()
    office.case("c-1", tier)
    (letter,) = office.night()
    return {**letter, "content": {**letter["content"], **content}}, office


@pytest.mark.parametrize(
    ("now", "copies", "told"),
    [
        (NOW, [], ""),
        (VIOLENT, [], ""),
        (replace(NOW, category="0101"), ["本级公安局"], ""),
        (
            replace(NOW, county_code="620724"),
            [],
            "recipient 中共高台县委政法委员会, not 中共甘州区",
        ),
        (replace(NOW, county_code=""), [], "recipient 中共张掖市委政法委员会, not"),
        (replace(NOW, beside=("620702", "620724")), [], "a copy to 中共高台县委政法委员会"),
        (replace(NOW, beside=("620702", "620724")), ["中共高台县委政法委员会"], ""),
        (VIOLENT, ["中共高台县委政法委员会"], "no copy to 中共高台县委政法委员会"),
    ],
)
def test_a_draft_for_other_units_than_its_case_has_now_is_refused(
    now: CaseFile, copies: list[str], told: str
) -> None:
    """With the command that drafts it anew; a unit that only the settings name is none of them."""
    letter, _ = drafted(copies=copies)
    if not told:
        check_addressees(letter, [now], SETTINGS.escalation, "李科长")
        return
    with pytest.raises(RefusedError, match=told) as refused:
        check_addressees(letter, [now], SETTINGS.escalation, "李科长")
    assert f"warning letters close {letter['letter_id']} --redo" in str(refused.value)


def test_violence_has_a_letter_of_its_own_also_where_it_came_after_the_draft() -> None:
    """The letter of several cases waits for a draft without it."""
    letter, _ = drafted(others=[{"case_id": "c-2", "reason": "升至黄色"}])
    check_addressees(letter, [NOW, NOW], SETTINGS.escalation, "李科长")
    with pytest.raises(RefusedError, match="of its own"):
        check_addressees(letter, [NOW, VIOLENT], SETTINGS.escalation, "李科长")


def test_departments_are_those_of_violence_that_came_after_the_draft() -> None:
    """And the officer is told."""
    letter, _ = drafted()
    assert changed_since(letter, with_departments(letter, [NOW], SETTINGS)) == []
    (said,) = changed_since(letter, with_departments(letter, [VIOLENT], SETTINGS))
    assert "now: 公安局、妇联" in said


def test_a_plan_is_started_with_what_violence_after_its_draft_calls_for() -> None:
    """The victim's safety first: departments, measures and the step; taken back, none of it."""
    _, office = drafted("red")
    (force,) = office.task_forces
    assert changed_since(force, planned_now(force, NOW, SETTINGS.escalation)) == []
    planned = planned_now(force, VIOLENT, SETTINGS.escalation)
    started = move(planned, "active", "李书记", pd.Timestamp("2025-01-08"), "", office.settings)
    content = started["content"]
    assert started["members"].startswith("公安局、妇联")
    assert content["measures"][0]["measure"] == "先行制定安全计划"
    assert next(iter(content["milestones"].items())) == ("安全计划", "2025-01-09")
    assert len(changed_since(force, started)) == 3
    assert planned_now(planned, NOW, SETTINGS.escalation)["content"] == force["content"]


def test_a_case_of_another_county_since_the_draft(night_store: str, tmp_path: Path) -> None:
    """Its letter is refused, and drafted anew on the command; its plan starts under the other."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    with Store.open(f"sqlite:///{copy}") as store:
        force = store.table("task_forces").iloc[0].to_dict()
        letters = store.table("letters")
        letter = letters[letters["case_id"] == force["case_id"]].iloc[0].to_dict()
        counties = SETTINGS.escalation.counties
        code = next(one for one in counties if one != letter["content"]["county_code"])
        here = tables.cases.c.case_id == force["case_id"]
        with store.writing() as connection:
            connection.execute(update(tables.cases).where(here).values(county_code=code))
        with pytest.raises(RefusedError, match=counties[code]):
            take_step(store, SETTINGS, letter["letter_id"], "approved", "李科长", "")
        assert find_letter(store, letter["letter_id"])["status"] == "draft"
        change_status(store, SETTINGS, force["task_force_id"], "active", "李书记")
        started = find_force(store, force["task_force_id"])
    assert counties[code] in started["content"]["sender"]
    assert started["content"]["county_code"] == code
