"""The life of a task force: proposed by rules, noted, extended, verified, closed."""

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS, Office
from warning.errors import RefusedError
from warning.escalation import task_forces
from warning.escalation.rules import propose
from warning.escalation.steps import FORCE_STEPS
from warning.escalation.undated import UNKNOWN_DAY

AT = pd.Timestamp("2025-03-03 10:00")


def proposed(**changes: object) -> dict[str, object]:
    """A proposed task force."""
    content = {"milestones": {"见面核实": "2025-03-05", "回访评估": "2025-04-15"},
               "due_on": "2025-04-15"}  # fmt: skip
    return {"task_force_id": "t-1", "case_id": "c-1", "status": "proposed",
            "content": content} | changes  # fmt: skip


def active() -> dict[str, object]:
    """One that was started."""
    return task_forces.move(proposed(), "active", "李书记", AT, "", SETTINGS)


def verified(force: dict[str, object], days: int = 40) -> dict[str, object]:
    """Verified at every level so many days later."""
    at = AT + pd.Timedelta(days=days)
    for level in SETTINGS.task_force.verification_levels:
        force = task_forces.verify(force, level, f"{level}干部", at, "已履行", SETTINGS)
    return force


def test_it_closes_with_three_verifications_and_a_quiet_period():
    """Each entry stays, with who, when and what."""
    at = AT + pd.Timedelta(days=41)
    force = verified(task_forces.note(active(), "王主任", AT, "已见面", "见面核实"))
    closed = task_forces.move(force, "closed", "李书记", at, "", SETTINGS, AT)
    assert closed["status"] == "closed"
    kinds = [entry["kind"] for entry in task_forces.ledger_of(closed)]
    assert kinds == ["active", "milestone", "verified", "verified", "verified", "closed"]


def test_task_forces_are_as_they_were_before_a_moment():
    """Status and entries; one that a night ended by a merge is proposed in that night."""
    noted = task_forces.note(active(), "王主任", AT + pd.Timedelta(days=1), "已见面", "见面核实")
    rows = [row | {"task_force_id": name, "proposed_at": AT - pd.Timedelta(days=days)}
            for name, row, days in (("t-1", noted, 9), ("t-2", proposed(), 8),
                                    ("t-3", proposed(), -3))]  # fmt: skip
    forces, night = pd.DataFrame(rows), AT + pd.Timedelta(days=2)
    ended = task_forces.doubled(forces, night).set_index("task_force_id")["status"]
    assert ended.to_dict() == {"t-2": "superseded", "t-3": "superseded"}
    later = pd.concat([forces[:1], task_forces.doubled(forces, night)], ignore_index=True)
    for moment, states, entries in ((AT, ["proposed"] * 2, [0, 0]),
                                    (night, ["active", "proposed"], [2, 0]),
                                    (night + pd.Timedelta(days=2),
                                     ["active", "superseded", "superseded"], [2, 1, 1])):  # fmt: skip
        found = task_forces.forces_before(later, moment)
        assert found["status"].tolist() == states
        assert [len(task_forces.ledger_of(row)) for row in found.to_dict("records")] == entries
    caught_up = task_forces.forces_before(later, AT, night + pd.Timedelta(days=2))
    assert caught_up["status"].tolist() == ["active", "proposed"]


@pytest.mark.parametrize(
    ("force", "days", "last", "told"),
    [
        (lambda: active(), 60, AT, "no verification"),
        (lambda: verified(active(), 5), 20, AT, "quiet for 20 days"),
        (lambda: verified(active()), 90, AT + pd.Timedelta(days=45), "no verification since"),
        (lambda: active() | {"status": "proposed"}, 90, AT, "proposed"),
    ],
    ids=["nobody verified", "not quiet yet", "it happened after the verification", "not started"],
)
def test_what_is_missing_for_a_closing_is_said(force, days, last, told):
    """A closing is refused with all that it lacks."""
    with pytest.raises(RefusedError, match=told):
        task_forces.move(
            force(), "closed", "李书记", AT + pd.Timedelta(days=days), "", SETTINGS, last
        )


