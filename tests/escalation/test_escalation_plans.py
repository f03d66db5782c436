"""Which cases get a plan, and what the plan of each holds."""

import pandas as pd

from tests.escalation.office import SETTINGS, Office
from warning.case_names import matters_of, organisations_around, same_of
from warning.drafting import violent_cases
from warning.escalation.rules import propose
from warning.scoring.facts import FLAGS
from warning.scoring.history import History
from warning.tabular import rows_of

AT = pd.Timestamp("2025-03-03 10:00")


def test_violence_in_a_case_of_another_category_puts_it_first_too():
    """Milestone, measures and 公安 beside its category's own; the letter is apart from others."""
    bundled = SETTINGS.model_copy(update={"bundle": ("提示函",)})
    office = Office(settings=bundled)
    for case_id in ("c-1", "c-2"):
        office.case(case_id, "red")
        office.cases[case_id]["category"] = "0601"
    drafted = propose(*office.frames(), bundled, office.now, violent=frozenset({"c-2"}))
    assert [content.get("others") for content in drafted.letters["content"]] == [None, None]
    plain, violent = rows_of(drafted.task_forces)
    assert plain["members"] == "市场监管局、司法局"
    assert violent["members"] == "公安局、妇联、民政局、卫健局、司法局、市场监管局"
    assert next(iter(violent["content"]["milestones"])) == "安全计划"
    measures = [item["measure"] for item in violent["content"]["measures"]]
    assert measures[0] == "先行制定安全计划"
    assert len(set(measures)) == len(measures)
    assert {item["measure"] for item in plain["content"]["measures"]} < set(measures)


def test_one_problem_has_one_plan():
    """A place whose incidents are all a matter's, while that has one that knows them, or gets one."""
    within = {"c-2": "c-1"}

    def cases_of_new(within: dict[str, str]) -> list[str]:
        drafted = propose(*office.frames(), SETTINGS, office.now, within=within)
        return list(drafted.task_forces["case_id"])

    office = Office()
    office.case("c-1", "yellow")
    office.case("c-2", "red", "place")
    assert cases_of_new(within) == ["c-2"]
    office.case("c-1", "red")
    assert cases_of_new(within) == ["c-1"]
    assert cases_of_new({}) == ["c-1", "c-2"]
    office.task_forces = [
        {"task_force_id": "t-1", "drafted_for": "c-1", "status": "proposed", "content": {}}
    ]
    assert cases_of_new(within) == []
    office.force(0, "declined", "已由乡镇化解")
    office.case("c-1", "none")
    assert cases_of_new(within) == []
    office.now += pd.Timedelta(days=1)
    office.incident("c-1")  # the one that was declined does not know it
    assert cases_of_new(within) == ["c-2"]


def test_a_plan_of_a_place_is_its_matter_s_too():
    """While it runs, or nothing came that its end did not know; two places of a matter get one."""
    within = {"c-2": "c-1", "c-3": "c-1"}

    def cases_of_new() -> list[str]:
        drafted = propose(*office.frames(), SETTINGS, office.now, within=within)
        return list(drafted.task_forces["case_id"])

    office = Office()
    for case_id, tier in (("c-1", "yellow"), ("c-2", "red"), ("c-3", "red")):
        office.case(case_id, tier, "matter" if case_id == "c-1" else "place")
    assert cases_of_new() == ["c-2"]
    office.task_forces = [
        {"task_force_id": "t-1", "drafted_for": "c-2", "status": "proposed", "content": {}}
    ]
    office.case("c-1", "red")
    office.case("c-2", "none")
    assert cases_of_new() == []
    office.frames()  # it lies with its case
    office.force(0, "declined", "已由乡镇化解")
    assert cases_of_new() == []
    office.now += pd.Timedelta(days=1)
    office.incident("c-1")
    assert cases_of_new() == ["c-1"]


