"""What all tests share: English or Chinese is chosen by the test, never by the machine."""

import pytest


@pytest.fixture(autouse=True)
def _language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are English in tests unless a test asks for Chinese."""
    monkeypatch.setenv("WARNING_LANG", "en")
    monkeypatch.delenv("WARNING_STORE", raising=False)
