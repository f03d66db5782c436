"""Why two records are, or are not, at one place: their addresses part by part."""

import pandas as pd

from warning.matching.place_rows import around, grids_of, written
from warning.matching.standardise import addresses
from warning.records import RECORD
from warning.settings.matching_places import PlacesSettings

#: Level of a part → its name.
NAMES = {1.0: "equal", 0.5: "close", 0.25: "one side", -1.0: "different"}
#: Parts as they are written, coarse to fine.
ORDER = ("province", "city", "county", "town", "village", "group", "road", "road_number", "name",
         "section", "building", "unit", "floor", "room")  # fmt: skip
#: Those of them that tell no place in a town.
TOWN_AND_ABOVE = ORDER[:4]


def compared_places(
    records: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    left: str,
    right: str,
    settings: PlacesSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two records' addresses compared, and the places they were linked to.

    Args:
        records: canonical records.
        place_links, places: of the night.
        left, right: ``channel|record_id``.
        settings: the lexicon.

    Returns:
        part, left, right, level (equal, close, one side, different) of the parts that either
        writes, coarse to fine; and, a row each for left and right: key, address (as written),
        place_id, text (the place's standard text), grain, probability; missing where the record
        says nothing of where.

    Raises:
        KeyError: a key that is no record, or twice the same.
    """
    keys = records["channel"] + "|" + records["record_id"]
    two = [records[keys == key] for key in (left, right)]
    for key, found in zip((left, right), two, strict=True):
        if found.empty or left == right:
            raise KeyError(key)
    pair = pd.concat([found.head(1) for found in two], ignore_index=True)
    beside = around(pair, grids_of(pair))
    text = pair.get("address", pd.Series([None, None], dtype="str"))
    told = written(pair, settings.words)
    parts = addresses.parse(told, beside, settings.words)
    parts["name"] = addresses.names(parts)
    levels = addresses.compare_addresses(
        told.head(1), told.tail(1).set_axis(told.head(1).index),
        left_context=beside.head(1),
        right_context=beside.tail(1).reset_index(drop=True),
        words=settings.words,
    )  # fmt: skip
    rows = [
        (part, str(parts[part].iloc[0]), str(parts[part].iloc[1]),
         NAMES[float(levels[part].iloc[0])])
        for part in ORDER
        if levels[part].iloc[0] != 0
    ]  # fmt: skip
    linked = pair[RECORD].merge(place_links, on=RECORD, how="left")
    linked = linked.merge(places[["place_id", "text"]], on="place_id", how="left")
    sides = linked.assign(key=[left, right], address=text.to_numpy())
    return (
        pd.DataFrame(rows, columns=["part", "left", "right", "level"]),
        sides[["key", "address", "place_id", "text", "grain", "probability"]],
    )
