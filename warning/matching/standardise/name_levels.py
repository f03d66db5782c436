"""How far two whole names differ: characters that sound or look alike, graded, in bulk."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from warning.matching.standardise.lexicons import lookalikes
from warning.matching.standardise.readings import near_reading, pinyin, reading_of

Levels = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint32]
#: The levels of :func:`confusable`, the strongest evidence first. -1: a name is missing.
LEVELS = (
    "equal", "same sound", "one looks alike", "one sounds near", "one character", "different",
)  # fmt: skip
#: [D] assumption: what a character that sounds the same, looks alike, sounds near costs of 1.
COSTS = {"same": 0.2, "look": 0.3, "near": 0.4}
WIDTH = 16  #: characters that are compared one by one; longer names by their edits only
SHIFT = np.uint64(32)


def confusable(left: "pd.Series[str]", right: "pd.Series[str]") -> Levels:
    """Levels of whole names, pairwise.

    Args:
        left, right: standard names, pair by pair, of the same length.

    Returns:
        For each pair the place of its level in :data:`LEVELS`: equal; every character sounds the
        same (surnames by their own readings); one character differs and looks alike, sounds near
        (n and l, s and sh, in and ing) or is another, one too many or too few, in names of three
        characters or more; different. -1 where a name is missing.
    """
    known, pairs, texts = _distinct(left, right)
    level = np.full(len(pairs), LEVELS.index("different"), np.int8)
    a, b = _characters(texts[0]), _characters(texts[1])
    fits = _short(texts[0]) & _short(texts[1])
    differs = a != b
    count = differs.sum(axis=1)
    same_length = ((a == 0) == (b == 0)).all(axis=1) & fits
    longest = np.maximum((a != 0).sum(axis=1), (b != 0).sum(axis=1))
    distance = np.asarray(cpdist(*texts, scorer=Levenshtein.distance))
    level[(distance == 1) & (longest >= 3)] = LEVELS.index("one character")
    single = np.flatnonzero(same_length & (count == 1))
    if len(single):
        place = differs[single].argmax(axis=1)
        one, other = a[single, place], b[single, place]
        level[single[_sounds(one, other, near=True)]] = LEVELS.index("one sounds near")
        level[single[_look_alike(one, other)]] = LEVELS.index("one looks alike")
    level[_read_alike(texts)] = LEVELS.index("same sound")
    level[np.array([x == y for x, y in zip(*texts, strict=True)], bool)] = 0
    result = np.full(len(known), -1, np.int8)
    result[known] = level[pairs_of(pairs)]
    return result


def name_similarity(left: "pd.Series[str]", right: "pd.Series[str]") -> Floats:
    """Similarity of whole names, pairwise, 0 to 1; a character that is confusable costs less.

    Args:
        left, right: standard names, pair by pair, of the same length.

    Returns:
        1.0 for equal names; NaN where one is missing. Names of different lengths are compared by
        their edits.
    """
    known, pairs, texts = _distinct(left, right)
    a, b = _characters(texts[0]), _characters(texts[1])
    fits = _short(texts[0]) & _short(texts[1])
    cost = np.zeros(a.shape)
    row, place = np.nonzero(a != b)
    one, other = a[row, place], b[row, place]
    each = np.ones(len(row))
    each[_sounds(one, other, near=True)] = COSTS["near"]
    each[_look_alike(one, other)] = COSTS["look"]
    each[_sounds(one, other, near=False)] = COSTS["same"]
    cost[row, place] = each
    longest = np.maximum((a != 0).sum(axis=1), (b != 0).sum(axis=1)).clip(min=1)
    found = 1.0 - cost.sum(axis=1) / longest
    apart = ~(((a == 0) == (b == 0)).all(axis=1) & fits)
    edits = np.asarray(cpdist(*texts, scorer=Levenshtein.normalized_similarity), np.float64)
    found = np.where(apart, edits, found)
    result = np.full(len(known), np.nan)
    result[known] = found[pairs_of(pairs)]
    return result


def pairs_of(pairs: pd.DataFrame) -> npt.NDArray[np.int64]:
    """For each known pair of names the row of its distinct pair."""
    rows: npt.NDArray[np.int64] = pairs.attrs["row"]
    return rows


def _distinct(
    left: "pd.Series[str]", right: "pd.Series[str]"
) -> tuple[npt.NDArray[np.bool_], pd.DataFrame, tuple[list[str], list[str]]]:
    """Which pairs are known, their distinct pairs with the row of each, and the two texts."""
    known = left.notna().to_numpy(bool) & right.notna().to_numpy(bool)
    both = np.concatenate([side.to_numpy(dtype=object)[known] for side in (left, right)])
    codes, texts = pd.factorize(both)
    half = len(codes) // 2
    keys = codes[:half].astype(np.int64) * max(1, len(texts)) + codes[half:]
    row, distinct = pd.factorize(keys)
    a, b = distinct // max(1, len(texts)), distinct % max(1, len(texts))
    pairs = pd.DataFrame({"left": a, "right": b})
    pairs.attrs["row"] = row
    return known, pairs, ([str(texts[k]) for k in a], [str(texts[k]) for k in b])


def _characters(texts: list[str]) -> Codes:
    """One row a text, one code point a column, 0 behind the end."""
    array = np.array([text[:WIDTH] for text in texts], dtype=f"U{WIDTH}")
    return array.view(np.uint32).reshape(-1, WIDTH) if len(texts) else np.zeros((0, WIDTH), "u4")


def _short(texts: list[str]) -> npt.NDArray[np.bool_]:
    return np.array([len(text) <= WIDTH for text in texts], bool)


def _sounds(one: Codes, other: Codes, near: bool) -> npt.NDArray[np.bool_]:
    """Whether characters are read alike, or nearly."""
    codes, distinct = pd.factorize(np.concatenate([one, other]))
    heard = [reading_of(chr(c)) if c else "" for c in distinct.tolist()]
    if near:
        heard = [near_reading(reading) for reading in heard]
    sound = pd.factorize(np.array(heard, dtype=object))[0][codes]
    both = (one != 0) & (other != 0)
    return np.asarray(both & (sound[: len(one)] == sound[len(one) :]), np.bool_)


def _look_alike(one: Codes, other: Codes) -> npt.NDArray[np.bool_]:
    """Whether characters stand in the packaged table of those that look alike."""
    table = np.array([(ord(a) << 32) | ord(b) for a, b in lookalikes()], np.uint64)
    low = np.minimum(one, other).astype(np.uint64)
    high = np.maximum(one, other).astype(np.uint64)
    return np.isin((low << SHIFT) | high, table)


def _read_alike(texts: tuple[list[str], list[str]]) -> npt.NDArray[np.bool_]:
    """Whether whole names are read alike, surnames as surnames."""
    readings = {text: pinyin(text) for text in {*texts[0], *texts[1]}}
    return np.array([readings[a] == readings[b] for a, b in zip(*texts, strict=True)], bool)
