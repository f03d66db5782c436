"""Tonight's probabilities, with the points that each feature brings."""

import json

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.scoring.facts import scoring_settings
from warning.scoring.features import values
from warning.scoring.history import Floats, History
from warning.scoring.model import Model
from warning.scoring.training import HistoryAt, Window, intercept_shift, past_windows
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

SCORE_COLUMNS = ("case_id", "probability", "severity", "log_odds", "contributions")
BASE, RECALIBRATION = "base", "recalibration"


def score(
    history: History, model: Model, settings: Settings | ScoringSettings, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Score every case with an incident in the cohort's days before ``as_of``.

    Returns:
        case_id, probability (of another distinct incident within the horizon), severity (0-4,
        the highest of the last year), log_odds, contributions (a JSON list of {feature, value,
        points}; the points sum to log_odds), sorted by case_id.

    Raises:
        ModelError: the model was trained for other windows.
    """
    scoring = scoring_settings(settings)
    model.check(scoring.horizon_days, scoring.cohort_days, scoring.memory_days)
    timeline = history.timeline
    snapshot = timeline.at(as_of, scoring.memory_days)
    cohort = timeline.cohort(snapshot, scoring.cohort_days)
    shown = values(
        timeline, snapshot, cohort, model.features, model.half_lives, scoring.memory_days
    )
    shift = rolling_shift(history, model, scoring, as_of)
    points = model.points(shown)
    log_odds = model.base + shift + points.sum(axis=1)
    severity = np.zeros(len(timeline.case_ids), np.int64)
    year = snapshot.age < scoring.cohort_days
    np.maximum.at(severity, snapshot.case[year], snapshot.severity[year])
    return pd.DataFrame(
        {
            "case_id": pd.Series(timeline.case_ids[cohort], dtype="str"),
            "probability": expit(log_odds),
            "severity": severity[cohort],
            "log_odds": log_odds,
            "contributions": pd.Series(_contributions(model, shown, points, shift), dtype="str"),
        }
    )


def rolling_shift(
    history: History,
    model: Model,
    scoring: ScoringSettings,
    as_of: pd.Timestamp,
    history_at: HistoryAt | None = None,
) -> float:
    """How far the log-odds must shift to fit the last complete windows; 0.0 on thin evidence."""
    options = scoring.recalibration
    if not options.windows:
        return 0.0
    return shift_of(past_windows(history, scoring, as_of, options.windows, history_at), model,
                    scoring)  # fmt: skip


def shift_of(windows: list[Window], model: Model, scoring: ScoringSettings) -> float:
    """The shift that fits these windows; 0.0 on thin evidence."""
    options = scoring.recalibration
    if not windows:
        return 0.0
    recurs = np.concatenate([window.recurs for window in windows])
    if recurs.sum() < options.minimum_events or len(recurs) < options.minimum_cases:
        return 0.0
    odds = np.concatenate(
        [
            model.log_odds(window.shown(model.features, model.half_lives, scoring.memory_days))
            for window in windows
        ]
    )
    return intercept_shift(odds, recurs)


def _contributions(model: Model, shown: Floats, points: Floats, shift: float) -> list[str]:
    """One JSON list a row. Full precision in points, so that they sum to the log-odds."""
    head = [{"feature": BASE, "value": None, "points": model.base}]
    if shift:
        head.append({"feature": RECALIBRATION, "value": None, "points": shift})
    start = json.dumps(head)[:-1]
    names = [json.dumps(name) for name in model.features]
    texts = []
    for value_row, point_row in zip(shown.tolist(), points.tolist(), strict=True):
        parts = [
            f', {{"feature": {name}, "value": {round(value, 4)}, "points": {point!r}}}'
            for name, value, point in zip(names, value_row, point_row, strict=True)
            if point
        ]
        texts.append(start + "".join(parts) + "]")
    return texts