def test_a_refused_step_names_the_commands_that_may_be_given(monkeypatch):
    """In Chinese words with its id: each step that an officer may take, and no other."""
    named = {
        (status, state) for state, _, _, taken_from in FORCE_STEPS.values() for status in taken_from
    }
    after = {(status, to) for status, states in task_forces.NEXT.items() for to in states}
    assert named == {*after, ("active", "active")}
    monkeypatch.setenv("WARNING_LANG", "zh")
    with pytest.raises(RefusedError) as refused:
        task_forces.note(proposed(), "周主任", AT, "已见面")
    told = str(refused.value)
    assert "现状：待启动" in told and "应为：approve 启动、decline 不予采纳" in told
    assert "warning task-forces show t-1" in told and "proposed" not in told


def test_a_start_without_a_reason_has_none():
    """Neither as it is kept, nor as one that an older version kept is shown."""
    (entry,) = task_forces.ledger_of(active())
    assert (entry["text"], task_forces.said(entry | {"text": "active"})) == ("", "")
    assert task_forces.said(entry | {"text": "情况紧急"}) == "情况紧急"


def test_one_person_cannot_verify_two_levels():
    """Three levels are three people."""
    force = active()
    for level in SETTINGS.task_force.verification_levels:
        unseen = "\u200b" * len(task_forces.ledger_of(force))
        force = task_forces.verify(force, level, f"赵某{unseen}", AT, "好", SETTINGS)
    assert "another person" in "".join(
        task_forces.lacking(force, AT + pd.Timedelta(days=50), SETTINGS, None)
    )


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        ("村级马 乡级何 县级赵 村级何", ""),
        ("村级何 乡级何 县级赵 村级马", ""),
        ("村级马 村级何 乡级马 县级何 乡级赵", ""),
        ("村级何 乡级何 县级赵", "乡级 only by 何 (counts for 村级)"),
        (
            "村级马 村级何 乡级何 县级何 县级马",
            "县级 only by 何 (counts for 乡级), 马 (counts for 村级)",
        ),
    ],
    ids=["a second look", "a first look by another", "by turns", "one for two", "two for three"],
)
def test_whoever_looks_a_second_time_takes_no_verification_away(entries: str, told: str) -> None:
    """One different person a level is enough; the refusal says whose entries stand in the way."""
    force = active()
    for entry in entries.split():
        force = task_forces.verify(force, entry[:2], entry[2:], AT, "好", SETTINGS)
    missing = task_forces.lacking(force, AT + pd.Timedelta(days=50), SETTINGS, None)
    assert [told in sentence for sentence in missing] == [True] * bool(told)


def test_an_extension_needs_a_reason_and_an_approver():
    """Then the deadline moves by working days."""
    longer = task_forces.extend(active(), 5, "孙书记", AT, "一方在外地", SETTINGS)
    assert longer["content"]["due_on"] == "2025-04-22"
    for officer, reason in (
        ("", "外出"),
        ("孙书记", " "),
        ("\u200b", "外出"),
        ("孙书记", "\u2060"),
    ):
        with pytest.raises(RefusedError):
            task_forces.extend(active(), 5, officer, AT, reason, SETTINGS)


def test_the_same_extension_is_not_given_twice_a_day():
    """By the same officer for the same reason; another reason, officer, length or day is one anew."""
    longer = task_forces.extend(active(), 5, "孙书记", AT, "一方在外地", SETTINGS)
    later = AT + pd.Timedelta(hours=3)
    with pytest.raises(RefusedError, match="already"):
        task_forces.extend(longer, 5, "孙书记\u200b", later, "一方在外地", SETTINGS)
    for days, officer, at, reason in (
        (5, "孙书记", later, "尚未返回"),
        (5, "李书记", later, "一方在外地"),
        (6, "孙书记", later, "一方在外地"),
        (5, "孙书记", AT + pd.Timedelta(days=1), "一方在外地"),
    ):
        again = task_forces.extend(longer, days, officer, at, reason, SETTINGS)
        assert again["content"]["due_on"] > longer["content"]["due_on"]


def test_a_refusal_to_start_needs_its_reason():
    """So that the next reader knows."""
    with pytest.raises(RefusedError, match="no reason"):
        task_forces.move(proposed(), "declined", "李书记", AT, "", SETTINGS)


def test_a_note_stands_without_what_no_document_can_hold():
    """As a paste brings it: U+FFFE."""
    noted = task_forces.note(active(), "周主任", pd.Timestamp("2025-09-09"), "\ufffe进展")
    assert task_forces.ledger_of(noted)[-1]["text"] == "进展"


