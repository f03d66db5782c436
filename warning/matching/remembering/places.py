"""Places of a night: new addresses are read by what the rebuild knew of names; old ones stay."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from warning.matching.identity import carry_over, standing_ids
from warning.matching.links import Previous
from warning.matching.place_book import Book, Lore, anchor_of
from warning.matching.place_identity import free_id
from warning.matching.place_names import Alias, Aliases, Anchor, same_names, sound
from warning.matching.place_rows import around, resolved_rows, written
from warning.matching.places import LINK_COLUMNS, PLACE_COLUMNS, PlaceLore, by_coordinates
from warning.matching.remembering.memory import Memory, last_ids
from warning.matching.standardise import addresses
from warning.records import RECORD
from warning.settings.matching_places import PlacesSettings
from warning.tabular import among_names

#: When a place that the rebuild knew was first reported, for whatever came after it.
FOREVER = pd.Timestamp("1900-01-01")
#: Separates the texts of a set in one cell: none stands in a name.
SEPARATOR = "\x1f"


class Replaced(NamedTuple):
    """Places of new records.

    Attributes:
        links: as of ``Links.place_links``, of the new records alone.
        places: rows of ``Links.places`` that were not there.
        merges: from_id, into_id of places that turned out to be one.
    """

    links: pd.DataFrame
    places: pd.DataFrame
    merges: pd.DataFrame = pd.DataFrame({"from_id": [], "into_id": []}, dtype="str")


def lore_frames(lore: PlaceLore) -> dict[str, pd.DataFrame]:
    """What the rebuild knew of names, as frames of the memory."""

    def sets(table: Mapping[Any, set[str]], columns: list[str], value: str) -> pd.DataFrame:
        rows = [(*key, SEPARATOR.join(sorted(own))) for key, own in table.items() if own]
        return pd.DataFrame(rows, columns=[*columns, value])

    names = [(*key, alias.name, alias.probability) for key, alias in lore.aliases.items()]
    single = {f"{name}_grids": own for name, own in lore.grids.items()}
    single |= {f"{name}_counties": own for name, own in lore.counties.items()}
    return {
        "place_names": pd.DataFrame(
            names, columns=["county", "kind", "name", "into", "probability"]
        ),
        "towns": sets(lore.lore.towns, ["county", "kind", "name"], "towns"),
        "compounds": pd.DataFrame(sorted(lore.lore.compounds), columns=["county", "name"]),
        "units": sets(lore.lore.units, ["county", "name", "building", "room"], "units"),
        **{
            name: pd.DataFrame({"name": own.index.astype("str"), "value": own.to_numpy()})
            for name, own in single.items()
        },
    }


def relink_places(
    records: pd.DataFrame, judged: pd.DataFrame, memory: Memory, settings: PlacesSettings,
    previous: Previous,
) -> Replaced:  # fmt: skip
    """The places of new records.

    Args:
        records: canonical with codes, new or changed since the rebuild.
        judged: remembered records whose places analysts judged: who writes as one of them stands
            where that one stands.
        memory: of the rebuild.
        settings: the ``places`` part of ``matching.yaml``.
        previous: of the night before.
    """
    both = pd.concat([records, judged[records.columns]], ignore_index=True)
    order = np.lexsort((both["record_id"], both["channel"], both["reported_at"]))
    ordered = both.iloc[order].reset_index(drop=True)
    grids = {name: _single(memory[f"{name}_grids"]) for name in ("county_code", "town")}
    counties = {name: _single(memory[f"{name}_counties"]) for name in ("town", "name")}
    ordered["address"] = written(ordered, settings.words)
    beside = around(ordered, grids)
    parsed = addresses.parse_distinct(ordered["address"], beside, settings.words)
    rows = resolved_rows(parsed.distinct, parsed.codes, counties)
    distinct = [dict(zip(addresses.PARTS, row, strict=True)) for row in rows.distinct]
    anchors = [anchor for parts in distinct if (anchor := anchor_of(parts)) is not None]
    aliases = _aliases(anchors, memory["place_names"], settings.name_similarity)
    book = Book(distinct, aliases, settings.words.hub_words, _lore(distinct, aliases, memory))
    found = [book.place(parts) for parts in distinct]
    links = ordered[RECORD].copy()
    for place, name in enumerate(("place_id", "grain", "probability")):
        dtype = float if name == "probability" else object
        links[name] = np.array([one[place] for one in found], dtype=dtype)[rows.codes]
    by_coordinates(ordered, rows, links, book, settings, memory["centres"])
    links["written"] = rows.codes
    placed = _known_ids(links[links["place_id"] != ""], book, memory["places"])
    placed = _as_judged(placed, judged, memory)
    return _carried_over(placed, records, memory["places"]["place_id"], previous)


def _as_judged(placed: Replaced, judged: pd.DataFrame, memory: Memory) -> Replaced:
    """New records where the judged records stand that wrote the same; the judged ones left out."""
    links, places = placed.links, placed.places
    if not len(judged):
        return Replaced(links[LINK_COLUMNS], places)
    where = memory["place_links"]
    where = where[where["record_id"].isin(judged["record_id"])]
    there = links.merge(judged[RECORD], on=RECORD).merge(where, on=RECORD, suffixes=("", "_judged"))
    # A place that a verdict made part of another one is no more; all who write it are there.
    joined = there[there["place_id"].isin(places["place_id"])]
    links = links.merge(judged[RECORD], on=RECORD, how="left", indicator=True)
    links = links[links["_merge"] == "left_only"].drop(columns="_merge").reset_index(drop=True)
    for column, rows in (("place_id", joined), ("written", there)):
        told = rows.drop_duplicates([column, "place_id_judged"])
        told = told.drop_duplicates(column, keep=False).set_index(column)
        hit = links[column].isin(told.index)
        own = links.loc[hit, column]
        links.loc[hit, "grain"] = own.map(told["grain_judged"])
        links.loc[hit, "probability"] = 1.0
        links.loc[hit, "place_id"] = own.map(told["place_id_judged"])
    above = set(places["parent_id"].dropna())
    used = places["place_id"].isin([*links["place_id"].unique(), *above])
    return Replaced(links[LINK_COLUMNS].reset_index(drop=True), places[used].reset_index(drop=True))


def _carried_over(
    placed: Replaced, records: pd.DataFrame, known: pd.Series, previous: Previous
) -> Replaced:
    """Give places that are new since the rebuild the ids that they had.

    One that the rebuild ``known`` by its id keeps that; what turned out to be it is merged into it.
    """
    links, places = placed.links, placed.places
    corrected = previous.corrected(links)
    old = last_ids(links[RECORD], previous.place_links, "place_id")
    old = standing_ids(old.mask(among_names(old, known), None), corrected)
    had = among_names(links["place_id"], links.loc[old.notna(), "place_id"])
    if not had.any():
        return placed
    rows = links.loc[had, [*RECORD, "place_id"]].assign(old=old[had], corrected=corrected[had])
    rows = rows.merge(records[[*RECORD, "reported_at"]], on=RECORD, how="left")
    met = rows.loc[among_names(rows["place_id"], known), "place_id"].drop_duplicates()
    there = pd.DataFrame({"channel": "", "record_id": met, "place_id": met, "old": met,
                          "corrected": False, "reported_at": FOREVER})  # fmt: skip
    rows = pd.concat([there, rows], ignore_index=True)
    ids, merges = carry_over("l", rows["place_id"], rows[RECORD], rows["reported_at"], rows["old"],
                             rows["corrected"].to_numpy(bool))  # fmt: skip
    names = dict(zip(rows["place_id"], ids, strict=True))
    taken = {*names.values(), *known}
    for place_id in places.loc[places["place_id"].isin(set(names.values())), "place_id"]:
        # Another place named by its text may hold the id that an old one keeps.
        names.setdefault(place_id, free_id(place_id, taken))

    def renamed(ids: pd.Series) -> pd.Series:
        return ids.map(lambda name: names.get(name, name)).astype("str")

    return Replaced(
        links.assign(place_id=renamed(links["place_id"])),
        places.assign(place_id=renamed(places["place_id"]), parent_id=renamed(places["parent_id"])),
        merges,
    )


def _single(frame: pd.DataFrame) -> pd.Series:
    return frame.set_index("name")["value"]


def _aliases(anchors: list[Anchor], known: pd.DataFrame, similarity: float) -> Aliases:
    """What each written name stands for: as remembered, else beside the remembered ones."""
    wanted = {anchor.name for anchor in anchors}
    columns = ["county", "kind", "name", "into", "probability"]
    met = known[known["name"].isin(wanted)]
    aliases = {
        (county, kind, name): Alias(into, chance)
        for county, kind, name, into, chance in met[columns].itertuples(index=False)
    }
    new: dict[tuple[str, str], list[str]] = defaultdict(list)
    for anchor in anchors:
        if (anchor.county, anchor.kind, anchor.name) not in aliases:
            new[anchor.county, anchor.kind].append(anchor.name)
    canonical = known[known["name"] == known["into"]]
    for (county, kind), names in new.items():
        there = canonical.loc[(canonical["county"] == county) & (canonical["kind"] == kind), "name"]
        names = list(dict.fromkeys(names))
        near = _near(names, there.tolist(), similarity) if kind != "road" else []
        founders = [Anchor(county, kind, "", name) for name in [*near, *names]]
        found = same_names(founders, {}, similarity)
        aliases |= {(county, kind, name): found[county, kind, name] for name in names}
    return aliases


def _near(names: list[str], known: list[str], similarity: float) -> list[str]:
    """The known names that one of ``names`` could stand for, in their order."""
    if not known:
        return []
    scores = process.cdist(names, known, scorer=fuzz.ratio, score_cutoff=similarity)
    likely = np.asarray((scores > 0).any(axis=0))
    lengths, firsts = {len(name) for name in names}, {name[:1] for name in names}
    sounds = {sound(name) for name in names}
    longer = {name + "村" for name in names}
    return [
        name
        for at, name in enumerate(known)
        if likely[at]
        or name in longer
        or (len(name) in lengths and (name[:1] in firsts or sound(name) in sounds))
    ]


def _lore(distinct: list[dict[str, str]], aliases: Aliases, memory: Memory) -> Lore:
    """What is remembered of the names that these addresses write or stand for."""
    names = {alias.name for alias in aliases.values()} | {name for _, _, name in aliases}
    lore = Lore()
    towns = memory["towns"]
    for county, kind, name, own in towns[towns["name"].isin(names)].itertuples(index=False):
        lore.towns[county, kind, name] |= set(own.split(SEPARATOR))
    compounds = memory["compounds"]
    lore.compounds |= set(
        compounds[compounds["name"].isin(names)].itertuples(index=False, name=None)
    )
    unsaid = {parts["room"] for parts in distinct if parts["room"] and not parts["unit"]}
    units = memory["units"]
    asked = units[units["room"].isin(unsaid) & units["name"].isin(names)]
    for county, name, building, room, own in asked.itertuples(index=False):
        lore.units[county, name, building, room] |= set(own.split(SEPARATOR))
    return lore


def _known_ids(links: pd.DataFrame, book: Book, known: pd.DataFrame) -> Replaced:
    """Give places the ids they have: of one county, grain and text."""
    made = pd.DataFrame(list(book.places.values()), columns=PLACE_COLUMNS).astype(
        dict.fromkeys(["place_id", "grain", "parent_id", "county_code", "text"], "str")
    )
    key = ["county_code", "grain", "text"]
    there = known.loc[known["text"].isin(made["text"]), [*key, "place_id"]].drop_duplicates(key)
    met = made.merge(there, on=key, how="left", suffixes=("", "_known"))
    own = met["place_id_known"].where(met["place_id_known"].notna(), met["place_id"])
    # A text-made id that another place holds already is not taken twice.
    taken = set(known.loc[known["place_id"].isin(made["place_id"]), "place_id"])
    fresh = met["place_id_known"].isna() & own.isin(taken)
    own = own.mask(fresh, own + ".2")
    named = dict(zip(met["place_id"], own, strict=True))
    same = dict(zip(known["place_id"], known["place_id"], strict=True)) if fresh.any() else {}
    parent = (
        met["parent_id"].replace("", np.nan).map(lambda name: named.get(name, same.get(name, name)))
    )
    places = met.assign(place_id=own, parent_id=parent.astype("str"))
    places = places.loc[met["place_id_known"].isna(), PLACE_COLUMNS]
    links = links.assign(place_id=links["place_id"].map(lambda name: named.get(name, name)))
    links = links.astype({"place_id": "str", "grain": "str"})
    return Replaced(
        links.sort_values(RECORD, ignore_index=True),
        places.reset_index(drop=True),
    )
