"""The tiers that tonight's cases had last night, where cases were merged or stand again since."""

from typing import Any

import pandas as pd

from warning.escalation.bundles import followed, merged_into, survivor_of
from warning.matching.links import Links
from warning.scoring.tier_reasons import RANK
from warning.store import Store
from warning.tabular import among_names


def tiers_before(
    store: Store, links: Links, before: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """The rows of ``warnings`` that a night's tiers go on from, one a case.

    Of cases that are one since the night before the highest tier goes on, since when the first of
    them had it. A case that stands again, however long it was away, goes on from its own last row;
    where it was merged, the tier that the other had from it goes with it.

    Args:
        store: of the nights so far.
        links: of the night, whose merges need not be in the store.
        before: the rows of the night before.
        as_of: the night; what the store holds of it is not looked at.
    """
    merges = store.rows("merges", "kind", ["case"])
    standing = links.cases["case_id"]
    back = store.last_rows(_came(store, standing, before, as_of), as_of)
    before = pd.concat([before, back], ignore_index=True) if len(back) else before
    parted = merges[among_names(merges["from_id"], back["case_id"])]
    merged = merged_into(pd.concat([merges, links.merges]), standing)
    tier = ["tier", "tier_since"]
    merge: Any
    for merge in parted.drop_duplicates("from_id", keep="last").itertuples():
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


def _came(
    store: Store, standing: pd.Series, before: pd.DataFrame, as_of: pd.Timestamp
) -> pd.Series:
    """The cases that did not stand the night before, new ones and those that stand again."""
    unknown = standing[~among_names(standing, before["case_id"])]
    if as_of == store.last_night():
        # The store's cases are those of this very night: what it graded tells who came.
        return unknown[among_names(unknown, store.warnings_at(as_of)["case_id"])]
    return unknown[~among_names(unknown, store.last_cases())]
