"""What ``schedule.yaml`` may say: when the night runs, and how it is watched."""

from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from warning.language import say
from warning.settings.base import Strict


class ScheduleSettings(Strict):
    """The whole of ``schedule.yaml``."""

    hour: int = Field(2, ge=0, le=23)  #: local hour of the night
    minute: int = Field(30, ge=0, le=59)
    time_zone: str = "Asia/Shanghai"
    misfire_grace_hours: int = Field(12, ge=1, le=24)  #: how late a firing may still start
    inbox: str | None = None  #: directory of files to load before the night; None loads nothing
    archive: str | None = None  #: where loaded files are moved; None leaves them in the inbox
    catch_up_nights: int = Field(7, ge=1, le=366)  #: missed nights made up for, the latest
    most_days_ahead: int = Field(31, ge=1)  #: a longer gap is taken for a wrong clock
    limit_minutes: float = Field(240, gt=0)  #: a night that takes longer is ended
    stop_seconds: float = Field(60, gt=0)  #: from the request to stop to the kill
    retry_minutes: float = Field(15, gt=0)  #: after a night that failed
    heartbeat_seconds: int = Field(60, ge=1)  #: how often the ledger is asked what is due
    late_hours: int = Field(6, ge=1)  #: health: a night later than this is a fault
    metrics: str | None = None  #: file for Prometheus' textfile collector; None writes none
    logs: Literal["text", "json"] = "text"

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(
                say("应为时区名，如 Asia/Shanghai", "a time zone such as Asia/Shanghai")
            ) from error
        return value
