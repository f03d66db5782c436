"""A city or county before a firm's stem without 县, 市 or 区, known by the report's own city."""

from functools import lru_cache

import pandas as pd

from warning.matching.standardise.addresses.divisions import divisions
from warning.matching.standardise.distinct import spread
from warning.matching.standardise.organisations import is_vague
from warning.matching.standardise.readings import pinyin


def with_own_counties(named: pd.DataFrame, county_code: "pd.Series[str]") -> pd.DataFrame:
    """The names, their report's own city or a county of it parted from the stem: 临泽明光物业公司.

    Of another city it may be a word of the name, as 长安 and 平安 are. Two characters of a stem are
    left at the least; public bodies stay as they are.

    Args:
        named: as of :func:`organisations`.
        county_code: of the report of each row, in the order of ``named``.
    """
    city = county_code.str.slice(0, 4).set_axis(named.index)
    bare = named["place"].isna() | named["place"].isin(list(divisions().cities))
    stem = named["stem"].where(bare & named["trade"].ne("public"))
    told = spread(city + stem, _behind_place, ("place", "region", "stem", "sound"))
    parted = told["place"].notna()
    return named.assign(
        **{column: named[column].mask(parted, told[column]) for column in told.columns[1:]}
    )


def _behind_place(text: str) -> tuple[str | None, ...]:
    """The place, its code, stem and sound of what a stem is behind a city's code; all None without."""
    city, stem = text[:4], text[4:]
    places = _places_of(city)
    place = next((one for one in places if stem.startswith(one)), "")
    rest = stem[len(place) :]
    if not place or len(rest) < 2:
        return None, None, None, None
    if is_vague(rest):
        return place, places[place], None, None
    return place, places[place], rest, pinyin(rest, False)


@lru_cache(maxsize=1_000)
def _places_of(city: str) -> dict[str, str]:
    """A city (4 digits) and its counties, also without 县, 市 or 区 → code; the longest names first."""
    found = {name: city for name, codes in divisions().cities.items() if city in codes}
    found |= {
        name: code
        for name, codes in divisions().counties.items()
        for code in codes
        if code[:4] == city
    }
    return {name: found[name] for name in sorted(found, key=lambda name: (-len(name), name))}
