"""What ``tiers.yaml`` may say."""

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from warning.language import say
from warning.settings.base import Strict, faults, packaged
from warning.settings.numbers import MOST, Number, Whole
from warning.settings.words import Word

Tier = Literal["red", "orange", "yellow", "blue"]
#: From the highest to the lowest; ``none`` stands below.
TIERS: tuple[Tier, ...] = ("red", "orange", "yellow", "blue")
Probability = Annotated[Number, Field(ge=0, le=1)]
Kind = Literal["matter", "person", "place", "organisation"]


class Threshold(Strict):
    """One way into a tier: at least this probability, at this severity or above."""

    probability: Probability
    severity: Annotated[Whole, Field(ge=0, le=4)] = 0


class Conditions(Strict):
    """Named conditions of a rule; all that are given must hold. Numbers mean "at least"."""

    domestic_violence: bool | None = None
    weapon: bool | None = None
    injury: bool | None = None
    threat: bool | None = None
    alcohol: bool | None = None
    warned: bool | None = None  #: a written warning (告诫书) was given within the year
    unsettled: bool | None = None  #: the last incident was not settled
    severity: Annotated[Whole, Field(ge=0, le=4)] | None = None
    probability: Probability | None = None  #: of a recurrence within the horizon
    worsening: Probability | None = None  #: of a graver or severe incident within the horizon
    incidents_30: Annotated[Whole, Field(ge=1, le=MOST)] | None = None
    incidents_90: Annotated[Whole, Field(ge=1, le=MOST)] | None = None
    incidents_365: Annotated[Whole, Field(ge=1, le=MOST)] | None = None
    #: Those of them that are domestic violence.
    violent_incidents_365: Annotated[Whole, Field(ge=1, le=MOST)] | None = None
    kind: Kind | None = None
    category: str | None = None  #: prefix of the category code

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError(say("至少写一个条件", "at least one condition"))
        return self


class Floor(Strict):
    """A case that meets the conditions is at least of this tier; the text is shown as reason."""

    name: Word
    text: Word
    when: Conditions
    at_least: Tier


class Ceiling(Strict):
    """A case that meets the conditions is at most of this tier, whatever else holds."""

    name: Word
    text: Word
    when: Conditions
    at_most: Tier


@cache
def _packaged() -> "TiersSettings":
    return packaged("tiers.yaml", TiersSettings)


class TiersSettings(Strict):
    """The whole of ``tiers.yaml``; levels and rules that it does not name are the packaged ones.

    ``[]`` is no rule.
    """

    levels: dict[Tier, tuple[Threshold, ...]] = Field(
        default={
            "red": (Threshold(probability=0.6), Threshold(probability=0.35, severity=3)),
            "orange": (Threshold(probability=0.4), Threshold(probability=0.2, severity=3)),
            "yellow": (Threshold(probability=0.25), Threshold(probability=0.12, severity=3)),
            "blue": (Threshold(probability=0.15), Threshold(probability=0.08, severity=3)),
        }
    )
    use: Literal["thresholds", "capacity", "both"] = "both"
    floors: tuple[Floor, ...] = Field(default_factory=lambda: _packaged().floors)
    ceilings: tuple[Ceiling, ...] = Field(default_factory=lambda: _packaged().ceilings)
    capacity: dict[Tier, Annotated[Whole, Field(ge=0, le=MOST)]] = Field(default={})
    exit_margin: Annotated[Number, Field(gt=0, le=1)] = 0.8
    minimum_stay_nights: Annotated[Whole, Field(ge=0, le=365)] = 7

    def threshold(self, tier: Tier, severity: int) -> float:
        """The least probability that leads into ``tier`` at this severity (2.0: none does)."""
        return _least(self.levels[tier], severity)

    @field_validator("levels", mode="after")
    @classmethod
    def _levels_are_in_order(
        cls, levels: dict[Tier, tuple[Threshold, ...]]
    ) -> dict[Tier, tuple[Threshold, ...]]:
        found: list[tuple[list[str | int], str]] = [
            ([tier], say(f"{tier} 至少一条线", f"at least one line of {tier}"))
            for tier in TIERS
            if not levels.get(tier, True)
        ]
        if found:
            raise faults(found)
        named = levels
        levels = {tier: named.get(tier) or _packaged().levels[tier] for tier in TIERS}
        for higher, lower in pairwise(TIERS):
            for severity in range(5):
                above, below = _least(levels[higher], severity), _least(levels[lower], severity)
                if above < below:
                    text = say(
                        f"严重程度 {severity} 时 {higher} 的阈值（{above}）不低于 {lower} 的（{below}）",
                        f"at severity {severity} a threshold of {higher} ({above}) that is not "
                        f"below that of {lower} ({below})",
                    )
                    found.append(([higher if higher in named else lower], text))
                    break  # one fault a pair is enough to mend it
        if found:
            raise faults(found)
        return levels

    @field_validator("ceilings", mode="after")
    @classmethod
    def _names_are_used_once(
        cls, ceilings: tuple[Ceiling, ...], info: ValidationInfo
    ) -> tuple[Ceiling, ...]:
        _named_once(ceilings, [rule.name for rule in info.data.get("floors", ())])
        return ceilings

    @field_validator("floors", mode="after")
    @classmethod
    def _floors_are_named_once(cls, floors: tuple[Floor, ...]) -> tuple[Floor, ...]:
        _named_once(floors, [])
        return floors

    @model_validator(mode="after")
    def _capacity_has_numbers(self) -> Self:
        if self.use == "capacity" and not self.capacity:
            raise faults(
                [
                    (
                        ["use"],
                        say(
                            "按容量定级时须在 capacity 写明数量",
                            "grading by capacity needs numbers in capacity",
                        ),
                    )
                ]
            )
        return self


def _least(ways: tuple[Threshold, ...], severity: int) -> float:
    return min((t.probability for t in ways if t.severity <= severity), default=2.0)


def _named_once(rules: Sequence[Floor | Ceiling], taken: list[str]) -> None:
    found: list[tuple[list[str | int], str]] = []
    for position, rule in enumerate(rules):
        if rule.name in taken:
            text = say(f"规则重名：{rule.name}", f"a rule name used twice: {rule.name}")
            found.append(([position, "name"], text))
        taken.append(rule.name)
    if found:
        raise faults(found)
