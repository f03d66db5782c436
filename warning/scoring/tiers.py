"""From probability and severity to a tier: thresholds, floors, ceilings, capacity, calm.

Order of decisions for a case: thresholds by severity → capacity of its county → floors →
yesterday's tier (up at once; down one step a night, and only past the exit margin and the
minimum stay) → ceilings.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.language import say
from warning.scoring.facts import scoring_settings
from warning.scoring.history import KINDS, Flags, History, Integers
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings
from warning.settings.tiers import TIERS, Conditions, TiersSettings

NAMES = ("none", *reversed(TIERS))  #: by rank: 0 none … 4 red
RANK = {name: rank for rank, name in enumerate(NAMES)}
WARNING_COLUMNS = ("case_id", "as_of", "probability", "severity", "tier", "previous_tier",
                   "reasons", "tier_since")  # fmt: skip
YEAR_FLAGS = ("weapon", "injury", "threat", "alcohol", "domestic_violence", "warned")
CHINESE = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色", "none": "无"}


def case_facts(
    history: History, settings: Settings | ScoringSettings, as_of: pd.Timestamp
) -> pd.DataFrame:
    """What rules may ask about each case of the cohort, as known at ``as_of``.

    Returns:
        case_id, kind, county_code, category, incidents_30, incidents_90, incidents_365 (reported
        distinct incidents), days_since_last, flags of the last 365 days (weapon, injury, threat,
        alcohol, domestic_violence, warned), unsettled (the last incident was not settled).
    """
    scoring = scoring_settings(settings)
    timeline = history.timeline
    snapshot = timeline.at(as_of, scoring.memory_days)
    cohort = timeline.cohort(snapshot, scoring.cohort_days)
    size = len(timeline.case_ids)
    year = snapshot.age < 365
    columns: dict[str, Any] = {
        "case_id": pd.Series(timeline.case_ids[cohort], dtype="str"),
        "kind": pd.Series(np.array([*KINDS, ""], dtype=object)[timeline.kind[cohort]], dtype="str"),
        "county_code": pd.Series(timeline.county[cohort], dtype="str"),
        "category": pd.Series(timeline.category[cohort], dtype="str"),
    }
    for days in (30, 90, 365):
        counted = ~snapshot.discovered & (snapshot.age < days)
        columns[f"incidents_{days}"] = np.bincount(snapshot.case[counted], minlength=size)[cohort]
    last = np.full(size, np.inf)
    np.minimum.at(last, snapshot.case, snapshot.age)
    columns["days_since_last"] = last[cohort]
    for flag in YEAR_FLAGS:
        holds = np.zeros(size, bool)
        holds[snapshot.case[snapshot.flags[flag] & year]] = True
        columns[flag] = holds[cohort]
    unsettled = np.zeros(size, bool)
    newest = snapshot.age <= last[snapshot.case]
    unsettled[snapshot.case[newest & ~snapshot.flags["settled"]]] = True
    columns["unsettled"] = unsettled[cohort]
    return pd.DataFrame(columns)


def assign_tiers(
    scores: pd.DataFrame,
    facts_by_case: pd.DataFrame,
    previous_warnings: pd.DataFrame | None,
    settings: TiersSettings,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Give each scored case its tier.

    Args:
        scores: as :func:`warning.scoring.score` gives.
        facts_by_case: as :func:`case_facts` gives; a case that is not in it meets no rule.
        settings: thresholds and rules.
        as_of: the night.
        previous_warnings: warnings of earlier nights (rows at or after ``as_of`` are ignored, of
            a case the newest counts), with ``tier_since`` where known; none: the first night.

    Returns:
        case_id, as_of, probability, severity, tier, previous_tier, reasons, tier_since (the
        night on which the case entered its tier), one row a score, in its order.
    """
    frame = scores[["case_id", "probability", "severity"]].reset_index(drop=True)
    frame = frame.merge(facts_by_case.drop_duplicates("case_id"), on="case_id", how="left")
    probability = frame["probability"].to_numpy(np.float64)
    severity = frame["severity"].to_numpy(np.int64).clip(0, 4)

    entered = _by_threshold(probability, severity, settings, 1.0)
    allowed = _within_capacity(entered, frame, settings)
    floor = np.zeros(len(frame), np.int64)
    held = [_meets(frame, rule.when) for rule in settings.floors]
    for rule, holds in zip(settings.floors, held, strict=True):
        floor[holds] = np.maximum(floor[holds], RANK[rule.at_least])
    target = np.maximum(allowed, floor)

    previous, since = _previous(frame["case_id"], previous_warnings, as_of)
    keeping = _by_threshold(probability, severity, settings, settings.exit_margin)
    by_margin = (target < previous) & (keeping >= previous)
    nights = (as_of.normalize() - since.dt.normalize()).dt.days.to_numpy(np.float64)
    by_stay = (target < previous) & ~by_margin & (nights < settings.minimum_stay_nights)
    rank = np.where(by_margin | by_stay, previous, np.maximum(target, previous - 1))

    capped = np.full(len(frame), len(NAMES) - 1)
    lowered = [_meets(frame, rule.when) for rule in settings.ceilings]
    for ceiling, holds in zip(settings.ceilings, lowered, strict=True):
        capped[holds] = np.minimum(capped[holds], RANK[ceiling.at_most])
    final = np.minimum(rank, capped)
    stays = (final == previous) & since.notna().to_numpy(bool)

    names = np.array(NAMES, dtype=object)
    decided = {
        "entered": entered, "allowed": allowed, "floor": floor, "target": target, "rank": rank,
        "final": final, "previous": previous, "by_margin": by_margin, "by_stay": by_stay,
    }  # fmt: skip
    return pd.DataFrame(
        {
            "case_id": frame["case_id"],
            "as_of": pd.Series(as_of, index=frame.index, dtype="datetime64[us]"),
            "probability": probability,
            "severity": severity,
            "tier": pd.Series(names[final], dtype="str"),
            "previous_tier": pd.Series(names[previous], dtype="str"),
            "reasons": pd.Series(_reasons(frame, decided, held, lowered, settings), dtype="str"),
            "tier_since": since.where(stays, as_of).astype("datetime64[us]"),
        }
    )


