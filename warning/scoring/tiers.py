"""From probability and severity to a tier: thresholds, floors, ceilings, capacity, calm.

Order of decisions for a case: thresholds by severity (or its place among its county's most
probable) → capacity of its county → floors → yesterday's tier (up at once; down one step a
night, and only past the exit margin and the minimum stay) → ceilings. Cases that floors and
yesterday's tier hold in a tier take their places of its capacity first. A case whose last
incident is older than the cohort's days reaches no line any more: it steps down to none.
"""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.scoring.facts import scoring_settings
from warning.scoring.history import (
    KINDS,
    MICROSECONDS_A_DAY,
    Flags,
    History,
    Integers,
    Snapshot,
    Timeline,
)
from warning.scoring.tier_reasons import NAMES, RANK, reasons
from warning.settings import Settings
from warning.settings.scoring import ScoringSettings
from warning.settings.tiers import TIERS, Conditions, TiersSettings

WARNING_COLUMNS = ("case_id", "as_of", "probability", "severity", "tier", "previous_tier",
                   "reasons", "tier_since")  # fmt: skip
YEAR_FLAGS = ("weapon", "injury", "threat", "alcohol", "domestic_violence", "warned")


def case_facts(
    history: History,
    settings: Settings | ScoringSettings,
    as_of: pd.Timestamp,
    also: Collection[str] = (),
) -> pd.DataFrame:
    """What rules may ask about each case of the cohort (and ``also``), as known at ``as_of``.

    Returns:
        case_id, kind, county_code, category, incidents_30, incidents_90, incidents_365 (reported
        distinct incidents), violent_incidents_365 (those of domestic violence), complaints_365
        (incidents of a person that are left out as such) and finds_365 (what only patrols found),
        days_since_last (by the calendar, since the first report of the last reported incident;
        missing where there is none), flags of the last 365 days (weapon, injury, threat, alcohol,
        domestic_violence of reported incidents; warned wherever it is told), unsettled (the last
        reported incident was not settled).
    """
    scoring = scoring_settings(settings)
    timeline = history.timeline
    snapshot = timeline.at(as_of, scoring.memory_days)
    cohort = timeline.with_cases(timeline.cohort(snapshot, scoring.cohort_days), also)
    return facts_at(timeline, snapshot, cohort)


def facts_at(timeline: Timeline, snapshot: Snapshot, cohort: Integers) -> pd.DataFrame:
    """The facts of :func:`case_facts` for the cases of a cohort at a snapshot."""
    size = len(timeline.case_ids)
    year, reported = snapshot.age < 365, ~snapshot.discovered
    columns: dict[str, Any] = {
        "case_id": pd.Series(timeline.case_ids[cohort], dtype="str"),
        "kind": pd.Series(np.array([*KINDS, ""], dtype=object)[timeline.kind[cohort]], dtype="str"),
        "county_code": pd.Series(timeline.county[cohort], dtype="str"),
        "category": pd.Series(timeline.category[cohort], dtype="str"),
    }
    for days in (30, 90, 365):
        columns[f"incidents_{days}"] = snapshot.incidents(days, size)[cohort]
    violent = snapshot.flags["domestic_violence"] & reported & year
    columns["violent_incidents_365"] = np.bincount(snapshot.case[violent], minlength=size)[cohort]
    columns["complaints_365"] = snapshot.complaints[cohort]
    finds = snapshot.case[snapshot.discovered & year]
    columns["finds_365"] = np.bincount(finds, minlength=size)[cohort]
    ago = snapshot.moment // MICROSECONDS_A_DAY - snapshot.first // MICROSECONDS_A_DAY
    since = np.full(size, np.inf)
    np.minimum.at(since, snapshot.case[reported], ago[reported])
    columns["days_since_last"] = np.where(np.isinf(since), np.nan, since)[cohort]
    last = np.full(size, np.inf)
    np.minimum.at(last, snapshot.case[reported], snapshot.age[reported])
    for flag in YEAR_FLAGS:
        holds = np.zeros(size, bool)
        counted = year if flag == "warned" else year & reported
        holds[snapshot.case[snapshot.flags[flag] & counted]] = True
        columns[flag] = holds[cohort]
    unsettled = np.zeros(size, bool)
    newest = reported & (snapshot.age <= last[snapshot.case])
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
    wanted = ["case_id", "probability", "severity", "worsening", "in_cohort"]
    frame = scores[[name for name in wanted if name in scores]].reset_index(drop=True)
    frame = frame.merge(facts_by_case.drop_duplicates("case_id"), on="case_id", how="left")
    probability = frame["probability"].to_numpy(np.float64)
    severity = frame["severity"].to_numpy(np.int64).clip(0, 4)
    old = np.zeros(len(frame), bool)
    if "in_cohort" in frame:
        old = ~frame["in_cohort"].to_numpy(bool)

    previous, since = _previous(frame["case_id"], previous_warnings, as_of)
    entered = np.where(old, 0, _by_threshold(probability, severity, settings, 1.0))
    keeping = np.where(old, 0, _by_threshold(probability, severity, settings, settings.exit_margin))
    # Those that stay by the margin hold their place among the county's most probable, too.
    reached = np.where(keeping >= previous, np.maximum(entered, previous), entered)
    floor = np.zeros(len(frame), np.int64)
    held = [_meets(frame, rule.when) & ~old for rule in settings.floors]
    for rule, holds in zip(settings.floors, held, strict=True):
        floor[holds] = np.maximum(floor[holds], RANK[rule.at_least])
    nights = (as_of.normalize() - since.dt.normalize()).dt.days.to_numpy(np.float64)
    staying = nights < settings.minimum_stay_nights
    least = np.maximum(floor, np.where(staying, previous, previous - 1))

    capped = np.full(len(frame), len(NAMES) - 1)
    lowered = [_meets(frame, rule.when) for rule in settings.ceilings]
    for ceiling, holds in zip(settings.ceilings, lowered, strict=True):
        capped[holds] = np.minimum(capped[holds], RANK[ceiling.at_most])
    allowed = _within_capacity(reached, np.minimum(least, capped), previous, frame, settings)
    rank = np.maximum(allowed, least)
    final = np.minimum(rank, capped)
    by_margin = (entered < previous) & (allowed == previous)
    by_stay = (np.maximum(allowed, floor) < previous) & staying
    stays = (final == previous) & since.notna().to_numpy(bool)

    names = np.array(NAMES, dtype=object)
    decided = {
        "entered": entered, "reached": reached, "allowed": allowed, "rank": rank, "old": old,
        "previous": previous, "by_margin": by_margin, "by_stay": by_stay,
    }  # fmt: skip
    return pd.DataFrame(
        {
            "case_id": frame["case_id"],
            "as_of": pd.Series(as_of, index=frame.index, dtype="datetime64[us]"),
            "probability": probability,
            "severity": severity,
            "tier": pd.Series(names[final], dtype="str"),
            "previous_tier": pd.Series(names[previous], dtype="str"),
            "reasons": pd.Series(reasons(frame, decided, held, lowered, settings), dtype="str"),
            "tier_since": since.where(stays, as_of).astype("datetime64[us]"),
        }
    )


