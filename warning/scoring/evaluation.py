"""How good a ranking and its probabilities are."""

import numpy as np
import pandas as pd

from warning.scoring.history import Flags, Floats

BINS = 10


def metrics(recurs: Flags, probability: Floats) -> dict[str, float]:
    """AUC, AP (average precision) and ECE; NaN where only one outcome occurred.

    AUC by ranks, ties counted half. AP is the step-wise area under precision and recall,
    equal scores taken together. ECE is the mean gap between forecast and frequency over ten
    groups of equal size, weighted by size.
    """
    return {
        "auc": area_under_curve(recurs, probability),
        "ap": average_precision(recurs, probability),
        "ece": calibration_error(recurs, probability),
        "base_rate": float(recurs.mean()) if len(recurs) else float("nan"),
    }


def area_under_curve(recurs: Flags, score: Floats) -> float:
    """The chance that a recurring case ranks above a quiet one."""
    positive = int(recurs.sum())
    negative = len(recurs) - positive
    if not positive or not negative:
        return float("nan")
    ranks = pd.Series(score).rank().to_numpy()
    return float((ranks[recurs].sum() - positive * (positive + 1) / 2) / (positive * negative))


def average_precision(recurs: Flags, score: Floats) -> float:
    """Σ (gain in recall) · precision, from the highest score down; ties form one step."""
    if not recurs.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    ranked, hits = score[order], np.cumsum(recurs[order])
    ends = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    precision = hits[ends] / (ends + 1)
    gains = np.diff(np.append(0, hits[ends])) / hits[-1]
    return float(np.sum(precision * gains))


def reliability(recurs: Flags, probability: Floats, bins: int = BINS) -> pd.DataFrame:
    """Forecast beside frequency: group, cases, forecast, observed, low, high (95%, Wilson)."""
    if not len(recurs):
        columns = ["group", "cases", "forecast", "observed", "low", "high"]
        return pd.DataFrame(columns=columns)
    # Equal forecasts must share a group: cut by rank, ties by their mean rank.
    place = pd.Series(probability).rank(pct=True).to_numpy()
    group = np.minimum((place * bins).astype(np.int64), bins - 1)
    frame = pd.DataFrame({"group": group, "forecast": probability, "observed": recurs})
    table = frame.groupby("group").agg(
        cases=("observed", "size"), forecast=("forecast", "mean"), observed=("observed", "mean")
    )
    table["low"], table["high"] = wilson(table["observed"].to_numpy(), table["cases"].to_numpy())
    return table.reset_index()


def wilson(rate: Floats, count: Floats, z: float = 1.96) -> tuple[Floats, Floats]:
    """Wilson's interval of a share seen in ``count`` trials (95% by default); NaN without any."""
    number = np.where(np.asarray(count, np.float64) > 0, count, np.nan)
    centre = (rate + z * z / (2 * number)) / (1 + z * z / number)
    half = z * np.sqrt(rate * (1 - rate) / number + z * z / (4 * number**2)) / (1 + z * z / number)
    return np.clip(centre - half, 0, 1), np.clip(centre + half, 0, 1)


def calibration_error(recurs: Flags, probability: Floats) -> float:
    """The expected calibration error over the groups of :func:`reliability`."""
    table = reliability(recurs, probability)
    if table.empty:
        return float("nan")
    gap = (table["forecast"] - table["observed"]).abs()
    return float((gap * table["cases"]).sum() / table["cases"].sum())


def precision_at(recurs: Flags, score: Floats, volume: int) -> float:
    """The share that recurred among the ``volume`` highest scores."""
    if volume <= 0:
        return float("nan")
    top = np.argsort(-score, kind="stable")[:volume]
    return float(recurs[top].mean())
