import pytest

from warning.settings import Settings, load_settings


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The packaged defaults."""
    return load_settings()
