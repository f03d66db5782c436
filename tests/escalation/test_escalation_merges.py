"""What becomes of letters where cases turn out to be one, and where that is undone."""

import pytest

from tests.escalation.office import SETTINGS, Office


def office(*case_ids: str) -> Office:
    """Yellow cases, with the first letter of each drafted in turn."""
    found = Office()
    for case_id in case_ids:
        found.case(case_id, "yellow")
        found.night()
    return found


def whose(found: Office) -> list[tuple[str, str, str]]:
    """(case, kind, status) of every letter, in the order of drafting."""
    found.follow()
    return [(row["case_id"], row["kind"], row["status"]) for row in found.letters.values()]


def test_a_letter_comes_back_with_its_case():
    """Undone, the case has its letter again, at once: no second one, and its lateness is its own."""
    found = office("c-1", "c-2")
    mine = next(row for row in found.letters.values() if row["case_id"] == "c-2")
    other = next(row for row in found.letters.values() if row["case_id"] == "c-1")
    found.send(mine["letter_id"])
    found.step(other["letter_id"], "withdrawn")
    found.merge("c-2", "c-1")
    assert found.night() == []
    assert whose(found)[1] == ("c-1", "提示函", "received")
    found.part("c-2")
    assert found.night() == []
    assert whose(found)[1] == ("c-2", "提示函", "received")
    assert [(row["case_id"], row["kind"]) for row in found.night(30)] == [("c-2", "交办函")]


def test_a_letter_that_gave_way_is_drawn_anew_when_the_merge_is_undone():
    """Once: while they are one, and after that, the case has no second letter of the kind."""
    found = office("c-1", "c-2")
    found.merge("c-2", "c-1")
    assert found.night() == []
    assert whose(found) == [("c-1", "提示函", "draft"), ("c-1", "提示函", "superseded")]
    for letter in [row for row in found.letters.values() if row["status"] == "draft"]:
        found.send(letter["letter_id"])
        found.step(letter["letter_id"], "replied")
        found.step(letter["letter_id"], "accepted")
    assert found.night() == []
    found.part("c-2")
    assert [(row["case_id"], row["kind"]) for row in found.night()] == [("c-2", "提示函")]
    assert found.night() == []


def test_a_late_letter_that_a_higher_one_replaced_is_drawn_anew_for_the_case_that_has_neither():
    """The higher one was drafted for the case that survived, and stays with it."""
    found = office("c-2")
    (first,) = list(found.letters)
    found.send(first)
    found.case("c-1", "orange")
    second = next(row["letter_id"] for row in found.night() if row["case_id"] == "c-1")
    found.step(second, "withdrawn")
    found.merge("c-2", "c-1")
    (higher,) = found.night(30)
    assert (higher["case_id"], higher["kind"]) == ("c-1", "交办函")
    found.send(higher["letter_id"])
    found.night()
    assert found.letters[first]["status"] == "superseded"
    assert found.night() == []
    found.part("c-2")
    assert [(row["case_id"], row["kind"]) for row in found.night()] == [("c-2", "提示函")]


def test_cases_that_merged_in_a_chain_return_one_by_one():
    """Each night a letter lies with the case that its own is part of then."""
    found = office("c-3")
    for case_id in ("c-1", "c-2"):
        found.case(case_id, "blue")
    found.merge("c-3", "c-2")
    found.night()
    assert whose(found)[0][0] == "c-2"
    found.merge("c-2", "c-1")
    found.night()
    assert whose(found)[0][0] == "c-1"
    found.part("c-2")
    found.night()
    assert whose(found)[0][0] == "c-2"
    found.part("c-3")
    found.night()
    assert [row[0] for row in whose(found)] == ["c-3"]


def test_a_rise_that_another_letter_told_of_is_told_once():
    """The last letter of the two was the calmer case's; the graver one's was done with."""
    found = office("c-1", "c-2")
    found.case("c-1", "orange")
    for letter in list(found.letters.values()):
        found.send(letter["letter_id"])
    (graver,) = found.night()
    assert (graver["case_id"], graver["kind"]) == ("c-1", "交办函")
    found.send(graver["letter_id"])
    found.case("c-3", "yellow")
    (last,) = found.night()
    for letter_id in (graver["letter_id"], last["letter_id"]):
        if letter_id == last["letter_id"]:
            found.send(letter_id)
        found.step(letter_id, "replied")
        found.step(letter_id, "accepted")
    found.merge("c-3", "c-1")
    assert found.night() == []


