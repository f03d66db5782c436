"""Nights killed at every step and at random moments, on both databases: what was lost.

``PYTHONPATH=. python benchmarks/reliability.py --kills 200 --records 120``

A store with a first night is copied; its second night is killed before its n-th statement or
commit, or after a random time, each time from the beginning of the night, then run again to its
end. The tables, letters and documents must be those of a night that nothing disturbed.
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
from tests.postgresql import server
from warning.demo.city import make_city
from warning.nightly import run_nightly
from warning.store import Store
from warning.store.backup import restore_backup, write_backup

FIRST, SECOND = "2024-12-01", "2025-01-01"


def main() -> None:
    """Print a table: kills, nights that ended otherwise than undisturbed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=200, help="of each kind on SQLite")
    parser.add_argument("--records", type=int, default=120)
    arguments = parser.parse_args()
    pytest_configure()  # a fixed key
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name, server() as running:
        directory = Path(name)
        files = make_city(arguments.records, seed=5).write(directory / "city")
        begun = directory / "begun.db"
        load_town(files, f"sqlite:///{begun}")
        run_nightly(f"sqlite:///{begun}", None, FIRST)
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
        run_nightly(url, None, SECOND)
        whole = time.perf_counter() - whole
        expected = night_tables(url)
        chance = random.Random(7)
        print("| database | killed | kills | nights run to their end | not as undisturbed |")
        print("| --- | --- | --- | --- | --- |")
        for database, share in (("SQLite", 1.0), ("PostgreSQL", 0.25)):
            kills = round(arguments.kills * share)
            count = statements_of(night(fresh(database), SECOND))
            found: Counter[str] = Counter()
            for moment in spread(count, min(kills, count)):
                url = fresh(database)
                found["kills"] += kill_at(moment, night(url, SECOND))
                found["wrong"] += _ends_otherwise(url, expected)
                found["nights"] += 1
            print(f"| {database} | before one of its {count} statements and commits | "
                  f"{found['kills']} | {found['nights']} | {found['wrong']} |", flush=True)  # fmt: skip
            found = Counter()
            while found["kills"] < kills:
                url = fresh(database)
                for _ in range(chance.randint(1, 5)):
                    found["kills"] += kill_after(chance.uniform(0, whole), night(url, SECOND))
                found["wrong"] += _ends_otherwise(url, expected)
                found["nights"] += 1
            print(f"| {database} | at random moments, up to five times a night | "
                  f"{found['kills']} | {found['nights']} | {found['wrong']} |", flush=True)  # fmt: skip
    print(f"\n{time.perf_counter() - began:.0f} s in all; an undisturbed night {whole:.2f} s")


def _ends_otherwise(url: str, expected: dict[str, str]) -> bool:
    run_nightly(url, None, SECOND)
    return night_tables(url) != expected


if __name__ == "__main__":
    main()
