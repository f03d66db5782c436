"""What ``tiers.yaml`` may say."""

from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from warning.language import say
from warning.settings.base import Strict

Tier = Literal["red", "orange", "yellow", "blue"]
#: From the highest to the lowest; ``none`` stands below.
TIERS: tuple[Tier, ...] = ("red", "orange", "yellow", "blue")
Probability = Annotated[float, Field(ge=0, le=1)]
Kind = Literal["matter", "person", "place", "organisation"]


class Threshold(Strict):
    """One way into a tier: at least this probability, at this severity or above."""

    probability: Probability
    severity: Annotated[int, Field(ge=0, le=4)] = 0


class Conditions(Strict):
    """Named conditions of a rule; all that are given must hold. Numbers mean "at least"."""

    domestic_violence: bool | None = None
    weapon: bool | None = None
    injury: bool | None = None
    threat: bool | None = None
    alcohol: bool | None = None
    warned: bool | None = None  #: a written warning (告诫书) was given within the year
    unsettled: bool | None = None  #: the last incident was not settled
    severity: Annotated[int, Field(ge=0, le=4)] | None = None
    incidents_30: Annotated[int, Field(ge=1)] | None = None
    incidents_90: Annotated[int, Field(ge=1)] | None = None
    incidents_365: Annotated[int, Field(ge=1)] | None = None
    kind: Kind | None = None
    category: str | None = None  #: prefix of the category code

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(say("至少写一个条件", "at least one condition"))
        return self


class Floor(Strict):
    """A case that meets the conditions is at least of this tier; the text is shown as reason."""

    name: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    when: Conditions
    at_least: Tier


class Ceiling(Strict):
    """A case that meets the conditions is at most of this tier, whatever else holds."""

    name: Annotated[str, Field(min_length=1)]
    text: Annotated[str, Field(min_length=1)]
    when: Conditions
    at_most: Tier


class TiersSettings(Strict):
    """The whole of ``tiers.yaml``."""

    levels: dict[Tier, tuple[Threshold, ...]] = Field(
        default={
            "red": (Threshold(probability=0.6), Threshold(probability=0.35, severity=3)),
            "orange": (Threshold(probability=0.4), Threshold(probability=0.2, severity=3)),
            "yellow": (Threshold(probability=0.25), Threshold(probability=0.12, severity=3)),
            "blue": (Threshold(probability=0.15), Threshold(probability=0.08, severity=3)),
        }
    )
    floors: tuple[Floor, ...] = ()
    ceilings: tuple[Ceiling, ...] = ()
    capacity: dict[Tier, Annotated[int, Field(ge=0)]] = Field(default={})
    exit_margin: Annotated[float, Field(gt=0, le=1)] = 0.8
    minimum_stay_nights: Annotated[int, Field(ge=0, le=365)] = 7

    def threshold(self, tier: Tier, severity: int) -> float:
        """The least probability that leads into ``tier`` at this severity (2.0: none does)."""
        ways = [t.probability for t in self.levels[tier] if t.severity <= severity]
        return min(ways, default=2.0)

    @model_validator(mode="after")
    def _levels_are_in_order(self) -> Self:
        missing = [tier for tier in TIERS if not self.levels.get(tier)]
        if missing:
            names = ", ".join(missing)
            raise ValueError(
                say(f"levels 缺少：{names}", f"levels must give each tier; missing: {names}")
            )
        for severity in range(5):
            for higher, lower in pairwise(TIERS):
                above, below = self.threshold(higher, severity), self.threshold(lower, severity)
                if above < below:
                    raise ValueError(
                        say(
                            f"严重程度 {severity} 时 {higher} 的阈值 {above} 低于 {lower} 的"
                            f" {below}",
                            f"at severity {severity} the threshold of {higher} ({above}) is below "
                            f"that of {lower} ({below})",
                        )
                    )
        names_of = [*(rule.name for rule in self.floors), *(rule.name for rule in self.ceilings)]
        twice = sorted({name for name in names_of if names_of.count(name) > 1})
        if twice:
            raise ValueError(say(f"规则重名：{twice}", f"rule names used twice: {twice}"))
        return self
