"""What ``scoring.yaml`` may say."""

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from warning.language import say
from warning.settings.base import Strict
from warning.settings.numbers import MOST, Number, Whole
from warning.settings.risk_words import RiskWords

WindowDays = Annotated[Whole, Field(ge=1, le=3660)]
Severity = Annotated[Whole, Field(ge=0, le=4)]


class ComplaintSettings(Strict):
    """Which reports are complaints: they never raise the score of a person-kind case."""

    channels: tuple[str, ...] = ("12345", "访调")
    categories: tuple[str, ...] = ("07", "14")  #: code prefixes


class TrainingSettings(Strict):
    """From which past dates a model is fitted."""

    windows: Annotated[Whole, Field(ge=2, le=120)] = 24
    step_days: WindowDays = 30
    calibration_windows: Annotated[Whole, Field(ge=1, le=24)] = 6
    minimum_events: Annotated[Whole, Field(ge=1, le=MOST)] = 30
    cold_start_events: Annotated[Whole, Field(ge=1, le=MOST)] = 10
    ridge: Annotated[Number, Field(ge=0, le=1000)] = 3.0

    @model_validator(mode="after")
    def _calibration_leaves_training(self) -> Self:
        if self.calibration_windows >= self.windows:
            raise ValueError(
                say(
                    "calibration_windows 应小于 windows",
                    "calibration_windows must be below windows",
                )
            )
        return self


class RecalibrationSettings(Strict):
    """How probabilities follow the store's own last complete windows."""

    windows: Annotated[Whole, Field(ge=0, le=24)] = 12
    slope_pull: Annotated[Number, Field(ge=0, le=10_000)] = 20.0
    minimum_events: Annotated[Whole, Field(ge=1, le=MOST)] = 50
    minimum_cases: Annotated[Whole, Field(ge=1, le=MOST)] = 200


class DriftSettings(Strict):
    """From when on a model is said to need training again."""

    psi: Annotated[Number, Field(gt=0, le=10)] = 0.25
    label_ratio: Annotated[Number, Field(gt=1, le=100)] = 1.3
    windows: Annotated[Whole, Field(ge=1, le=24)] = 3
    minimum_events: Annotated[Whole, Field(ge=1, le=MOST)] = 50


class ScoringSettings(Strict):
    """The whole of ``scoring.yaml``."""

    horizon_days: WindowDays = 30
    cohort_days: WindowDays = 365
    memory_days: WindowDays = 730
    #: An incident of which all reports say that it was more than so many days before them is as
    #: old as they say. [D] assumption.
    late_days: WindowDays = 90
    training: TrainingSettings = TrainingSettings()
    recalibration: RecalibrationSettings = RecalibrationSettings()
    drift: DriftSettings = DriftSettings()
    complaints: ComplaintSettings = ComplaintSettings()
    domestic_violence_categories: tuple[str, ...] = ("0101",)
    settled_outcomes: tuple[str, ...] = ("settled", "withdrawn")
    category_severity: dict[str, Severity] = Field(default={"0101": 2})
    #: of ``lexicons/risk_words.yaml``, not of this file
    words: SkipJsonSchema[RiskWords] = Field(default_factory=RiskWords.packaged)

    @model_validator(mode="after")
    def _memory_covers_cohort(self) -> Self:
        if self.memory_days < self.cohort_days:
            raise ValueError(
                say(
                    "memory_days 不应小于 cohort_days",
                    "memory_days must not be below cohort_days",
                )
            )
        return self
