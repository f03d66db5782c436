"""Names: standard form, masks, several in one field, minority names, readings."""

import re

import pandas as pd
import pytest

from warning.matching.standardise.names import names, people_in, whole_names

NOTHING = ("", "", "", "", "")


def read(text: str) -> pd.Series:
    """The one row, missing as empty text."""
    table = names(pd.Series([text], dtype="str"))
    return table.astype("object").where(table.notna(), "").iloc[0]


@pytest.mark.parametrize(
    ("written", "name", "done"),
    [
        ("王小明", "王小明", ""),
        ("王 小明", "王小明", "space"),
        ("王\u3000明", "王明", "width|space"),
        ("王小明（本人）", "王小明", "width|bracket"),
        ("王小明(电话联系", "王小明", "bracket"),
        ("王小明等3人", "王小明", "followers"),
        ("王小明夫妇", "王小明", "followers"),
        ("王小明先生", "王小明", "title"),
        ("王小明13900001111", "王小明", "digits"),
        ("姓名:王小明", "王小明", "label"),
        ("姓 名:王小明", "王小明", "label"),
        ("王小明(电话:13900001111)", "王小明", "bracket"),
        ("王小明(曾用名:王大明)", "王小明", "bracket"),
        ("业主王小明", "王小明", "who"),
        ("張偉", "张伟", "simplified"),
        ("蕭峯", "萧峰", "simplified"),
        ("髙乾", "高乾", "simplified"),
        ("王·小明", "王小明", "dot"),
        ("欧阳 娜娜", "欧阳娜娜", "space"),
        ("张雪姨", "张雪姨", ""),
        ("John Smith", "John Smith", ""),
    ],
)
def test_what_was_done_to_a_whole_name_is_told(written: str, name: str, done: str) -> None:
    """The standard form has no space, title or bracket; each step has its code."""
    row = read(written)
    assert (row["raw"], row["name"], row["done"]) == (written, name, done)
    assert not row["is_mask"]


@pytest.mark.parametrize(
    ("written", "surname", "given", "tail", "length", "sex"),
    [
        ("王某", "王", "", "", "", ""),
        ("王某某", "王", "", "", 3, ""),
        ("王XX", "王", "", "", 3, ""),
        ("王**", "王", "", "", 3, ""),
        ("王*明", "王", "", "明", 3, ""),
        ("王小*", "王", "小", "", "", ""),
        ("*小明", "", "", "小明", 3, ""),
        ("欧阳某", "欧阳", "", "", "", ""),
        ("诸葛某某", "诸葛", "", "", 4, ""),
        ("李女士", "李", "", "", "", "女"),
        ("李某（女）", "李", "", "", "", "女"),
        ("小王女士", "王", "", "", "", "女"),
        ("市民王先生", "王", "", "", "", "男"),
        ("王总", "王", "", "", "", ""),
        ("李姐", "李", "", "", "", "女"),
        ("老张", "张", "", "", "", ""),
        ("小李", "李", "", "", "", ""),
        ("老王头", "王", "", "", "", ""),
        ("才让某", "", "才让", "", "", ""),
        ("才让女士", "", "才让", "", "", "女"),
        ("古丽XX", "", "古丽", "", "", ""),
    ],
)
def test_a_mask_is_a_partial_name(
    written: str, surname: str, given: str, tail: str, length: object, sex: str
) -> None:
    """It tells its surname, perhaps more characters, its length and the sex; never a whole name."""
    row = read(written)
    assert row["is_mask"]
    shown = tuple(row[c] for c in ("surname", "given", "tail", "mask_length", "sex_hint"))
    assert shown == (surname, given, tail, length, sex)


@pytest.mark.parametrize(
    "written", ["匿名", "某男子", "某女士", "无", "·", "12345", "", "居民", "（）"]
)
def test_nobody_is_no_name(written: str) -> None:
    """Words for somebody unnamed and scraps give no name."""
    row = read(written)
    assert tuple(row[c] for c in ("name", "surname", "given", "pinyin", "others")) == NOTHING
    assert not row["is_mask"]


