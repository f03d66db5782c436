"""What ``matching.yaml`` may say of people: levels with m and u, relations, clusters."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final

from pydantic import Field, field_validator

from warning.settings.base import Strict, only
from warning.settings.numbers import MOST, Number

Share = Annotated[Number, Field(gt=0, lt=1)]
Bits = Annotated[Number, Field(ge=-60, le=60)]

#: Comparison → its levels, best agreement first.
LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "id": ("equal", "equal, unchecked", "one slip", "mask fits", "birth date equal",
               "numbers differ", "valid numbers differ"),
        "name": ("equal", "same sound", "mask fits", "one character", "mask length differs",
                 "different"),
        "phone": ("equal", "one slip", "different"),
        "sex": ("equal", "different"),
        "age": ("same year", "near", "different"),
        "place": ("equal", "one in the other", "same area", "different"),
        "county": ("equal", "different"),
        "kind": ("equal", "different"),
    }
)  # fmt: skip

#: [D] assumption: m and u before any estimate, judged from how the forms are filled in.
SHARES: Final[Mapping[str, tuple[tuple[float, float], ...]]] = MappingProxyType(
    {
        "id": ((0.86, 1e-6), (0.03, 1e-6), (0.03, 1e-5), (0.06, 1e-4), (0.005, 1e-4),
               (0.014, 0.2), (0.001, 0.8)),
        "name": ((0.70, 5e-4), (0.03, 2e-4), (0.23, 0.02), (0.01, 0.04), (0.01, 0.01),
                 (0.01, 0.96)),
        "phone": ((0.75, 1e-4), (0.02, 1e-6), (0.23, 0.9999)),
        "sex": ((0.99, 0.5), (0.01, 0.5)),
        "age": ((0.90, 0.05), (0.07, 0.07), (0.03, 0.88)),
        "place": ((0.55, 1e-4), (0.15, 1e-3), (0.05, 4e-3), (0.25, 0.995)),
        "county": ((0.97, 0.2), (0.03, 0.8)),
        "kind": ((0.7, 0.12), (0.3, 0.88)),
    }
)  # fmt: skip


class Level(Strict):
    """A level's probability for two mentions of one person (m) and of two people (u)."""

    m: Share
    u: Share


def default_levels(
    levels: Mapping[str, tuple[str, ...]], shares: Mapping[str, tuple[tuple[float, float], ...]]
) -> dict[str, dict[str, Level]]:
    """The levels of every comparison with their m and u."""
    return {
        name: {level: Level(m=m, u=u) for level, (m, u) in zip(own, shares[name], strict=True)}
        for name, own in levels.items()
    }


def complete_levels(
    levels: dict[str, dict[str, Level]], default: dict[str, dict[str, Level]]
) -> dict[str, dict[str, Level]]:
    """The levels as given, refused unless they are those of the default.

    A comparison that is not named stays as packaged: a file of an older version lacks the newer.
    """
    for name, found in levels.items():
        if name not in default:
            raise only(f"比较项（没有 {name}）", f"comparisons (there is no {name})", default)
        if set(found) != set(default[name]):
            raise only(f"{name} 的级别", f"levels of {name}", default[name])
    return {**default, **levels}


class Relations(Strict):
    """Bits for what stands around a person: who is on the other side, and on what occasion."""

    counterpart_most: Bits = 12.0  #: ceiling for the same person on the other side
    counterpart_share: Share = 0.5  #: how often one person's quarrels are with the same person
    counterpart_alike: Bits = 3.0  #: the other side's names fit, but nobody knows whether they
    counterpart_other: Bits = -1.0  #: another person on the other side
    counterpart_himself: Bits = -4.0  #: one of the two is whom the other faces
    same_occasion: Bits = 4.0  #: the same place, side and kind
    occasion_hours: Annotated[Number, Field(ge=1, le=720)] = 48.0


class PersonSettings(Strict):
    """How people are matched."""

    levels: dict[str, dict[str, Level]] = Field(
        default_factory=lambda: default_levels(LEVELS, SHARES)
    )
    pseudo_pairs: Annotated[Number, Field(gt=0, le=MOST)] = 500.0  #: what the levels' m counts for
    name_most: Bits = 12.0
    echo: Annotated[Number, Field(ge=0, le=1)] = 0.25
    phone_most: Bits = 12.0
    place_most: Bits = 11.0
    ceilings_at: Annotated[Number, Field(le=0, ge=-60)] = -14.0
    least_true: Annotated[Number, Field(ge=0, le=100)] = 0.3
    prior_most: Share = 0.001
    pairs_a_row: Annotated[Number, Field(gt=0, le=MOST)] = 4.0
    kept_below: Annotated[Number, Field(ge=0, le=60)] = 16.0
    missing_pair: Annotated[Number, Field(le=0, ge=-60)] = -0.1
    pair_most: Bits = 12.0
    relations: Relations = Relations()

    @field_validator("levels")
    @classmethod
    def _complete(cls, levels: dict[str, dict[str, Level]]) -> dict[str, dict[str, Level]]:
        return complete_levels(levels, default_levels(LEVELS, SHARES))
