"""Incidents of the demo city: how well reports are joined, and what each level is worth.

    PYTHONPATH=. python -m benchmarks.incidents [--records 40000] [--seeds 11]
    PYTHONPATH=. python -m benchmarks.incidents --fit --records 12000 --seeds 7 21

Prints pairwise precision, recall and F1 of incidents and of matters against the truth, whether the
probabilities of the compared pairs are calibrated, and CPU seconds. ``--fit`` prints the bits that a
logistic regression finds for each level, the levels of ``REFERENCE`` at 0, with how many pairs stand
there; text, again and source keep what ``matching.yaml`` says.
"""

import argparse
import importlib
import itertools
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from warning.demo.city import make_city
from warning.matching.evaluation import b_cubed, pairwise
from warning.matching.incident_evidence import bits_of, facts_of, levels_of
from warning.matching.link import link
from warning.reading import read_records
from warning.records import RECORD
from warning.settings import load_settings
from warning.settings.matching_incidents import LEVELS

SETTINGS = load_settings()
FITTED = ("time", "told", "place", "people", "kind", "channels")
REFERENCE = {"time": "within 12 hours", "told": "unknown", "place": "unknown",
             "people": "unnamed", "kind": "same group", "channels": "different"}  # fmt: skip
EDGES = (0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.001)


def linked(records: int, seed: int) -> dict[str, Any]:
    """One city: what incidents were made from, and the truth of each record."""
    city = make_city(records, seed)
    with tempfile.TemporaryDirectory() as directory:
        files = city.write(Path(directory))
        tables = read_records(files, SETTINGS.channels, clock=pd.Timestamp("2100-01-01"))
    newest = tables.records.drop_duplicates(RECORD, keep="last")
    parties = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    module = importlib.import_module("warning.matching.link")
    inner, noted = module.incident_clusters, {}

    def noting(*given: Any) -> Any:
        start = time.process_time()
        noted["given"], noted["found"] = given, inner(*given)
        noted["seconds"] = time.process_time() - start
        return noted["found"]

    module.incident_clusters = noting
    links = link(newest, parties, SETTINGS)
    module.incident_clusters = inner
    ordered = noted["given"][0]
    truth = ordered[RECORD].merge(city.truth_incidents, on=RECORD, how="left")["incident_id"]
    return {**noted, "links": links, "city": city, "truth": pd.factorize(truth)[0]}


def fit(cities: list[dict[str, Any]]) -> None:
    """Print the bits of each level."""
    designs, answers, offsets = [], [], []
    for city in cities:
        records, entities, place_links, places = city["given"][:4]
        facts = facts_of(records, entities, place_links, places, SETTINGS.matching.incident)
        pairs = city["found"][2]
        left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
        levels = levels_of(facts, left, right)
        fixed = bits_of(levels, SETTINGS.matching.incident)
        offsets.append(
            np.isin(levels["source"], [2]) & (levels["text"] == 1) & (fixed["again"] == 0)
        )
        designs.append(pd.DataFrame({
            (name, level): levels[name] == at
            for name in FITTED for at, level in enumerate(LEVELS[name])
            if level != REFERENCE[name]
        }))  # fmt: skip
        answers.append(city["truth"][left] == city["truth"][right])
    keep = np.concatenate(offsets)
    design = pd.concat(designs, ignore_index=True).astype(float)[keep]
    answer = np.concatenate(answers)[keep]
    model = LogisticRegression(C=10.0, max_iter=5000).fit(design.to_numpy(), answer)
    print(f"prior {model.intercept_[0] / np.log(2):.1f}")
    for (name, level), weight in zip(design.columns, model.coef_[0], strict=True):
        column = design[(name, level)].to_numpy() > 0
        share = answer[column].mean() if column.any() else float("nan")
        print(f"{name:9} {level:20} {weight / np.log(2):6.1f} {column.sum():7} {share:.3f}")


def judge(city: dict[str, Any], records: int, seed: int) -> None:
    """Print how well incidents and matters were made."""
    links, truth = city["links"], city["truth"]
    found, _, pairs, _ = city["found"]
    own, b3 = pairwise(found, truth), b_cubed(found, truth)
    print(f"{records} records, seed {seed}: incidents P {own.precision:.3f} R {own.recall:.3f} "
          f"F1 {own.f1:.4f}, B³ F1 {b3.f1:.4f}; {len(pairs)} pairs, {city['seconds']:.1f} CPU s")  # fmt: skip
    true = truth[pairs["left"]] == truth[pairs["right"]]
    total = (np.bincount(truth) * (np.bincount(truth) - 1) // 2).sum()
    print(f"  compared: {true.sum() / total:.4f} of the true pairs")
    primary = links.case_incidents[links.case_incidents["is_primary"]]
    of = links.incident_links.merge(primary, on="incident_id")
    both = of.merge(city["city"].truth_incidents, on=RECORD, suffixes=("", "_true"))
    both = both.merge(
        city["city"].truth_matters, left_on="incident_id_true", right_on="incident_id"
    )
    matter = pairwise(both["case_id"], both["matter_id"])
    print(f"  matters P {matter.precision:.3f} R {matter.recall:.3f} F1 {matter.f1:.3f}")
    probability = pairs["probability"].to_numpy()
    for low, high in itertools.pairwise(EDGES):
        inside = (probability >= low) & (probability < high)
        if inside.any():
            print(f"  {low:>5} to {min(high, 1):<5} {inside.sum():7} pairs, mean "
                  f"{probability[inside].mean():.3f}, true {true[inside].mean():.3f}")  # fmt: skip


def main() -> None:
    """Fit, or judge each seed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=40_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[11])
    parser.add_argument("--fit", action="store_true")
    given = parser.parse_args()
    cities = [linked(given.records, seed) for seed in given.seeds]
    if given.fit:
        fit(cities)
    for city, seed in zip(cities, given.seeds, strict=True):
        judge(city, given.records, seed)


if __name__ == "__main__":
    main()
