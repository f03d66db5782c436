"""Does a night cost more because a city has a longer history?

``OPENBLAS_NUM_THREADS=1 PYTHONPATH=. python -W ignore benchmarks/history.py --records 130000``

A city's records are spread over five years, so that every year brings as many. At the end of
each year a night links everything, and the two nights after it, a day apart, work from its memory;
before each what was reported by then is loaded. Processor seconds (user and system) of each, of the
last day's load and of the parts of the nights from memory (their mean), and the peak of memory
until then.
"""

import argparse
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.load import END, YEARS, size_of
from benchmarks.night_parts import PARTS, Spent, as_method
from tests.conftest import pytest_configure
from warning.demo.city import AS_OF, make_city
from warning.nightly import peak_memory_mb, run_nightly
from warning.reading import from_frames, read_records
from warning.settings import load_settings
from warning.store import Store

FROM_MEMORY = 2


def main() -> None:
    """Print a line a year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=130_000)
    options = parser.parse_args()
    pytest_configure()  # a fixed key
    with tempfile.TemporaryDirectory() as name:
        years(options.records, Path(name))


def years(count: int, directory: Path) -> None:
    """Load and run the nights at the end of each year."""
    settings, spent = load_settings(), Spent()
    files = make_city(count, seed=7).write(directory / "city")
    tables = read_records(files, settings.channels, clock=AS_OF + pd.Timedelta(days=2))
    records, parties = evenly(tables.records), tables.parties.drop(columns="row")
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(f"sqlite:///{directory / 'warning.db'}"))
        for part, (place, attribute) in PARTS.items():
            wrapped = spent.of(part, getattr(place, attribute))
            wrapped = as_method(wrapped) if place is Store else wrapped
            stack.enter_context(patch.object(place, attribute, wrapped))
        known = pd.Timestamp("1900-01-01")
        for year in range(1, YEARS + 1):
            first = END - pd.DateOffset(years=YEARS - year) - pd.Timedelta(days=FROM_MEMORY)
            seconds, loading = [], []
            for day in range(1 + FROM_MEMORY):
                moment = first + pd.Timedelta(days=day)
                fresh = records[
                    (records["reported_at"] > known) & (records["reported_at"] <= moment)
                ]
                key = ["channel", "record_id"]
                theirs = parties.merge(fresh[key].drop_duplicates(), on=key)
                loaded = from_frames(fresh, theirs, settings.channels, moment)
                began = time.process_time()
                store.load(loaded, "load", moment.to_pydatetime())
                loading.append(time.process_time() - began)
                known = moment
                if day == 1:
                    spent.seconds.clear()
                began = time.process_time()
                night = run_nightly(store, settings, moment, rebuild=day == 0)
                seconds.append(time.process_time() - began)
            mean = sum(seconds[1:]) / FROM_MEMORY
            parts = {part: total / FROM_MEMORY for part, total in spent.seconds.items()}
            parts["rest"] = mean - sum(parts.values())
            print(f"year {year}: {night.summary['records']} records, {night.summary['cases']} cases, "
                  f"{len(night.warnings)} graded; from nothing {seconds[0]:.1f} CPU s, from memory "
                  f"{mean:.2f}, a day's load {loading[-1]:.2f}; "
                  f"{size_of(store, directory / 'warning.db'):.0f} MiB of the store, "
                  f"peak {peak_memory_mb():.0f} MiB", flush=True)  # fmt: skip
            print("  " + ", ".join(f"{part} {own:.2f}" for part, own in parts.items()), flush=True)


def evenly(records: pd.DataFrame) -> pd.DataFrame:
    """The records in their order, as many reported on each day of the years."""
    order = np.sort(records["reported_at"].to_numpy("datetime64[s]").astype(np.int64))
    spread = {}
    for name in ("reported_at", "occurred_at"):
        moment = records[name].to_numpy("datetime64[s]").astype(np.int64)
        share = np.interp(moment, order, np.linspace(0, 1, len(order)))
        since = pd.to_timedelta((share - 1) * 365.25 * YEARS, unit="D").floor("s")
        spread[name] = pd.Series(END + since, records.index).where(records[name].notna())
    return records.assign(**spread).astype(dict.fromkeys(spread, "datetime64[us]"))


if __name__ == "__main__":
    main()
