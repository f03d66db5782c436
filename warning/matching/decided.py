"""What analysts decided of pairs, as rows of a table."""

import re
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.links import Previous
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.name_levels import LEVELS, confusable
from warning.matching.standardise.names import names

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


def names_another(before: pd.DataFrame, after: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Where two versions of a party name two people.

    They have two valid ID numbers, or, where one of them has none, two whole names of which
    neither is a slip of the other or completes it (阿依古丽·吾买尔 for 阿依古丽, 李桂芬 for 李氏).

    Args:
        before, after: name and id_number as written, of the same parties row by row.
    """
    one, other = (identifiers(frame["id_number"]) for frame in (before, after))
    sure = ["valid", "short15"]
    both = (one["status"].isin(sure) & other["status"].isin(sure)).to_numpy(bool)
    numbers = (one["id_number"] != other["id_number"]).to_numpy(bool)
    told = (names(frame["name"]) for frame in (before, after))
    whole = [
        frame["name"].where(~frame["is_mask"] & ~frame["name"].str.endswith("氏").eq(True))
        for frame in told
    ]
    written = zip(before["name"].fillna(""), after["name"].fillna(""), strict=True)
    kept = np.array([_completes(*pair) for pair in written], np.bool_)
    unlike = confusable(*whole) > LEVELS.index("one sounds near")
    return np.where(both, numbers, unlike & ~kept)


def _completes(name: str, other: str) -> bool:
    """Whether one name is the other with signs or words left out, or its words turned round.

    >>> _completes("欧阳远", "欧阳文远"), _completes("John Smith", "SMITH JOHN"), _completes("张三", "李四")
    (True, True, False)
    """
    words = [sorted(re.findall(r"\w+", text.casefold())) for text in (name, other)]
    short, long = sorted(("".join(re.findall(r"\w", text)) for text in (name, other)), key=len)
    left = iter(long.casefold())
    return words[0] == words[1] or (
        len(short) > 1 and all(letter in left for letter in short.casefold())
    )
