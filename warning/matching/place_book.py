"""The places found so far: written parts become a place of their grain, held by a hierarchy."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from warning.matching.identity import founding_id
from warning.matching.place_names import EXACT, FILLED, Alias, Aliases, Anchor
from warning.matching.standardise.addresses.roads import house_text
from warning.matching.standardise.addresses.scanning import LIVED_IN
from warning.matching.standardise.addresses.standard import door_of, room_of

Parts = dict[str, str]

#: A section that tells one part of a compound from another: 锦绣花园A区 is not B区.
_SECTION = re.compile(r"(?:[A-Z东西南北中]|第?[\d一二三四五六七八九十]{1,5})(?:区|期|组团|院)$")


def anchor_of(parts: Parts) -> Anchor | None:
    """The named thing of an address; None when only a town (or nothing) is written."""
    county, town = parts["county_code"], parts["town"]
    name = parts["compound"] or parts["poi"]
    if name:
        section = parts["section"] if _SECTION.match(parts["section"]) else ""
        return Anchor(county, "named", town, name + section)
    if parts["road"] and not parts["village"]:
        return Anchor(county, "road", town, parts["road"] + house_text(parts["road_number"]))
    if parts["village"]:
        return Anchor(county, "village", town, parts["village"])
    return None


def building_of(parts: Parts, anchor: Anchor) -> str:
    """The number of a building; 家属院2 where homes are beside what is none: 市医院家属院2号楼.

    Args:
        parts: of the address.
        anchor: as :meth:`Book.resolved` gives it.
    """
    section = parts["section"] if anchor.kind == "named" else ""
    is_beside = LIVED_IN.search(section) and not LIVED_IN.search(anchor.name)
    return (section if is_beside else "") + parts["building"]


@dataclass
class Lore:
    """What is known of the names in a county: how written addresses lead to places.

    Attributes:
        towns: county, kind, name → towns that have it.
        compounds: county and name of compounds.
        units: county, name, building (as :func:`building_of` gives it), room (4楼2 where only the
            floor tells it apart) → units that have this room.
    """

    towns: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    compounds: set[tuple[str, str]] = field(default_factory=set)
    units: dict[tuple[str, str, str, str], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )


class Book:
    """Places by id, and how written parts lead to them.

    Args:
        rows: the distinct written parts, towns and counties already resolved.
        aliases: what each written name stands for.
        hub_words: a name that holds one is a hub.
        lore: what is known beside the rows; they add to it.
    """

    def __init__(
        self, rows: Iterable[Parts], aliases: Aliases, hub_words: tuple[str, ...],
        lore: Lore | None = None,
    ) -> None:  # fmt: skip
        self.places: dict[str, tuple[str, str, str, str, str, bool]] = {}
        self.hub_words = hub_words
        self.aliases = aliases
        self.lore = lore or Lore()
        known = [(parts, anchor) for parts in rows if (anchor := anchor_of(parts)) is not None]
        for parts, anchor in known:
            name = self.alias(anchor).name
            if anchor.town:
                self.lore.towns[anchor.county, anchor.kind, name].add(anchor.town)
            if anchor.kind == "named" and parts["compound"]:
                self.lore.compounds.add((anchor.county, name))
        for parts, anchor in known:
            if parts["unit"] and parts["room"]:
                known_as = self.resolved(anchor)[0]
                door = building_of(parts, known_as), room_of(parts)
                self.lore.units[known_as.county, known_as.name, *door].add(parts["unit"])

    def alias(self, anchor: Anchor) -> Alias:
        """What the anchor's name stands for."""
        return self.aliases.get(
            (anchor.county, anchor.kind, anchor.name), Alias(anchor.name, EXACT)
        )

    def resolved(self, anchor: Anchor) -> tuple[Anchor, float]:
        """The canonical anchor: today's name, and its town where only one has that name."""
        name, probability = self.alias(anchor)
        towns = self.lore.towns[anchor.county, anchor.kind, name]
        town = anchor.town
        if not town and len(towns) == 1:
            town, probability = next(iter(towns)), min(probability, FILLED)
        # The founder of a similar name lies in another town only: this is another place.
        if name != anchor.name and town and probability < EXACT and anchor.kind == "village":
            own = self.lore.towns.get((anchor.county, anchor.kind, name), set())
            if town not in own and own:
                name = anchor.name
        return Anchor(anchor.county, anchor.kind, town, name), probability

    def add(self, grain: str, parent: str, county: str, text: str, name: str = "") -> str:
        """The id of the place with this text, made where it is new.

        It is a hub where all that lead to it say so.

        Args:
            grain, parent, county, text: of the place.
            name: what decides whether it is a hub; empty where it is none.
        """
        place_id = founding_id("l", county, grain, text)
        known = self.places.get(place_id)
        if known is None or known[-1]:
            made = (known or (place_id, grain, parent, county, text))[:5]
            self.places[place_id] = (*made, self._is_hub(name))
        return place_id

    def _is_hub(self, name: str) -> bool:
        """Whether strangers meet at what is named so: 人民医院, and not 人民医院家属院."""
        is_home = LIVED_IN.search(_SECTION.sub("", name)) is not None
        return not is_home and any(word in name for word in self.hub_words)

    def place(self, parts: Parts) -> tuple[str, str, float]:
        """The place of one parsed address: its id, grain and the link's probability."""
        county = parts["county_code"]
        written = anchor_of(parts)
        if written is None:
            if not parts["town"]:
                return "", "", 0.0
            return self.add("town", "", county, parts["town"]), "town", EXACT
        anchor, probability = self.resolved(written)
        above = self.add("town", "", county, anchor.town) if anchor.town else ""
        text = anchor.town + anchor.name
        if anchor.kind == "village":
            return self._in_village(parts, anchor, above, text, probability)
        is_compound = anchor.kind == "named" and (county, anchor.name) in self.lore.compounds
        grain = "compound" if is_compound else "poi"
        above = self.add(grain, above, county, text, anchor.name)
        if parts["building"]:
            # 公园壹号3号楼2单元, 广场路11号2栋: homes, whatever is said of the park and the square.
            # 人民医院2号楼3单元 has the name of the hospital's own building, which stays a hub.
            section = parts["section"]
            name = anchor.name.removesuffix(section) + section
            is_home = bool(parts["unit"]) and not name.endswith(self.hub_words)
            name = "" if is_home or anchor.kind == "road" else name
            return self._in_building(parts, anchor, above, text, probability, name)
        if parts["room"] and (is_compound or (anchor.kind == "road" and parts["road_number"])):
            # 家属楼301, 中山路11号501室: one building stands there.
            return self._in_room(parts, anchor, above, text, probability)
        return above, grain, probability

    def _in_building(
        self, parts: Parts, anchor: Anchor, above: str, text: str, probability: float, name: str
    ) -> tuple[str, str, float]:
        county = anchor.county
        text += building_of(parts, anchor) + "号楼"
        above = self.add("building", above, county, text, name)
        if not parts["room"]:
            return above, "building", probability
        return self._in_room(parts, anchor, above, text, probability)

    def _in_room(
        self, parts: Parts, anchor: Anchor, above: str, text: str, probability: float
    ) -> tuple[str, str, float]:
        """The room; where no unit is written, that of the only unit that has this room."""
        county, unit, room = anchor.county, parts["unit"], room_of(parts)
        if not unit:
            building = building_of(parts, anchor)
            seen = self.lore.units.get((county, anchor.name, building, room), set())
            if len(seen) == 1:
                unit, probability = next(iter(seen)), min(probability, FILLED)
        text += door_of(unit, room)
        return self.add("room", above, county, text), "room", probability

    def _in_village(
        self, parts: Parts, anchor: Anchor, above: str, text: str, probability: float
    ) -> tuple[str, str, float]:
        county, grain = anchor.county, "village"
        above = self.add("village", above, county, text)
        if parts["group"]:
            text, grain = text + parts["group"] + "组", "group"
            above = self.add("group", above, county, text)
        number, spot = parts["road_number"], parts["spot"]
        if spot:
            # A spot is the village's or the group's: 大湾村3组果园.
            text, grain = text + spot, "poi"
            above = self.add("poi", above, county, text, spot)
        if parts["building"]:
            # 金安苑社区3号楼: houses of a community stand in buildings.
            return self._in_building(parts, anchor, above, text, probability, "")
        if number:
            text, grain = text + ("" if spot else parts["road"]) + house_text(number), "room"
            if parts["room"]:
                # 坑头村西线路8号302室: the house is a building with this door.
                above = self.add("building", above, county, text)
        if parts["room"] and (number or spot):
            text, grain = text + door_of(parts["unit"], room_of(parts)), "room"
        if grain == "room":
            above = self.add("room", above, county, text)
        return above, grain, probability
