"""The ladder over many open cases: CPU of one night, and how often each step happens in a year.

Made-up tiers and made-up offices (seeded): most reply in time, some late, some object, some never
answer. No store and no documents: the rules and the ladder alone.

Run: python -m benchmarks.offices [--cases 60000] [--year-cases 600] [--nights 365]
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from warning.demo.city import AS_OF, make_city
from warning.escalation.ladder import STEPS, deadline_after, transition
from warning.escalation.rules import LETTERS, TASK_FORCES, TRANSITIONS, Ledger, propose
from warning.loading import load
from warning.matching.link import link
from warning.nightly import build_history, grade
from warning.scoring.model import load_model
from warning.settings import load_settings
from warning.store import Store

SETTINGS = load_settings().escalation
TIERS = np.array(["none", "blue", "yellow", "orange", "red"])
MOMENT = "datetime64[us]"


def cases(count: int, now: pd.Timestamp, random: np.random.Generator) -> dict[str, np.ndarray]:
    """Cases with their tier of tonight and of the night before."""
    tiers = random.choice(5, count, p=[0.55, 0.25, 0.12, 0.06, 0.02])
    return {
        "case_id": np.array([f"c-{place:06d}" for place in range(count)]),
        "county_code": random.choice(list(SETTINGS.counties), count),
        "tier": tiers, "previous": np.zeros(count, int),
        "since": np.full(count, now.to_datetime64().astype(MOMENT)),
        "last": np.full(count, now.to_datetime64().astype(MOMENT)),
    }  # fmt: skip


def frames(city: dict[str, np.ndarray]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What ``propose`` is given of the cases."""
    case = pd.DataFrame(
        {"case_id": city["case_id"], "kind": "matter", "county_code": city["county_code"],
         "category": "02", "last_at": city["last"], "incident_count": 3}
    )  # fmt: skip
    graded = pd.DataFrame(
        {"case_id": city["case_id"], "tier": TIERS[city["tier"]],
         "previous_tier": TIERS[city["previous"]], "tier_since": city["since"],
         "probability": 0.3, "severity": 1, "reasons": "近90天3次"}
    )  # fmt: skip
    return case, graded


def ledger(letters: list[dict[str, Any]], steps: list[dict[str, Any]], forces: Any) -> Ledger:
    """The ledger as frames."""
    frame = pd.DataFrame(letters, columns=LETTERS)
    return Ledger(
        frame.astype({"drafted_at": MOMENT, "due_on": MOMENT}),
        pd.DataFrame(steps, columns=TRANSITIONS),
        pd.DataFrame(forces, columns=TASK_FORCES),
    )


class Offices:
    """Officers of the city and counties, each letter with its own fate."""

    def __init__(self, random: np.random.Generator) -> None:
        self.random = random
        self.letters: dict[str, dict[str, Any]] = {}
        self.steps: list[dict[str, Any]] = []
        self.seen: Counter[str] = Counter()

    def step(self, letter_id: str, to: str, at: pd.Timestamp, objected: Any = None) -> None:
        """One step, counted."""
        letter = self.letters[letter_id]
        moved, row = transition(letter, to, "" if to == "overdue" else "某科长", at, "按程序")
        moved["due_on"] = deadline_after(letter, to, at, SETTINGS, objected)
        self.letters[letter_id] = moved
        self.steps.append(row)
        self.seen[f"{row['from_status']} → {to}"] += 1

    def day(self, at: pd.Timestamp) -> None:
        """What the offices do on one day at nine."""
        at = at + pd.Timedelta(hours=9)
        for letter_id in sorted(self.letters):
            letter = self.letters[letter_id]
            luck, status = self.random.random(), letter["status"]
            if status == "draft":
                for to in ("approved", "issued", "received") if luck > 0.05 else ("withdrawn",):
                    self.step(letter_id, to, at)
            elif status == "received" and luck < 0.2:
                self.step(letter_id, "objected" if luck < 0.02 else "replied", at)
            elif status == "objected" and luck < 0.3:
                to = "withdrawn" if luck < 0.1 else "received"
                self.step(letter_id, to, at, at - pd.Timedelta(days=3))
            elif status == "replied":
                self.step(letter_id, "accepted" if luck < 0.85 else "received", at)
            elif status == "overdue" and luck < 0.05:
                self.step(letter_id, "replied", at)


