"""Which names are one organisation: pairs that a domain reader can extend, and laws."""

import pandas as pd
import pytest

from warning.matching.organisations import (
    Organisations,
    link_organisations,
    with_organisations,
)
from warning.matching.standardise.organisations import organisations, surely_one
from warning.matching.standardise.own_counties import with_own_counties
from warning.records import PARTY_COLUMNS
from warning.settings import load_settings

SETTINGS = load_settings().matching
#: Other firms of the city, so that a stem is as common as it is in life.
WORLD = [
    (f"{place}{stem}{trade}有限公司", code)
    for place, code in (("甘州区", "620702"), ("民乐县", "620722"), ("高台县", "620724"))
    for stem in ("宏达", "祁连", "兴盛", "瑞丰", "德顺", "黑河")
    for trade in ("物业服务", "建筑工程", "商贸", "餐饮")
]
#: left, its county, right, its county, whether they are one
PAIRS = """
高台县鑫源物业服务有限公司|620724|鑫源物业|620724|yes
高台县鑫源物业服务有限公司|620724|鑫源物业服务有限责任公司|620724|yes
高台县鑫源物业服务有限公司|620724|高台县鑫源物业服务有限公司|620702|yes
高台县鑫源物业服务有限公司|620724|高台县鑫源物业服务有限公司　|620724|yes
高台县人民医院|620724|人民医院|620724|yes
鑫源物业服务有限公司|620724|鑫源商贸有限公司|620724|no
鑫源物业服务有限公司|620724|鑫源物业服务有限公司|620722|no
鑫源物业|620724|鑫苑商贸|620724|no
某物业公司|620724|某物业公司|620724|no
物业|620724|鑫源物业|620724|no
人民医院|620724|人民医院|620722|no
甘肃宏远建筑工程有限公司|620702|宏远建筑公司|620702|yes
张掖宏远建筑公司|620702|宏远建筑公司|620702|yes
张掖市宏远建筑公司|620702|甘肃宏远建筑公司|620702|yes
张掖宏远建筑公司|620702|兰州宏远建筑公司|620702|no
张掖市宏远建筑公司|620702|兰州市宏远建筑公司|620702|no
甘肃建工集团|620702|江西建工集团|620702|no
甘肃路桥公司|620702|四川路桥公司|620702|no
兰州牛肉面馆|620702|青海牛肉面馆|620702|no
四川商会|620702|福建商会|620702|no
北京饺子馆|620702|山东饺子馆|620702|no
新华镇人民政府|620723|沙河镇人民政府|620723|no
新华镇卫生院|620723|沙河镇卫生院|620723|no
新华镇大寨村村民委员会|620723|沙河镇大寨村村民委员会|620723|no
新墩镇双塔村村民委员会|620702|双塔村村委会|620702|yes
甘州区新墩镇双塔村委会|620702|双塔村村民委员会|620702|yes
东街街道南关社区居委会|620702|南关社区居民委员会|620702|yes
东街街道南关社区居委会|620702|西街街道南关社区居委会|620702|no
临泽县大寨村村委会|620723|沙河镇大寨村村民委员会|620723|yes
新墩镇双塔村小学|620702|双塔村小学|620702|yes
新墩镇育才学校|620702|沙井镇育才学校|620702|no
新墩镇第二小学|620702|第二小学|620702|no
新墩镇村委会|620702|村委会|620702|no
新华镇中心小学|620723|临泽县新华镇中心小学|620723|yes
临泽县新华镇政府|620723|新华镇人民政府|620723|yes
新华镇宏远建筑公司|620723|沙河镇宏远建筑公司|620723|no
新华镇宏远建筑公司|620723|宏远建筑公司|620723|yes
景德镇市浮梁镇宏远建筑公司|360222|浮梁镇宏远建筑公司|360222|yes
永辉超市新华店|620723|华润超市新华店|620723|no
永辉超市(木渎店)|620702|永辉超市（长桥店）|620702|no
永辉超市(木渎店)|620702|永辉超市木渎店|620702|yes
顺丰速运(张掖)有限公司|620702|顺丰速运(昆山)有限公司|620702|no
顺丰速运(北京)有限公司|620702|顺丰速运(上海市)有限公司|620702|no
沃尔玛(湖南)百货有限公司|620702|沃尔玛(甘肃省)百货有限公司|620702|no
顺丰速运(北京)有限公司|620702|北京顺丰速运有限公司|620702|yes
临泽县明光物业公司|620702|临泽明光物业公司|620702|yes
高台县鑫源建材厂|620724|高台鑫源建材厂|620724|yes
临泽明光物业公司|620702|高台明光物业公司|620702|no
长安明光物业公司|620702|明光物业公司|620702|no
鑫苑名家业委会|620702|鑫苑名家小区业主委员会|620702|yes
张掖市人民医院|620702|甘州区人民医院|620702|no
张掖市教育局|620702|甘州区教育局|620702|no
张掖市宏远建筑公司|620702|临泽县宏远建筑公司|620702|no
张掖市临泽县宏远建筑公司|620702|临泽县宏远建筑公司|620702|yes
甘肃省人民医院|620702|兰州市人民医院|620702|no
"""


