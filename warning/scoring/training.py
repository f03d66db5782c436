"""Fitting a model on a store's own history, without a look ahead.

Training windows lie at regular as-of dates; the label window of each is complete at the
training's own ``as_of``. The newest windows only calibrate. Half-lives are fitted first, by
the likelihood of the decayed counts alone, then all coefficients together under a ridge, those
of monotone features kept at or above zero (L-BFGS-B).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit

from warning.errors import ModelError, Problem
from warning.language import say
from warning.scoring.evaluation import metrics
from warning.scoring.facts import scoring_settings
from warning.scoring.features import FEATURES, HalfLives, decayed, inputs, values
from warning.scoring.history import Flags, Floats, History, Integers, Snapshot, Timeline
from warning.scoring.model import Model, library_versions
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

HistoryAt = Callable[[pd.Timestamp], History]
LONG_BOUNDS = (7.0, 1460.0)  # days; beyond, a count no longer forgets within any memory
SHORT_GRID = (2.0, 4.0, 7.0, 14.0, 21.0, 30.0, 45.0)


@dataclass(frozen=True)
class Window:
    """One as-of date of the past: who was in the cohort, and who recurred."""

    moment: pd.Timestamp
    timeline: Timeline
    snapshot: Snapshot
    cohort: Integers
    recurs: Flags  #: aligned with ``cohort``

    @classmethod
    def at(
        cls,
        history: History,
        moment: pd.Timestamp,
        settings: ScoringSettings,
        history_at: HistoryAt | None = None,
    ) -> "Window":
        """Build a window; ``history_at`` gives the links as they were known at the moment."""
        known = history if history_at is None else history_at(moment)
        timeline = known.timeline
        snapshot = timeline.at(moment, settings.memory_days)
        cohort = timeline.cohort(snapshot, settings.cohort_days)
        if history_at is None:
            recurs = timeline.labels(moment, settings.horizon_days)[cohort]
        else:
            recurs = _labels_across(history.timeline, timeline, moment, settings)[cohort]
        return cls(moment, timeline, snapshot, cohort, recurs)

    def shown(self, names: Sequence[str], half_lives: HalfLives, memory_days: int) -> Floats:
        """The feature values of the cohort."""
        return values(self.timeline, self.snapshot, self.cohort, names, half_lives, memory_days)


def past_windows(
    history: History,
    settings: ScoringSettings,
    as_of: pd.Timestamp,
    count: int,
    history_at: HistoryAt | None = None,
    step_days: int | None = None,
) -> list[Window]:
    """The last ``count`` windows with complete labels at ``as_of``, oldest first, none empty.

    Dates with less than a full memory before them are left out where at least six others
    remain: counts that still grow from zero mislead.
    """
    if not len(history.timeline.time):
        return []
    begin = pd.Timestamp(int(history.timeline.time[0]), unit="us")
    step = settings.training.step_days if step_days is None else step_days
    last = as_of - pd.Timedelta(days=settings.horizon_days)
    moments = [last - pd.Timedelta(days=step * back) for back in range(count)]
    full = [m for m in moments if m >= begin + pd.Timedelta(days=settings.memory_days)]
    grown = [m for m in moments if m >= begin + pd.Timedelta(days=settings.cohort_days)]
    any_history = [m for m in moments if m > begin]
    chosen = next((part for part in (full, grown) if len(part) >= 6), any_history)
    windows = [Window.at(history, moment, settings, history_at) for moment in sorted(chosen)]
    return [window for window in windows if len(window.cohort)]


def train(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    features: Sequence[str] | None = None,
    history_at: HistoryAt | None = None,
) -> Model:
    """Fit half-lives and coefficients on windows whose labels are complete at ``as_of``.

    Args:
        history: linked records with facts.
        settings: the scoring part decides windows, horizon and ridge.
        as_of: nothing reported later is used.
        features: names to use; none: all. A feature that never varies gets no coefficient.
        history_at: links as of a date, where today's would look ahead.

    Raises:
        ModelError: too few recurrences in the history to learn from.
    """
    scoring = scoring_settings(settings)
    options = scoring.training
    windows = past_windows(history, scoring, as_of, options.windows, history_at)
    events = int(sum(window.recurs.sum() for window in windows))
    rows = int(sum(len(window.cohort) for window in windows))
    if events < options.minimum_events or events == rows:
        raise ModelError(
            Problem(
                say("训练数据", "the history"),
                say(
                    f"{len(windows)} 个时点、{rows} 行中只有 {events} 次再发",
                    f"only {events} recurrences in {rows} rows of {len(windows)} dates",
                ),
                say(f"至少 {options.minimum_events} 次", f"at least {options.minimum_events}"),
                say(
                    "装入更长的历史，或使用自带模型",
                    "load a longer history, or use the packaged model",
                ),
            )
        )
    keep_back = options.calibration_windows if len(windows) > 2 * options.calibration_windows else 0
    fitting = windows[: len(windows) - keep_back]
    if not any(window.recurs.any() for window in fitting):
        fitting, keep_back = windows, 0
    half_lives = fit_half_lives(fitting, scoring)
    names = tuple(FEATURES if features is None else features)
    shown = np.vstack([window.shown(names, half_lives, scoring.memory_days) for window in fitting])
    recurs = np.concatenate([window.recurs for window in fitting])
    matrix = inputs(shown, names)
    varies = [i for i in range(len(names)) if float(np.ptp(matrix[:, i])) > 0]
    names = tuple(names[i] for i in varies)
    means, coefficients, base = fit_logistic(
        matrix[:, varies], recurs, [FEATURES[n].monotone for n in names], options.ridge
    )
    model = Model(
        horizon_days=scoring.horizon_days,
        cohort_days=scoring.cohort_days,
        memory_days=scoring.memory_days,
        half_lives=half_lives,
        features=names,
        means=tuple(map(float, means)),
        coefficients=tuple(map(float, coefficients)),
        base=float(base),
        libraries=library_versions(),
    )
    check = windows[len(windows) - keep_back :] if keep_back else windows
    later = np.concatenate([w.recurs for w in check])
    odds = np.concatenate(
        [model.log_odds(w.shown(names, half_lives, scoring.memory_days)) for w in check]
    )
    if keep_back and later.sum() >= options.minimum_events and not later.all():
        slope, intercept = calibration(odds, later)
        model = model.calibrated(slope, intercept)
        odds = slope * odds + intercept
    return _described(model, windows, rows, events, metrics(later, expit(odds)), as_of)


def fit_half_lives(windows: Sequence[Window], settings: ScoringSettings) -> HalfLives:
    """The half-lives under which decayed counts alone explain the labels best."""
    recurs = np.concatenate([window.recurs for window in windows]).astype(np.float64)

    def counts(half_life: float) -> Floats:
        return np.concatenate(
            [
                np.log1p(decayed(w.snapshot, half_life, len(w.timeline.case_ids))[w.cohort])
                for w in windows
            ]
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
    slow = counts(long)
    shorter = [half_life for half_life in SHORT_GRID if half_life <= long / 2] or [long / 2]
    short = min(shorter, key=lambda half_life: loss([slow, counts(half_life)]))
    return HalfLives(long=round(long, 1), short=round(float(short), 1))


def fit_logistic(
    matrix: Floats, recurs: Flags, monotone: Sequence[bool], ridge: float
) -> tuple[Floats, Floats, float]:
    """Ridge logistic regression with coefficients of monotone columns at or above zero.

    Columns are scaled inside, so that the ridge pulls alike; the base is not pulled.

    Returns:
        means, coefficients (a unit of input), and the base at the means.
    """
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


def intercept_shift(odds: Floats, recurs: Flags) -> float:
    """The shift of log-odds at which expected and observed recurrences agree.

    One imagined recurrence and one imagined quiet case keep it finite.
    """
    observed = float(recurs.sum())
    shift = 0.0
    for _ in range(50):
        chance = expit(odds + shift)
        prior = expit(shift)
        slope = float(np.sum(chance * (1 - chance))) + 2 * prior * (1 - prior)
        step = (observed - float(chance.sum()) + 1 - 2 * prior) / max(slope, 1e-9)
        shift += float(np.clip(step, -2, 2))
        if abs(step) < 1e-9:
            break
    return float(shift)


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


def _labels_across(
    full: Timeline, known: Timeline, moment: pd.Timestamp, settings: ScoringSettings
) -> Flags:
    """Labels for the cases of an earlier linking, by the later linking's cases of the same id."""
    later = full.labels(moment, settings.horizon_days)
    place = pd.Index(full.case_ids).get_indexer(pd.Index(known.case_ids))
    return np.where(place >= 0, later[place], False).astype(np.bool_)


