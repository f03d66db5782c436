"""Addresses: text to parts, canonical text, grain, spans; and two addresses compared."""

from warning.matching.standardise.addresses.comparing import LEVELS, compare_addresses, names
from warning.matching.standardise.addresses.parsing import CONTEXT, parse, parse_distinct, spans
from warning.matching.standardise.addresses.standard import PARTS

__all__ = [
    "CONTEXT",
    "LEVELS",
    "PARTS",
    "compare_addresses",
    "names",
    "parse",
    "parse_distinct",
    "spans",
]
