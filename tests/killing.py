"""Nights in real processes that are killed: at the n-th statement, or at a random moment.

A child is forked from the test's process, so it starts at once; it has its own connections and
dies by SIGKILL, with no chance to tidy up, as a crash or a power cut of the program would.
"""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from typing import NoReturn

from sqlalchemy import Engine, event, select

from warning.nightly import run_nightly
from warning.store import Store
from warning.store.frames import in_order, read_table
from warning.store.tables import metadata

#: What differs between a killed and an undisturbed night: clocks, and the account of attempts.
CLOCKS = {"runs": ["started_at", "seconds", "peak_memory_mb"]}
ACCOUNT = frozenset({"attempts", "stages", "keys", "loads", "audit"})


def night_tables(url: str) -> dict[str, str]:
    """A hash of every table that a night writes or reads, letters and documents included."""
    hashes = {}
    with Store.open(url) as store, store.reading() as connection:
        for name in sorted(set(metadata.tables) - ACCOUNT):
            table = metadata.tables[name]
            columns = [column for column in table.c if column.name not in CLOCKS.get(name, [])]
            if any(column.info.get("sealed") for column in columns):
                rows = read_table(connection, table)[[c.name for c in columns]].to_csv()
            else:
                order = in_order(connection, table.primary_key)
                rows = repr(connection.execute(select(*columns).order_by(*order)).all())
            hashes[name] = hashlib.sha256(rows.encode()).hexdigest()
    return hashes


def statements_of(work: Callable[[], object]) -> int:
    """How many statements, commits and stages ``work`` goes through."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        _count_then(-1, lambda count: os.write(writing, str(count).encode()), work)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as told:
        return int(told.read())


def kill_at(moment: int, work: Callable[[], object]) -> bool:
    """Do ``work`` in a child that is killed before its ``moment``-th step; was it killed?"""
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        _count_then(moment, lambda _: None, work)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def kill_after(seconds: float, work: Callable[[], object]) -> bool:
    """Do ``work`` in a child that is killed after ``seconds``, wherever it is; was it killed?"""
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        _count_then(-1, lambda _: None, work)
    time.sleep(seconds)
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL


def night(url: str, as_of: str) -> Callable[[], object]:
    """The night's work; each of its stages is a step too."""
    return lambda: run_nightly(url, None, as_of, progress=_stage)


_steps: list[Callable[[], None]] = []


def _stage(_name: str) -> None:
    for step in _steps:
        step()


def _count_then(
    moment: int, tell: Callable[[int], object], work: Callable[[], object]
) -> NoReturn:  # pragma: no cover - the child's own life
    count = 0

    def step(*_: object) -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        _steps.append(step)
        event.listen(Engine, "before_cursor_execute", step)
        event.listen(Engine, "commit", step)
        work()
        tell(count)
        os._exit(0)
    finally:
        os._exit(70)


def spread(count: int, points: int) -> list[int]:
    """``points`` steps from the first to the last, evenly."""
    return sorted({1 + round(i * (count - 1) / (points - 1)) for i in range(points)})
