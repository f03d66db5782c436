"""Places: parsed addresses of records become places of a grain, held together by a hierarchy."""

from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pandas as pd
from pypinyin import lazy_pinyin
from rapidfuzz import fuzz, process
from sklearn.neighbors import BallTree

from warning.matching.identity import founding_id
from warning.matching.standardise import addresses
from warning.settings.matching_places import PlacesSettings

LINK_COLUMNS = ["channel", "record_id", "place_id", "grain", "probability"]
PLACE_COLUMNS = ["place_id", "grain", "parent_id", "county_code", "text", "is_hub"]
_EARTH_METRES = 6_371_000.0
#: Names that differ in one of these are two places however alike they are.
_TELLING = frozenset("东西南北上下前后一二三四五六七八九十0123456789ABCDEFGH")
#: Above this many names a county is compared in blocks of one first character.
_MOST_NAMES = 3000
EXACT, FILLED, HOMOPHONE, NEAR = 0.99, 0.95, 0.92, 0.8


class Anchor(NamedTuple):
    """A named thing that numbers stand in: a compound, a village, a point of interest."""

    county: str
    kind: str
    town: str
    name: str


def link_places(
    records: pd.DataFrame, settings: PlacesSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Find each record's place.

    Names are compared only inside one county and one kind. Equal names in one town are one
    place; a name without a town joins the only town that has it; a name that sounds the same
    or is nearly the same joins the earliest such name unless a telling character (a direction,
    a number) differs. Buildings, units and rooms are compared by equality, a missing unit
    joins the only unit that has this room.

    The probability says on what the link rests: .99 the same canonical text, .95 a missing
    level was filled in, .92 the name sounds the same, .75 to .9 the name is nearly the same
    (linear in the similarity above the threshold), .8 only the point is near. These are set by
    judgement, not yet fitted to truth.

    Args:
        records: canonical records (channel, record_id, reported_at, address, county_code, town,
            village, grid_id, longitude, latitude; all but the first three may be absent).
        settings: the ``places`` part of ``matching.yaml``.

    Returns:
        place_links and places as in :class:`warning.matching.links.Links`, sorted by key. A
        record that says nothing of where has no link.
    """
    ordered = records.sort_values(["reported_at", "channel", "record_id"], ignore_index=True)
    empty = pd.Series("", index=ordered.index, dtype="str")
    parsed = addresses.parse(ordered.get("address", empty), ordered, settings.words)
    book = _Book(parsed, settings)
    codes, distinct = pd.MultiIndex.from_frame(parsed).factorize()
    found = [book.place(dict(zip(addresses.PARTS, row, strict=True))) for row in distinct]
    links = ordered[["channel", "record_id"]].copy()
    links["place_id"] = np.array([f[0] for f in found], dtype=object)[codes]
    links["grain"] = np.array([f[1] for f in found], dtype=object)[codes]
    links["probability"] = np.array([f[2] for f in found], dtype=float)[codes]
    _by_coordinates(ordered, parsed, links, book, settings)
    links = links[links["place_id"] != ""]
    places = pd.DataFrame(list(book.places.values()), columns=PLACE_COLUMNS)
    places["is_hub"] = places["is_hub"].astype(bool) | _by_degree(places, links, settings)
    links = links.astype({"place_id": "str", "grain": "str"})
    text = ["place_id", "grain", "parent_id", "county_code", "text"]
    places = places.astype(dict.fromkeys(text, "str"))
    places["parent_id"] = places["parent_id"].replace("", np.nan)
    return (
        links.sort_values(["channel", "record_id"], ignore_index=True)[LINK_COLUMNS],
        places.sort_values("place_id", ignore_index=True),
    )


def _anchor(parts: dict[str, str]) -> Anchor | None:
    county, town = parts["county_code"], parts["town"]
    if parts["compound"]:
        return Anchor(county, "compound", town, parts["compound"])
    if parts["poi"]:
        return Anchor(county, "poi", town, parts["poi"])
    if parts["road"]:
        number = parts["road_number"] and parts["road_number"] + "号"
        return Anchor(county, "road", town, parts["road"] + number)
    if parts["village"]:
        return Anchor(county, "village", town, parts["village"])
    return None


class _Book:
    """The places found so far and how written names lead to them."""

    def __init__(self, parsed: pd.DataFrame, settings: PlacesSettings) -> None:
        self.places: dict[str, tuple[str, str, str, str, str, bool]] = {}
        self.hub_words = settings.words.hub_words
        distinct = parsed.drop_duplicates().to_numpy(dtype=object)
        rows = [dict(zip(addresses.PARTS, row, strict=True)) for row in distinct.tolist()]
        anchors = dict.fromkeys(a for row in rows if (a := _anchor(row)) is not None)
        self.canonical = _canonical(list(anchors), settings)
        self.units: dict[tuple[Anchor, str, str], set[str]] = defaultdict(set)
        for row in rows:
            anchor = _anchor(row)
            if anchor and row["grain"] == "room" and row["unit"]:
                key = (self.canonical[anchor][0], row["building"], row["room"])
                self.units[key].add(row["unit"])

    def add(self, grain: str, parent: str, county: str, text: str, name: str = "") -> str:
        """The id of the place with this text, made where it is new."""
        place_id = founding_id("l", county, grain, text)
        if place_id not in self.places:
            is_hub = bool(name) and any(word in name for word in self.hub_words)
            self.places[place_id] = (place_id, grain, parent, county, text, is_hub)
        return place_id

    def place(self, parts: dict[str, str]) -> tuple[str, str, float]:
        """The place of one parsed address: its id, grain and the link's probability."""
        county, grain = parts["county_code"], parts["grain"]
        if grain == "none":
            return "", "", 0.0
        written = _anchor(parts)
        anchor, probability = self.canonical[written] if written else (None, EXACT)
        town = anchor.town if anchor else parts["town"]
        above = self.add("town", "", county, town) if town else ""
        if anchor is None:
            return above, "town", probability
        text = anchor.town + anchor.name
        top = "poi" if anchor.kind == "road" else anchor.kind
        above = self.add(top, above, county, text, anchor.name if top == "poi" else "")
        if anchor.kind in ("poi", "road") or grain == top:
            return above, top, probability
        if anchor.kind == "village":
            if parts["group"]:
                text += parts["group"] + "组"
                above = self.add("group", above, county, text)
            if grain == "building":
                above = self.add("building", above, county, text + parts["road_number"] + "号")
            return above, grain, probability
        text += parts["building"] + "号楼"
        above = self.add("building", above, county, text)
        if grain == "room":
            unit = parts["unit"]
            if not unit:
                seen = self.units.get((anchor, parts["building"], parts["room"]), set())
                if len(seen) == 1:
                    unit, probability = next(iter(seen)), min(probability, FILLED)
            text += (unit and unit + "单元") + parts["room"] + "室"
            above = self.add("room", above, county, text)
        return above, grain, probability


def _canonical(
    anchors: list[Anchor], settings: PlacesSettings
) -> dict[Anchor, tuple[Anchor, float]]:
    """Each written anchor's canonical one and the probability that they are one place."""
    groups: dict[tuple[str, str], list[Anchor]] = defaultdict(list)
    for anchor in anchors:
        groups[anchor.county, anchor.kind].append(anchor)
    result: dict[Anchor, tuple[Anchor, float]] = {}
    for (_, kind), members in groups.items():
        alias = _same_names(members, kind, settings)
        towns: dict[str, dict[str, None]] = defaultdict(dict)
        for anchor in members:
            if anchor.town:
                towns[alias[anchor.name][0]][anchor.town] = None
        for anchor in members:
            name, probability = alias[anchor.name]
            # The founder of a similar name may lie in another town: then it is another place.
            if name != anchor.name and anchor.town:
                founders = {a.town for a in members if a.name == name} if len(
                    towns[name]
                ) > 1 else set()  # fmt: skip
                if founders and anchor.town not in founders and "" not in founders:
                    name, probability = anchor.name, EXACT
            town = anchor.town
            if not town and len(towns[name]) == 1:
                town, probability = next(iter(towns[name])), min(probability, FILLED)
            result[anchor] = (anchor._replace(town=town, name=name), probability)
    return result


def _same_names(
    members: list[Anchor], kind: str, settings: PlacesSettings
) -> dict[str, tuple[str, float]]:
    """Each name's founder (the earliest name it is the same as) and the probability."""
    names = list(dict.fromkeys(a.name for a in members))
    alias = {name: (name, EXACT) for name in names}
    chinese = [n for n in names if not n.isascii() and len(n) >= 3]
    # A road with a number is its number: nothing near it is the same.
    if kind == "road":
        return alias
    blocks: dict[str, list[str]] = defaultdict(list)
    for name in chinese:
        blocks[name[0] if len(chinese) > _MOST_NAMES else ""].append(name)
    for block in blocks.values():
        sounds: dict[str, str] = {}
        for name in block:
            sound = "".join(lazy_pinyin(name))
            founder = sounds.setdefault(sound, name)
            if founder != name and not _telling(founder, name):
                alias[name] = (founder, HOMOPHONE)
        _fuzzy(block, alias, settings.name_similarity)
    return alias


def _fuzzy(block: list[str], alias: dict[str, tuple[str, float]], cutoff: float) -> None:
    """Join near names to their founder; a founder is never itself joined on (no chains)."""
    if len(block) < 2:
        return
    scores = process.cdist(block, block, scorer=fuzz.ratio, score_cutoff=cutoff, dtype=np.uint8)
    lefts, rights = np.nonzero(np.triu(scores, 1))
    for left, right in sorted(zip(rights.tolist(), lefts.tolist(), strict=True)):
        name, founder = block[left], block[right]
        is_free = alias[name][0] == name and alias[founder][0] == founder
        if is_free and not _telling(name, founder) and min(len(name), len(founder)) >= 4:
            share = (float(scores[right, left]) - cutoff) / max(100.0 - cutoff, 1.0)
            alias[name] = (founder, 0.75 + 0.15 * share)


def _telling(left: str, right: str) -> bool:
    """Whether the names differ in a character that tells places apart."""
    return [c for c in left if c in _TELLING] != [c for c in right if c in _TELLING]


def _by_coordinates(
    ordered: pd.DataFrame,
    parsed: pd.DataFrame,
    links: pd.DataFrame,
    book: _Book,
    settings: PlacesSettings,
) -> None:
    """Give records with a point and no text the nearest known place, else one of their own."""
    if "longitude" not in ordered or "latitude" not in ordered:
        return
    points = ordered[["latitude", "longitude"]].to_numpy(float)
    has_point = np.isfinite(points).all(axis=1)
    wanted = np.flatnonzero(has_point & links["grain"].isin(["", "town", "village"]).to_numpy()
                            & (ordered.get("address", pd.Series(index=ordered.index, dtype="str"))
                               .isna().to_numpy()))  # fmt: skip
    if not len(wanted):
        return
    known = has_point & links["grain"].isin(["poi", "compound", "building", "room"]).to_numpy()
    frame = pd.DataFrame(np.radians(points[known]), columns=["latitude", "longitude"])
    frame["place_id"] = links.loc[known, "place_id"].to_numpy()
    frame["grain"] = links.loc[known, "grain"].to_numpy()
    centres = frame.groupby(["place_id", "grain"], sort=True).median().reset_index()
    radians = np.radians(points[wanted])
    near = np.full(len(wanted), np.inf)
    at = np.zeros(len(wanted), dtype=int)
    if len(centres):
        tree = BallTree(centres[["latitude", "longitude"]].to_numpy(), metric="haversine")
        distance, index = tree.query(radians, k=1)
        near, at = distance[:, 0] * _EARTH_METRES, index[:, 0]
    # Cells of the radius's size; degrees of longitude shrink with the latitude.
    step = np.degrees(settings.near_metres / _EARTH_METRES)
    for position, metres, centre in zip(wanted.tolist(), near.tolist(), at.tolist(), strict=True):
        if metres <= settings.near_metres:
            place_id, grain = centres.loc[centre, "place_id"], centres.loc[centre, "grain"]
        else:
            latitude, longitude = points[position]
            shrunk = step / max(np.cos(np.radians(latitude)), 0.01)
            row, across = round(latitude / step) * step, round(longitude / shrunk) * shrunk
            parent = links.at[position, "place_id"]
            county = parsed.iloc[position]["county_code"]
            place_id = book.add("poi", str(parent), county, f"{row:.4f},{across:.4f}")
            grain = "poi"
        links.at[position, "place_id"] = place_id
        links.at[position, "grain"] = grain
        links.at[position, "probability"] = NEAR


def _by_degree(
    places: pd.DataFrame, links: pd.DataFrame, settings: PlacesSettings
) -> "pd.Series[bool]":
    """Which compounds and points of interest are hubs by the records that they hold."""
    counts = places["place_id"].map(links["place_id"].value_counts()).fillna(0)
    total = counts.groupby(places["county_code"]).transform("sum")
    enough = (counts >= settings.hub_records) & (counts >= settings.hub_share * total)
    return enough & places["grain"].isin(["poi", "compound"])
