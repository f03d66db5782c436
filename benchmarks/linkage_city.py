"""The demo city, full dirt: everything that is linked, against its truth; people beside Splink.

    uv pip install splink
    PYTHONPATH=. python -W ignore benchmarks/linkage_city.py --records 100000 --seed 11

Two Splinks see the same rows of people: one gets our standardised names, masks, numbers, phones
and places (our cleaning, their linking); the other gets what a careful analyst cleans by ordinary
means (``linkage_careful_peer.py``). Seven thresholds each are shown: the best for each measure is
chosen on the truth; ours is the packaged one. Then people, organisations, places by grain,
incidents and narrative mentions as the product links them together.
"""

import argparse
import importlib.metadata
import itertools
import tempfile
import time
from pathlib import Path

import linkage_careful_peer as careful
import numpy as np
import pandas as pd
from linkage_peers import splink_clusters, splink_linker
from linkage_person_peer import COLUMNS, settings

from warning import link, load_settings
from warning.demo.city import make_city
from warning.demo.judged import judge
from warning.matching.evaluation import b_cubed, largest_cluster, pairwise
from warning.matching.persons import link_persons, linking_frame, standardise_people
from warning.matching.places import link_places
from warning.matching.vocabulary import with_codes
from warning.reading import read_records
from warning.records import PARTY, RECORD

THRESHOLDS = (0.5, 0.8, 0.9, 0.95, 0.99, 0.999, 0.9999)


def rows_of(records: int, seed: int):
    """The city, its tables as read, standardised people and the truth of each of their rows."""
    config = load_settings(None)
    city = make_city(records, seed)
    with tempfile.TemporaryDirectory() as folder:
        paths = city.write(Path(folder))
        tables = read_records(paths, config.channels, clock=pd.Timestamp("2026-01-01"))
    last = tables.records.drop_duplicates(RECORD, keep="last")
    parties = tables.parties[tables.parties["row"].isin(last.index)].drop(columns="row")
    read = last.reset_index(drop=True), parties.reset_index(drop=True)
    last, parties = with_codes(
        last.sort_values(RECORD).reset_index(drop=True),
        parties.sort_values(PARTY).reset_index(drop=True),
        config,
    )
    links, places = link_places(last, config.matching.places)[:2]
    people = standardise_people(parties, last, links, config.matching.hub_phone_names, places)
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    keys = people.frame[PARTY].reset_index(drop=True)
    plain = careful.cleaned(
        parties.loc[people.frame.index],
        last[[*RECORD, "address", "county_code", "town", "category_code"]],
    )
    return city, read, people, keys.merge(truth, on=PARTY, how="left"), plain


def masked(labels, truth: pd.DataFrame) -> tuple[float, float]:
    """Precision and recall of pairs with at least one masked party."""
    table = pd.DataFrame({"found": labels, "true": truth["entity_id"].to_numpy()})
    counts = []
    for part in (table, table[~truth["is_masked"].to_numpy(bool)]):
        for columns in (["found", "true"], ["found"], ["true"]):
            size = part.groupby(columns).size()
            counts.append(int((size * (size - 1) // 2).sum()))
    both, found, true = (counts[k] - counts[k + 3] for k in range(3))
    return both / max(1, found), both / max(1, true)


def row(way: str, labels, truth: pd.DataFrame, seconds: float) -> None:
    """One line of the table."""
    one, cubed = pairwise(labels, truth["entity_id"]), b_cubed(labels, truth["entity_id"])
    minority = truth["is_minority"].to_numpy(bool)
    apart = [pairwise(labels[own], truth["entity_id"][own]).f1 for own in (minority, ~minority)]
    figures = (one.precision, one.recall, one.f1, cubed.f1, *masked(labels, truth), *apart)
    size = f"{largest_cluster(labels)} / {largest_cluster(truth['entity_id'])}"
    print(f"| {way} | {' | '.join(f'{x:.3f}' for x in figures)} | {size} | {seconds:.1f} |",
          flush=True)  # fmt: skip


def reliability(pairs: pd.DataFrame, entity: np.ndarray, known: np.ndarray) -> None:
    """How often pairs of each probability are true: the calibration of what is shown."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    judged = known[left] & known[right]
    true = (entity[left] == entity[right])[judged]
    chance = pairs["probability"].to_numpy(float)[judged]
    print("\n| probability | pairs | mean | true |\n| --- | --- | --- | --- |")
    edges = (0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 0.999, 1.0001)
    error = 0.0
    for low, high in itertools.pairwise(edges):
        own = (chance >= low) & (chance < high)
        if own.any():
            error += own.sum() * abs(chance[own].mean() - true[own].mean())
            figures = f"{own.sum()} | {chance[own].mean():.3f} | {true[own].mean():.3f}"
            print(f"| {low:g} to {min(high, 1):g} | {figures} |")
    print(
        f"\nExpected calibration error {error / max(1, len(chance)):.4f} over {len(chance)} pairs"
    )


def whole(city, read, config) -> None:
    """All kinds of links as the product makes them in one go, against the truth."""
    begin = time.process_time()
    found = link(*read, config)
    spent = time.process_time() - begin
    table = judge(
        city, found.party_links, found.place_links, found.incident_links,
        mentions=found.mentions, cases=found.cases, case_incidents=found.case_incidents,
    )  # fmt: skip
    print(f"\nEverything together, {spent:.1f} CPU s\n\n"
          "| what | rows | precision | recall | F1 | B³ F1 |\n" + "| --- " * 6 + "|")  # fmt: skip
    for one in table.itertuples():
        figures = (one.precision, one.recall, one.f1, one.b_cubed_f1)
        shown = " | ".join("" if pd.isna(x) else f"{x:.3f}" for x in figures)
        print(f"| {one.what} | {one.rows} | {shown} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--no-splink", action="store_true")
    chosen = parser.parse_args()
    if not chosen.no_splink:
        print(*(f"{name} {importlib.metadata.version(name)}" for name in ("splink", "duckdb")))
    settings_ = load_settings(None)
    city, read, people, truth, plain = rows_of(chosen.records, chosen.seed)
    person = (truth["entity_type"] == "person").to_numpy()
    judged = truth[person].reset_index(drop=True)
    print(f"{len(truth)} rows of people, {judged['is_masked'].sum()} of them masked")
    print("| way | precision | recall | F1 | B³ F1 | masked precision | masked recall "
          "| minority F1 | rest F1 | largest / true | CPU s |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    begin = time.process_time()
    found = link_persons(people, settings_.matching)
    row("warning", found.cluster[person], judged, time.process_time() - begin)
    frame = linking_frame(people.frame.reset_index(drop=True))
    frame["unique_id"] = np.arange(len(frame))
    ways = {
        "Splink, our cleaning": (frame[COLUMNS], settings),
        "Splink, careful cleaning": (plain, careful.settings),
    }
    for way, (rows, made) in {}.items() if chosen.no_splink else ways.items():
        begin = time.process_time()
        clusters, _ = splink_clusters(splink_linker(rows, *made()), rows, THRESHOLDS)
        spent = time.process_time() - begin
        for threshold, labels in clusters.items():
            row(f"{way}, p ≥ {threshold}", labels[person], judged, spent)
    whole(city, read, settings_)
    reliability(found.pairs, pd.factorize(truth["entity_id"])[0], person)
    print(found.largest.to_string(index=False))


if __name__ == "__main__":
    main()
