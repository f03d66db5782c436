"""Proving models on later time, beside the rules that people use now."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.scoring.evaluation import metrics, precision_at, reliability
from warning.scoring.facts import scoring_settings
from warning.scoring.history import Flags, Floats, History
from warning.scoring.probability import rolling_shift
from warning.scoring.training import HistoryAt, Window, past_windows, train
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

RULES = {"rule_3_in_90": (3, 90), "rule_3_in_365": (3, 365)}  #: name → incidents, days
DEFAULT, DECAYED = "default", "decayed_count"


@dataclass(frozen=True)
class Backtest:
    """What a backtest found.

    Attributes:
        summary: model, auc, ap, ece, base_rate, cases, recurrences, and for each rule
            precision_at_<rule>: the precision at as many alerts as that rule gives, by date.
        reliability: model, group, cases, forecast, observed, low, high.
        by_date: model, as_of, auc, ap, ece, base_rate, cases.
        half_lives: the long and the short one of the default model, in days.
    """

    summary: pd.DataFrame
    reliability: pd.DataFrame
    by_date: pd.DataFrame
    half_lives: tuple[float, float]


def backtest(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    dates: int = 12,
    history_at: HistoryAt | None = None,
) -> Backtest:
    """Train before the first test date, then forecast each of the last ``dates`` dates.

    Labels of the training are complete before the first test date; each test date's own
    recalibration uses windows complete by then. Dates lie ``training.step_days`` apart.

    Args:
        history: the whole history, linked as today; labels come from it.
        settings: the scoring part decides windows and horizon.
        as_of: labels must be complete by then.
        dates: how many test dates.
        history_at: the history as linked on a date; none: today's links for all dates, which
            flatters where later records brought a link.

    Raises:
        ModelError: too little history before the first test date.
    """
    scoring = scoring_settings(settings)
    if history_at is not None:
        history_at = cache(history_at)  # linking a date again is dear, and most dates recur
    tests = past_windows(history, scoring, as_of, dates, history_at)
    first = tests[0].moment if tests else as_of
    default = train(history, scoring, first, history_at=history_at)
    plain = train(history, scoring, first, features=("decayed_count",), history_at=history_at)
    training = past_windows(history, scoring, first, scoring.training.windows, history_at)
    forecasts: dict[str, list[Floats]] = {}
    for name, rule in RULES.items():
        fired = np.concatenate([_rule(window, *rule) for window in training])
        recurs = np.concatenate([window.recurs for window in training])
        rates = [_rate(recurs[~fired]), _rate(recurs[fired])]
        forecasts[name] = [np.where(_rule(w, *rule), rates[1], rates[0]) for w in tests]
    for name, model in ((DECAYED, plain), (DEFAULT, default)):
        forecasts[name] = []
        for window in tests:
            shown = window.shown(model.features, model.half_lives, scoring.memory_days)
            shift = rolling_shift(history, model, scoring, window.moment, history_at)
            forecasts[name].append(expit(model.log_odds(shown) + shift))

    summary, tables, by_date = [], [], []
    recurs = np.concatenate([window.recurs for window in tests])
    for name, parts in forecasts.items():
        together = np.concatenate(parts)
        row: dict[str, object] = {"model": name, **metrics(recurs, together)}
        row |= {"cases": len(recurs), "recurrences": int(recurs.sum())}
        for rule_name, rule in RULES.items():
            row[f"precision_at_{rule_name}"] = _precision(tests, parts, rule)
        summary.append(row)
        tables.append(reliability(recurs, together).assign(model=name))
        by_date += [
            {"model": name, "as_of": w.moment, **metrics(w.recurs, p), "cases": len(w.cohort)}
            for w, p in zip(tests, parts, strict=True)
        ]
    return Backtest(
        summary=pd.DataFrame(summary),
        reliability=pd.concat(tables, ignore_index=True),
        by_date=pd.DataFrame(by_date),
        half_lives=(default.half_lives.long, default.half_lives.short),
    )


def _rule(window: Window, incidents: int, days: int) -> Flags:
    """Which cases of the cohort the rule warns about."""
    snapshot = window.snapshot
    counted = snapshot.case[(snapshot.age < days) & ~snapshot.discovered]
    count = np.bincount(counted, minlength=len(window.timeline.case_ids))
    return np.asarray(count[window.cohort] >= incidents, np.bool_)


def _rate(recurs: Flags) -> float:
    return float((recurs.sum() + 1) / (len(recurs) + 2))


def _precision(tests: list[Window], parts: list[Floats], rule: tuple[int, int]) -> float:
    """Precision over all dates, at each date's own number of the rule's alerts."""
    hits = alerts = 0.0
    for window, probability in zip(tests, parts, strict=True):
        volume = int(_rule(window, *rule).sum())
        if volume:
            hits += precision_at(window.recurs, probability, volume) * volume
            alerts += volume
    return hits / alerts if alerts else float("nan")
