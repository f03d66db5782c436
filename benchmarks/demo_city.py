"""Seconds and memory of making the demo city, and what is in it.

PYTHONPATH=. python benchmarks/demo_city.py [--records 100000] [--seed 7] [--oracle]

``--oracle`` adds what the generator's own hazard ranks: the most that any model can know.
"""

import argparse
import resource
import tempfile
import time
from pathlib import Path

import pandas as pd
from sklearn.metrics import average_precision_score, roc_auc_score

from warning.demo.city import AS_OF, City, make_city
from warning.demo.quarrels import hazard


def oracle(city: City, days: int) -> dict[str, float]:
    """The hazard against what happened, at twelve dates of the last year, cases of 365 days."""
    parts = []
    events = city.truth_events
    for step in range(12):
        as_of = AS_OF - pd.Timedelta(days=days + 28 * step)
        known = hazard(city, as_of, days)
        known = known[known["last_at"] > as_of - pd.Timedelta(days=365)]
        window = events["occurred_at"].between(as_of, as_of + pd.Timedelta(days=days), "right")
        again = known["matter_id"].isin(events.loc[window, "matter_id"])
        parts.append(pd.DataFrame({"again": again, "probability": known["probability"]}))
    frame = pd.concat(parts)
    grade = pd.qcut(frame["probability"], 10, labels=False)
    means = frame.groupby(grade)[["again", "probability"]].mean()
    return {
        "rows": len(frame),
        "base rate": frame["again"].mean(),
        "AUC": roc_auc_score(frame["again"], frame["probability"]),
        "AP": average_precision_score(frame["again"], frame["probability"]),
        "ECE": float((means["again"] - means["probability"]).abs().mean()),
    }


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--oracle", action="store_true")
    options = parser.parse_args()
    clock, processor = time.perf_counter(), time.process_time()
    city = make_city(options.records, options.seed)
    made = time.process_time() - processor
    with tempfile.TemporaryDirectory() as directory:
        city.write(Path(directory))
        size = sum(path.stat().st_size for path in Path(directory).rglob("*.*"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"made {made:.1f} CPU s, with files {time.process_time() - processor:.1f} CPU s, "
          f"{time.perf_counter() - clock:.1f} s, peak {peak:.0f} MiB, {size / 1e6:.0f} MB")  # fmt: skip
    print(city.expected)
    for name in ("people", "organisations", "quarrels", "events", "parties", "mentions"):
        print(f"{name}: {len(getattr(city, f'truth_{name}'))}")
    parties = city.truth_parties
    print(f"masked: {parties['is_masked'].mean():.3f}, minority: {parties['is_minority'].mean():.3f}, "
          f"mentions told only in the text: {city.truth_mentions['only_told'].mean():.3f}")  # fmt: skip
    if options.oracle:
        for days in (30, 90):
            print(days, {name: round(float(v), 4) for name, v in oracle(city, days).items()})


if __name__ == "__main__":
    main()
