"""Stable identities: an id names the founding member of a cluster, and the older id survives."""

from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

SEPARATOR = "\x1f"


def founding_id(prefix: str, *key: str) -> str:
    """The id of what was founded by the member with this key: ``prefix-`` and 12 hex digits."""
    digest = blake2b(SEPARATOR.join(key).encode(), digest_size=6).hexdigest()
    return f"{prefix.rstrip('-')}-{digest}"


def founding_ids(prefix: str, keys: pd.DataFrame) -> "pd.Series[str]":
    """:func:`founding_id` of each row of key columns, in the index of ``keys``."""
    columns = [keys[name].astype("str").fillna("") for name in keys.columns]
    ids = [founding_id(prefix, *row) for row in zip(*columns, strict=True)]
    return pd.Series(ids, index=keys.index, dtype="str")


def carry_over(
    prefix: str,
    labels: Any,
    keys: pd.DataFrame,
    moments: pd.Series,
    previous_ids: pd.Series,
) -> tuple[pd.Series, pd.DataFrame]:
    """Name clusters so that identities stay what they were.

    A cluster takes the oldest previous id among its members; ids that met it are recorded as
    merged into it. Where a previous id stands in several clusters, it stays with the one that
    holds its founding member, else with the one that holds most of its members, else with the
    first by key. A cluster left without a previous id takes the id of its earliest member.

    Args:
        prefix: of the ids.
        labels: the cluster of each row.
        keys: key columns of each row.
        moments: when each row was reported; the earliest row founds.
        previous_ids: the id that the row had; missing for new rows.

    Returns:
        The id of each row, in the index of ``keys``; and merges: from_id, into_id.
    """
    frame = pd.DataFrame(
        {"label": pd.factorize(np.asarray(labels, dtype=object))[0]}, index=keys.index
    )
    frame["moment"] = moments.to_numpy()
    frame["own"] = founding_ids(prefix, keys)
    frame["old"] = previous_ids.astype("object").to_numpy()
    frame = frame.sort_values(["moment", "own"])
    known = frame[frame["old"].notna()]
    if known.empty:
        own = frame.drop_duplicates("label").set_index("label")["own"]
        nothing = pd.DataFrame({"from_id": [], "into_id": []}, dtype="str")
        return frame["label"].map(own).reindex(keys.index).astype("str"), nothing
    claims = known.groupby(["old", "label"], sort=True).agg(
        members=("own", "size"), first=("moment", "min")
    )
    claims["founded"] = False
    founders = known.loc[known["old"] == known["own"], ["old", "label"]]
    claims.loc[pd.MultiIndex.from_frame(founders), "founded"] = True
    claims = claims.reset_index().sort_values(
        ["old", "founded", "members", "label"], ascending=[True, False, False, True]
    )
    held = claims.drop_duplicates("old")
    age = known.groupby("old")["moment"].min().rename("age")
    held = held.merge(age, left_on="old", right_index=True).sort_values(["label", "age", "old"])
    named = held.drop_duplicates("label").set_index("label")["old"]
    into = held["label"].map(named)
    merged = held["old"].to_numpy() != into.to_numpy()
    merges = pd.DataFrame({"from_id": held["old"][merged], "into_id": into[merged]})
    fresh = frame.drop_duplicates("label").set_index("label")["own"]
    taken = set(named)
    for label in fresh.index.difference(named.index):
        if fresh[label] in taken:
            # Its earliest member founded an id that another cluster holds: name it by a later one.
            own = frame.loc[frame["label"] == label, "own"]
            free = own[~own.isin(taken)]
            fresh[label] = free.iloc[0] if len(free) else founding_id(prefix, fresh[label], "split")
        taken.add(fresh[label])
    ids = frame["label"].map(named).astype("object")
    ids = ids.where(ids.notna(), frame["label"].map(fresh))
    return ids.reindex(keys.index).astype("str"), merges.reset_index(drop=True)


def previous_of(keys: pd.DataFrame, links: pd.DataFrame, column: str) -> pd.Series:
    """The id each row had: ``links[column]`` by the key columns of ``keys``; missing where new."""
    names = list(keys.columns)
    known = pd.Series(links[column].to_numpy(), index=pd.MultiIndex.from_frame(links[names]))
    wanted = pd.MultiIndex.from_frame(keys)
    found = known.index.get_indexer(wanted) if len(known) else np.full(len(keys), -1)
    values = np.full(len(keys), None, dtype=object)
    values[found >= 0] = known.to_numpy(dtype=object)[found[found >= 0]]
    return pd.Series(values, index=keys.index, dtype="object")
