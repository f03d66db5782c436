"""One city for all tests of the demo: large enough that rates can be told apart."""

import pandas as pd
import pytest

from warning.demo.city import City, make_city
from warning.reading import read_records
from warning.records import CanonicalTables
from warning.settings import load_settings


@pytest.fixture(scope="session")
def city() -> City:
    """About six thousand records."""
    return make_city(6000, seed=11)


@pytest.fixture(scope="session")
def clean() -> City:
    """The same people and quarrels told without any dirt."""
    from warning.demo.dirt import Dirt

    return make_city(1500, seed=11, dirt=Dirt(0))


@pytest.fixture(scope="session")
def tables(city: City, tmp_path_factory: pytest.TempPathFactory) -> CanonicalTables:
    """The city's files as the readers read them; of several versions the last."""
    paths = city.write(tmp_path_factory.mktemp("city"))
    clock = pd.Timestamp("2025-01-02")
    return read_records(paths, load_settings().channels, clock=clock)


@pytest.fixture(scope="session")
def records(tables: CanonicalTables) -> pd.DataFrame:
    """The newest version of each record."""
    return tables.records.drop_duplicates(["channel", "record_id"], keep="last")


@pytest.fixture(scope="session")
def told(tables: CanonicalTables, records: pd.DataFrame, city: City) -> pd.DataFrame:
    """The parties of those, with the truth of each person (suffix ``_true``)."""
    parties = tables.parties[tables.parties["row"].isin(records.index)]
    truth = city.truth_parties.assign(party_no=city.truth_parties["party_no"].astype("str"))
    people = city.truth_people.rename(columns={"person_id": "entity_id"})
    people = people.add_suffix("_true").rename(columns={"entity_id_true": "entity_id"})
    return parties.merge(truth, on=["channel", "record_id", "party_no"]).merge(
        people, on="entity_id", how="left"
    )