def year(count: int, nights: int, seed: int) -> None:
    """Print how often each step happened."""
    random = np.random.default_rng(seed)
    now = pd.Timestamp("2025-01-02")
    city, offices = cases(count, now, random), Offices(random)
    forces: list[Any] = []
    kinds: Counter[str] = Counter()
    start = time.process_time()
    for _ in range(nights):
        moment = now.to_datetime64().astype(MOMENT)
        drafted = propose(
            *frames(city), ledger([*offices.letters.values()], offices.steps, forces), SETTINGS, now
        )
        for row in drafted.transitions.to_dict("records"):
            letter = offices.letters[str(row["letter_id"])]
            letter |= {"status": row["to_status"], "version": letter["version"] + 1}
            offices.steps.append({str(name): value for name, value in row.items()})
            offices.seen[f"{row['from_status']} → {row['to_status']}"] += 1
        for row in drafted.letters.to_dict("records"):
            offices.letters[str(row["letter_id"])] = {str(k): v for k, v in row.items()}
            kinds[str(row["kind"])] += 1
        forces += drafted.task_forces.to_dict("records")
        offices.day(now)
        now += pd.Timedelta(days=1)
        city["previous"] = city["tier"].copy()
        moved = random.random(count) < 0.01
        change = np.where(moved, random.choice([-1, 1], count), 0)
        city["tier"] = np.clip(city["tier"] + change, 0, 4)
        city["since"] = np.where(city["tier"] != city["previous"], moment, city["since"])
        again = random.random(count) < 0.004 * city["tier"]
        city["last"] = np.where(again, moment, city["last"])
    seconds = time.process_time() - start
    print(f"{nights} nights, {count} cases, seed {seed}: {seconds:.1f} s of CPU")
    print("letters:", dict(kinds), "task forces:", len(forces))
    for name, times in sorted(offices.seen.items()):
        print(f"  {name}: {times}")
    named = {f"{a} → {b}" for a, after in STEPS.items() for b in after}
    print("never:", sorted(named - set(offices.seen)))


def one_night(count: int, seed: int) -> None:
    """Print the CPU seconds of a night over so many open cases, a third of them with letters."""
    random = np.random.default_rng(seed)
    now = pd.Timestamp("2025-06-02")
    city = cases(count, now - pd.Timedelta(days=20), random)
    city["tier"] = np.maximum(city["tier"], 1)
    city["previous"] = city["tier"].copy()
    rises = random.random(count) < 0.002
    city["tier"] = np.where(rises, np.minimum(city["tier"] + 1, 4), city["tier"])
    rows = [
        {"letter_id": f"d-{place:06d}", "case_id": case_id, "kind": "提示函", "number": None,
         "status": "accepted", "drafted_at": now - pd.Timedelta(days=10),
         "due_on": now - pd.Timedelta(days=3), "version": 6, "content": {"tier": "red"}}
        for place, case_id in enumerate(city["case_id"][: count // 3])
    ]  # fmt: skip
    steps = [{"letter_id": row["letter_id"], "from_status": a, "to_status": b, "officer": "某",
              "reason": "", "at": now - pd.Timedelta(days=5)} for row in rows
             for a, b in (("draft", "approved"), ("approved", "issued"), ("issued", "received"),
                          ("received", "replied"), ("replied", "accepted"))]  # fmt: skip
    given = (*frames(city), ledger(rows, steps, []))
    start = time.process_time()
    drafted = propose(*given, SETTINGS, now)
    seconds = time.process_time() - start
    print(f"{count} open cases, {len(rows)} letters before: {seconds:.2f} s of CPU, "
          f"{len(drafted.letters)} letters, {len(drafted.task_forces)} task forces")  # fmt: skip


def other_stages(records: int, seed: int) -> None:
    """Print the CPU seconds of linking and grading so many records of the demo city."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'w.db'}"
        load(url, make_city(records, seed).write(Path(folder)))
        with Store.open(url) as store:
            known, parties = store.known(AS_OF)
            before = store.last_warnings()
    start = time.process_time()
    links = link(known, parties, settings)
    linked = time.process_time()
    history = build_history(known, links, settings)
    warnings = grade(history, load_model(None), before, settings, AS_OF)
    graded = time.process_time()
    print(f"{len(known)} records, {len(links.cases)} cases ({len(warnings)} scored): "
          f"linking {linked - start:.1f} s, grading {graded - linked:.1f} s of CPU")  # fmt: skip


def main() -> None:
    """Both measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--year-cases", type=int, default=600)
    parser.add_argument("--nights", type=int, default=365)
    parser.add_argument("--records", type=int, default=0, help="beside the other stages of these")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    one_night(given.cases, given.seed)
    if given.records:
        other_stages(given.records, given.seed)
    year(given.year_cases, given.nights, given.seed)


if __name__ == "__main__":
    main()
