"""Identities from night to night: which cluster keeps which id, and what corrections say."""

import numpy as np
import pandas as pd

from warning.matching.identity import carry_over, founding_id

Row = tuple[str, str, str | None, bool]


def carried(*rows: Row) -> tuple[list[str], list[list[str]]]:
    """The ids of rows (key, cluster, id before, whether it is corrected), and the merges."""
    keys, labels, before, corrected = zip(*rows, strict=True)
    moments = pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(range(len(rows)), "h"))
    ids, merges = carry_over(
        "o", labels, pd.DataFrame({"key": keys}), moments, pd.Series(before), np.array(corrected)
    )
    return ids.tolist(), merges.to_numpy().tolist()


def test_a_corrected_founder_leaves_the_id_to_the_others() -> None:
    """Whom its record names now is somebody else, with an id of his own."""
    old = founding_id("o", "a")
    ids, merges = carried(
        ("a", "new", old, True), ("b", "old", old, False), ("c", "old", old, False),
        ("d", "new", None, False),
    )  # fmt: skip
    assert ids == [founding_id("o", "d"), old, old, founding_id("o", "d")]
    assert merges == []
    stayed, _ = carried(("a", "new", old, False), ("b", "old", old, False))
    assert stayed[0] == old


def test_a_corrected_record_that_names_the_same_changes_nothing() -> None:
    """Only its outcome is another one: alone or beside others it is who it was."""
    assert carried(("a", "one", "o-1", True))[0] == ["o-1"]
    assert carried(("a", "one", "o-1", True), ("b", "one", "o-1", False))[0] == ["o-1", "o-1"]


def test_whom_nobody_names_any_more_becomes_whom_his_records_name_now() -> None:
    """Letters of the one follow to the other, who keeps the id that he had."""
    ids, merges = carried(
        ("a", "one", "o-1", True), ("b", "one", "o-1", True), ("c", "one", "o-2", False)
    )
    assert ids == ["o-2"] * 3
    assert merges == [["o-1", "o-2"]]
