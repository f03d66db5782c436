"""What ``schedule.yaml`` may say: when the night runs, and how it is watched."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from warning.language import say
from warning.moments import CITY_ZONE
from warning.settings.base import Strict
from warning.settings.numbers import MOST, Days, Number, Whole
from warning.settings.words import PathText

CITY = CITY_ZONE.key


class ScheduleSettings(Strict):
    """The whole of ``schedule.yaml``."""

    hour: Whole = Field(2, ge=0, le=23)  #: local hour of the night
    minute: Whole = Field(30, ge=0, le=59)
    time_zone: str = CITY  #: no other one: moments of the contract are naive local ones
    misfire_grace_hours: Whole = Field(12, ge=1, le=24)  #: how late a firing may still start
    inbox: PathText | None = (
        None  #: directory of files to load before the night; None loads nothing
    )
    archive: PathText | None = None  #: where loaded files are moved; None leaves them in the inbox
    catch_up_nights: Whole = Field(7, ge=1, le=366)  #: missed nights made up for, the latest
    most_days_ahead: Days = 31  #: a longer gap is taken for a wrong clock
    limit_minutes: Number = Field(240, ge=1, le=525_600)  #: a night that takes longer is ended
    #: MiB that a night may hold; more, and it stops. None: nine tenths of what its unit may take
    limit_memory_mb: Annotated[Whole, Field(ge=64, le=MOST)] | None = None
    stop_seconds: Number = Field(60, ge=1, le=86_400)  #: from the request to stop to the kill
    retry_minutes: Number = Field(15, gt=0, le=525_600)  #: after a night that failed
    #: how often the ledger is asked what is due
    heartbeat_seconds: Whole = Field(60, ge=1, le=86_400)
    late_hours: Whole = Field(6, ge=1, le=8_784)  #: health: a night later than this is a fault
    silent_days: Days = 14  #: a channel's shorter silence is never told
    metrics: PathText | None = None  #: file for Prometheus' textfile collector; None writes none
    logs: Literal["text", "json"] = "text"

    @field_validator("time_zone")
    @classmethod
    def _of_the_city(cls, value: str) -> str:
        if value != CITY:
            raise ValueError(
                say(f"{CITY}：所有时间都按它计算，hour 和 minute 也是",
                    f"{CITY}: all moments are in it, hour and minute too")
            )  # fmt: skip
        return value
