"""Histories from a self-exciting process of known parameters."""

import numpy as np
import pandas as pd

from warning.scoring.facts import FLAGS
from warning.scoring.history import History

START = pd.Timestamp("2022-01-01")


def hawkes_history(
    cases: int = 1500,
    days: int = 1095,
    half_life: float = 60.0,
    base: float = 0.0008,
    jump: float = 0.006,
    seed: int = 1,
    kind: str = "matter",
) -> History:
    """Cases whose daily chance of an incident is base·frailty + jump·(decayed count so far)."""
    random = np.random.default_rng(seed)
    frailty = random.gamma(2.0, 0.5, cases)
    excitement = np.zeros(cases)
    happened: list[tuple[np.ndarray, np.ndarray]] = []
    for day in range(days):
        hit = np.flatnonzero(random.random(cases) < base * frailty + jump * excitement)
        excitement *= 2 ** (-1 / half_life)
        excitement[hit] += 1
        happened.append((hit, day + random.random(len(hit))))
    case = np.concatenate([hit for hit, _ in happened])
    when = np.concatenate([moment for _, moment in happened])
    moments = START + pd.to_timedelta((when * 86_400).astype("int64"), unit="s")
    return history_of(case, moments, kind=kind, random=random)


def history_of(
    case: np.ndarray,
    moments: pd.DatetimeIndex | pd.Series,
    kind: str = "matter",
    random: np.random.Generator | None = None,
    **facts: object,
) -> History:
    """One incident and one record a row; with ``random`` some flags are set at random."""
    count = len(case)
    incident = [f"i-{number:06d}" for number in range(count)]
    records = pd.DataFrame(
        {
            "channel": "110",
            "record_id": incident,
            "reported_at": pd.Series(moments).astype("datetime64[us]").to_numpy(),
            "incident_id": incident,
            "severity": 0
            if random is None
            else random.choice(5, count, p=[0.5, 0.2, 0.15, 0.1, 0.05]),
        }
    )
    for name in FLAGS:
        records[name] = False
    if random is not None:
        for name, rate in (("weapon", 0.05), ("alcohol", 0.1), ("settled", 0.3)):
            records[name] = random.random(count) < rate
    for name, value in facts.items():
        records[name] = value
    labels = np.array([f"c-{number:06d}" for number in case], dtype=object)
    pairs = pd.DataFrame({"case_id": labels, "incident_id": incident, "probability": 1.0})
    listed = sorted(set(labels))
    table = pd.DataFrame(
        {"case_id": listed, "kind": kind, "county_code": "620723", "category": "02"}
    )
    return History(records, pairs, table)
