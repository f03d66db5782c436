"""The made-up city: the same bytes for a seed, a truth that covers every row, nobody real."""

import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from warning.demo.city import AS_OF, City, make_city
from warning.demo.people import AREA
from warning.demo.truth import TRUTH
from warning.matching.standardise.addresses.divisions import divisions
from warning.matching.standardise.identifiers import check_digit
from warning.records import RECORD, CanonicalTables


def sums(city: City, directory: Path) -> dict[str, str]:
    """File → SHA-256 of its bytes."""
    city.write(directory)
    files = sorted(path for path in directory.rglob("*") if path.is_file())
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_seed_decides_every_byte(tmp_path: Path) -> None:
    """The same seed writes the same bytes, the workbook's too; another seed writes others."""
    first = sums(make_city(400, seed=5), tmp_path / "1")
    assert sums(make_city(400, seed=5), tmp_path / "2") == first
    other = sums(make_city(400, seed=6), tmp_path / "3")
    assert set(other) == set(first) == {*(f"{name}.csv" for name in TRUTH), "接警单.csv",
                                        "12345工单.csv", "矛盾纠纷.csv", "移交调解.xlsx"}  # fmt: skip
    assert not [name for name in first if first[name] == other[name] and name != "dirt.csv"]
    with zipfile.ZipFile(tmp_path / "1" / "files" / "移交调解.xlsx") as book:
        assert {entry.date_time[0] for entry in book.infolist()} == {2025}


def test_dirt_changes_how_it_is_told_not_what_happened(clean: City) -> None:
    """Without dirt the same people quarrel in the same way, and every value is as it is."""
    from warning.demo.dirt import Dirt

    dirty = make_city(1500, seed=11, dirt=Dirt(0, name_space=1.0))
    for name in ("people", "quarrels", "events", "populations"):
        pd.testing.assert_frame_equal(
            getattr(clean, f"truth_{name}"), getattr(dirty, f"truth_{name}")
        )
    people = clean.truth_people.set_index("person_id")
    rows = clean.files["接警单"]
    one = clean.truth_parties.query("channel == '110' and party_no == 1")
    told = rows.set_index("接警编号").loc[one["record_id"]]
    true = people.loc[one["entity_id"]]
    assert (told["报警人姓名"].to_numpy() == true["name"].to_numpy()).all()
    assert (told["报警人身份号码"].to_numpy() == true["id_number"].to_numpy()).all()
    assert clean.expected["versions"] == clean.expected["quarantined"] == 0


def test_the_size_is_about_the_one_asked_for(city: City) -> None:
    """So many reports within five per cent, all within the two years."""
    assert len(city.truth_incidents) == pytest.approx(6000, rel=0.05)
    assert city.truth_events["occurred_at"].between(pd.Timestamp("2023-01-01"), AS_OF).all()


def test_the_counts_of_loading_are_foretold(city: City, tables: CanonicalTables) -> None:
    """Rows = stored + quarantined + repeats, as the readers find them."""
    expected = city.expected
    assert tables.rows_read == expected["rows"]
    assert expected["rows"] == (expected["stored"] + expected["quarantined"] + expected["repeats"])
    aside = tables.quarantine[tables.quarantine["table"] == "records"]
    assert len(aside) == expected["quarantined"] > 0
    assert min(expected["repeats"], expected["versions"]) > 0


def test_the_truth_covers_every_row(
    city: City, tables: CanonicalTables, records: pd.DataFrame
) -> None:
    """Every record has its incident, every party its entity, every written place its place."""
    keys = pd.MultiIndex.from_frame(records[RECORD])
    assert set(keys) == set(pd.MultiIndex.from_frame(city.truth_incidents[RECORD]))
    parties = tables.parties[tables.parties["row"].isin(records.index)]
    found = pd.MultiIndex.from_frame(parties[[*RECORD, "party_no"]])
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    assert set(found) == set(pd.MultiIndex.from_frame(truth[[*RECORD, "party_no"]]))
    placed = records[records["address"].notna()]
    told = set(pd.MultiIndex.from_frame(city.truth_places[RECORD]))
    assert set(pd.MultiIndex.from_frame(placed[RECORD])) == told


