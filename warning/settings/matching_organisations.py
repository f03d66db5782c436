"""What ``matching.yaml`` may say of organisations: levels with m and u."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, field_validator

from warning.settings.base import Strict
from warning.settings.matching_persons import (
    Bits,
    Level,
    Share,
    complete_levels,
    default_levels,
)
from warning.settings.numbers import MOST, Number

#: Comparison → its levels, best agreement first.
LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "name": ("registered name equal", "stem equal", "same sound", "different"),
        "trade": ("same words", "one short for the other", "same trade", "different"),
        "form": ("same", "different"),
        "county": ("equal", "different"),
    }
)

#: [D] assumption: m and u before any estimate, judged from how names are written.
SHARES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        "name": ((0.20, 1e-4), (0.75, 0.01), (0.03, 0.001), (0.02, 0.989)),
        "trade": ((0.80, 0.05), (0.15, 0.03), (0.03, 0.12), (0.02, 0.80)),
        "form": ((0.97, 0.6), (0.03, 0.4)),
        "county": ((0.97, 0.2), (0.03, 0.8)),
    }
)


class OrganisationSettings(Strict):
    """How organisations are matched."""

    levels: dict[str, dict[str, Level]] = Field(
        default_factory=lambda: default_levels(LEVELS, SHARES)
    )
    pseudo_pairs: Annotated[Number, Field(gt=0, le=MOST)] = 500.0  #: what the levels' m counts for
    registration: Bits = 3.0  #: a county registers one stem in one trade once
    name_most: Bits = 14.0
    least_true: Annotated[Number, Field(ge=0, le=100)] = 0.5
    prior_most: Share = 0.01

    @field_validator("levels")
    @classmethod
    def _complete(cls, levels: dict[str, dict[str, Level]]) -> dict[str, dict[str, Level]]:
        return complete_levels(levels, default_levels(LEVELS, SHARES))
