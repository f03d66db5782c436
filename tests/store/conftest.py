"""What the tests of the store share."""

from pathlib import Path

import pytest

from warning.demo.city import make_city


@pytest.fixture(scope="session")
def hamlet_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A few records' channel files, for what needs several nights."""
    return make_city(120, seed=5).write(tmp_path_factory.mktemp("hamlet"))
