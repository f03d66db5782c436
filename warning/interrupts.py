"""Signals that ask a command to stop: they undo what is being written, as Ctrl-C does.

A signal's exception is raised wherever the main thread is. Inside a finaliser or a callback that
nobody has called nobody catches it either: Python says that it was ignored, and goes on. It
therefore comes again, until it is heard.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from warning.causes import causes
from warning.memory_limit import OutOfMemory, watch_again
from warning.stopping import ending_signals

#: After so long what was not heard comes again.
AGAIN_SECONDS = 0.01


class Stopped(KeyboardInterrupt):
    """SIGTERM or SIGHUP came. A Ctrl-C to libraries, too: a database's driver then ends what it waits for."""


def is_interrupt(error: BaseException) -> bool:
    """Whether an error is an interrupt, or was raised while one was being handled."""
    return any(isinstance(one, KeyboardInterrupt) for one in causes(error))


@contextmanager
def ending_like_an_interrupt() -> Iterator[list[int]]:
    """SIGTERM (a service's stop) and SIGHUP (a closed terminal) undo what is being written.

    As Ctrl-C does; of SIGHUP not where the command was told to outlive its terminal (nohup). Gives
    the signals that came so far, Ctrl-C's too.
    """
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def interrupt(came: int, frame: FrameType | None) -> None:
        asked.append(came)
        signal.default_int_handler(came, frame)

    def stop(came: int, _frame: object) -> None:
        asked.append(came)
        # Once: a service's stop may send several, and the undoing is not to be broken off.
        for name in ending:
            signal.signal(name, signal.SIG_IGN)
        raise Stopped

    ending = ending_signals()
    handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]
    handlers = dict.fromkeys(ending, stop)
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:
        handlers[signal.SIGINT] = interrupt
    before = {name: signal.signal(name, handler) for name, handler in handlers.items()}
    try:
        with _heard():
            yield asked
    finally:
        for name, former in before.items():
            signal.signal(name, former)


@contextmanager
def _heard() -> Iterator[None]:
    """An interrupt that was ignored comes again, and so does the word that memory ran out."""
    told = sys.unraisablehook

    def unheard(unraisable: "sys.UnraisableHookArgs") -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)
        elif issubclass(unraisable.exc_type, OutOfMemory):
            watch_again()
        else:
            told(unraisable)

    def again(_came: int, _frame: object) -> None:
        raise Stopped

    alarm = signal.signal(signal.SIGALRM, again)
    sys.unraisablehook = unheard
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = told
        signal.signal(signal.SIGALRM, alarm)
