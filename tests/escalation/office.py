"""An office without a store: cases, the ledger of letters, nights and officers' steps."""

from typing import Any

import pandas as pd

from warning.escalation import task_forces
from warning.escalation.bundles import (
    PARTED,
    cases_of,
    follow,
    merged_into,
    moved_between,
    survivor_of,
)
from warning.escalation.ladder import deadline_after, transition
from warning.escalation.past import OPEN, RANK, REDO, VOID, as_refused, to_redo
from warning.escalation.rules import LETTERS, TASK_FORCES, TRANSITIONS, Ledger, propose
from warning.settings import load_settings
from warning.settings.escalation import EscalationSettings

SETTINGS = load_settings().escalation
MOMENT = "datetime64[us]"


class Office:
    """What stands in the ledger, and the moment it is."""

    def __init__(self, now: str = "2025-01-06", settings: EscalationSettings = SETTINGS) -> None:
        self.settings = settings
        self.steps = [kind.name for kind in settings.letters]
        self.now = self.last_night = pd.Timestamp(now)
        self.cases: dict[str, dict[str, Any]] = {}
        self.letters: dict[str, dict[str, Any]] = {}
        self.transitions: list[dict[str, Any]] = []
        self.task_forces: list[dict[str, Any]] = []
        self.merges: list[dict[str, str]] = []
        self.merged: dict[str, dict[str, Any]] = {}
        self.numbers: dict[int, int] = {}
        self.unwarned: set[str] = set()

    def case(self, case_id: str, tier: str, kind: str = "matter", county: str = "620702") -> None:
        """A new case, or its new tier."""
        known = self.cases.get(case_id, {"previous_tier": "none", "last_at": self.now})
        if known.get("tier") != tier:
            known["tier_since"] = self.now.normalize()
        self.cases[case_id] = known | {"tier": tier, "kind": kind, "county_code": county}

    def incident(self, case_id: str) -> None:
        """It happened again."""
        self.cases[case_id]["last_at"] = self.now

    def merge(self, case_id: str, into: str) -> None:
        """Two cases are one: letters and task forces follow the older, until it stands again."""
        lost = self.cases.pop(case_id)
        kept = self.cases[into]
        kept["last_at"] = max(kept["last_at"], lost["last_at"])
        self.merges.append({"kind": "case", "from_id": case_id, "into_id": into})
        self.merged[case_id] = lost

    def part(self, case_id: str) -> None:
        """The merge is undone: the case stands again as it was."""
        self.cases[case_id] = self.merged.pop(case_id)
        self.merges.append({"kind": PARTED, "from_id": case_id, "into_id": ""})

    def follow(self) -> None:
        """Letters and task forces lie with the cases that there are, as a night leaves them."""
        merges = pd.DataFrame(self.merges, columns=["kind", "from_id", "into_id"])
        merged = merged_into(merges, pd.Series(list(self.cases), dtype="str"))
        for force in self.task_forces:
            force["case_id"] = survivor_of(force["drafted_for"], merged)
        if self.letters:
            for row in follow(pd.DataFrame(list(self.letters.values())), merged).to_dict("records"):
                self.letters[row["letter_id"]] |= {
                    "case_id": row["case_id"],
                    "content": row["content"],
                }

    def frames(self) -> tuple[pd.DataFrame, pd.DataFrame, Ledger]:
        """What ``propose`` is given."""
        before = pd.DataFrame(list(self.letters.values()), columns=LETTERS)
        self.follow()
        rows = [
            {"case_id": case_id, "category": "02", "incident_count": 3, "probability": 0.5,
             "severity": 1, "reasons": "近90天3次", **case} for case_id, case in self.cases.items()
        ]  # fmt: skip
        frame = pd.DataFrame(rows)
        letters = pd.DataFrame(list(self.letters.values()), columns=LETTERS)
        moments = {"drafted_at": MOMENT, "due_on": MOMENT}
        ledger = Ledger(
            letters.astype(moments),
            pd.DataFrame(self.transitions, columns=TRANSITIONS),
            pd.DataFrame(self.task_forces, columns=TASK_FORCES),
            moved=moved_between(before, letters),
        )
        case_columns = ["case_id", "kind", "county_code", "category", "last_at", "incident_count"]
        graded = ["case_id", "tier", "previous_tier", "tier_since", "probability", "severity",
                  "reasons"]  # fmt: skip
        return frame[case_columns], frame[graded], ledger

    def night(self, days: int = 1) -> list[dict[str, Any]]:
        """Some days later: what the night drafts, kept as the store would keep it."""
        self.now = self.last_night = (self.now + pd.Timedelta(days=days)).normalize()
        if not self.cases:
            return []
        frames = self.frames()
        unwarned = frozenset(self.unwarned)
        drafted = propose(*frames, self.settings, self.now, unwarned)
        for row in drafted.dated.to_dict("records"):
            self.letters[row["letter_id"]]["due_on"] = row["due_on"]
        self.task_forces = with_rows(self.task_forces, drafted.dated_forces)
        again = propose(*frames, self.settings, self.now, unwarned)
        pd.testing.assert_frame_equal(drafted.letters, again.letters)
        pd.testing.assert_frame_equal(drafted.transitions, again.transitions)
        for row in drafted.transitions.to_dict("records"):
            letter = self.letters[row["letter_id"]]
            assert letter["status"] == row["from_status"]
            transition(letter, row["to_status"], "", self.now)  # the ladder allows it
            letter |= {"status": row["to_status"], "version": letter["version"] + 1}
            self.transitions.append(row)
        new = drafted.letters.to_dict("records")
        for row in new:
            self._check_step(row)
            assert row["letter_id"] not in self.letters
            self.letters[row["letter_id"]] = row
        self.task_forces = with_rows(self.task_forces, drafted.ended)
        self.task_forces += drafted.task_forces.to_dict("records")
        running = [row["case_id"] for row in self.task_forces if row["status"] == "proposed"]
        assert len(set(running)) == len(running), "two plans wait for their start in one case"
        for case in self.cases.values():
            case["previous_tier"] = case["tier"]
        return new

    def _check_step(self, letter: dict[str, Any]) -> None:
        """The step before it was issued to each of its cases, unless a case may start here."""
        step = self.steps.index(letter["kind"])
        issued = {row["letter_id"] for row in self.transitions if row["to_status"] == "issued"}
        first = {"case_id": letter["case_id"], "tier": letter["content"]["tier"]}
        for case in (first, *letter["content"].get("others", ())):
            before = [
                self.steps.index(self.settings.present_names.get(other["kind"], other["kind"]))
                for other in self.letters.values()
                if case["case_id"] in cases_of(other)
                and other["status"] not in VOID
                and other["letter_id"] in issued
            ]
            if any(
                REDO in other["content"] and other["kind"] == letter["kind"]
                for other in self.letters.values()
                if case["case_id"] in cases_of(other)
            ):
                continue  # it takes the place of one that was checked
            start = self.settings.start.get(case["tier"], self.steps[0])
            assert step <= self.steps.index(start) or max(before, default=-1) >= step - 1, letter
            assert self.cases[case["case_id"]]["kind"] != "person" or step == 0

    def step(
        self,
        letter_id: str,
        to: str,
        officer: str = "李科长",
        reason: str = "经核查",
        *,
        redo: bool = False,
    ) -> None:
        """An officer's step, with the deadline it brings and the number of an approval."""
        letter = self.letters[letter_id]
        moved, row = transition(letter, to, officer, self.now, reason)
        objected = [
            other["at"] for other in self.transitions
            if other["letter_id"] == letter_id and other["to_status"] == "objected"
        ]  # fmt: skip
        was_objected = letter["status"] == "objected"
        was_refused = letter["status"] == "replied" and to == "received"
        moved["due_on"] = deadline_after(
            letter, to, self.now, self.settings, objected[-1] if was_objected else None
        )
        if to == "approved":
            year = self.now.year
            self.numbers[year] = self.numbers.get(year, 0) + 1
            moved["number"] = f"〔{year}〕{self.numbers[year]}号"
        if was_refused:
            moved = as_refused(moved, self.now, self.last_night)
        self.letters[letter_id] = to_redo(moved, self.last_night) if redo else moved
        self.transitions.append(row)

    def send(self, letter_id: str) -> None:
        """Approve, issue and receive."""
        for to in ("approved", "issued", "received"):
            self.step(letter_id, to)

    def open_kinds(self) -> list[tuple[str, str]]:
        """(case, kind) of every open letter."""
        return [
            (case_id, row["kind"])
            for row in self.letters.values()
            if row["status"] in OPEN
            for case_id in cases_of(row)
        ]

    def force(self, place: int, step: str, text: str = "经核查", level: str = "") -> None:
        """A step of a task force: its new status, a note, a verification or an extension."""
        force, rules = self.task_forces[place], self.settings
        if step == "note":
            moved = task_forces.note(force, "周主任", self.now, text)
        elif step == "verify":
            moved = task_forces.verify(force, level, f"{level}核查员", self.now, text, rules)
        elif step == "extend":
            moved = task_forces.extend(force, 5, "孙书记", self.now, text, rules)
        else:
            last = self.cases[force["case_id"]]["last_at"]
            moved = task_forces.move(force, step, "李书记", self.now, text, rules, last, last)
        self.task_forces[place] = moved


def with_rows(forces: list[dict[str, Any]], changed: pd.DataFrame) -> list[dict[str, Any]]:
    """Task forces, those that a night changed as they are then."""
    rows = {row["task_force_id"]: row for row in changed.to_dict("records")}
    return [rows.get(row["task_force_id"], row) for row in forces]


__all__ = ["RANK", "Office"]
