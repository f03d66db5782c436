"""Addresses in a script that the parser does not read: English and others, whole."""

import re

from warning.matching.standardise.addresses.normal import generic_tokens
from warning.matching.standardise.addresses.standard import PARTS, Context, filled

_CHINESE = re.compile("[\u4e00-\u9fff]")
_STREETS = {
    "STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN", "COURT": "CT",
    "BOULEVARD": "BLVD", "PLACE": "PL", "CIRCLE": "CIR", "TERRACE": "TER", "HIGHWAY": "HWY",
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "APARTMENT": "APT",
}  # fmt: skip
_DROPPED = frozenset({"BLOCK", "BLK", "OF", "THE"})


def is_generic(plain: str) -> bool:
    """Whether no Chinese character and some letter stands in the text (3-2-501 is Chinese)."""
    return not _CHINESE.search(plain) and any(sign.isalpha() for sign in plain)


def generic_parts(text: str, context: Context) -> tuple[str, ...]:
    """Upper-case words, street words in their short form; a place of its own by its text."""
    words = [_STREETS.get(t, t) for t in generic_tokens(text) if t not in _DROPPED]
    parts = dict.fromkeys(PARTS, "")
    parts["county_code"] = context.county_code
    filled(context, parts)
    if len(words) > 1 and words[0].isdigit():
        parts["road_number"], parts["road"] = words[0], " ".join(words[1:])
    parts["poi"] = parts["standard"] = " ".join(words)
    parts["grain"] = "poi" if words else "town" if parts["town"] else "none"
    return tuple(parts.values())
