"""Addresses: text to parts, canonical text and grain."""

from warning.matching.standardise.addresses.parsing import PARTS, parse

__all__ = ["PARTS", "parse"]
