"""Real repeat events: every model beside the rules people use now and the decayed count.

    PYTHONPATH=. python benchmarks/risk.py [--data DIR] [--horizon 90 30] [--models default boosted]

Places are cases, events are incidents, an event's type is its category. Monthly as-of dates, the
last 12 tested, training labels end before the first of them. Prints AUC, AP, ECE and the
precision at the rules' own volume, then the same for worsening (a severe event next), then
whether each line of the target is met.
"""

import argparse
import time
from pathlib import Path

import pandas as pd

from warning.scoring.backtest import Backtest, backtest
from warning.scoring.facts import FLAGS
from warning.scoring.history import History
from warning.settings.scoring import ScoringSettings

SETS = ("cville", "chi_sanitation")
#: Best listed AP (shared/data/README.md) by set and horizon.
BEST = {("cville", 90): 0.757, ("cville", 30): 0.586,
        ("chi_sanitation", 90): 0.169, ("chi_sanitation", 30): 0.125}  # fmt: skip


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
            "category_code": events["type"],
            "severity": events["severe"].fillna(0).astype("int64") * 3,
        }
    )
    records[list(FLAGS)] = False
    pairs = pd.DataFrame({"case_id": events["entity"], "incident_id": events["event_id"]})
    cases = pd.DataFrame({"case_id": pairs["case_id"].unique(), "kind": "place"})
    return History(records, pairs, cases), records["reported_at"].max().normalize()


def row_of(found: Backtest, model: str) -> pd.Series:
    """One model's figures."""
    return found.summary.set_index("model").loc[model]


def verdicts(name: str, horizon: int, found: Backtest, worse: Backtest) -> list[str]:
    """Each line of the target with the figure reached."""
    default, rule = row_of(found, "default"), row_of(found, "rule_3_in_90")
    gain = 100 * (default["precision_at_rule_3_in_90"] - rule["precision_at_rule_3_in_90"])
    more = row_of(worse, "default")["ap"] - row_of(worse, "decayed_count")["ap"]
    least = BEST[name, horizon] - 0.005
    return [
        f"AP {default['ap']:.4f} ≥ {least:.3f}: {default['ap'] >= least}",
        f"ECE {default['ece']:.4f} ≤ 0.012: {default['ece'] <= 0.012}",
        f"precision at the rule's volume {gain:+.1f} points ≥ +5: {gain >= 5}",
        f"worsening AP {more:+.4f} ≥ +0.03: {more >= 0.03}",
    ]


def main() -> None:
    """Print one table a data set, horizon and target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "events"
    )
    parser.add_argument("--horizon", type=int, nargs="+", default=[90, 30])
    parser.add_argument(
        "--models", nargs="+",
        default=["rule_3_in_90", "rule_3_in_365", "gamma_poisson", "decayed_count", "default"],
    )  # fmt: skip
    options = parser.parse_args()
    pd.set_option("display.width", 180)
    for name in SETS:
        path = options.data / f"{name}.csv.gz"
        if not path.exists():
            print(f"{path}: not there, skipped")
            continue
        history, end = read_history(path)
        for horizon in options.horizon:
            begin = time.process_time()
            settings = ScoringSettings(horizon_days=horizon)
            found = backtest(history, settings, end, models=options.models)
            worse = backtest(
                history, settings, end, models=("decayed_count", "default"), target="worsening"
            )
            print(f"\n{name}, {horizon} days, half-lives {found.half_lives} days, "
                  f"{time.process_time() - begin:.1f} CPU s")  # fmt: skip
            print(found.summary.round(4).to_string(index=False))
            print("worsening\n", worse.summary.iloc[:, :5].round(4).to_string(index=False))
            print("\n".join(verdicts(name, horizon, found, worse)))


if __name__ == "__main__":
    main()
