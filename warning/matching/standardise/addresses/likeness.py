"""Likeness of address texts in both directions: what of the one stands in the other, by rarity.

Characters that few addresses have say more than common ones; how common they are is counted on
the addresses compared, never read from a model.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import distance, fuzz
from rapidfuzz.process import cpdist
from scipy import sparse

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]
#: Parts that are names; ``name`` is the compound or point of interest.
NAMES = ("town", "village", "road", "name", "section")
#: Parts that are numbers.
NUMBERS = ("group", "road_number", "building", "unit", "floor", "room")
_ENDINGS = r"(?:有限责任公司|股份有限公司|有限公司|公司|店|小区|花园|大厦|广场|中心|医院|学校|超市|酒店|家园|公寓)$"
_TAIL = 6


def likeness(left: Texts, right: Texts, scorer: Any) -> Floats:
    """Likeness 0 to 1 of each pair, the same in both directions."""
    first, second = np.where(left <= right, left, right), np.where(left <= right, right, left)
    scores = cpdist(first.tolist(), second.tolist(), scorer=scorer, dtype=np.float32)
    return np.asarray(scores, dtype=np.float64) / 100.0


def floats(values: Any) -> Floats:
    """A column as plain floating-point numbers."""
    return np.asarray(values, dtype=np.float64)


def coverage(left: Texts, right: Texts, length: int, name: str) -> dict[str, Floats]:
    """What of each text stands in the other, in runs of ``length`` characters, by rarity.

    Returns:
        ``{name}_left`` and ``{name}_right`` the share (0 to 1) of a text's rarity that the other
        has too (missing for an empty text), ``{name}_shared`` the rarity (nats) of what both
        have, ``{name}_left_only`` and ``{name}_right_only`` of what one has.
    """
    count = len(left)
    found = _runs([*left.tolist(), *right.tolist()], length)
    frequency = np.maximum(np.asarray(found.sum(axis=0)).ravel(), 1)
    rarity = np.log(found.shape[0] / frequency)
    one, other = found[:count], found[count:]
    shared = np.asarray(one.multiply(other) @ rarity).ravel()
    whole_left, whole_right = one @ rarity, other @ rarity
    return {
        f"{name}_left": _share(shared, whole_left),
        f"{name}_right": _share(shared, whole_right),
        f"{name}_shared": shared,
        f"{name}_left_only": whole_left - shared,
        f"{name}_right_only": whole_right - shared,
    }


def _runs(texts: list[str], length: int) -> sparse.csr_array:
    """Which runs of ``length`` (1 to 4) characters each text has: 1 where it has one.

    Returns:
        One row a text, one column a run that some text has, in the order of the characters.
    """
    # Characters by rank fit in 16 bits (more than 65,536 different ones are in no addresses), so
    # that a run of four is one whole number, and numbers are in the order of the texts.
    letters = np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    ranks = np.unique(letters, return_inverse=True)[1]
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    last = max(len(letters) - length + 1, 0)
    runs = np.zeros(last, dtype=np.uint64)
    for place in range(length):
        runs = runs << np.uint64(16) | ranks[place : place + last].astype(np.uint64)
    whole = rows[:last] == rows[length - 1 :][:last]  # a run begins and ends in one text
    kinds, columns = np.unique(runs[whole], return_inverse=True)
    shape = (len(texts), max(len(kinds), 1))
    ones = np.ones(len(columns))
    found = sparse.csr_array((ones, (rows[:last][whole], columns)), shape=shape)
    found.data[:] = 1.0  # however often
    return found


def _share(part: Floats, whole: Floats) -> Floats:
    return np.where(whole > 1e-9, part / np.maximum(whole, 1e-9), np.nan)


def text_evidence(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, Floats]:
    """Evidence from whole texts; frames with raw (normalised), core and words (without numbers)."""
    found: dict[str, Floats] = {}
    for name, lengths in (("core", (1, 2, 3)), ("words", (1, 2, 3)), ("raw", (2, 4))):
        one, other = _texts(left, name), _texts(right, name)
        for length in lengths:
            found |= coverage(one, other, length, f"{name}_{length}")
        for what, scorer in (("ratio", fuzz.ratio), ("inside", fuzz.partial_ratio)):
            found[f"{name}_{what}"] = likeness(one, other, scorer)
        same = cpdist(
            one.tolist(), other.tolist(), scorer=distance.LCSseq.similarity, dtype=np.int32
        )
        found[f"{name}_common"] = np.asarray(same, dtype=np.float64)
        found[f"{name}_left_length"] = floats(left[name].str.len())
        found[f"{name}_right_length"] = floats(right[name].str.len())
    for side, near, far in (("left", left, right), ("right", right, left)):
        whole = _texts(far, "raw")
        for tail in (_TAIL, 10):
            ends = near["raw"].str[-tail:].to_numpy(dtype=object)
            found[f"tail_{tail}_{side}"] = likeness(ends, whole, fuzz.partial_ratio)
        found[f"gate_{side}"] = floats(near["raw"].str.contains(r"门$|停车场|口$"))
    heads = zip(left["raw"].str[:3], right["raw"], strict=True)
    found["head_left"] = np.array([head in text for head, text in heads], dtype=float)
    return found


def name_evidence(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, Floats]:
    """Evidence from each name: its likeness to the other's, and whether the other text has it."""
    found: dict[str, Floats] = {}
    for part in NAMES:
        one, other = _texts(left, part), _texts(right, part)
        both = (one != "") & (other != "")
        found[f"{part}_likeness"] = np.where(both, likeness(one, other, fuzz.ratio), np.nan)
        every = pd.Series([*one.tolist(), *other.tolist()])
        common = np.log(every.map(every.value_counts()).to_numpy(float))
        for side, own, text, counts in (
            ("left", one, _texts(right, "raw"), common[: len(one)]),
            ("right", other, _texts(left, "raw"), common[len(one) :]),
        ):
            has = own != ""
            found[f"{part}_within_{side}"] = np.where(
                has, likeness(own, text, fuzz.partial_ratio), np.nan
            )
            found[f"{part}_common_{side}"] = np.where(has, counts, np.nan)
            found[f"{part}_length_{side}"] = np.array([len(value) for value in own], dtype=float)
    for part in ("name", "road", "section"):
        for side, near, far in (("left", left, right), ("right", right, left)):
            stem = near[part].str.replace(_ENDINGS, "", regex=True).to_numpy(dtype=object)
            whole = coverage(stem, _texts(far, "raw"), 2, "x")
            found[f"{part}_covered_{side}"] = whole["x_left"]
            found[f"{part}_rarity_{side}"] = whole["x_shared"]
    return found


