"""Who stands in a text: found where the text is, told from what is no name, in linear time."""

import time
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warning.matching.mentions import told_parties
from warning.matching.standardise.lexicons import phrases, surnames
from warning.matching.standardise.narrative import find_mentions, perhaps_named
from warning.matching.standardise.readings import COMPOUND_SURNAMES

#: text → what a reader finds in it, in order. A reader of the field may add rows.
FOUND = [
    ("王小明报警称楼上邻居李国强深夜装修，双方争吵", ["王小明", "李国强"]),
    ("报警人称被李建国殴打", ["李建国"]),
    ("与邻居王某因噪音发生纠纷", ["王某"]),
    ("和张丽因宅基地争吵", ["张丽"]),
    ("张女士反映老李欠其工资", ["张女士", "老李"]),
    ("才让·卓玛与刘红因浇地发生争吵", ["才让·卓玛", "刘红"]),
    ("卓玛德吉称被欧阳娜娜辱骂", ["卓玛德吉", "欧阳娜娜"]),
    ("其丈夫酒后殴打她", ["其丈夫"]),
    ("其子王小军欠债不还", ["王小军"]),
    ("孙大海等人到张掖市宏达建筑有限公司讨要工资", ["孙大海", "张掖市宏达建筑有限公司"]),
    ("投诉丝路物业管理有限责任公司对漏水推诿", ["丝路物业管理有限责任公司"]),
    ("申请人赵六与被申请人钱七因借款发生争执", ["赵六", "钱七"]),
    ("李某某扬言报复王某", ["李某某", "王某"]),
    ("王丽称又被其丈夫李强殴打", ["王丽", "李强"]),
    ("王丽被李强砍伤", ["王丽", "李强"]),
    ("张三丰堵路，李强侵占其土地", ["张三丰", "李强"]),
    ("要求宏达公司支付工资", ["宏达公司"]),
    ("称老诸葛酒后打人", ["老诸葛"]),
    ("与老汤发生口角", ["老汤"]),
    ("501王秀兰与601刘军因噪音争吵", ["王秀兰", "刘军"]),
    ("2单元502室李秀梅反映楼上漏水", ["李秀梅"]),
    ("张志明、张志勇昨日为地埂动手", ["张志明", "张志勇"]),
    ("投诉美的公司不退款", ["美的公司"]),
    ("反映临泽农商银行沙河支行乱收费", ["临泽农商银行沙河支行"]),
    ("到宏达集团有限公司第一分公司讨薪", ["宏达集团有限公司第一分公司"]),
    ("反映新乐超市（新华店）卖假货", ["新乐超市（新华店）"]),
    ("投诉永辉超市木渎店员工打人", ["永辉超市木渎店"]),
    ("反映永辉超市店长打人", ["永辉超市"]),
    ("反映永辉超市老王饭店收费", ["永辉超市"]),
    ("反映宏达公司与沙河支行纠纷", ["宏达公司"]),
]
#: Texts that name nobody.
NONE = [
    "邻居吵架，请出警",
    "因钱财发生争执",
    "未持刀，无人受伤，双方情绪稳定",
    "商贩杀价时声音大",
    "双方对金额有争议，要求明确",
    "车辆在马路边被划，要求安全保障",
    "对方失联，方式不明",
    "房东踹门，房客报警",
    "物业不作为，小区停水没人管",
    "在人民医院，有人闹事",
    "时间是昨天晚上，高度紧张",
    "双方打斗，人已送医院检查。",
    "要求社区物业协调。",
    "希望张掖市宏达建筑公司出面协调",
    "对方拒绝去医院",
    "要求对方去医院",
    "自己开的超市被人赊账不还",
    "与快递公司因丢件争执。",
    "现场有两家饭店因门前停车吵架",
    "被告知去公司领工资",
    "工人去项目部公司讨薪",
    "到隔壁饭店吃饭",
    "投诉出租车公司",
    "报警人银行转账被骗",
    "对方医院检查无恙",
    "欠款1500万元不还",
    "110平方房屋漏水，要求赔偿2000元",
    "因2021年承包地发生争吵，每亩300元",
    "拨打12345反映无果",
    "购买200方沙石未付款",
    "",
]


