"""Children have no name in what is shown: not their own, not in another's words, no school."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.child_names import CHILD, NOT_CALLED, Called, called_in
from warning.child_signs import ADULT, may_tell_of_children
from warning.masking import bare_names, masked
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.matching.standardise.signs import plain
from warning.records import RECORD
from warning.spelling import bare_name, name_spans, read_over, replaced
from warning.tabular import among_names

#: What stands for a school and a class.
SOME_SCHOOL = "某校"
CHILD_TWICE = re.compile(f"(?:{CHILD}){{2,}}")
_SIGNS = r"[0-9０-９\u4e00-\u9fff]"
#: 小学生 after a school's name (实验小学生, 市第三中学生) gives it away; 一名小学生, 中小学生 do not.
_PUPIL = (
    rf"(?<={_SIGNS})(?:(?<![名个位为是系中一两几些群岁男女被对把将向与及])|(?<=第一))"
    "[小中](?=学生(?![活病]))"
)
_KINDS = (
    rf"[小中]学(?!生(?![活病]))|{_PUPIL}"
    "|幼儿园|学校|初中|高中|附小|附中|附幼|职中|技校|卫校|职教中心"
)
_ONE = "[1-9１-９一二三四五六七八九]"
_NUMBER = "[0-9０-９一二三四五六七八九十]{1,3}"
_CLASS = rf"[（(]?{_NUMBER}[）)]?班"
_GRADE = (
    rf"[小初高]?{_NUMBER}年级(?:{_CLASS})?|[小初高][一二三]{_CLASS}|[大中小]{_NUMBER}班"
    rf"|(?<![0-9０-９一二三四五六七八九十]){_ONE}(?:年{_CLASS}|[（(]{_NUMBER}[）)]班)(?![倒次车])"
)
#: The short name of a school (三中, 第八中, 47中), but not 三中、四中全会.
_SHORT = (
    r"第?(?:[一二三四五六七八九十]{1,3}|(?<![0-9０-９])[0-9０-９]{1,3})[中小幼]"
    r"(?!(?:[、和与及]?[一二三四五六七八九]中){0,6}全会)"
)
#: What follows only a school (民乐三中门口); 一小时, 一中年男子, 三中全会 are none.
_AFTER = (
    "(?=校|门口|大门|[东西南北]门|门卫|后门|附近|旁边|对面|上学|就读|读书|念书|放学|学生|家长|老师"
    "|教师|教学|教室|食堂|操场|宿舍|家属院|围墙|毕业|任教|[初高][一二三]|公交|[东西南北]侧|院[内外里]"
    rf"|{_GRADE}|{_CLASS})"
)
#: What may follow anything: a person (赵四小和王五), a part (其中一小，).
_ANY_AFTER = r"(?:(?![0-9０-９A-Za-z\u4e00-\u9fff])|(?=[和与及同到至的]))"
#: What stands before a numeral and 中 or 小 that are no school: 万一, 周三, 被一中学生, 发现一小.
_NO_NAME = "万统唯之周期同逐每另某任这那共挑单不其第被与和将由遇见现有名了给是系为把对向及看打撞找称说的该届"
_NO_SCHOOL = "[老大][一二][小幼]|[过倒助着住带抱骂吓追拦推踢咬劝救]一[中小]学生"
#: Surnames: a name of a person may end like a school's (李二中).
_SURNAMES = (
    "李王张刘陈杨赵黄吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯董程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾"
    "丁魏薛叶阎余潘杜戴夏钟汪姜范方姚谭廖邹熊陆郝孔白崔毛邱秦史顾侯邵孟段雷钱汤尹黎易常乔贺赖龚"
)
#: What else is no place where anything follows: a relative, a side (路边一小).
_NO_PLACE = f"{_NO_NAME}老大中家叫人儿子弟哥姐妹边上里下内外旁个岁一二三四五六七八九十"
_LEAD = "(?<=[在于到从读去送])"
_TOLD = "(?:(?<=[系是为上])|(?<=告知|通知|返回|路过|途经|来自|转至))"
#: Words that end what stands before a place (在, 与, 要求); of 向 the schools named 向阳 are spared.
_ENDS = "在于到从的称是系读去送与被对找因让由说给跟往求知把叫"
_IN_NAME = rf"(?![{_ENDS}]|向(?!阳)){_SIGNS}"
#: No person stands before the numeral: 邻居李二中, 被告王三中.
_NO_PERSON = rf"(?<![人子学居友告婿弟妹兄姐哥婆夫妻母父爸妈女师男查民客员主伴事警][{_SURNAMES}])(?<!家长[{_SURNAMES}])"
#: What is done at a school or by one, and its people; nothing that 中 or 小 begins (中风, 小时).
_OF_SCHOOLS = (
    "[被因遭找要与向对将把未已曾跟说称内外里不没让拒]|前面|后面|期间|处理|处置|发生|受[伤到欺]|回家|跑[出到]|上课|上体育|跳楼|跳下"
    "|开除|开会|劝退|停课|协商|索赔|赔偿|赔礼|道歉|参加|打架|打[了人伤骂电]|殴打|斗殴|欺[凌负]|霸凌|推搡"
    "|追[打赶]|拦[住截]|起诉|起冲突|报[警案]|通知|反映|投诉|承认|同意|组织|副校|保安|心理|主任|领导|体育|厕所|午休"
    "|[一二三四五六]?年级"
)
#: The short name of a school with what is done there.
_BY_WHAT_FOLLOWS = (
    r"(?:[一二三四五六七八九十]{1,3}|(?<![0-9０-９])[0-9０-９]{1,3})"
    rf"[中小幼](?={_OF_SCHOOLS})"
)
#: A school with its grade and class, or a grade alone. Its name begins after what leads to it
#: (在, 到, 就读于) or twelve characters before. A short one stands after what leads, after another
#: school, or after a name; where only what is done there tells it (民乐三中被打), the name must be a
#: place's: of two characters and more, or with 县, 市, 区 at its end, as 第三中 asks for.
SCHOOL = re.compile(
    rf"(?:(?:(?![在于到从的称是系读]){_SIGNS}){{0,12}}(?:{_KINDS})"
    rf"|(?:{_LEAD}|(?<=[中小幼学校园][、和与及])){_SHORT}(?:{_AFTER}|{_ANY_AFTER})|{_LEAD}{_BY_WHAT_FOLLOWS}"
    rf"|(?<=[系是]){_SHORT}(?=学生)"
    rf"|(?:(?:{_IN_NAME}){{0,5}}(?![{_NO_NAME}]|{_NO_SCHOOL}){_IN_NAME}(?<!其中)"
    rf"|(?<!{_SIGNS})){_SHORT}{_AFTER}"
    rf"|(?:(?:{_LEAD}|{_TOLD})(?:{_IN_NAME}){{1,5}}|(?<!{_SIGNS})(?:{_IN_NAME}){{2,3}}"
    rf"|(?:{_IN_NAME}){{0,2}}[县市州镇乡旗区](?<!小区))(?<![{_NO_PLACE}{_SURNAMES}]){_SHORT}{_ANY_AFTER}"
    rf"|(?:(?:{_IN_NAME}){{0,5}}[县市州镇乡旗区](?<!小区)第?"
    rf"|(?:{_IN_NAME}){{2,4}}(?<![{_NO_PLACE}])(?<!小区){_NO_PERSON}){_BY_WHAT_FOLLOWS})"
    rf"(?:[（(]?(?:{_GRADE}|{_CLASS}))?|{_GRADE}"
)

#: A blank or line break inside the name of a school.
_IN_SCHOOL = re.compile(
    r"(?<=第)\s{1,4}(?=[0-9一二三四五六七八九十])|(?<=[小中])(?<![家其途手]中)(?<![纪龄]小)\s{1,4}(?=学(?![生习车]))|(?<=幼)\s{1,4}(?=儿园)"
    r"|(?<=幼儿)\s{1,4}(?=园)|(?<=第[0-9一二三四五六七八九十])\s{1,4}(?=[小中]\s{0,4}学)"
    r"|(?<=第[0-9一二三四五六七八九十]{2})\s{1,4}(?=[小中]\s{0,4}学)|(?<=实验)\s{1,4}(?=[小中]\s{0,4}学)"
)


def compared(written: Iterable[str]) -> dict[str, str]:
    """Each name as written → as it is compared, however it is spelled.

    A mask (郑某) may be anybody's: it is only itself.

    >>> compared(["郑 可可", "郑可可（学生）", "郑可可等3人", "郑某"])
    {'郑 可可': '郑可可', '郑可可（学生）': '郑可可', '郑可可等3人': '郑可可', '郑某': '郑某'}
    """
    told = names(pd.Series(list(dict.fromkeys(written)), dtype="str"))
    whole = told["name"].where(~told["is_mask"].eq(True))
    return {
        name: found if isinstance(found, str) else bare_name(name)
        for name, found in zip(told["raw"], whole, strict=True)
    }


def young_names(parties: pd.DataFrame, records: pd.DataFrame) -> frozenset[str]:
    """Names, as compared, of parties under 18 when it was reported, by age or by ID number.

    Args:
        parties: channel, record_id, name, age, id_number; and child, where it is known already.
        records: channel, record_id, reported_at.
    """
    rows = parties.loc[
        parties["name"].notna() & (parties["age"].notna() | parties["id_number"].notna()),
        [*RECORD, "name", "age", "id_number"],
    ]
    near = records.loc[among_names(records["record_id"], rows["record_id"])]
    rows = rows.merge(near[[*RECORD, "reported_at"]], on=RECORD)
    known = parties["name"][parties["child"].eq(other=True)] if "child" in parties else ()
    return frozenset(compared([*rows.loc[under_age(rows), "name"], *known]).values())


def nameless_children(parties: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """channel, record_id of the records with a party under 18 to whom no name is given.

    Args:
        parties: channel, record_id, name, age, id_number.
        records: channel, record_id, reported_at.
    """
    rows = parties.loc[parties["name"].isna(), [*RECORD, "age", "id_number"]]
    rows = rows.merge(records[[*RECORD, "reported_at"]], on=RECORD)
    return rows.loc[under_age(rows), RECORD].drop_duplicates()


def child_rows(parties: pd.DataFrame, records: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows tell by age or ID number that they are of somebody under 18 when it was reported.

    Args:
        parties: channel, record_id, age, id_number.
        records: channel, record_id, reported_at; each record once.
    """
    rows = parties[[*RECORD, "age", "id_number"]].merge(
        records[[*RECORD, "reported_at"]], on=RECORD, how="left"
    )
    return under_age(rows).fillna(value=False).to_numpy(np.bool_)


