"""Proving models on later time, beside the rules that people use now."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.errors import ModelError, Problem
from warning.language import say
from warning.scoring.evaluation import metrics, precision_at, reliability
from warning.scoring.facts import scoring_settings
from warning.scoring.history import Flags, Floats, History, Target
from warning.scoring.model import Model
from warning.scoring.probability import recalibrated, recent_windows
from warning.scoring.training import FITTERS, fit_windows
from warning.scoring.windows import HistoryAt, Window, past_windows, window_maker
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

RULES = {"rule_3_in_90": (3, 90), "rule_3_in_365": (3, 365)}  #: name → incidents, days
DEFAULT = "default"
USUAL = ("rule_3_in_90", "rule_3_in_365", "gamma_poisson", "decayed_count", DEFAULT)


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    Attributes:
        summary: model, auc, ap, ece, base_rate, cases, recurrences, and for each rule
            precision_at_<rule>: the precision at as many alerts as that rule gives, by date.
        reliability: model, group, cases, forecast, observed, low, high.
        by_date: model, as_of, auc, ap, ece, base_rate, cases.
        models: name → the model that was tested.
        windows: the test dates, oldest first.
        probabilities: model → one array a window, aligned with its cohort.
        target: what was forecast.
    """

    summary: pd.DataFrame
    reliability: pd.DataFrame
    by_date: pd.DataFrame
    models: dict[str, Model]
    windows: tuple[Window, ...]
    probabilities: dict[str, list[Floats]]
    target: Target = "recurrence"

    @property
    def half_lives(self) -> tuple[float, float]:
        """The long and the short one of the default model, in days."""
        found = self.models[DEFAULT].half_lives
        return found.long, found.short


def backtest(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    dates: int = 12,
    history_at: HistoryAt | None = None,
    *,
    models: Sequence[str] = USUAL,
    target: Target = "recurrence",
) -> Backtest:
    """Train at the first test date, then forecast each of the last ``dates`` dates.

    The model is the one that :func:`warning.scoring.training.train` would have fitted on the
    first test date, and each date's recalibration that of its night: windows complete by then,
    and of these what was known by then. Only what happened after a test date is read in the whole
    history. Dates lie ``training.step_days`` apart.

    Args:
        history: the whole history, linked as today; the test dates' labels come from it.
        settings: the scoring part decides windows and horizon.
        as_of: labels must be complete by then.
        dates: how many test dates.
        history_at: the history as known and linked on a date, asked for once a test date; none:
            today's content and links for all dates, which flatters where later reports brought a
            link or a label.
        models: names of :data:`warning.scoring.training.FITTERS`, the default among them.
        target: recurrence, or worsening.

    Raises:
        ModelError: too little history before the first test date.
    """
    scoring = scoring_settings(settings)
    if history_at is not None:
        history_at = cache(history_at)  # linking a date again is dear
    window_at = window_maker(history, scoring, history_at)
    tests = past_windows(history, scoring, as_of, dates, window_at)
    first = tests[0].moment if tests else as_of
    known_at = history_at or (lambda _: history)
    shared = window_at if history_at is None else None
    training = past_windows(known_at(first), scoring, first, scoring.training.windows, shared)
    _require_events(training, scoring, target)
    fitted = {name: fit_windows(training, scoring, name, target)[0] for name in models}
    recent = [recent_windows(known_at(one.moment), scoring, one.moment, shared) for one in tests]
    probabilities = {
        name: [
            expit(_log_odds(recalibrated(model, before, scoring), window))
            for window, before in zip(tests, recent, strict=True)
        ]
        for name, model in fitted.items()
    }
    return measured_on(fitted, tests, probabilities, target)


def _log_odds(model: Model, window: Window) -> Floats:
    return model.log_odds(window.shown(model.features, model.reading))


def _require_events(windows: Sequence[Window], scoring: ScoringSettings, target: Target) -> None:
    events = int(sum(window.happened(target).sum() for window in windows))
    least = scoring.training.minimum_events
    if events >= least:
        return
    raise ModelError(
        Problem(
            say("回测数据", "the history before the test dates"),
            say(
                f"{len(windows)} 个时点中只有 {events} 次再发",
                f"only {events} recurrences at {len(windows)} dates",
            ),
            say(f"至少 {least} 次", f"at least {least}"),
            say("装入更长的历史，或减少 --dates", "load a longer history, or lower --dates"),
        )
    )


def measured_on(
    fitted: dict[str, Model],
    tests: Sequence[Window],
    probabilities: dict[str, list[Floats]],
    target: Target,
) -> Backtest:
    """The measures of forecasts that were made for the windows, model by model."""
    summary, tables, by_date = [], [], []
    labels = [window.happened(target) for window in tests]
    happened = np.concatenate(labels)
    for name, parts in probabilities.items():
        together = np.concatenate(parts)
        row: dict[str, object] = {"model": name, **metrics(happened, together)}
        row |= {"cases": len(happened), "recurrences": int(happened.sum())}
        for rule_name, rule in RULES.items():
            row[f"precision_at_{rule_name}"] = _precision(tests, labels, parts, rule)
        summary.append(row)
        tables.append(reliability(happened, together).assign(model=name))
        by_date += [
            {"model": name, "as_of": w.moment, **metrics(label, p), "cases": len(w.cohort)}
            for w, label, p in zip(tests, labels, parts, strict=True)
        ]
    return Backtest(
        summary=pd.DataFrame(summary),
        reliability=pd.concat(tables, ignore_index=True),
        by_date=pd.DataFrame(by_date),
        models=fitted,
        windows=tuple(tests),
        probabilities=probabilities,
        target=target,
    )


def fires(window: Window, incidents: int, days: int) -> Flags:
    """Which cases of the cohort the rule warns about: it counts as the tiers' facts do."""
    return window.own.incidents(days, len(window.cohort)) >= incidents


def _precision(
    tests: Sequence[Window],
    labels: Sequence[Flags],
    parts: Sequence[Floats],
    rule: tuple[int, int],
) -> float:
    """Precision over all dates, at each date's own number of the rule's alerts."""
    hits = alerts = 0.0
    for window, label, probability in zip(tests, labels, parts, strict=True):
        volume = int(fires(window, *rule).sum())
        if volume:
            hits += precision_at(label, probability, volume) * volume
            alerts += volume
    return hits / alerts if alerts else float("nan")


assert set(USUAL) <= set(FITTERS)  # noqa: S101 - names are given by hand
