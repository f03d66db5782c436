"""Real Chinese address pairs (CCKS 2021): none, partial or exact, from the product's comparison.

The pairs are a query's candidates; every measure is over five folds by query, so that no query
is both learned from and judged. Only the last small classifier is fitted, here.
"""

import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import GroupKFold

from warning.matching.standardise import addresses

#: Columns of the comparison whose rank among a query's candidates is also told to the classifier.
RANKED = (
    "core_1_left", "core_2_left", "core_2_right", "core_2_shared", "core_2_left_only",
    "core_3_left", "core_ratio", "core_inside", "likeness", "raw_2_left", "raw_4_left",
    "raw_4_shared", "raw_ratio", "raw_inside", "name_likeness", "name_covered_left",
    "name_covered_right", "road_covered_left", "road_covered_right", "road_likeness",
    "numbers_shared", "building", "road", "road_number", "tail_6_left",
)  # fmt: skip


def among_candidates(
    compared: pd.DataFrame, right: "pd.Series[str]", query: npt.NDArray[np.intp]
) -> pd.DataFrame:
    """The comparison with each pair's standing among the candidates of its query.

    Adds, for the columns RANKED, the distance to the query's best and the rank; and the share of
    the candidates that name the same county, town, road and compound or point.
    """
    by_query = compared[list(RANKED)].groupby(query)
    added = {
        **{f"{name}_gap": values for name, values in (
            by_query.transform("max") - compared[list(RANKED)]).items()},
        **{f"{name}_rank": values for name, values in (
            by_query.rank(ascending=False, method="min")).items()},
    }  # fmt: skip
    parsed = addresses.parse(right)
    parsed["name"] = parsed["compound"].where(parsed["compound"] != "", parsed["poi"])
    size = pd.Series(query).map(pd.Series(query).value_counts()).to_numpy(float)
    for part in ("city", "county", "town", "road", "name"):
        key = pd.Series(query).astype("str") + "|" + parsed[part].reset_index(drop=True)
        shared = key.map(key.value_counts()).to_numpy(float) / size
        added[f"{part}_agreed"] = np.where(parsed[part] != "", shared, np.nan)
    return compared.assign(**added)


def judged(
    features: pd.DataFrame, truth: npt.NDArray[np.int64], query: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.int64], list[float]]:
    """The guess of each pair by a classifier of the other folds, and macro-F1 fold by fold."""
    values = features.to_numpy(np.float32)
    guess = np.empty_like(truth)
    folds = []
    for train, test in GroupKFold(5).split(values, truth, query):
        # Between the frequencies (which forget the rare) and equality (which invents them).
        share = np.bincount(truth[train]) / len(train)
        model = HistGradientBoostingClassifier(
            max_iter=200, learning_rate=0.07, max_leaf_nodes=15, l2_regularization=5.0,
            max_features=0.3, class_weight=dict(enumerate(np.sqrt(share.max() / share))),
            random_state=0,
        )  # fmt: skip
        guess[test] = model.fit(values[train], truth[train]).predict(values[test])
        folds.append(f1_score(truth[test], guess[test], average="macro"))
    return guess, folds


def pairs(path: Path) -> None:
    """Macro-F1 over five folds by query (the text of column a)."""
    frame = pd.read_csv(path, sep="\t", dtype={"a": "str", "b": "str"}, keep_default_na=False)
    start = time.process_time()
    compared = addresses.compare_addresses(frame["a"], frame["b"], evidence=True)
    taken = time.process_time() - start
    truth, query = frame["y"].to_numpy(np.int64), pd.factorize(frame["a"])[0]
    print(f"CCKS pairs: {len(frame)} pairs compared in {taken:.1f} CPU seconds")
    levels = compared[[*addresses.LEVELS, "likeness"]]
    for name, features in (
        ("levels of the parts alone", levels),
        ("each pair by itself", compared),
        ("among the query's candidates", among_candidates(compared, frame["b"], query)),
    ):
        guess, folds = judged(features, truth, query)
        f1 = [float(value) for value in f1_score(truth, guess, average=None)]
        print(f"{name} ({features.shape[1]} columns): macro-F1 {np.mean(f1):.3f}; by fold "
              + " ".join(f"{value:.3f}" for value in folds)
              + "; none, partial, exact " + " ".join(f"{value:.3f}" for value in f1))  # fmt: skip
    print(confusion_matrix(truth, guess))