def test_the_truths_tables_fit_together(city: City) -> None:
    """Ids of one table stand in the table they belong to."""
    people = set(city.truth_people["person_id"])
    organisations = set(city.truth_organisations["entity_id"])
    assert set(city.truth_parties["entity_id"]) <= people | organisations
    assert set(city.truth_mentions["entity_id"]) <= people | organisations
    assert set(city.truth_incidents["incident_id"]) <= set(city.truth_matters["incident_id"])
    assert set(city.truth_matters["matter_id"]) == set(city.truth_quarrels["matter_id"])
    tree = city.truth_place_tree.set_index("place_id")
    assert set(city.truth_places["place_id"]) <= set(tree.index)
    assert set(tree["parent_id"]) - {""} <= set(tree.index)
    assert (tree.loc[city.truth_places["place_id"], "grain"].to_numpy()
            == city.truth_places["grain"].to_numpy()).all()  # fmt: skip
    assert set(city.truth_places["grain"]) == {
        "room", "building", "compound", "group", "village", "poi", "town"
    }  # fmt: skip


def test_nobody_is_real_and_nobody_is_twice(city: City) -> None:
    """ID numbers carry an area that is assigned to nobody, are valid, and are each one person's."""
    numbers = city.truth_people["id_number"]
    assert numbers.is_unique
    assert numbers.str[:6].eq(AREA).all()
    known = {code for codes in divisions().counties.values() for code in codes}
    assert AREA not in known and not [code for code in known if code.startswith(AREA[:4])]
    assert all(check_digit(number[:17]) == number[17] for number in numbers)
    born = city.truth_people["born"].str.replace("-", "")
    assert (numbers.str[6:14] == born).all()
    odd = numbers.str[16].astype(int) % 2 == 1
    assert (odd == (city.truth_people["sex"] == "男")).all()


def test_populations_count_the_people(city: City) -> None:
    """Towns hold everybody; villages and compounds hold everybody once more; hubs nobody."""
    sizes = city.truth_populations.groupby("grain")[["people", "households"]].sum()
    total = len(city.truth_people)
    assert sizes.loc["town", "people"] == total
    assert sizes.loc[["village", "compound"], "people"].sum() == total
    assert sizes.loc["poi", "people"] == 0
    assert sizes.loc["town", "households"] == city.truth_people["household"].nunique()


def test_people_are_as_in_life(city: City) -> None:
    """Homonyms in one town, twins, sons named after fathers, shared phones, minority names."""
    people = city.truth_people
    homonyms = people[people.duplicated(["name", "town"], keep=False)]
    assert 0.01 < len(homonyms) / len(people) < 0.5
    assert (homonyms.groupby(["name", "town"])["id_number"].nunique() > 1).all()
    family = people.groupby("household")
    twins = people[people.duplicated(["household", "born"], keep=False)]
    assert len(twins) >= 2
    ends = twins.groupby(["household", "born"])["id_number"].agg(lambda n: len({x[:14] for x in n}))
    assert (ends == 1).all()
    phones = people["phones"].str.split("|").explode()
    shared = phones.duplicated(keep=False).groupby(level=0).any()
    assert 0.05 < shared.mean() < 0.4
    assert people["phones"].str.contains("|", regex=False).mean() == pytest.approx(0.3, abs=0.03)
    assert 0.01 < people["is_minority"].mean() < 0.12
    assert people.loc[people["is_minority"], "name"].str.contains("·").all()
    assert family["name"].nunique().max() <= 5
    alike = people[~people["is_minority"] & (people["sex"] == "男")]
    pairs = alike.merge(alike, on="household", suffixes=("", "_son"))
    years = pairs["born_son"].str[:4].astype(int) - pairs["born"].str[:4].astype(int)
    sons = pairs[years.between(18, 34)]
    kept = [
        bool(set(a[1:]) & set(b[1:])) for a, b in zip(sons["name"], sons["name_son"], strict=True)
    ]
    assert np.mean(kept) > 0.25
