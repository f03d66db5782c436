"""How good a clustering is against the truth: pairwise and B³, from contingency counts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Labels = Any


@dataclass(frozen=True)
class Scores:
    """Precision, recall and their harmonic mean, each 0 to 1."""

    precision: float
    recall: float
    f1: float


def pairwise(found: Labels, truth: Labels) -> Scores:
    """Over all pairs of rows: of those put together, how many belong together, and the reverse.

    No pair is materialised. With no pair to judge a share is 1.0.
    """
    both, one, other = _counts(found, truth)
    return _scores(_pairs(both) / (_pairs(one) or 1), _pairs(both) / (_pairs(other) or 1))


def b_cubed(found: Labels, truth: Labels) -> Scores:
    """Averaged over rows: of a row's cluster, the share that belongs to it, and the reverse."""
    frame = pd.DataFrame({"found": pd.factorize(found)[0], "truth": pd.factorize(truth)[0]})
    rows = max(1, len(frame))
    size = frame.groupby(["found", "truth"]).size().rename("both").reset_index()
    one = frame["found"].value_counts()
    other = frame["truth"].value_counts()
    precision = (size["both"] ** 2 / size["found"].map(one)).sum() / rows
    recall = (size["both"] ** 2 / size["truth"].map(other)).sum() / rows
    return _scores(float(precision), float(recall))


def largest_cluster(labels: Labels) -> int:
    """Rows of the largest cluster; 0 where there are none."""
    codes = pd.factorize(labels)[0]
    return int(np.bincount(codes).max()) if len(codes) else 0


def _counts(found: Labels, truth: Labels) -> tuple[pd.Series, pd.Series, pd.Series]:
    frame = pd.DataFrame({"found": pd.factorize(found)[0], "truth": pd.factorize(truth)[0]})
    return (
        frame.groupby(["found", "truth"]).size(),
        frame["found"].value_counts(),
        frame["truth"].value_counts(),
    )


def _pairs(sizes: "pd.Series[int]") -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def _scores(precision: float, recall: float) -> Scores:
    total = precision + recall
    return Scores(precision, recall, 2 * precision * recall / total if total else 0.0)
