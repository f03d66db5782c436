"""What all tests share: English or Chinese is chosen by the test, never by the machine."""

import base64
import gc
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from tests.copying import like
from tests.postgresql import Server, server
from tests.sharing import shared
from warning.demo.city import AS_OF, City, make_city
from warning.nightly import run_nightly
from warning.reading import read_records
from warning.settings import Settings, load_settings
from warning.store import Store
from warning.store.connection import connect
from warning.store.migrate import migrate


def pytest_configure() -> None:
    """Messages are English in tests unless a test asks for Chinese.

    What a shell runs in the background ignores Ctrl-C; the tests that send it do not.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["WARNING_LANG"] = "en"
    os.environ.pop("WARNING_STORE", None)
    # One fixed key, so that no test looks for or makes a key in the user's home.
    os.environ["WARNING_KEY"] = base64.b64encode(bytes(range(32))).decode()
    pa.set_memory_pool(pa.system_memory_pool())  # as the command does


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests begin, so that no worker is left alone with them at the end."""
    items.sort(key=lambda item: {"operations", "store"}.isdisjoint(item.path.parts))


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not walk it again in every test, a tenth of all.

    Nor need it look so often: frames of little tables are many objects that live for a moment.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def town() -> City:
    """A small city with its truth; the same in every session."""
    return make_city(600, seed=3)


@pytest.fixture(scope="session")
def town_files(town: City, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Its channels' files."""
    return town.write(tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def hamlet_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A few records' channel files, for what needs several nights."""
    return shared(tmp_path_factory, "hamlet_files", make_city(120, seed=5).write)[1]


def load_town(files: list[Path], url: str) -> None:
    """Load the town's files into a new store."""
    settings = load_settings()
    clock = pd.Timestamp("2025-01-02")
    with Store.open(url) as store:
        tables = read_records(files, settings.channels, clock=clock)
        store.load(tables, "town", clock.to_pydatetime())


def from_memory() -> Settings:
    """The packaged settings, but a night links from the first one's memory however old it is."""
    packaged = load_settings()
    matching = packaged.matching.model_copy(update={"rebuild_days": 1000})
    return replace(packaged, matching=matching)


@pytest.fixture(scope="session")
def night_store(town_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store on which one night of the town was run; tests must not change it."""

    def make(directory: Path) -> None:
        url = f"sqlite:///{directory / 'w.db'}"
        load_town(town_files, url)
        run_nightly(url, None, AS_OF)

    path = tmp_path_factory.mktemp("store") / "w.db"
    # A copy: who reads notes it in the audit log.
    shutil.copy(shared(tmp_path_factory, "night_store", make)[0] / "w.db", path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """A real PostgreSQL server, started when the first test asks for it."""
    with server() as running:
        yield running


def with_tables(url: str) -> str:
    """Make the tables of a store at ``url``; who opens it first brings the key."""
    engine = connect(url)
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        migrate(connection, url)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite store with nothing in its tables; tests copy it."""
    return with_tables(f"sqlite:///{tmp_path_factory.mktemp('empty') / 'w.db'}")


@pytest.fixture(scope="session")
def empty_postgresql(postgresql: Server) -> str:
    """A PostgreSQL store with nothing in its tables; tests copy it."""
    return with_tables(postgresql.database())


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, on each database in turn."""
    return like(request.getfixturevalue(f"empty_{request.param}"), tmp_path, request)


@pytest.fixture(params=["sqlite", "postgresql"])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a store that is not made yet, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'w.db'}"
    url: str = request.getfixturevalue("postgresql").database()
    return url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def module_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store that a module's tests copy, not made yet, on each database in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('module') / 'w.db'}"
    url: str = request.getfixturevalue("postgresql").database()
    return url
