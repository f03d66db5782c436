"""Does a night cost more because a city has a longer history?

``OPENBLAS_NUM_THREADS=1 PYTHONPATH=. python -W ignore benchmarks/history.py --records 130000
[--years 5] [--same-nights] [--rounds 3]``

A city's records are spread over the years, so that every year brings as many. At the end of each
year what has expired by the packaged settings (after five years) is deleted, a night links
everything, and the next one works from its memory. Then the nights after these, one a year, run in
turn on copies of their stores, round by round: what a machine does beside one falls on all years.
Processor seconds (user and system): of the nights in the rounds and their median, of the parts of a
night (medians), of the night from nothing and of the last day's load.

``--same-nights``: the nights at the end of the last year alone, in stores of their own that know the
last year, the last two, … all. Then nothing differs but how much history stands behind the same
days.
"""

import argparse
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

import numpy as np
import pandas as pd

from benchmarks.load import END, size_of
from benchmarks.night_parts import PARTS, Spent, as_method
from tests.conftest import pytest_configure
from warning.demo.city import AS_OF, make_city
from warning.keeping.retention import purge
from warning.nightly import run_nightly
from warning.reading import from_frames, read_records
from warning.settings import load_settings
from warning.store import Store

DAY = pd.Timedelta(days=1)


def main() -> None:
    """Print a line a year, and one of the parts of its nights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=130_000)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--same-nights", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pytest_configure()  # a fixed key
    with tempfile.TemporaryDirectory() as name, in_parts() as spent:
        city, nights = City(options.records, options.years, Path(name)), []
        for year in range(1, options.years + 1):
            if options.same_nights:
                city.forget(END - pd.DateOffset(years=year))
                nights.append(city.until(f"{year} years of history", END))
            else:
                last = END - pd.DateOffset(years=options.years - year)
                nights.append(city.until(f"year {year}", last))
        for _ in range(options.rounds):
            for night in nights:
                night.run(spent)
        for night in nights:
            night.tell()


@contextmanager
def in_parts() -> Iterator[Spent]:
    """The seconds of the parts of nights are noted."""
    spent = Spent()
    with ExitStack() as stack:
        for part, (place, attribute) in PARTS.items():
            wrapped = spent.of(part, getattr(place, attribute))
            wrapped = as_method(wrapped) if place is Store else wrapped
            stack.enter_context(patch.object(place, attribute, wrapped))
        yield spent


class City:
    """A city's records, and the store that they are loaded into."""

    def __init__(self, count: int, years: int, directory: Path) -> None:
        self.settings, self.path = load_settings(), directory / "warning.db"
        files = make_city(count, seed=7).write(directory / "city")
        tables = read_records(files, self.settings.channels, clock=AS_OF + 2 * DAY)
        self.records = evenly(tables.records, years)
        self.parties = tables.parties.drop(columns="row")
        self.known = pd.Timestamp("1900-01-01")

    def forget(self, known: pd.Timestamp) -> None:
        """Begin a new store, which will know what is reported after ``known``."""
        self.path.unlink(missing_ok=True)
        self.known = known

    def until(self, name: str, last: pd.Timestamp) -> "NightBefore":
        """Everything until the night of ``last``, which is yet to run on a copy of the store."""
        with Store.open(f"sqlite:///{self.path}") as store:
            purge(store, self.settings, last - 2 * DAY)
            seconds: list[float] = []
            for moment in (last - 2 * DAY, last - DAY, last):
                began = time.process_time()
                self.load(store, moment)
                loading = time.process_time() - began
                if moment < last:
                    run_nightly(store, self.settings, moment, rebuild=not seconds)
                    seconds.append(time.process_time() - began - loading)
            size = size_of(store, self.path)
        about = (f"from nothing {seconds[0]:.0f} CPU s, a day's load {loading:.2f}, "
                 f"{size:.0f} MiB of the store")  # fmt: skip
        copy = self.path.with_name(f"{name}.db")
        shutil.copy(self.path, copy)
        return NightBefore(name, copy, last, about, [])

    def load(self, store: Store, moment: pd.Timestamp) -> None:
        """Load what was reported since the last time."""
        reported = self.records["reported_at"]
        fresh = self.records[(reported > self.known) & (reported <= moment)]
        key = ["channel", "record_id"]
        theirs = self.parties.merge(fresh[key].drop_duplicates(), on=key)
        loaded = from_frames(fresh, theirs, self.settings.channels, moment)
        store.load(loaded, "load", moment.to_pydatetime())
        self.known = moment


@dataclass
class NightBefore:
    """A store on the eve of a night, and what that night cost each time."""

    name: str
    path: Path
    as_of: pd.Timestamp
    about: str
    parts: list[dict[str, float]]

    def run(self, spent: Spent) -> None:
        """Run the night on a copy."""
        copy = self.path.with_name("copy.db")
        shutil.copy(self.path, copy)
        spent.seconds.clear()
        began = time.process_time()
        night = run_nightly(f"sqlite:///{copy}", None, self.as_of)
        seconds = time.process_time() - began
        self.counts = (f"{night.summary['records']} records, {night.summary['cases']} cases, "
                       f"{len(night.warnings)} graded")  # fmt: skip
        rest = seconds - sum(spent.seconds.values())
        self.parts.append({"night": seconds, **spent.seconds, "rest": rest})
        copy.unlink()

    def tell(self) -> None:
        """Print what was found."""
        nights = [parts["night"] for parts in self.parts]
        each = ", ".join(f"{seconds:.2f}" for seconds in nights)
        print(f"{self.name}: {self.counts}; {median(nights):.2f} CPU s ({each}); {self.about}")
        medians = {name: median(p[name] for p in self.parts) for name in self.parts[0]}
        del medians["night"]
        print("  " + ", ".join(f"{name} {own:.2f}" for name, own in medians.items()), flush=True)


def evenly(records: pd.DataFrame, years: int) -> pd.DataFrame:
    """The records in their order, as many reported on each day of the years."""
    order = np.sort(records["reported_at"].to_numpy("datetime64[s]").astype(np.int64))
    spread = {}
    for name in ("reported_at", "occurred_at"):
        moment = records[name].to_numpy("datetime64[s]").astype(np.int64)
        share = np.interp(moment, order, np.linspace(0, 1, len(order)))
        since = pd.to_timedelta((share - 1) * 365.25 * years, unit="D").floor("s")
        spread[name] = pd.Series(END + since, records.index).where(records[name].notna())
    return records.assign(**spread).astype(dict.fromkeys(spread, "datetime64[us]"))


if __name__ == "__main__":
    main()
