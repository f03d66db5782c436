"""What ``tiers.yaml`` may say."""

from warning.settings.base import Strict


class TiersSettings(Strict):
    """The whole of ``tiers.yaml``."""
