"""What ``matching.yaml`` may say of cases."""

from typing import Annotated, Literal

from pydantic import Field

from warning.settings.base import Strict

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
    least_incidents: Annotated[int, Field(ge=2)] = 2