def accepted(found: Office, letter_id: str) -> None:
    """The letter is answered, and the reply is accepted."""
    found.step(letter_id, "replied")
    found.step(letter_id, "accepted")


@pytest.mark.parametrize("first", ["c-1", "c-2"])
def test_a_letter_is_not_done_anew_where_the_other_case_has_its_like(first):
    """Neither while that one is open nor once it is accepted; undone, the case has its own."""
    found = office(first, "c-2" if first == "c-1" else "c-1")
    mine, other = (
        next(row["letter_id"] for row in found.letters.values() if row["case_id"] == case_id)
        for case_id in ("c-2", "c-1")
    )
    found.send(other)
    found.step(mine, "withdrawn", redo=True)
    found.merge("c-2", "c-1")
    assert found.night() == []
    accepted(found, other)
    assert found.night() == found.night() == []
    found.part("c-2")
    assert [(row["case_id"], row["kind"]) for row in found.night()] == [("c-2", "提示函")]


def test_a_letter_is_done_anew_where_the_other_case_s_was_done_with_before_it():
    """An old reply answers nothing that was called for since."""
    found = office("c-1")
    (old,) = found.letters
    found.send(old)
    accepted(found, old)
    found.case("c-2", "yellow")
    (mine,) = found.night()
    found.step(mine["letter_id"], "withdrawn", redo=True)
    found.merge("c-2", "c-1")
    assert [(row["case_id"], row["kind"]) for row in found.night()] == [("c-1", "提示函")]


def test_a_lower_letter_is_done_anew_beside_a_higher_one_of_its_own_case():
    """The officer who asked for it knew of that one."""
    found = office("c-1")
    (first,) = found.letters
    found.send(first)
    found.case("c-1", "orange")
    (second,) = found.night()
    found.send(second["letter_id"])
    found.step(first, "withdrawn", redo=True)
    assert [row["kind"] for row in found.night()] == ["提示函"]


def escalated(*case_ids: str) -> Office:
    """Orange cases, each with a letter that was late and the higher one that replaced it."""
    found = office()
    for case_id in case_ids:
        found.case(case_id, "orange")
    for days in (1, 30):
        for letter in found.night(days):
            found.send(letter["letter_id"])
    found.night()
    return found


def test_a_case_that_stands_again_is_not_escalated_the_day_after():
    """Of its letters the highest counts; the one drawn anew takes the place of all."""
    found = escalated("c-1", "c-2")
    mine = next(row for row in found.letters.values()
                if row["case_id"] == "c-1" and row["kind"] == "交办函")  # fmt: skip
    found.step(mine["letter_id"], "replied")
    found.merge("c-2", "c-1")
    assert found.night() == []
    assert [row[2] for row in whose(found)] == ["superseded", "superseded", "replied", "superseded"]
    for _ in range(2):
        found.part("c-2")
        (anew,) = found.night()[:1] or [None]
        if anew is not None:
            found.send(anew["letter_id"])
        assert found.night() == []
        found.merge("c-2", "c-1")
        assert found.night() == []
    sent = [row for row in found.letters.values() if row["drafted_for"] == "c-2"]
    assert len(sent) == 3


def test_what_a_letter_lost_is_drawn_anew_only_when_the_case_comes_back():
    """A case that is calm then gets none years later; nor does a ladder of other names draw any."""
    found = office("c-1", "c-2")
    found.merge("c-2", "c-1")
    found.night()
    found.part("c-2")
    found.case("c-2", "none")
    assert found.night() == []
    found.case("c-2", "blue")
    assert found.night(1000) == []
    closed = escalated("c-3")
    last = list(closed.letters)[-1]
    closed.step(last, "replied")
    closed.step(last, "accepted")
    letters = [kind.model_copy(update={"name": f"新{kind.name}"}) for kind in SETTINGS.letters]
    closed.settings = SETTINGS.model_copy(update={"letters": tuple(letters)})
    closed.steps = [kind.name for kind in letters]
    assert closed.night() == []
