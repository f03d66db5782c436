"""Standard streams in whatever encoding the terminal has, also where nobody takes them."""

import io
import json
import os
import sys
from contextlib import suppress
from typing import IO, Any


def give_up(stream: IO[str]) -> None:
    """What the stream still holds must go somewhere, now and when the process ends."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def write_what_can_be() -> None:
    """From here on a sign that a stream's encoding lacks is written as ``?`` and fails no command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def json_text(value: Any, encoding: str | None, **options: Any) -> str:
    r"""One JSON document; where the encoding lacks a sign of it, each letter stands as ``\u674e``.

    Args:
        value: what :func:`json.dumps` takes, with its options.
        encoding: of the stream that it is written to; None for UTF-8.
    """
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, **options)
    return text
