"""What analysts said of places, and identities carried over from the night before."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.identity import Bools, carry_over, previous_of, standing_ids
from warning.matching.place_book import Book
from warning.records import RECORD

Pairs = set[tuple[int, int]]


def judged(
    links: pd.DataFrame,
    book: Book,
    same: Pairs,
    different: Pairs,
    written: npt.NDArray[np.intp],
) -> None:
    """Apply verdicts, in place.

    ``same`` joins the two records' places whole, at the place of the earlier record, unless two that
    were judged different would be one by it. ``different`` parts them: the later record, with all
    that wrote the same as it, gets a place of its own; where both wrote the same, the later record
    alone.

    Args:
        links: place_id, grain, probability; one row a record in the order of reporting.
        book: the places; parted ones are added.
        same, different: pairs of row positions.
        written: a number a row, equal where the same was written.
    """
    ids = links["place_id"].to_numpy(dtype=object).copy()
    grains = links["grain"].to_numpy(dtype=object).copy()
    probability = links["probability"].to_numpy(dtype=float).copy()
    for one, other in sorted((min(pair), max(pair)) for pair in different):
        if ids[one] != ids[other] or ids[one] == "":
            continue
        apart = (ids == ids[one]) & (written == written[other])
        if written[one] == written[other]:
            apart = np.zeros(len(ids), dtype=bool)
            apart[other] = True
        _, grain, parent, county, text, _ = book.places[ids[one]]
        key = "|".join(str(links.at[other, name]) for name in RECORD)
        ids[apart] = book.add(grain, parent, county, f"{text} ({key})")
        probability[apart] = 1.0
    for one, other in sorted((min(pair), max(pair)) for pair in same):
        first, second = ids[one], ids[other]
        if first == second or "" in (first, second):
            continue
        if any({ids[left], ids[right]} == {first, second} for left, right in different):
            continue
        joined = ids == second
        ids[joined], grains[joined], probability[joined] = first, grains[one], 1.0
        _joined(book, str(second), str(first))
    links["place_id"], links["grain"], links["probability"] = ids, grains, probability


def _joined(book: Book, gone: str, into: str) -> None:
    """What lay in the place that went lies in the other one."""
    book.places.pop(gone, None)
    for place_id, (_, grain, parent, county, text, is_hub) in list(book.places.items()):
        if parent == gone and place_id != into:
            book.places[place_id] = (place_id, grain, into, county, text, is_hub)


def carried_over(
    links: pd.DataFrame, book: Book, moments: "pd.Series[pd.Timestamp]",
    previous_links: pd.DataFrame | None, corrected: Bools | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Give places the ids that they had, in ``links`` and ``book``; returns from_id, into_id.

    A place keeps the oldest id among its records; ids that met it are recorded as merged into
    it. A place with new records only is named by its text, as on the first night; so is one with
    corrected records beside, where others hold their old place.
    """
    nothing = pd.DataFrame({"from_id": [], "into_id": []}, dtype="str")
    if previous_links is None or previous_links.empty or links.empty:
        return nothing
    old = standing_ids(previous_of(links[RECORD], previous_links, "place_id"), corrected)
    label = links["place_id"]
    known = label.isin(set(label[old.notna() & (label != "")])) & (label != "")
    if not known.any():
        return nothing
    part = links.loc[known, RECORD]
    again = None if corrected is None else corrected[known]
    ids, merges = carry_over("l", label[known], part, moments[known], old[known], again)
    names = dict(zip(label[known], ids, strict=True))
    # Another place named by its text may hold the id that an old one keeps.
    taken = set(names.values())
    for place_id in list(book.places):
        if place_id in taken and place_id not in names:
            names[place_id] = free_id(place_id, taken)
    links["place_id"] = label.map(lambda value: names.get(value, value))
    renamed = {}
    for place_id, (_, grain, parent, county, text, is_hub) in book.places.items():
        own = names.get(place_id, place_id)
        renamed[own] = (own, grain, names.get(parent, parent), county, text, is_hub)
    book.places = renamed
    return merges


def free_id(place_id: str, taken: set[str]) -> str:
    """The id with the first number that nobody has."""
    number = 2
    while f"{place_id}.{number}" in taken:
        number += 1
    return f"{place_id}.{number}"
