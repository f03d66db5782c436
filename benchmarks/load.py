"""Years of nights, compressed: size, seconds and memory a night; does a process leak?

``PYTHONPATH=. python benchmarks/load.py --records 2000 --nights 100``

A city's records are stretched over five years and delivered night by night to one store, in one
process. The nights lie further apart than a day, so ``rebuild_days`` is stretched with them: one
night in seven links everything, the others go on from memory. Each line is a night: records known,
seconds of processor time, memory held after the night, of it in use (what is left when free pages
are given back to the machine), size of the store; ``--picture FILE.svg``
plots them. ``--postgresql`` starts a server of its own; else an SQLite file. ``--still N``: N more
nights in the same process without a new record, of which only a leak would grow.
"""

import argparse
import ctypes
import gc
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sqlalchemy import text

from benchmarks.load_picture import picture
from tests.conftest import pytest_configure
from tests.postgresql import server
from warning.demo.city import AS_OF, make_city
from warning.keeping.retention import purge
from warning.nightly import run_nightly
from warning.reading import from_frames, read_records
from warning.settings import Settings, load_settings
from warning.store import Store

YEARS = 5
#: Nights from one rebuild to the next, as ``rebuild_days`` has it when nights are a day apart.
REBUILD_NIGHTS = 7
END = pd.Timestamp("2025-12-31")