def test_a_plan_that_is_started_late_counts_from_its_start():
    """Also where only the holidays of the year of the start are not known; the proposal stays."""
    office = Office("2025-01-05")
    office.case("c-1", "red")
    office.cases["c-1"]["category"] = "0101"
    office.night()
    first = office.task_forces[0]
    office.force(0, "active")
    same = office.task_forces[0]
    assert same["content"]["milestones"] == first["content"]["milestones"]
    assert same["content"]["due_on"] == first["content"]["due_on"]
    office.task_forces[0] = first
    office.now = pd.Timestamp("2025-03-03 10:00")
    office.force(0, "active")
    late = office.task_forces[0]
    assert late["content"]["milestones"] == {
        "安全计划": "2025-03-04", "见面核实": "2025-03-05", "制定方案": "2025-03-06",
        "集中化解": "2025-03-24", "回访评估": "2025-04-15",
    }  # fmt: skip
    assert late["content"]["due_on"] == "2025-04-15"
    assert late["content"]["dated"] == "2025-03-03"
    assert late["proposed_at"] == first["proposed_at"]


def test_a_plan_started_in_a_year_without_a_calendar_has_its_days_from_its_start():
    """They are open until the year is known; the night that knows it sets them."""
    office = Office("2025-03-01")
    office.case("c-1", "red")
    office.night()
    office.now = pd.Timestamp("2035-03-02 18:00")
    office.force(0, "active")
    content = office.task_forces[0]["content"]
    assert (set(content["milestones"].values()), content["due_on"]) == ({UNKNOWN_DAY}, None)
    days = {day.date(): day.day_of_week < 5 for day in pd.date_range("2035-01-01", "2035-12-31")}
    office.settings = SETTINGS.model_copy(update={"working_days": days})
    office.night()
    content = office.task_forces[0]["content"]
    assert next(iter(content["milestones"].values())) == "2035-03-07"
    assert content["due_on"] == "2035-04-16"


def reasons(office: Office) -> list[str]:
    """Reasons of the task forces so far."""
    return [row["reason"] for row in office.task_forces]


def test_two_failed_letters_or_a_grave_outcome_call_for_one():
    """By rule and with the reason; a person's series never has one."""
    office = Office()
    office.case("c-1", "orange")
    office.case("c-2", "yellow")
    office.case("c-3", "red", kind="person")
    office.cases["c-2"]["severity"] = 4
    first = office.night()
    assert reasons(office) == ["后果特别严重"]
    office.send(next(row["letter_id"] for row in first if row["case_id"] == "c-1"))
    for row in office.night(30):
        if row["case_id"] == "c-1":
            office.send(row["letter_id"])
    office.night(30)
    assert reasons(office)[1:] == ["2封函件逾期或复函未获认可"]


def test_violence_puts_the_safety_plan_first():
    """The first milestone, a working day later; its measures say why."""
    office = Office()
    office.case("c-1", "red")
    office.cases["c-1"]["category"] = "0101"
    office.night()
    content = office.task_forces[0]["content"]
    assert next(iter(content["milestones"].items())) == ("安全计划", "2025-01-08")
    assert content["measures"][0]["reason"] == "受害人安全先于调解"


@pytest.mark.parametrize(("codes", "first"), [(("F1", "F2"), "安全计划"), ((), "见面核实")])
def test_a_citys_own_codes_of_violence_put_it_first_too(codes: tuple[str, ...], first: str):
    """Those of ``domestic_violence_categories``: such a plan began without the victim's safety."""
    office = Office()
    office.case("c-1", "red")
    office.cases["c-1"]["category"] = "F10"
    drafted = propose(*office.frames(), office.settings, office.now, violence=codes)
    assert next(iter(drafted.task_forces["content"].iloc[0]["milestones"])) == first


def test_after_a_closing_only_a_new_incident_brings_another():
    """The old one stays in the ledger; the new one has its own number."""
    office = Office()
    office.case("c-1", "red")
    office.night()
    force = office.task_forces[0]
    force |= task_forces.move(force, "active", "李", office.now, "", SETTINGS)
    office.night(60)
    closed = {"at": office.now.isoformat(), "kind": "closed", "officer": "李", "text": "好"}
    force["status"] = "closed"
    force["content"]["ledger"] = [*force["content"]["ledger"], closed]
    office.night()
    assert len(office.task_forces) == 1
    office.incident("c-1")
    office.night()
    assert len({row["task_force_id"] for row in office.task_forces}) == 2


