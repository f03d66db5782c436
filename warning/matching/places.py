"""Places: parsed addresses of records become places of a grain, held together by a hierarchy."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.neighbors import BallTree

from warning.matching.place_book import Book, Parts, anchor_of
from warning.matching.place_identity import carried_over, judged
from warning.matching.place_learning import EARTH_METRES, learn_nicknames, usable_points
from warning.matching.place_names import NEAR, same_names
from warning.matching.standardise import addresses
from warning.settings.matching_places import PlacesSettings

LINK_COLUMNS = ["channel", "record_id", "place_id", "grain", "probability"]
PLACE_COLUMNS = ["place_id", "grain", "parent_id", "county_code", "text", "is_hub"]
RECORD = ["channel", "record_id"]
Pairs = set[tuple[int, int]]


class Placed(NamedTuple):
    """What linking places gives.

    Attributes:
        links: channel, record_id, place_id, grain, probability; a record that says nothing of
            where has none.
        places: place_id, grain, parent_id (missing at the top), county_code, text, is_hub.
        merges: from_id, into_id of places that turned out to be one.
        learned: county_code, nickname, name, doors, phones, far (the support) and probability.
        report: counts by name.
    """

    links: pd.DataFrame
    places: pd.DataFrame
    merges: pd.DataFrame
    learned: pd.DataFrame
    report: dict[str, int]


def link_places(
    records: pd.DataFrame,
    settings: PlacesSettings,
    parties: pd.DataFrame | None = None,
    *,
    previous_links: pd.DataFrame | None = None,
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
    threshold), .8 only the point is near, 1 an analyst said so. All but the last are set by
    judgement, not yet fitted to truth.

    Args:
        records: canonical records (channel, record_id, reported_at, address, county_code, town,
            village, grid_id, longitude, latitude; all but the first three may be absent).
        settings: the ``places`` part of ``matching.yaml``, with the lexicon.
        parties: canonical parties; their phones support learned nicknames. May be absent.
        previous_links: place_links of the night before, so that identities hold.
        same, different: pairs of row positions of ``records`` that analysts judged.

    Returns:
        Frames sorted by key; the order of the rows of ``records`` does not matter.
    """
    order = np.lexsort((records["record_id"], records["channel"], records["reported_at"]))
    ordered = records.iloc[order].reset_index(drop=True)
    empty = pd.Series("", index=ordered.index, dtype="str")
    around = _around(ordered)
    parsed = addresses.parse_distinct(ordered.get("address", empty), around, settings.words)
    rows = _resolved_rows(ordered, parsed.distinct, parsed.codes)
    learned = learn_nicknames(_evidence(ordered, rows, parties), settings.near_metres)
    rows = _towns_by_point(ordered, rows, settings.near_metres)
    distinct = [dict(zip(addresses.PARTS, row, strict=True)) for row in rows.distinct]
    anchors = [anchor for parts in distinct if (anchor := anchor_of(parts)) is not None]
    aliases = same_names(anchors, learned.aliases, settings.name_similarity)
    book = Book(distinct, aliases, settings.words.hub_words)
    found = [book.place(parts) for parts in distinct]
    links = ordered[RECORD].copy()
    links["place_id"] = np.array([f[0] for f in found], dtype=object)[rows.codes]
    links["grain"] = np.array([f[1] for f in found], dtype=object)[rows.codes]
    links["probability"] = np.array([f[2] for f in found], dtype=float)[rows.codes]
    _by_coordinates(ordered, rows, links, book, settings)
    inverse = np.empty(len(order), dtype=np.intp)
    inverse[order] = np.arange(len(order))
    judged(links, book, _moved(same, inverse), _moved(different, inverse), _written(rows))
    merges = carried_over(links, book, ordered["reported_at"], previous_links)
    links = links[links["place_id"] != ""]
    return Placed(*_frames(links, book, settings), merges, learned.table, {
        "places_learned_nicknames": len(learned.table),
    })  # fmt: skip


def _around(ordered: pd.DataFrame) -> pd.DataFrame:
    """What the records say beside the text; county and town missing, as their grid's others say.

    A grid says a county or town when two records or more name it and none another.
    """
    around = ordered.reindex(columns=list(addresses.CONTEXT)).astype("object")
    around = around.where(around.notna(), "")
    grid = around["grid_id"]
    for name in ("county_code", "town"):
        known = around[(around[name] != "") & (grid != "")]
        said = known.groupby("grid_id", sort=True)[name].agg(["first", "nunique", "size"])
        sure = said.loc[(said["nunique"] == 1) & (said["size"] >= 2), "first"]
        lacks = (around[name] == "") & grid.isin(sure.index)
        around.loc[lacks, name] = grid[lacks].map(sure)
    return around


class Rows(NamedTuple):
    """Distinct parsed rows, and the number of its own for each record."""

    distinct: list[tuple[str, ...]]
    codes: npt.NDArray[np.intp]


