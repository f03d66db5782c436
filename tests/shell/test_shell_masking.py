"""Names and numbers of parties do not stand in what pages and letters show."""

import re
import time
from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from tests.operations.test_operations_growth import grows_too_fast
from warning.child_names import CHILD, called_in
from warning.children import without, without_schools
from warning.digits import (
    hidden_address,
    hidden_number,
    holds_number,
    starred,
    without_doors,
    without_houses,
    without_numbers,
)
from warning.document_masks import DocumentMask
from warning.exporting import Children, masked_people
from warning.markup import MARKUP
from warning.masking import bare_names, masked, people_named, summary, sure_names
from warning.matching.standardise.names import names
from warning.reading import from_frames
from warning.records import FREE_TEXTS
from warning.report.link_page import hidden_value
from warning.settings import load_settings
from warning.spelling import SPOKEN, in_figures, spoken_runs


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


@pytest.mark.parametrize(
    "cell", ["张建国，沙河镇", "张建国 沙河镇", "张建国，男，45岁", "张建国 电话：139"]
)
def test_whose_cell_tells_more_than_a_name_is_masked(cell: str) -> None:
    """What stands beside the name is no part of it: neither keeps the other from being read."""
    for whom, everybody in ((bare_names([cell]), sure_names([])), ((), sure_names([cell]))):
        assert summary("见张建国在沙河镇", whom, everybody) == "见张某某在沙河镇"


def test_a_document_lists_nobody_who_is_not_named() -> None:
    """A word for kin or a role is not shown as a name with a mask; a child is listed by any."""
    mask = DocumentMask(called_in(["儿子"], {"儿子"}, []), (), sure_names([]))
    people = [("其丈夫", "a"), ("老公", "b"), ("匿名", "c"), ("王五", "d"), ("儿子", "e")]
    assert mask.names(people) == tuple(sorted(["王某", CHILD]))


def test_whose_shop_or_door_it_is_is_masked_though_they_have_no_part() -> None:
    """By whole names alone; a place or a word before the shop stays."""
    told = summary("在王二麻子家对面的刘铁锤五金店门口，见刘铁锤", ())
    assert told == "在王某某家对面的刘某某五金店门口，见刘某某"
    for text in ("在张掖市五金店", "在大满村小卖部", "在白塔寺小卖部", "在邻居家门口", "在孙女家门口",
                 "在自己家门口", "在向阳小卖部", "在国家门口", "在万家福超市", "在高台县诊所",
                 "在温州人家门口", "在张姓人家门口"):  # fmt: skip
        assert summary(text, ()) == text


@pytest.mark.parametrize(
    "shop",
    ["张掖市金太阳药店有限责任公司", "甘州区东街金太阳药店", "金银花药店", "万年青药店", "安心堂诊所", "康寿堂药店",
     "万家乐五金店", "昌盛隆五金店", "车友会汽修行", "路路通修车铺", "高大上理发店", "史丹利化肥店", "金正大化肥店",
     "古井贡烟酒店", "常青树小卖部", "马兰花诊所", "张掖市李桂芳诊所有限公司"],
)  # fmt: skip
def test_a_shop_with_a_name_of_its_own_is_told(shop: str) -> None:
    """A letter about it says which one is meant, in its list and in its texts."""
    assert summary(f"投诉人反映{shop}售卖假药，在{shop}门口争吵", ()).count(shop) == 2
    mask = DocumentMask(called_in([], (), []), (), sure_names([]))
    assert not mask.tells(shop)
    assert mask.tells("甘州区东街李桂芳诊所")


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
    none = tables.records.iloc[:0]
    nobody_young = Children(np.zeros(2, bool), nobody.rename(columns={"text": "child"}))
    for frame in masked_people(tables.records, tables.parties, everyone, none, nobody_young):
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
    told = hidden_value(kind, part, "王强欧阳建国家13800001234", ("王强",),
                        sure_names(everyone["name"]))  # fmt: skip
    assert told.startswith("王某欧某某家")
    assert "0000" not in told