def _described(
    model: Model,
    windows: Sequence[Window],
    rows: int,
    events: int,
    measured: dict[str, float],
    as_of: pd.Timestamp,
) -> Model:
    training = {
        "as_of": str(as_of),
        "first_window": str(windows[0].moment),
        "last_window": str(windows[-1].moment),
        "windows": len(windows),
        "rows": rows,
        "recurrences": events,
        "metrics": {name: round(value, 4) for name, value in measured.items()},
    }
    card = "\n".join(
        [
            f"Probability that a case has another distinct incident within {model.horizon_days} "
            f"days, for cases with one in the last {model.cohort_days}.",
            f"Logistic regression on {len(model.features)} features; half-lives "
            f"{model.half_lives.long:g} and {model.half_lives.short:g} days.",
            f"Trained on {rows} rows with {events} recurrences at {len(windows)} dates from "
            f"{windows[0].moment.date()} to {windows[-1].moment.date()}.",
            f"On the newest windows: AUC {measured['auc']:.3f}, AP {measured['ap']:.3f}, "
            f"ECE {measured['ece']:.3f}. These windows also calibrated it: prove it by backtest.",
            "Limits: it sees reported incidents only; where little is reported the risk is "
            "unknown, not low. Handling changes what happens after. Complaints never raise a "
            "person's score; sex, age, ethnicity and the officer are no features.",
        ]
    )
    return Model(**{**model.__dict__, "training": training, "card": card})