@pytest.mark.parametrize(("text", "expected"), FOUND)
def test_people_kin_and_organisations_are_found(text: str, expected: list[str]) -> None:
    """Each is found with its span, in the order of the text."""
    found = find_mentions(text)
    assert [mention.text for mention in found] == expected
    assert all(text[mention.start : mention.end] == mention.text for mention in found)


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("要求带走女儿马小雨（6岁）。", "witness"),
        ("与马小雨（女，6岁）之父争吵", "witness"),
        ("殴打其8岁的儿子马小雨", "witness"),
        ("13岁的女儿马小雨被打", "witness"),
        ("被儿子马小军殴打", "respondent"),
        ("被马小军（16岁）殴打", "respondent"),
        ("被35岁的儿子马小军殴打", "respondent"),
        ("马小军来电", "reporter"),
        ("要求带走女儿马小雨（八岁）。", "witness"),
        ("殴打其十二岁的儿子马小雨", "witness"),
        ("被二十八岁的儿子马小军殴打", "respondent"),
        ("被马小军（8岁女儿的父亲）殴打", "respondent"),
        ("与前夫马小军，5岁女儿由其抚养，因抚养费争吵", "respondent"),
        ("被马小军，6岁孩子的父亲打伤", "respondent"),
    ],
)
def test_a_small_child_is_nobodys_opponent(text: str, role: str) -> None:
    """By the age that is told right beside the name."""
    assert [mention.role for mention in find_mentions(text)] == [role]


@pytest.mark.parametrize("text", NONE)
def test_nobody_is_invented(text: str) -> None:
    """Words that look like a surname and a name are left alone."""
    assert find_mentions(text) == []