@pytest.mark.parametrize(
    ("written", "kin", "sex"),
    [
        ("其丈夫", "丈夫", "男"),
        ("老公", "丈夫", "男"),
        ("报警人的女婿", "女婿", "男"),
        ("其夫", "丈夫", "男"),
        ("其妻", "妻子", "女"),
        ("其嫂", "嫂子", "女"),
        ("后妈", "继母", "女"),
        ("其公爹", "公公", "男"),
        ("妻弟", "小舅子", "男"),
        ("其小叔", "小叔", "男"),
        ("伯母", "伯母", "女"),
        ("姨父", "姨父", "男"),
        ("亲家", "亲家", ""),
        ("其继子", "继子", "男"),
        ("房东夫妇", "房东", ""),
        ("楼上邻居", "", ""),
        ("其同事", "", ""),
        ("老师", "", ""),
    ],
)
def test_a_word_for_kin_or_a_role_is_no_name(written: str, kin: str, sex: str) -> None:
    """What kin are to whoever speaks is told, and their sex; a name behind such a word stays one."""
    row = read(written)
    assert (row["name"], row["is_mask"], row["kin"], row["sex_hint"]) == ("", False, kin, sex)
    assert read("房东王刚")["name"] == "王刚"


@pytest.mark.parametrize(
    ("written", "people"),
    [
        ("张三、李四", ["张三", "李四"]),
        ("张三 李四 王五", ["张三", "李四", "王五"]),
        ("张三，李四;王五", ["张三", "李四", "王五"]),
        ("张三/李四（夫妻）", ["张三", "李四"]),
        ("张伟和李强", ["张伟", "李强"]),
        ("欧阳娜娜与王某", ["欧阳娜娜", "王"]),
        ("欧阳和平", ["欧阳和平"]),
        ("李和平安", ["李和平安"]),
        ("王 小 明", ["王小明"]),
        ("张三,男,45岁,汉族", ["张三"]),
        ("才让 卓玛", ["才让卓玛"]),
        ("才让·卓玛、扎西多杰", ["才让卓玛", "扎西多杰"]),
        ("王小明 电话:13900001111", ["王小明"]),
        ("王 强 电话:13900001111", ["王强"]),
        ("王 小 明 电 话:13900001111", ["王小明"]),
        ("王小明 电 话:13900001111", ["王小明"]),
        ("王小明，曾用名:王大明", ["王小明", "王大明"]),
        ("申请人:张三，被申请人:李四", ["张三", "李四"]),
    ],
)
def test_several_names_in_one_field_are_parted(written: str, people: list[str]) -> None:
    """Signs part always; a space or 和 only between two whole names with surnames."""
    assert people_in(written) == people
    row = read(written)
    assert [row["name"], *filter(None, str(row["others"]).split("|"))] == people


def test_a_place_a_trade_or_another_spelling_beside_a_name_is_nobody() -> None:
    """A place is none behind a space; its full name, and a word that is no name, behind any sign."""
    places = "白银 金昌 江西 安阳 温州 柳州 龙渠 沙井 党寨 梁家墩 宋庄 李家村 金昌市"
    words = "段长 管家 保洁 保洁员 安保 高中 高中生 高血压 许可"
    full = "沙河镇 安阳乡 龙渠乡 白银区 赵县 李家村 王家庄"
    beside = [f"王小明 {word}" for word in f"{places} {words} {full}".split()]
    listed = [f"王小明、{word}" for word in f"{words} {full}".split()]
    former = ["王小明 曾用名 王大明", "王小明，曾用名：王大明"]
    others = ["白银 王小明", "李红/李虹", "张伟／张玮", "李红/李虹、王刚", *former]
    plain = ["欧阳娜娜", "欧阳 娜娜", "王 伟", "才让 卓玛", "阿依古丽·买买提"]
    assert [text for text in beside + listed + others + plain if whole_names(text)] == []


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("张三、李四，沙河镇", ["张三", "李四（沙河镇）"]),
        ("张三、李四，民乐县", ["张三", "李四（民乐县）"]),
        ("沙河镇、张三、李四", ["张三", "李四"]),
        ("张建国、李秀兰、李家村", ["张建国", "李秀兰（李家村）"]),
        ("王小明 安阳乡、李四", ["王小明（安阳乡）", "李四"]),
        ("李建国、王秀英 曾用名：王英", ["李建国", "王秀英（曾用名：王英）"]),
        ("王秀英，曾用名:王英、李建国", ["王秀英（曾用名:王英）", "李建国"]),
    ],
)
def test_a_place_or_a_former_name_beside_two_is_a_note(written: str, told: list[str]) -> None:
    """It hides neither of the two, and is nobody of its own."""
    assert whole_names(written) == told
    assert [people_in(one) for one in told] == [[one.split("（")[0]] for one in told]


