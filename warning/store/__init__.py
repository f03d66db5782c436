"""The operational store: records and their versions, and what each night found and drafted."""

from warning.store.loading import LoadSummary
from warning.store.nights import Night
from warning.store.store import Store

__all__ = ["LoadSummary", "Night", "Store"]
