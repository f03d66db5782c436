"""What the ``places`` part of ``matching.yaml`` may say."""

from pydantic import Field

from warning.settings.base import Strict


class PlacesSettings(Strict):
    """How places are told apart and joined."""

    #: Similarity (0 to 100) from which two names of one kind in one county are one name.
    name_similarity: float = Field(default=86.0, ge=50, le=100)
    #: Metres within which a record with a point and no text is at a known place.
    near_metres: float = Field(default=50.0, gt=0, le=1000)
    #: Records from which a compound or point of interest is a hub, whatever its name.
    hub_records: int = Field(default=60, ge=2)
    #: Share of its county's records that a hub by count holds at least.
    hub_share: float = Field(default=0.01, ge=0, le=1)
