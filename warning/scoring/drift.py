"""Has the population, or how often it recurs, moved away from what the model was trained on?

PSI (population stability index) of each feature: Σ (now − then) · ln(now / then) over the groups
that split the training's values into tenths; below 0.1 steady, above 0.25 moved (a convention of
credit scoring).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.language import say
from warning.scoring.facts import scoring_settings
from warning.scoring.features import BY_DATE, FEATURES
from warning.scoring.history import Floats, History
from warning.scoring.model import Model
from warning.scoring.values import View, values
from warning.scoring.windows import Window, past_windows
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

TENTHS = tuple(np.linspace(0.1, 0.9, 9))
#: A share of nothing would make the index infinite.
LEAST_SHARE = 0.001


def population_of(model: Model, windows: Sequence[Window]) -> dict[str, Any]:
    """By feature: the edges of tenths of the training's values, and the share between them.

    What the date decides is left out: it moves every night.
    """
    names = [name for name in model.features if name not in BY_DATE]
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


@dataclass(frozen=True)
class Drift:
    """How far the population and the labels have moved since training.

    Attributes:
        psi: by feature, ≥ 0.
        expected: events that the model as trained forecast for the last complete windows.
        observed: events that happened in them.
        due: whether training again is due by the limits of the settings.
    """

    psi: Mapping[str, float]
    expected: float
    observed: int
    due: bool

    @property
    def most(self) -> tuple[str, float]:
        """The feature that moved most, and its PSI; an empty name where none is known."""
        return max(self.psi.items(), key=lambda item: item[1], default=("", 0.0))

    def facts(self) -> dict[str, Any]:
        """Plain values for a run's summary; :func:`drift_sentence` reads them."""
        name, value = self.most
        return {
            "drift_due": self.due,
            "drift_feature": name,
            "drift_psi": round(value, 3),
            "drift_expected": round(self.expected, 1),
            "drift_observed": self.observed,
        }


def drift(
    history: History, model: Model, settings: Settings | ScoringSettings, as_of: pd.Timestamp
) -> Drift:
    """Measure drift at ``as_of``, from what was known by then alone."""
    scoring = scoring_settings(settings)
    timeline = history.timeline
    snapshot = timeline.at(as_of, scoring.memory_days)
    cohort = timeline.cohort(snapshot, scoring.cohort_days)
    population = model.training.get("population", {})
    names = [name for name in model.features if name in population]
    view = View.of(timeline, snapshot, cohort, as_of, scoring.memory_days, model.reading)
    psi = feature_drift(population, names, values(view, names))
    expected, observed = 0.0, 0
    for window in past_windows(history, scoring, as_of, scoring.drift.windows):
        odds = model.log_odds(window.shown(model.features, model.reading))
        expected += float(expit(odds).sum())
        observed += int(window.recurs.sum())
    limits = scoring.drift
    moved = any(value > limits.psi for value in psi.values())
    if max(expected, observed) >= limits.minimum_events:
        ratio = max(observed, 0.5) / max(expected, 0.5)
        moved = moved or not 1 / limits.label_ratio <= ratio <= limits.label_ratio
    return Drift(psi, expected, observed, moved)


def drift_sentence(facts: Mapping[str, Any]) -> str:
    """What the facts of :meth:`Drift.facts` mean, in one plain sentence.

    Where nothing was compared, it does not say that the model fits.
    """
    feature = FEATURES.get(str(facts["drift_feature"]))
    psi, expected, observed = facts["drift_psi"], facts["drift_expected"], facts["drift_observed"]
    if feature is None and not expected and not observed:
        return say(
            "没有可比较的系列：这一夜未检验模型是否仍适用。",
            "There was no case to compare: whether the model still fits was not tested.",
        )
    moved = say("没有可比较的特征", "no feature could be compared")
    if feature:
        moved = say(
            f"变化最大的特征是“{feature.zh}”（PSI {psi:.2f}）",
            f"the feature that moved most is {feature.en} (PSI {psi:.2f})",
        )
    told = say(
        f"{moved}，近期观察窗预期 {expected:.0f} 次、实际 {observed} 次",
        f"{moved}; the last windows were to have {expected:.0f} events and had {observed}",
    )
    if facts["drift_due"]:
        return say(
            f"该重新训练模型了：{told}。请运行 warning train。",
            f"Training is due: {told}. Run: warning train",
        )
    return say(f"模型仍适用：{told}。", f"The model still fits: {told}.")


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
