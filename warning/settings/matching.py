"""What ``matching.yaml`` may say."""

from warning.settings.base import Strict


class MatchingSettings(Strict):
    """The whole of ``matching.yaml``."""
