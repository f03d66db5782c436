"""Stable identities: an id names the founding member of a cluster, and the older id survives."""

from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Bools = npt.NDArray[np.bool_]
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
    corrected: Bools | None = None,
) -> tuple[pd.Series, pd.DataFrame]:
    """Name clusters so that identities stay what they were.

    A cluster takes the oldest previous id among its members; ids that met it are recorded as
    merged into it. Where a previous id stands in several clusters, it stays with the one that
    holds its founding member, else with the one that holds most of its members, else with the
    first by key. A cluster left without a previous id takes the id of its earliest member.

    Whom a corrected row named before says whose id it is only where nobody else had that id; and
    it never gives its name to a cluster that has an id of its own.

    Args:
        prefix: of the ids.
        labels: the cluster of each row.
        keys: key columns of each row.
        moments: when each row was reported; the earliest row founds.
        previous_ids: the id that the row had; missing for new rows.
        corrected: whether the row is of another version of its record than the one that had it.

    Returns:
        The id of each row, in the index of ``keys``; and merges: from_id, into_id.
    """
    frame = pd.DataFrame(
        {
            "label": pd.factorize(np.asarray(labels, dtype=object))[0],
            "moment": moments.to_numpy(),
            "old": standing_ids(previous_ids, corrected).to_numpy(),
            "corrected": False if corrected is None else corrected,
        },
        index=keys.index,
    )
    settled = _settled(frame)
    ids = frame["old"].where(settled)
    moving = frame[~settled].assign(own=founding_ids(prefix, keys[~settled]))
    moving = moving.sort_values(["moment", "own"])
    named, merges = _claimed(moving)
    own = moving.drop_duplicates("label").set_index("label")["own"]
    taken = {*named, *ids.dropna()}
    for label in own.index[own.isin(taken) & ~own.index.isin(named.index)]:
        # Its earliest member founded an id that another cluster holds: name it by a later one.
        members = moving.loc[moving["label"] == label, "own"]
        free = members[~members.isin(taken)]
        own[label] = free.iloc[0] if len(free) else founding_id(prefix, own[label], "split")
    ids = ids.where(settled, frame["label"].map({**own, **named}))
    return ids.astype("str"), merges


def standing_ids(previous_ids: pd.Series, corrected: Bools | None) -> pd.Series:
    """The ids that rows had, missing for corrected ones of whose id there is another row."""
    old = previous_ids.astype("object")
    if corrected is None or not corrected.any():
        return old
    return old.mask(corrected & old.isin(set(old[~corrected].dropna())).to_numpy(), None)


def _settled(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of clusters that are just the rows of one previous id: they keep it, whatever else."""
    pairs = frame[["label", "old"]].drop_duplicates()
    alone = ~pairs.duplicated("label", keep=False) & ~pairs.duplicated("old", keep=False)
    return frame["label"].isin(pairs.loc[alone & pairs["old"].notna(), "label"])


def _claimed(rows: pd.DataFrame) -> tuple["pd.Series[str]", pd.DataFrame]:
    """Which cluster holds which previous id; and merges: from_id, into_id.

    Args:
        rows: label, own, old, moment, corrected; the earliest first.
    """
    known = rows[rows["old"].notna()]
    if known.empty:
        nothing = pd.DataFrame({"from_id": [], "into_id": []}, dtype="str")
        return pd.Series([], index=pd.Index([], dtype="int64"), dtype="str"), nothing
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
    told = known.groupby("old").agg(age=("moment", "min"), corrected=("corrected", "all"))
    held = held.merge(told, left_on="old", right_index=True)
    held = held.sort_values(["label", "corrected", "age", "old"])
    named = held.drop_duplicates("label").set_index("label")["old"]
    into = held["label"].map(named)
    merged = held["old"].to_numpy() != into.to_numpy()
    merges = pd.DataFrame({"from_id": held["old"][merged], "into_id": into[merged]})
    return named, merges.reset_index(drop=True)


def previous_of(
    keys: pd.DataFrame, links: pd.DataFrame, column: str, prefix: str = ""
) -> pd.Series:
    """The id each row had: ``links[column]`` by the key columns of ``keys``; missing where new.

    With a ``prefix`` only ids that begin with it and a hyphen.
    """
    names = list(keys.columns)
    known = pd.Series(links[column].to_numpy(), index=pd.MultiIndex.from_frame(links[names]))
    wanted = pd.MultiIndex.from_frame(keys)
    found = known.index.get_indexer(wanted) if len(known) else np.full(len(keys), -1)
    values = np.full(len(keys), None, dtype=object)
    values[found >= 0] = known.to_numpy(dtype=object)[found[found >= 0]]
    ids = pd.Series(values, index=keys.index, dtype="object")
    return ids.where(ids.astype("str").str.startswith(f"{prefix}-"), None) if prefix else ids
