"""Commands other than a night, killed at each step and at random moments on SQLite: what was lost.

``PYTHONPATH=. python benchmarks/reliability_commands.py --kills 16 --records 60``

Each kill is of a copy of one store with a night. The command runs in a process of its own that is
ended by SIGKILL before its n-th statement or after a random time, then is given once more to its
end (or is refused as done), and the store must be that of a command that nothing disturbed: every
table but the account of who looked, the space of what was deleted given back, the entries of the
audit that tell of the change there once, ``warning check`` and ``warning audit verify`` content.
"""

import argparse
import base64
import contextlib
import io
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path

from sqlalchemy import select

from tests.conftest import load_town, pytest_configure
from tests.killing import kill_after, kill_at, night_tables, spread, statements_of
from warning import cli, moments
from warning.demo.city import make_city
from warning.errors import UsageError
from warning.keeping.finding import find
from warning.keeping.retention import DELETED_FILES, PURGED
from warning.nightly import run_nightly
from warning.store import Store
from warning.store.keys import KEY_VARIABLE
from warning.store.operation_tables import audit, keys
from warning.store.tables import loads

#: The clock of every command: half of the records have expired.
NOW = datetime(2029, 7, 1)
#: Entries of the audit that tell of a change; others say who opened the store for what.
CHANGES = frozenset({
    "restore", "rights erased", "rights corrected", PURGED, DELETED_FILES, "keys rotated",
})  # fmt: skip


class Stopped(datetime):
    """A clock that stands still, so that two runs can be compared."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Stopped":
        """Always :data:`NOW`."""
        return cls(NOW.year, NOW.month, NOW.day, tzinfo=tz)


@dataclass(frozen=True)
class Command:
    """A command, the store that it begins with (None: an empty place) and the keys it has."""

    arguments: tuple[str, ...]
    begun: Path | None
    keys: str


@dataclass(frozen=True)
class State:
    """What a command leaves: tables by hash, the audit's entries of changes, whether all is well."""

    tables: dict[str, str]
    entries: Counter[tuple[str, str]]
    well: bool


def main() -> None:
    """Print a table: kills, and of the stores after them what is not as undisturbed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20, help="of each command and kind")
    parser.add_argument("--records", type=int, default=60)
    parser.add_argument("--only", nargs="+", metavar="COMMAND", help="such as 'rights erase'")
    options = parser.parse_args()
    pytest_configure()  # a fixed key
    began = time.perf_counter()
    print("| command, undisturbed | killed | kills | refused as done | tables not as "
          "undisturbed | entries of the audit lacking | doubled | not well |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for title, command in commands(directory, options.records).items():
            if options.only and title not in options.only:
                continue
            os.environ[KEY_VARIABLE] = command.keys
            killed(title, command, directory, options.kills)
    print(f"\n{time.perf_counter() - began:.0f} s in all")


def commands(directory: Path, records: int) -> dict[str, Command]:
    """The commands, on a store with a night and its backup."""
    begun, backup = directory / "begun.db", directory / "b.zip"
    url = f"sqlite:///{begun}"
    load_town(make_city(records, seed=5).write(directory / "city"), url)
    run_nightly(url, None, "2025-01-01")
    moments.datetime = Stopped  # type: ignore[attr-defined]
    assert ended("backup", "--out", str(backup), "--store", url)[0] == 0
    with Store.open(url) as store:
        numbers = store.table("parties")["id_number"].dropna()
        number = next(number for number in numbers if of_one_person(store, number))
    own = ("--id-number", number, "--reason", "asked")
    old = os.environ[KEY_VARIABLE]
    new = base64.b64encode(bytes(range(32, 64))).decode()
    of_store = Command((), begun, old)
    return {
        "restore": Command(("restore", str(backup)), None, old),
        "rights erase": replace(
            of_store, arguments=("rights", "erase", *own, "--user", "x", "--yes")
        ),
        "rights correct": replace(
            of_store, arguments=("rights", "correct", *own, "--set", "phone=13900000009")
        ),
        "retention": replace(of_store, arguments=("retention", "--clock-is-right")),
        "keys rotate": Command(("keys", "rotate"), begun, f"{new},{old}"),
    }


def of_one_person(store: Store, number: str) -> bool:
    """Whether it is a whole ID number that nobody shares."""
    try:
        return not find(store, id_number=number).shared
    except UsageError:
        return False


def killed(title: str, command: Command, directory: Path, most: int) -> None:
    """Kill the command before its statements and at random moments; print a line for each kind."""
    file = directory / "w.db"
    url = f"sqlite:///{file}"
    given = (*command.arguments, "--store", url)

    def fresh() -> None:
        for end in ("", "-wal", "-shm"):
            Path(f"{file}{end}").unlink(missing_ok=True)
        if command.begun is not None:
            shutil.copy(command.begun, file)

    def work() -> None:
        with silent():
            cli.run(given)

    def ends(found: Counter[str]) -> None:
        done = ended(*given)[0] != 0
        found["done"] += done
        state = state_of(url)
        found["tables"] += state.tables != expected.tables
        found["lacking"] += bool(expected.entries - state.entries)
        # A purge that is given again finds nothing and says so: an entry of its own.
        found["doubled"] += any(
            state.entries[one] > expected.entries[one] for one in expected.entries
        )
        found["unwell"] += not state.well

    def line(how: str, found: Counter[str]) -> None:
        told = [found[name] for name in ("kills", "done", "tables", "lacking", "doubled", "unwell")]
        print(f"| {title}, {whole:.1f} s | {how} | {' | '.join(map(str, told))} |", flush=True)

    fresh()
    code, told = ended(*given)  # imports what the command needs
    assert code == 0, told
    expected = state_of(url)
    assert expected.well
    assert expected.entries
    fresh()
    whole = time.perf_counter()
    ended(*given)
    whole = time.perf_counter() - whole
    fresh()
    count = statements_of(work)
    found: Counter[str] = Counter()
    for moment in spread(count, min(most, count)):
        fresh()
        found["kills"] += kill_at(moment, work)
        ends(found)
    line(f"before one of its {count} statements and commits", found)
    found, chance = Counter(), random.Random(7)
    while found["kills"] < most:
        fresh()
        if kill_after(chance.uniform(0, whole), work):
            found["kills"] += 1
            ends(found)
    line("at random moments", found)


def state_of(url: str) -> State:
    """What the store holds, and whether its space is given back and the checks are content."""
    well = ended("check", "--store", url)[0] == 0
    well &= ended("audit", "verify", "--store", url)[0] == 0
    hashes = night_tables(url)
    with Store.open(url) as store, store.reading() as connection:
        for table in (keys, loads):
            hashes[table.name] = repr(connection.execute(select(table)).all())
        rows = connection.execute(select(audit.c.action, audit.c.what)).all()
        well &= store.owed_since() is None
    entries = Counter((row.action, row.what) for row in rows if row.action in CHANGES)
    return State(hashes, entries, well)


def ended(*arguments: str) -> tuple[int, str]:
    """Run a command to its end: its exit code and what it said."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        return cli.run(arguments), out.getvalue()


@contextlib.contextmanager
def silent() -> Iterator[None]:
    """What is said goes nowhere."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        yield


if __name__ == "__main__":
    main()
