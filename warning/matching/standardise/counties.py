"""County codes: what a source writes of a county, as the code that is meant."""

import re
from collections.abc import Mapping
from functools import partial

import pandas as pd

from warning.matching.standardise.addresses.normal import normalised
from warning.matching.standardise.addresses.prefix import read_prefix
from warning.matching.standardise.distinct import spread

#: Digits of a county's code, a town's, and both as statistics write them; the longest first.
LENGTHS = (12, 9, 6)
#: What stands between two names.
_SEVERAL = re.compile(r"[、,，;；/|()（）]")
_CODE = re.compile(r"[1-9]\d{5}(?:\d{3}|\d{6})?")


def county_codes(written: "pd.Series[str]", counties: Mapping[str, str]) -> "pd.Series[str]":
    """The code of each county, missing where what is written is none.

    A code of ``counties`` stays, and so do the first six digits of any other one of 6, 9 or 12. A
    name is one of ``counties``, one of their city without its ending, or one with its city.

    Args:
        written: county_code of canonical records.
        counties: code → name, of ``escalation.yaml``.

    >>> written = pd.Series(["620723000000", "临泽县", "苏州市昆山市", "属地不明"])
    >>> county_codes(written, {"620723": "临泽县"}).fillna("").tolist()
    ['620723', '620723', '320583', '']
    """
    named: dict[str, list[str]] = {}
    for code, name in counties.items():
        named.setdefault(normalised(name)[0], []).append(code)
    cities = {code[:4] for code in counties}
    home = cities.pop() if len(cities) == 1 else ""
    read = partial(_code, counties=counties, named=named, home=home)
    return spread(written, read, ["code"])["code"]


def _code(
    text: str, counties: Mapping[str, str], named: Mapping[str, list[str]], home: str
) -> tuple[str | None]:
    if text in counties:
        return (text,)
    plain, _ = normalised(text)
    if _CODE.fullmatch(plain):
        return (next((plain[:n] for n in LENGTHS if plain[:n] in counties), plain[:6]),)
    codes = named.get(plain, [])
    if len(codes) == 1:
        return (codes[0],)
    if _SEVERAL.search(text) or sum(name in plain for name in named) > 1:
        return (None,)
    prefix = read_prefix(plain, home)
    is_county = prefix.end == len(plain) and len(prefix.upper_code) == 6
    return (prefix.upper_code if is_county else None,)