def linked(names: list[tuple[str, str]], **verdicts: set[tuple[int, int]]) -> Organisations:
    """The world's firms after the given names."""
    frame = pd.DataFrame([*names, *WORLD], columns=["name", "county"], dtype="str")
    return link_organisations(organisations(frame["name"]), frame["county"], SETTINGS, **verdicts)


def test_a_county_of_the_report_s_own_city_is_parted_from_the_stem() -> None:
    """Also behind the city; elsewhere, before one character or in a public body it is no place."""
    written = [
        "张掖临泽明光物业公司",
        "长安福特公司",
        "高台阶公司",
        "临泽某某物业公司",
        "临泽社区居委会",
    ]
    named = organisations(pd.Series(written, dtype="str"))
    found = with_own_counties(named, pd.Series(["620702"] * len(written), dtype="str"))
    told = found[["place", "region", "stem"]].astype("object").fillna("")
    assert told.iloc[0].tolist() == ["临泽", "620723", "明光"]
    assert told["stem"].tolist()[1:4] == ["长安福特", "高台阶", ""]
    assert found.iloc[4].equals(named.iloc[4])


@pytest.mark.parametrize("line", PAIRS.strip().splitlines())
def test_pairs_of_names(line: str) -> None:
    """One organisation or two, in either order."""
    one, its, other, others, expected = line.split("|")
    for names in ([(one, its), (other, others)], [(other, others), (one, its)]):
        label = linked(names).label
        assert (label[0] == label[1]) == (expected == "yes")


def test_a_stem_that_two_trades_bear_links_nothing() -> None:
    """鑫源公司 is neither the one nor the other of its county."""
    both = linked([("鑫源公司", "620724"), ("鑫源物业", "620724"), ("鑫源商贸", "620724")]).label
    assert len({*both[:3]}) == 3


def test_a_village_that_two_towns_have_links_nothing_without_its_town() -> None:
    """大寨村村委会 is neither the one nor the other of its county."""
    names = ("新华镇大寨村村委会", "沙河镇大寨村村民委员会", "大寨村村委会")
    assert len({*linked([(name, "620723") for name in names]).label[:3]}) == 3


@pytest.mark.parametrize(
    "names",
    [
        ("鸿运物业（张掖）有限公司", "鸿运物业（兰州）有限公司", "鸿运物业有限公司"),
        ("张掖市鸿运物业公司", "兰州市鸿运物业公司", "甘肃鸿运物业公司"),
        ("甘肃鸿运物业公司", "青海鸿运公司", "鸿运物业公司"),
        ("张掖市人民医院", "甘州区人民医院", "人民医院"),
    ],
)
def test_a_name_that_fits_two_regions_joins_neither(names: tuple[str, ...]) -> None:
    """Without a place, or with their province, it is neither the one nor the other."""
    assert len({*linked([(name, "620702") for name in names]).label[:3]}) == 3


