"""Names and numbers of parties do not stand in what pages and letters show."""

import pandas as pd
import pytest

from warning.digits import (
    hidden_address,
    hidden_number,
    without_doors,
    without_houses,
    without_numbers,
)
from warning.exporting import masked_people
from warning.masking import bare_names, people_named, summary, sure_names
from warning.matching.standardise.names import names
from warning.reading import from_frames
from warning.records import FREE_TEXTS
from warning.report.link_page import hidden_value, named_in
from warning.settings import load_settings


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("张三与人争吵", "张三"),
        ("张三与人争吵", "张 三"),
        ("张三与人争吵", "张三（本人）"),
        ("才让卓玛称被打", "才让·卓玛"),
        ("才让·卓玛称被打", "才让卓玛"),
        ("电话138 0013 8000", ""),
        ("电话138-0013-8000", ""),
        ("电话１３８００１３８０００", ""),
        ("证号62990019900101001X", ""),
    ],
)
def test_no_name_and_no_number_is_shown(text: str, party: str) -> None:
    """However it is spelled, the name is masked and the number taken out."""
    shown = summary(text, bare_names([party]))
    for secret in ("张三", "才让卓玛", "才让·卓玛", "0013", "００１３", "62990019"):
        assert secret not in shown


def test_a_name_that_is_a_word_is_hidden_in_its_own_text() -> None:
    """李世界 is told to nobody, though he is in no table of people; elsewhere the word stays."""
    told = summary("与李世界因借款争吵，昨日又见李世界", ())
    assert told == "与李某某因借款争吵，昨日又见李某某"
    assert summary("与李今因借款争吵", ()) == "与李某因借款争吵"
    assert summary("证人厶玉兰在场，已告知厶玉兰", ()) == "证人厶某某在场，已告知厶某某"
    assert summary("行李世界各地都有，与对方发生争执", ()) == "行李世界各地都有，与对方发生争执"


def test_a_name_with_he_in_it_is_one_name() -> None:
    """和 parts two whole names only."""
    table = names(pd.Series(["欧阳和平", "李和平安", "张伟和李强", "张伟、李强"]))
    assert list(table["name"]) == ["欧阳和平", "李和平安", "张伟", "张伟"]
    assert list(table["others"].fillna("")) == ["", "", "李强", "李强"]


@pytest.mark.parametrize(
    "number",
    ["138.0000.1234", "139/1111/2222", "138_0000_1234", "138--0000--1234", "１３８．００００．１２３４",
     "1.3.8.0.0.0.0.1.2.3.4", "86.138.0000.1234", "0936.821.2345", "138.****.1234",
     "6207231985.0101.1239", "620723/19850101/123x", "620723.850101.123"],
)  # fmt: skip
def test_a_number_with_any_signs_between_is_taken_out(number: str) -> None:
    """Wholly, beside a date, a house number and another number, which keep what they are."""
    told = without_numbers(f"2024.11.20，住3-2-501，电话{number}/139.1111.2222。")
    assert told == "2024.11.20，住3-2-501，电话（号码略）/（号码略）。"


@pytest.mark.parametrize(
    "text",
    ["2024.11.20 10:00", "2024/11/20", "2024/11/20 10.30.15", "1985.01.01.123室", "11/20", "3-2-501",
     "2024.11.15 10.30.15 205室", "2024/11/15 2024/11/20 3号楼", "12345.67元", "5000/10000元",
     "房135/2024.11.20", "08.15 2024.11.20"],
)  # fmt: skip
def test_what_is_no_phone_and_no_id_number_stays_readable(text: str) -> None:
    """Dates, times, amounts, house numbers."""
    assert without_numbers(text) == text


