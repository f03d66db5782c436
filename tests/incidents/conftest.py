import pytest
from made_up_reports import city, linked

from warning.matching.links import Links
from warning.settings import Settings, load_settings


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The packaged defaults."""
    return load_settings()


@pytest.fixture(scope="session")
def city_links(settings: Settings) -> Links:
    """The made-up city, linked; tests must not change it."""
    return linked(settings, *city())
