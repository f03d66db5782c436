"""These tests read the Chinese messages, and fit trees on one thread."""

from collections.abc import Iterator

import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever language the machine asks for."""
    monkeypatch.setenv("WARNING_LANG", "zh")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> Iterator[None]:
    """Small trees on many threads of a busy machine wait for each other."""
    with threadpool_limits(1):
        yield
