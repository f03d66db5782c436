"""Names of organisations taken apart: a table that a domain reader can extend."""

import pandas as pd
import pytest

from warning.matching.standardise.organisations import organisations

#: written, place, stem, trade, legal form; "" for none
SPEC = """
张掖市鑫源物业服务有限公司|张掖|鑫源|property|有限公司
鑫源物业||鑫源|property|
高台县宏达商贸超市|高台|宏达|retail|超市
宏达家电商行||宏达|retail|商行
甘肃省张掖市甘州区金张掖建筑工程有限责任公司|甘州|金张掖|building|有限责任公司
丝路（高台县）农业科技有限公司|高台|丝路|farming|有限公司
恒 泰　百貨有限公司||恒泰|retail|有限公司
锦绣花园小区物业||锦绣花园小区|property|
张掖老王烧烤店||张掖老王|food|店
甘肃宏达建筑工程有限公司||宏达|building|有限公司
张掖宏达建筑公司|张掖|宏达|building|公司
宏达建筑公司||宏达|building|公司
甘肃建筑公司||甘肃|building|公司
兰州饭店||兰州|food|
新疆大盘鸡餐厅||新疆大盘鸡|food|
四川商会||四川商会||
社区物业|||property|
快递公司|||transport|公司
隔壁饭店|||food|
某物业公司|||property|公司
小区物业|||property|
一家饭店|||food|
高台县人民医院|高台|人民医院|public|
临泽县新华镇卫生院|临泽|新华镇卫生院|public|
昆山市花桥镇人民政府|昆山|花桥镇政府|public|
新墩镇双塔村小学||双塔村小学|public|
新墩镇育才学校||育才学校|public|
新墩镇中心小学||新墩镇中心小学|public|
甘州区新墩镇双塔村民委员会|甘州|双塔村委员会|public|
东街街道南关居委会||南关社区委员会|public|
新墩镇村委会|||public|
鑫苑名家业委会||鑫苑名家业主委员会|public|
甘州区鑫苑名家小区业主委员会|甘州|鑫苑名家业主委员会|public|
小区业委会|||public|
城关派出所||城关派出所|public|
景德镇市第一中学|景德镇|第一中学|public|
江西景德镇市恒泰超市|江西景德镇|恒泰||超市
永辉超市新华店||永辉超市新华||店
永辉超市（木渎店）||永辉超市木渎||店
江苏苏州市恒泰超市|江苏苏州|恒泰||超市
风情小镇饭店||风情小镇|food|
如家酒店（旗舰店）||如家|lodging|
顺丰速运（昆山）有限公司|昆山|顺丰速运||有限公司
"""


@pytest.mark.parametrize("line", SPEC.strip().splitlines())
def test_a_name_is_taken_apart(line: str) -> None:
    """Place, stem, trade and legal form of a name as written."""
    written, *expected = line.split("|")
    row = organisations(pd.Series([written], dtype="str")).iloc[0]
    got = [row[part] for part in ("place", "stem", "trade", "legal_form")]
    assert ["" if pd.isna(value) else value for value in got] == expected


def test_missing_and_empty_names_are_no_organisation() -> None:
    """What is not written has no name, and the rows keep their index."""
    found = organisations(pd.Series([None, " ", "鑫源物业"], index=[5, 6, 7], dtype="str"))
    assert found["name"].isna().tolist() == [True, True, False]
    assert found.index.tolist() == [5, 6, 7]
    assert found["is_public_hub"].tolist() == [False, False, False]


def test_a_bureaus_numeral_is_read_and_its_name_stays_as_written() -> None:
    parts = organisations(pd.Series(["中铁十二局", "中铁12局", "中铁十一局"]))
    assert parts["stem"].nunique() == 2 and parts["stem"][0] == parts["stem"][1]
    assert [*parts["name"]] == ["中铁十二局", "中铁12局", "中铁十一局"]