def told_together(young: pd.DataFrame, cases: pd.DataFrame) -> pd.DataFrame:
    """channel, record_id, child: whom each record, or a case that it belongs to, tells to be one.

    Args:
        young: channel, record_id, child: names, as written, of children.
        cases: case_id, channel, record_id.
    """
    of_case = cases.merge(young, on=RECORD)[["case_id", "child"]].drop_duplicates()
    beside = cases.merge(of_case, on="case_id")[[*RECORD, "child"]]
    return pd.concat([young, beside]).drop_duplicates(ignore_index=True)


def told_by_texts(
    records: pd.DataFrame, named: pd.DataFrame, parties: pd.DataFrame, young: pd.DataFrame
) -> pd.DataFrame:
    """channel, record_id, child: whom the narratives of a case tell to be one, for each of its records.

    Args:
        records: channel, record_id, reported_at, narrative, case_id.
        named: channel, record_id, name: everybody whom a record names.
        parties: channel, record_id, name, age, id_number; of whom they tell to be of age no text
            from then on tells otherwise.
        young: channel, record_id, child: names, as written, of whom rows tell to be children.
    """
    tells = [isinstance(text, str) and may_tell_of_children(text) for text in records["narrative"]]
    rows = records[among_names(records["case_id"], records.loc[tells, "case_id"])]
    keys = rows[[*RECORD, "case_id"]].drop_duplicates()
    names = dict(iter(keys.merge(named, on=RECORD).groupby("case_id")["name"]))
    mine = dict(iter(keys.merge(young, on=RECORD).groupby("case_id")["child"]))
    grown = grown_names(parties[among_names(parties["record_id"], rows["record_id"])], rows)
    found = []
    for case_id, own in rows.groupby("case_id"):
        texts = zip(own["narrative"], own["reported_at"], strict=True)
        called = called_in(
            dict.fromkeys(names.get(case_id, ())), frozenset(mine.get(case_id, ())), texts,
            grown=grown.get(str(case_id), {}),
        )  # fmt: skip
        found += [(case_id, name) for name in called.children]
    told = pd.DataFrame(found, columns=["case_id", "child"], dtype="str")
    return keys.merge(told, on="case_id")[[*RECORD, "child"]].drop_duplicates(ignore_index=True)


