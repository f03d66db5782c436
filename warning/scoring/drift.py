"""Has the population, or how often it recurs, moved away from what the model was trained on?

PSI (population stability index) of each feature: Σ (now − then) · ln(now / then) over the groups
that split the training's values into tenths; below 0.1 steady, above 0.25 moved (a convention of
credit scoring).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from warning.scoring.features import FEATURES
from warning.scoring.history import Floats
from warning.scoring.model import Model
from warning.scoring.windows import Window

TENTHS = tuple(np.linspace(0.1, 0.9, 9))
#: A share of nothing would make the index infinite.
LEAST_SHARE = 0.001


def population_of(model: Model, windows: Sequence[Window]) -> dict[str, Any]:
    """By feature: the edges of tenths of the training's values, and the share between them.

    The season is left out: it moves every night.
    """
    names = [name for name in model.features if FEATURES[name].shape != "season"]
    shown = np.vstack([window.shown(names, model.reading) for window in windows])
    found: dict[str, Any] = {}
    for column, name in enumerate(names):
        edges = [float(e) for e in np.unique(np.round(np.quantile(shown[:, column], TENTHS), 4))]
        shares = [round(float(s), 5) for s in shares_between(shown[:, column], edges)]
        found[name] = {"edges": edges, "shares": shares}
    return found


def shares_between(given: Floats, edges: Sequence[float]) -> Floats:
    """The share of values in each group: up to the first edge (inclusive), …, above the last."""
    group = np.searchsorted(np.array(edges, np.float64), given, side="left")
    count = np.bincount(group, minlength=len(edges) + 1)
    return np.asarray(count / max(len(given), 1), np.float64)


def stability_index(then: Sequence[float], now: Sequence[float]) -> float:
    """PSI of two lists of shares, ≥ 0."""
    before = np.maximum(np.array(then, np.float64), LEAST_SHARE)
    after = np.maximum(np.array(now, np.float64), LEAST_SHARE)
    return float(np.sum((after - before) * np.log(after / before)))


def feature_drift(
    population: Mapping[str, Any], names: Sequence[str], shown: Floats
) -> dict[str, float]:
    """PSI by feature of tonight's values against the training's; unknown features are left out."""
    return {
        name: stability_index(
            population[name]["shares"],
            shares_between(shown[:, column], population[name]["edges"]).tolist(),
        )
        for column, name in enumerate(names)
        if name in population and len(shown)
    }  # fmt: skip
