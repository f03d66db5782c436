"""One night of a small town, from the channels' files to the letters, against what a reader finds.

``town/expected.yaml`` was written by hand from the files beside it: who is one person, which
reports are one event, which events one quarrel, and the least tier each must have.
"""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from warning.cli import run

TOWN = Path(__file__).parent / "town"
FILES = ("接警单.csv", "12345工单.csv", "诉调.csv")
ORDER = ("none", "blue", "yellow", "orange", "red")


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    """What the reader found."""
    content = YAML(typ="safe").load((TOWN / "expected.yaml").read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


@pytest.fixture(scope="module")
def tables(
    tmp_path_factory: pytest.TempPathFactory, expected: dict[str, Any]
) -> dict[str, pd.DataFrame]:
    """The exported tables after ``load``, ``run`` and ``export`` on the command line."""
    directory = tmp_path_factory.mktemp("golden")
    store = ["--store", f"sqlite:///{directory / 'w.db'}"]
    assert run(["load", *(str(TOWN / name) for name in FILES), *store]) == 0
    assert run(["run", "--as-of", expected["as_of"], *store]) == 0
    assert run(["export", "--out", str(directory / "tables"), *store]) == 0
    return {
        path.stem: pd.read_csv(path, dtype={"record_id": str, "party_no": str, "channel": str})
        for path in (directory / "tables").glob("*.csv")
    }


def groups(keys: pd.Series, ids: pd.Series) -> set[frozenset[str]]:
    """The partition that the ids make of the keys."""
    return {frozenset(rows) for _, rows in keys.groupby(ids.to_numpy())}


def wanted(part: dict[str, list[str]]) -> set[frozenset[str]]:
    """The partition that the reader wrote."""
    return {frozenset(rows) for rows in part.values()}


@pytest.mark.parametrize(
    ("part", "kind"), [("people", "person"), ("organisations", "organisation")]
)
def test_who_is_who(
    tables: dict[str, pd.DataFrame], expected: dict[str, Any], part: str, kind: str
) -> None:
    """Masked, variant and homonymous names: exactly the reader's people and organisations."""
    links = tables["party_links"]
    links = links[links["entity_type"] == kind]
    keys = links["channel"] + " " + links["record_id"] + " " + links["party_no"]
    assert groups(keys, links["entity_id"]) == wanted(expected[part])


def test_which_reports_are_one_event(
    tables: dict[str, pd.DataFrame], expected: dict[str, Any]
) -> None:
    """A duplicate is not a repeat: exactly the reader's events."""
    links = tables["incident_links"]
    keys = links["channel"] + " " + links["record_id"]
    assert groups(keys, links["incident_id"]) == wanted(expected["incidents"])


def test_which_events_are_one_quarrel_and_how_grave(
    tables: dict[str, pd.DataFrame], expected: dict[str, Any]
) -> None:
    """Each quarrel is one matter, open, with at least the tier that the reader gives it."""
    links = tables["incident_links"]
    event = dict(
        zip(links["channel"] + " " + links["record_id"], links["incident_id"], strict=True)
    )
    cases = tables["cases"].merge(tables["case_incidents"], on="case_id")
    cases = cases[cases["kind"] == "matter"]
    members = {frozenset(rows): name for name, rows in cases.groupby("case_id")["incident_id"]}
    tier = tables["warnings"].set_index("case_id")["tier"]
    for matter in expected["matters"].values():
        ids = frozenset(event[expected["incidents"][name][0]] for name in matter["incidents"])
        assert ids in members
        assert ORDER.index(tier[members[ids]]) >= ORDER.index(matter["least"])


def test_the_sums_and_the_fault(tables: dict[str, pd.DataFrame], expected: dict[str, Any]) -> None:
    """Rows in = stored + quarantined + repeats; the unreadable time is named by its column."""
    counts = expected["counts"]
    assert counts["rows"] == counts["stored"] + counts["quarantined"] + counts["repeats"]
    assert len(tables["incident_links"]) == counts["stored"]
    fault = tables["quarantine"].iloc[0]
    assert len(tables["quarantine"]) == counts["quarantined"]
    assert (fault["column"], fault["line"]) == ("报警时间", 10)


def test_letters_are_drafts_to_a_county_and_hide_the_victim(
    tables: dict[str, pd.DataFrame],
) -> None:
    """Nothing is issued; the violence has a letter; nobody's complaint climbs as a person."""
    letters = tables["letters"]
    assert len(letters)
    assert set(letters["status"]) == {"draft"}
    assert letters["number"].isna().all()
    graded = tables["warnings"][tables["warnings"]["tier"].isin(["orange", "red"])]
    assert set(graded["case_id"]) <= set(letters["case_id"])
    assert json.loads(tables["runs"]["counts"].iloc[0])["records"] == len(tables["incident_links"])