def _by_threshold(
    probability: npt.NDArray[np.float64], severity: Integers, settings: TiersSettings, margin: float
) -> Integers:
    """The highest tier whose threshold times ``margin`` the probability reaches."""
    rank = np.zeros(len(probability), np.int64)
    for tier in reversed(TIERS):
        line = np.array([settings.threshold(tier, level) for level in range(5)])
        rank[probability >= line[severity] * margin] = RANK[tier]
    return rank


def _within_capacity(rank: Integers, frame: pd.DataFrame, settings: TiersSettings) -> Integers:
    """Beyond a county's capacity the least probable cases of a tier go one tier down."""
    if not settings.capacity:
        return rank
    result = rank.copy()
    county = frame["county_code"].astype("str").fillna("") if "county_code" in frame else ""
    order = pd.DataFrame(
        {"county": county, "p": -frame["probability"], "s": -frame["severity"],
         "case_id": frame["case_id"]}
    ).sort_values(["p", "s", "case_id"])  # fmt: skip
    for tier in TIERS:
        if tier not in settings.capacity:
            continue
        inside = order[(result == RANK[tier])[order.index.to_numpy()]]
        place = inside.groupby("county").cumcount()
        beyond = inside.index[(place >= settings.capacity[tier]).to_numpy()].to_numpy()
        result[beyond] -= 1
    return result


def _meets(frame: pd.DataFrame, when: Conditions) -> Flags:
    """Which cases meet all the conditions; an unknown fact meets none."""
    holds = np.ones(len(frame), bool)
    for name, wanted in when.model_dump(exclude_none=True).items():
        if name not in frame:
            return np.zeros(len(frame), bool)
        column = frame[name]
        if isinstance(wanted, bool):
            holds &= (column.astype("boolean") == wanted).fillna(False).to_numpy(bool)
        elif isinstance(wanted, int):
            holds &= (column.astype("Float64") >= wanted).fillna(False).to_numpy(bool)
        elif name == "category":
            holds &= column.astype("str").str.startswith(wanted).fillna(False).to_numpy(bool)
        else:
            holds &= (column.astype("str") == wanted).fillna(False).to_numpy(bool)
    return holds


