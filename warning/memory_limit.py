"""Memory that runs out: kept in reserve, watched, and told from other failures.

Limits come in two kinds. A limit of addresses (``ulimit -v``) makes allocations fail: most libraries
say so, some hang, crash or end the process with words of their own. A limit of the machine or of a
unit (``MemoryMax``) makes none fail: the kernel kills.
"""

import _thread
import errno
import gc
import mmap
import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from warning.causes import causes

#: Given back when memory has run out, so that undoing and telling have some.
RESERVE = 32 << 20
#: Addresses that numpy, scipy and pyarrow take with their buffers, before any work.
LIBRARIES = 512 << 20
#: So near to the limit of addresses a command ends: what libraries take unseen must still fit.
MARGIN = 48 << 20
#: Of the limit of the unit or machine a night may take; the rest is the clock's and the system's.
SHARE = 0.9
#: Version 1 of cgroups writes "no limit" as the greatest number of bytes in whole pages.
ENDLESS = 1 << 60
#: Between two looks at how much a night has taken.
LOOK_SECONDS = 0.2

_reserve: list[mmap.mmap] = []
#: Of each watcher at work, whether it has ended something.
_ended: list[threading.Event] = []


class OutOfMemory(BaseException):
    """A night took more than it may. No :class:`Exception`: nothing on the way takes it for one."""


def watch_again() -> None:
    """After :class:`OutOfMemory` was caught: free what was given up; watchers may end again."""
    import pyarrow as pa

    gc.collect()
    pa.default_memory_pool().release_unused()
    for ended in _ended:
        ended.clear()


def limited() -> bool:
    """Whether the process has a limit of addresses or of data."""
    kinds = (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    return any(resource.getrlimit(kind)[0] != resource.RLIM_INFINITY for kind in kinds)


def prepare() -> None:
    """Take what could not be done without later: a reserve, buffers, a thread.

    OpenBLAS takes its buffers when it is loaded and first used; without memory it tries for ever.
    Arrow starts its thread at the first use; without memory it waits for it for ever.

    Raises:
        MemoryError, OSError, ImportError: there is too little for them.
    """
    mmap.mmap(-1, LIBRARIES).close()
    import numpy as np
    import pyarrow as pa
    import scipy.linalg

    square = np.eye(64) * 2.0
    np.linalg.cholesky(square @ square)
    scipy.linalg.cholesky(square)
    scipy.linalg.blas.dgemm(1.0, square, square)
    pa.set_cpu_count(1)
    pa.table({"one": [1]}).group_by("one").aggregate([([], "count_all")])
    _reserve.append(mmap.mmap(-1, RESERVE))


def release() -> None:
    """Give the reserve back."""
    while _reserve:
        _reserve.pop().close()


def is_shortage(error: BaseException | None) -> bool:
    """Whether an error, or what caused it, is that memory ran out."""
    return any(map(_tells_of_shortage, causes(error)))


def _tells_of_shortage(error: BaseException) -> bool:
    text = str(error)
    return (
        isinstance(error, MemoryError | OutOfMemory)
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        # A library that cannot be loaded, a thread that cannot be started.
        or "failed to map segment" in text
        or "annot allocate memory" in text
        or "can't start new thread" in text
        # An interpreter that could not make the exception itself.
        or (isinstance(error, SystemError) and "without exception set" in text and limited())
    )


def at_most(megabytes: int | None) -> AbstractContextManager[None]:
    """End the block by :class:`OutOfMemory` when the process holds more than ``megabytes``.

    None is nine tenths of what the unit (its cgroup) may take; without a limit nothing is watched.
    """
    most = megabytes << 20 if megabytes is not None else int(SHARE * (unit_limit() or 0))
    return _ended_when((lambda: taken().resident > most) if most else None)


def near_the_limit(process: int | str = "self") -> bool:
    """Whether a process has so few addresses left that libraries may hang or crash."""
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit != resource.RLIM_INFINITY and taken(process).addresses > limit - MARGIN


def within_limit() -> AbstractContextManager[None]:
    """After :func:`prepare`: end the block by :class:`OutOfMemory` before the limit is reached."""
    return _ended_when(near_the_limit if _reserve else None)


@contextmanager
def _ended_when(over: Callable[[], bool] | None) -> Iterator[None]:
    """End the block when it is ``over``; only the main thread can be ended so."""
    if over is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    left, ended = threading.Event(), threading.Event()

    def end(_signal: int, _frame: object) -> None:
        raise OutOfMemory

    def look() -> None:
        while not left.wait(LOOK_SECONDS):
            # Once, until watch_again(): a second one would break off what the first one is undoing.
            if not ended.is_set() and over():
                ended.set()
                _thread.interrupt_main(signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, end)
    watcher = threading.Thread(target=look, daemon=True)
    _ended.append(ended)
    watcher.start()
    try:
        yield
    finally:
        _ended.remove(ended)
        left.set()
        watcher.join()
        signal.signal(signal.SIGUSR1, before)


class Taken(NamedTuple):
    """What a process has taken, in bytes; 0 where the system does not tell."""

    addresses: int
    resident: int


def taken(process: int | str = "self") -> Taken:
    """What a process has taken."""
    try:
        sizes = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()
        page = os.sysconf("SC_PAGE_SIZE")
        return Taken(int(sizes[0]) * page, int(sizes[1]) * page)
    except (OSError, ValueError, IndexError):
        return Taken(0, 0)


def unit_limit(proc: Path = Path("/proc"), root: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes that the process's cgroup, or one that it stands in, may take; None without a limit."""
    told = [_text(limit).strip() for limit, _ in _groups(proc, root)]
    found = [int(text) for text in told if text.isdigit()]
    return min((most for most in found if most < ENDLESS), default=None)


def kills(proc: Path = Path("/proc"), root: Path = Path("/sys/fs/cgroup")) -> int:
    """How many processes of the process's cgroup the kernel has killed for memory."""
    for _, events in _groups(proc, root):
        for line in _text(events).splitlines():
            name, _, count = line.partition(" ")
            if name == "oom_kill" and count.isdigit():
                return int(count)
    return 0


def _groups(proc: Path, root: Path) -> list[tuple[Path, Path]]:
    """Of the process's cgroup and those it stands in, inmost first: files of limit and events.

    Those of version 2 and of version 1, which older systems have, by the controller's own tree.
    """
    found = []
    for line in _text(proc / "self" / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        if not controllers:
            top, names = root, ("memory.max", "memory.events")
        elif "memory" in controllers.split(","):
            top, names = root / "memory", ("memory.limit_in_bytes", "memory.oom_control")
        else:
            continue
        inmost = top / path.strip("/")
        around = [one for one in inmost.parents if one.is_relative_to(top)]
        found += [(one / names[0], one / names[1]) for one in [inmost, *around]]
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""
