"""What analysts decided of pairs, as rows of a table."""

from dataclasses import replace

import pandas as pd

from warning.matching.links import Previous

#: The columns that tell on what a verdict is.
PAIR = ["kind", "left", "right"]
#: The verdicts that hold; the other one leaves a pair open.
DECIDING = ("same", "different")
#: Under which name the report of linking counts the verdicts that rest.
RESTING = "verdicts that rest"


def decided(
    previous: Previous | None, kind: str, keys: pd.DataFrame, verdict: str
) -> set[tuple[int, int]]:
    """Pairs of row positions with this last verdict of an analyst."""
    verdicts = last_verdicts(previous, kind, verdict)
    if verdicts.empty:
        return set()
    rows = keys.astype("str").itertuples(index=False)
    position = {"|".join(key): row for row, key in enumerate(rows)}
    pairs = set()
    for left, right in zip(verdicts["left"], verdicts["right"], strict=True):
        if left in position and right in position:
            pairs.add((min(position[left], position[right]), max(position[left], position[right])))
    return pairs


def pairs_at_rest(previous: Previous | None, keys: pd.DataFrame) -> dict[tuple[int, int], str]:
    """Pairs of row positions whose verdict rests → that verdict."""
    if previous is None:
        return {}
    of_rest = replace(previous, verdicts=previous.resting)
    return {
        pair: verdict
        for verdict in DECIDING
        for pair in sorted(decided(of_rest, "person", keys, verdict))
    }


def last_verdicts(previous: Previous | None, kind: str, verdict: str) -> pd.DataFrame:
    """Pairs of keys (left, right) whose last verdict is this one."""
    if previous is None or previous.verdicts.empty:
        return pd.DataFrame({"left": [], "right": []}, dtype="str")
    verdicts = previous.verdicts[previous.verdicts["kind"] == kind].sort_values("at")
    verdicts = verdicts.drop_duplicates(["left", "right"], keep="last")
    return verdicts.loc[verdicts["verdict"] == verdict, ["left", "right"]]


def resting_report(previous: Previous | None) -> dict[str, int]:
    """How many verdicts rest, by :data:`RESTING`."""
    return {RESTING: 0 if previous is None else len(previous.resting)}
