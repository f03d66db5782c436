"""Spots of villages: ``spots.csv`` says which two are one place, one in the other, or two."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from warning.matching.places import Placed, link_places
from warning.matching.standardise import addresses
from warning.settings.matching_places import PlacesSettings

TABLE = (Path(__file__).parent / "spots.csv").read_text(encoding="utf-8")
PAIRS = list(csv.DictReader(TABLE.splitlines()))
TEXTS = [pair[side] for pair in PAIRS for side in ("left", "right")]

GROUP = "乌江镇大湾村三社"
WORDS = (
    "地头", "地里", "田里", "麦地", "玉米地", "村口", "桥头", "果园", "大棚", "机井旁", "水渠边", "渠边", "路边",
    "巷道", "晒场", "麦场", "坟地", "文化室", "活动室", "家门口", "张志明家", "树林", "草场", "羊圈", "河坝", "沙河边",
    "地边", "小卖部门口", "老王家", "村委会旁", "承包地", "东沟", "社火场", "变压器旁", "麻将馆", "居民点", "银行",
    "后咀组",
)  # fmt: skip


def _linked(texts: list[str], **beside: str) -> Placed:
    rows = pd.DataFrame({"address": pd.Series(texts, dtype="str")})
    rows["channel"], rows["county_code"] = "110", "620702"
    rows["record_id"] = [f"r{at:03}" for at in range(len(rows))]
    rows["reported_at"] = pd.Timestamp("2026-03-01") + pd.to_timedelta(range(len(rows)), "h")
    return link_places(rows.assign(**beside), PlacesSettings())


@pytest.fixture(scope="module")
def placed() -> Placed:
    """Every address of the table in one night."""
    return _linked(TEXTS)


def _relation(left: str, right: str, parents: "pd.Series[str]") -> str:
    if left == right:
        return "same"
    held = parents[left]
    while isinstance(held, str):
        if held == right:
            return "inside"
        held = parents[held]
    return "different"


@pytest.mark.parametrize("at", range(len(PAIRS)), ids=lambda at: "-".join(PAIRS[at].values()))
def test_pair(at: int, placed: Placed) -> None:
    """The two addresses are one place, the left one lies in the right one's, or they are two."""
    left, right = placed.links["place_id"].iloc[[2 * at, 2 * at + 1]]
    parents = placed.places.set_index("place_id")["parent_id"]
    assert _relation(left, right, parents) == PAIRS[at]["relation"]


def test_every_spot_of_a_village_is_in_it() -> None:
    """Whatever word stands behind a group, the place is that group or lies in it."""
    found = _linked([GROUP, *(GROUP + word for word in WORDS)])
    group, *spots = found.links["place_id"]
    parents = found.places.set_index("place_id")["parent_id"]
    outside = [w for w, spot in zip(WORDS, spots, strict=True)
               if _relation(spot, group, parents) == "different"]  # fmt: skip
    assert outside == []


def test_the_records_village_holds_a_bare_spot() -> None:
    """地头 is in the village that stands beside the text, whether or not the town is written."""
    found = _linked(
        ["乌江镇大湾村", "地头", "乌江镇村口", "乌江镇果园"], village="大湾村", town="乌江镇"
    )
    village, ground, entrance, orchard = found.links["place_id"]
    assert village == ground == entrance
    assert found.places.set_index("place_id").loc[orchard, "parent_id"] == village


def test_standard_text_of_a_spot_stands_for_itself() -> None:
    """What a spot became is read as the same spot."""
    context = pd.DataFrame({"county_code": ["620702"] * len(TEXTS)})
    once = addresses.parse(pd.Series(TEXTS, dtype="str"), context)
    twice = addresses.parse(once["standard"], context)
    assert twice["standard"].tolist() == once["standard"].tolist()
    assert twice["grain"].tolist() == once["grain"].tolist()
