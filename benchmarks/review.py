"""What review and verdicts are worth on the demo city: ``PYTHONPATH=. python benchmarks/review.py``.

Truth stands in for the analyst. (1) Precision and recall estimated from clerical samples beside
the true ones, and how often the 95% intervals hold. (2) Calibration error of held-out pairs before
and after verdicts. (3) People's pairwise F1 after verdicts taken in the queue's order, beside as
many verdicts on pairs taken at random among those the queue could ask.
"""

import argparse
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from warning.demo.city import City, make_city
from warning.matching.evaluation import pairwise
from warning.matching.evidence import Evidence, evidence
from warning.matching.linker.calibration import calibration_error
from warning.matching.linker.weights import probability
from warning.matching.links import Previous
from warning.matching.review import review_queue
from warning.matching.sampling import clerical_sample, estimate
from warning.reading import read_records
from warning.settings import Settings, load_settings

COLUMNS = ["kind", "left", "right", "verdict", "user", "at"]
Tables = tuple[pd.DataFrame, pd.DataFrame]


def tables_of(city: City, settings: Settings) -> Tables:
    """The newest version of each record, and its parties."""
    with tempfile.TemporaryDirectory() as where:
        clock = pd.Timestamp("2025-01-02")
        tables = read_records(city.write(Path(where)), settings.channels, clock=clock)
    records = tables.records.drop_duplicates(["channel", "record_id"], keep="last")
    parties = tables.parties[tables.parties["row"].isin(records.index)].drop(columns="row")
    return records.reset_index(drop=True), parties.reset_index(drop=True)


def linked(known: Tables, verdicts: pd.DataFrame, settings: Settings) -> Evidence:
    """The evidence of people under these verdicts."""
    empty = pd.DataFrame(columns=["channel", "record_id", "place_id"], dtype="str")
    return evidence(
        "person", *known, Previous(empty, empty, empty, empty, empty, verdicts), settings
    )


def told(pairs: list[tuple[str, str]], who: dict[str, str]) -> pd.DataFrame:
    """Verdicts from the truth."""
    rows = [
        ("person", *sorted(pair), "same" if who[pair[0]] == who[pair[1]] else "different", "truth",
         pd.Timestamp("2024-12-31"))
        for pair in pairs if pair[0] in who and pair[1] in who
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def scores(own: Evidence, who: dict[str, str]) -> str:
    """Pairwise precision, recall and F1 of the rows whose truth is known."""
    true = own.rows["key"].map(who)
    known = true.notna().to_numpy()
    found = pairwise(own.cluster[known], true[known])
    return f"precision {found.precision:.4f} recall {found.recall:.4f} F1 {found.f1:.4f}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    settings = load_settings()
    city = make_city(given.records, given.seed)
    known = tables_of(city, settings)
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    key = truth["channel"] + "|" + truth["record_id"] + "|" + truth["party_no"]
    who = dict(zip(key, truth["entity_id"], strict=True))
    nothing = pd.DataFrame(columns=COLUMNS, dtype="str")
    began = time.process_time()
    own = linked(known, nothing, settings)
    print(f"{len(own.rows)} rows, {len(own.pairs)} pairs, {time.process_time() - began:.1f} CPU s")
    keys, pairs = own.rows["key"].to_numpy(), own.pairs
    ends = list(zip(keys[pairs["left"]], keys[pairs["right"]], strict=True))
    usable = np.array([a in who and b in who for a, b in ends])
    true = np.array([u and who[a] == who[b] for u, (a, b) in zip(usable, ends, strict=True)])
    samples(replace(own, pairs=pairs[usable].reset_index(drop=True)), true[usable])
    calibration(own, known, settings, usable, true, who)
    reviewing(own, known, settings, who)


def samples(own: Evidence, true: np.ndarray) -> None:
    """How often the intervals of samples hold the truth, and how wide they are."""
    keys, pairs = own.rows["key"].to_numpy(), own.pairs
    answer = dict(
        zip(zip(keys[pairs["left"]], keys[pairs["right"]], strict=True), true, strict=True)
    )
    together = pairs["is_link"].to_numpy(bool)
    right = (true & together).sum()
    real = {"precision": right / together.sum(), "recall": right / true.sum()}
    for size in (200, 500):
        held: dict[str, list[float]] = {"precision": [], "recall": []}
        width: dict[str, list[float]] = {"precision": [], "recall": []}
        for seed in range(100):
            sample = clerical_sample(own, size, seed)
            both = zip(sample["left"], sample["right"], strict=True)
            verdict = pd.Series(["same" if answer[pair] else "different" for pair in both])
            found = estimate(sample, verdict)
            for name, (_, low, high) in (("precision", found.precision), ("recall", found.recall)):
                held[name].append(low <= real[name] <= high)
                width[name].append(high - low)
        for name, value in real.items():
            print(f"sample of {size}: {name} {value:.4f}; of 100 samples' 95% intervals "
                  f"{int(sum(held[name]))} hold it, mean width {np.mean(width[name]):.3f}")  # fmt: skip


def calibration(
    own: Evidence, known: Tables, settings: Settings, usable: np.ndarray, true: np.ndarray,
    who: dict[str, str],
) -> None:  # fmt: skip
    """Calibration error of held-out pairs before and after verdicts on others."""
    pairs, keys = own.pairs, own.rows["key"].to_numpy()
    weight = pairs["weight"].to_numpy()
    order = np.flatnonzero(usable & (np.abs(weight) < 12))
    order = np.random.default_rng(1).permutation(order)
    test = order[1000:]
    for count in (100, 300, 1000):
        some = order[:count]
        verdicts = told(
            list(zip(keys[pairs["left"].iloc[some]], keys[pairs["right"].iloc[some]], strict=True)),
            who,
        )
        taught = linked(known, verdicts, settings)
        where = np.searchsorted(taught.codes, own.codes[test])
        where = np.minimum(where, len(taught.codes) - 1)
        kept = taught.codes[where] == own.codes[test]
        before = calibration_error(probability(weight[test[kept]]), true[test[kept]])
        after = calibration_error(
            taught.pairs["probability"].to_numpy()[where[kept]], true[test[kept]]
        )
        one = taught.calibration
        print(f"{count} verdicts: calibration error of {kept.sum()} other pairs within 12 bits "
              f"{before:.4f} -> {after:.4f} (slope {one.slope:.2f}, shift {one.shift:+.2f}); "
              f"{scores(taught, who)}")  # fmt: skip


def reviewing(own: Evidence, known: Tables, settings: Settings, who: dict[str, str]) -> None:
    """F1 after verdicts in the queue's order, beside as many at random."""
    nothing = pd.DataFrame(columns=COLUMNS, dtype="str")
    never = settings.matching.verdicts.model_copy(update={"minimum": 10**9})
    matching = settings.matching.model_copy(update={"verdicts": never})
    holding = replace(settings, matching=matching)
    queue = review_queue(own, nothing, None, settings.matching.review)
    print(f"queue: {len(queue)} pairs; none judged: {scores(own, who)}")
    shuffled = queue.sample(frac=1.0, random_state=3)
    for count in (100, 400):
        for name, order in (("queue", queue), ("random", shuffled)):
            some = told(list(zip(order["left"], order["right"], strict=True)), who).head(count)
            print(f"{count} by {name}: {scores(linked(known, some, holding), who)}")


if __name__ == "__main__":
    main()
