"""The features of a case: few, named, each with unit, direction and source.

Every feature but the kind grows, and its coefficient is kept at or above zero, when one more
incident is added: so one more incident never lowers a risk.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from warning.scoring.history import KINDS, Flags, Floats, Integers, Snapshot, Timeline

YEAR = 365


@dataclass(frozen=True)
class HalfLives:
    """Days after which an incident counts half, in the long and the short memory."""

    long: float = 365.0
    short: float = 14.0


@dataclass(frozen=True)
class Feature:
    """A feature's meaning. ``monotone``: its coefficient may not be negative."""

    name: str
    zh: str
    en: str
    unit: str
    monotone: bool
    transform: Callable[[Floats], Floats]  #: from the value people read to the model's input


def _same(values: Floats) -> Floats:
    return values


def _recency(days: Floats) -> Floats:
    return -np.log1p(np.maximum(days, 0.0))


def _logarithm(count: Floats) -> Floats:
    return np.log1p(count)


_ALL = (
    Feature("decayed_count", "事件数（远期衰减）", "incidents, slowly decayed", "incidents", True,
            _logarithm),
    Feature("recent_count", "事件数（近期衰减）", "incidents, quickly decayed", "incidents", True,
            _logarithm),
    Feature("days_since_last", "距上次天数", "days since the last incident", "days", True,
            _recency),
    Feature("repeated", "曾经反复", "came back before", "yes/no", True, _same),
    Feature("unsettled_count", "未化解事件数（衰减）", "unsettled incidents, decayed", "incidents",
            True, _logarithm),
    Feature("discovered_count", "一年内巡查自行发现数", "own finds of patrols in a year",
            "incidents", True, _logarithm),
    Feature("severity", "一年内最高严重程度", "highest severity in a year", "0-4", True, _same),
    Feature("weapon", "涉凶器", "a weapon", "yes/no", True, _same),
    Feature("injury", "有人受伤", "an injury", "yes/no", True, _same),
    Feature("threat", "扬言威胁", "a threat", "yes/no", True, _same),
    Feature("alcohol", "涉酒", "alcohol", "yes/no", True, _same),
    Feature("domestic_violence", "家庭暴力", "domestic violence", "yes/no", True, _same),
    Feature("kind_person", "以人为线索", "a person's series", "yes/no", False, _same),
    Feature("kind_place", "以地为线索", "a place's series", "yes/no", False, _same),
    Feature("kind_organisation", "以单位为线索", "an organisation's series", "yes/no", False,
            _same),
)  # fmt: skip
FEATURES: dict[str, Feature] = {feature.name: feature for feature in _ALL}
_FLAGS = ("weapon", "injury", "threat", "alcohol", "domestic_violence")


def decayed(snapshot: Snapshot, half_life: float, size: int, only: Flags | None = None) -> Floats:
    """Per case code: Σ weight · 2^(−age / half-life) over its reported incidents."""
    counted = ~snapshot.discovered if only is None else ~snapshot.discovered & only
    worth = snapshot.weight[counted] * np.exp2(-snapshot.age[counted] / half_life)
    return np.bincount(snapshot.case[counted], weights=worth, minlength=size).astype(np.float64)


def values(
    timeline: Timeline,
    snapshot: Snapshot,
    cohort: Integers,
    names: Sequence[str],
    half_lives: HalfLives,
    memory_days: int,
) -> Floats:
    """The values people read: one row a case of the cohort, one column a name."""
    size = len(timeline.case_ids)
    year = snapshot.age < YEAR
    columns: list[Floats] = []
    for name in names:
        if name == "decayed_count":
            column = decayed(snapshot, half_lives.long, size)
        elif name == "recent_count":
            column = decayed(snapshot, half_lives.short, size)
        elif name == "repeated":
            # At least two incidents by weight: one for certain and one more likely than not.
            column = (decayed(snapshot, np.inf, size) >= 1.5).astype(np.float64)
        elif name == "unsettled_count":
            column = decayed(snapshot, half_lives.long, size, ~snapshot.flags["settled"])
        elif name == "days_since_last":
            column = np.full(size, float(memory_days))
            reported = ~snapshot.discovered
            np.minimum.at(column, snapshot.case[reported], snapshot.age[reported])
        elif name == "discovered_count":
            found = snapshot.case[snapshot.discovered & year]
            column = np.bincount(found, minlength=size).astype(np.float64)
        elif name == "severity":
            column = np.zeros(size)
            np.maximum.at(column, snapshot.case[year], snapshot.severity[year].astype(np.float64))
        elif name in _FLAGS:
            column = np.zeros(size)
            column[snapshot.case[snapshot.flags[name] & year]] = 1.0
        else:
            column = (timeline.kind == KINDS.index(name.removeprefix("kind_"))).astype(np.float64)
        columns.append(column[cohort])
    return np.column_stack(columns) if columns else np.zeros((len(cohort), 0))


def inputs(shown: Floats, names: Sequence[str]) -> Floats:
    """The model's inputs from the values of :func:`values`."""
    return np.column_stack(
        [FEATURES[name].transform(shown[:, column]) for column, name in enumerate(names)]
    )
