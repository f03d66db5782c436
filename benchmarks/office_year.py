"""A year of nights on the demo city, with offices that answer in time, late, object or never.

All through the product: files loaded into a store, ``run_nightly``, officers' steps as the console
takes them, task forces from start to verified close. Prints how often each step happened and the
CPU seconds of each stage; leaves the store, the ledger and a page of some cases to look at.

Run: python -m benchmarks.office_year --out DIR [--records 3000] [--every 3] [--seed 7]
"""

import argparse
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

from warning.demo.city import AS_OF, make_city
from warning.errors import RefusedError
from warning.escalation import task_forces
from warning.escalation.ladder import STEPS
from warning.escalation.lifecycle import case_states
from warning.loading import load
from warning.nightly import run_nightly
from warning.officers.ledger import ledger_workbook
from warning.officers.letters import take_step
from warning.officers.task_forces import (
    add_note,
    add_verification,
    change_status,
    extend_deadline,
)
from warning.settings import load_settings
from warning.store import Store

#: Share of letters whose recipient answers in time, late, objects or never answers.
FATES = {"in time": 0.55, "late": 0.2, "objects": 0.1, "never": 0.15}


class Offices:
    """Officers of the city and its counties; a letter's fate is drawn when it is received."""

    def __init__(self, store: Store, seed: int, config: Path | None) -> None:
        self.store, self.settings = store, load_settings(config)
        self.random = np.random.default_rng(seed)
        self.fates: dict[str, str] = {}
        self.objected: set[str] = set()
        self.refused: Counter[str] = Counter()

    def step(self, letter_id: str, to: str, officer: str, at: pd.Timestamp) -> None:
        """One step through the product."""
        try:
            take_step(self.store, self.settings, letter_id, to, officer, "按程序办理", at)
        except RefusedError as error:
            self._note(error)

    def _note(self, error: RefusedError) -> None:
        found = re.sub(r"\d+", "N", error.problems[0].found)
        self.refused[found] += 1

    def day(self, today: pd.Timestamp) -> None:
        """What the offices do at nine."""
        at = today + pd.Timedelta(hours=9)
        letters = self.store.table("letters").sort_values("letter_id")
        for letter_id, status, due in zip(
            letters["letter_id"], letters["status"], letters["due_on"], strict=True
        ):
            luck = self.random.random()
            if status == "draft":
                if luck < 0.03:
                    self.step(letter_id, "withdrawn", "张科长", at)
                    continue
                for to in ("approved", "issued", "received"):
                    self.step(letter_id, to, "李书记" if to == "approved" else "王干事", at)
                self.fates[letter_id] = str(self.random.choice(list(FATES), p=list(FATES.values())))
            elif status in ("received", "overdue"):
                self._answer(letter_id, status, due, today, at)
            elif status == "objected":
                if luck < 0.4:
                    self.step(letter_id, "withdrawn", "李书记", at)
                elif luck < 0.8:
                    self.step(letter_id, "received", "李书记", at)
            elif status == "replied":
                self.step(letter_id, "accepted" if luck < 0.85 else "received", "李书记", at)

    def forces(self, today: pd.Timestamp) -> None:
        """What task forces do at ten: start, note, extend, verify, close."""
        at, rules = today + pd.Timedelta(hours=10), self.settings.escalation.task_force
        forces = self.store.table("task_forces")
        for force in forces[forces["status"].isin(["proposed", "active"])].to_dict("records"):
            key, luck = str(force["task_force_id"]), self.random.random()
            written = task_forces.ledger_of(force)
            done = {str(entry.get("milestone", "")) for entry in written}
            todo = [step for step in force["content"]["milestones"] if step not in done]
            due = force["content"]["due_on"]
            try:
                if force["status"] == "proposed":
                    status = "active" if luck < 0.9 else "declined"
                    change_status(self.store, self.settings, key, status, "李书记", "按程序", at)
                elif todo and luck < 0.3:
                    add_note(self.store, key, "周主任", f"已完成{todo[0]}", todo[0], at)
                elif due and pd.Timestamp(due) < today and todo:
                    extend_deadline(self.store, self.settings, key, 10, "孙书记", "一方外出", at)
                elif not todo and luck < 0.1:
                    for level in rules.verification_levels:
                        add_verification(self.store, self.settings, key, level, f"{level}核查员",
                                         "双方已履行", at)  # fmt: skip
                    change_status(self.store, self.settings, key, "closed", "李书记", "", at)
            except RefusedError as error:
                self._note(error)

    def _answer(
        self, letter_id: str, status: str, due: pd.Timestamp, today: pd.Timestamp, at: pd.Timestamp
    ) -> None:
        fate, luck = self.fates.get(letter_id, "in time"), self.random.random()
        if fate == "objects" and letter_id not in self.objected:
            self.objected.add(letter_id)
            self.step(letter_id, "objected", "赵主任", at)
        elif (fate in ("in time", "objects") and (luck < 0.3 or due <= today)) or (
            fate == "late" and status == "overdue" and luck < 0.3
        ):
            self.step(letter_id, "replied", "赵主任", at)