def _by_threshold(
    probability: npt.NDArray[np.float64], severity: Integers, settings: TiersSettings, margin: float
) -> Integers:
    """The highest tier whose threshold times ``margin`` the probability reaches.

    By capacity alone every case reaches red: its place decides.
    """
    if settings.use == "capacity":
        return np.full(len(probability), RANK["red"], np.int64)
    rank = np.zeros(len(probability), np.int64)
    for tier in reversed(TIERS):
        line = np.array([settings.threshold(tier, level) for level in range(5)])
        rank[probability >= line[severity] * margin] = RANK[tier]
    return rank


def _within_capacity(
    rank: Integers,
    least: Integers,
    previous: Integers,
    frame: pd.DataFrame,
    settings: TiersSettings,
) -> Integers:
    """Beyond a county's capacity the least probable cases of a tier go one tier down.

    A case that has a tier anyhow (``least``) takes its place first, also where it was not
    probable enough for one. A case that had the tier yesterday gives way only to one more probable
    by the exit margin.
    """
    if settings.use == "thresholds" or not (settings.capacity or settings.use == "capacity"):
        return rank
    result = rank.copy()
    county = frame["county_code"].astype("str").fillna("") if "county_code" in frame else ""
    table = pd.DataFrame(
        {"county": county, "p": -frame["probability"], "s": -frame["severity"],
         "case_id": frame["case_id"]}
    )  # fmt: skip
    for tier in TIERS:
        most = settings.capacity.get(tier, 0 if settings.use == "capacity" else None)
        if most is None:
            continue
        here = result == RANK[tier]
        first = (least == RANK[tier]) & (result <= RANK[tier])
        had = (previous >= RANK[tier]) & here
        table["first"] = first
        table["taken"] = table.groupby("county")["first"].transform("sum")
        sticky = table.assign(p=table["p"].where(~had, table["p"] / settings.exit_margin))
        inside = sticky[here & (least <= RANK[tier])].sort_values(["p", "s", "case_id"])
        place = inside.groupby("county").cumcount()
        behind = inside["taken"] + inside.groupby(["county", "first"]).cumcount()
        place = place.where(inside["first"], behind)
        result[inside.index[(place >= most).to_numpy()].to_numpy()] -= 1
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
        elif isinstance(wanted, int | float):
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
    earlier = pd.DataFrame() if warnings is None else warnings
    if "as_of" in earlier:
        moment = pd.to_datetime(earlier["as_of"])
        earlier = earlier[moment < as_of].sort_values("as_of", kind="stable")
    if earlier.empty:
        return np.zeros(len(case_id), np.int64), nothing
    earlier = earlier.drop_duplicates("case_id", keep="last").set_index("case_id")
    tier = case_id.map(earlier["tier"].astype("str"))
    rank = np.asarray(tier.map(RANK).fillna(0), np.int64)
    if "tier_since" not in earlier:
        return rank, nothing
    since = pd.to_datetime(case_id.map(earlier["tier_since"])).astype("datetime64[us]")
    return rank, since