def _previous(
    case_id: pd.Series, warnings: pd.DataFrame | None, as_of: pd.Timestamp
) -> tuple[Integers, pd.Series]:
    """Yesterday's rank (0 where none) and since when; long ago where it is not known."""
    nothing = pd.Series(pd.NaT, index=case_id.index, dtype="datetime64[us]")
    if warnings is None or warnings.empty:
        return np.zeros(len(case_id), np.int64), nothing
    earlier = warnings
    if "as_of" in warnings:
        moment = pd.to_datetime(warnings["as_of"])
        earlier = warnings[moment < as_of].sort_values("as_of", kind="stable")
    earlier = earlier.drop_duplicates("case_id", keep="last").set_index("case_id")
    tier = case_id.map(earlier["tier"].astype("str"))
    rank = np.asarray(tier.map(RANK).fillna(0), np.int64)
    if "tier_since" not in earlier:
        return rank, nothing
    since = pd.to_datetime(case_id.map(earlier["tier_since"])).astype("datetime64[us]")
    return rank, since


def _reasons(
    frame: pd.DataFrame,
    decided: dict[str, npt.NDArray[Any]],
    held: Sequence[Flags],
    lowered: Sequence[Flags],
    settings: TiersSettings,
) -> list[str]:
    """Why each case has its tier: its numbers, the line they reached, the rules that held."""
    rows = {name: column.tolist() for name, column in decided.items()}
    known = "incidents_365" in frame and "days_since_last" in frame
    counts = frame["incidents_365"].tolist() if known else [np.nan] * len(frame)
    ages = frame["days_since_last"].tolist() if known else [np.nan] * len(frame)
    rule_lists = [flags.tolist() for flags in held], [flags.tolist() for flags in lowered]
    lines = {
        (rank, level): settings.threshold(TIERS[4 - rank], level)
        for rank in range(1, 5)
        for level in range(5)
    }
    probabilities, severities = frame["probability"].tolist(), frame["severity"].tolist()
    texts = []
    for i in range(len(frame)):
        level, entered = min(max(int(severities[i]), 0), 4), rows["entered"][i]
        chance = f"{probabilities[i]:.1%}"
        text = say(f"再次发生的概率 {chance}", f"probability of a recurrence {chance}")
        if entered:
            line = f"{lines[entered, level]:.0%}"
            text += say(
                f"，达到{CHINESE[NAMES[entered]]}线 {line}（严重程度 {level}）",
                f", reaches the {NAMES[entered]} line {line} (severity {level})",
            )
        else:
            text += say(f"（严重程度 {level}）", f" (severity {level})")
        parts = [text]
        if counts[i] == counts[i]:
            parts.append(
                say(
                    f"一年内 {counts[i]:.0f} 次事件，最近一次在 {ages[i]:.0f} 天前",
                    f"{counts[i]:.0f} incidents in a year, the last {ages[i]:.0f} days ago",
                )
            )
        if rows["allowed"][i] < entered:
            parts.append(
                say(
                    f"超出本县{CHINESE[NAMES[entered]]}容量，降一级",
                    f"beyond the county's capacity for {NAMES[entered]}: one tier down",
                )
            )
        for rule, holds in zip(settings.floors, rule_lists[0], strict=True):
            if holds[i]:
                parts.append(say("规则：", "rule: ") + rule.text)
        before = NAMES[rows["previous"][i]]
        if rows["by_margin"][i]:
            parts.append(
                say(
                    f"尚在{CHINESE[before]}的退出余量之内，保持",
                    f"within the exit margin of {before}: kept",
                )
            )
        elif rows["by_stay"][i]:
            parts.append(
                say(
                    f"{CHINESE[before]}未满 {settings.minimum_stay_nights} 夜，保持",
                    f"less than {settings.minimum_stay_nights} nights in {before}: kept",
                )
            )
        elif rows["rank"][i] < rows["previous"][i]:
            parts.append(say(f"由{CHINESE[before]}逐级下调一级", f"one step down from {before}"))
        for ceiling, holds in zip(settings.ceilings, rule_lists[1], strict=True):
            if holds[i] and rows["rank"][i] > RANK[ceiling.at_most]:
                parts.append(say("规则：", "rule: ") + ceiling.text)
        texts.append("；".join(parts))
    return texts
