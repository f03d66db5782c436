"""Spec tables of the address parser."""

import pandas as pd
import pytest

from warning.matching.standardise import addresses


def one(text: str, **context: str) -> dict[str, str]:
    frame = pd.DataFrame([context]) if context else None
    return addresses.parse(pd.Series([text], dtype="str"), frame).iloc[0].to_dict()


@pytest.mark.parametrize("group", ["六社", "6社", "第六社", "６社", "六组", "第6村民小组", "6队"])
def test_group_is_one_in_every_script(group: str) -> None:
    """社, 村民小组, 组 and 队 are one thing and numerals are read in three scripts."""
    got = one(f"甘肃省临泽县新华镇大寨村{group}39号")
    assert got["standard"] == "新华镇大寨村6组39号"
    assert (got["county_code"], got["city"], got["grain"]) == ("620723", "张掖市", "room")


@pytest.mark.parametrize(
    "room",
    [
        "三号楼二单元501室",
        "3号楼2单元501",
        "3-2-501",
        "3＃2单元501",
        "3栋2单元501室",
        "3幢二单元501",
    ],
)
def test_room_is_one_in_every_form(room: str) -> None:
    """The forms of building, unit and room give one canonical text."""
    got = one("甘州区南街街道锦绣花园" + room)
    assert got["standard"] == "南街街道锦绣花园3号楼2单元501室"
    assert got["grain"] == "room"


@pytest.mark.parametrize(
    ("text", "grain"),
    [
        ("临泽县新华镇", "town"),
        ("临泽县新华镇大寨村", "village"),
        ("临泽县新华镇大寨村六社", "group"),
        ("甘州区锦绣花园", "compound"),
        ("甘州区锦绣花园3号楼", "building"),
        ("甘州区西街市医院", "poi"),
        ("", "none"),
    ],
)
def test_grain(text: str, grain: str) -> None:
    """The grain is that of what was written."""
    assert one(text)["grain"] == grain


def test_context_fills_and_never_overrules() -> None:
    """County, town and village of the record fill what the text lacks only."""
    filled = one("六社39号", county_code="620723", town="新华镇", village="大寨村")
    assert filled["standard"] == "新华镇大寨村6组39号"
    kept = one("高台县南华镇", county_code="620723", town="新华镇")
    assert (kept["county_code"], kept["standard"]) == ("620724", "南华镇")


def test_old_town_ending() -> None:
    """新华乡 of yesterday is 新华镇 of today."""
    assert one("临泽县新华乡大寨村")["town"] == "新华镇"


def test_nickname() -> None:
    """市医院 stands for the city's hospital."""
    assert one("张掖市甘州区市医院")["poi"] == "张掖市人民医院"


def test_generic_text() -> None:
    """Text that is not Chinese becomes a place by its normalised tokens."""
    assert one("600 E. Market Street")["standard"] == one("600 E MARKET ST")["standard"]
    assert one("600 E MARKET ST")["grain"] == "poi"


def test_index_missing_and_long_text() -> None:
    """The index is kept, missing is grain none, and a huge text is no trouble."""
    series = pd.Series(["临泽县新华镇", None, "村" * 100_000], index=[5, 3, 9], dtype="str")
    got = addresses.parse(series, None)
    assert list(got.index) == [5, 3, 9]
    assert got.loc[3, "grain"] == "none"


@pytest.mark.parametrize(
    ("text", "county", "town", "village"),
    [
        ("清水驿乡红旗村3组12号", "", "清水驿乡", "红旗村"),
        ("西夏墅镇红旗村", "", "西夏墅镇", "红旗村"),
        ("巴彦图嘎苏木阿尔山嘎查3队12号", "", "巴彦图嘎苏木", "阿尔山嘎查"),
        ("阿尔山嘎查12号", "", "", "阿尔山嘎查"),
        ("清水白沙镇红旗村", "清水县", "白沙镇", "红旗村"),
        ("嘉兴桐乡濮院镇红旗村", "桐乡市", "濮院镇", "红旗村"),
        ("顺义杨镇地区红旗村", "顺义区", "杨镇地区", "红旗村"),
        ("家住于都县贡江镇红旗村", "于都县", "贡江镇", "红旗村"),
        ("科左中旗舍伯吐镇西伯嘎查", "科尔沁左翼中旗", "舍伯吐镇", "西伯嘎查"),
        ("东乌旗萨麦苏木敖包嘎查", "东乌珠穆沁旗", "萨麦苏木", "敖包嘎查"),
        ("甘肃省东乡县达板镇崔家村", "东乡族自治县", "达板镇", "崔家村"),
        ("东乡县达板镇崔家村", "东乡县", "达板镇", "崔家村"),
    ],
)
def test_a_town_that_begins_like_a_county(text: str, county: str, town: str, village: str) -> None:
    """The whole town goes before another county's short name, and after the county its town."""
    got = one(text)
    assert (got["county"], got["town"], got["village"]) == (county, town, village)
