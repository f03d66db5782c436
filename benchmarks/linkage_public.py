"""Public linkage sets: the linker beside others, in one run, with nothing tuned per set.

    uv pip install splink
    PYTHONPATH=. python -W ignore benchmarks/linkage_public.py [--others PYTHON]

Ours: one specification (``linkage_english.py``), clusters at probability 0.5, average linkage.
Splink: its own recommended settings for each set, every threshold shown, clusters by connected
components (its only way). ``PYTHON``: the interpreter of an environment with recordlinkage and
goldenmatch (``linkage_others.py``); recordlinkage tells no clusters, its linked pairs are joined
by connected components.
"""

import argparse
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from linkage_english import COLUMNS, PERSON
from linkage_peers import best_pairwise, splink_clusters, splink_linker
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from warning import link_table
from warning.matching.evaluation import b_cubed, largest_cluster, pairwise

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "linkage"
THRESHOLDS = (0.5, 0.9, 0.95, 0.99, 0.999)


def sets():
    """Name, table with unique_id, truth."""
    frame = pd.read_parquet(DATA / "historical_half.parquet")
    yield "historical_half", frame, frame["cluster"]
    frame = pd.read_csv(DATA / "fake_1000.csv", dtype=str)
    yield "fake_1000", frame, frame["cluster"]
    for name, files in (("febrl3", ["febrl3"]), ("febrl4", ["febrl4a", "febrl4b"])):
        parts = [pd.read_csv(DATA / f"{f}.csv", dtype=str, skipinitialspace=True) for f in files]
        frame = pd.concat(parts, ignore_index=True).rename(columns={"rec_id": "unique_id"})
        yield name, frame, frame["unique_id"].str.extract(r"rec-(\d+)-")[0]


def splink_settings(name: str):
    """Settings, deterministic rules, training rules after Splink's own demonstrations."""
    import splink.comparison_library as cl
    from splink import SettingsCreator, block_on

    if name == "historical_half":
        full = "first_and_surname"
        comparisons = [
            cl.ForenameSurnameComparison(
                "first_name", "surname", forename_surname_concat_col_name=full
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ]
        blocking = [
            ("substr(first_name,1,3)", "substr(surname,1,4)"), ("surname", "dob"),
            ("first_name", "dob"), ("postcode_fake", "first_name"), ("postcode_fake", "surname"),
            ("dob", "birth_place"), ("substr(postcode_fake,1,3)", "dob"),
            ("substr(postcode_fake,1,3)", "first_name"), ("substr(postcode_fake,1,3)", "surname"),
            ("substr(first_name,1,2)", "substr(surname,1,2)", "substr(dob,1,4)"),
        ]  # fmt: skip
        sure = [("first_name", "surname", "dob"), ("dob", "postcode_fake")]
        training = [("first_name", "surname"), ("dob",)]
    elif name == "fake_1000":
        comparisons = [
            cl.JaroWinklerAtThresholds("first_name", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ]
        blocking = [("first_name",), ("surname",), ("dob",), ("email",)]
        sure = [("first_name", "dob"), ("email",)]
        training = [("first_name", "surname"), ("dob",), ("email",)]
    else:
        comparisons = [
            cl.JaroWinklerAtThresholds("given_name", [0.9, 0.7]),
            cl.JaroWinklerAtThresholds("surname", [0.9, 0.7]),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("postcode"),
            cl.JaroWinklerAtThresholds("address_1", [0.9, 0.7]),
            cl.ExactMatch("suburb").configure(term_frequency_adjustments=True),
        ]
        blocking = [("soc_sec_id",), ("given_name", "surname"), ("date_of_birth", "given_name"),
                    ("date_of_birth", "surname"), ("postcode", "given_name"),
                    ("postcode", "surname"), ("address_1",)]  # fmt: skip
        sure = [("soc_sec_id",), ("given_name", "surname", "date_of_birth")]
        training = [("date_of_birth",), ("postcode",)]
    settings = SettingsCreator(
        link_type="dedupe_only", unique_id_column_name="unique_id", comparisons=comparisons,
        blocking_rules_to_generate_predictions=[block_on(*one) for one in blocking],
    )  # fmt: skip
    return settings, [block_on(*one) for one in sure], [block_on(*one) for one in training]


def row(name: str, way: str, labels, truth, seconds: float) -> None:
    """One line of the table."""
    one, other = pairwise(labels, truth), b_cubed(labels, truth)
    figures = " | ".join(f"{x:.4f}" for x in (one.precision, one.recall, one.f1, other.f1))
    size = f"{largest_cluster(labels)} / {largest_cluster(truth)}"
    print(f"| {name} | {way} | {figures} | {size} | {seconds:.1f} |", flush=True)


def by_others(python: str, name: str, table: pd.DataFrame, truth: pd.Series) -> None:
    """The lines of recordlinkage and goldenmatch, each in a process of its own."""
    script = Path(__file__).with_name("linkage_others.py")
    for way in ("recordlinkage", "goldenmatch"):
        with tempfile.TemporaryDirectory() as work:
            source, target = f"{work}/table.parquet", f"{work}/pairs.parquet"
            table.reset_index(drop=True).to_parquet(source)
            done = subprocess.run(
                [python, str(script), way, source, target],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            pairs = pd.read_parquet(target)
        spent = float(done.stdout.rsplit("seconds ", 1)[1])
        linked = pairs[pairs["linked"]]
        graph = coo_array(
            (np.ones(len(linked)), (linked["left"], linked["right"])), shape=(len(table),) * 2
        )
        labels = pd.Series(connected_components(graph, directed=False)[1], index=truth.index)
        row(name, f"{way}, as it comes", labels, truth, spent)
        if way == "recordlinkage":
            columns = {"left": "unique_id_l", "right": "unique_id_r",
                       "probability": "match_probability"}  # fmt: skip
            best, at = best_pairwise(pairs.rename(columns=columns), truth.reset_index(drop=True))
            print(f"| {name} | {way}, best single pairs (p ≥ {at:.4f}) | | | {best:.4f} | | | |")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--others", metavar="PYTHON")
    others = parser.parse_args().others
    print("| set | way | pairwise precision | recall | F1 | B³ F1 | largest / true | CPU s |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, frame, truth in sets():
        ours = frame.rename(columns=COLUMNS)
        ours = ours.drop(columns=[c for c in ("cluster", "unique_id") if c in ours])
        begin = time.process_time()
        found = link_table(ours, PERSON)
        row(name, "warning, p ≥ .5", found.cluster, truth, time.process_time() - begin)
        begin = time.process_time()
        linker = splink_linker(frame.drop(columns="cluster", errors="ignore"),
                               *splink_settings(name), seed=1)  # fmt: skip
        clusters, pairs = splink_clusters(linker, frame, THRESHOLDS)
        spent = time.process_time() - begin
        for threshold, labels in clusters.items():
            row(name, f"Splink, p ≥ {threshold}", labels, truth, spent)
        best, at = best_pairwise(pairs, truth.set_axis(frame["unique_id"]))
        print(f"| {name} | Splink, best single pairs (p ≥ {at:.4f}) | | | {best:.4f} | | | |")
        if others:
            by_others(others, name, ours, truth)


if __name__ == "__main__":
    main()
