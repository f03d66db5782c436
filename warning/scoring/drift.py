"""Has the population, or how often it recurs, moved away from what the model was trained on?

PSI (population stability index) of each feature: Σ (now − then) · ln(now / then) over the groups
that split the training's values into tenths; below 0.1 steady, above 0.25 moved (a convention of
credit scoring). What chance alone may bring is taken off it first, for few cases scatter widely.
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
from warning.scoring.model import LEAST_POINTS, Model
from warning.scoring.values import View, values
from warning.scoring.windows import Window, past_windows
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

TENTHS = tuple(np.linspace(0.1, 0.9, 9))
#: A share of nothing would make the index infinite.
LEAST_SHARE = 0.001
#: Chance reaches so many standard deviations: the greatest index of some twenty is looked at.
REACH = 3.0


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


def stability_index(
    then: Sequence[float], now: Sequence[float], least: float = LEAST_SHARE
) -> float:
    """PSI of two lists of shares, ≥ 0; shares below ``least`` count as it."""
    before = np.maximum(np.array(then, np.float64), least)
    after = np.maximum(np.array(now, np.float64), least)
    return float(np.sum((after - before) * np.log(after / before)))


@dataclass(frozen=True)
class Drift:
    """How far the population and the labels have moved since training.

    Attributes:
        psi: by feature that brings points, ≥ 0: what is beyond chance.
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
    view = View.of(timeline, snapshot, cohort, as_of, scoring.memory_days, model.reading)
    shown = values(view, model.features)
    telling = np.abs(model.points(shown)).max(axis=0, initial=0.0) >= LEAST_POINTS
    names = [name for name, tells in zip(model.features, telling, strict=True) if tells]
    rows = int(model.training.get("rows", 0))
    psi = feature_drift(population, names, shown[:, telling], rows)
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
            f"变化最大的特征是“{feature.zh}”（除去偶然波动 PSI {psi:.2f}）",
            f"the feature that moved most is {feature.en} (PSI beyond chance {psi:.2f})",
        )
    told = say(
        f"{moved}，近期观察窗预期 {expected:.0f} 次、实际 {observed} 次",
        f"{moved}; the last windows were to have {expected:.0f} events and had {observed}",
    )
    if facts["drift_due"]:
        return say(
            f"该重新训练模型了：{told}。请运行 warning train；若已训练过而新模型更差，可不处理。",
            f"Training is due: {told}. Run: warning train. Where that was done and the new model "
            "was worse, nothing is to be done.",
        )
    return say(f"模型仍适用：{told}。", f"The model still fits: {told}.")


def feature_drift(
    population: Mapping[str, Any], names: Sequence[str], shown: Floats, rows: int
) -> dict[str, float]:
    """PSI beyond chance, ≥ 0, by feature of tonight's values against the training's.

    Unknown features are left out. ``rows`` the training had; 0 where that is not known. A group
    without a case counts as half a case.
    """
    least = max(LEAST_SHARE, 0.5 / max(len(shown), 1))
    found = {}
    for column, name in enumerate(names):
        if name not in population or not len(shown):
            continue
        then, edges = population[name]["shares"], population[name]["edges"]
        now = shares_between(shown[:, column], edges).tolist()
        chance = index_by_chance(len(then), len(shown), rows)
        found[name] = max(stability_index(then, now, least) - chance, 0.0)
    return found


def index_by_chance(groups: int, cases: int, rows: int) -> float:
    """How high the PSI of two samples of one population may be, ≥ 0.

    In units of 1 / cases + 1 / rows it is distributed as χ² with groups − 1 degrees of freedom.
    """
    free = groups - 1
    unit = 1 / cases + (1 / rows if rows else 0.0)
    return float((free + REACH * np.sqrt(2 * free)) * unit)
