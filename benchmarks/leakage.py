"""What looking ahead would pretend: figures of a split and of dates that no city has.

    PYTHONPATH=. python benchmarks/leakage.py [--data DIR] [--records 20000] [--seed 1]

1. Random split: rows of all dates are thrown together and a random fifth is tested, so that the
   same case stands on both sides at neighbouring dates; beside the honest split by time.
2. Occurred dates: features by when an event happened, labels by when it was reported, as a table
   joined on the event's own date gives them: an event that is not reported yet is seen by the
   features and is the label, too. On cville with made-up delays (half of the events are reported
   30 days later on average) and on the made-up city, where few reports are late.
"""

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from oracle import true_history
from risk import SETS, read_history
from scipy.special import expit

from warning.demo.city import AS_OF, make_city
from warning.scoring.backtest import backtest
from warning.scoring.evaluation import metrics
from warning.scoring.history import History
from warning.scoring.learning import fit_logistic
from warning.scoring.training import Sample, additive, fit_windows, log_odds_of
from warning.scoring.values import Reading
from warning.scoring.windows import TARGETS, Window, past_windows
from warning.settings.scoring import ScoringSettings


def honest(history: History, end: pd.Timestamp, settings: ScoringSettings) -> dict[str, float]:
    """The backtest's figures of the default model."""
    found = backtest(history, settings, end, models=("default",))
    return found.summary.set_index("model").loc["default"].to_dict()


def random_split(
    history: History, end: pd.Timestamp, settings: ScoringSettings, seed: int = 0
) -> dict[str, float]:
    """Figures on a random fifth of the rows of all dates; cases are known by their own rate.

    Next to the model's log-odds the trap has what such splits let in: how often the same case
    recurred at the other dates of the training part.
    """
    windows = past_windows(history, settings, end, 24)
    model = additive(Sample(tuple(windows), settings, "recurrence", Reading()))
    random = np.random.default_rng(seed)
    odds = np.concatenate([model.log_odds(w.shown(model.features, model.reading)) for w in windows])
    case = np.concatenate([w.cohort for w in windows])
    recurs = np.concatenate([w.recurs for w in windows])
    tested = random.random(len(case)) < 0.2
    rest = ~tested
    size = int(case.max()) + 1
    hits = np.bincount(case[rest], weights=recurs[rest], minlength=size)
    count = np.bincount(case[rest], minlength=size)
    # In training each row's own outcome is left out of its case's rate.
    own_hits = hits[case] - np.where(rest, recurs, 0)
    own_count = count[case] - np.where(rest, 1, 0)
    rate = (own_hits + recurs.mean()) / (own_count + 1)
    matrix = np.column_stack([odds, np.log(rate / (1 - rate + 1e-9) + 1e-9)])
    means, weights, base = fit_logistic(matrix[rest], recurs[rest], [False, False], 1.0)
    return metrics(recurs[tested], expit(base + (matrix[tested] - means) @ weights))


def by_occurrence(
    told: History, happened: History, end: pd.Timestamp, settings: ScoringSettings
) -> dict[str, float]:
    """Figures of the trap: features of what had happened, labels of what was reported after."""

    def at(moment: pd.Timestamp) -> Window:
        window = Window.at(happened, moment, settings)
        wait = {
            target: told.timeline.wait(moment, settings.horizon_days, target)[window.cohort]
            for target in TARGETS
        }
        return replace(window, wait=wait)

    tests = past_windows(told, settings, end, 12, at)
    training = past_windows(told, settings, tests[0].moment, settings.training.windows, at)
    model, _ = fit_windows(training, settings, "default", "recurrence")
    recurs = np.concatenate([window.recurs for window in tests])
    return metrics(recurs, expit(log_odds_of(model, tests)))


def told_late(history: History, share: float = 0.5, mean_days: float = 30.0) -> History:
    """The same events, a share of them reported late."""
    random = np.random.default_rng(0)
    count = len(history.records)
    days = random.exponential(mean_days, count) * (random.random(count) < share)
    moments = history.records["reported_at"] + pd.to_timedelta(days, unit="D").astype("m8[us]")
    records = history.records.assign(reported_at=moments.astype("datetime64[us]"))
    return History(records, history.case_incidents, history.cases)


def main() -> None:
    """Print the honest figures beside the inflated ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=Path(__file__).parents[2] / "shared" / "data" / "events"
    )
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for name in SETS:
        history, end = read_history(options.data / f"{name}.csv.gz")
        settings = ScoringSettings(horizon_days=90)
        by_time, by_chance = honest(history, end, settings), random_split(history, end, settings)
        print(f"{name}, 90 days: AP by time {by_time['ap']:.3f}, "
              f"by a random split {by_chance['ap']:.3f}")  # fmt: skip
    history, end = read_history(options.data / "cville.csv.gz")
    told = told_late(history)
    settings = ScoringSettings(horizon_days=30)
    reported, occurred = honest(told, end, settings), by_occurrence(told, history, end, settings)
    print(f"cville, 30 days, half of the reports late: by reports AP {reported['ap']:.3f}, "
          f"by occurrence AP {occurred['ap']:.3f}")  # fmt: skip
    city = make_city(options.records, options.seed)
    history = true_history(city)
    first = city.truth_events.set_index("incident_id")["occurred_at"]
    happened = history.records["incident_id"].map(first)
    early = History(
        history.records.assign(reported_at=happened.astype("datetime64[us]")),
        history.case_incidents, history.cases,
    )  # fmt: skip
    late = (history.records["reported_at"] - happened).dt.days >= 1
    settings = ScoringSettings()
    reported = honest(history, AS_OF, settings)
    occurred = by_occurrence(history, early, AS_OF, settings)
    print(f"demo city, 30 days, {late.mean():.1%} of records a day late or more: by reports AP "
          f"{reported['ap']:.3f}, base rate {reported['base_rate']:.4f}; by occurrence AP "
          f"{occurred['ap']:.3f}, base rate {occurred['base_rate']:.4f}")  # fmt: skip


if __name__ == "__main__":
    main()
