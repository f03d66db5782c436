"""Fitting: half-lives, category rates, constrained coefficients, calibration.

Half-lives are fitted first, by the likelihood of the decayed counts alone, then all coefficients
together under a ridge, those of monotone features kept at or above zero (L-BFGS-B).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.scoring.history import YEAR, Flags, Floats, Target
from warning.scoring.values import HalfLives, decayed
from warning.scoring.windows import Window

LONG_BOUNDS = (7.0, 1460.0)  # days; beyond, a count no longer forgets within any memory
SHORT_GRID = (2.0, 4.0, 7.0, 14.0, 21.0, 30.0, 45.0)
LONG_GRID = (60.0, 90.0, 135.0, 200.0, 300.0, 450.0, 700.0, 1000.0, 1460.0)
#: Half-lives are chosen on about so many rows: the likelihood is smooth, more change nothing.
MOST_ROWS = 60_000
#: A category's rate is drawn to the average as if so many average rows had been seen too.
PRIOR_ROWS = 200.0
#: Where few events happened, a model's own forecast weighs as much as so many events.
PRIOR_EVENTS = 3.0


def fit_half_lives(
    windows: Sequence[Window], target: Target = "recurrence", *, both: bool = True
) -> HalfLives:
    """The half-lives under which decayed counts alone explain the labels best.

    The long one is found by itself; with ``both`` the short one is chosen beside it and the
    long one again beside the short.
    """
    from scipy.optimize import minimize_scalar  # seconds to import, only where a model is fitted

    rows = sum(len(window.cohort) for window in windows)
    every = max(1, rows // MOST_ROWS)
    happened = np.concatenate([window.happened(target)[::every] for window in windows])
    recurs = happened.astype(np.float64)

    def counts(half_life: float) -> Floats:
        return np.concatenate(
            [np.log1p(decayed(w.own, half_life, len(w.cohort)))[::every] for w in windows]
        )

    def loss(columns: list[Floats]) -> float:
        return _negative_log_likelihood(np.column_stack(columns), recurs)

    def of_logarithm(logarithm: float) -> float:
        return loss([counts(float(np.exp(logarithm)))])

    grid = np.linspace(float(np.log(LONG_BOUNDS[0])), float(np.log(LONG_BOUNDS[1])), 9)
    best = int(np.argmin([of_logarithm(float(point)) for point in grid]))
    around = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)]))
    found = minimize_scalar(of_logarithm, bounds=around, method="bounded", options={"xatol": 0.02})
    long = float(np.exp(found.x))
    if not both:
        return HalfLives(long=round(long, 1), short=min(HalfLives().short, round(long / 2, 1)))
    slow = counts(long)
    shorter = [half_life for half_life in SHORT_GRID if half_life <= long / 2] or [long / 2]
    short = min(shorter, key=lambda half_life: loss([slow, counts(half_life)]))
    quick = counts(short)
    longer = [half_life for half_life in LONG_GRID if half_life >= 2 * short]
    long = min([long, *longer], key=lambda half_life: loss([counts(half_life), quick]))
    return HalfLives(long=round(long, 1), short=round(float(short), 1))


def fit_category_rates(windows: Sequence[Window], target: Target) -> dict[str, float]:
    """How often cases with an incident of a category in the last year recur, to the average.

    Codes and their first two digits, drawn to 1.0 by :data:`PRIOR_ROWS` average rows.
    """
    seen: list[pd.DataFrame] = []
    for window in windows:
        snapshot, again = window.own, window.happened(target)
        kept = (snapshot.age < YEAR) & ~snapshot.discovered & (snapshot.category >= 0)
        table = pd.DataFrame(
            {"category": snapshot.category[kept], "again": again[snapshot.case[kept]]}
        )
        summed = table.groupby("category")["again"].agg(["sum", "size"])
        codes = np.array(window.timeline.categories, dtype=object)
        seen.append(summed.set_axis(codes[summed.index.to_numpy(np.int64)]))
    together = pd.concat(seen) if seen else pd.DataFrame({"sum": [], "size": []})
    whole = together.groupby(level=0).sum()
    if whole.empty or not whole["sum"].sum():
        return {}
    prefixes = whole.groupby(whole.index.astype("str").str[:2]).sum()
    average = float(whole["sum"].sum() / whole["size"].sum())
    both = pd.concat([whole, prefixes[~prefixes.index.isin(whole.index)]]).sort_index()
    rate = (both["sum"] + PRIOR_ROWS * average) / (both["size"] + PRIOR_ROWS) / average
    return {str(code): round(float(value), 4) for code, value in rate.items()}


def fit_logistic(
    matrix: Floats, recurs: Flags, monotone: Sequence[bool], ridge: float
) -> tuple[Floats, Floats, float]:
    """Ridge logistic regression with coefficients of monotone columns at or above zero.

    Columns are scaled inside, so that the ridge pulls alike; the base is not pulled.

    Returns:
        means, coefficients (a unit of input), and the base at the means.
    """
    from scipy.optimize import minimize  # seconds to import, only where a model is fitted

    means = matrix.mean(axis=0)
    scale = matrix.std(axis=0)
    scale[scale == 0] = 1.0
    standard = (matrix - means) / scale
    target = recurs.astype(np.float64)
    rate = float(np.clip(target.mean(), 1e-6, 1 - 1e-6))

    def objective(parameters: Floats) -> tuple[float, Floats]:
        weights = parameters[1:]
        odds = parameters[0] + standard @ weights
        value = float(np.sum(np.logaddexp(0, odds) - target * odds))
        value += ridge / 2 * float(weights @ weights)
        residual = expit(odds) - target
        slope = standard.T @ residual + ridge * weights
        return value, np.concatenate([[residual.sum()], slope])

    start = np.zeros(1 + standard.shape[1])
    start[0] = np.log(rate / (1 - rate))
    bounds = [(None, None), *[(0.0 if m else None, None) for m in monotone]]
    found = minimize(objective, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return means, np.asarray(found.x[1:] / scale, np.float64), float(found.x[0])


def calibration(odds: Floats, recurs: Flags) -> tuple[float, float]:
    """Slope (≥ 0) and intercept that make log-odds fit later labels (Platt's method)."""
    means, slope, base = fit_logistic(odds[:, None], recurs, [True], ridge=0.0)
    return float(slope[0]), float(base - slope[0] * means[0])


def recalibration(odds: Floats, recurs: Flags, slope_pull: float) -> tuple[float, float]:
    """Slope (> 0) and intercept that bring log-odds to what was last seen.

    The intercept is free; the slope is drawn to 1, the more the higher ``slope_pull`` (0: free).
    """
    from scipy.optimize import minimize  # seconds to import, only where a model is fitted

    centre = float(odds.mean())
    moved = odds - centre
    target = recurs.astype(np.float64)

    def objective(parameters: Floats) -> tuple[float, Floats]:
        shift, slope = parameters
        now = centre + shift + slope * moved
        value = float(np.sum(np.logaddexp(0, now) - target * now))
        value += slope_pull / 2 * (slope - 1) ** 2
        residual = expit(now) - target
        turn = float(residual @ moved) + slope_pull * (slope - 1)
        return value, np.array([float(residual.sum()), turn])

    found = minimize(
        objective, np.array([0.0, 1.0]), jac=True, method="L-BFGS-B",
        bounds=[(-20.0, 20.0), (0.1, 10.0)],
    )  # fmt: skip
    shift, slope = map(float, found.x)
    return slope, centre + shift - slope * centre


def shift_of(odds: Floats, events: int) -> float:
    """What to add to log-odds where few events happened; finite where none did.

    The odds' multiplier has a gamma prior of mean 1 that weighs as much as :data:`PRIOR_EVENTS`
    events: where chances are small it is (events + prior) / (forecast + prior).
    """
    from scipy.optimize import brentq  # seconds to import, only where a model is fitted

    def beyond(shift: float) -> float:
        forecast = float(expit(odds + shift).sum())
        return forecast - events + PRIOR_EVENTS * float(np.expm1(shift))

    return float(brentq(beyond, -20.0 - max(float(odds.max()), 0.0), 20.0))


def _negative_log_likelihood(matrix: Floats, target: Floats) -> float:
    """At its least, by Newton's steps; columns and a constant, no ridge to speak of."""
    design = np.column_stack([np.ones(len(matrix)), matrix])
    weights = np.zeros(design.shape[1])
    value = np.inf
    for _ in range(25):
        odds = design @ weights
        now = float(np.sum(np.logaddexp(0, odds) - target * odds))
        if value - now < 1e-7 * abs(now):
            return min(value, now)
        value = now
        chance = expit(odds)
        hessian = (design * (chance * (1 - chance))[:, None]).T @ design
        hessian += 1e-6 * np.eye(len(weights))
        weights = weights + np.linalg.solve(hessian, design.T @ (target - chance))
    return value
