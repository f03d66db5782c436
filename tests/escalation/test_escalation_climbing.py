"""Whatever nights, answers and withdrawals come: nothing is drafted twice, and silence climbs."""

import random
from collections import Counter, defaultdict
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

import warning
from tests.escalation.office import SETTINGS, Office
from warning.escalation.past import OPEN, REDONE, VOID
from warning.officers.letters import take_step
from warning.settings import load_settings
from warning.store import Store, tables
from warning.tabular import rows_of

TIERS = ("yellow", "orange", "red")
TOP = len(SETTINGS.letters) - 1
#: A step → the states from which somebody tries it, and where it leads.
STEPS = {
    "send": (("draft",), "received"), "reply": (("received", "overdue"), "replied"),
    "accept": (("replied",), "accepted"), "refuse": (("replied",), "received"),
    "object": (("received", "overdue"), "objected"), "dismiss": (("objected",), "received"),
    "withdraw": (("draft", "received", "overdue"), "withdrawn"),
    "redo": (("draft", "received", "overdue"), "withdrawn"),
}  # fmt: skip
EVENTS = (*STEPS, "send", "send", "reply", "accept", "incident", "rise", "calm", "merge")


class Histories:
    """Cases that live side by side, each by chance, and what is told of each night by night."""

    def __init__(self, seed: int, count: int) -> None:
        self.chance = random.Random(seed)
        self.office = Office()
        self.told: dict[str, list[str]] = defaultdict(list)
        self.causes: dict[str, list[pd.Timestamp]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        for number in range(count):
            self.office.case(f"c-{number:03}", self.chance.choice(TIERS))
        self.night(1)

    def step_of(self, letter: dict[str, Any]) -> int:
        """The place of its kind in the ladder."""
        return self.office.steps.index(letter["kind"])

    def standing(self) -> dict[str, list[dict[str, Any]]]:
        """Case → its letters that were not called back or replaced, the oldest first."""
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self.office.letters.values():
            if row["status"] not in VOID:
                found[row["case_id"]].append(row)
        return found

    def happens(self, case_id: str, event: str) -> None:
        """What chance brings to a case; a step that none of its letters can take is none."""
        self.told[case_id].append(event)
        case = self.office.cases[case_id]
        if event in STEPS:
            self.step(case_id, event)
            return
        other = self.chance.choice(sorted(self.office.cases))
        if event == "incident":
            self.office.incident(case_id)
            self.causes[case_id].append(self.office.now)
        elif event == "rise" and case["tier"] != TIERS[-1]:
            ranks = ("none", *TIERS)
            self.office.case(case_id, ranks[ranks.index(case["tier"]) + 1])
            self.causes[case_id].append(self.office.now)
        elif event == "calm":
            self.office.case(case_id, "none")
        elif event == "merge" and case_id < other:
            self.office.merge(other, case_id)
            self.causes[case_id] += self.causes[other]
            self.asked[case_id] += self.asked[other]
            self.told[case_id].append(f"{other}: {self.told[other]}")

    def step(self, case_id: str, event: str) -> None:
        """A step with one of the case's letters that can take it."""
        states, to = STEPS[event]
        found = [row for row in self.standing()[case_id] if row["status"] in states]
        if not found:
            return
        letter = self.chance.choice(found)
        if event == "send":
            self.office.send(letter["letter_id"])
        else:
            self.office.step(letter["letter_id"], to, redo=event == "redo")
        self.asked[case_id] += event == "redo"

    def night(self, days: int) -> None:
        """At most one letter a case, for a reason that none of its letters has answered."""
        before = self.standing()
        drafted = self.office.night(days)
        assert len({row["case_id"] for row in drafted}) == len(drafted)
        for row in drafted:
            case_id = row["case_id"]
            self.told[case_id].append(f"night {days}: {row['kind']} {row['reason']}")
            if row["reason"].endswith(REDONE):
                self.asked[case_id] -= 1
                assert self.asked[case_id] >= 0, self.told[case_id]
            elif "连续" not in row["reason"]:
                assert self.is_new(row, before[case_id]), (case_id, self.told[case_id])

    def is_new(self, letter: dict[str, Any], before: list[dict[str, Any]]) -> bool:
        """Whether of each letter as high as this one something came since, or a lower one failed."""
        return all(
            any(at >= had["drafted_at"] for at in self.causes[letter["case_id"]])
            or any(
                self.step_of(lower) < self.step_of(letter)
                and lower["drafted_at"] > had["drafted_at"]
                for lower in before
            )
            for had in before
            if self.step_of(had) >= self.step_of(letter)
        )

    def fall_silent(self) -> None:
        """It happens again everywhere, every draft is sent, and nobody answers any more."""
        for case_id in self.office.cases:
            self.happens(case_id, "incident")
        for _ in range(2 * TOP + 2):
            for row in self.office.letters.values():
                if row["status"] in ("objected", "replied"):
                    self.office.step(row["letter_id"], "received")
            for row in list(self.office.letters.values()):
                if row["status"] == "draft":
                    self.office.send(row["letter_id"])
            self.night(12)


def test_no_letter_comes_twice_and_a_silent_case_climbs_to_the_top(seed=5, count=60, days=12):
    """Unless all its letters were called back, which was the office's decision.

    A case without a tier climbs only from a letter that is not answered.
    """
    histories = Histories(seed, count)
    for _ in range(days):
        for case_id in sorted(histories.office.cases):
            if case_id in histories.office.cases:
                for _ in range(histories.chance.choice([0, 1, 1, 2])):
                    histories.happens(case_id, histories.chance.choice(EVENTS))
        histories.night(histories.chance.choice([1, 1, 3, 12]))
    begun = {
        case_id
        for case_id, letters in histories.standing().items()
        if histories.office.cases[case_id]["tier"] != "none"
        or max(letters, key=histories.step_of)["status"] in OPEN
    }
    histories.fall_silent()
    for case_id, letters in histories.standing().items():
        highest = max(map(histories.step_of, letters))
        assert case_id not in begun or highest == TOP, (case_id, histories.told[case_id])


def test_a_letter_below_an_open_one_threatens_nothing_and_is_not_replaced_by_it():
    """It happened after the reply to the higher one, which was drafted before and tells nothing of it."""
    office = Office(settings=SETTINGS.model_copy(update={"start": {"red": "督办函"}}))
    office.case("c-1", "red")
    (first,) = office.night()
    office.send(first["letter_id"])
    (higher,) = office.night(20)
    assert higher["content"]["next_step"] == "通报函"
    office.send(higher["letter_id"])
    office.step(higher["letter_id"], "replied")
    office.now += pd.Timedelta(hours=1)
    office.incident("c-1")
    (letter,) = office.night()
    assert (letter["kind"], letter["content"]["next_step"]) == ("督办函", "")
    office.send(letter["letter_id"])
    for _ in range(2):
        assert office.night(20) == []
        assert office.letters[letter["letter_id"]]["status"] == "overdue"


@pytest.mark.parametrize("ahead", [9, 7 * 24], ids=["the night ran late", "the clock is ahead"])
def test_a_refusal_calls_for_one_letter_whatever_clock_it_went_by(ahead):
    """Withdrawn, what it called for does not come again; the next refusal calls for another."""
    office = Office()
    office.case("c-1", "yellow")
    (letter,) = office.night()
    office.send(letter["letter_id"])

    def refused() -> list[tuple[str, str]]:
        """The reply is not accepted, on a clock that is ahead of the next nights; what these draft."""
        begun, office.now = office.now, office.now + pd.Timedelta(hours=24 + ahead)
        office.step(letter["letter_id"], "replied")
        office.step(letter["letter_id"], "received")
        office.now = begun
        drafted = []
        for _ in range(3):
            for row in office.night():
                drafted.append((row["kind"], row["reason"]))
                office.step(row["letter_id"], "withdrawn")
        return drafted

    once = [(SETTINGS.letters[1].name, f"{letter['kind']}复函未获认可")]
    assert refused() == once
    assert refused() == once


def test_a_refused_reply_climbs_a_year_after_its_case_was_quiet(tmp_path):
    """Through the product, a year after the last incident; it can be signed."""
    records = pd.DataFrame(
        {"record_id": ["a", "b", "c"], "channel": "110", "category": "邻里纠纷",
         "reported_at": [f"2023-03-0{day} 10:00" for day in (1, 5, 9)], "county_code": "620702",
         "address": "甘州区大满镇大满村三社4号", "narrative": "双方因宅基地争吵"}
    )  # fmt: skip
    parties = [
        {"record_id": key, "channel": "110", "party_no": place, "name": name, "role": "当事人"}
        for key in records["record_id"]
        for place, name in enumerate(("周启明", "赵守成"), 1)
    ]
    url, settings = f"sqlite:///{tmp_path / 'w.db'}", load_settings()
    warning.load(url, records, pd.DataFrame(parties))
    with Store.open(url) as store:
        first = warning.run_nightly(store, settings, "2023-03-10")
        kinds = store.table("cases").set_index("case_id")["kind"]
        (letter,) = (row for row in rows_of(first.letters) if kinds[row["case_id"]] == "matter")

        def step(letter_id: str, to: str, at: str) -> None:
            take_step(store, settings, letter_id, to, "李科长", "经核查", pd.Timestamp(at))

        for to in ("approved", "issued", "received", "replied"):
            step(letter["letter_id"], to, "2023-03-10 09:00")
        step(letter["letter_id"], "received", "2023-03-10 09:30")
        with store.writing() as connection:  # as nights would leave it that step down
            connection.execute(update(tables.warnings).values(tier="none"))
        (higher,) = rows_of(warning.run_nightly(store, settings, "2024-05-21").letters)
        assert (higher["case_id"], higher["kind"]) == (letter["case_id"], "交办函")
        step(higher["letter_id"], "approved", "2024-05-21 09:00")
