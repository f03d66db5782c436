"""The tiers that tonight's cases had last night, where cases were merged or stand again since."""

from typing import Any

import pandas as pd

from warning.escalation.bundles import (
    CASE_MERGES,
    PARTED,
    followed,
    in_force,
    merged_into,
    survivor_of,
)
from warning.matching.links import Links
from warning.scoring.tier_reasons import RANK
from warning.store import Store
from warning.tabular import among_names


def tiers_before(
    store: Store, links: Links, before: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The rows of ``warnings`` that a night's tiers go on from, one a case.

    Of cases that are one since the night before the highest tier goes on, since when the first of
    them had it. A case that stands again, however long it was away, goes on from its own last row,
    and the days of its absence do not count; where it was merged they do, and the tier that the
    other had from it goes with it, also where that one stands again later.

    Args:
        store: of the nights so far.
        links: of the night, whose merges need not be in the store.
        before: the rows of the night before.
        as_of: the night; what the store holds of it is not looked at.
    """
    merges = store.rows("merges", "kind", CASE_MERGES)
    merges = merges[merges["as_of"] < as_of]
    standing = links.cases["case_id"]
    back = store.last_rows(_came(store, standing, before, as_of), as_of)
    back = _without_taken_over(store, back, merges)
    parted = in_force(merges)
    parted = parted[among_names(parted["from_id"], back["case_id"])]
    back = _without_absence(back, ~among_names(back["case_id"], parted["from_id"]), as_of)
    before = pd.concat([before, back], ignore_index=True) if len(back) else before
    merged = merged_into(pd.concat([merges, links.merges]), standing)
    tier = ["tier", "tier_since"]
    merge: Any
    for merge in parted.itertuples():
        own = back[back["case_id"] == merge.from_id]
        other = survivor_of(str(merge.into_id), merged)
        theirs = before[before["case_id"] == other]
        if own[tier].to_numpy().tolist() == theirs[tier].to_numpy().tolist():
            theirs = store.last_rows([other], merge.as_of)
            before = pd.concat([before[before["case_id"] != other], theirs], ignore_index=True)
    if not among_names(before["case_id"], merged).any():
        return before
    moved = before.assign(
        case_id=followed(before["case_id"], merged), rank=before["tier"].map(RANK)
    ).sort_values(["rank", "tier_since"], ascending=[False, True], kind="stable")
    return moved.drop_duplicates("case_id").sort_index().drop(columns="rank")


def _without_taken_over(store: Store, rows: pd.DataFrame, merges: pd.DataFrame) -> pd.DataFrame:
    """The last rows of cases; that from before a merge which was undone while they were away.

    So where the tier that a case has is the one that it took over: the other went on with it.

    Args:
        store: of the nights so far.
        rows: a row of ``warnings`` a case.
        merges: kind, from_id, into_id, as_of; the oldest first.
    """
    tier, parted = ["tier", "tier_since"], merges[merges["kind"] == PARTED]
    part: Any
    for part in parted[among_names(parted["into_id"], rows["case_id"])].itertuples():
        mine = rows[rows["case_id"] == part.into_id]
        pair = (merges["from_id"] == part.from_id) & (merges["into_id"] == part.into_id)
        begun = merges[pair & (merges["kind"] != PARTED) & (merges["as_of"] < part.as_of)]["as_of"]
        if begun.empty or not (mine["as_of"] < part.as_of).any():
            continue
        theirs = store.last_rows([part.from_id], begun.max())
        if theirs[tier].to_numpy().tolist() == mine[tier].to_numpy().tolist():
            own = store.last_rows([part.into_id], begun.max()).assign(as_of=mine["as_of"].iloc[0])
            rows = pd.concat([rows[rows["case_id"] != part.into_id], own], ignore_index=True)
    return rows


def _without_absence(rows: pd.DataFrame, away: Any, as_of: pd.Timestamp) -> pd.DataFrame:
    """The last rows of cases, with ``tier_since`` as long before the night as they had the tier.

    The days on which a case did not stand are none of its tier's.

    Args:
        rows: as_of, tier_since.
        away: of each row whether its case was away; a merged one was there as the other.
        as_of: the night.
    """
    since = rows["tier_since"] + (as_of - rows["as_of"])
    return rows.assign(tier_since=rows["tier_since"].mask(away, since))


def _came(
    store: Store, standing: pd.Series, before: pd.DataFrame, as_of: pd.Timestamp
) -> pd.Series:
    """The cases that did not stand the night before, new ones and those that stand again."""
    unknown = standing[~among_names(standing, before["case_id"])]
    if as_of == store.last_night():
        # The store's cases are those of this very night: what it graded tells who came.
        return unknown[among_names(unknown, store.warnings_at(as_of)["case_id"])]
    return unknown[~among_names(unknown, store.last_cases())]
