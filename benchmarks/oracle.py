"""How near the model comes to what can be known: the made-up city's own hazard.

    PYTHONPATH=. python benchmarks/oracle.py [--records 60000] [--seeds 1 2 3] [--dates 6]

For each seed a demo city is made and read; incidents and matters are the truth's, so that scoring
is measured by itself. The default model and its rivals are backtested on the last dates; the
oracle forecasts the same cases at the same dates from the generator's hazard, which knows each
quarrel's hidden frailty. Prints AP and ECE of both and the share of the oracle's AP reached, and the
same of the model that the package carries, its base following the windows before as in a night:
what a new city meets before it has trained. That one was fitted on cities 1 to 4: take other seeds.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.demo.city import AS_OF, City, make_city
from warning.demo.quarrels import hazard
from warning.matching.vocabulary import with_codes
from warning.reading import read_records
from warning.records import RECORD
from warning.scoring.backtest import Backtest, backtest
from warning.scoring.evaluation import metrics
from warning.scoring.facts import record_facts
from warning.scoring.history import History
from warning.scoring.model import load_model
from warning.scoring.probability import recalibrated, recent_windows
from warning.scoring.windows import window_maker
from warning.settings import load_settings


def true_history(city: City) -> History:
    """The city's records with the truth's incidents and matters."""
    settings = load_settings()
    with tempfile.TemporaryDirectory() as directory:
        tables = read_records(city.write(Path(directory)), settings.channels, clock=AS_OF)
    records = tables.records.drop_duplicates(RECORD, keep="last").reset_index(drop=True)
    coded, _ = with_codes(records, tables.parties, settings)
    facts = record_facts(coded, settings)
    joined = facts.merge(coded[[*RECORD, "reported_at", "category_code"]], on=RECORD)
    joined = joined.merge(city.truth_incidents, on=RECORD)
    matters = city.truth_matters.rename(columns={"matter_id": "case_id"})
    cases = pd.DataFrame({"case_id": matters["case_id"].unique(), "kind": "matter"})
    return History(joined, matters, cases)


def oracle(city: City, found: Backtest) -> dict[str, float]:
    """AP, AUC and ECE of the hazard on the backtest's own rows."""
    labels, chances = [], []
    for window in found.windows:
        known = hazard(city, window.moment, found.models["default"].horizon_days)
        chance = known.set_index("matter_id")["probability"]
        ids = window.timeline.case_ids[window.cohort]
        chances.append(chance.reindex(ids).fillna(0).to_numpy(np.float64))
        labels.append(window.recurs)
    return metrics(np.concatenate(labels), np.concatenate(chances))


def packaged(history: History, found: Backtest) -> dict[str, float]:
    """AP, AUC and ECE of the packaged model on the backtest's own rows."""
    model, scoring = load_model(None), load_settings().scoring
    window_at = window_maker(history, scoring)
    labels, chances = [], []
    for window in found.windows:
        before = recent_windows(history, scoring, window.moment, window_at)
        shown = window.shown(model.features, model.reading)
        chances.append(expit(recalibrated(model, before, scoring).log_odds(shown)))
        labels.append(window.recurs)
    return metrics(np.concatenate(labels), np.concatenate(chances))


def main() -> None:
    """Print one table a seed and the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=60_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--dates", type=int, default=6)
    options = parser.parse_args()
    for seed in options.seeds:
        begin = time.process_time()
        city = make_city(options.records, seed)
        history = true_history(city)
        found = backtest(history, load_settings(), AS_OF, options.dates)
        best = oracle(city, found)
        print(f"\nseed {seed}, {options.records} records, {time.process_time() - begin:.0f} CPU s")
        print(
            found.summary[["model", "auc", "ap", "ece", "base_rate"]]
            .round(4)
            .to_string(index=False)
        )
        print(f"oracle AUC {best['auc']:.4f} AP {best['ap']:.4f} ECE {best['ece']:.4f}")
        own = found.summary.set_index("model").loc["default"]
        print(f"share of the oracle's AP {own['ap'] / best['ap']:.1%} (target 85%), "
              f"ECE {own['ece']:.4f} (target 0.015)")  # fmt: skip
        carried = packaged(history, found)
        print(f"packaged AUC {carried['auc']:.4f} AP {carried['ap']:.4f} ECE {carried['ece']:.4f}, "
              f"share {carried['ap'] / best['ap']:.1%}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
