"""What ``matching.yaml`` may say of incidents and cases."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from warning.settings.base import Strict, only
from warning.settings.numbers import MOST, Number, Whole

Role = Literal["reporter", "claimant", "respondent", "party", "witness", "handler"]
Grain = Literal["room", "building", "compound", "group", "village", "poi", "town"]


class CasesSettings(Strict):
    """What makes incidents one case. [D] assumption, all of it."""

    #: Roles by which a person has a case. Complaining is not a risk: no reporter, no claimant.
    person_roles: tuple[Role, ...] = ("party", "respondent")
    #: Roles by which an organisation has a case.
    organisation_roles: tuple[Role, ...] = ("respondent",)
    #: Grains of place fine enough to be one place.
    place_grains: tuple[Grain, ...] = ("room", "building", "compound", "group", "poi")
    #: Incidents that a person, place or organisation needs for a case of its own.
    least_incidents: Annotated[Whole, Field(ge=2, le=MOST)] = 2
    #: How likely an incident belongs to the one matter that has a party, place and kind of it:
    #: where it names that party alone, and where its complainant stands in no other incident.
    #: Measured on the demo city, as is the next (docs/decisions/024).
    same_place: Annotated[Number, Field(gt=0, le=1)] = 0.96
    complainant_once: Annotated[Number, Field(gt=0, le=1)] = 0.89
    #: The same where it names one person alone, who has one matter of that kind elsewhere.
    elsewhere: Annotated[Number, Field(gt=0, le=1)] = 0.93
    #: Who stands in more incidents than this (an operator on every ticket) joins nothing alone.
    busy: Annotated[Whole, Field(ge=2, le=MOST)] = 200


#: Comparison of two reports → its levels.
LEVELS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "time": ("within 1 hour", "within 2 hours", "within 4 hours", "within 8 hours",
                 "within 12 hours", "within 24 hours", "later", "later, as told"),
        "told": ("same hour", "same day", "other hour", "other day", "unknown",
                 "beyond the window", "after the earlier report"),
        "place": ("equal", "one in the other", "same town", "unknown", "near", "elsewhere"),
        "people": ("two or more", "one", "one of many records", "one, others opposite",
                   "one of many records, others opposite", "an organisation, others opposite",
                   "an organisation, claims of others", "only callers", "none",
                   "none, nor a place", "others on both sides", "unnamed"),
        "kind": ("equal", "same group", "unknown", "different"),
        "text": ("nearly the same", "other"),
        "channels": ("different", "equal"),
        "again": ("it was before", "only the later says so", "otherwise"),
        "source": ("duplicate", "related", "nothing"),
    }
)  # fmt: skip

#: Bits of each level. Fitted on the demo city and rounded (benchmarks/incidents.py), but for text,
#: again and source: [D] assumption.
BITS: Final[Mapping[str, tuple[float, ...]]] = MappingProxyType(
    {
        "time": (2.8, 1.9, 1.4, 0.7, 0.0, -3.6, -10.0, -4.5),
        "told": (4.0, 1.4, -2.5, -6.0, 0.0, -20.0, -8.0),
        "place": (1.3, 0.7, 0.3, 0.0, -6.8, -6.0),
        "people": (4.3, 4.6, 2.1, 3.7, -0.1, -2.1, -5.5, -0.4, -1.4, -4.8, -5.0, -1.5),
        "kind": (0.9, 0.0, 0.0, -6.2),
        "text": (3.0, 0.0),
        "channels": (0.0, -0.8),
        "again": (-8.0, -4.0, 0.0),
        "source": (20.0, -2.0, 0.0),
    }
)  # fmt: skip

#: Levels of people that a file of before does not name → what it says of them.
COARSER: Final[Mapping[str, str]] = MappingProxyType(
    {
        "one, others opposite": "one",
        "one of many records, others opposite": "one of many records",
        "an organisation, others opposite": "one of many records",
        "an organisation, claims of others": "an organisation, others opposite",
        "only callers": "none",
        "none, nor a place": "none",
        "others on both sides": "none",
    }
)


def _bits() -> dict[str, dict[str, float]]:
    return {name: dict(zip(levels, BITS[name], strict=True)) for name, levels in LEVELS.items()}


class IncidentEvidence(Strict):
    """Bits that speak for two reports telling of one event, level by level."""

    #: Reports further apart, or that tell by occurred_at of events further apart, are never one
    #: event, unless the source itself says so.
    window_hours: Annotated[Number, Field(ge=1, le=720)] = 48
    prior: Annotated[Number, Field(ge=-60, le=60)] = 1.0
    levels: dict[str, dict[str, Annotated[Number, Field(ge=-60, le=60)]]] = Field(
        default_factory=_bits
    )
    #: Records in which somebody had stood by then before sharing him says less.
    many_records: Annotated[Whole, Field(ge=2, le=MOST)] = 12
    #: What two reports of one group say that were not compared, in bits.
    missing_pair: Annotated[Number, Field(ge=-60, le=0)] = -1.0

    @field_validator("levels")
    @classmethod
    def _complete(cls, levels: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
        for name, known in LEVELS.items():
            if other := sorted(set(levels.get(name, ())) - set(known)):
                own = "、".join(map(repr, other))
                raise only(
                    f"{name}（没有 {own}）的级别", f"levels of {name} (there is no {own})",
                    map(repr, known),
                )  # fmt: skip
        if unknown := sorted(set(levels) - set(LEVELS)):
            names = ", ".join(unknown)
            raise only(f"比较项（没有 {names}）", f"comparisons (there is no {names})", LEVELS)
        given = levels.get("people", {})
        finer = {name: given[coarser] for name, coarser in COARSER.items() if coarser in given}
        levels = {**levels, "people": {**finer, **given}}
        return {name: {**own, **levels.get(name, {})} for name, own in _bits().items()}
