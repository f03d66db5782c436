"""What ``channels.yaml`` may say."""

from warning.settings.base import Strict


class ChannelsSettings(Strict):
    """The whole of ``channels.yaml``."""
