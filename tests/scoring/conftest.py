"""These tests read the Chinese messages."""

import pytest


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever language the machine asks for."""
    monkeypatch.setenv("WARNING_LANG", "zh")