def named_alike(parties: pd.DataFrame, told: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows have the name of one of their record's children, however it is spelled.

    Args:
        parties: channel, record_id, name.
        told: of :func:`told_together`.
    """
    rows = parties[[*RECORD, "name"]].assign(row=range(len(parties))).dropna(subset=["name"])
    rows = rows.merge(told, on=RECORD)
    whole = compared([*rows["name"], *rows["child"]])
    alike = rows["name"].map(whole).eq(rows["child"].map(whole))
    return np.isin(np.arange(len(parties)), rows.loc[alike, "row"])


def under_age(rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows are of somebody under 18 when it was reported, by age or by ID number.

    An age of 0, as systems write for one that they do not know, counts where no valid ID number
    tells of somebody of age.

    Args:
        rows: age, id_number, reported_at.
    """
    numbers = identifiers(rows["id_number"])
    of_age = numbers["birth_date"] + pd.DateOffset(years=ADULT)
    years = told_years(rows["age"])
    unknown = (years == 0) & (numbers["status"] == "valid") & (of_age <= rows["reported_at"])
    return ((years < ADULT) & ~unknown) | (of_age > rows["reported_at"])


def told_years(ages: pd.Series) -> "pd.Series[float]":
    """Ages in years; missing where none is told, also by a number below 0 of an old row."""
    years = pd.to_numeric(ages, errors="coerce").astype("float64")
    return years.where(years >= 0)


def grown_names(parties: pd.DataFrame, records: pd.DataFrame) -> dict[str, dict[str, datetime]]:
    """Of each case whom its rows tell to be 18 or more, by age or by ID number.

    Args:
        parties: channel, record_id, name, age, id_number.
        records: channel, record_id, reported_at, case_id.

    Returns:
        By case the bare names, each with a moment by which they were of age.
    """
    told = parties["name"].notna() & (parties["age"].notna() | parties["id_number"].notna())
    rows = parties.loc[told, [*RECORD, "name", "age", "id_number"]]
    rows = rows.merge(records[[*RECORD, "reported_at", "case_id"]], on=RECORD)
    years = told_years(rows["age"]).clip(upper=ADULT + 100)
    by_age = rows["reported_at"] - pd.to_timedelta((years - ADULT) * 365, unit="D")
    by_number = identifiers(rows["id_number"])["birth_date"] + pd.DateOffset(years=ADULT)
    since = by_number.fillna(by_age.where(years >= ADULT))
    rows = rows.assign(since=since)[since <= rows["reported_at"]]
    grown: dict[str, dict[str, datetime]] = defaultdict(dict)
    columns = (rows[name].tolist() for name in ("case_id", "name", "since"))
    for case_id, name, moment in zip(*columns, strict=True):
        of_case = grown[case_id]
        bare = bare_name(name)
        of_case[bare] = min(moment, of_case.get(bare, moment))
    return grown


def children_among(written: Iterable[str], young: Collection[str]) -> frozenset[str]:
    """Those of the names, as written, that :func:`young_names` are, however they are spelled."""
    return frozenset(name for name, whole in compared(written).items() if whole in young)


def shown_name(name: str, children: frozenset[str]) -> str:
    """A name as it is shown: masked, and of a child that it is one."""
    return CHILD if name in children else masked(name)


def without(narrative: Any, children: frozenset[str], *, called: Called = NOT_CALLED) -> Any:
    """The narrative of a case without its children's names, the longest first, and schools.

    Args:
        narrative: text, or missing.
        children: their names as written; without any the narrative is what it was.
        called: what else the texts of the case call them, and whether it has nameless ones.
    """
    if not isinstance(narrative, str) or not (children or called.nameless):
        return narrative
    found = name_spans(narrative, _spellings(children)) if children else []
    spans = [
        *called.introduced(narrative),
        *((start, stop, CHILD) for start, stop, _ in found),
        *called.spans(narrative),
    ]
    return without_schools(CHILD_TWICE.sub(CHILD, replaced(narrative, spans)))


def without_schools(text: str) -> str:
    r"""The text with 某校 for every school with its grade and class.

    >>> without_schools("就读于民乐三中初二3班，等了一小时")
    '就读于某校，等了一小时'
    >>> without_schools("甘州区第十一⼩学、第一\n小 学")
    '某校、某校'
    """
    read, places = read_over(text)
    letters = plain(read)
    parted = {at for gap in _IN_SCHOOL.finditer(letters) for at in range(gap.start(), gap.end())}
    if parted:
        kept = [at for at in range(len(letters)) if at not in parted]
        letters, places = "".join(letters[at] for at in kept), [places[at] for at in kept]
    schools = SCHOOL.finditer(letters)
    return replaced(
        text,
        ((places[one.start()], places[one.end() - 1] + 1, SOME_SCHOOL) for one in schools),
    )


@lru_cache(maxsize=64)
def _spellings(children: frozenset[str]) -> tuple[str, ...]:
    """Their names as written and as compared: of a case's narratives all ask for the same."""
    return bare_names({*children, *compared(children).values()})
