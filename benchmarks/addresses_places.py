"""Places of the demo city by grain, against its truth.

    python benchmarks/addresses_places.py [--records 20000] [--seed 7] [--wrong poi]

A record counts at the grain that its address truly tells; pairs of such records in one true
place against pairs in one found place (a record without a place stands alone).
"""

import argparse
import tempfile
import time
from pathlib import Path

import pandas as pd

import warning
from warning.demo.city import AS_OF, make_city
from warning.matching.evaluation import b_cubed, pairwise
from warning.matching.places import link_places
from warning.matching.standardise import addresses
from warning.reading.sources import read_records
from warning.records import RECORD


def main() -> None:
    """Make the city, load its files, link the places and print a row a grain."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--wrong", default="", help="print wrong links of this grain")
    options = parser.parse_args()
    city = make_city(options.records, options.seed)
    settings = warning.load_settings()
    with tempfile.TemporaryDirectory() as folder:
        tables = read_records(
            city.write(Path(folder)), settings.channels, clock=AS_OF + pd.Timedelta(days=1)
        )
    records = tables.records.drop_duplicates(RECORD, keep="last", ignore_index=True)
    start = time.process_time()
    found = link_places(records, settings.matching.places, tables.parties)
    taken = time.process_time() - start
    truth = city.truth_places.merge(found.links, on=RECORD, how="left", suffixes=("_true", ""))
    alone = truth["channel"] + "|" + truth["record_id"]
    truth["place_id"] = truth["place_id"].fillna(alone)
    print(f"{len(records)} records, {taken:.1f} CPU seconds, "
          f"{len(found.places)} places, learned: {len(found.learned)}")  # fmt: skip
    print(f"{'grain':10} {'records':>8} {'precision':>9} {'recall':>7} {'F1':>6} {'B3 F1':>6} "
          f"{'same grain':>10}")  # fmt: skip
    for grain in ("room", "building", "compound", "group", "village", "poi", "town"):
        rows = truth[truth["grain_true"] == grain]
        if rows.empty:
            continue
        pairs = pairwise(rows["place_id"].to_numpy(), rows["place_id_true"].to_numpy())
        cubed = b_cubed(rows["place_id"].to_numpy(), rows["place_id_true"].to_numpy())
        same = (rows["grain"] == grain).mean()
        print(f"{grain:10} {len(rows):8} {pairs.precision:9.3f} {pairs.recall:7.3f} "
              f"{pairs.f1:6.3f} {cubed.f1:6.3f} {same:10.3f}")  # fmt: skip
    if options.wrong:
        _wrong(truth[truth["grain_true"] == options.wrong], records, settings)


def _wrong(rows: pd.DataFrame, records: pd.DataFrame, settings: warning.Settings) -> None:
    """Addresses of true places that fell apart, and of found places that hold several."""
    texts = records[[*RECORD, "address", "county_code", "town", "village", "grid_id"]]
    rows = rows.merge(texts, on=RECORD, how="left")
    rows["standard"] = addresses.parse(
        rows["address"], rows, settings.matching.places.words
    )["standard"].to_numpy()  # fmt: skip
    show = ["place_id_true", "place_id", "grain", "county_code", "town", "address", "standard"]
    for left, right in (("place_id_true", "place_id"), ("place_id", "place_id_true")):
        several = rows[rows.groupby(left)[right].transform("nunique") > 1]
        print(f"--- one {left}, several {right}: {several[left].nunique()}")
        picked = sorted(several[left].unique())[:40:3]
        part = several[several[left].isin(picked)].drop_duplicates([left, right, "address"])
        print(part.sort_values([left, right])[show].head(60).to_string())


if __name__ == "__main__":
    main()
