"""What ``matching.yaml`` may say: evidence in bits, thresholds, caps."""

from typing import Annotated

from pydantic import Field

from warning.settings.base import Strict
from warning.settings.matching_incidents import CasesSettings, IncidentEvidence
from warning.settings.matching_organisations import OrganisationSettings
from warning.settings.matching_persons import PersonSettings
from warning.settings.matching_places import PlacesSettings
from warning.settings.matching_review import ReviewSettings, VerdictSettings
from warning.settings.numbers import MOST, MOST_DAYS, Number, Whole

Bits = Annotated[Number, Field(ge=-60, le=60)]
Probability = Annotated[Number, Field(gt=0, lt=1)]


class MatchingSettings(Strict):
    """The whole of ``matching.yaml``."""

    person: PersonSettings = PersonSettings()
    organisation: OrganisationSettings = OrganisationSettings()
    incident: IncidentEvidence = IncidentEvidence()
    link_threshold: Probability = 0.7
    incident_threshold: Probability = 0.5
    #: larger blocks are left out, counted
    block_cap: Annotated[Whole, Field(ge=2, le=10_000)] = 200
    #: a phone with more names is no evidence
    hub_phone_names: Annotated[Whole, Field(ge=2, le=MOST)] = 6
    places: PlacesSettings = PlacesSettings()
    cases: CasesSettings = CasesSettings()
    #: Every so many days everything is linked from nothing; 0: every night.
    rebuild_days: Annotated[Whole, Field(ge=0, le=MOST_DAYS)] = 7
    relation_rounds: Annotated[Whole, Field(ge=0, le=5)] = 2
    verdicts: VerdictSettings = VerdictSettings()
    review: ReviewSettings = ReviewSettings()
