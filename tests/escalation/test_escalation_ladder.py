import re
from datetime import date

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS, Office
from warning.errors import RefusedError
from warning.escalation.deadlines import due_on, is_working_day
from warning.escalation.ladder import STEPS, letters_before, transition
from warning.escalation.replies import replies
from warning.escalation.steps import LETTER_STEPS, called_step

AT = pd.Timestamp("2025-09-01 09:00:00")


def letter(status):
    return {"letter_id": "d-1", "status": status, "version": 1}


@pytest.mark.parametrize("status", STEPS)
@pytest.mark.parametrize("to", STEPS)
def test_only_the_listed_steps_are_taken(status, to):
    """A listed step gives the new state and a row; every other is refused."""
    if to in STEPS[status]:
        new, row = transition(letter(status), to, "officer", AT, "why")
        assert (new["status"], new["version"], row["from_status"]) == (to, 2, status)
    else:
        with pytest.raises(RefusedError):
            transition(letter(status), to, "officer", AT)


def test_a_refused_step_names_the_commands_that_may_be_given(monkeypatch):
    """In Chinese words with the letter's id: each step that an officer may take, and no other."""
    named = {
        (status, state)
        for state, _, _, taken_from in LETTER_STEPS.values()
        for status in taken_from
    }
    nights = ("overdue", "superseded")
    assert named == {
        (status, to) for status, after in STEPS.items() for to in after if to not in nights
    }
    monkeypatch.setenv("WARNING_LANG", "zh")
    for status, told in (
        ("replied", "应为：accept 认可复函、return 退回复函（不予认可）"),
        ("accepted", "应为：已了结，没有下一步"),
    ):
        with pytest.raises(RefusedError) as refused:
            transition(letter(status), "withdrawn", "李", AT, "重复")
        assert told in str(refused.value)
        assert "warning letters show d-1" in str(refused.value)
        assert not re.search("replied|accepted|superseded|withdrawn", str(refused.value))


def test_a_step_back_is_called_by_what_the_officer_did():
    """Every other one by the state that it leads to."""
    called = {steps: called_step(*steps) for steps in (
        ("issued", "received"), ("replied", "received"), ("objected", "received"),
        ("objected", "withdrawn"), ("overdue", "withdrawn"), ("objected", "superseded"),
    )}  # fmt: skip
    assert list(called.values()) == [
        "received", "do not accept the reply", "the objection is dismissed",
        "the objection is right", "withdrawn", "superseded",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["  ", "\u200b", "\u2060\u200d", "——", "\u3164"])
def test_approval_needs_a_name(name):
    """Nothing is approved by nobody, nor by a name that shows nothing; so it is with reasons."""
    with pytest.raises(RefusedError, match="officer"):
        transition(letter("draft"), "approved", name, AT)
    with pytest.raises(RefusedError, match="reason"):
        transition(letter("approved"), "withdrawn", "officer", AT, name)


def test_a_name_is_kept_as_it_reads():
    """Signs that nobody sees make no second person of an officer."""
    assert transition(letter("draft"), "approved", " 王\u200b五\ufeff", AT)[1]["officer"] == "王五"


def test_what_no_document_can_hold_is_not_kept():
    """A paste brings signs that end a workbook or a database: name and reason stand without them."""
    row = transition(letter("draft"), "withdrawn", "王\ufffe五", AT, " 重复\uffff\x00\n ")[1]
    assert (row["officer"], row["reason"]) == ("王五", "重复")


def test_bytes_of_another_encoding_are_no_part_of_what_is_kept():
    """A terminal that is not UTF-8: the text stays as it came, and the store refuses it whole."""
    row = transition(letter("draft"), "withdrawn", "李\udcb9a", AT, "\udcd6\udcd8A12，见3号")[1]
    assert (row["officer"], row["reason"]) == ("李\udcb9a", "\udcd6\udcd8A12，见3号")


def test_national_day_2025_and_its_moved_working_days():
    """1 to 8 October are free; Sunday 28 September and Saturday 11 October are worked."""
    assert due_on(date(2025, 9, 30), 1) == date(2025, 10, 9)
    assert is_working_day(date(2025, 9, 28))
    assert due_on(date(2025, 10, 10), 1) == date(2025, 10, 11)