@pytest.mark.parametrize(
    ("compared", "told"),
    [("丈夫:欧阳玉兰", "丈夫:欧某某"), ("欧阳玉兰", "欧某某"), ("欧阳玉兰:", "欧某某"), ("", "")],
)
def test_kin_that_were_compared_are_told_by_whose_they_are(compared: str, told: str) -> None:
    """丈某某 is nobody's name; what is no word for kin shows nothing of a name behind it."""
    assert hidden_value("person", "name", compared, (), sure_names([])) == told


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


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("张国栋", "張國棟"),
        ("陳偉", "陈伟"),
        ("高秀峰", "⾼秀峰"),
        ("马文涛", "⻢⽂涛"),
        ("崔立业", "崔\u00ad立业"),
        ("薛满仓", "薛\u200e满仓"),
        ("葛春生", "葛\U000e0100春生"),
        ("顾长顺", "顾&nbsp;长顺"),
        ("顾长顺", "顾<br/>长顺"),
        ("侯延庆", "侯/延/庆"),
        ("吐尔逊·艾力江", "吐尔逊-艾力江"),
        ("吐尔逊-艾力江", "吐尔逊艾力江"),
        ("John Smith", "JOHN SMITH"),
        ("Ｊｏｈｎ Smith", "john smith"),
    ],
)
def test_a_name_is_masked_in_whatever_signs_the_text_writes_it(row: str, told: str) -> None:
    """Whether its own case names it or, long enough, anybody's does."""
    text = f"2-1室住户称{told}，与邻居争吵"
    whom, everybody = bare_names([row]), sure_names([row])
    shown = [summary(text, whom)] + ([summary(text, (), everybody)] if len(row) > 2 else [])
    assert set(shown) == {f"2-1室住户称{masked(row)}，与邻居争吵"}


@pytest.mark.parametrize("text", ["online购物", "quality", "住3-2-501，张-3号"])
def test_a_latin_name_in_other_letters_is_a_whole_word(text: str) -> None:
    """Lin is no part of online, Ali none of quality; hyphens beside figures part."""
    assert summary(text, bare_names(["Lin", "Ali", "张3"]), sure_names(["Lin", "Ali"])) == text


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("李四-2", "李四-2"),
        ("李四—2", "李四 — 2"),
        ("张三丰/1", "张三丰/1"),
        ("A-1", "A-1"),
        ("张-", "张-"),
        ("张三-", "张三-"),
        ("-张-", "-张-"),
        ("李-明", "李-明"),
        ("王小二", "王–小二"),
        ("吐尔逊·艾力江", "吐尔逊/艾力江"),
        ("张三丰", "张&#8203;三丰"),
        ("张三丰", "张&amp;nbsp;三&#x3000;丰"),
        ("张三丰", "张&#10;三_x000d_丰"),
        ("张三丰", "张三</p><p>丰"),
    ],
)
def test_a_name_with_signs_of_its_own_or_of_a_page_is_masked(row: str, told: str) -> None:
    """A hyphen beside a figure or at an end of the row's name; what a page writes for a blank."""
    text = f"住户称{told}与邻居争吵"
    whom, everybody = bare_names([row]), sure_names([row])
    shown = [summary(text, whom)] + ([summary(text, (), everybody)] if len(row) > 2 else [])
    assert all(f"住户称{masked(row)[:2]}" in one and "与邻居" in one for one in shown), shown
    left = [re.sub(MARKUP, "", one) for one in shown]
    assert not any(sign in one for one in left for sign in told[1:] if sign.isalnum())
    assert summary("称李–明与邻居争吵", bare_names(["李-明"])) == "称李某某与邻居争吵"


@pytest.mark.parametrize(
    ("text", "row"),
    [("小李/明天来", "李明"), ("小李-明天来", "李明"), ("老王/强国", "王强国"), ("张某某", "张-")],
)
def test_two_words_beside_a_slash_or_hyphen_are_no_name(text: str, row: str) -> None:
    """A slash parts what three letters name, a hyphen what two do."""
    assert summary(text, bare_names([row]), sure_names([row])) == text


