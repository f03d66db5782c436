"""What a night is made of: CPU seconds a part, and the shares of scoring and of escalation.

``PYTHONPATH=. python -W ignore benchmarks/night_parts.py --records 130000 --nights 4``

A demo city of so many records is loaded into a store of its own. The first night links everything,
those after it, a day apart, work from its memory, and the last links everything again. All seconds
are the processor's (user and system); a share is of the whole night, reading and keeping included.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pandas as pd

import warning.drafting
import warning.nightly
from warning.demo.city import make_city
from warning.moments import local_now
from warning.night_results import peak_memory_mb
from warning.nightly import run_nightly
from warning.reading import read_records
from warning.settings import load_settings
from warning.store import Store

#: The last night; the demo city's reports end there.
AS_OF = pd.Timestamp("2025-01-01")


class Spent:
    """Processor seconds by name, of functions that are called through :meth:`of`."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    def of(self, name: str, call: Callable[..., object]) -> Callable[..., object]:
        """The same function, its seconds noted."""

        def timed(*given: object, **named: object) -> object:
            begin = time.process_time()
            try:
                return call(*given, **named)
            finally:
                spent = time.process_time() - begin
                self.seconds[name] = self.seconds.get(name, 0.0) + spent

        return timed


#: What one night is made of: name → where it is called.
PARTS: dict[str, tuple[object, str]] = {
    "read": (Store, "known"),
    "link": (warning.nightly, "links_of"),
    "facts of records": (warning.nightly, "facts_of"),
    "grade": (warning.nightly, "grade"),
    "drift": (warning.nightly, "drift"),
    "ledger": (warning.drafting, "standing_ledger"),
    "draft": (warning.drafting, "draft"),
    "states of cases": (warning.drafting, "with_states"),
    "keep": (Store, "keep"),
}
SHARES = {
    "scoring": (("facts of records", "grade", "drift"), 0.10),
    "escalation": (("ledger", "draft", "states of cases"), 0.05),
}


def nights(records: int, count: int) -> None:
    """Nights of one city, a day apart: seconds a part, and the shares."""
    settings, now, spent = load_settings(), local_now(), Spent()
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        directory = Path(name)
        tables = read_records(make_city(records, 7).write(directory), settings.channels, clock=now)
        store = stack.enter_context(Store.open(f"sqlite:///{directory / 'warning.db'}"))
        store.load(tables, "demo", now.to_pydatetime())
        del tables
        for part, (place, attribute) in PARTS.items():
            wrapped = spent.of(part, getattr(place, attribute))
            if place is Store:  # a method: called with the store itself
                wrapped = as_method(wrapped)
            stack.enter_context(patch.object(place, attribute, wrapped))
        for day in range(count):
            spent.seconds.clear()
            begin = time.process_time()
            result = run_nightly(
                store,
                settings,
                AS_OF - pd.Timedelta(days=count - 1 - day),
                rebuild=day == count - 1,
            )
            whole = time.process_time() - begin
            told = result.summary
            kind = "from memory" if told["linked_from_memory"] else "from nothing"
            print(f"\n{result.as_of:%Y-%m-%d}, {kind}: {told['records']} records, "
                  f"{len(result.warnings)} open cases scored, {len(result.letters)} letters, "
                  f"{len(result.task_forces)} plans, {whole:.2f} CPU s, "
                  f"peak {peak_memory_mb():.0f} MiB")  # fmt: skip
            parts = {**spent.seconds, "rest": whole - sum(spent.seconds.values())}
            print("  " + ", ".join(f"{part} {seconds:.2f}" for part, seconds in parts.items()))
            for share, (names, target) in SHARES.items():
                seconds = sum(spent.seconds[part] for part in names)
                print(f"  {share}: {seconds:.2f} s, {seconds / whole:.1%} (target {target:.0%})")


def as_method(call: Callable[..., object]) -> Callable[..., object]:
    """The same call with the store first, to stand in the place of a method."""

    def method(self: Store, *given: object, **named: object) -> object:
        return call(self, *given, **named)

    return method


def main() -> None:
    """Print each night's parts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--nights", type=int, default=4)
    options = parser.parse_args()
    nights(options.records, options.nights)


if __name__ == "__main__":
    main()
