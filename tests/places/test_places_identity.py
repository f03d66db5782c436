"""Places from night to night, under verdicts, and what is learned of their names."""

import numpy as np
import pandas as pd

from warning.matching.places import Placed, link_places
from warning.settings.matching_places import PlacesSettings

SETTINGS = PlacesSettings()
HERE, THERE = (100.45, 38.93), (100.47, 38.95)


def records(*rows: tuple[str | None, tuple[float, float] | None]) -> pd.DataFrame:
    """Records of one county with an address and perhaps a point, an hour apart."""
    frame = pd.DataFrame(
        {
            "channel": "110",
            "record_id": [f"r{k}" for k in range(len(rows))],
            "reported_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(range(len(rows)), "h"),
            "address": pd.Series([text for text, _ in rows], dtype="str"),
            "county_code": "620724",
            "longitude": [point[0] if point else np.nan for _, point in rows],
            "latitude": [point[1] if point else np.nan for _, point in rows],
        }
    )
    return frame.astype({"channel": "str", "record_id": "str", "county_code": "str"})


def ids(placed: Placed) -> list[str]:
    return placed.links["place_id"].tolist()


def test_same_night_again_keeps_ids() -> None:
    """With last night's links every record keeps its place, and nothing is merged."""
    rows = records(("锦绣花园3-2-501", None), ("锦绣花园", None), ("南街12号", None))
    first = link_places(rows, SETTINGS)
    again = link_places(rows, SETTINGS, previous_links=first.links)
    assert ids(again) == ids(first)
    assert again.merges.empty
    pd.testing.assert_frame_equal(again.places, first.places)


def test_older_id_survives_a_merge() -> None:
    """Two places that turn out to be one keep the older id, and the other is recorded."""
    rows = records(("金源家属院", None), ("锦绣花园", None))
    first = link_places(rows, SETTINGS)
    old, young = ids(first)
    joined = link_places(rows, SETTINGS, previous_links=first.links, same={(0, 1)})
    assert ids(joined) == [old, old]
    assert joined.merges.to_numpy().tolist() == [[young, old]]


def test_corrected_text_keeps_the_place_of_its_records() -> None:
    """A place whose full name is written later keeps the id that its first records had."""
    early = records(("锦绣3-2-501", None), ("锦绣3-2-501", None))
    first = link_places(early, SETTINGS)
    rows = records(("锦绣3-2-501", None), ("锦绣3-2-501", None), ("锦绣花园3-2-501", None))
    second = link_places(rows, SETTINGS, previous_links=first.links)
    assert ids(second) == [ids(first)[0]] * 3


def test_a_corrected_address_leaves_the_place_to_the_others() -> None:
    """Where a record now says another place, that one is named by its text."""
    first = link_places(records(*[("锦绣花园3-2-501", None)] * 3), SETTINGS)
    rows = records(("丹霞小区", None), *[("锦绣花园3-2-501", None)] * 2)
    corrected = np.array([True, False, False])
    second = link_places(rows, SETTINGS, previous_links=first.links, corrected=corrected)
    assert ids(second) == [ids(link_places(rows, SETTINGS))[0], *ids(first)[1:]]
    assert second.merges.empty


def test_verdicts_hold() -> None:
    """An analyst's different parts what was written alike; same joins what was not."""
    rows = records(("锦绣花园", None), ("锦绣花园", None), ("锦绣花园", None), ("丹霞小区", None))
    got = ids(link_places(rows, SETTINGS, different={(0, 2)}, same={(1, 3)}))
    assert got[0] == got[1] == got[3]
    assert got[2] != got[0]


def test_what_a_verdict_parts_no_others_join() -> None:
    """Of two that join what a third parts the first holds, and so does the one that parts."""
    rows = records(("锦绣花园", None), ("丹霞小区", None), ("南街12号", None), ("南街12号", None))
    one, other, *far = ids(link_places(rows, SETTINGS, different={(0, 2)}, same={(0, 1), (1, 2)}))
    assert one == other
    assert far[0] == far[1] != one


def test_nickname_learned_from_spot() -> None:
    """Names of one kind at one spot are one place, with the support reported."""
    market = [("高台县农贸市场", HERE)] * 4 + [("高台县菜市场", HERE)] * 3
    placed = link_places(records(*market, ("高台县果品市场", THERE)), SETTINGS)
    got = ids(placed)
    assert len(set(got[:7])) == 1
    assert got[7] != got[0]
    assert placed.learned["nickname"].tolist() == ["菜市场"]
    assert placed.learned["doors"].tolist() == [3]


def test_short_form_of_two_names_needs_support() -> None:
    """A short form that could mean two compounds joins the one where it lies, else neither."""
    full = [("锦绣花园3-2-501", HERE), ("锦绣家园3-2-501", THERE)]
    unsupported = ids(link_places(records(*full, ("锦绣3-2-501", None)), SETTINGS))
    assert len(set(unsupported)) == 3
    supported = ids(link_places(records(*full, ("锦绣3-2-501", THERE)), SETTINGS))
    assert supported[2] == supported[1] != supported[0]


def test_short_form_far_away_is_another_place() -> None:
    """A short form at another spot than its only full name is a place of its own."""
    got = ids(link_places(records(("锦绣花园3-2-501", HERE), ("锦绣3-2-501", THERE)), SETTINGS))
    assert got[0] != got[1]


