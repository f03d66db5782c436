"""Two addresses compared part by part: graded levels and evidence, computed on whole columns."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz

from warning.matching.standardise.addresses.likeness import (
    floats,
    likeness,
    name_evidence,
    number_evidence,
    text_evidence,
)
from warning.matching.standardise.addresses.normal import normalised
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
#: Grains from coarse to fine, for ``grain_left`` and ``grain_right``.
GRAINS = ("none", "town", "village", "group", "poi", "compound", "building", "room")
#: Likeness (0 to 1) of two names from which they are close.
_ALIKE = 0.75

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


def compare_addresses(
    left: "pd.Series[str]",
    right: "pd.Series[str]",
    *,
    left_context: pd.DataFrame | None = None,
    right_context: pd.DataFrame | None = None,
    words: PlaceWords | None = None,
    evidence: bool = False,
) -> pd.DataFrame:
    """Compare addresses pairwise, each with its neighbour in the other series.

    Args:
        left, right: texts of equal length and order; missing allowed.
        left_context, right_context: what the records say beside them, as for :func:`parse`.
        words: the lexicon; None is the packaged one.
        evidence: also give what the levels leave out (see below), for a classifier.

    Returns:
        In the index of ``left``: one column a part of :data:`LEVELS` (``name`` is the compound,
        point of interest or spot), holding 1 equal, 0.5 close (one name inside the other, or alike;
        a number of the same first part, 11 and 11-2), 0.25 written on one side only, 0 on none,
        -1 in conflict; and ``likeness`` of the standard texts (0 to 1). They are the same when
        left and right change places.

        With ``evidence`` also, for every name and for the whole texts: likeness, how much of the
        one stands in the other weighted by rarity among the addresses compared, lengths; for the
        numbers: how many both wrote, in which parts, how far apart; the grains, as places in
        :data:`GRAINS`. Columns that end in ``_left`` or hold ``_left_`` change with those of
        the right when the sides change.

    Raises:
        ValueError: the two series differ in length.
    """
    if len(left) != len(right):
        raise ValueError("left and right must have the same length")
    a, b = _parts(left, left_context, words), _parts(right, right_context, words)
    levels: dict[str, Floats] = {}
    for part in EXACT_PARTS:
        levels[part] = _exact(_texts(a, part), _texts(b, part))
    for part in NAME_PARTS:
        levels[part] = _names(_texts(a, part), _texts(b, part))
    levels["likeness"] = likeness(_texts(a, "standard"), _texts(b, "standard"), fuzz.ratio)
    if evidence:
        levels |= text_evidence(a, b) | name_evidence(a, b) | number_evidence(a, b)
        for side, frame in (("left", a), ("right", b)):
            order = {grain: float(k) for k, grain in enumerate(GRAINS)}
            levels[f"grain_{side}"] = floats(frame["grain"].map(order))
            levels[f"beside_{side}"] = floats(frame["done"].str.contains("beside"))
    return pd.DataFrame(levels, index=left.index)


def names(parts: pd.DataFrame) -> "pd.Series[str]":
    """The name that each parsed address stands under: compound, point of interest or spot."""
    named = parts["compound"].where(parts["compound"] != "", parts["poi"])
    return named.where(named != "", parts["spot"])


def _parts(
    series: "pd.Series[str]", context: pd.DataFrame | None, words: PlaceWords | None
) -> pd.DataFrame:
    """The parsed parts and, from them, the name, the core, the words and the normalised text."""
    frame = parse(series, context, words).reset_index(drop=True)
    frame["name"] = names(frame)
    inside = frame["building"] + frame["unit"] + frame["floor"] + frame["room"]
    frame["core"] = (
        frame["village"] + frame["group"] + frame["road"] + frame["road_number"]
        + frame["name"] + frame["section"] + inside + frame["rest"]
    )  # fmt: skip
    frame["words"] = (
        frame["village"] + frame["road"] + frame["name"] + frame["section"] + frame["rest"]
    )
    texts = series.astype("object").where(series.notna(), "").tolist()
    plain = {text: normalised(str(text))[0].replace("|", "") for text in set(texts)}
    frame["raw"] = pd.Series([plain[text] for text in texts], dtype="str")
    return frame


def _texts(frame: pd.DataFrame, part: str) -> Texts:
    return frame[part].to_numpy(dtype=object)


def _presence(left: Texts, right: Texts) -> Floats:
    """The level before the texts are compared: both say it → conflict until shown otherwise."""
    has_left, has_right = left != "", right != ""
    level = np.where(has_left ^ has_right, ONE_SIDED, ABSENT)
    return np.where(has_left & has_right, CONFLICT, level)


def _exact(left: Texts, right: Texts) -> Floats:
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


def _names(left: Texts, right: Texts) -> Floats:
    level = _presence(left, right)
    both = np.flatnonzero(level == CONFLICT)
    if not len(both):
        return level
    x, y = left[both], right[both]
    alike = likeness(x, y, fuzz.ratio) >= _ALIKE
    within = [p in q or q in p for p, q in zip(x.tolist(), y.tolist(), strict=True)]
    level[both[alike | np.array(within, dtype=bool)]] = CLOSE
    level[both[x == y]] = EQUAL
    return level
