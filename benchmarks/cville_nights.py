"""Real police incidents through a channel mapping: nights over their last year, and how the tiers did.

    python benchmarks/cville_nights.py [--data ../shared/data/events/cville.csv.gz] [--nights 12]

The file has places (hundred blocks) and no people, English addresses, its own columns:
``benchmarks/cville/channels.yaml`` maps them. A model is fitted on the time before the first
night. For each tier it prints how many of its cases had another incident reported within 30
days after the night.
"""

import argparse
import gzip
import os
import tempfile
import time
from pathlib import Path

import pandas as pd

from warning.night_results import TIERS
from warning.nightly import run_nightly
from warning.proving import history_at
from warning.reading import read_records
from warning.scoring.training import train
from warning.settings import load_settings
from warning.store import Store

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "data" / "events" / "cville.csv.gz"


def recurrences(store: Store, horizon: pd.Timedelta) -> pd.DataFrame:
    """Each night's scored cases and whether another incident was reported within the horizon."""
    warnings, members = store.table("warnings"), store.table("case_incidents")
    times = members.merge(store.table("incidents")[["incident_id", "reported_at"]])
    merges = store.table("merges")
    survivor = dict(zip(merges["from_id"], merges["into_id"], strict=True))
    graded = warnings.assign(case_id=warnings["case_id"].replace(survivor))
    later = graded.merge(times[["case_id", "reported_at"]], on="case_id")
    inside = (later["reported_at"] > later["as_of"]) & (
        later["reported_at"] <= later["as_of"] + horizon
    )
    again = later[inside][["case_id", "as_of"]].drop_duplicates().assign(again=True)
    result = graded.merge(again, on=["case_id", "as_of"], how="left")
    return result.assign(again=result["again"].fillna(value=False).astype(bool))


def main() -> None:
    """Load, train, run the nights, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--nights", type=int, default=12)
    options = parser.parse_args()
    settings = load_settings(HERE / "cville")
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "cville.csv"
        file.write_bytes(gzip.decompress(options.data.read_bytes()))
        loaded = read_records([file], settings.channels, clock=pd.Timestamp("2019-10-01"))
        with Store.open(f"sqlite:///{directory}/w.db") as store:
            summary = store.load(loaded, file.name, pd.Timestamp("2019-10-01").to_pydatetime())
            print(summary)
            last = loaded.records["reported_at"].max().normalize()
            dates = [last - pd.DateOffset(months=k + 1) for k in reversed(range(options.nights))]
            model = train(history_at(store, settings, dates[0]), settings, dates[0])
            for date in dates:
                started, cpu = time.perf_counter(), os.times()
                night = run_nightly(store, settings, date, model=model)
                used = os.times()
                print(
                    date.date(),
                    {tier: night.summary[f"tier_{tier}"] for tier in TIERS},
                    f"{time.perf_counter() - started:.1f} s, "
                    f"{used.user - cpu.user + used.system - cpu.system:.1f} CPU s",
                )
            run_nightly(store, settings, last, model=model)
            graded = recurrences(store, pd.Timedelta(days=30))
    graded = graded[graded["as_of"].isin(dates)]
    table = graded.groupby("tier")["again"].agg(cases="size", recurred="mean").reindex(TIERS)
    table["mean_probability"] = graded.groupby("tier")["probability"].mean()
    print(table.to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
