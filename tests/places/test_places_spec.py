"""The spec table of addresses: a reader who knows the city may add rows to ``addresses.csv``."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from warning.matching.standardise import addresses

TABLE = (Path(__file__).parent / "addresses.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))


@pytest.fixture(scope="module")
def parsed() -> pd.DataFrame:
    """Every row's address as a record of 甘州区 (620702) wrote it."""
    texts = pd.Series([row["written"] for row in ROWS], dtype="str")
    return addresses.parse(texts, pd.DataFrame({"county_code": ["620702"] * len(ROWS)}))


@pytest.mark.parametrize("at", range(len(ROWS)), ids=lambda at: ROWS[at]["written"])
def test_row(at: int, parsed: pd.DataFrame) -> None:
    """The county, the standard text and the grain are those of the table."""
    got = parsed.loc[at, ["county", "standard", "grain"]].to_dict()
    assert got == {name: ROWS[at][name] for name in ("county", "standard", "grain")}


def test_roads_stand_for_themselves(parsed: pd.DataFrame) -> None:
    """What a crossing, a stake or a lane became is read as the same."""
    standard = parsed.loc[parsed["standard"].str.contains("路口|巷|弄|道"), "standard"]
    context = pd.DataFrame({"county_code": ["620702"] * len(standard)})
    again = addresses.parse(standard.reset_index(drop=True), context)["standard"]
    assert again.tolist() == standard.tolist()