def test_an_unknown_year_is_refused_unless_overridden():
    """The calendar never guesses a year."""
    with pytest.raises(RefusedError):
        due_on(date(2035, 1, 1), 1)
    assert due_on(date(2035, 1, 1), 1, {date(2035, 1, 2): True}) == date(2035, 1, 2)


def test_letters_are_in_the_states_that_they_had_before_a_moment():
    """Of steps of one minute the last; what the night itself, or somebody later, did is left out."""
    hours = pd.Timedelta(hours=1)
    letters = pd.DataFrame({"letter_id": ["d-1", "d-2", "d-3"],
                            "status": ["overdue", "accepted", "draft"],
                            "drafted_at": [AT - 9 * hours, AT - 9 * hours, AT]})  # fmt: skip
    steps = pd.DataFrame(
        [("d-1", "approved", AT - 2 * hours), ("d-1", "issued", AT - 2 * hours),
         ("d-1", "overdue", AT), ("d-2", "accepted", AT + hours)],
        columns=["letter_id", "to_status", "at"],
    )  # fmt: skip
    found, past = letters_before(letters, steps, AT)
    assert found["status"].to_dict() == {0: "issued", 1: "draft"}
    assert past["to_status"].tolist() == ["approved", "issued"]


def test_a_letter_that_lay_in_the_office_is_not_late_when_it_is_issued():
    """Seven working days from the issue, whenever it was approved; then it is late."""
    office = Office("2025-09-01")
    office.case("c-1", "yellow")
    office.night()
    (letter_id,) = office.letters
    office.step(letter_id, "approved")
    office.night(20)
    office.step(letter_id, "issued")
    assert office.letters[letter_id]["due_on"] == pd.Timestamp("2025-09-30")
    assert office.night() == []
    assert office.letters[letter_id]["status"] == "issued"
    assert [row["kind"] for row in office.night(17)] == ["交办函"]


def test_a_free_day_counts_as_the_next_working_day_in_a_draft_a_letter_and_a_plan():
    """National Day 2025: a night of 1 October tells the day that its letter gets when it is sent."""
    office = Office("2025-09-30")
    office.case("c-1", "red")
    (draft,) = office.night()
    assert draft["drafted_at"] == pd.Timestamp("2025-10-01")
    proposed = office.task_forces[0]["content"]
    office.now = pd.Timestamp("2025-10-01 10:00")
    office.send(draft["letter_id"])
    office.force(0, "active")
    days = int(draft["content"]["deadline_days"])
    due = pd.Timestamp(due_on(date(2025, 10, 9), days))
    assert draft["due_on"] == office.letters[draft["letter_id"]]["due_on"] == due
    started = office.task_forces[0]["content"]
    assert started["milestones"] == proposed["milestones"]
    assert started["milestones"]["见面核实"] == "2025-10-11"


def test_a_plan_of_the_evening_counts_from_the_next_working_day():
    """Its start as its extension, once its day has passed; as a letter that comes in the evening."""
    office = Office("2025-10-08")
    office.case("c-1", "red")
    office.night()
    office.now = pd.Timestamp("2025-10-10 18:00")
    office.force(0, "active")
    content = office.task_forces[0]["content"]
    assert (content["dated"], content["milestones"]["见面核实"]) == ("2025-10-10", "2025-10-14")
    office.now = pd.Timestamp("2025-12-20 10:00")
    office.force(0, "extend")
    assert office.task_forces[0]["content"]["due_on"] == "2025-12-29"


def test_a_returned_reply_never_brings_the_deadline_forward():
    """Who answered early keeps the day that the letter told; who answered late has three more."""
    office = Office("2025-09-01", SETTINGS.model_copy(update={"bundle": ("提示函",)}))
    office.case("c-1", "yellow")
    office.case("c-2", "yellow")
    (letter,) = office.night()
    office.send(letter["letter_id"])
    due = []
    for days in (0, 7):
        office.now += pd.Timedelta(days=days)
        for to in ("replied", "received"):
            office.step(letter["letter_id"], to)
        due.append(office.letters[letter["letter_id"]]["due_on"])
    assert due == [pd.Timestamp("2025-09-11"), pd.Timestamp("2025-09-12")]
    ledger = office.frames()[2]
    told = replies(ledger.letters, ledger.transitions, SETTINGS)
    assert told["due_on"].tolist() == [due[0]] * 2
    assert not told["late"].any()