@pytest.mark.parametrize(
    "written",
    [
        "张三 李四",
        "李四 张强",
        "张三/李四",
        "李红、李虹",
        "王小明 段长江",
        "王小明 许可欣",
        "王小明、高中华",
        "王小明、白银",
        "王小明、高镇",
    ],
)
def test_two_whole_names_are_parted(written: str) -> None:
    """Names of far towns (张强镇) or that begin with a word, and people of one sound in a list, too."""
    assert whole_names(written) == re.split("[ /、]", written)


@pytest.mark.parametrize(
    "plain",
    [
        "才让卓玛",
        "扎西多杰",
        "华尔杰道吉",
        "努尔古丽买买提",
        "阿卜杜热合曼",
        "巴特尔",
        "迪丽努尔热合曼",
    ],
)
def test_minority_names_are_the_same_with_any_dot_and_with_none(plain: str) -> None:
    """All spellings give one name without a surname, and one reading."""
    rows = [read(plain), *(read(f"{plain[:2]}{dot}{plain[2:]}") for dot in "·•・．.‧ ")]
    for row in rows:
        assert (row["name"], row["surname"], row["is_minority"]) == (plain, "", True)
        assert row["pinyin"] == rows[0]["pinyin"]


@pytest.mark.parametrize(
    "han", ["欧阳娜娜", "司马相如", "张杨雨欣", "马小丽", "白玛", "王·小明", "李和平安"]
)
def test_han_names_are_not_taken_for_minority_names(han: str) -> None:
    """Compound surnames and four characters alone do not make one, nor does a stray dot."""
    row = read(han)
    assert not row["is_minority"]
    assert row["surname"]


@pytest.mark.parametrize(
    ("name", "reading"),
    [
        ("单雄信", "shan"), ("仇英", "qiu"), ("解缙", "xie"), ("曾增", "zeng"), ("查良", "zha"),
        ("任远", "ren"), ("华佗", "hua"), ("盖叫天", "ge"), ("区建国", "ou"), ("朴正", "piao"),
        ("尉迟恭", "yu"), ("长孙皇", "zhang"), ("万俟洛", "mo"), ("令狐冲", "ling"), ("乐毅", "yue"),
        ("覃勇", "qin"), ("缪斯", "miao"), ("翟让", "zhai"),
    ],
)  # fmt: skip
def test_surnames_have_their_own_readings(name: str, reading: str) -> None:
    """A character that is read otherwise as a surname is read so at the head of a name."""
    assert read(name)["pinyin"].split()[0] == reading


def test_missing_and_repeated_values_keep_their_rows() -> None:
    """Missing stays missing; flags are plain booleans, lengths whole numbers."""
    table = names(pd.Series(["王某某", None, "王某某"], index=[3, 1, 2]))
    assert table.index.tolist() == [3, 1, 2]
    assert table["name"].isna().tolist() == [False, True, False]
    assert table["is_mask"].tolist() == [True, False, True]
    assert str(table["mask_length"].dtype) == "Int64"
    assert names(pd.Series([], dtype="str")).empty