def test_town_by_the_point() -> None:
    """A village that two towns have, written without its town, is the one where its point lies."""
    rows = records(
        ("城关镇大寨村", HERE), ("南华镇大寨村", THERE), ("大寨村", THERE), ("大寨村", None)
    )
    got = ids(link_places(rows, SETTINGS))
    assert got[2] == got[1] != got[0]
    assert got[3] not in got[:3]


def test_point_far_away_speaks_against_the_text() -> None:
    """A link whose point lies far from the place's other points is less probable, and counted."""
    rows = records(*[("高台县农贸市场", HERE)] * 4, ("高台县农贸市场", (100.9, 39.2)))
    placed = link_places(rows, SETTINGS)
    assert placed.links["probability"].tolist() == [0.99] * 4 + [0.7]
    assert placed.report["places_points_far_away"] == 1


def test_village_without_its_word() -> None:
    """大寨六社 is the group of 大寨村 where that village is known."""
    got = ids(
        link_places(records(("城关镇大寨村6社9号", None), ("城关镇大寨六社9号", None)), SETTINGS)
    )
    assert got[0] == got[1]


def test_a_hospital_whose_building_is_told_is_a_hub() -> None:
    """It and its buildings are; its staff's homes, a door and houses of 广场路 are none.

    Flats leave the hospital's building what it is, and a ward's door is none of theirs.
    """
    texts = ("市医院", "市医院2号楼", "市医院2号楼301室", "市医院家属院5号楼", "公园壹号3号楼2单元201室",
             "公园壹号3号楼", "广场路11号2栋", "市场小区A区3号楼", "市医院2号楼3单元501室",
             "市医院家属院2号楼1单元301室")  # fmt: skip
    hubs = {
        text: placed.places.set_index("text")["is_hub"].to_dict()
        for text, placed in (
            ("forth", link_places(records(*[(text, None) for text in texts]), SETTINGS)),
            ("back", link_places(records(*[(text, None) for text in texts[::-1]]), SETTINGS)),
        )
    }
    assert hubs["forth"] == hubs["back"]
    told = hubs["forth"]
    assert told["张掖市人民医院"] and told["张掖市人民医院2号楼"]
    assert not told["张掖市人民医院2号楼301室"]
    assert not told["张掖市人民医院家属院5号楼"]
    assert not told["张掖市人民医院家属院2号楼"]
    assert not told["公园3号楼"]
    assert not told["广场路11号2号楼"]
    assert not told["市场小区A区3号楼"]


def test_hub_by_degree() -> None:
    """A point of interest with very many records is a hub whatever its name."""
    settings = SETTINGS.model_copy(update={"hub_records": 5})
    rows = records(*[("清泉茶楼", None)] * 6, ("绿洲茶楼", None))
    places = link_places(rows, settings).places.set_index("text")["is_hub"]
    assert places["清泉茶楼"]
    assert not places["绿洲茶楼"]


def test_one_quarrel_makes_no_hub() -> None:
    """Many records of the same few people are no hub; the same number of strangers are one."""
    settings = SETTINGS.model_copy(update={"hub_records": 5})
    rows = records(*[("清泉茶楼", None)] * 6, *[("绿洲茶楼", None)] * 6)
    parties = rows[["channel", "record_id"]].assign(
        name="某", phone=["13900000001"] * 6 + [f"1390000001{k}" for k in range(6)]
    )
    placed = link_places(rows, settings, parties.astype("str"))
    hubs = placed.places.set_index("text")["is_hub"]
    assert not hubs["清泉茶楼"]
    assert hubs["绿洲茶楼"]
    assert placed.report["places_hubs_by_degree"] == 1


def test_grid_tells_the_town() -> None:
    """A record without its town has the one that the other records of its grid name."""
    rows = records(("锦绣花园", None), ("锦绣花园", None), ("丹霞小区", None), ("丹霞小区", None))
    rows = rows.assign(grid_id="6207240001", town=["城关镇", "城关镇", None, None])
    places = link_places(rows.astype({"town": "str"}), SETTINGS).places
    assert "城关镇丹霞小区" in places["text"].tolist()


def test_county_from_the_town() -> None:
    """A record without any county joins the only county of these data that has its town."""
    rows = records(("南华镇大寨村", None), ("南华镇大寨村", None))
    rows.loc[1, "county_code"] = None
    got = ids(link_places(rows, SETTINGS))
    assert got[0] == got[1]


def test_order_of_rows_is_irrelevant_with_everything() -> None:
    """Shuffled records, with points, nicknames and verdicts, give the same frames."""
    rows = records(
        ("城关镇大寨村", HERE), ("南华镇大寨村", THERE), ("大寨村", THERE), ("锦绣花园3-2-501", HERE),
        ("锦绣3-2-501", HERE), (None, HERE), ("高台县医院", None), ("高台县人民医院", None),
    )  # fmt: skip
    order = [5, 2, 7, 0, 3, 6, 1, 4]
    left = link_places(rows, SETTINGS, different={(3, 4)})
    right = link_places(
        rows.iloc[order].reset_index(drop=True), SETTINGS,
        different={(order.index(3), order.index(4))},
    )  # fmt: skip
    for one, other in zip(left[:4], right[:4], strict=True):
        pd.testing.assert_frame_equal(one, other)
