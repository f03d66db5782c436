"""Verdicts on records that their channel sent again under other ids: they hold for the copies.

A copy is a record of the same channel that says all the same but its own id.
"""

from dataclasses import replace

import pandas as pd

from warning.matching.decided import PAIR, last_verdicts
from warning.matching.links import Previous
from warning.records import PARTY, RECORD, RECORD_COLUMNS, keys_of, record_ids_in
from warning.tabular import among_names

#: By what a record, and in it a party, is known to be a copy.
_SAID = [name for name in RECORD_COLUMNS if name != "record_id"]
_CALLED = ["party_no", "name", "id_number", "phone"]


def with_copies(
    previous: Previous | None, records: pd.DataFrame, parties: pd.DataFrame
) -> Previous | None:
    """The same with each verdict *different* on people and incidents on the copies, too.

    A pair that has a verdict of its own keeps it; two that are copies of one another have none
    more by that.

    Args:
        previous: None stays None.
        records, parties: canonical, all that are known.
    """
    if previous is None:
        return None
    frames = [previous.verdicts]
    for kind in ("person", "incident"):
        parted = last_verdicts(previous, kind, "different")
        if len(parted):
            same = _copies(pd.concat([parted["left"], parted["right"]]), kind, records, parties)
            frames.append(_further(parted, same).assign(kind=kind, verdict="different"))
    if len(frames) == 1:
        return previous
    verdicts = pd.concat(frames, ignore_index=True)
    return replace(previous, verdicts=verdicts[~_is_said_before(verdicts, len(previous.verdicts))])


def _is_said_before(verdicts: pd.DataFrame, own: int) -> "pd.Series[bool]":
    """Which rows behind the first ``own`` are of a pair that stood before."""
    again = verdicts.duplicated(PAIR)
    again.iloc[:own] = False
    return again


def _copies(
    keys: "pd.Series[str]", kind: str, records: pd.DataFrame, parties: pd.DataFrame
) -> pd.DataFrame:
    """Of the judged mentions key and copy (both keys); each is a copy of itself."""
    ids = {one for key in keys.unique() for one in record_ids_in(key)}
    texts = records.loc[among_names(records["record_id"], ids), "narrative"].dropna()
    alike = records[among_names(records["narrative"], texts)]
    said, key = [name for name in _SAID if name in records], RECORD
    if kind == "person":
        alike = alike.merge(parties[["channel", "record_id", *_CALLED]], on=RECORD)
        said, key = [*said, *_CALLED], PARTY
    group = alike.groupby(said, dropna=False).ngroup()
    found = pd.DataFrame({"copy": keys_of(alike[key]), "group": group})
    judged = found[found["copy"].isin(keys)].rename(columns={"copy": "key"})
    return judged.merge(found, on="group")


def _further(parted: pd.DataFrame, same: pd.DataFrame) -> pd.DataFrame:
    """Of every pair of copies of the two of a pair left and right, in their order."""
    pairs = parted.merge(same, left_on="left", right_on="key")
    pairs = pairs.merge(same, left_on="right", right_on="key", suffixes=("_left", "_right"))
    pairs = pairs[pairs["group_left"] != pairs["group_right"]]
    ends = pairs[["copy_left", "copy_right"]]
    return pd.DataFrame({"left": ends.min(axis=1), "right": ends.max(axis=1)}, dtype="str")
