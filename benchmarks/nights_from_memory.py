"""A night from memory beside linking everything: cost, and how far the two differ.

``PYTHONPATH=. python -W ignore benchmarks/nights_from_memory.py --records 790000 --new 3000``

A city's records but the last are linked from nothing and leave a memory. Then all of them are
linked twice: from that memory, and from nothing. CPU seconds are of the process (user and system),
the two one after the other in one process. Agreement takes the rebuild for the truth; beside it
both are held against the city's own truth.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from warning.demo.city import make_city
from warning.matching.evaluation import pairwise
from warning.matching.link import link
from warning.matching.links import Links, Previous
from warning.matching.remembering import drift_between
from warning.reading import read_records
from warning.records import RECORD
from warning.settings import load_settings

SETTINGS = load_settings()
NO_VERDICTS = pd.DataFrame(
    {name: [] for name in ("kind", "left", "right", "verdict", "user", "at")}, dtype="str"
)


def main() -> None:
    """Print what a night costs and how it differs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--new", type=int, nargs="+", default=[3000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument(
        "--city", type=Path, help="a directory to keep the city in, or to take it from"
    )
    options = parser.parse_args()
    records, parties, truth = city(options.records, options.seed, options.city)
    for new in options.new:
        night(records, parties, truth, new)


def city(
    count: int, seed: int, kept: Path | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The newest version of each record, its parties, and who each party is."""
    names = ("records", "parties", "truth")
    if kept is not None and all((kept / f"{name}.parquet").exists() for name in names):
        records, parties, truth = (pd.read_parquet(kept / f"{name}.parquet") for name in names)
        return records, parties, truth
    made = make_city(count, seed)
    with tempfile.TemporaryDirectory() as directory:
        files = made.write(Path(directory))
        tables = read_records(files, SETTINGS.channels, clock=pd.Timestamp("2100-01-01"))
    # A store tells versions; who links without one pays for comparing the content.
    records = tables.records.drop_duplicates(RECORD, keep="last").assign(version=1)
    parties = tables.parties[tables.parties["row"].isin(records.index)].drop(columns="row")
    truth = made.truth_parties.assign(party_no=made.truth_parties["party_no"].astype("str"))
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        for name, frame in zip(names, (records, parties, truth), strict=True):
            frame.to_parquet(kept / f"{name}.parquet")
    return records, parties, truth


def night(records: pd.DataFrame, parties: pd.DataFrame, truth: pd.DataFrame, new: int) -> None:
    """One night of ``new`` records."""
    order = records["reported_at"].sort_values(kind="stable").index
    known = records.loc[order[:-new]]
    base, seconds = timed(
        lambda: link(known, parties.merge(known[RECORD], on=RECORD), SETTINGS, remember=True)
    )
    print(
        f"\n{new:,} new records on {len(known):,}; the rebuild before, with its memory: {seconds:.1f} s"
    )
    previous = Previous(
        base.party_links, base.place_links, base.incident_links, base.cases, base.case_incidents,
        NO_VERDICTS, base.memory,
    )  # fmt: skip
    size = sum(frame.memory_usage(deep=True).sum() for frame in base.memory.values()) / 2**20
    changed, quick = timed(lambda: link(records, parties, SETTINGS, previous))
    rebuilt, slow = timed(lambda: link(records, parties, SETTINGS, replace(previous, memory={})))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"from memory {quick:.1f} s, from nothing {slow:.1f} s: 1/{slow / quick:.1f}; "
          f"parties linked again {changed.report['parties linked again']:,}; "
          f"memory {size:,.0f} MiB in frames; peak {peak:,.0f} MiB")  # fmt: skip
    drift = drift_between(changed, rebuilt)
    print("| what | pairs of the rebuild | only from memory | only rebuilt | of 100,000 |")
    print("| --- | --- | --- | --- | --- |")
    for name in ("people", "incidents", "matters"):
        pairs = drift[f"drift: pairs of {name}"]
        more = drift[f"drift: {name} joined by memory alone"]
        less = drift[f"drift: {name} joined by the rebuild alone"]
        print(
            f"| {name} | {pairs:,} | {more:,} | {less:,} | {100_000 * (more + less) / pairs:.0f} |"
        )
    print("| people, by the city's truth | precision | recall | F1 |")
    print("| --- | --- | --- | --- |")
    for name, links in (("from memory", changed), ("from nothing", rebuilt)):
        found = quality(links, truth)
        print(f"| {name} | {found[0]:.4f} | {found[1]:.4f} | {found[2]:.4f} |")


def quality(links: Links, truth: pd.DataFrame) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1 of people."""
    people = links.party_links[links.party_links["entity_type"] == "person"]
    both = people.merge(truth, on=[*RECORD, "party_no"], suffixes=("", "_true"))
    found = pairwise(both["entity_id"], both["entity_id_true"])
    return found.precision, found.recall, found.f1


def timed(work: Callable[[], Links]) -> tuple[Links, float]:
    """What it gives, and CPU seconds."""
    before = time.process_time()
    result = work()
    return result, time.process_time() - before


if __name__ == "__main__":
    main()
