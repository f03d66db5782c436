"""A command under a limit of memory, watched by a process that needs next to none.

What is made in C may crash, hang or end the process when it gets no memory. The command therefore
runs in a child, forked before anything large is imported; whatever ends it, somebody is left who
says so in words.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import NoReturn

from warning.memory_limit import near_the_limit
from warning.stopping import ending_signals

#: A command that has reached the limit ends by itself within this time, or it hangs.
HANGS_SECONDS = 20
LOOK_SECONDS = 0.1


def watched(work: Callable[[], int], out_of_memory: Callable[[], int]) -> int:
    """The exit code of ``work`` done in a child; ``out_of_memory``'s where something else ended it.

    SIGTERM and SIGHUP are passed on. Ctrl-C reaches the child by itself: it is of the terminal's group, too.
    A child that was killed (SIGKILL) gives 137, as a shell says it.
    """
    reading, writing = os.pipe()
    names = ending_signals()
    # Held back until both know whom it concerns.
    signal.pthread_sigmask(signal.SIG_BLOCK, names)
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, names)
        _work(work, writing)
    os.close(writing)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for name in names:
        signal.signal(name, lambda came, _: os.kill(child, came))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, names)
    code = _code(child)
    with os.fdopen(reading) as pipe:
        told = pipe.read()
    if told:
        return int(told)
    # Who kills it says so elsewhere; anything else is what a library does without memory.
    killed = {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP}
    return 128 - code if code in killed else out_of_memory()


def _code(child: int) -> int:
    """Wait for a child; 0 after ending one that hangs at the limit, else as ``subprocess`` has it."""
    seen = time.monotonic()
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if not near_the_limit(child):
            seen = time.monotonic()
        elif time.monotonic() - seen > HANGS_SECONDS:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return 0
        time.sleep(LOOK_SECONDS)


def _work(work: Callable[[], int], writing: int) -> NoReturn:
    """Do the work and tell its exit code; a library that ends the process does not tell."""
    code = work()
    os.write(writing, str(code).encode())
    os.close(writing)
    sys.exit(code)
