"""What ``matching.yaml`` may say of incidents and cases beyond the bits of evidence."""

from typing import Annotated, Literal

from pydantic import Field

from warning.settings.base import Strict

Role = Literal["reporter", "claimant", "respondent", "party", "witness", "handler"]
Grain = Literal["room", "building", "compound", "group", "village", "poi", "town"]


class IncidentsSettings(Strict):
    """Limits of one event. [D] assumption, all of it."""

    #: Events whose stated times lie further apart than these hours are two events.
    apart_hours: Annotated[float, Field(gt=0, le=72)] = 3.0
    #: Bits against one event where the stated times are so far apart.
    apart: Annotated[float, Field(ge=-60, le=0)] = -6.0
    #: Neighbours in time compared inside one block; denser blocks lose the furthest pairs.
    neighbours: Annotated[int, Field(ge=1, le=1000)] = 60
    #: Average probability of the pairs across two groups from which they are one event.
    cohesion: Annotated[float, Field(ge=0, le=1)] = 0.5


class CasesSettings(Strict):
    """What makes incidents one case. [D] assumption, all of it."""

    #: Roles by which a person has a case. Complaining is not a risk: no reporter, no claimant.
    person_roles: tuple[Role, ...] = ("party", "respondent")
    #: Roles by which an organisation has a case.
    organisation_roles: tuple[Role, ...] = ("respondent",)
    #: Grains of place fine enough to be one place.
    place_grains: tuple[Grain, ...] = ("room", "building", "compound", "group", "poi")
    #: Incidents that a person, place or organisation needs for a case of its own.
    least_incidents: Annotated[int, Field(ge=2)] = 2
