"""What is lost where a city's exports lack columns: the demo city linked without them.

    PYTHONPATH=. python -m benchmarks.missing_columns [--records 20000] [--seed 3]

Each line leaves some columns empty and links anew; pairwise precision, recall and F1 of people (the
parties in columns) and of incidents against the truth, CPU seconds of linking.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from warning.demo.city import make_city
from warning.matching.evaluation import pairwise
from warning.matching.link import link
from warning.reading import read_records
from warning.records import PARTY, RECORD
from warning.settings import load_settings

SETTINGS = load_settings()
POINTS = ("longitude", "latitude")
DIVISIONS = ("county_code", "town", "village", "grid_id")
#: What is left out → of records, of parties.
TRIALS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "nothing": ((), ()),
    "coordinates": (POINTS, ()),
    "county, town, village, grid, coordinates": ((*DIVISIONS, *POINTS), ()),
    "addresses, coordinates": (("address", *POINTS), ("address",)),
    "category": (("category",), ()),
    "occurred_at": (("occurred_at",), ()),
    "narrative": (("narrative",), ()),
    "role": ((), ("role",)),
    "ID number, sex, age": ((), ("id_number", "gender", "age")),
    "phone": ((), ("phone",)),
    "ID number, phone": ((), ("id_number", "phone")),
}


def without(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """The frame with these columns empty."""
    empty = pd.Series(np.nan, index=frame.index).astype("object")
    return frame.assign(**{name: empty.astype(frame[name].dtype) for name in columns})


def main() -> None:
    """Print one line a trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=3)
    given = parser.parse_args()
    city = make_city(given.records, given.seed)
    with tempfile.TemporaryDirectory() as directory:
        files = city.write(Path(directory))
        tables = read_records(files, SETTINGS.channels, clock=pd.Timestamp("2100-01-01"))
    records = tables.records.drop_duplicates(RECORD, keep="last")
    parties = tables.parties[tables.parties["row"].isin(records.index)].drop(columns="row")
    people = city.truth_parties.astype({"party_no": "str"})
    people = people[people["entity_type"] == "person"]
    print("| without | people P | R | F1 | incidents P | R | F1 | CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, (of_records, of_parties) in TRIALS.items():
        start = time.process_time()
        links = link(without(records, of_records), without(parties, of_parties), SETTINGS)
        seconds = time.process_time() - start
        cells = []
        for found, truth, key, column in (
            (links.party_links, people, PARTY, "entity_id"),
            (links.incident_links, city.truth_incidents, RECORD, "incident_id"),
        ):
            both = found.merge(truth, on=key, suffixes=("", "_true"))
            score = pairwise(both[column], both[f"{column}_true"])
            cells += [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
        print(f"| {name} | {' | '.join(cells)} | {seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