@pytest.mark.parametrize("dot", ["·", "・", "•", ".", " ", ""])
def test_a_long_name_is_masked_wherever_it_stands(dot: str) -> None:
    """As a Han name is, in texts of others' cases; with another dot or none, too."""
    everybody = sure_names(["艾孜热提艾力·卡德尔江", "艾孜热提", "周小川江", "刘大海"])
    told = summary(f"邻居艾孜热提艾力{dot}卡德尔江和周小川江、刘大海听到", (), everybody)
    assert told == "邻居艾某某和周某某、刘某某听到"


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("临泽县幸福小区三号楼二单元五〇一室", "临泽县幸福小区*号楼*单元*室"),
        ("幸福小区３号楼2单元501", "幸福小区*号楼*单元*"),
        ("幸福小区三号楼二单元五〇一", "幸福小区*号楼*单元*"),
        ("三里屯四平路十二号", "三里屯四平路*号"),
        ("三门峡市六户镇三-二-五〇一", "三门峡市六户镇*-*-*"),
    ],
)
def test_house_numbers_are_hidden_in_figures_and_words(address: str, told: str) -> None:
    """In addresses and in what narratives tell; names of places keep their numerals."""
    assert hidden_address(address) == told
    assert without_houses(f"家住{address}，又来") == f"家住{told}，又来"


def test_four_digits_of_a_number_are_hidden_at_least() -> None:
    """Of an eight-digit landline, too; what is no number alone is hidden wholly."""
    shown = ["13800001234", "88123456", "8812-3456", "8212345", "62072319850101123X"]
    assert [hidden_number(text) for text in shown] == [
        "138****1234", "881****6", "881*****6", "*******", "620***********123X"
    ]  # fmt: skip
    assert set(hidden_number("张小明（13800001234）")) == {"*"}


def test_a_masked_table_tells_nobody_in_any_text() -> None:
    """Known names and numbers go from every column that a source writes freely; the rest stays."""
    told = "欧阳建国家，王强（138-0000-1234），南湾村3号"
    records = pd.DataFrame(
        [{"record_id": "A1", "channel": "110", "reported_at": "2024-12-20 10:00:00",
          **{name: told for name in FREE_TEXTS if name not in ("role", "organisation")}},
         {"record_id": "A2", "channel": "110", "reported_at": "2024-12-21 10:00:00"}]
    )  # fmt: skip
    parties = pd.DataFrame(
        [{"record_id": "A1", "party_no": "1", "name": "王强", "phone": "13800001234",
          "address": told, "organisation": told, "role": told},
         {"record_id": "A2", "party_no": "1", "name": "欧阳建国"}]
    )  # fmt: skip
    clock = pd.Timestamp("2025-01-01")
    tables = from_frames(records, parties, load_settings().channels, clock=clock)
    nobody = pd.DataFrame({name: [] for name in ("channel", "record_id", "text", "kind")})
    everyone = people_named(tables.parties, nobody)
    for frame in masked_people(tables.records, tables.parties, everyone, tables.records.iloc[:0]):
        text = frame.to_csv()
        assert "南湾村" in text
        for secret in ("建国", "王强", "0000", "3号"):
            assert secret not in text
        assert set(frame["address"].dropna()) == {"欧某某家，王某（（号码略）），南湾村*号"}


@pytest.mark.parametrize(("kind", "part"), [("place", "place"), ("organisation", "name")])
def test_what_was_compared_names_nobody(kind: str, part: str) -> None:
    """In an address, and in the name of a shop that is called after its owner."""
    everyone = pd.DataFrame({"channel": "110", "record_id": ["A1", "A2"],
                             "name": ["王强", "欧阳建国"]})  # fmt: skip
    told = hidden_value(kind, part, "王强欧阳建国家13800001234", named_in(everyone, "110|A1|1"),
                        sure_names(everyone["name"]))  # fmt: skip
    assert told.startswith("王某欧某某家")
    assert "0000" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("老板拖欠12名工人工资38万余元", None),
        ("欠款3万余元、2,000元、5000多块、20万", None),
        ("争吵3年，涉及周边5户、2家公司、50平方米，第3次报警", None),
        ("二〇二四年起争吵，一五一十说了", None),
        ("翠湖名邸九零九、翠湖名邸九〇九", "翠湖名邸*、翠湖名邸*"),
        ("住翠湖名邸909,500元押金", "住翠湖名邸*,*元押金"),
        ("三社12户，909家中，翠湖名邸909元旦搬", "三社*户，*家中，翠湖名邸*元旦搬"),
    ],
)
def test_a_text_without_doors_keeps_what_is_counted(text, told):
    """People, households, years and amounts stay; what may be a door goes, also digit by digit."""
    assert without_doors(text) == (told or text)
