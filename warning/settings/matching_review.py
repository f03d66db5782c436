"""What ``matching.yaml`` may say of verdicts and of the order in which links are reviewed."""

from typing import Annotated

from pydantic import Field, field_validator

from warning.settings.base import Strict, only
from warning.settings.numbers import MOST, Number, Whole

TIERS = ("red", "orange", "yellow", "blue", "none")


class VerdictSettings(Strict):
    """What analysts' verdicts teach."""

    minimum: Annotated[Whole, Field(ge=10, le=MOST)] = 60  #: fewer verdicts teach nothing; all hold
    worth: Annotated[Number, Field(gt=0, le=MOST)] = 500.0  #: pairs that the estimated m counts for


class ReviewSettings(Strict):
    """What is worth most to decide."""

    tier_worth: dict[str, Annotated[Number, Field(gt=0, le=MOST)]] = Field(
        default_factory=lambda: dict(zip(TIERS, (5.0, 4.0, 3.0, 2.0, 1.0), strict=True))
    )
    farthest_bits: Annotated[Number, Field(gt=0, le=60)] = 8.0

    @field_validator("tier_worth")
    @classmethod
    def _complete(cls, worth: dict[str, float]) -> dict[str, float]:
        if set(worth) != set(TIERS):
            raise only("等级", "tiers", TIERS)
        return worth
