"""Real repeat events: the default model beside the rules people use now and the decayed count.

    python benchmarks/risk.py [--data DIR] [--horizon 90 30]

Places are cases, events are incidents. Monthly as-of dates, the last 12 tested, training labels
end before the first of them. Prints AUC, AP, ECE and the precision at the rules' own volume.
"""

import argparse
import time
from pathlib import Path

import pandas as pd

from warning.scoring import History, backtest
from warning.scoring.facts import FLAGS
from warning.settings.scoring import ScoringSettings

SETS = ("cville", "chi_sanitation")


def read_history(path: Path) -> tuple[History, pd.Timestamp]:
    """Events of one file as a history of place cases, and the moment after the last one."""
    events = pd.read_csv(path, dtype={"event_id": "str", "entity": "str"})
    if "dup" in events:
        events = events[events["dup"] != 1]
    events["reported_at"] = pd.to_datetime(events["t"], errors="coerce").astype("datetime64[us]")
    events = events.dropna(subset=["reported_at", "entity"]).drop_duplicates("event_id")
    records = pd.DataFrame(
        {
            "channel": "110",
            "record_id": events["event_id"],
            "reported_at": events["reported_at"],
            "incident_id": events["event_id"],
            "severity": events["severe"].fillna(0).astype("int64") * 3,
        }
    )
    records[list(FLAGS)] = False
    pairs = pd.DataFrame({"case_id": events["entity"], "incident_id": events["event_id"]})
    cases = pd.DataFrame({"case_id": pairs["case_id"].unique(), "kind": "place"})
    return History(records, pairs, cases), records["reported_at"].max().normalize()


def main() -> None:
    """Print one table a data set and horizon."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "events"
    )
    parser.add_argument("--horizon", type=int, nargs="+", default=[90, 30])
    options = parser.parse_args()
    pd.set_option("display.width", 160)
    for name in SETS:
        path = options.data / f"{name}.csv.gz"
        if not path.exists():
            print(f"{path}: not there, skipped")
            continue
        history, end = read_history(path)
        for horizon in options.horizon:
            begin = time.perf_counter()
            found = backtest(history, ScoringSettings(horizon_days=horizon), end)
            print(f"\n{name}, {horizon} days, half-lives {found.half_lives} days, "
                  f"{time.perf_counter() - begin:.1f} s")  # fmt: skip
            print(found.summary.round(4).to_string(index=False))


if __name__ == "__main__":
    main()
