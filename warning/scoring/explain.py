"""A score in words: what raises it, what lowers it, and by how much."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit

from warning.language import say
from warning.records import RECORD
from warning.scoring.facts import scoring_settings
from warning.scoring.features import BY_DATE, FEATURES
from warning.scoring.history import YEAR, History
from warning.scoring.model import LEAST_POINTS, Model
from warning.scoring.probability import BASE, RECALIBRATION
from warning.scoring.told_late import aged, told_late
from warning.scoring.values import SEVERE, View, values
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings

#: Features that look at what only a patrol found, too.
WITH_FINDS = ("discovered_count", "channels", "parties")
#: Features that tell how many days ago an incident was.
SINCE = ("days_since_last", "days_since_second")


def explain_score(row: Mapping[str, Any], as_of: pd.Timestamp, horizon_days: int = 30) -> list[str]:
    """Plain lines for one row of :func:`warning.scoring.score`, strongest points first.

    Points are log-odds: one point multiplies the odds by about 2.7; they sum to the row's
    log_odds. Days since an incident are told by the calendar, as the reasons of a tier tell them.

    Args:
        row: the row.
        as_of: its night.
        horizon_days: of the probability.
    """
    parts = json.loads(str(row["contributions"]))
    base = sum(p["points"] for p in parts if p["feature"] in (BASE, RECALIBRATION))
    chance = float(row["probability"])
    lines = [
        say(
            f"{horizon_days} 天内再次发生的概率 {chance:.1%}，严重程度 {int(row['severity'])} 级",
            f"probability of a recurrence within {horizon_days} days {chance:.1%}, "
            f"severity {int(row['severity'])}",
        ),
        say(
            f"起点：一般案件的概率 {expit(base):.1%}（{base:+.2f} 分）",
            f"start: an average case has {expit(base):.1%} ({base:+.2f} points)",
        ),
    ]
    own = [p for p in parts if p["feature"] not in (BASE, RECALIBRATION)]
    own = [p for p in own if abs(p["points"]) >= LEAST_POINTS]
    for part in sorted(own, key=lambda p: -abs(p["points"])):
        feature = FEATURES[part["feature"]]
        number = float(part["value"])
        if feature.name in SINCE:
            number = _calendar_days(number, as_of)
        value = _shown(feature.unit, number)
        effect = say("升高", "raises") if part["points"] > 0 else say("降低", "lowers")
        lines.append(
            say(
                f"{effect}：{feature.zh} {value}（{part['points']:+.2f} 分）",
                f"{effect}: {feature.en} {value} ({part['points']:+.2f} points)",
            )
        )
    total = sum(p["points"] for p in parts)
    # Parts too small to show and what rounding took: as printed, all adds up to the sum.
    rest = round(total, 2) - sum(round(points, 2) for points in (base, *(p["points"] for p in own)))
    if round(rest, 2):
        lines.append(
            say(f"其余及舍入（{rest:+.2f} 分）", f"others and rounding ({rest:+.2f} points)")
        )
    advice = lowering(own)
    if advice:
        lines.append(say("可使分值下降：", "what would lower it: ") + say("；", "; ").join(advice))
    lines.append(
        say(
            f"合计 {total:+.2f} 分，即 {chance:.1%}",
            f"sum {total:+.2f} points, that is {chance:.1%}",
        )
    )
    return lines


def lowering(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What would lower a score, for the features that raise it, strongest first, each once."""
    advice: list[str] = []
    for part in sorted(parts, key=lambda p: -p["points"]):
        feature = FEATURES[part["feature"]]
        text = say(feature.zh_lower, feature.en_lower)
        if part["points"] > 0 and text and text not in advice:
            advice.append(text)
    return advice


