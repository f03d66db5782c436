"""A city of a few thousand records, linked up to its last weeks with a memory."""

from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest

from tests.sharing import shared
from warning.demo.city import make_city
from warning.matching.link import link
from warning.matching.links import Links, Previous
from warning.reading import read_records
from warning.records import RECORD
from warning.settings import load_settings

SETTINGS = load_settings()
NO_VERDICTS = pd.DataFrame(
    {name: [] for name in ("kind", "left", "right", "verdict", "user", "at")}, dtype="str"
)


@dataclass(frozen=True)
class Remembering:
    """All records and parties, how many came after the rebuild, and what the rebuild left."""

    records: pd.DataFrame
    parties: pd.DataFrame
    known: int
    links: Links

    def previous(self, verdicts: pd.DataFrame = NO_VERDICTS, memory: bool = True) -> Previous:
        """What a store would give."""
        own = previous_of(self.links, verdicts)
        return own if memory else replace(own, memory={})

    def of(self, records: pd.DataFrame) -> pd.DataFrame:
        """The parties of these records."""
        return self.parties.merge(records[RECORD], on=RECORD)

    def night(
        self, records: pd.DataFrame, verdicts: pd.DataFrame = NO_VERDICTS, memory: bool = True
    ) -> Links:
        """These records linked after the rebuild."""
        return link(records, self.of(records), SETTINGS, self.previous(verdicts, memory))


def previous_of(links: Links, verdicts: pd.DataFrame = NO_VERDICTS) -> Previous:
    """What a store would give of these links."""
    return Previous(
        links.party_links, links.place_links, links.incident_links, links.cases,
        links.case_incidents, verdicts, links.memory,
    )  # fmt: skip


@pytest.fixture(scope="session")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Remembering:
    """3,000 records, the last 90 of them after the rebuild."""
    return shared(tmp_path_factory, "remembering", make_remembering)[1]


def make_remembering(directory: Path) -> Remembering:
    """Link all but the last 90 records of a city, and remember."""
    files = make_city(3000, seed=5).write(directory)
    tables = read_records(files, SETTINGS.channels, clock=pd.Timestamp("2100-01-01"))
    newest = tables.records.drop_duplicates(RECORD, keep="last").sort_values("reported_at")
    parties = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    records = newest.reset_index(drop=True)
    known = len(records) - 90
    first = records.iloc[:known]
    links = link(first, parties.merge(first[RECORD], on=RECORD), SETTINGS, remember=True)
    return Remembering(records, parties, known, links)
