"""What scoring costs: a night of 60,000 open cases, and a backtest's growth with its dates.

    PYTHONPATH=. python benchmarks/scoring_cost.py [--cases 60000]
    PYTHONPATH=. python benchmarks/scoring_cost.py --backtest 790000

Both simulate the history: cases with one to several incidents, over two years and over six, each
incident in one case; links are today's at all dates. All seconds are the processor's; what part of
a whole night scoring is, ``night_parts.py`` tells.
"""

import argparse
import resource
import time

import numpy as np
import pandas as pd

from warning.scoring.backtest import backtest
from warning.scoring.drift import drift
from warning.scoring.facts import FLAGS
from warning.scoring.history import History
from warning.scoring.probability import score
from warning.scoring.tiers import assign_tiers, case_facts
from warning.scoring.training import train
from warning.settings import load_settings

AS_OF = pd.Timestamp("2025-01-01")


def made_up(started: int, days: int = 730, seed: int = 1) -> History:
    """So many cases that started within so many days before ``AS_OF``."""
    random = np.random.default_rng(seed)
    count = random.geometric(0.6, started)
    case = np.repeat(np.arange(len(count)), count)
    start = np.repeat(random.uniform(0, days, len(count)), count)
    rank = np.arange(len(case)) - np.repeat(np.cumsum(count) - count, count)
    day = start + rank * random.exponential(60, len(case))
    keep = day < days
    case, day = case[keep], day[keep]
    incident = [f"i-{number}" for number in range(len(case))]
    moments = AS_OF - pd.to_timedelta(days - day, unit="D")
    records = pd.DataFrame(
        {
            "channel": random.choice(["110", "12345", "网格"], len(case)),
            "record_id": incident,
            "incident_id": incident,
            "reported_at": pd.Series(moments).astype("datetime64[us]").to_numpy(),
            "category_code": random.choice(["02", "01", "0101", "08"], len(case)),
            "severity": random.choice(5, len(case), p=[0.6, 0.2, 0.1, 0.07, 0.03]),
        }
    )
    for name in FLAGS:
        records[name] = random.random(len(case)) < 0.05
    ids = np.array([f"c-{number}" for number in range(len(count))], dtype=object)
    pairs = pd.DataFrame({"case_id": ids[case], "incident_id": incident, "probability": 1.0})
    kinds = random.choice(["matter", "place", "person"], len(count))
    table = pd.DataFrame({"case_id": ids, "kind": kinds, "county_code": "620702", "category": "02"})
    return History(records, pairs, table)


def growth(incidents: int) -> None:
    """Backtests of 6, 12 and 24 dates on six years of simulated history."""
    history = made_up(int(incidents / 1.614), days=6 * 365)
    settings = load_settings()
    _ = history.timeline
    dates, seconds = (24, 12, 6), []
    for count in dates:
        begin = time.process_time()
        found = backtest(history, settings, AS_OF, count)
        seconds.append(time.process_time() - begin)
        cases = int(np.mean([len(window.cohort) for window in found.windows]))
        print(f"backtest of {len(found.windows)} dates, {len(history.records)} incidents, "
              f"{cases} open cases a date: {seconds[-1]:.1f} CPU s, "
              f"peak {peak_mb():.0f} MiB", flush=True)  # fmt: skip
        del found
    each, fixed = np.polyfit(dates, seconds, 1)
    off = np.abs(np.polyval((each, fixed), dates) - seconds).max()
    print(f"{fixed:.1f} + {each:.2f} a date; farthest from the line {off:.1f} s")


def peak_mb() -> float:
    """Most resident memory of this process, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print CPU seconds of each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=60_000)
    parser.add_argument("--backtest", type=int, metavar="INCIDENTS")
    options = parser.parse_args()
    if options.backtest:
        growth(options.backtest)
        return
    settings = load_settings()
    history = made_up(int(options.cases * 1.7))

    def timed(name: str, call: object) -> object:
        begin = time.process_time()
        result = call()
        print(f"{name}: {time.process_time() - begin:.2f} CPU s")
        return result

    timed("arrays from frames", lambda: history.timeline)
    model = timed("training with worsening", lambda: train(history, settings, AS_OF))
    scores = timed(
        "features, recalibration, scores", lambda: score(history, model, settings, AS_OF)
    )
    facts = timed("facts for rules", lambda: case_facts(history, settings, AS_OF))
    timed("tiers", lambda: assign_tiers(scores, facts, None, settings.tiers, AS_OF))
    timed("drift", lambda: drift(history, model, settings, AS_OF))
    print(f"{len(scores)} cases scored of {len(history.records)} incidents")
    for dates in (6, 12):
        timed(f"backtest of {dates} dates", lambda d=dates: backtest(history, settings, AS_OF, d))


if __name__ == "__main__":
    main()
