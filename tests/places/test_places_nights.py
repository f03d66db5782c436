"""Places of a small demo city: by grain against the truth, and night by night."""

import pandas as pd
import pytest

from warning.demo.city import AS_OF, City, make_city
from warning.matching.evaluation import pairwise
from warning.matching.places import Placed, link_places
from warning.reading.sources import read_records
from warning.records import RECORD
from warning.settings import load_settings

SETTINGS = load_settings()


@pytest.fixture(scope="module")
def city() -> City:
    """Some two thousand reports."""
    return make_city(2000, seed=3)


@pytest.fixture(scope="module")
def tables(
    city: City, tmp_path_factory: pytest.TempPathFactory
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Its records, each once, and parties as they are read."""
    paths = city.write(tmp_path_factory.mktemp("city"))
    read = read_records(paths, SETTINGS.channels, clock=AS_OF + pd.Timedelta(days=1))
    records = read.records.drop_duplicates(RECORD, keep="last", ignore_index=True)
    return records.sort_values("reported_at", ignore_index=True), read.parties


def placed(records: pd.DataFrame, parties: pd.DataFrame, before: Placed | None = None) -> Placed:
    return link_places(
        records, SETTINGS.matching.places, parties,
        previous_links=None if before is None else before.links,
    )  # fmt: skip


def test_places_by_grain(city: City, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Rooms, compounds and points of interest are found nearly as they truly are."""
    links = placed(*tables).links
    truth = city.truth_places.merge(links, on=RECORD, how="left", suffixes=("_true", ""))
    truth["place_id"] = truth["place_id"].fillna(truth["record_id"])
    for grain in ("room", "compound", "group", "village", "poi"):
        rows = truth[truth["grain_true"] == grain]
        scores = pairwise(rows["place_id"].to_numpy(), rows["place_id_true"].to_numpy())
        assert scores.f1 >= 0.95, grain
        assert (rows["grain"] == grain).mean() >= 0.98


def test_increments_give_the_rebuild(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Three nights, each with the one before, group records as a rebuild from nothing does."""
    records, parties = tables
    night: Placed | None = None
    for share in (0.5, 0.8, 1.0):
        known = records.head(int(len(records) * share))
        night = placed(known, parties, night)
    assert night is not None
    rebuilt = placed(records, parties)
    joined = night.links.merge(rebuilt.links, on=RECORD, suffixes=("", "_rebuilt"))
    assert len(joined) == len(night.links) == len(rebuilt.links)
    scores = pairwise(joined["place_id"].to_numpy(), joined["place_id_rebuilt"].to_numpy())
    assert scores.precision == scores.recall == 1.0


def test_ids_survive_a_night(tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    """Records keep their places' ids, also where a rebuild would name the place anew."""
    records, parties = tables
    first = placed(records.head(1000), parties)
    second = placed(records, parties, first)
    both = first.links.merge(second.links, on=RECORD, suffixes=("_old", ""))
    moved = both[both["place_id_old"] != both["place_id"]]
    assert moved.empty
    renamed = placed(records, parties).links.merge(second.links, on=RECORD, suffixes=("_new", ""))
    assert (renamed["place_id_new"] != renamed["place_id"]).any()
    assert second.places["place_id"].is_unique
    assert set(second.links["place_id"]) <= set(second.places["place_id"])
    parents = second.places["parent_id"].dropna()
    assert set(parents) <= set(second.places["place_id"])
