"""Tonight's probabilities, with the points that each feature brings."""

import json
from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.scoring.facts import scoring_settings
from warning.scoring.history import Floats, History
from warning.scoring.learning import recalibration, shift_of
from warning.scoring.model import Model
from warning.scoring.training import log_odds_of, log_odds_of_each
from warning.scoring.values import View, values
from warning.scoring.windows import Window, WindowAt, past_windows
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

SCORE_COLUMNS = ("case_id", "probability", "severity", "log_odds", "contributions", "worsening",
                 "in_cohort")  # fmt: skip
BASE, RECALIBRATION = "base", "recalibration"


def score(
    history: History,
    model: Model,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    also: Collection[str] = (),
) -> pd.DataFrame:
    """Score every case with an incident in the cohort's days before ``as_of``.

    Args:
        history: linked records with facts; what was reported later is not looked at.
        model: the model, trained for the windows of the settings.
        settings: the scoring part decides windows and recalibration.
        as_of: the night.
        also: further cases to score although their last incident is older, such as those that
            still have a tier to step down from; unknown ids are left out.

    Returns:
        case_id, probability (of another distinct incident within the horizon), severity (0-4,
        the highest that people reported in the last year), log_odds, contributions (a JSON list of {feature, value,
        points}; the points sum to log_odds), worsening (the probability of a graver or severe
        incident; missing where the model has none), in_cohort (false for a case of ``also``
        that is not of the cohort), sorted by case_id.

    Raises:
        ModelError: the model was trained for other windows.
    """
    scoring = scoring_settings(settings)
    model.check(scoring.horizon_days, scoring.cohort_days, scoring.memory_days)
    timeline = history.timeline
    snapshot = timeline.at(as_of, scoring.memory_days)
    own = timeline.cohort(snapshot, scoring.cohort_days)
    cohort = timeline.with_cases(own, also)
    view = View.of(timeline, snapshot, cohort, as_of, scoring.memory_days, model.reading)
    shown = values(view, model.features)
    windows = recent_windows(history, scoring, as_of)
    models = [model] if model.worsening is None else [model, model.worsening]
    odds = log_odds_of_each(models, windows) if windows else [np.empty(0) for _ in models]
    tonight, *others = (
        recalibrated(one, windows, scoring, own) for one, own in zip(models, odds, strict=True)
    )
    points = tonight.points(shown)
    log_odds = tonight.base + points.sum(axis=1)
    worsening = np.full(len(cohort), np.nan)
    for second in others:
        read = values(view.read_by(second.reading), second.features)
        worsening = expit(second.log_odds(read))
    return pd.DataFrame(
        {
            "case_id": pd.Series(timeline.case_ids[cohort], dtype="str"),
            "probability": expit(log_odds),
            "severity": view.snapshot.worst(view.size),
            "log_odds": log_odds,
            "contributions": pd.Series(_contributions(model, tonight, shown, points), dtype="str"),
            "worsening": worsening,
            "in_cohort": np.isin(cohort, own),
        }
    )


def recent_windows(
    history: History,
    scoring: ScoringSettings,
    as_of: pd.Timestamp,
    window_at: WindowAt | None = None,
) -> list[Window]:
    """The last complete label windows that recalibration looks at; none where it is off."""
    count = scoring.recalibration.windows
    return past_windows(history, scoring, as_of, count, window_at) if count else []


def recalibrated(
    model: Model,
    windows: Sequence[Window],
    scoring: ScoringSettings,
    odds: Floats | None = None,
) -> Model:
    """The model brought to what the windows saw; the model itself on thin evidence.

    Evidence are cases, and events that happened or were forecast. Where fewer happened than
    ``minimum_events``, the base alone moves: not at all where so many were forecast, all the way
    where twice as many were, that no night is a cliff.
    ``odds`` are the model's log-odds of all rows of the windows, where they are known already.
    """
    options = scoring.recalibration
    if not windows:
        return model
    happened = np.concatenate([window.happened(model.target) for window in windows])
    events = int(happened.sum())
    if len(happened) < options.minimum_cases or events == len(happened):
        return model
    if odds is None:
        odds = log_odds_of(model, windows)
    if events >= options.minimum_events:
        return model.calibrated(*recalibration(odds, happened, options.slope_pull))
    forecast = float(expit(odds).sum())
    share = min(max(forecast / options.minimum_events - 1, 0.0), 1.0)
    return model.calibrated(1.0, share * shift_of(odds, events)) if share else model


def _contributions(model: Model, tonight: Model, shown: Floats, points: Floats) -> list[str]:
    """One JSON list a row. Full precision in points, so that they sum to the log-odds."""
    head = [{"feature": BASE, "value": None, "points": model.base}]
    if tonight.base != model.base:
        head.append({"feature": RECALIBRATION, "value": None, "points": tonight.base - model.base})
    start = json.dumps(head)[:-1]
    columns = [
        _parts(json.dumps(name), shown[:, place].round(4), points[:, place])
        for place, name in enumerate(model.features)
    ]
    return (
        [start + "".join(row) + "]" for row in zip(*columns, strict=True)]
        if columns
        else ([start + "]"] * len(shown))
    )


def _parts(name: str, value: Floats, point: Floats) -> list[str]:
    """A feature's part of each row; most rows share theirs, so each is written once.

    Value and points as one complex number, for distinct pairs are sought.
    """
    pair = value + 1j * point
    distinct, place = np.unique(pair, return_inverse=True)
    texts = [
        f', {{"feature": {name}, "value": {one.real}, "points": {one.imag!r}}}' if one.imag else ""
        for one in distinct.tolist()
    ]
    return [texts[row] for row in place.tolist()]
