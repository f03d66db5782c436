"""From records to entities, places, incidents and cases. See docs/architecture.md."""

from warning.matching.link import link
from warning.matching.links import Links, Previous

__all__ = ["Links", "Previous", "link"]
