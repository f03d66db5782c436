"""Years of nights, replies, objections, late steps, merged cases and jumps of the clock."""

import re

import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from tests.escalation.office import SETTINGS, Office
from warning.errors import RefusedError
from warning.escalation.bundles import cases_of
from warning.escalation.deadlines import is_working_day
from warning.escalation.ladder import STEPS
from warning.escalation.task_forces import ledger_of

TIERS = st.sampled_from(["none", "blue", "yellow", "orange", "red"])
CASES = st.sampled_from(["c-1", "c-2", "c-3", "c-4"])


class Years(RuleBasedStateMachine):
    """The ladder as it is driven by whatever happens."""

    def __init__(self) -> None:
        super().__init__()
        self.office = Office()

    @initialize(bundles=st.booleans())
    def configured(self, bundles: bool) -> None:
        """Every kind is bundled by recipient, or none is."""
        every = tuple(kind.name for kind in SETTINGS.letters) if bundles else ()
        self.office = Office(settings=SETTINGS.model_copy(update={"bundle": every}))

    @rule(case_id=CASES, tier=TIERS, county=st.sampled_from(["620702", "620723"]))
    def graded(self, case_id: str, tier: str, county: str) -> None:
        """A case appears or changes its tier; c-4 is a person's."""
        self.office.case(case_id, tier, "person" if case_id == "c-4" else "matter", county)

    @precondition(lambda self: self.office.cases)
    @rule(data=st.data())
    def incident(self, data: st.DataObject) -> None:
        """It happens again."""
        self.office.incident(data.draw(st.sampled_from(sorted(self.office.cases))))

    @precondition(lambda self: self.office.cases)
    @rule(data=st.data())
    def violence(self, data: st.DataObject) -> None:
        """Repeated violence without a 告诫书 comes to light."""
        self.office.unwarned.add(data.draw(st.sampled_from(sorted(self.office.cases))))

    @rule(days=st.sampled_from([1, 1, 2, 7, 40, 200]))
    def night(self, days: int) -> None:
        """The night comes, in time or after nights that did not run."""
        drafted = self.office.night(days)
        carried = [case_id for row in drafted for case_id in cases_of(row)]
        assert len(set(carried)) == len(carried)
        kinds = self.office.open_kinds()
        assert len(set(kinds)) == len(kinds), kinds

    @precondition(lambda self: self.office.letters)
    @rule(data=st.data(), to=st.sampled_from(sorted(STEPS)), hour=st.sampled_from([9, 20]),
          officer=st.sampled_from(["王处长", "王处长", ""]), redo=st.booleans())  # fmt: skip
    def officer(self, data: st.DataObject, to: str, hour: int, officer: str, redo: bool) -> None:
        """Somebody tries a step; the impossible and the nameless are refused and change nothing."""
        letter_id = data.draw(st.sampled_from(sorted(self.office.letters)))
        letter = dict(self.office.letters[letter_id])
        self.office.now = self.office.now.normalize() + pd.Timedelta(hours=hour)
        if to in ("overdue", "superseded"):
            return
        if to in STEPS[letter["status"]] and officer:
            self.office.step(letter_id, to, officer, redo=redo and to == "withdrawn")
            return
        try:
            self.office.step(letter_id, to, officer)
        except RefusedError:
            assert self.office.letters[letter_id] == letter
        else:
            raise AssertionError((letter["status"], to, officer))

    @precondition(lambda self: self.office.letters)
    @rule(data=st.data())
    def sent(self, data: st.DataObject) -> None:
        """A draft is approved, issued and received in one go."""
        drafts = [i for i, row in self.office.letters.items() if row["status"] == "draft"]
        if drafts:
            self.office.send(data.draw(st.sampled_from(sorted(drafts))))

    @precondition(lambda self: len(set(self.office.cases) - {"c-4"}) > 1)
    @rule(data=st.data())
    def merged(self, data: st.DataObject) -> None:
        """Two cases turn out to be one; the next night brings their letters together."""
        into, lost = sorted(
            data.draw(
                st.lists(
                    st.sampled_from(sorted(set(self.office.cases) - {"c-4"})),
                    min_size=2, max_size=2, unique=True,
                )
            )
        )  # fmt: skip
        self.office.merge(lost, into)
        self.night(1)

    @precondition(lambda self: set(self.office.merged) - set(self.office.cases))
    @rule(data=st.data())
    def parted(self, data: st.DataObject) -> None:
        """A merge is undone; the case that stands again has what was drafted for it."""
        case_id = data.draw(
            st.sampled_from(sorted(set(self.office.merged) - set(self.office.cases)))
        )
        self.office.part(case_id)
        self.night(1)
        for letter in self.office.letters.values():
            assert (letter["case_id"] == case_id) >= (letter["drafted_for"] == case_id)

    @precondition(lambda self: self.office.task_forces)
    @rule(data=st.data(), step=st.sampled_from(["active", "declined", "closed", "note", "extend",
                                                "verify", "verify"]),
          level=st.sampled_from(SETTINGS.task_force.verification_levels))  # fmt: skip
    def task_force(self, data: st.DataObject, step: str, level: str) -> None:
        """Somebody works on a task force; what is refused changes nothing."""
        places = range(len(self.office.task_forces))
        place = data.draw(st.sampled_from(places))
        before = self.office.task_forces[place]
        try:
            self.office.force(place, step, level=level)
        except RefusedError:
            assert self.office.task_forces[place] == before
            return
        moved = self.office.task_forces[place]
        entries = ledger_of(moved)
        assert len(entries) == len(ledger_of(before)) + 1
        if step == "closed":
            verified = {entry["level"] for entry in entries if entry["kind"] == "verified"}
            assert verified == set(SETTINGS.task_force.verification_levels)

    @invariant()
    def task_forces_follow_their_case(self) -> None:
        """Each task force belongs to a case that stands, merged ones included; none a person's."""
        for row in self.office.task_forces:
            assert self.office.cases[row["case_id"]]["kind"] != "person"
        ids = [row["task_force_id"] for row in self.office.task_forces]
        assert len(set(ids)) == len(ids)

    @invariant()
    def numbers_are_gapless(self) -> None:
        """1, 2, 3 … in each year, each once, withdrawn letters included."""
        found: dict[str, list[int]] = {}
        for row in self.office.letters.values():
            if row["number"]:
                year, number = re.findall(r"\d+", row["number"])
                found.setdefault(year, []).append(int(number))
        for numbers in found.values():
            assert sorted(numbers) == list(range(1, len(numbers) + 1))

    @invariant()
    def nothing_is_sent_without_its_approver(self) -> None:
        """Each letter past the draft has one approval, by name, before anything else."""
        steps: dict[str, list[dict[str, object]]] = {}
        for row in self.office.transitions:
            steps.setdefault(str(row["letter_id"]), []).append(row)
        for letter_id, letter in self.office.letters.items():
            history = steps.get(letter_id, [])
            approvals = [row for row in history if row["to_status"] == "approved"]
            assert all(row["officer"] for row in approvals)
            assert len(approvals) == bool(letter["number"])
            if letter["status"] not in ("draft", "withdrawn", "superseded"):
                assert history[0]["to_status"] == "approved"

    @invariant()
    def states_follow_from_the_history(self) -> None:
        """Replaying the transitions from the draft gives each letter's state and version."""
        replayed = dict.fromkeys(self.office.letters, ("draft", 1))
        for row in self.office.transitions:
            status, version = replayed[row["letter_id"]]
            assert row["from_status"] == status
            replayed[row["letter_id"]] = (row["to_status"], version + 1)
        for letter_id, letter in self.office.letters.items():
            assert replayed[letter_id] == (letter["status"], letter["version"])

    @invariant()
    def deadlines_are_working_days(self) -> None:
        """No deadline falls on a free day; in a year without a calendar there is none."""
        for row in self.office.letters.values():
            if not pd.isna(row["due_on"]):
                assert is_working_day(row["due_on"].date())


Years.TestCase.settings = settings(max_examples=20, stateful_step_count=30, deadline=None)
TestYears = Years.TestCase
