"""Two addresses compared part by part: graded levels, computed on whole columns."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from warning.matching.standardise.addresses.parsing import parse
from warning.settings.matching_places import PlaceWords

#: Levels of one part: what the two addresses say of it.
CONFLICT, ABSENT, ONE_SIDED, CLOSE, EQUAL = -1.0, 0.0, 0.25, 0.5, 1.0
#: Parts compared by equality: divisions and numbers.
EXACT_PARTS = (
    "province", "city", "county", "road_number", "group", "building", "unit", "floor", "room",
)  # fmt: skip
#: Parts compared as names: equal, one inside the other, alike, or another name.
NAME_PARTS = ("town", "village", "road", "name", "section")
LEVELS = (*EXACT_PARTS, *NAME_PARTS)
#: Likeness (0 to 1) of two names from which they are close.
_ALIKE = 0.75

Floats = npt.NDArray[np.float64]


def compare_addresses(
    left: "pd.Series[str]",
    right: "pd.Series[str]",
    *,
    left_context: pd.DataFrame | None = None,
    right_context: pd.DataFrame | None = None,
    words: PlaceWords | None = None,
) -> pd.DataFrame:
    """Compare addresses pairwise, each with its neighbour in the other series.

    Args:
        left, right: texts of equal length and order; missing allowed.
        left_context, right_context: what the records say beside them, as for :func:`parse`.
        words: the lexicon; None is the packaged one.

    Returns:
        In the index of ``left``: one column a part of :data:`LEVELS` (``name`` is the compound
        or point of interest), holding 1 equal, 0.5 close (one name inside the other, or alike;
        a number of the same first part, 11 and 11-2), 0.25 written on one side only, 0 on none,
        -1 in conflict; and likenesses of 0 to 1: ``likeness`` of the standard texts, ``names``
        of the compounds or points (missing where one has none), ``inside`` of what stands
        within the longer text, ``numbers`` the share of written numbers that both have. Every
        column is the same when left and right change places.

    Raises:
        ValueError: the two series differ in length.
    """
    if len(left) != len(right):
        raise ValueError("left and right must have the same length")
    a = parse(left, left_context, words).reset_index(drop=True)
    b = parse(right, right_context, words).reset_index(drop=True)
    for parsed in (a, b):
        parsed["name"] = parsed["compound"].where(parsed["compound"] != "", parsed["poi"])
        parsed["all"] = parsed["standard"] + parsed["rest"]
    levels: dict[str, Floats] = {}
    for part in EXACT_PARTS:
        levels[part] = _exact(_texts(a, part), _texts(b, part))
    for part in NAME_PARTS:
        levels[part] = _names(_texts(a, part), _texts(b, part))
    # A county's own town or village may stand where the other wrote a name: 长腰岭 and 长腰岭村.
    whole, other = _texts(a, "all"), _texts(b, "all")
    levels["likeness"] = _score(whole, other, fuzz.ratio)
    levels["inside"] = _score(whole, other, fuzz.partial_ratio)
    names, others = _texts(a, "name"), _texts(b, "name")
    both = (names != "") & (others != "")
    levels["names"] = np.where(both, _score(names, others, fuzz.ratio), np.nan)
    levels["numbers"] = _shared_numbers(a, b)
    return pd.DataFrame(levels, index=left.index)


def _texts(frame: pd.DataFrame, part: str) -> npt.NDArray[np.object_]:
    return frame[part].to_numpy(dtype=object)


def _presence(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Floats:
    """The level before the texts are compared: both say it → conflict until shown otherwise."""
    has_left, has_right = left != "", right != ""
    level = np.where(has_left ^ has_right, ONE_SIDED, ABSENT)
    return np.where(has_left & has_right, CONFLICT, level)


def _exact(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Floats:
    level = _presence(left, right)
    both = np.flatnonzero(level == CONFLICT)
    level[both[left[both] == right[both]]] = EQUAL
    rest = both[level[both] == CONFLICT]
    heads = [
        x.split("-")[0].rstrip("弄") == y.split("-")[0].rstrip("弄")
        for x, y in zip(left[rest].tolist(), right[rest].tolist(), strict=True)
    ]
    level[rest[np.array(heads, dtype=bool)]] = CLOSE
    return level


def _names(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_]) -> Floats:
    level = _presence(left, right)
    both = np.flatnonzero(level == CONFLICT)
    if not len(both):
        return level
    x, y = left[both], right[both]
    alike = _score(x, y, fuzz.ratio) >= _ALIKE
    within = [p in q or q in p for p, q in zip(x.tolist(), y.tolist(), strict=True)]
    level[both[alike | np.array(within, dtype=bool)]] = CLOSE
    level[both[x == y]] = EQUAL
    return level


def _score(left: npt.NDArray[np.object_], right: npt.NDArray[np.object_], scorer: Any) -> Floats:
    """Likeness 0 to 1 of each pair, every distinct pair of texts once, in both directions alike."""
    x = left.astype("str")
    y = right.astype("str")
    first, second = np.where(x <= y, x, y), np.where(x <= y, y, x)
    pairs, codes = np.unique(np.stack([first, second]), axis=1, return_inverse=True)
    scores = cpdist(pairs[0].tolist(), pairs[1].tolist(), scorer=scorer, dtype=np.float32)
    return np.asarray(scores, dtype=np.float64)[codes.ravel()] / 100.0


def _shared_numbers(a: pd.DataFrame, b: pd.DataFrame) -> Floats:
    """Share of the numbers (house, building, unit, room) that both wrote; 1 where none wrote one."""
    columns = ["road_number", "group", "building", "unit", "room"]
    shared = np.zeros(len(a))
    written = np.zeros(len(a))
    for column in columns:
        x, y = _texts(a, column), _texts(b, column)
        shared += (x == y) & (x != "")
        written += (x != "") | (y != "")
    return np.where(written > 0, shared / np.maximum(written, 1), 1.0)