def test_a_report_delivered_after_a_closing_brings_another():
    """It was made before the closing, which did not know it; an end of before it was kept did."""
    office = Office()
    office.case("c-1", "red")
    office.night()
    office.force(0, "active")
    began = office.now
    office.night(60)
    for level in SETTINGS.task_force.verification_levels:
        office.force(0, "verify", level=level)
    office.force(0, "closed")
    office.cases["c-1"]["last_at"] = office.now - pd.Timedelta(days=2)
    (entry,) = (e for e in task_forces.ledger_of(office.task_forces[0]) if e["kind"] == "closed")
    known = entry.pop("last_at")
    assert pd.Timestamp(known) < began
    office.night()
    assert standing(office) == [("c-1", "closed")]
    entry["last_at"] = known
    office.night()
    office.night()
    assert standing(office) == [("c-1", "closed"), ("c-1", "proposed")]


@pytest.mark.parametrize("end", ["closed", "declined"])
def test_what_ended_before_a_merge_knew_nothing_of_the_other_case(end: str):
    """Undone, nothing came; an end of the other one that knew more stands for both."""
    office = Office()
    office.case("c-1", "red")
    office.night()
    if end == "closed":
        office.force(0, "active")
        office.night(60)
        for level in SETTINGS.task_force.verification_levels:
            office.force(0, "verify", level=level)
    office.force(0, end)
    office.night()
    office.case("c-2", "red")
    office.night()
    office.force(1, "declined")
    own = office.cases["c-1"]["last_at"]
    office.merge("c-2", "c-1")
    office.night()
    assert standing(office) == [("c-1", end), ("c-1", "declined")]
    office.part("c-2")
    office.cases["c-1"]["last_at"] = own
    office.night()
    assert standing(office) == [("c-1", end), ("c-2", "declined")]
    office.case("c-3", "red")
    office.cases["c-3"]["last_at"] = own + pd.Timedelta(days=1)
    office.merge("c-3", "c-1")
    office.night()
    assert standing(office)[2:] == [("c-1", "proposed")]


def test_a_declined_one_comes_anew_with_the_next_incident_of_a_case_that_asks_for_one():
    """Not before, and not for a case that has stepped down."""
    office = Office()
    office.case("c-1", "red")
    office.night()
    office.force(0, "declined")
    office.night()
    office.case("c-1", "orange")
    office.incident("c-1")
    office.night()
    assert standing(office) == [("c-1", "declined")]
    office.case("c-1", "red")
    office.night()
    office.night()
    assert standing(office) == [("c-1", "declined"), ("c-1", "proposed")]


def test_one_declined_by_mistake_is_started_after_all():
    """Both entries stay; what was proposed anew meanwhile ends."""
    office = Office()
    office.case("c-1", "red")
    office.night()
    office.force(0, "declined")
    office.incident("c-1")
    office.night()
    office.force(0, "active")
    office.night()
    assert standing(office) == [("c-1", "active"), ("c-1", "superseded")]
    kinds = [entry["kind"] for entry in task_forces.ledger_of(office.task_forces[0])]
    assert kinds == ["declined", "active"]


def standing(office: Office) -> list[tuple[str, str]]:
    """(case, status) of every task force, the first one first."""
    return [(force["case_id"], force["status"]) for force in office.task_forces]


def test_of_two_proposed_task_forces_of_a_merged_case_the_older_stays():
    """The other ends with its reason; undone, the case without one is proposed another."""
    office = Office()
    for case_id in ("c-2", "c-1"):
        office.case(case_id, "red")
        office.night()
    office.merge("c-2", "c-1")
    office.night()
    assert standing(office) == [("c-1", "proposed"), ("c-1", "superseded")]
    (entry,) = task_forces.ledger_of(office.task_forces[1])
    assert (entry["officer"], entry["text"]) == ("", "系列已有另一专班")
    office.night()
    office.part("c-2")
    office.night()
    assert standing(office) == [("c-2", "proposed"), ("c-1", "superseded"), ("c-1", "proposed")]
    assert len({force["task_force_id"] for force in office.task_forces}) == 3
    office.night()
    assert len(office.task_forces) == 3


def test_a_task_force_that_was_started_stays_after_a_merge():
    """Also where the proposed one is older; of two that were started, both do."""
    office = Office()
    for case_id in ("c-1", "c-2", "c-3"):
        office.case(case_id, "red")
        office.night()
    for place in (1, 2):
        office.force(place, "active")
    office.merge("c-2", "c-1")
    office.merge("c-3", "c-1")
    office.night()
    assert standing(office) == [("c-1", "superseded"), ("c-1", "active"), ("c-1", "active")]
