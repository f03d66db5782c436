"""What costs seconds to make is made once for all workers of a run, and copied by its tests."""

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

Made = TypeVar("Made")


def shared(
    factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Made]
) -> tuple[Path, Made]:
    """A directory that ``make`` filled and what it gave, by whichever worker came first.

    Args:
        factory: of the session.
        name: of the directory; one for each thing that is made.
        make: fills the directory; what it gives can be pickled.
    """
    root = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # a worker's own directory stands in the run's
        root = root.parent
    directory, done = root / f"shared_{name}", root / f"shared_{name}.pickle"
    with (root / f"shared_{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            directory.mkdir()
            done.write_bytes(pickle.dumps(make(directory)))
    return directory, pickle.loads(done.read_bytes())