def outlook(
    history: History,
    model: Model,
    settings: Settings | ScoringSettings,
    row: Mapping[str, Any],
    as_of: pd.Timestamp,
    days: int = 30,
) -> float:
    """The probability of a case if nothing happens for so many days.

    Args:
        history, model, settings, as_of: as for the row.
        row: of :func:`warning.scoring.score`.
        days: without a new incident.
    """
    scoring = scoring_settings(settings)
    timeline = history.timeline
    code = timeline.with_cases(np.zeros(0, np.int64), [str(row["case_id"])])
    snapshot = timeline.at(as_of, scoring.memory_days)
    later = replace(snapshot, age=snapshot.age + days)
    odds = [
        float(model.log_odds(values(view, model.features))[0])
        for view in (
            View.of(timeline, seen, code, as_of, scoring.memory_days, model.reading)
            for seen in (snapshot, later)
        )
    ]
    return float(expit(float(row["log_odds"]) + odds[1] - odds[0]))


def records_behind(
    history: History, case_id: str, features: Sequence[str], as_of: pd.Timestamp
) -> pd.DataFrame:
    """The reports that each feature of a case rests on, as known at ``as_of``.

    Returns:
        feature, channel, record_id, reported_at, incident_id, newest first within a feature;
        without complaints where the case is a person's, whose score they do not touch, and
        without what only a patrol found but for :data:`WITH_FINDS`.
        Features that no report decides (the kind of case, the date) have no row.
    """
    members = history.case_incidents
    own = members.loc[members["case_id"] == case_id, "incident_id"]
    all_known = history.records[
        history.records["incident_id"].isin(own) & (history.records["reported_at"] <= as_of)
    ]
    kind = history.cases.loc[history.cases["case_id"] == case_id, "kind"]
    if kind.eq("person").any():
        all_known = all_known[~all_known["is_complaint"].astype(bool)]
    late = told_late(all_known, history.late_days)
    reported = all_known[~_whole(all_known, "is_discovered")]
    found = []
    for name in features:
        if name in BY_DATE or FEATURES[name].source in {"case", "places"}:
            continue
        known = all_known if name in WITH_FINDS else reported
        first = known.groupby("incident_id")["reported_at"].transform("min")
        first = aged(first, known["incident_id"], late)
        age = (as_of - first).dt.total_seconds() / 86_400
        if name in known and known[name].dtype == bool:
            rows = known[known[name] & (age < YEAR)]
        elif name in {"days_since_last", "days_since_second", "last_unsettled"}:
            rank = first.rank(method="dense", ascending=False)
            rows = known[rank == 1 + (name == "days_since_second")]
        elif name == "unsettled_count":
            rows = known[~known["settled"].astype(bool)]
        elif name == "severe_count":
            rows = known[known["severity"] >= SEVERE]
        elif name == "severity":
            worst = known.loc[age < YEAR, "severity"].max()
            rows = known[(age < YEAR) & (known["severity"] == worst)]
        elif name == "severity_rise":
            rows = known[(age < YEAR) & (known["severity"] > known["severity"].min())]
        elif name == "discovered_count":
            rows = known[known["is_discovered"].astype(bool)]
        elif name in {"year_count", "kinds", "channels", "parties"}:
            rows = known[age < YEAR]
        else:
            rows = known
        found.append(rows[[*RECORD, "reported_at", "incident_id"]].assign(feature=name))
    columns = ["feature", *RECORD, "reported_at", "incident_id"]
    if not found:
        return pd.DataFrame(columns=columns)
    table = pd.concat(found, ignore_index=True)[columns]
    newest: pd.DataFrame = table.sort_values("reported_at", ascending=False, kind="stable")
    ordered: pd.DataFrame = newest.sort_values("feature", kind="stable")
    return ordered


def _whole(known: pd.DataFrame, flag: str) -> "pd.Series[bool]":
    """Whether every record of the incident of each has the flag."""
    return known[flag].astype(bool).groupby(known["incident_id"]).transform("all")


def _calendar_days(ago: float, as_of: pd.Timestamp) -> int:
    """Days by the calendar since a moment ``ago`` days before, which is kept to within 5 seconds."""
    then = (as_of - pd.Timedelta(days=ago)).round("10s")
    return (as_of.normalize() - then.normalize()).days


def _shown(unit: str, value: float) -> str:
    if unit == "yes/no":
        return say("是", "yes") if value else say("否", "no")
    if unit == "days":
        return f"{value:.0f}"
    return f"{value:.2f}".rstrip("0").rstrip(".")