def number_evidence(left: pd.DataFrame, right: pd.DataFrame) -> dict[str, Floats]:
    """Evidence from the numbers: those that both wrote, in the same part or in another."""
    sets = [
        [{text for text in row if text} for row in frame[list(NUMBERS)].to_numpy().tolist()]
        for frame in (left, right)
    ]
    pairs = list(zip(*sets, strict=True))
    found: Mapping[str, Floats] = {
        "numbers_shared": np.array([len(a & b) for a, b in pairs], dtype=float),
        "numbers_left_only": np.array([len(a - b) for a, b in pairs], dtype=float),
        "numbers_right_only": np.array([len(b - a) for a, b in pairs], dtype=float),
    }
    result = dict(found)
    for part in NUMBERS:
        values = []
        for side, frame, others in (("left", left, sets[1]), ("right", right, sets[0])):
            own = frame[part].tolist()
            result[f"{part}_within_{side}"] = np.array(
                [
                    float(text in other) if text else np.nan
                    for text, other in zip(own, others, strict=True)
                ]
            )
            digits = frame[part].str.extract(r"(\d+)", expand=False)
            values.append(pd.to_numeric(digits).to_numpy(float))
        result[f"{part}_apart"] = np.log1p(np.abs(values[0] - values[1]))
    return result


def _texts(frame: pd.DataFrame, part: str) -> Texts:
    return frame[part].to_numpy(dtype=object)