def test_a_plan_of_an_organisation_is_enough_for_a_place_that_is_all_of_it():
    """Not that of the place for the organisation, which has incidents elsewhere."""
    around = {"c-2": frozenset({"c-1", "c-9"})}

    def cases_of_new() -> list[str]:
        drafted = propose(*office.frames(), SETTINGS, office.now, around=around)
        return list(drafted.task_forces["case_id"])

    office = Office()
    office.case("c-1", "yellow", "organisation")
    office.case("c-2", "red", "place")
    assert cases_of_new() == ["c-2"]
    office.task_forces = [
        {"task_force_id": "t-1", "drafted_for": "c-2", "status": "proposed", "content": {}}
    ]
    office.case("c-1", "red", "organisation")
    assert cases_of_new() == ["c-1"]
    office.task_forces = []
    assert cases_of_new() == ["c-1"]
    office.task_forces = [
        {"task_force_id": "t-1", "drafted_for": "c-1", "status": "proposed", "content": {}}
    ]
    assert cases_of_new() == []


def test_an_organisation_and_its_place_are_one_problem_by_their_incidents():
    """The very same: organisation before place, one with a row before one in texts. All and more: around."""
    kinds = {
        "o-1": (1, 2),
        "o-2": (1, 2),
        "p-1": (1, 2),
        "p-2": (1,),
        "p-3": (1, 2, 3),
        "o-3": (4,),
        "o-4": (4, 5),
        "p-4": (6, 7),
    }
    members = pd.DataFrame(
        [(case, f"i-{number}") for case, own in kinds.items() for number in own],
        columns=["case_id", "incident_id"],
    )
    cases = pd.DataFrame(
        [(case, "organisation" if case.startswith("o") else "place", f"e-{case}") for case in kinds],
        columns=["case_id", "kind", "subject"],
    )  # fmt: skip
    rows = pd.DataFrame({"entity_id": ["e-o-2", "e-o-4"]})
    assert same_of(cases, members, rows) == {"o-1": "o-2", "p-1": "o-2"}
    around = {"p-2": {"o-1", "o-2"}, "o-3": {"o-4"}}
    assert organisations_around(cases, members) == around
    assert same_of(cases.iloc[:0], members, rows) == organisations_around(cases.iloc[:0], members)


def test_a_place_lies_in_a_matter_that_has_all_of_its_incidents():
    """Not where one is another matter's, or no matter's; a matter lies in none."""
    kinds = {
        "m-1": (1, 2, 3),
        "m-2": (4,),
        "p-1": (1, 2),
        "p-2": (3, 4),
        "p-3": (1, 5),
        "p-4": (5,),
    }
    members = pd.DataFrame(
        [(case, f"i-{number}", case.startswith("m")) for case, own in kinds.items() for number in own],
        columns=["case_id", "incident_id", "is_primary"],
    )  # fmt: skip
    cases = pd.DataFrame(
        [(case, "matter" if case.startswith("m") else "place") for case in kinds],
        columns=["case_id", "kind"],
    )
    assert matters_of(cases, members) == {"p-1": "m-1"}
    assert matters_of(cases.iloc[:0], members) == {}


def test_the_cases_with_a_violent_incident_are_found_whatever_their_category():
    """By the facts of the incidents' records, one of several being enough."""
    facts = dict.fromkeys(FLAGS, False) | {"severity": 2, "reported_at": AT}
    records = pd.DataFrame(
        [facts | {"incident_id": "i-1"}, facts | {"incident_id": "i-1", "domestic_violence": True},
         facts | {"incident_id": "i-2"}]
    )  # fmt: skip
    members = pd.DataFrame({"case_id": ["c-1", "c-2", "c-3"], "incident_id": ["i-1", "i-2", "i-1"]})
    cases = pd.DataFrame({"case_id": ["c-1", "c-2", "c-3"], "kind": "matter"})
    history = History(records, members, cases)
    assert violent_cases(history, pd.Series(["c-1", "c-2"])) == {"c-1"}