def _resolved_rows(
    ordered: pd.DataFrame, distinct: pd.DataFrame, codes: npt.NDArray[np.intp]
) -> Rows:
    """The county of an address that names none: the only one that has its town, in these data."""
    known = distinct[(distinct["county_code"] != "") & (distinct["town"] != "")]
    pairs = known[["county_code", "town"]].drop_duplicates()
    only = pairs.drop_duplicates("town", keep=False).set_index("town")["county_code"]
    filled = distinct.copy()
    lacks = (filled["county_code"] == "") & filled["town"].isin(only.index)
    filled.loc[lacks, "county_code"] = filled.loc[lacks, "town"].map(only)
    named = filled["compound"].where(filled["compound"] != "", filled["poi"])
    named = named.where(named != "", filled["village"])
    have = pd.DataFrame({"name": named, "county": filled["county_code"]})
    have = have[(have["county"] != "") & (have["name"].str.len() >= 4)].drop_duplicates()
    single = have.drop_duplicates("name", keep=False).set_index("name")["county"]
    lacks = (filled["county_code"] == "") & named.isin(single.index) & (filled["city"] == "")
    filled.loc[lacks, "county_code"] = named[lacks].map(single)
    return _rows(filled, codes)


def _rows(distinct: pd.DataFrame, codes: npt.NDArray[np.intp]) -> Rows:
    """Rows without what does not make a place, numbered anew."""
    plain = distinct.assign(done="", rest="", standard="")
    tuples = list(plain.itertuples(index=False, name=None))
    first: dict[tuple[str, ...], int] = {}
    renumbered = np.array([first.setdefault(row, len(first)) for row in tuples], dtype=np.intp)
    own = renumbered[codes] if len(tuples) else codes
    # In the order in which they were first reported, so that the earliest name founds.
    seen, at = np.unique(own, return_index=True)
    rank = np.empty(len(first), dtype=np.intp)
    by_time = seen[np.argsort(at, kind="stable")]
    rank[by_time] = np.arange(len(by_time))
    every = list(first)
    return Rows([every[k] for k in by_time.tolist()], rank[own] if len(own) else own)


def _evidence(ordered: pd.DataFrame, rows: Rows, parties: pd.DataFrame | None) -> pd.DataFrame:
    """One row a record that names a compound or point: county, name, door, point, phones."""
    at = {name: k for k, name in enumerate(addresses.PARTS)}
    anchors = [anchor_of(dict(zip(addresses.PARTS, row, strict=True))) for row in rows.distinct]
    is_named = [anchor is not None and anchor.kind == "named" for anchor in anchors]
    frame = pd.DataFrame(
        {
            "county": [anchor.county if anchor else "" for anchor in anchors],
            "name": [
                anchor.name if anchor and named else ""
                for anchor, named in zip(anchors, is_named, strict=True)
            ],
            "door": [
                "-".join(filter(None, (row[at["building"]], row[at["unit"]])))
                for row in rows.distinct
            ],
        },
        dtype="str",
    )
    evidence = frame.take(rows.codes).reset_index(drop=True)
    for column in ("longitude", "latitude"):
        evidence[column] = ordered[column].to_numpy() if column in ordered else np.nan
    evidence["phones"] = ""
    if parties is not None and "phone" in parties and len(parties):
        known = parties.loc[parties["phone"].notna(), [*RECORD, "phone"]]
        phones = known.groupby(RECORD)["phone"].agg("|".join)
        keys = pd.MultiIndex.from_frame(ordered[RECORD])
        evidence["phones"] = phones.reindex(keys).fillna("").to_numpy()
    return evidence[evidence["name"] != ""]


