"""Where progress is shown: standard error, for as long as somebody takes it."""

from typing import Any, TextIO

from warning.streams import give_up


class ProgressOutput:
    """A stream that is given up in silence once it fails: no work ends for want of a reader."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write, or give up."""
        try:
            return self._stream.write(text)
        except OSError:
            self._give_up()
            return len(text)

    def flush(self) -> None:
        """Flush, or give up."""
        try:
            self._stream.flush()
        except OSError:
            self._give_up()

    def _give_up(self) -> None:
        give_up(self._stream)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
