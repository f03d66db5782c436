"""Nights killed at every step and at random moments, on both databases: what was lost.

``PYTHONPATH=. python benchmarks/reliability.py --kills 200 --records 120``

A store with earlier nights is copied; its next night is killed before its n-th statement or commit,
or after a random time, each time from the beginning of the night, then run again to its end. The
tables, letters and documents must be those of a night that nothing disturbed. One night links
everything, another works from the memory of the one before.
"""

import argparse
import random
import shutil
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import make_url

from tests.conftest import load_town, pytest_configure
from tests.killing import kill_after, kill_at, night, night_tables, spread, statements_of
from tests.postgresql import Server, server
from warning.demo.city import make_city
from warning.nightly import run_nightly
from warning.store import Store
from warning.store.backup import write_backup
from warning.store.restoring import restore_backup

#: What the killed night does → the nights before it, and the night itself.
NIGHTS = {
    "links everything": ("2024-12-01", "2025-01-01"),
    "from memory": ("2024-12-19", "2024-12-22", "2024-12-25"),
}


def main() -> None:
    """Print a table: kills, nights that ended otherwise than undisturbed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200, help="of each kind on SQLite")
    parser.add_argument("--records", type=int, default=120)
    arguments = parser.parse_args()
    pytest_configure()  # a fixed key
    began = time.perf_counter()
    print("| night | database | killed | kills | nights run to their end | not as undisturbed |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind, (*before, last) in NIGHTS.items():
        with tempfile.TemporaryDirectory() as name, server() as running:
            directory = Path(name)
            files = make_city(arguments.records, seed=5).write(directory / "city")
            begun = f"sqlite:///{directory / 'begun.db'}"
            load_town(files, begun)
            for moment in before:
                run_nightly(begun, None, moment)
            killed(kind, last, directory, running, arguments.kills)
    print(f"\n{time.perf_counter() - began:.0f} s in all")


def killed(kind: str, last: str, directory: Path, running: Server, most: int) -> None:
    """Kill the night of ``last`` on both databases, and print a line for each way."""
    begun = directory / "begun.db"
    with Store.open(f"sqlite:///{begun}") as store, store.reading() as connection:
        write_backup(connection, directory / "b.zip", store.runs()["as_of"].max())
    there = running.database()
    restore_backup(directory / "b.zip", there)
    template = make_url(there).database or ""

    def fresh(database: str) -> str:
        if database == "PostgreSQL":
            return running.database(template)
        (directory / "w.db-wal").unlink(missing_ok=True)
        (directory / "w.db-shm").unlink(missing_ok=True)
        shutil.copy(begun, directory / "w.db")
        return f"sqlite:///{directory / 'w.db'}"

    url = fresh("SQLite")
    whole = time.perf_counter()
    night_of = run_nightly(url, None, last)
    whole = time.perf_counter() - whole
    assert night_of.summary["linked_from_memory"] == (kind == "from memory")
    expected = night_tables(url)

    def line(database: str, how: str, found: Counter[str]) -> None:
        print(f"| {kind}, {whole:.1f} s | {database} | {how} | {found['kills']} | {found['nights']} "
              f"| {found['wrong']} |", flush=True)  # fmt: skip

    def ends(url: str, found: Counter[str]) -> None:
        run_nightly(url, None, last)
        found["wrong"] += night_tables(url) != expected
        found["nights"] += 1

    chance = random.Random(7)
    for database, share in (("SQLite", 1.0), ("PostgreSQL", 0.25)):
        kills = round(most * share)
        count = statements_of(night(fresh(database), last))
        found: Counter[str] = Counter()
        for moment in spread(count, min(kills, count)):
            url = fresh(database)
            found["kills"] += kill_at(moment, night(url, last))
            ends(url, found)
        line(database, f"before one of its {count} statements and commits", found)
        found = Counter()
        while found["kills"] < kills:
            url = fresh(database)
            for _ in range(chance.randint(1, 5)):
                found["kills"] += kill_after(chance.uniform(0, whole), night(url, last))
            ends(url, found)
        line(database, "at random moments, up to five times a night", found)


if __name__ == "__main__":
    main()