NUMBERS_TOLD = [
    "一三九七七七七零零零一", "幺三九七七七七零零零二", "一三九 七七七七 〇〇〇一", "一三九-七七七七-零零零一",
    "六二零七零二一九八零零一零一一二三四", "陆贰零柒零贰壹玖捌零零壹零壹壹贰叁肆", "零九三六八二一二三四五",
    "八二一二三四五", "139&nbsp;7777&nbsp;0003", "139<br/>7777<br/>0004", "139<br>7777<BR />0004",
    "139，7777，0005", "139、7777、0010", "139,7777,0010", "139; 7777; 0010", "139      7777      0006",
    "139\u00ad7777\u00ad0007", "139\u200e7777\u200e0008", "139\ufe0f7777\ufe0f0008", "١٣٩٧٧٧٧٠٠٠٩",
    "१३९७७७७०००९", "139&#8203;7777&#8203;0011", "139&#8203;77770011", "139&amp;nbsp;7777_x000d_0012",
    "139</p>7777&#x3000;0013", "139&#10;7777&#13;0013", "620702\u200e19800101\u200e1234",
    "139一二三四5678", "1391234567八", "１３９七七七七０００1", "6207021990O1O11234", "139#7777#0014", "139:7777:0015",
]  # fmt: skip


@pytest.mark.parametrize("number", NUMBERS_TOLD)
def test_a_number_in_words_or_other_figures_is_hidden(number: str) -> None:
    """On pages and in letters left out, in quarantine starred."""
    assert without_numbers(f"电话{number}，3号楼") == "电话（号码略），3号楼"
    left = starred(f"电话{number}，3号楼")
    assert left.endswith("，3号楼")
    left = re.sub(MARKUP, "", left[:-4])
    assert not any(sign.isdecimal() or sign in SPOKEN for sign in left)
    assert holds_number(number) or number == "八二一二三四五"


@pytest.mark.parametrize(
    "text",
    ["欠款一百三十九万七千元", "二〇二四年十一月二十日", "二〇二四-一一-二〇", "一二三四五六七",
     "一、二、三、四、五、六、七、八", "一二三四五六七八九项", "住三-二-五〇一", "三号楼二单元五〇一室",
     "分别欠150、2000、3000元", "欠150、2000、3000、500元", "150，2000，3000，4000", "赔偿139,7777元",
     "12,139,7777,0005", "150、1401、1402室", "139、2023、2024年", "欠1,390,000元", "2024，1120，1000",
     "房号131、1401、1502均漏水", "编号150、1501、1502的车位", "涉及150,2000,3000三笔",
     "130，1500，1600，分别", "电话通知135，1201，1301、2户", "联系房号131，1401，1502",
     "手机欠款150，2000，3000均未还", "电话150,2000,3000三笔", "一三五七九三一号", "一零一二零一三零一室",
     "3人<br/>12次", "139 家、7777 人", "3 人, 12 次, 139 件", "壹仟叁佰玖拾柒万元", "二三十人", "九零九室",
     "微信转账5000元", "QQ红包20000元", "新A座12345室", "青B10101室", "138号一二三四室", "10:30:15",
     "微信Android版闪退", "在微信WeChat上聊天", "卖家vx iphone15未发货", "蒙H20000亩草场", "云A10000头羊",
     "渝A12345号商铺", "渝A12345户型"],
)  # fmt: skip
def test_counts_dates_and_lists_in_words_stay(text: str) -> None:
    """Neither left out nor starred."""
    assert without_numbers(text) == text
    assert starred(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("邮箱qijiahe@qq.com，", "邮箱（号码略），"),
        ("微信号：qijiahe_1990加好友", "微信号：（号码略）加好友"),
        ("ＱＱ１２３４５６", "ＱＱ（号码略）"),
        ("驾驶甘GA1234D撞坏甘G·12345和粤B1234挂", "驾驶（号码略）撞坏（号码略）和（号码略）"),
        ("甘g12a45轿车", "（号码略）轿车"),
        ("甘A12345挂靠车辆和粤B1234挂车", "（号码略）挂靠车辆和（号码略）挂车"),
        ("甘G12345号仓栅式货车、甘G12345米色轿车", "（号码略）号仓栅式货车、（号码略）米色轿车"),
        ("加我微信qijiahe，或微信qijiahe9", "加我微信（号码略），或微信（号码略）"),
        ("zhang．san＠163．com、qijiahe@163。com", "（号码略）、（号码略）"),
        ("a@163.com。加v：qijiahe，加微qijiahe", "（号码略）。加v：（号码略），加微（号码略）"),
        ("wechat: qijiahe8，微信昵称qijiahe", "wechat: （号码略），微信昵称（号码略）"),
        ("甘G临12345轿车", "（号码略）轿车"),
    ],
)
def test_mail_accounts_and_plates_are_hidden(text: str, told: str) -> None:
    """They lead to a person as a phone does; in quarantine starred."""
    assert without_numbers(text) == told
    parts = told.split("（号码略）")
    assert re.fullmatch(r"\*{5,}".join(map(re.escape, parts)), starred(text))


