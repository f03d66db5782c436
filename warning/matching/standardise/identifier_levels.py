"""How much two ID numbers have in common, graded: typos, transpositions, lost digits, masks."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

Levels = npt.NDArray[np.int8]
#: The levels that :func:`id_levels` returns, the strongest evidence first; -1: one is missing.
LEVELS = (
    "equal", "neighbours changed places", "one digit differs", "one digit lost",
    "mask fits", "different",
)  # fmt: skip
LEAST_COMPARED = 4  #: digits that must show in both for a mask to fit


def id_levels(left: pd.Series, right: pd.Series) -> Levels:
    """Levels of ID numbers, pairwise.

    Args:
        left, right: id_number of :func:`~warning.matching.standardise.identifiers.identifiers`,
            pair by pair.

    Returns:
        For each pair the place of its level in :data:`LEVELS`; -1 where one is missing. What two
        valid numbers one slip apart mean (two people: a slip breaks the check) is for the caller.
    """
    known = (left.notna().to_numpy(bool)) & (right.notna().to_numpy(bool))
    texts = [side.fillna("").to_numpy(dtype=object)[known] for side in (left, right)]
    result = np.full(len(known), -1, np.int8)
    if not known.any():
        return result
    level = np.full(int(known.sum()), LEVELS.index("different"), np.int8)
    whole = np.array([len(a) == 18 == len(b) for a, b in zip(*texts, strict=True)], bool)
    whole &= np.array([a.isascii() and b.isascii() for a, b in zip(*texts, strict=True)], bool)
    at = np.flatnonzero(whole)
    a, b = (side[at].astype("S18").view("S1").reshape(-1, 18) for side in texts)
    shown = (a != b"*") & (b != b"*")
    differs = (a != b) & shown
    count, hidden = differs.sum(axis=1), ~shown.all(axis=1)
    first = differs.argmax(axis=1).clip(max=16)
    row = np.arange(len(at))
    swapped = (count == 2) & (a[row, first] == b[row, first + 1])
    swapped &= a[row, first + 1] == b[row, first]
    level[at[~hidden & (count == 1)]] = LEVELS.index("one digit differs")
    level[at[~hidden & swapped]] = LEVELS.index("neighbours changed places")
    fits = hidden & (count == 0) & (shown.sum(axis=1) >= LEAST_COMPARED)
    level[at[fits]] = LEVELS.index("mask fits")
    rest = np.flatnonzero(~whole)
    rest = rest[[_long(texts[0][k]) and _long(texts[1][k]) for k in rest]] if len(rest) else rest
    if len(rest):
        distance = cpdist(texts[0][rest].tolist(), texts[1][rest].tolist(),
                          scorer=Levenshtein.distance)  # fmt: skip
        level[rest[distance == 1]] = LEVELS.index("one digit lost")
    equal = np.array([x == y for x, y in zip(*texts, strict=True)], bool)
    hides = np.array(["*" in x for x in texts[0]], bool)
    level[equal & ~hides] = 0
    result[known] = level
    return result


def _long(text: str) -> bool:
    return len(text) >= 15 and "*" not in text
