"""What ``scoring.yaml`` may say."""

from warning.settings.base import Strict


class ScoringSettings(Strict):
    """The whole of ``scoring.yaml``."""