@pytest.mark.parametrize(
    "part", ["a.b", "a@b", "微信a", "加微a", "a@a。", "138一", "1O", "138#1234", "甘A1"]
)
def test_a_long_text_is_read_for_numbers_in_a_moment(part: str) -> None:
    """Whatever it repeats: the time is linear in the text."""
    short, long = (part * (length // len(part)) for length in (1_000, 16_000))
    assert not grows_too_fast(without_numbers, short, long)


@pytest.mark.parametrize(
    "text", ["联系人王某，139，7777，0005", "手机：139、7777、0005", "一三九七七七七零零零一号",
             "号码八二一二三四五号码",
             "电话139，7777，0005和138，0013，8000"],
)  # fmt: skip
def test_a_number_with_commas_behind_a_word_for_it_is_hidden(text: str) -> None:
    """As is one told in words that is as long as a mobile, whatever follows."""
    assert "号码略" in without_numbers(text)
    assert not any(sign.isdecimal() or sign in SPOKEN for sign in without_numbers(text))
    assert "7" not in starred(text)


def test_many_numbers_told_in_words_take_time_linear_in_the_text() -> None:
    """All of a text are put in figures at once: a long one took seconds."""
    text = "一三九七七七七，" * 50_000
    before = time.process_time()
    assert in_figures(text, spoken_runs(text)) == "1397777，" * 50_000
    assert time.process_time() - before < 1


@pytest.mark.parametrize(
    "school", ["甘州区第十一⼩学", "甘州區第十一小學", "甘州区第十一\u00ad小学"]
)
def test_a_school_is_hidden_in_whatever_signs(school: str) -> None:
    """Radicals, traditional signs, signs that nobody sees."""
    assert without_schools(f"就读于{school}，在家") == "就读于某校，在家"


@pytest.mark.parametrize("told", ["許小鳳", "许&nbsp;小凤", "许小鳳（八歲，⼩学生）"])
def test_a_child_is_hidden_in_whatever_signs(told: str) -> None:
    """By the row's name, and so is the given name alone."""
    at = datetime(2024, 9, 10)
    text = f"殴打{told}，又欺负小鳳，⼩名：豆豆"
    called = called_in(["许小凤"], {"许小凤"}, [(text, at)])
    shown = without(text, called.children, called=called)
    assert not set("許许鳳凤豆") & set(shown), shown


def test_a_text_in_other_signs_tells_of_a_child() -> None:
    """An age in traditional signs, a row in them."""
    text = "其⼥兒許小鳳（8歲）被打，小凤哭"
    called = called_in(["許小鳳"], (), [(text, datetime(2024, 9, 10))])
    assert called.children == {"許小鳳"}
    assert "凤" not in without(text, called.children, called=called)
