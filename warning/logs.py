"""Structured logs of running: one event a line, with ids and counts only.

No name, number or narrative of a person is ever a field: what is logged is read by others than
those who may read the records.
"""

import logging
import os
import sys
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from warning.streams import json_text

logger = logging.getLogger("warning")
# Who asked for no log gets none: the library would print the bare name of a warning.
logger.addHandler(logging.NullHandler())

#: ``text`` or ``json``; ``schedule.yaml`` may say it too.
FORMAT_VARIABLE = "WARNING_LOG"


class _Line(logging.Formatter):
    """One event as a line of text, or of JSON."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = getattr(record, "fields", {})
        # The time of the record itself, in the zone of the city.
        at = datetime.fromtimestamp(record.created, tz=ZoneInfo("Asia/Shanghai"))
        head = {
            "at": at.isoformat(timespec="seconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "process": record.process,
        }
        if self.as_json:
            return json_text({**head, **fields}, sys.stderr.encoding, default=str)
        told = " ".join(f"{name}={_on_one_line(str(value))}" for name, value in fields.items())
        return f"{head['at']} {head['level']} {head['event']} {told}".rstrip()


def _on_one_line(text: str) -> str:
    """No line end and no control character: a file's name can neither forge nor hide a line."""
    joined = "; ".join(line.strip() for line in text.splitlines() if line.strip())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)


def log(event: str, *, level: int = logging.INFO, **fields: Any) -> None:
    """Log one event with its fields (ids, counts, moments, seconds, codes)."""
    logger.log(level, event, extra={"fields": fields})


def writes_json() -> bool:
    """Whether this process writes its events as JSON."""
    return any(isinstance(own.formatter, _Line) and own.formatter.as_json
               for own in logger.handlers)  # fmt: skip


def to_standard_error(form: str | None = None) -> None:
    """Write the events to standard error as ``text`` or ``json``; None asks the environment.

    Called again it replaces what was set before.
    """
    chosen = form or os.environ.get(FORMAT_VARIABLE, "text")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Line(as_json=chosen == "json"))
    logger.handlers[:] = [handler]
    logger.setLevel(logging.INFO)
    logger.propagate = False
