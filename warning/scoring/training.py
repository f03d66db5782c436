"""Fitting a model on a store's own history, without a look ahead.

Training windows lie at regular as-of dates; the label window of each is complete at the
training's own ``as_of``. The newest windows only calibrate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.errors import ModelError, Problem
from warning.language import say
from warning.scoring.evaluation import metrics
from warning.scoring.facts import scoring_settings
from warning.scoring.features import BY_DATE, FEATURES, basis, knots_of, width
from warning.scoring.history import Flags, Floats, History, Target
from warning.scoring.learning import (
    calibration,
    fit_category_rates,
    fit_half_lives,
    fit_logistic,
)
from warning.scoring.model import AdditiveModel, Model, library_versions
from warning.scoring.rivals import RULE_FEATURES, BoostedModel, GammaPoissonModel, RuleModel
from warning.scoring.values import Reading
from warning.scoring.windows import Window, WindowAt, past_windows
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings, TrainingSettings

#: What only the date decides is learned where the training dates cover so many days.
SEASON_DAYS = 330
DEFAULT_FEATURES = tuple(name for name in FEATURES if name not in RULE_FEATURES.values())
DECAYED = ("decayed_count",)


@dataclass(frozen=True)
class Sample:
    """Rows to fit on: the windows, and what is common to every model of them."""

    windows: tuple[Window, ...]
    settings: ScoringSettings
    target: Target
    reading: Reading

    def shown(self, names: Sequence[str]) -> Floats:
        """The feature values, rows of all windows together."""
        return np.vstack([window.shown(names, self.reading) for window in self.windows])

    @property
    def happened(self) -> Flags:
        """The labels, aligned with :meth:`shown`."""
        return np.concatenate([window.happened(self.target) for window in self.windows])

    @property
    def common(self) -> dict[str, Any]:
        """Fields every model has."""
        return {
            "horizon_days": self.settings.horizon_days,
            "cohort_days": self.settings.cohort_days,
            "memory_days": self.settings.memory_days,
            "target": self.target,
            "reading": self.reading,
            "libraries": library_versions(),
        }


Fitter = Callable[[Sample], Model]


def additive(sample: Sample, features: Sequence[str] = DEFAULT_FEATURES) -> Model:
    """Logistic regression; a feature that never varies gets no coefficient."""
    span = sample.windows[-1].moment - sample.windows[0].moment
    names = [n for n in features if n not in BY_DATE or span.days >= SEASON_DAYS]
    shown = sample.shown(names)
    names, knots, columns = _varying(names, shown)
    widths = [width(name, k) for name, k in zip(names, knots, strict=True)]
    monotone = [FEATURES[n].monotone for n, w in zip(names, widths, strict=True) for _ in range(w)]
    matrix = np.column_stack(columns) if columns else np.zeros((len(shown), 0))
    means, coefficients, base = fit_logistic(
        matrix, sample.happened, monotone, sample.settings.training.ridge
    )
    cuts = np.cumsum(widths)[:-1] if widths else np.zeros(0, np.int64)
    return AdditiveModel(
        features=tuple(names),
        knots=tuple(knots),
        means=tuple(tuple(map(float, part)) for part in np.split(means, cuts) if widths),
        coefficients=tuple(
            tuple(map(float, part)) for part in np.split(coefficients, cuts) if widths
        ),
        base=float(base),
        **sample.common,
    )


def _varying(
    names: Sequence[str], shown: Floats
) -> tuple[list[str], list[tuple[float, ...]], list[Floats]]:
    kept: list[str] = []
    all_knots: list[tuple[float, ...]] = []
    columns: list[Floats] = []
    for position, name in enumerate(names):
        if float(np.ptp(shown[:, position])) == 0:
            continue
        knots = knots_of(name, shown[:, position])
        if width(name, knots):
            kept.append(name)
            all_knots.append(knots)
            columns.append(basis(name, shown[:, position], knots))
    return kept, all_knots, columns


def boosted(sample: Sample) -> Model:
    """Monotone gradient boosting on the same features."""
    span = sample.windows[-1].moment - sample.windows[0].moment
    names = [n for n in DEFAULT_FEATURES if n not in BY_DATE or span.days >= SEASON_DAYS]
    shown = sample.shown(names)
    varies = [i for i in range(len(names)) if float(np.ptp(shown[:, i])) > 0]
    chosen = [names[i] for i in varies]
    return BoostedModel.fit(shown[:, varies], sample.happened, chosen, **sample.common)


def decayed_count(sample: Sample) -> Model:
    """The decayed count alone, with its fitted half-life."""
    return additive(sample, DECAYED)


def gamma_poisson(sample: Sample) -> Model:
    """Two numbers for a city with little history."""
    count = sample.shown(DECAYED)[:, 0]
    return GammaPoissonModel.fit(count, sample.happened, features=DECAYED, **sample.common)


def rule(incidents: int, days: int) -> Fitter:
    """The rule ``incidents`` in ``days`` with the rates seen where it fires and where not."""

    def fit(sample: Sample) -> Model:
        name = RULE_FEATURES[days]
        fired = sample.shown((name,))[:, 0] >= incidents
        happened = sample.happened
        low, high = _odds(happened[~fired]), _odds(happened[fired])
        return RuleModel(
            features=(name,), base=low, gain=max(high - low, 0.0), incidents=incidents,
            **sample.common,
        )  # fmt: skip

    return fit


def _odds(happened: Flags) -> float:
    rate = (float(happened.sum()) + 1) / (len(happened) + 2)
    return float(np.log(rate / (1 - rate)))


#: Name → how it is fitted; ``default`` is what the night uses.
FITTERS: dict[str, Fitter] = {
    "rule_3_in_90": rule(3, 90),
    "rule_3_in_365": rule(3, 365),
    "decayed_count": decayed_count,
    "gamma_poisson": gamma_poisson,
    "default": additive,
    "boosted": boosted,
}
#: Models that read one decayed count: its half-life is fitted by itself.
ALONE = frozenset({"decayed_count", "gamma_poisson"})


def train(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    kind: str = "default",
    window_at: WindowAt | None = None,
    *,
    worsening: bool = True,
) -> Model:
    """Fit a model on windows whose labels are complete at ``as_of``.

    Args:
        history: linked records with facts.
        settings: the scoring part decides windows, horizon and ridge.
        as_of: nothing reported later is used.
        kind: a name of :data:`FITTERS`. With too few recurrences for the default a
            Gamma–Poisson model is fitted in its place.
        window_at: windows built elsewhere, such as with the links as of each date.
        worsening: fit the model of worsening too, where there are events enough.

    Raises:
        ModelError: too few recurrences in the history to learn from.
    """
    from warning.scoring.card import described

    scoring = scoring_settings(settings)
    options = scoring.training
    windows = past_windows(history, scoring, as_of, options.windows, window_at)
    events = int(sum(window.recurs.sum() for window in windows))
    rows = int(sum(len(window.cohort) for window in windows))
    if events < options.minimum_events and kind == "default":
        kind = "gamma_poisson"
    if events < options.cold_start_events or events == rows:
        raise ModelError(
            Problem(
                say("训练数据", "the history"),
                say(
                    f"{len(windows)} 个时点、{rows} 行中只有 {events} 次再发",
                    f"only {events} recurrences in {rows} rows of {len(windows)} dates",
                ),
                say("也有未再发的行", "rows that stayed quiet, too")
                if events and events == rows
                else say(
                    f"至少 {options.cold_start_events} 次", f"at least {options.cold_start_events}"
                ),
                say(
                    "装入更长的历史，或使用自带模型",
                    "load a longer history, or use the packaged model",
                ),
            )
        )
    model, check = fit_windows(windows, scoring, kind, "recurrence")
    model = described(
        model, windows, check, as_of, calibrated=_calibrates(windows, check, model, options)
    )
    worse = int(sum(window.worsens.sum() for window in windows))
    if worsening and kind != "gamma_poisson" and options.minimum_events <= worse < rows:
        second, check = fit_windows(windows, scoring, kind, "worsening")
        sure = _calibrates(windows, check, second, options)
        second = described(second, windows, check, as_of, calibrated=sure)
        model = replace(model, worsening=second)
    return model


def fit_windows(
    windows: Sequence[Window], scoring: ScoringSettings, kind: str, target: Target
) -> tuple[Model, list[Window]]:
    """Fit on the older windows, calibrate on the newer ones.

    Returns:
        The model, and the windows it was calibrated on (all, where they are too few to part).
    """
    options = scoring.training
    # Of a short history a third calibrates; of a very short one all of it fits.
    keep_back = min(options.calibration_windows, len(windows) // 3) if len(windows) >= 5 else 0
    fitting = windows[: len(windows) - keep_back]
    if not any(window.happened(target).any() for window in fitting):
        fitting, keep_back = windows, 0
    reading = Reading(
        fit_half_lives(fitting, target, both=kind not in ALONE),
        fit_category_rates(fitting, target),
    )
    if kind in ALONE or kind.startswith("rule"):
        reading = Reading(reading.half_lives)
    model = FITTERS[kind](Sample(tuple(fitting), scoring, target, reading))
    check = list(windows[len(windows) - keep_back :] if keep_back else windows)
    if _calibrates(windows, check, model, options):
        odds = log_odds_of(model, check)
        later = np.concatenate([w.happened(target) for w in check])
        model = model.calibrated(*calibration(odds, later))
    return model, check


def _calibrates(
    windows: Sequence[Window], check: Sequence[Window], model: Model, options: TrainingSettings
) -> bool:
    """Whether windows were kept back and hold events enough to calibrate on."""
    later = np.concatenate([window.happened(model.target) for window in check])
    enough = later.sum() >= options.minimum_events and not later.all()
    return len(check) < len(windows) and bool(enough)


def log_odds_of(model: Model, windows: Sequence[Window]) -> Floats:
    """The model's log-odds of every row of the windows, together."""
    return log_odds_of_each([model], windows)[0]


def log_odds_of_each(models: Sequence[Model], windows: Sequence[Window]) -> list[Floats]:
    """The same of several models, each window looked at once."""
    found = [
        [
            model.log_odds(shown)
            for model, shown in zip(models, window.shown_to(models), strict=True)
        ]
        for window in windows
    ]
    return [np.concatenate(odds) for odds in zip(*found, strict=True)]


def measured(model: Model, windows: Sequence[Window]) -> dict[str, float]:
    """AUC, AP, ECE and base rate of a model on windows, as it stands."""
    happened = np.concatenate([w.happened(model.target) for w in windows])
    return metrics(happened, expit(log_odds_of(model, windows)))
