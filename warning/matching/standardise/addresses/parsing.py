"""Addresses in bulk: each distinct text with its context once, to parts, grain and one form."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.addresses.divisions import divisions
from warning.matching.standardise.addresses.generic import generic_parts, is_generic
from warning.matching.standardise.addresses.normal import LONGEST, normalised
from warning.matching.standardise.addresses.scanning import scan
from warning.matching.standardise.addresses.standard import (
    PARTS,
    Context,
    village_core,
    written_parts,
)
from warning.settings.matching_places import PlaceWords

CONTEXT = ("county_code", "town", "village", "grid_id")
#: Columns of :func:`spans`.
SPAN_COLUMNS = ("row", "part", "start", "end")


class Parsed(NamedTuple):
    """Distinct addresses and, for each row of the input, the number of its own."""

    distinct: pd.DataFrame
    codes: npt.NDArray[np.intp]


def parse(
    series: "pd.Series[str]",
    context: pd.DataFrame | None = None,
    words: PlaceWords | None = None,
) -> pd.DataFrame:
    """Parse addresses; each distinct text with its context once, in time linear in its length.

    Args:
        series: address texts, missing allowed.
        context: columns of :data:`CONTEXT` as far as known, one row an address in the same
            order; they fill what the text lacks and never overrule it. (A grid_id that begins
            with nine digits says the county too.)
        words: the lexicon of places; None is the packaged one.

    Returns:
        Columns :data:`PARTS`, all text, in the index of ``series``; an absent part is the empty
        text. ``grain`` is room, building, compound, group, village, poi, town or none;
        ``standard`` is the canonical text from the town down; ``done`` says what was done
        beside reading (filled:town, renamed:town, nickname, beside: it is only near the place, cut:
        what stands behind the 400th character was not read). Text in another script is
        normalised whole and has grain poi.
    """
    parsed = parse_distinct(series, context, words)
    return parsed.distinct.take(parsed.codes).set_axis(series.index)


def parse_distinct(
    series: "pd.Series[str]",
    context: pd.DataFrame | None = None,
    words: PlaceWords | None = None,
) -> Parsed:
    """:func:`parse` before the distinct addresses are spread over the rows."""
    words = words or PlaceWords.packaged()
    texts = series.astype("object").where(series.notna(), "").to_numpy()
    columns: list[tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]] = [_coded(texts)]
    if context is not None:
        for name in CONTEXT:
            if name in context.columns:
                beside = context[name].astype("object")
                columns.append(_coded(beside.where(beside.notna(), "").to_numpy()))
            else:
                columns.append((np.zeros(len(texts), dtype=np.intp), np.array([""], object)))
    joint = columns[0][0].astype(np.int64)
    for own, values in columns[1:]:
        joint = joint * max(len(values), 1) + own
    _, first, codes = np.unique(joint, return_index=True, return_inverse=True)
    picked = [values[own[first]] for own, values in columns]
    nowhere = Context("", "", "")
    if context is None:
        rows = [_parse_one(str(text), nowhere, words) for text in picked[0].tolist()]
    else:
        known: dict[tuple[object, ...], Context] = {}
        rows = []
        for text, *around in zip(*(values.tolist() for values in picked), strict=True):
            key = tuple(around)
            if key not in known:
                known[key] = _context(*map(str, around))
            rows.append(_parse_one(str(text), known[key], words))
    frame = pd.DataFrame(rows, columns=list(PARTS), dtype="str")
    return Parsed(frame, codes)


def _coded(
    values: "npt.NDArray[np.object_]",
) -> "tuple[npt.NDArray[np.intp], npt.NDArray[np.object_]]":
    codes, distinct = pd.factorize(values)
    return np.asarray(codes), np.asarray(distinct, dtype=object)


def spans(series: "pd.Series[str]", county_code: str = "") -> pd.DataFrame:
    """Where each part stands in the raw text.

    Args:
        series: address texts, missing allowed.
        county_code: of all of them, when known.

    Returns:
        One row a part, in the order of the text: row (position in ``series``), part (a name of
        :data:`PARTS` or ``beside``, ``cross_road``, ``lane``), start, end (of the raw text, end
        exclusive). Parts of one address never overlap.
    """
    found = []
    for row, text in enumerate(series.astype("object").where(series.notna(), "").tolist()):
        plain, places = normalised(str(text))
        if not plain or is_generic(plain):
            continue
        before = 0
        for part, first, last in scan(plain, county_code)[0]:
            start, end = first, last
            if places is not None:
                # One raw character may stand for two (㎡ for M2): it belongs to the first part.
                start, end = max(before, places[first]), places[last - 1] + 1
            if start < end:
                found.append((row, part, start, end))
                before = end
    return pd.DataFrame(found, columns=list(SPAN_COLUMNS))


def _context(county_code: str, town: str, village: str, grid_id: str) -> Context:
    if not county_code and len(grid_id) >= 9 and grid_id[:9].isdigit():
        county_code = grid_id[:6]
    if county_code[:6] and county_code[:6] not in divisions().names:
        county_code = county_code if county_code[:6].isalnum() else ""
    if not town and len(grid_id) >= 15 and grid_id[:6] == county_code[:6]:
        # A grid of national form: twelve digits of the village, then its own three.
        town = divisions().names.get(grid_id[:9], "")
    return Context(
        county_code[:6],
        normalised(town)[0].replace("|", ""),
        village_core(normalised(village)[0].replace("|", "")),
    )


def _parse_one(text: str, context: Context, words: PlaceWords) -> tuple[str, ...]:
    plain, _ = normalised(text)
    if plain and is_generic(plain):
        return generic_parts(text, context)
    found, prefix = scan(plain, context.county_code)
    parts = written_parts(plain, found, prefix.upper_code, context, words)
    if len(text) > LONGEST:
        return (*parts[:-1], f"{parts[-1]} cut".lstrip())
    return parts
