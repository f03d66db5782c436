"""The features of a case: few, named, each with unit, direction and source.

A feature that is ``monotone`` can only grow when one more incident is added (days and gaps are
turned round by their transform), and its part of the model never falls: so one more incident
never lowers a risk. What no incident changes (the kind of case, the season) has no direction. The one
thing that may lower a risk on the day of an incident is that it was settled: ``last_unsettled``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from warning.scoring.history import Floats

Shape = Literal["ramps", "line", "season"]


@dataclass(frozen=True)
class Feature:
    """A feature's meaning.

    Attributes:
        name: its key in model files.
        zh, en: what people call it.
        unit: of the value people read.
        monotone: its part of the log-odds may not fall as the input grows.
        shape: ``ramps`` (piecewise linear over knots), ``line`` or ``season`` (one wave a year).
        source: which facts it is made of.
        zh_lower, en_lower: what would lower it; empty where nothing does.
    """

    name: str
    zh: str
    en: str
    unit: str
    monotone: bool
    shape: Shape
    source: str
    zh_lower: str = ""
    en_lower: str = ""


def _logarithm(value: Floats) -> Floats:
    return np.log1p(np.maximum(value, 0.0))


def _recency(days: Floats) -> Floats:
    return -np.log1p(np.maximum(days, 0.0))


def _same(value: Floats) -> Floats:
    return value


#: Unit → from the value people read to the model's input.
TRANSFORMS: dict[str, Callable[[Floats], Floats]] = {
    "incidents": _logarithm,
    "periods": _logarithm,
    "channels": _logarithm,
    "kinds": _logarithm,
    "people": _logarithm,
    "spans": _same,
    "days": _recency,
    "0-4": _same,
    "levels": _same,
    "days off": _same,
    "yes/no": _same,
    "day of year": _same,
}

#: Not of what counts in periods back from the night: two incidents may come to lie in two.
_QUIET = ("保持无新事件，分值随时间下降", "with no new incident it falls by itself in time")
_SETTLE = ("化解并登记达成协议", "settle the matter and register the agreement")

_ALL = (
    Feature("decayed_count", "事件数（远期衰减）", "incidents, slowly decayed", "incidents", True,
            "ramps", "reported incidents, link probability, first report", *_QUIET),
    Feature("recent_count", "事件数（近期衰减）", "incidents, quickly decayed", "incidents", True,
            "ramps", "reported incidents, link probability, first report", *_QUIET),
    Feature("year_count", "一年内事件数", "incidents in a year", "incidents", True,
            "ramps", "reported incidents, first report", *_QUIET),
    Feature("quarter_count", "90天内事件数", "incidents in 90 days", "incidents", True,
            "ramps", "reported incidents, first report", *_QUIET),
    Feature("days_since_last", "距上次天数", "days since the last incident", "days", True,
            "ramps", "first report of the newest incident", *_QUIET),
    Feature("days_since_second", "距倒数第二次天数", "days since the last but one", "days", True,
            "ramps", "first report of the newest incident but one", *_QUIET),
    Feature("shortest_gap", "两次事件的最短间隔", "shortest gap between two incidents", "days", True,
            "ramps", "first reports of neighbouring incidents", *_QUIET),
    Feature("active_periods", "有事件的30天时段数", "30-day periods with an incident", "periods",
            True, "ramps", "first reports"),
    Feature("quickening", "间隔走向（逐次加倍的时段中有事件的段数）",
            "trend of the gaps (spans that double backwards, with an incident)", "spans", True,
            "ramps", "first reports"),
    Feature("weighted_count", "事件数（按类别再发率加权）",
            "incidents, weighted by how often their category recurs", "incidents", True, "ramps",
            "categories, rates learned at training", *_QUIET),
    Feature("kinds", "一年内类别数", "different categories in a year", "kinds", True, "ramps",
            "categories"),
    Feature("channels", "一年内报告渠道数", "channels that reported in a year", "channels", True,
            "ramps", "channels"),
    Feature("parties", "一年内一次事件的最多涉及方", "most parties to one incident in a year",
            "people", True, "ramps", "linked parties"),
    Feature("unsettled_count", "未化解事件数（衰减）", "unsettled incidents, decayed", "incidents",
            True, "ramps", "outcomes, narrative", *_SETTLE),
    Feature("last_unsettled", "最近一次未化解", "the last incident is unsettled", "yes/no", True,
            "line", "outcome or narrative of the newest incident", *_SETTLE),
    Feature("discovered_count", "一年内巡查自行发现数", "own finds of patrols in a year",
            "incidents", True, "ramps", "origin"),
    Feature("severity", "一年内最高严重程度", "highest severity in a year", "0-4", True, "ramps",
            "narrative, category, injuries, deaths"),
    Feature("severity_rise", "严重程度走向（一年内比此前升高的级数）",
            "trend of severity (levels above an earlier incident, in a year)", "levels", True,
            "line", "severity of successive incidents", *_QUIET),
    Feature("severe_count", "严重事件数（衰减）", "severe incidents, decayed", "incidents", True,
            "ramps", "severity of 3 and above", *_QUIET),
    Feature("weapon", "涉凶器", "a weapon", "yes/no", True, "line", "narrative, negation seen"),
    Feature("injury", "有人受伤", "an injury", "yes/no", True, "line", "narrative, injuries"),
    Feature("threat", "扬言威胁", "a threat", "yes/no", True, "line", "narrative, negation seen"),
    Feature("alcohol", "涉酒", "alcohol", "yes/no", True, "line", "narrative"),
    Feature("domestic_violence", "家庭暴力", "domestic violence", "yes/no", True, "line",
            "category, narrative", "依法出具告诫书、落实庇护与回访",
            "issue a written warning, protect and visit"),
    Feature("kind_person", "以人为线索", "a person's series", "yes/no", False, "line", "case"),
    Feature("kind_place", "以地为线索", "a place's series", "yes/no", False, "line", "case"),
    Feature("kind_organisation", "以单位为线索", "an organisation's series", "yes/no", False,
            "line", "case"),
    Feature("hub_place", "人员集中场所", "a place many people pass", "yes/no", False, "line",
            "places"),
    Feature("season", "季节", "season", "day of year", False, "season", "the night's date"),
    Feature("days_off", "未来30天休息日数", "days off in the next 30 days", "days off", False,
            "line", "the night's date"),
)  # fmt: skip
FEATURES: dict[str, Feature] = {feature.name: feature for feature in _ALL}
#: The same for every case of a night.
BY_DATE = frozenset(f.name for f in _ALL if f.source == "the night's date")

#: Where ramps bend: these quantiles of the training's inputs.
KNOT_QUANTILES = (0.0, 0.25, 0.5, 0.75, 0.9, 0.97, 0.995, 1.0)
YEAR_DAYS = 365.25


def knots_of(name: str, shown: Floats) -> tuple[float, ...]:
    """Where a feature's part may bend, from training values; empty where it does not bend."""
    if FEATURES[name].shape != "ramps":
        return ()
    given = TRANSFORMS[FEATURES[name].unit](shown)
    return tuple(float(k) for k in np.unique(np.round(np.quantile(given, KNOT_QUANTILES), 6)))


def width(name: str, knots: Sequence[float]) -> int:
    """How many coefficients a feature has."""
    return {"line": 1, "season": 2, "ramps": max(len(knots) - 1, 0)}[FEATURES[name].shape]


def basis(name: str, shown: Floats, knots: Sequence[float]) -> Floats:
    """One column a coefficient: ramps from 0 to 1 between knots, the value, or a yearly wave."""
    feature = FEATURES[name]
    given = TRANSFORMS[feature.unit](shown)
    if feature.shape == "line":
        return given[:, None]
    if feature.shape == "season":
        angle = 2 * np.pi * given / YEAR_DAYS
        return np.column_stack([np.sin(angle), np.cos(angle)])
    columns = [np.clip((given - low) / (high - low), 0.0, 1.0) for low, high in pairwise(knots)]
    return np.array(columns).T if columns else np.zeros((len(given), 0))