def lines(name: str) -> list[str]:
    """The lines of a file beside this one, without its heading."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()[1:]


def people(text: str) -> list[str]:
    """Whom a text names, kin and organisations apart."""
    return [mention.text for mention in find_mentions(text) if mention.kind == "person"]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("韩丽萍报警称其母在市第二人民医院手术后死亡，与医院发生纠纷", "witness"),
        ("其妻子在工地摔伤，单位不赔", "witness"),
        ("称被其丈夫致受伤", "respondent"),
        ("其丈夫将其推倒受伤", "respondent"),
        ("其父住院期间与护工争吵", "respondent"),
        ("其丈夫发出死亡威胁", "respondent"),
    ],
)
def test_a_relative_who_only_fell_ill_or_died_opposes_nobody(text: str, role: str) -> None:
    """Where the clause tells of a deed or of another side, too, he may be the opponent."""
    assert [mention.role for mention in find_mentions(text) if mention.kind == "kinship"] == [role]


def test_everyday_words_are_no_people() -> None:
    """Of hundreds of sentences without a name none has one: 与对方发生争执, 将钱借给对方."""
    told = {text: people(text) for text in lines("nobody_named.txt")}
    assert len(told) > 150
    assert {text: names for text, names in told.items() if names} == {}


def test_people_whose_surname_is_an_everyday_word_are_found() -> None:
    """Those who are called 方, 钱, 于, 高, 常 … are found where they are named."""
    told = dict(line.split(" | ") for line in lines("somebody_named.txt"))
    assert len(told) > 80
    assert {text: people(text) for text in told} == {text: n.split() for text, n in told.items()}


def test_a_bearer_of_every_surname_is_found_behind_who_somebody_is() -> None:
    """Rare surnames and those that are everyday words (火, 时, 简), too."""
    words = phrases("narrative.yaml")
    rare = set("".join(words["further_surnames"] | words["rare_surnames"]))
    bearers = {f"{surname}秀英" for surname in surnames() | rare | COMPOUND_SURNAMES}
    assert len(bearers) > 750
    assert {name for name in bearers if people(f"证人{name}在场") != [name]} == set()


@pytest.mark.parametrize("text", ["证人{}在场", "报警人{}称被打", "殴打其表姐{}致伤"])
def test_nobody_with_a_surname_of_old_stands_in_clear(text: str) -> None:
    """Of the surnames of the Hundred each is told, or hidden; 从, 和 and 都 begin no name."""
    old = set("".join(lines("old_surnames.txt"))) - set("从和都")
    assert len(old) > 400
    told = {name: text.format(name) for name in (f"{surname}建国" for surname in old)}
    shown = {n for n, t in told.items() if n not in people(t) and n not in perhaps_named(t)}
    assert shown == set()


def test_a_rare_surname_names_nobody_without_a_word_that_says_who_it_is() -> None:
    """火, 明 and 时 are words first: behind 与 or 被 they begin no name."""
    assert people("与明建国发生争吵") == []
    assert people("邻居明建国与人争吵") == ["明建国"]
    assert people("当事人火某与时某互殴") == ["火某"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("与李世界因借款争吵", {"李世界"}),
        ("证人厶玉兰在场", {"厶玉兰"}),
        ("证人公建国在场", {"公建国"}),
        ("邻居时晓阒在场", {"时晓阒"}),
        ("与厶玉兰争吵", set()),
        ("邻居楼上漏水，楼道里堆放杂物", set()),
        ("与王今因借款争吵", {"王今"}),
        ("与李场发生口角", {"李场"}),
        ("与于解放因借款争吵", {"于解放"}),
        ("与于本月发生口角", set()),
        ("将钱借给对方", set()),
        ("与对方发生争执", set()),
        ("因房款发生争执", set()),
        ("与李国强、王先生、赵某甲争吵", set()),
        ("", set()),
    ],
)
def test_a_word_behind_a_surname_is_perhaps_a_name(text: str, expected: set[str]) -> None:
    """Nobody is taken from it, but a text that is shown can hide it."""
    assert perhaps_named(text) == expected
    assert expected.isdisjoint(people(text))


def test_hardly_an_everyday_word_is_perhaps_a_name() -> None:
    """Texts that name nobody stay readable where what is perhaps a name is hidden."""
    texts = lines("nobody_named.txt")
    assert sum(bool(perhaps_named(text)) for text in texts) <= len(texts) * 0.02


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("与对方某员工发生口角", []),
        ("与方某发生口角", ["方某"]),
        ("报警人向某公司讨要工资", []),
        ("，向某与邻居争吵", ["向某"]),
        ("诉求人，向毛某讨要货款", ["毛某"]),
        ("小车被堵", []),
        ("小马被打", ["小马"]),
        ("江河与江山争吵", ["江河", "江山"]),
    ],
)
def test_masks_and_familiar_names_are_told_from_words(text: str, expected: list[str]) -> None:
    """A mask, and 老 or 小 with a surname, may be words as well."""
    assert people(text) == expected


def test_who_calls_is_told_from_who_is_complained_of() -> None:
    """The caller is a reporter, the other side a respondent."""
    caller, other = find_mentions("王小明报警称被李国强殴打")
    assert (caller.role, other.role) == ("reporter", "respondent")


@given(
    st.text(alphabet="张王李某与和被因称，。其子丈夫公司物业医院·•\n 强国发生报警Xx*", max_size=80)
)
def test_spans_are_in_the_text_and_in_order(text: str) -> None:
    """Whatever the text: no fault, spans inside it, sorted, none empty."""
    found = find_mentions(text)
    assert all(text[m.start : m.end] == m.text and m.text for m in found)
    assert [m.start for m in found] == sorted(m.start for m in found)


@pytest.mark.parametrize(
    "piece", ["王小明", "与王", "其其", "（", "公司", "某", "张掖市甘州区东街"]
)
def test_time_grows_linearly_with_the_text(piece: str) -> None:
    """A text of 200,000 characters made to trouble the patterns takes seconds, not hours."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    find_mentions(text)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("party", "text", "added"),
    [
        ("临泽农商银行沙河支行", "反映临泽农商银行沙河支行乱收费，要求临泽农商银行退款", []),
        ("永辉超市(木渎店)", "反映永辉超市卖假货", []),
        ("碧桂园物业服务有限公司", "反映碧桂园物业昆山分公司不作为", []),
        ("新华镇中心小学", "投诉中心小学乱收费", []),
        ("新华镇双塔村小学", "投诉双塔村小学乱收费", []),
        ("新华镇宏远建筑公司", "反映沙河镇宏远建筑公司欠薪", ["沙河镇宏远建筑公司"]),
        ("临泽农商银行新华支行", "反映临泽农商银行沙河支行乱收费", ["临泽农商银行沙河支行"]),
        (None, "要求临泽农商银行退款，反映临泽农商银行沙河支行乱收费", ["临泽农商银行沙河支行"]),
    ],
)
def test_a_branch_that_the_text_names_is_the_records_own(
    party: str | None, text: str, added: list[str]
) -> None:
    """With its branch or without, one organisation is one party; another branch is another."""
    records = pd.DataFrame({"channel": ["12345"], "record_id": ["1"], "narrative": [text]})
    row = {"channel": "12345", "record_id": "1", "party_no": "1", "role_code": "respondent"}
    parties = pd.DataFrame([row | {"name": None, "organisation": party}], dtype="str")
    assert told_parties(records, parties).added["organisation"].tolist() == added
