"""What ``schedule.yaml`` may say."""

from warning.settings.base import Strict


class ScheduleSettings(Strict):
    """The whole of ``schedule.yaml``."""
