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
    them had it. A case that stands again goes on from its own last row; the tier that the other
    had from it goes with it.

    Args:
        store: of the nights so far.
        links: of the night, whose merges need not be in the store.
        before: the rows of the night before.
        as_of: the night; what the store holds of it is not looked at.
    """
    merges = store.rows("merges", "kind", ["case"])
    standing = links.cases["case_id"]
    stands = merges[merges["from_id"].isin(standing[among_names(standing, merges["from_id"])])]
    # The store's cases are those of the last night: what stood then does not come back tonight.
    stood = store.rows("cases", "case_id", stands["from_id"])["case_id"]
    back = stands[~stands["from_id"].isin(stood)]
    merged = merged_into(pd.concat([merges, links.merges]), standing)
    merge: Any
    for merge in back.drop_duplicates("from_id", keep="last").itertuples():
        own = _last_row(store, str(merge.from_id), as_of)
        other = survivor_of(str(merge.into_id), merged)
        theirs = before[before["case_id"] == other]
        tier = ["tier", "tier_since"]
        if len(own) and own[tier].to_numpy().tolist() == theirs[tier].to_numpy().tolist():
            theirs = _last_row(store, other, merge.as_of)
        before = pd.concat([before[before["case_id"] != other], theirs, own], ignore_index=True)
    if not among_names(before["case_id"], merged).any():
        return before
    moved = before.assign(
        case_id=followed(before["case_id"], merged), rank=before["tier"].map(RANK)
    ).sort_values(["rank", "tier_since"], ascending=[False, True], kind="stable")
    return moved.drop_duplicates("case_id").sort_index().drop(columns="rank")


def _last_row(store: Store, case_id: str, before: pd.Timestamp) -> pd.DataFrame:
    """What the last night before a moment said of a case; no row where none did."""
    rows = store.warnings_of(case_id)
    return rows[rows["as_of"] < before].tail(1)
