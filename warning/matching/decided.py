"""What analysts decided of pairs, as rows of a table."""

import pandas as pd

from warning.matching.links import Previous


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


def last_verdicts(previous: Previous | None, kind: str, verdict: str) -> pd.DataFrame:
    """Pairs of keys (left, right) whose last verdict is this one."""
    if previous is None or previous.verdicts.empty:
        return pd.DataFrame({"left": [], "right": []}, dtype="str")
    verdicts = previous.verdicts[previous.verdicts["kind"] == kind].sort_values("at")
    verdicts = verdicts.drop_duplicates(["left", "right"], keep="last")
    return verdicts.loc[verdicts["verdict"] == verdict, ["left", "right"]]
