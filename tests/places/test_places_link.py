"""Linking of places."""

import pandas as pd

from warning.matching.place_rows import NO_PLACE
from warning.matching.places import link_places
from warning.settings.matching_places import PlacesSettings

SETTINGS = PlacesSettings()


def records(*rows: dict[str, object]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    frame["channel"] = "110"
    frame["record_id"] = [f"r{i}" for i in range(len(frame))]
    frame["reported_at"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(len(frame)), "h")
    for name in ("address", "county_code", "town", "village", "grid_id"):
        frame[name] = frame[name].astype("str") if name in frame else pd.Series(dtype="str")
    return frame


def ids(*texts: str, county: str = "620702") -> list[str]:
    rows = [{"address": t, "county_code": county} for t in texts]
    return link_places(records(*rows), SETTINGS).links["place_id"].tolist()


def test_same_room_in_other_words() -> None:
    """Missing town or unit, other unit forms and a homophone still give one room."""
    got = ids("南街街道锦绣花园3号楼2单元501室", "锦绣花园3-2-501", "锦绣花园三号楼501室",
              "锦秀花园3栋2单元501")  # fmt: skip
    assert len(set(got)) == 1


def test_conflicts_stay_apart() -> None:
    """Another room, a name differing in a direction or a number, another county: other places."""
    got = ids("锦绣花园3-2-501", "锦绣花园3-2-502", "锦绣东花园3-2-501", "锦绣西花园3-2-501")
    assert len(set(got)) == 4
    assert ids("锦绣花园") != ids("锦绣花园", county="620723")


def test_basement_annexe_and_hostel_are_places_of_their_own() -> None:
    """负1楼 is not 1楼, 附7号 no building 7, and hostels keep their number and their doors."""
    got = ids("县府街16号负1楼", "县府街16号1楼", "县府街16号附7号", "县府街16号附8号",
              "县府街16号7栋", "电子厂3号宿舍楼506室", "电子厂5号宿舍楼506室",
              "电子厂3号宿舍楼201室", "华泰小区7栋1203房A室", "华泰小区7栋1203房B室")  # fmt: skip
    assert len(set(got)) == 10
    assert len(set(ids("电子厂3号宿舍楼506室", "电子厂宿舍3号楼506"))) == 1


def test_stalls_of_a_market_are_places_of_their_own() -> None:
    """Stalls are doors of the market, whatever numeral tells the section, and no hubs."""
    texts = (
        "南关批发市场3区12号",
        "南关批发市场三区12号摊位",
        "南关批发市场3区58号",
        "南关批发市场3区",
    )
    rows = records(*({"address": text, "county_code": "620702"} for text in texts))
    links, places = link_places(rows, SETTINGS)[:2]
    one, same, other, market = links["place_id"]
    assert one == same and len({one, other, market}) == 3
    assert places.set_index("place_id").loc[[one, market], "is_hub"].tolist() == [False, True]


def test_coarse_place_is_a_place_of_its_grain() -> None:
    """A compound is never one of its rooms, and the hierarchy leads from the room to it."""
    rows = records(*({"address": t, "county_code": "620702"}
                     for t in ("南街街道锦绣花园3-2-501", "南街街道锦绣花园")))  # fmt: skip
    links, places = link_places(rows, SETTINGS)[:2]
    assert links["grain"].tolist() == ["room", "compound"]
    parents = places.set_index("place_id")["parent_id"]
    building = parents[links.loc[0, "place_id"]]
    assert parents[building] == links.loc[1, "place_id"]
    assert places.set_index("place_id").loc[parents[links.loc[1, "place_id"]], "grain"] == "town"


def test_flats_of_a_numbered_house_are_places_of_their_own() -> None:
    """The number of a road or lane holds its flats; a unit not written is the only one."""
    rows = records(*({"address": t, "county_code": "620702"} for t in (
        "中山路11号3单元501室", "中山路11号501", "中山路11号502室", "中山路11号",
        "甘浚镇工联村西线路8号302房", "甘浚镇工联村西线路8号301房",
    )))  # fmt: skip
    links, places = link_places(rows, SETTINGS)[:2]
    assert links["grain"].tolist() == ["room", "room", "room", "poi", "room", "room"]
    first, same, other, number, left, right = links["place_id"]
    assert first == same != other
    assert left != right
    parents = places.set_index("place_id")["parent_id"]
    assert parents[first] == parents[other] == number
    assert parents[left] == parents[right]
    assert places.set_index("place_id").loc[parents[left], "grain"] == "building"


def test_floor_tells_rooms_of_one_number_apart() -> None:
    """Room 2 of the fourth floor is not that of the fifth; a unit not written is the only one."""
    got = ids("中山路11号3单元4楼2室", "中山路11号四楼2号房", "中山路11号5楼2室", "金色小区4楼2室",
              "金色小区5楼2室", "工联村西线路8号4楼2室", "工联村西线路8号5楼2室")  # fmt: skip
    assert got[0] == got[1]
    assert len(set(got)) == 6


def test_order_of_rows_is_irrelevant() -> None:
    """Shuffled records give the same frames."""
    rows = records(*({"address": t, "county_code": "620723"}
                     for t in ("新华镇大寨村六社39号", "大寨村6组39号", "大寨村")))  # fmt: skip
    left = link_places(rows, SETTINGS)[:2]
    right = link_places(rows.iloc[::-1], SETTINGS)[:2]
    for a, b in zip(left, right, strict=True):
        pd.testing.assert_frame_equal(a, b)
    assert left[0]["place_id"].nunique() == 2


def test_points_without_text() -> None:
    """A point within 50 m of a known place is that place; a far one is a place of its own."""
    rows = records(
        {"address": "锦绣花园", "county_code": "620702", "longitude": 100.45, "latitude": 38.93},
        {"address": None, "county_code": "620702", "longitude": 100.4501, "latitude": 38.93},
        {"address": None, "county_code": "620702", "longitude": 100.6, "latitude": 38.93},
    )
    links, _ = link_places(rows, SETTINGS)[:2]
    assert links.loc[0, "place_id"] == links.loc[1, "place_id"]
    assert links.loc[2, "place_id"] != links.loc[0, "place_id"]


def test_points_in_the_open_sea_are_no_place() -> None:
    """Rows stored with (0, 0) before such a point was read as missing stand nowhere."""
    rows = records(*({"county_code": "620702", "longitude": 0.0, "latitude": 0.0},) * 2)
    assert link_places(rows, SETTINGS).links.empty


def test_hubs_and_nothing() -> None:
    """A hospital is a hub by its name; a record that says nothing of where has no link."""
    rows = records({"address": "市医院", "county_code": "620702"}, {"address": None})
    links, places = link_places(rows, SETTINGS)[:2]
    assert len(links) == 1
    assert places.set_index("place_id").loc[links.loc[0, "place_id"], "is_hub"]


def test_generic_address_links() -> None:
    """English addresses without any county link by their text."""
    rows = records({"address": "600 E MARKET ST"}, {"address": "600 E Market Street"})
    links, _ = link_places(rows, SETTINGS)[:2]
    assert links["place_id"].nunique() == 1


def test_words_that_say_that_no_address_is_known_are_no_place() -> None:
    """地址不详, 见正文 and the like name no place; town, village and point still do."""
    texts = ["地址不详", "具体位置：不清楚", "不详（见正文）", "同上", "网上", "ＱＱ", "--",
             "Unknown address", "n/a", "报警人家中", "对方家中", "城区某处", "小区门口"]  # fmt: skip
    rows = records(*({"address": t, "county_code": "620702"} for t in texts))
    found = link_places(rows, SETTINGS)
    assert found.links.empty and found.places.empty
    assert found.report[NO_PLACE] == len(texts)
    assert ids("甘州区不详", "甘州区网上", "某小区3号楼", "甘州区小区门口", "甘州区某KTV") == []
    assert len(set(ids("新墩镇不详", "新墩镇", "新墩镇某小区3号楼"))) == 1
    beside = records(
        {"address": "锦绣花园", "county_code": "620702", "longitude": 100.45, "latitude": 38.93},
        {"address": "见正文", "county_code": "620702", "longitude": 100.4501, "latitude": 38.93},
        {"address": "见正文", "county_code": "620702", "town": "乌江镇", "village": "敬依村"},
        {"address": "网上商城", "county_code": "620702"},
    )
    links = link_places(beside, SETTINGS).links
    assert links["grain"].tolist() == ["compound", "compound", "village", "compound"]
    assert links.loc[0, "place_id"] == links.loc[1, "place_id"] != links.loc[3, "place_id"]