def _towns_by_point(ordered: pd.DataFrame, rows: Rows, near_metres: float) -> Rows:
    """A name that several towns (or counties) have, written without: the nearest one's by the point."""
    if "longitude" not in ordered or "latitude" not in ordered:
        return rows
    at = {name: k for k, name in enumerate(addresses.PARTS)}
    anchors = [anchor_of(dict(zip(addresses.PARTS, row, strict=True))) for row in rows.distinct]
    frame = pd.DataFrame(
        [(a.county, a.kind, a.name, a.town) if a else ("", "", "", "") for a in anchors],
        columns=["county", "kind", "name", "town"], dtype="str",
    ).take(rows.codes).reset_index(drop=True)  # fmt: skip
    frame["longitude"] = ordered["longitude"].to_numpy(float)
    frame["latitude"] = ordered["latitude"].to_numpy(float)
    usable = usable_points(frame) & (frame["name"] != "").to_numpy()
    frame = frame[usable]
    centres = frame[frame["town"] != ""].groupby(["county", "kind", "name", "town"], sort=True)
    middle = centres[["longitude", "latitude"]].median().reset_index()
    middle = middle[middle["county"] != ""]
    asking = frame.reset_index(names="row")
    no_town = asking[(asking["town"] == "") & (asking["county"] != "")]
    several = middle[middle.duplicated(["county", "kind", "name"], keep=False)]
    no_county = asking[asking["county"] == ""].drop(columns=["county"])
    pairs = pd.concat(
        [
            no_town.drop(columns="town").merge(
                several, on=["county", "kind", "name"], suffixes=("", "_at")
            ),
            no_county.drop(columns="town").merge(middle, on=["kind", "name"], suffixes=("", "_at")),
        ]
    )
    if pairs.empty:
        return rows
    shrunk = np.cos(np.radians(pairs["latitude"]))
    pairs["metres"] = np.radians(1.0) * EARTH_METRES * np.hypot(
        pairs["latitude"] - pairs["latitude_at"],
        (pairs["longitude"] - pairs["longitude_at"]) * shrunk,
    )  # fmt: skip
    pairs = pairs.sort_values(["row", "metres", "county", "town"])
    best = pairs.drop_duplicates("row")
    best = best[best["metres"] <= 40 * near_metres]
    distinct = list(rows.distinct)
    codes = rows.codes.copy()
    new: dict[tuple[str, ...], int] = {}
    for row, county, town in best[["row", "county", "town"]].itertuples(index=False, name=None):
        parts = list(distinct[codes[row]])
        parts[at["town"]], parts[at["county_code"]] = town, county
        codes[row] = new.setdefault(tuple(parts), len(distinct) + len(new))
    return _rows(pd.DataFrame(distinct + list(new), columns=list(addresses.PARTS)), codes)


def _moved(pairs: Pairs | None, inverse: npt.NDArray[np.intp]) -> Pairs:
    return {(int(inverse[a]), int(inverse[b])) for a, b in pairs or ()}


def _written(rows: Rows) -> npt.NDArray[np.intp]:
    """Rows of one number wrote the same."""
    return rows.codes


def _by_coordinates(
    ordered: pd.DataFrame, rows: Rows, links: pd.DataFrame, book: Book, settings: PlacesSettings
) -> None:
    """Give records with a point and no text the nearest known place, else one of their own."""
    if "longitude" not in ordered or "latitude" not in ordered:
        return
    points = ordered[["latitude", "longitude"]].to_numpy(float)
    texts = ordered.get("address", pd.Series(index=ordered.index, dtype="str"))
    named = ordered[["latitude", "longitude"]].assign(name=links["place_id"])
    has_point = usable_points(named)
    coarse = links["grain"].isin(["", "town", "village"]).to_numpy()
    wanted = np.flatnonzero(has_point & coarse & texts.isna().to_numpy())
    if not len(wanted):
        return
    known = has_point & links["grain"].isin(["poi", "compound", "building", "room"]).to_numpy()
    frame = pd.DataFrame(np.radians(points[known]), columns=["latitude", "longitude"])
    frame["place_id"] = links.loc[known, "place_id"].to_numpy()
    frame["grain"] = links.loc[known, "grain"].to_numpy()
    centres = frame.groupby(["place_id", "grain"], sort=True).median().reset_index()
    near = np.full(len(wanted), np.inf)
    at = np.zeros(len(wanted), dtype=int)
    if len(centres):
        tree = BallTree(centres[["latitude", "longitude"]].to_numpy(), metric="haversine")
        distance, index = tree.query(np.radians(points[wanted]), k=1)
        near, at = distance[:, 0] * EARTH_METRES, index[:, 0]
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
    links: pd.DataFrame, book: Book, settings: PlacesSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    places = pd.DataFrame(list(book.places.values()), columns=PLACE_COLUMNS)
    places["is_hub"] = places["is_hub"].astype(bool) | _by_degree(places, links, settings)
    links = links.astype({"place_id": "str", "grain": "str"})
    text = ["place_id", "grain", "parent_id", "county_code", "text"]
    places = places.astype(dict.fromkeys(text, "str"))
    places["parent_id"] = places["parent_id"].replace("", np.nan)
    return (
        links.sort_values(RECORD, ignore_index=True)[LINK_COLUMNS],
        places.sort_values("place_id", ignore_index=True),
    )


def _by_degree(
    places: pd.DataFrame, links: pd.DataFrame, settings: PlacesSettings
) -> "pd.Series[bool]":
    """Which compounds and points of interest are hubs by the records that they hold."""
    counts = places["place_id"].map(links["place_id"].value_counts()).fillna(0)
    total = counts.groupby(places["county_code"]).transform("sum")
    enough = (counts >= settings.hub_records) & (counts >= settings.hub_share * total)
    return enough & places["grain"].isin(["poi", "compound"])


__all__ = ["LINK_COLUMNS", "PLACE_COLUMNS", "Parts", "Placed", "link_places"]
