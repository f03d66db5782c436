"""What the tests of running share: a hamlet's store, nights in processes of their own, the log."""

import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import load_town
from tests.sharing import shared
from warning.logs import logger
from warning.nightly import run_nightly

ROOT = Path(__file__).parents[2]
Start = Callable[..., "subprocess.Popen[str]"]
#: The faults logged so far: event and code.
Logged = Callable[[], list[tuple[str, object]]]


@pytest.fixture(scope="session")
def hamlet_store(hamlet_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a few records and no night; tests copy it."""

    def make(directory: Path) -> None:
        load_town(hamlet_files, f"sqlite:///{directory / 'w.db'}")

    return shared(tmp_path_factory, "hamlet_store", make)[0] / "w.db"


@pytest.fixture(scope="session")
def hamlet_night(hamlet_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hamlet's store with a night; tests copy it."""

    def make(directory: Path) -> None:
        shutil.copy(hamlet_store, directory / "w.db")
        run_nightly(f"sqlite:///{directory / 'w.db'}", None, "2025-01-01")

    return shared(tmp_path_factory, "hamlet_night", make)[0] / "w.db"


@pytest.fixture
def hamlet(hamlet_store: Path, tmp_path: Path) -> str:
    """The URL of a copy of the hamlet's store."""
    shutil.copy(hamlet_store, tmp_path / "w.db")
    return f"sqlite:///{tmp_path / 'w.db'}"


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts ``warning`` with the given arguments as a process of its own."""

    def begin(*arguments: str, url: str, **environment: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "warning", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "WARNING_STORE": url, **environment},
        )

    return begin


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Logged:
    """Gives the faults logged in this process so far; no name of a person stands in them."""
    records: list[logging.LogRecord] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            records.append(record)

    monkeypatch.setattr(logger, "handlers", [Keeping(logging.ERROR)])
    monkeypatch.setattr(logger, "propagate", False)

    def faults() -> list[tuple[str, object]]:
        found = [(record.getMessage(), record.__dict__["fields"]) for record in records]
        assert "张三" not in str(found)
        return [(event, fields.get("code")) for event, fields in found]

    return faults
