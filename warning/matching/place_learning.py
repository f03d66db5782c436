"""Nicknames of places, learned from the data: two names, one spot, the same doors and phones.

Nothing is learned from likeness alone when several names could be meant: support is counted, and
what was learned is reported with it.
"""

from collections import defaultdict
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
import pandas as pd

from warning.matching.globe import EARTH_METRES, on_land, within
from warning.matching.place_names import LEARNED, SHORTENED, Alias, Aliases, is_shortened
from warning.records import TEXT

#: A point on which records of so many different names stand is an office's, not a place's.
_OFFICE_NAMES = 4
#: Records at the spot that each of two names needs when nothing else joins them.
_LEAST_POINTS = 3
#: Column → dtype of what was learned; that of a city without any is as that of another.
LEARNED_COLUMNS = MappingProxyType(
    {
        "county_code": TEXT,
        "nickname": TEXT,
        "name": TEXT,
        "doors": "int64",
        "phones": "int64",
        "far": "int64",
        "probability": "float64",
    }
)


class Learned(NamedTuple):
    """Nicknames as aliases, and the same with their support for the report."""

    aliases: Aliases
    table: pd.DataFrame  #: columns LEARNED_COLUMNS, sorted


def usable_points(frame: pd.DataFrame) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows have a point that is their own: on land, and not an office's.

    Args:
        frame: longitude, latitude (degrees), name; one row a record.
    """
    inside = on_land(frame["longitude"], frame["latitude"])
    point = frame["longitude"].astype("str") + "," + frame["latitude"].astype("str")
    names = frame["name"].groupby(point).transform("nunique").to_numpy()
    return np.asarray(inside & (names < _OFFICE_NAMES))


def learn_nicknames(rows: pd.DataFrame, phones: pd.DataFrame, near_metres: float) -> Learned:
    """Learn which names of compounds and points of interest are one place's.

    A shorter form of a name (characters left out) is its nickname when their doors (building and
    unit; or the place itself) lie at one spot or are named by the same phones, or when it is a
    form of no other name of the county and nothing speaks against it. Names that are no forms of
    each other are one place only when both have several points, all at one spot, and they end
    alike (菜市场, 农贸市场).

    Args:
        rows: one row a record: county, name, door (text), longitude, latitude (missing allowed).
        phones: county, name, phone: each once that was given with a name.
        near_metres: within which two doors are one spot.
    """
    rows = rows[(rows["name"].str.len() >= 2) & (rows["county"] != "")]
    points = rows[usable_points(rows)]
    doors = points.groupby(["county", "name", "door"], sort=True)[
        ["latitude", "longitude"]
    ].median()
    counts = points.groupby(["county", "name", "door"], sort=True).size()
    given = _phones(phones)
    aliases: Aliases = {}
    table: list[tuple[object, ...]] = []
    for county, part in rows.groupby("county", sort=True):
        volume = part["name"].value_counts()
        names = sorted(volume.index, key=lambda name: (-len(name), name))
        spots = _spots(doors, counts, str(county))
        found = _shortened(names, spots, given.get(str(county), {}), near_metres)
        _at_one_spot(names, spots, volume, found, near_metres)
        for nickname, (name, support, probability) in sorted(found.items()):
            aliases[str(county), "named", nickname] = Alias(name, probability)
            table.append((county, nickname, name, *support, probability))
    frame = pd.DataFrame(table, columns=list(LEARNED_COLUMNS)).astype(dict(LEARNED_COLUMNS))
    return Learned(aliases, frame)


Spots = dict[str, dict[str, tuple[float, float, int]]]


def _spots(doors: pd.DataFrame, counts: "pd.Series[int]", county: str) -> Spots:
    """Name → door → latitude, longitude (radians) and points, in one county."""
    result: Spots = defaultdict(dict)
    if county not in doors.index.get_level_values(0):
        return result
    own = doors.loc[[county]]
    radians = np.radians(own.to_numpy(float))
    for (_, name, door), (north, east), points in zip(
        own.index, radians.tolist(), counts.loc[[county]].tolist(), strict=True
    ):
        result[name][door] = (north, east, points)
    return result


def _phones(phones: pd.DataFrame) -> dict[str, dict[str, set[str]]]:
    """County → name → phones given with it, but for phones that name several places."""
    few = phones.groupby(["county", "phone"])["name"].transform("size") <= 3
    result: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    columns = (phones.loc[few, column].tolist() for column in ("county", "name", "phone"))
    for county, name, phone in zip(*columns, strict=True):
        result[county][name].add(phone)
    return result


def _metres(one: tuple[float, float, int], other: tuple[float, float, int]) -> float:
    """Distance on the sphere, flat over a county: exact enough for metres."""
    north = one[0] - other[0]
    east = (one[1] - other[1]) * np.cos((one[0] + other[0]) / 2)
    return float(np.hypot(north, east)) * EARTH_METRES


def _support(
    short: str, long: str, spots: Spots, phones: dict[str, set[str]], near: float
) -> tuple[int, int, int]:
    """Doors at one spot, shared phones, doors far apart."""
    here, there = spots.get(short, {}), spots.get(long, {})
    distances = [_metres(here[door], there[door]) for door in here.keys() & there.keys()]
    if not distances and here and there:
        # No door in common: the nearest two say whether the places can be one at all.
        least = min(_metres(one, other) for one in here.values() for other in there.values())
        distances = [least] if least > 20 * near else []
    close = sum(distance <= near for distance in distances)
    shared = len(phones.get(short, set()) & phones.get(long, set()))
    return close, shared, sum(distance > 6 * near for distance in distances)


def _shortened(
    names: list[str], spots: Spots, phones: dict[str, set[str]], near: float
) -> dict[str, tuple[str, tuple[int, int, int], float]]:
    """Nickname → full name, support, probability, for forms with characters left out."""
    holding: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for character in set(name):
            holding[character].add(name)
    found: dict[str, tuple[str, tuple[int, int, int], float]] = {}
    for short in names:
        if len(short) > 6:
            continue
        could = set.intersection(*(holding[character] for character in set(short)))
        forms = sorted(long for long in could if is_shortened(short, long))
        if not forms:
            continue
        support = {long: _support(short, long, spots, phones, near) for long in forms}
        ranked = sorted(forms, key=lambda long: (-_score(support[long]), -len(long), long))
        best = ranked[0]
        score = _score(support[best])
        if len(forms) > 1 and score - _score(support[ranked[1]]) <= 0 and score <= 0:
            continue
        if score > 0:
            found[short] = (best, support[best], LEARNED)
        elif len(forms) == 1 and support[best][2] == 0 and short[0] == best[0]:
            found[short] = (best, support[best], SHORTENED)
    return found


def _score(support: tuple[int, int, int]) -> float:
    close, shared, far = support
    return close + shared - 2.0 * far


def _at_one_spot(
    names: list[str],
    spots: Spots,
    volume: "pd.Series[int]",
    found: dict[str, tuple[str, tuple[int, int, int], float]],
    near: float,
) -> None:
    """Add names of one ending that stand at one spot: the rarer is the nickname."""
    whole = [
        name for name in names
        if name not in found and spots.get(name, {}).get("", (0, 0, 0))[2] >= _LEAST_POINTS
    ]  # fmt: skip
    if len(whole) < 2:
        return
    places = np.array([spots[name][""][:2] for name in whole])
    for at, around in enumerate(within(places, near)):
        name = whole[at]
        better = [
            whole[k] for k in around
            if whole[k][-1] == name[-1] and _rank(whole[k], volume) < _rank(name, volume)
        ]  # fmt: skip
        if better:
            best = min(better, key=lambda other: _rank(other, volume))
            points = spots[name][""][2]
            found[name] = (best, (points, 0, 0), LEARNED)


def _rank(name: str, volume: "pd.Series[int]") -> tuple[int, str]:
    """Order of authority: the name written most often, then by its text."""
    return -int(volume[name]), name
