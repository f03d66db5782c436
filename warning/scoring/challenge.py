"""Champion and challenger: a new model replaces the old only where it is not worse."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.errors import ModelError
from warning.language import say
from warning.scoring.backtest import DEFAULT, Backtest, measured_on
from warning.scoring.facts import scoring_settings
from warning.scoring.history import Floats, History
from warning.scoring.model import Model
from warning.scoring.probability import recalibrated, recent_windows
from warning.scoring.training import train
from warning.scoring.windows import Window, past_windows, window_maker
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

#: The last complete windows on which the two meet.
LAST_WINDOWS = 3
#: How much lower the average precision, and how much higher (as a share) the loss may be.
AP_TOLERANCE, LOSS_TOLERANCE = 0.005, 0.01
CHAMPION = "champion"


@dataclass(frozen=True)
class Choice:
    """What training gave.

    Attributes:
        model: the new model, fitted on all windows.
        replaces: whether it may take the old one's place.
        reason: why or why not, in the reader's language.
        found: both on the last windows (``champion`` and ``default``, the latter trained on what
            was known before them); None where they could not be compared.
    """

    model: Model
    replaces: bool
    reason: str
    found: Backtest | None


def challenge(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    champion: Model | None,
    kind: str = DEFAULT,
) -> Choice:
    """Train a model and hold it against the champion on the last complete windows.

    The challenger that meets the champion is trained on what was known before those windows;
    where it is not worse, the model trained on everything takes the place.

    Raises:
        ModelError: too few recurrences in the history to learn from.
    """
    scoring = scoring_settings(settings)
    window_at = window_maker(history, scoring)
    model = train(history, scoring, as_of, kind, window_at)
    if champion is None:
        return Choice(model, True, say("还没有模型", "there is no model yet"), None)
    try:
        champion.check(scoring.horizon_days, scoring.cohort_days, scoring.memory_days)
    except ModelError:
        reason = say("旧模型与现在的设置不符", "the old model does not fit the settings")
        return Choice(model, True, reason, None)
    last = past_windows(history, scoring, as_of, LAST_WINDOWS, window_at)
    try:
        trial = train(history, scoring, last[0].moment, kind, window_at, worsening=False)
    except ModelError:
        reason = say(
            "历史太短，无法在最近的时点上比较，保留旧模型",
            "the history is too short to compare them on the last dates: the old one stays",
        )
        return Choice(model, False, reason, None)
    recent = [recent_windows(history, scoring, window.moment, window_at) for window in last]
    fitted = {CHAMPION: champion, DEFAULT: trial}
    probabilities = {
        name: [
            expit(_log_odds(recalibrated(one, before, scoring), window))
            for window, before in zip(last, recent, strict=True)
        ]
        for name, one in fitted.items()
    }
    found = measured_on(fitted, last, probabilities, "recurrence")
    return _decided(model, found)


def _decided(model: Model, found: Backtest) -> Choice:
    precision = found.summary.set_index("model")["ap"].astype("float64")
    old_ap, new_ap = float(precision[CHAMPION]), float(precision[DEFAULT])
    old_loss, new_loss = (loss(found, name) for name in (CHAMPION, DEFAULT))
    replaces = new_ap >= old_ap - AP_TOLERANCE and new_loss <= old_loss * (1 + LOSS_TOLERANCE)
    figures = say(
        f"最近 {len(found.windows)} 个时点：AP {old_ap:.3f} → {new_ap:.3f}，"
        f"对数损失 {old_loss:.4f} → {new_loss:.4f}",
        f"the last {len(found.windows)} dates: AP {old_ap:.3f} → {new_ap:.3f}, "
        f"log loss {old_loss:.4f} → {new_loss:.4f}",
    )
    verdict = (
        say("新模型不差于旧模型，予以替换", "the new model is not worse and replaces the old")
        if replaces
        else say("新模型不如旧模型，保留旧模型", "the new model is worse: the old one stays")
    )
    told = say(f"{verdict}（{figures}）", f"{verdict} ({figures})")
    return Choice(model, replaces, told, found)


def loss(found: Backtest, name: str) -> float:
    """Mean log loss of a model's forecasts."""
    happened = np.concatenate([window.happened(found.target) for window in found.windows])
    given = np.clip(np.concatenate(found.probabilities[name]), 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(happened, np.log(given), np.log1p(-given))))


def _log_odds(model: Model, window: Window) -> Floats:
    return model.log_odds(window.shown(model.features, model.reading))