def year(store: Store, offices: Offices, every: int, nights: int) -> dict[str, float]:
    """Nights and days; returns CPU seconds of nights and offices."""
    now = AS_OF - pd.Timedelta(days=every * nights)
    seconds: Counter[str] = Counter()
    for _ in range(nights + 1):
        before = time.process_time()
        run_nightly(store, offices.settings, now)
        seconds["nights"] += time.process_time() - before
        before = time.process_time()
        for day in range(every):
            offices.day(now + pd.Timedelta(days=day))
            offices.forces(now + pd.Timedelta(days=day))
        seconds["offices"] += time.process_time() - before
        now += pd.Timedelta(days=every)
        if now > AS_OF:
            break
    return dict(seconds)


def report(store: Store, offices: Offices) -> None:
    """How often each step happened."""
    letters, steps = store.table("letters"), store.table("transitions")
    print("nights:", len(store.runs()), "letters:", letters["kind"].value_counts().to_dict())
    happened = Counter(f"{a} → {b}" for a, b in zip(
        steps["from_status"], steps["to_status"], strict=True))  # fmt: skip
    for name, times in sorted(happened.items()):
        print(f"  {name}: {times}")
    named = {f"{a} → {b}" for a, after in STEPS.items() for b in after}
    print("never:", sorted(named - set(happened)))
    print("refused to the offices:", dict(offices.refused))
    print("reasons:", letters["reason"].value_counts().head(15).to_dict())
    numbers = letters["number"].dropna().str.extract(r"〔(\d+)〕(\d+)号").astype(int)
    for number_year, found in numbers.groupby(0)[1]:
        gapless = sorted(found) == list(range(1, len(found) + 1))
        print(f"numbers of {number_year}: {len(found)}, gapless: {gapless}")
    forces = store.table("task_forces")
    print("task forces:", forces["status"].value_counts().to_dict())
    print("  reasons:", forces["reason"].value_counts().head(8).to_dict())
    written = Counter(e["kind"] for c in forces["content"] for e in c.get("ledger", ()))
    print("  entries:", dict(written))

    print_states(store, offices)


def print_states(store: Store, offices: Offices) -> None:
    """How often cases were closed and came back, and what the last night's cases are."""
    members = store.table("case_incidents").merge(store.table("incidents"), on="incident_id")
    states = case_states(
        members[["case_id", "reported_at"]].rename(columns={"reported_at": "at"}),
        store.table("letters"), store.table("transitions"), store.table("task_forces"),
        offices.settings.escalation.closing_quiet_days, AS_OF,
    )  # fmt: skip
    counts = states[states["reason"] != "首次事件"].groupby("state").size().to_dict()
    print("closings and reopenings by rule:", counts)
    print("cases after the last night:", store.table("cases")["status"].value_counts().to_dict())


def main() -> None:
    """Make the city, run the year, print and leave the pages."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--every", type=int, default=7, help="days between nights")
    parser.add_argument("--nights", type=int, default=52)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--config", type=Path, help="a configuration; the packaged one if none")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    paths = make_city(given.records, given.seed).write(given.out)
    url = f"sqlite:///{given.out / 'warning.db'}"
    load(url, paths)
    with Store.open(url) as store:
        offices = Offices(store, given.seed, given.config)
        seconds = year(store, offices, given.every, given.nights)
        print({name: round(value, 1) for name, value in seconds.items()}, "CPU seconds")
        report(store, offices)
        (given.out / "ledger.xlsx").write_bytes(ledger_workbook(store, offices.settings))


if __name__ == "__main__":
    main()
