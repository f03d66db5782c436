"""What ``schedule.yaml`` may say: when the night runs."""

from pydantic import Field

from warning.settings.base import Strict


class ScheduleSettings(Strict):
    """The whole of ``schedule.yaml``."""

    hour: int = Field(2, ge=0, le=23)  #: local hour of the night
    minute: int = Field(30, ge=0, le=59)
    time_zone: str = "Asia/Shanghai"
    misfire_grace_hours: int = Field(12, ge=1, le=24)  #: how late a missed night may still start
    inbox: str | None = None  #: directory of files to load before the night; None loads nothing
