"""Real Chinese address pairs (CCKS 2021): none, partial or exact, from the product's comparison."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import confusion_matrix, f1_score
from sklearn.model_selection import GroupKFold

from warning.matching.standardise import addresses


def features(left: "pd.Series[str]", right: "pd.Series[str]") -> pd.DataFrame:
    """What the product says of each pair: its comparison, nothing else."""
    return addresses.compare_addresses(left, right)


def pairs(path: Path) -> None:
    """Macro-F1 over five folds by query (the text of column a)."""
    frame = pd.read_csv(path, sep="\t", dtype={"a": "str", "b": "str"}, keep_default_na=False)
    start = time.process_time()
    compared = features(frame["a"], frame["b"]).to_numpy(float)
    taken = time.process_time() - start
    truth = frame["y"].to_numpy()
    guess = np.empty(len(frame), dtype=truth.dtype)
    folds = []
    groups = pd.factorize(frame["a"])[0]
    for train, test in GroupKFold(5).split(compared, truth, groups):
        model = HistGradientBoostingClassifier(
            max_iter=250, learning_rate=0.05, max_leaf_nodes=15, l2_regularization=5.0,
            class_weight="balanced", random_state=0,
        )  # fmt: skip
        model.fit(compared[train], truth[train])
        guess[test] = model.predict(compared[test])
        folds.append(f1_score(truth[test], guess[test], average="macro"))
    print(f"CCKS pairs: {len(frame)} pairs compared in {taken:.1f} CPU seconds")
    print(f"macro-F1 {f1_score(truth, guess, average='macro'):.3f}, by fold "
          + " ".join(f"{value:.3f}" for value in folds))  # fmt: skip
    print("none, partial, exact: F1 "
          + " ".join(f"{value:.3f}" for value in f1_score(truth, guess, average=None)))  # fmt: skip
    print(confusion_matrix(truth, guess))
