"""Work other than a night, killed anywhere: nothing is half done, and doing it again ends it."""

import base64
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import make_url

from tests.conftest import load_town
from tests.copying import filled
from tests.killing import kill_at, night_tables, spread, statements_of
from tests.operations.test_operations_backup import released
from tests.postgresql import Server
from warning.demo.city import make_city
from warning.errors import RefusedError, StoreError, WarningError
from warning.keeping.finding import find
from warning.keeping.retention import purge
from warning.keeping.rights import erase
from warning.settings import load_settings
from warning.store import Store
from warning.store.backup import check_backup, write_backup
from warning.store.restoring import restore_backup

LATER = pd.Timestamp("2029-07-01")


@dataclass(frozen=True)
class Work:
    """Something done to a store, and the error by which it says that it is done already."""

    do: Callable[[str], object]
    done: type[WarningError] = RefusedError


def retire(url: str) -> None:
    """Let half of the records expire."""
    settings = load_settings()
    with Store.open(url) as store:
        purge(store, settings, LATER)


def forget_somebody(url: str) -> None:
    """Erase the first person with an ID number, who is told by it."""
    with Store.open(url) as store:
        erase(store, find(store, id_number=NUMBER[0]), "张警官", "本人申请", LATER)


def rotate(url: str) -> None:
    """Seal with a newer key."""
    with Store.open(url) as store:
        store.rotate()


#: Of whom is erased: found once, before anything is done.
NUMBER: list[str] = []


@pytest.fixture(scope="module")
def more(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files of another city, to be loaded."""
    return make_city(60, seed=8).write(tmp_path_factory.mktemp("more"))


Copy = Callable[[], str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def copy(
    request: pytest.FixtureRequest, hamlet_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Copy:
    """Gives the URLs of copies of a store that nobody has touched, on each database in turn."""
    directory, numbers = tmp_path_factory.mktemp("copies"), count(1)
    if request.param == "sqlite":
        return lambda: filled(
            hamlet_night, f"sqlite:///{directory / f'{next(numbers)}.db'}", directory
        )
    running: Server = request.getfixturevalue("postgresql")
    template = make_url(filled(hamlet_night, running.database(), directory)).database or ""
    return lambda: running.database(template)


@pytest.mark.parametrize("name", ["load", "retention", "erasure", "rotation"])
def test_work_killed_anywhere_is_whole_or_undone(
    name: str, copy: Copy, more: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before its first statement, halfway, near its end and before its commit; done again."""
    work = {
        "load": Work(partial(load_town, more)),
        "retention": Work(retire),
        "erasure": Work(forget_somebody),
        "rotation": Work(rotate, StoreError),
    }[name]
    begun = copy()
    before = night_tables(begun)
    with Store.open(begun) as store:
        NUMBER[:] = [store.table("parties")["id_number"].dropna().iloc[0]]
    if name == "rotation":
        new, old = (base64.b64encode(bytes(range(at, at + 32))).decode() for at in (32, 0))
        monkeypatch.setenv("WARNING_KEY", f"{new},{old}")
    steps = statements_of(lambda: work.do(begun))
    undisturbed = night_tables(begun)
    assert undisturbed != before
    killed = 0
    for moment in (1, steps // 2, steps - 2, steps):
        url = copy()
        killed += kill_at(moment, lambda url=url: work.do(url))
        with suppress(work.done):
            work.do(url)
        assert night_tables(url) == undisturbed
    assert killed == 4


def test_a_migration_killed_anywhere_goes_on(tmp_path: Path) -> None:
    """A store of the first release, opened until it is one of this version."""

    def opened(path: Path) -> None:
        Store.open(f"sqlite:///{path}").close()

    released("0001", tmp_path / "whole.db")
    steps = statements_of(lambda: opened(tmp_path / "whole.db"))
    undisturbed = night_tables(f"sqlite:///{tmp_path / 'whole.db'}")
    for moment in spread(steps, 4):
        path = tmp_path / f"{moment}.db"
        released("0001", path)
        assert kill_at(moment, lambda path=path: opened(path))
        assert night_tables(f"sqlite:///{path}") == undisturbed


def test_a_backup_killed_anywhere_leaves_a_whole_file_or_none(
    hamlet_night: Path, tmp_path: Path
) -> None:
    """A restore that is killed fills the store as a whole or not at all."""
    out = tmp_path / "b.zip"

    def backup() -> None:
        with Store.open(f"sqlite:///{hamlet_night}") as store, store.reading() as connection:
            write_backup(connection, out, LATER.to_pydatetime())

    for moment in spread(statements_of(backup), 4):
        out.unlink(missing_ok=True)
        kill_at(moment, backup)
        if out.exists():
            check_backup(out)
    out.unlink(missing_ok=True)
    backup()
    whole = night_tables(f"sqlite:///{hamlet_night}")
    steps = statements_of(lambda: restore_backup(out, f"sqlite:///{tmp_path / 'count.db'}"))
    for moment in spread(steps, 3):
        url = f"sqlite:///{tmp_path / f'{moment}.db'}"
        assert kill_at(moment, lambda url=url: restore_backup(out, url))
        with suppress(StoreError):
            restore_backup(out, url)
        assert night_tables(url) == whole
