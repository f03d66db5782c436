"""Places: parsed addresses of records become places of a grain, held together by a hierarchy."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.globe import EARTH_METRES, nearest
from warning.matching.identity import Bools
from warning.matching.place_book import Book, Lore, Parts, anchor_of
from warning.matching.place_identity import carried_over, judged
from warning.matching.place_learning import learn_nicknames, usable_points
from warning.matching.place_names import FAR, NEAR, Aliases, same_names
from warning.matching.place_rows import (
    Rows,
    Sure,
    around,
    counties_of,
    grids_of,
    name_evidence,
    no_place_report,
    resolved_rows,
    towns_by_point,
    written,
)
from warning.matching.standardise import addresses
from warning.records import RECORD
from warning.settings.matching_places import PlacesSettings

LINK_COLUMNS = ["channel", "record_id", "place_id", "grain", "probability"]
PLACE_COLUMNS = ["place_id", "grain", "parent_id", "county_code", "text", "is_hub"]
Pairs = set[tuple[int, int]]


class PlaceLore(NamedTuple):
    """How these addresses led to places: for later ones, without reading these again.

    Attributes:
        aliases: what each written name stands for.
        lore: towns, compounds and units of names.
        grids, counties: what grids, towns and names say of county and town.
    """

    aliases: Aliases
    lore: Lore
    grids: Sure
    counties: Sure


class Placed(NamedTuple):
    """What linking places gives.

    Attributes:
        links: channel, record_id, place_id, grain, probability; a record that says nothing of
            where has none.
        places: place_id, grain, parent_id (missing at the top), county_code, text, is_hub.
        merges: from_id, into_id of places that turned out to be one.
        learned: county_code, nickname, name, doors, phones, far (the support) and probability.
        report: counts by name.
        lore: how the addresses led to places.
    """

    links: pd.DataFrame
    places: pd.DataFrame
    merges: pd.DataFrame
    learned: pd.DataFrame
    report: dict[str, int]
    lore: PlaceLore


def link_places(
    records: pd.DataFrame,
    settings: PlacesSettings,
    parties: pd.DataFrame | None = None,
    *,
    previous_links: pd.DataFrame | None = None,
    corrected: Bools | None = None,
    same: Pairs | None = None,
    different: Pairs | None = None,
) -> Placed:
    """Find each record's place.

    Names are compared only inside one county and one kind. Equal names in one town are one
    place; a name without a town joins the only town that has it, else the nearest by its point;
    a nickname of the lexicon or one that the data show joins its full name; a name that sounds
    the same or is nearly the same joins the earliest such name unless a telling character (a
    direction, a number) differs. Numbers are compared by equality; a missing unit joins the only
    unit that has this room.

    The probability says on what the link rests: .99 the same canonical text, .95 a missing
    level was filled in, .93 a learned nickname, .92 the name sounds the same, .85 a short form
    of one name only, .75 to .9 the name is nearly the same (linear in the similarity above the
    threshold), .8 only the point is near, at most .7 where the record's point lies far from the
    place's others, 1 an analyst said so. All but the last are set by
    judgement, not yet fitted to truth.

    Args:
        records: canonical records (channel, record_id, reported_at, address, county_code, town,
            village, grid_id, longitude, latitude; all but the first three may be absent).
        settings: the ``places`` part of ``matching.yaml``, with the lexicon.
        parties: canonical parties; their phones support learned nicknames. May be absent.
        previous_links: place_links of the night before, so that identities hold.
        corrected: which records are another version than the one those links were made of.
        same, different: pairs of row positions of ``records`` that analysts judged.

    Returns:
        Frames sorted by key; the order of the rows of ``records`` does not matter.
    """
    order = np.lexsort((records["record_id"], records["channel"], records["reported_at"]))
    ordered = records.iloc[order].reset_index(drop=True)
    ordered["address"] = written(ordered, settings.words)
    grids = grids_of(ordered)
    beside = around(ordered, grids)
    parsed = addresses.parse_distinct(ordered["address"], beside, settings.words)
    counties = counties_of(parsed.distinct)
    rows = resolved_rows(parsed.distinct, parsed.codes, counties)
    learned = learn_nicknames(*name_evidence(ordered, rows, parties), settings.near_metres)
    rows = towns_by_point(ordered, rows, settings.near_metres)
    distinct = [dict(zip(addresses.PARTS, row, strict=True)) for row in rows.distinct]
    anchors = [anchor for parts in distinct if (anchor := anchor_of(parts)) is not None]
    aliases = same_names(anchors, learned.aliases, settings.name_similarity)
    book = Book(distinct, aliases, settings.words.hub_words)
    found = [book.place(parts) for parts in distinct]
    links = ordered[RECORD].copy()
    links["place_id"] = np.array([f[0] for f in found], dtype=object)[rows.codes]
    links["grain"] = np.array([f[1] for f in found], dtype=object)[rows.codes]
    links["probability"] = np.array([f[2] for f in found], dtype=float)[rows.codes]
    far = _far_from_their_place(ordered, links, settings.far_metres)
    by_coordinates(ordered, rows, links, book, settings, centres_of(ordered, links))
    inverse = np.empty(len(order), dtype=np.intp)
    inverse[order] = np.arange(len(order))
    judged(links, book, _moved(same, inverse), _moved(different, inverse), _written(rows))
    again = None if corrected is None else corrected[order]
    merges = carried_over(links, book, ordered["reported_at"], previous_links, again)
    links = links[links["place_id"] != ""]
    links, places, by_degree = _frames(links, book, settings, parties)
    report = {
        "places_learned_nicknames": len(learned.table),
        "places_hubs_by_word": int(places["is_hub"].sum()) - by_degree,
        "places_hubs_by_degree": by_degree,
        "places_points_far_away": far,
        **no_place_report(records, settings.words),
    }
    lore = PlaceLore(aliases, book.lore, grids, counties)
    return Placed(links, places, merges, learned.table, report, lore)


def _far_from_their_place(ordered: pd.DataFrame, links: pd.DataFrame, far_metres: float) -> int:
    """Lower the probability of links whose point lies far from their place's others, in place.

    The text says one place and the point another: one of them is wrong, or the same name stands
    for two places. A place needs three points before its middle says anything.
    """
    if "longitude" not in ordered or "latitude" not in ordered:
        return 0
    frame = ordered[["latitude", "longitude"]].astype(float).assign(name=links["place_id"])
    fine = links["grain"].isin(["room", "building", "compound", "poi"]).to_numpy()
    frame = frame[usable_points(frame) & fine]
    by_place = frame.groupby("name")
    middle = by_place[["latitude", "longitude"]].transform("median")
    north = frame["latitude"] - middle["latitude"]
    east = (frame["longitude"] - middle["longitude"]) * np.cos(np.radians(frame["latitude"]))
    metres = np.radians(np.hypot(north, east)) * EARTH_METRES
    is_far = (metres > far_metres) & (by_place["latitude"].transform("count") >= 3)
    rows = frame.index[is_far]
    links.loc[rows, "probability"] = links.loc[rows, "probability"].clip(upper=FAR)
    return len(rows)


def _moved(pairs: Pairs | None, inverse: npt.NDArray[np.intp]) -> Pairs:
    return {(int(inverse[a]), int(inverse[b])) for a, b in pairs or ()}


def _written(rows: Rows) -> npt.NDArray[np.intp]:
    """Rows of one number wrote the same."""
    return rows.codes


def centres_of(records: pd.DataFrame, links: pd.DataFrame) -> pd.DataFrame:
    """Where each fine place lies by its records' points.

    Args:
        records: canonical.
        links: place_id, grain; one row a record of ``records``, "" where there is none.

    Returns:
        place_id, grain, latitude and longitude in radians.
    """
    columns = ["place_id", "grain", "latitude", "longitude"]
    if "longitude" not in records or "latitude" not in records:
        return pd.DataFrame(columns=columns)
    frame = records[["latitude", "longitude"]].astype(float).reset_index(drop=True)
    frame["place_id"], frame["grain"] = links["place_id"].to_numpy(), links["grain"].to_numpy()
    known = usable_points(frame.rename(columns={"place_id": "name"}))
    known &= frame["grain"].isin(["poi", "compound", "building", "room"]).to_numpy()
    frame = frame[known]
    frame[["latitude", "longitude"]] = np.radians(frame[["latitude", "longitude"]])
    centres = frame.groupby(["place_id", "grain"], sort=True)[["latitude", "longitude"]].median()
    return centres.reset_index()


def by_coordinates(
    ordered: pd.DataFrame, rows: Rows, links: pd.DataFrame, book: Book, settings: PlacesSettings,
    centres: pd.DataFrame,
) -> None:  # fmt: skip
    """Give records with a point and no text the nearest of ``centres``, else a place of their own."""
    if "longitude" not in ordered or "latitude" not in ordered:
        return
    points = ordered[["latitude", "longitude"]].to_numpy(float)
    texts = ordered.get("address", pd.Series(index=ordered.index, dtype="str"))
    has_point = usable_points(ordered[["latitude", "longitude"]].assign(name=links["place_id"]))
    coarse = links["grain"].isin(["", "town", "village"]).to_numpy()
    wanted = np.flatnonzero(has_point & coarse & texts.isna().to_numpy())
    if not len(wanted):
        return
    near = np.full(len(wanted), np.inf)
    at = np.zeros(len(wanted), dtype=int)
    if len(centres):
        middles = centres[["latitude", "longitude"]].to_numpy()
        near, at = nearest(middles, np.radians(points[wanted]))
    # Cells of the radius's size; degrees of longitude shrink with the latitude.
    step = np.degrees(settings.near_metres / EARTH_METRES)
    county_at = addresses.PARTS.index("county_code")
    for position, metres, centre in zip(wanted.tolist(), near.tolist(), at.tolist(), strict=True):
        if metres <= settings.near_metres:
            place_id, grain = centres.loc[centre, "place_id"], centres.loc[centre, "grain"]
        else:
            latitude, longitude = points[position]
            shrunk = step / max(np.cos(np.radians(latitude)), 0.01)
            row, across = round(latitude / step) * step, round(longitude / shrunk) * shrunk
            parent = str(links.at[position, "place_id"])
            county = rows.distinct[rows.codes[position]][county_at]
            place_id, grain = book.add("poi", parent, county, f"{row:.4f},{across:.4f}"), "poi"
        links.at[position, "place_id"] = place_id
        links.at[position, "grain"] = grain
        links.at[position, "probability"] = NEAR


def _frames(
    links: pd.DataFrame, book: Book, settings: PlacesSettings, parties: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame, int]:
    """Links and places as they are given, and how many hubs only their degree shows."""
    places = pd.DataFrame(list(book.places.values()), columns=PLACE_COLUMNS)
    by_word = places["is_hub"].astype(bool)
    by_degree = _by_degree(places, links, settings, parties) & ~by_word
    places["is_hub"] = by_word | by_degree
    links = links.astype({"place_id": "str", "grain": "str"})
    text = ["place_id", "grain", "parent_id", "county_code", "text"]
    places = places.astype(dict.fromkeys(text, "str"))
    places["parent_id"] = places["parent_id"].replace("", np.nan)
    return (
        links.sort_values(RECORD, ignore_index=True)[LINK_COLUMNS],
        places.sort_values("place_id", ignore_index=True),
        int(by_degree.sum()),
    )


def _by_degree(
    places: pd.DataFrame,
    links: pd.DataFrame,
    settings: PlacesSettings,
    parties: pd.DataFrame | None,
) -> "pd.Series[bool]":
    """Which compounds and points of interest are hubs: many records, of people not related."""
    counts = places["place_id"].map(links["place_id"].value_counts()).fillna(0)
    total = counts.groupby(places["county_code"]).transform("sum")
    enough = (counts >= settings.hub_records) & (counts >= settings.hub_share * total)
    enough &= places["grain"].isin(["poi", "compound"])
    if parties is None or not {"phone", "name"} <= set(parties.columns) or not enough.any():
        return enough
    who = parties["phone"].where(parties["phone"].notna(), parties["name"])
    named = parties[RECORD].assign(who=who)[who.notna()]
    met = named.merge(links.loc[links["place_id"].isin(places.loc[enough, "place_id"])], on=RECORD)
    by_place = met.groupby("place_id")["who"]
    unrelated = by_place.nunique() / by_place.size()
    # Where nobody is named nothing speaks against the count.
    return enough & (places["place_id"].map(unrelated).fillna(1.0) >= settings.hub_unrelated)


__all__ = [
    "LINK_COLUMNS",
    "PLACE_COLUMNS",
    "Parts",
    "PlaceLore",
    "Placed",
    "by_coordinates",
    "centres_of",
    "link_places",
]
