"""A request to stop, that may come at any moment and that threads wait for.

A handler of a signal interrupts the main thread wherever it is, even where it holds a lock or is
starting a thread. This one therefore takes no lock and starts nothing: it writes one byte.
"""

import os
import select
import signal
from contextlib import suppress


def ending_signals() -> list[signal.Signals]:
    """What asks a program to end: SIGTERM, and SIGHUP but for who was told to outlive it (nohup)."""
    hangup = [] if signal.getsignal(signal.SIGHUP) == signal.SIG_IGN else [signal.SIGHUP]
    return [signal.SIGTERM, *hangup]


class StopRequest:
    """Whether this process was asked to stop; once asked, it stays so."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()
        os.set_blocking(self._writing, False)

    def by_signals(self) -> None:
        """From now on SIGTERM, SIGINT and SIGHUP ask to stop; of the main thread only.

        A terminal that is closed (SIGHUP) asks, too, but for who was told to outlive it (nohup).
        """
        for name in (signal.SIGINT, *ending_signals()):
            signal.signal(name, self._ask)

    def _ask(self, _signal: int, _frame: object) -> None:
        with suppress(BlockingIOError):  # it was asked very often
            os.write(self._writing, b".")

    def is_made(self) -> bool:
        """Whether it was asked to stop."""
        return self.wait(0)

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it is asked, at most so many seconds; returns whether it was.

        The seconds are the monotonic clock's: setting the system's clock changes nothing.
        """
        return bool(select.select([self._reading], [], [], seconds)[0])
