"""Ready comparisons for specifications: equality, similar texts, dates, numbers, several words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler, Levenshtein, Prefix
from rapidfuzz.fuzz import token_set_ratio
from rapidfuzz.process import cpdist

from warning.matching.linker.specification import MISSING, Comparison, Levels, Rows

#: Name → similarity of two texts, 0 to 1.
MEASURES: dict[str, tuple[Callable[..., Any], float]] = {
    "jaro_winkler": (JaroWinkler.similarity, 1.0),
    "levenshtein": (Levenshtein.normalized_similarity, 1.0),
    "damerau": (DamerauLevenshtein.normalized_similarity, 1.0),
    "prefix": (Prefix.normalized_similarity, 1.0),
    "words": (token_set_ratio, 100.0),
}


def similarity(left: list[str], right: list[str], measure: str) -> npt.NDArray[np.float32]:
    """Similarity, 0 to 1, of texts pairwise, by one of :data:`MEASURES`."""
    scorer, most = MEASURES[measure]
    found = cpdist(left, right, scorer=scorer, dtype=np.float32)
    return np.asarray(found, np.float32) / np.float32(most)


def equality(name: str, column: str, **options: Any) -> Comparison:
    """Two levels: equal and different. ``options`` are those of :class:`Comparison`."""
    return Comparison(name, (column,), ("equal", "different"), equal_values, **options)


def similar(
    name: str, column: str, measure: str = "jaro_winkler", steps: tuple[float, ...] = (0.92, 0.8),
    **options: Any,
) -> Comparison:  # fmt: skip
    """Equal, then one level for each of the falling ``steps`` of similarity, then different."""
    levels = ("equal", *(f"{measure} ≥ {step:g}" for step in steps), "different")

    def judge(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
        texts = values[column].to_numpy(dtype=object)
        known = ~pd.isna(texts)
        result = np.full(len(left), MISSING, np.int8)
        both = np.flatnonzero(known[left] & known[right])
        a, b = texts[left[both]], texts[right[both]]
        level = np.full(len(both), len(steps) + 1, np.int8)
        found = similarity(a.tolist(), b.tolist(), measure)
        for place, step in reversed(list(enumerate(steps, 1))):
            level[found >= step] = place
        level[a == b] = 0
        result[both] = level
        return result

    return Comparison(name, (column,), levels, judge, **options)


def dates(name: str, column: str, **options: Any) -> Comparison:
    """Dates as text YYYY-MM-DD or YYYYMMDD: equal, one slip, parts, year, different.

    One slip is one character or two swapped ones; parts is two of year, month and day, or month
    and day exchanged.
    """
    levels = ("equal", "one slip", "two parts", "same year", "different")

    def judge(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
        texts = values[column].astype("str").str.replace("-", "").to_numpy(dtype=object)
        known = ~pd.isna(texts)
        result = np.full(len(left), MISSING, np.int8)
        both = np.flatnonzero(known[left] & known[right])
        a, b = texts[left[both]], texts[right[both]]
        level = np.full(len(both), 4, np.int8)
        cut = {
            part: tuple(np.array([text[start:end] for text in side], object) for side in (a, b))
            for part, start, end in (("year", 0, 4), ("month", 4, 6), ("day", 6, 8))
        }
        same = {part: one == other for part, (one, other) in cut.items()}
        level[same["year"]] = 3
        swapped = (cut["month"][0] == cut["day"][1]) & (cut["day"][0] == cut["month"][1])
        agreeing = sum(part.astype(np.int8) for part in same.values())
        level[(agreeing >= 2) | (same["year"] & swapped)] = 2
        distance = cpdist(a.tolist(), b.tolist(), scorer=DamerauLevenshtein.distance)
        level[np.asarray(distance) == 1] = 1
        level[a == b] = 0
        result[both] = level
        return result

    return Comparison(name, (column,), levels, judge, **options)


def exchangeable(
    name: str, first: str, second: str, steps: tuple[float, float] = (0.92, 0.8), **options: Any
) -> Comparison:
    """Two columns that may stand in each other's place, such as given name and surname.

    Levels: equal, exchanged, both near, one equal and the other near or an initial, one equal,
    one near, different. The similarity is Jaro–Winkler.
    """
    levels = ("equal", "exchanged", "both near", "one equal, one near", "one equal", "one near",
              "different")  # fmt: skip

    def judge(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
        one = values[first].astype("str").fillna("").to_numpy(dtype=object)
        two = values[second].astype("str").fillna("").to_numpy(dtype=object)
        a1, a2, b1, b2 = one[left], two[left], one[right], two[right]
        known1, known2 = (a1 != "") & (b1 != ""), (a2 != "") & (b2 != "")
        close1, close2 = _close(a1, b1, steps) * known1, _close(a2, b2, steps) * known2
        level = np.full(len(left), 6, np.int8)
        best, worst = np.maximum(close1, close2), np.minimum(close1, close2)
        level[best >= 1] = 5
        level[best == 3] = 4
        level[(best == 3) & (worst >= 1)] = 3
        level[(best < 3) & (worst >= 1)] = 2
        exchanged = (a1 == b2) & (a2 == b1) & (a1 != "") & (a2 != "")
        level[exchanged] = 1
        level[(worst == 3) & known1 & known2] = 0
        unknown = ~(known1 | known2) & ~exchanged
        level[unknown] = MISSING
        return level

    return Comparison(name, (first, second), levels, judge, **options)


def _close(a: Any, b: Any, steps: tuple[float, float]) -> npt.NDArray[np.int8]:
    """3 equal, 2 near, 1 a little near or an initial, 0 not."""
    found = similarity(a.tolist(), b.tolist(), "jaro_winkler")
    close = np.zeros(len(a), np.int8)
    close[found >= steps[1]] = 1
    initial = np.array(
        [min(len(x), len(y)) == 1 and x[:1] == y[:1] for x, y in zip(a, b, strict=True)], bool
    )
    close[initial] = 1
    close[found >= steps[0]] = 2
    close[a == b] = 3
    return close


def equal_values(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Level 0 where the (one) column is equal, 1 where it differs."""
    codes = pd.factorize(values.iloc[:, 0])[0]
    level = (codes[left] != codes[right]).astype(np.int8)
    level[(codes[left] < 0) | (codes[right] < 0)] = MISSING
    return np.asarray(level, np.int8)


def part_of_name(
    name: str, column: str, other: str, steps: tuple[float, float] = (0.92, 0.8), **options: Any
) -> Comparison:
    """One part of a name that may have been written in the place of the ``other`` part.

    Levels: equal, near, exchanged (both parts stand in each other's place), a little near or an
    initial, different. The similarity is Jaro–Winkler.
    """
    levels = ("equal", "near", "exchanged", "a little near or an initial", "different")

    def judge(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
        one = values[column].astype("str").fillna("").to_numpy(dtype=object)
        two = values[other].astype("str").fillna("").to_numpy(dtype=object)
        a, b = one[left], one[right]
        close = _close(a, b, steps)
        level = np.array([4, 3, 1, 0], np.int8)[close]
        exchanged = (a == two[right]) & (two[left] == b) & (a != "") & (b != "")
        level[exchanged & (level > 2)] = 2
        level[(a == "") | (b == "")] = MISSING
        return level

    return Comparison(name, (column, other), levels, judge, **options)