def test_a_name_without_a_place_is_the_only_one_of_its_trade() -> None:
    """A firm of another trade elsewhere takes nothing from it, nor does a province tell another."""
    names = ("张掖市鸿运物业公司", "甘肃鸿运物业公司", "鸿运物业公司", "兰州市鸿运商贸公司")
    label = linked([(name, "620702") for name in names]).label
    assert len({*label[:3]}) == 1
    assert label[3] not in label[:3]


def test_villages_of_two_counties_towns_of_one_name_are_two() -> None:
    """A town's name does not tell the county: 城关镇 is in many."""
    names = [("城关镇东关村村委会", "620724"), *[("城关镇东关村村委会", "620722")] * 3]
    assert len({*linked(names).label[:4]}) == 2


def test_verdicts_hold() -> None:
    """What an analyst decided is so, whatever the names say."""
    names = [("鑫源物业", "620724"), ("鑫源物业", "620724"), ("恒泰商贸", "620724")]
    assert len({*linked(names, different={(0, 1)}).label[:2]}) == 2
    assert len({*linked(names, same={(0, 2)}).label[:3]}) == 1


def test_the_order_of_rows_does_not_matter() -> None:
    """Who is with whom is the same whichever row comes first."""
    names = [
        ("高台县鑫源物业服务有限公司", "620724"),
        ("恒泰商贸", "620724"),
        ("鑫源物业", "620724"),
    ]
    there = linked(names).label[:3]
    back = linked(names[::-1]).label[:3][::-1]
    assert [there[0] == there[2], there[0] == there[1]] == [back[0] == back[2], back[0] == back[1]]
    assert there[0] == there[2] != there[1]


def test_a_table_of_one_name_without_a_place() -> None:
    """The smallest table links nothing and fails in nothing."""
    frame = pd.DataFrame({"name": ["鑫源物业"], "county": [None]}, dtype="str")
    found = link_organisations(organisations(frame["name"]), frame["county"], SETTINGS)
    assert found.label.tolist() == [0]
    assert found.probability.tolist() == [1.0]


def test_whose_name_is_surely_an_organisation_s() -> None:
    """A firm, a public body and a shop with place or trade; never a person's, nor who is pointed to."""
    firms = (
        "临泽县鸿运物业服务有限公司 鸿运物业公司 鸿运物业 临泽县人民医院 沙河镇大寨村村委会 城关派出所 育才学校"
        " 高台县永辉超市 中国建设银行临泽支行 绿源种植农民专业合作社 临泽县宏达劳务有限公司（甘州区） 光明砖瓦厂"
    )
    others = (
        "张三 欧阳娜娜 古丽巴哈尔 张某某 甘州区王志平理发店 某物业公司 物业公司 县医院张三 张三物业 李四公司"
        " 张三（鸿运物业公司） 鸿运物业公司（张三） 张三、鸿运物业公司 我家超市 他哥的公司 路边饭店 对面烧烤店"
        " 大寨村 大寨村村民 丈夫公司 派出所民警 物业经理 出租车司机"
    )
    assert [name for name in firms.split() if not surely_one(name)] == []
    assert [name for name in others.split() if surely_one(name)] == []


def test_an_organisation_in_the_column_of_people_s_names_is_one() -> None:
    """Only where nothing else of a person stands beside it; what was given stays as it was."""
    name = "临泽县鸿运物业服务有限公司"
    rows = [
        {"name": name, "phone": "13999990001"},
        {"name": name, "id_number": "91620723MA71XXXX2B"},
        {"name": name, "id_number": "629901198001010514"},
        {"name": name, "gender": "男"},
        {"name": name, "age": 40},
        {"name": "张三", "organisation": name},
        {"name": "张三"},
    ]
    columns = dict(PARTY_COLUMNS)
    given = pd.DataFrame(rows).reindex(columns=list(columns)).astype(columns)
    before = given.copy()
    found = with_organisations(given)
    pd.testing.assert_frame_equal(given, before)
    assert found.dtypes.to_dict() == given.dtypes.to_dict()
    assert found["organisation"].notna().tolist() == [True, True, *[False] * 3, True, False]
    assert found["name"].isna().tolist() == [True, True, *[False] * 5]