def main() -> None:
    """Print a table of nights and what grows with what."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=2000)
    parser.add_argument("--nights", type=int, default=100)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--still", type=int, default=0)
    parser.add_argument("--keep", type=int)
    parser.add_argument("--picture", type=Path)
    arguments = parser.parse_args()
    pytest_configure()  # a fixed key
    chosen = settings_for(arguments.nights, arguments.keep)
    running = server() if arguments.postgresql else nullcontext()
    with tempfile.TemporaryDirectory() as name, running as started:
        directory = Path(name)
        files = make_city(arguments.records, seed=7).write(directory / "city")
        tables = read_records(files, chosen.channels, clock=AS_OF + pd.Timedelta(days=2))
        records, parties = (
            stretched(tables.records),
            tables.parties.drop(columns="row", errors="ignore"),
        )
        url = started.database() if started else f"sqlite:///{directory / 'w.db'}"
        with Store.open(url) as store:
            measured = nights(
                store, chosen, records, parties, arguments.nights, directory / "w.db",
                expires=arguments.keep is not None,
            )  # fmt: skip
            still = [held_after(store, chosen, day) for day in range(1, arguments.still + 1)]
            before = size_of(store, directory / "w.db")
            store.vacuum()
            after = size_of(store, directory / "w.db")
    frame = pd.DataFrame(measured)
    report(frame, before, after)
    if still:
        half = len(still) // 2
        print(f"{len(still)} nights without a new record: {still[0]:.1f} MiB in use after the first, "
              f"{still[half]:.1f} after the {half + 1}th, {still[-1]:.1f} after the last")  # fmt: skip
    if arguments.picture:
        database = "PostgreSQL" if started else "SQLite"
        shown = [("seconds", "processor seconds a night"), ("memory_mb", "MiB held after it"),
                 ("store_mb", "MiB of the store")]  # fmt: skip
        title = f"{len(frame)} nights over {YEARS} years, {database}"
        arguments.picture.write_text(picture(frame, "records", shown, title), encoding="utf-8")


def report(frame: pd.DataFrame, before: float, after: float) -> None:
    """Print a tenth of the nights and how each figure grows with the records known."""
    step = max(1, len(frame) // 10)
    print(frame.iloc[step - 1 :: step].to_string(index=False))
    seconds = np.polyfit(frame["records"], frame["seconds"], 1)
    mega = np.polyfit(frame["records"], frame["store_mb"], 1)
    late = frame.iloc[len(frame) // 2 :]
    leak = np.polyfit(late["records"], late["in_use_mb"], 1)
    share = np.corrcoef(frame["records"], frame["store_mb"])[0, 1] ** 2
    print(f"\nseconds of a night: {seconds[1]:.2f} + {1000 * seconds[0]:.3f} a thousand records")
    print(f"store: {1000 * mega[0]:.2f} MB a thousand records (R² {share:.3f}); "
          f"{before:.1f} MB, vacuumed {after:.1f} MB")  # fmt: skip
    print(f"memory in use, second half of the nights: {1000 * leak[0]:.1f} MB a thousand records, "
          f"{late['in_use_mb'].iloc[-1] - late['in_use_mb'].iloc[0]:+.1f} MB over {len(late)} nights; "
          f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")  # fmt: skip


def stretched(records: pd.DataFrame) -> pd.DataFrame:
    """The records with their times spread over the years."""
    first, last = records["reported_at"].min(), records["reported_at"].max()
    factor = pd.Timedelta(days=365.25 * YEARS) / (last - first)
    spread = {
        name: (END - (last - records[name]) * factor).dt.floor("s").astype("datetime64[us]")
        for name in ("reported_at", "occurred_at")
    }
    return records.assign(**spread)


def settings_for(count: int, keep: int | None) -> Settings:
    """The settings with a rebuild every seventh of ``count`` nights, and with a short retention."""
    packaged = load_settings()
    days = int(np.ceil(REBUILD_NIGHTS * 365.25 * YEARS / count))
    changed: dict[str, Any] = {
        "matching": packaged.matching.model_copy(update={"rebuild_days": days})
    }
    if keep is not None:
        short = {"records_days": keep, "warnings_days": keep, "keep_open_cases": False}
        changed["retention"] = packaged.retention.model_copy(update=short)
    return Settings(**{**vars(packaged), **changed})


def nights(
    store: Store, chosen: Settings, records: pd.DataFrame, parties: pd.DataFrame, count: int,
    path: Path, *, expires: bool,
) -> list[dict[str, float]]:  # fmt: skip
    """Deliver and run each night; returns its figures."""
    moments = pd.date_range(END - pd.Timedelta(days=365.25 * YEARS), END, periods=count + 1)[1:]
    rows: list[dict[str, float]] = []
    before = pd.Timestamp("1900-01-01")
    for moment in moments.floor("s"):
        fresh = records[(records["reported_at"] > before) & (records["reported_at"] <= moment)]
        key = ["channel", "record_id"]
        mine = parties.merge(fresh[key].drop_duplicates(), on=key)
        if len(fresh):
            loaded = from_frames(fresh, mine, chosen.channels, moment)
            store.load(loaded, "load", moment.to_pydatetime())
        began = time.process_time()
        if expires and len(rows) % REBUILD_NIGHTS == 0:
            purge(store, chosen, moment)
        night = run_nightly(store, chosen, moment)
        seconds = time.process_time() - began
        gc.collect()
        rows.append({"night": len(rows) + 1, "records": night.summary["records"],
                     "letters": night.summary["letters"], "seconds": round(seconds, 2),
                     "memory_mb": round(held_mb(), 1), "in_use_mb": round(in_use_mb(), 1),
                     "store_mb": round(size_of(store, path), 2)})  # fmt: skip
        before = moment
        print(*rows[-1].values(), file=sys.stderr, flush=True)
    return rows


def held_after(store: Store, settings: Settings, day: int) -> float:
    """MiB in use after a night ``day`` days past the last delivery."""
    run_nightly(store, settings, END + pd.Timedelta(days=day))
    gc.collect()
    return in_use_mb()


def held_mb() -> float:
    """Resident memory of this process now, in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


def in_use_mb() -> float:
    """The same once free pages were given back, as far as the allocators can."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of the GNU C library
    if trim is not None:
        trim(0)
    return held_mb()


def size_of(store: Store, path: Path) -> float:
    """MiB of the SQLite file with its log, or of the PostgreSQL database."""
    if path.exists():
        return sum(part.stat().st_size for part in path.parent.glob(f"{path.name}*")) / 2**20
    with store.reading() as connection:
        size = connection.execute(text("SELECT pg_database_size(current_database())"))
        return int(size.scalar_one()) / 2**20


if __name__ == "__main__":
    main()
