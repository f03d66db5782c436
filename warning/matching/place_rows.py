"""The distinct written addresses of records, with county and town as far as the data say them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.globe import EARTH_METRES
from warning.matching.place_book import anchor_of
from warning.matching.place_learning import usable_points
from warning.matching.standardise import addresses
from warning.matching.standardise.addresses.normal import normalised
from warning.matching.standardise.addresses.nowhere import names_no_place
from warning.records import RECORD
from warning.settings.matching_places import PlaceWords

#: A name is of a town (or county) when its point lies so many times ``near_metres`` from the
#: town's own points of that name, or nearer.
_REACH = 40
#: In a report of linking: how many records write something for an address that names no place.
NO_PLACE = "records whose address names no place"
#: Characters of an address from which on it says something.
_TELLING = 40

Sure = dict[str, pd.Series]


def grids_of(ordered: pd.DataFrame) -> Sure:
    """What grids say: county_code and town by grid_id.

    A grid says a county or town when two records or more name it and none another.
    """
    beside = _beside(ordered)
    grid = beside["grid_id"]
    found = {}
    for name in ("county_code", "town"):
        known = beside[(beside[name] != "") & (grid != "")]
        said = known.groupby("grid_id", sort=True)[name].agg(["first", "nunique", "size"])
        found[name] = said.loc[(said["nunique"] == 1) & (said["size"] >= 2), "first"]
    return found


def written(records: pd.DataFrame, words: PlaceWords) -> pd.Series:
    """The address of each record, missing where it names no place (不详, 同上, 网上)."""
    texts = records.get("address", pd.Series(index=records.index, dtype="str"))
    return texts.mask(name_no_place(texts, words))


def no_place_report(records: pd.DataFrame, words: PlaceWords) -> dict[str, int]:
    """How many records write something for an address that names no place, by :data:`NO_PLACE`."""
    texts = records.get("address", pd.Series(index=records.index, dtype="str"))
    return {NO_PLACE: int(name_no_place(texts, words).sum())}


def name_no_place(texts: pd.Series, words: PlaceWords) -> "pd.Series[bool]":
    """Which addresses are, as a whole, words of ``no_place``; a missing one is not.

    Args:
        texts: addresses as written.
        words: the lexicon of places.
    """
    short = texts[(texts.str.len() <= _TELLING).fillna(value=False).astype(bool)]
    if not any(sign.isdigit() for word in words.no_place for sign in word):
        # Most addresses have a number, and those cannot be words alone.
        short = short[~short.str.contains("[0-9０-９]", regex=True).astype(bool)]
    found = [t for t in short.unique() if names_no_place(normalised(t)[0], words.no_place)]
    return texts.isin(found)


def _beside(ordered: pd.DataFrame) -> pd.DataFrame:
    beside = ordered.reindex(columns=list(addresses.CONTEXT)).astype("object")
    return beside.where(beside.notna(), "")


def around(ordered: pd.DataFrame, grids: Sure) -> pd.DataFrame:
    """What the records say beside the text; county and town missing, as their grid says."""
    beside = _beside(ordered)
    grid = beside["grid_id"]
    for name, sure in grids.items():
        lacks = (beside[name] == "") & grid.isin(sure.index)
        beside.loc[lacks, name] = grid[lacks].map(sure)
    # What a grid could still say is said: without it fewer addresses are distinct.
    beside.loc[(beside["county_code"] != "") & (beside["town"] != ""), "grid_id"] = ""
    beside.loc[(beside["county_code"] != "") & (grid.str.len() < 15), "grid_id"] = ""
    return beside


class Rows(NamedTuple):
    """Distinct parsed rows, and the number of its own for each record."""

    distinct: list[tuple[str, ...]]
    codes: npt.NDArray[np.intp]


def counties_of(distinct: pd.DataFrame) -> Sure:
    """The only county that has a town, or a name of four characters or more, in these addresses."""
    known = distinct[(distinct["county_code"] != "") & (distinct["town"] != "")]
    pairs = known[["county_code", "town"]].drop_duplicates()
    only = pairs.drop_duplicates("town", keep=False).set_index("town")["county_code"]
    have = pd.DataFrame({"name": _named(distinct), "county": _filled(distinct, only)})
    have = have[(have["county"] != "") & (have["name"].str.len() >= 4)].drop_duplicates()
    single = have.drop_duplicates("name", keep=False).set_index("name")["county"]
    return {"town": only, "name": single}


def _named(distinct: pd.DataFrame) -> pd.Series:
    named = distinct["compound"].where(distinct["compound"] != "", distinct["poi"])
    return named.where(named != "", distinct["village"])


def _filled(distinct: pd.DataFrame, only: pd.Series) -> pd.Series:
    """The county of each address; of one that names none, its town's."""
    county = distinct["county_code"].copy()
    lacks = (county == "") & distinct["town"].isin(only.index)
    county.loc[lacks] = distinct.loc[lacks, "town"].map(only)
    return county


def resolved_rows(distinct: pd.DataFrame, codes: npt.NDArray[np.intp], counties: Sure) -> Rows:
    """The county of an address that names none: the only one that has its town or name."""
    filled = distinct.assign(county_code=_filled(distinct, counties["town"]))
    named, single = _named(distinct), counties["name"]
    lacks = (filled["county_code"] == "") & named.isin(single.index) & (filled["city"] == "")
    filled.loc[lacks, "county_code"] = named[lacks].map(single)
    return _rows(filled, codes)


def _rows(distinct: pd.DataFrame, codes: npt.NDArray[np.intp]) -> Rows:
    """Rows without what does not make a place, numbered anew."""
    plain = distinct.assign(done="", rest="", standard="")
    tuples = list(zip(*(plain[name].tolist() for name in plain.columns), strict=True))
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


def name_evidence(
    ordered: pd.DataFrame, rows: Rows, parties: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What :func:`learn_nicknames` needs of records that name a compound or point of interest.

    Returns:
        County, name, door, longitude, latitude, one row a record; and county, name, phone, one
        row a phone that was given with the name.
    """
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
    is_asked = (evidence["name"] != "").to_numpy()
    nothing = pd.DataFrame({"county": [], "name": [], "phone": []}, dtype="str")
    if parties is None or "phone" not in parties or parties.empty:
        return evidence[is_asked], nothing
    keys = ordered.loc[is_asked, RECORD].reset_index(names="row")
    known = parties[[*RECORD, "phone"]].dropna(subset="phone").merge(keys, on=RECORD)
    phone = known["phone"].str.replace(r"\D", "", regex=True).str[-11:]
    is_whole = (phone.str.len() == 11).to_numpy()
    said = evidence.loc[known.loc[is_whole, "row"], ["county", "name"]].reset_index(drop=True)
    return evidence[is_asked], said.assign(phone=phone[is_whole].to_numpy()).drop_duplicates()


def towns_by_point(ordered: pd.DataFrame, rows: Rows, near_metres: float) -> Rows:
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
    best = best[best["metres"] <= _REACH * near_metres]
    distinct = list(rows.distinct)
    codes = rows.codes.copy()
    new: dict[tuple[str, ...], int] = {}
    for row, county, town in best[["row", "county", "town"]].itertuples(index=False, name=None):
        parts = list(distinct[codes[row]])
        parts[at["town"]], parts[at["county_code"]] = town, county
        codes[row] = new.setdefault(tuple(parts), len(distinct) + len(new))
    return _rows(pd.DataFrame(distinct + list(new), columns=list(addresses.PARTS)), codes)
