"""Files, queries and frames → the canonical tables, with everything unusable set aside."""

from warning.reading.canonical import from_frames
from warning.reading.files import read_text
from warning.reading.sources import read_frames, read_query, read_records

__all__ = ["from_frames", "read_frames", "read_query", "read_records", "read_text"]
