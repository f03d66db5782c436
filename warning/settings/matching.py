"""What ``matching.yaml`` may say: evidence in bits, thresholds, caps."""

from typing import Annotated

from pydantic import Field

from warning.settings.base import Strict
from warning.settings.matching_incidents import CasesSettings
from warning.settings.matching_organisations import OrganisationSettings
from warning.settings.matching_persons import PersonSettings
from warning.settings.matching_places import PlacesSettings
from warning.settings.matching_review import ReviewSettings, VerdictSettings

Bits = Annotated[float, Field(ge=-60, le=60)]
Probability = Annotated[float, Field(gt=0, lt=1)]


class IncidentEvidence(Strict):
    """Bits that speak for two records telling of one event."""

    window_hours: Annotated[float, Field(gt=0, le=720)] = 48
    prior: Bits = -7.0
    within_2_hours: Bits = 5.0
    within_12_hours: Bits = 2.0
    within_window: Bits = 0.0
    same_place: Bits = 4.0
    place_conflict: Bits = -3.0
    each_person: Bits = 4.0  #: for each shared person or organisation, up to two
    person_conflict: Bits = -2.0
    same_category: Bits = 1.0
    category_conflict: Bits = -2.0
    text_most: Bits = 5.0  #: of equal narratives; none below a likeness of one half
    other_channel: Bits = 2.0
    again_said: Bits = -6.0  #: the later text says 又, 再次
    source_says_duplicate: Bits = 20.0
    source_says_related: Bits = 1.0


class MatchingSettings(Strict):
    """The whole of ``matching.yaml``."""

    person: PersonSettings = PersonSettings()
    organisation: OrganisationSettings = OrganisationSettings()
    incident: IncidentEvidence = IncidentEvidence()
    link_threshold: Probability = 0.7
    incident_threshold: Probability = 0.7
    block_cap: Annotated[int, Field(ge=2, le=10_000)] = 200  #: larger blocks are left out, counted
    hub_phone_names: Annotated[int, Field(ge=2)] = 6  #: a phone with more names is no evidence
    places: PlacesSettings = PlacesSettings()
    cases: CasesSettings = CasesSettings()
    relation_rounds: Annotated[int, Field(ge=0, le=5)] = 2
    verdicts: VerdictSettings = VerdictSettings()
    review: ReviewSettings = ReviewSettings()
