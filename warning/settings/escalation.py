"""What ``escalation.yaml`` may say."""

from warning.settings.base import Strict


class EscalationSettings(Strict):
    """The whole of ``escalation.yaml``."""
