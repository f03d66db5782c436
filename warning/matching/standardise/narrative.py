"""Parties that stand in the text: people, kin and organisations, each with its span.

A name is taken only where the words before and after it say that somebody is named there; what
is found always stands in the text as it is. All patterns are of bounded length, so time is linear
in the text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from warning.matching.standardise.lexicons import name_parts, phrases, surnames
from warning.matching.standardise.organisations import BRANCH, names_nobody
from warning.matching.standardise.readings import COMPOUND_SURNAMES

COLUMNS = ("channel", "record_id", "start", "end", "text", "kind", "role")
MASK = r"(?:某某|某[甲乙丙丁]|某|先生|女士|小姐|[X×*＊Xx]{1,2})"
KIN = re.compile(
    r"(?P<kin>其(?:丈夫|老公|妻子|老婆|爱人|前夫|前妻|父亲|母亲|父母|儿子|女儿|儿媳|女婿|公公|婆婆|岳父|岳母|哥哥|弟弟|姐姐|妹妹|兄弟|侄子|外甥|孙子|"
    r"男友|女友|男朋友|女朋友|亲属|家属|父|母|子|女|兄|弟|妻|夫)(?![儿女子弟们]))"
)
FORMS = "(?:有限责任公司|股份有限公司|有限公司|分公司|公司)"
#: Where the name of an organisation may begin.
LEFT_OF_ORGANISATION = re.compile(
    r"(?:被|与|和|跟|向|到|在|对|称|反映|投诉|反映：|要求|希望|请求|建议|诉|由|是|[，。：、；！？\s【】]|^)$"
)
#: What begins an organisation's name only by mistake: verbs and pronouns.
NO_ORGANISATION = re.compile(
    r"^(?:报警人|来电人|诉求人|申请人|投诉人|反映人|当事人|双方|对方|民警|群众|该|本|我|其|某|这|那|一家|一个|几个|多家|附近|自己|村里|因|就|去|来|把|将|给|等|为|并|已|还|又|再|曾|未|不|没|让|要|请|找|有|从|当)|"
    r"^(?:物业|公司|超市|商场|医院|学校|银行|饭店|酒店|宾馆|商店|门市部|幼儿园|工厂|诊所|商城)$"
)
#: In what only ends like a name: 人已送医院, 方拒绝去医院, 现场有两家饭店, 工人去项目部公司.
CLAUSE = re.compile(
    r"自己|拒绝|告知|去|现场|(?<!配)送(?=医院|往|到)|(?<!美)的(?=[\u4e00-\u9fff]{2,4}$)"
    r"|[有的][一两二三四五六七八九十几数多]家"
)
#: Whoever is asked to help is no opponent: 要求社区物业协调.
HELPS = re.compile(r"^(?:出面|帮忙|帮助|介入|协助)?(?:协调|调解|调处|出面|介入|协助)")
#: What is done towards somebody: 向王莉讨要 names 王莉, and no 向王莉.
TOWARDS = "(?:讨|要|索|催|借|追|购|买|租|赔|支付|道歉|反映|提出)"
#: An age told right behind a name, or before it.
AGE = r"(\d{1,2}|十?[一二三四五六七八九十])周?岁"
AGE_BEHIND = re.compile(
    rf"^[（(，,、]?(?:[男女][孩，,、]?)?{AGE}(?!多?半?的?(?:小|女|儿|孩|男|子|孙|之))"  # not of his daughter
)
AGE_BEFORE = re.compile(
    rf"(?<![\d十百一二三四五六七八九]){AGE}的?(?:女儿|儿子|孙子|孙女|孩子|小孩|男孩|女孩|小学生)?$"
)
#: Whoever is younger quarrels with nobody: he stands by.
ACTS_FROM = 14
#: A relative who only fell ill, was hurt or died is whom a quarrel is about: no 与, 被 or deed beside.
FELL_ILL = re.compile(
    r"^(?:(?![与和跟同被遭将把对向打殴砍骂吵]|[，,。；;：:！!？?\s]).){0,24}?"
    r"(?:生病|患病|住院|就诊|就医|手术|抢救|受伤|摔伤|烫伤|死亡(?!威胁)|去世|病故|病逝|身亡)"
    r"(?:(?![与和跟同被遭将把对向打殴砍骂吵]).){0,12}?(?=[，,。；;：:！!？?\s]|$)"
)
OPPOSED = re.compile(r"[与和跟同被遭对向将把]$")
CALLS = re.compile(r"^(?:（[^）]{0,8}）)?(?:电话报警|报警|报称|来电|到综治中心|来访|来信)")
#: Kinds of what is found that begin with a surname, or with 老 or 小 before one.
SURNAMED = ("mask", "familiar", "full", "rare_mask", "introduced")
#: A shop that is called after whose it is.
SHOP = (
    "(?:开?的)?(?:(?:五金|建材|理发|美发|裁缝|修车|修理|汽修|电焊|烟酒|日杂|杂货|副食|粮油|农资|化肥|种子|饲料"
    "|水果|蔬菜|肉|馒头|豆腐)(?:商?店|铺|摊|门市|部|行)|诊所|卫生室|药[店铺]|小卖[部铺]|麻将馆|棋牌室)"
    f"(?!(?:连锁)?(?:{FORMS}|集团))"  # a company is named by its own name
)
#: Where somebody's home is told.
HOME = "(?:开?的)?家(?:门口?|对面|隔壁|附近|旁|院|[东西南北]侧|屋)"
#: What stands before it.
AT = "在到去于的从往至经过向区县市镇乡村社组街路巷号边面旁壁"
#: How a place is called that begins as a name does: 白塔寺小卖部.
ENDS_PLACE = "区县市镇乡村社组街路巷寺苑寨湾庄屯营堡沟滩坝"
STOPS = "，。、：；！？ \t\n（）()【】[]“”\"'《》"


@dataclass(frozen=True)
class Mention:
    """A span ``[start, end)`` of a text: kind person, kinship or organisation; role as a code."""

    start: int
    end: int
    text: str
    kind: str
    role: str


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))


@lru_cache(maxsize=1)
def _told_anywhere() -> frozenset[str]:
    """Surnames of one character that count behind every word that stands before a name."""
    return surnames() | frozenset("".join(phrases("narrative.yaml")["further_surnames"]))


@lru_cache(maxsize=1)
def _rare() -> frozenset[str]:
    """Surnames of one character that count only behind a word that says who somebody is."""
    return frozenset("".join(phrases("narrative.yaml")["rare_surnames"]))


def _set(signs: Iterable[str]) -> str:
    return f"[{''.join(sorted(signs))}]"


def _behind(words: Iterable[str]) -> str:
    """A pattern that one of the words stands before: one look back a length."""
    lengths: dict[int, list[str]] = {}
    for word in sorted(words):
        lengths.setdefault(len(word), []).append(word)
    return "|".join(f"(?<={_any(own)})" for _, own in sorted(lengths.items()))


@lru_cache(maxsize=1)
def _around() -> tuple[str, str, str, str]:
    """Patterns of what stands before a name and after it, of surnames, and of a later character."""
    words = phrases("narrative.yaml")
    surname = f"(?:{_any(COMPOUND_SURNAMES)}|{_set(_told_anywhere())})"
    stop = "[" + re.escape(STOPS) + "]"
    looks = _behind(words["before"] | words["introducers"])
    before = f"(?:^|(?<={stop})|(?<=[0-9]{{3}})|(?<=[0-9]室)|{looks})"  # 501王秀兰: of that flat
    after = f"(?=$|{stop}|{_any(words['after'])})"
    part = rf"(?!{_set(words['not_in_names'])})[\u4e00-\u9fff]"
    return before, after, surname, part


@lru_cache(maxsize=1)
def _introduced() -> tuple[str, str, str]:
    """Patterns of a word that says who somebody is, of a usual given name, and of what follows."""
    words = phrases("narrative.yaml")
    stop = "[" + re.escape(STOPS) + "]"
    after = f"(?=$|{stop}|{_any(words['after'] | words['after_introduced'])})"
    return f"(?:{_behind(words['introducers'])})", _set("".join(words["usual_in_given"])), after


@lru_cache(maxsize=1)
def _person() -> re.Pattern[str]:
    words = phrases("narrative.yaml")
    before, after, surname, part = _around()
    introducer, usual, later = _introduced()
    given = rf"(?!{_set(_never_given())}|争[吵执论议]){part}"
    # 于某小区, 向某公司: no mask, but a word before what is not named.
    seldom = f"{_set(words['seldom_surnames'])}某(?!某|[甲乙丙丁])(?!{after})"
    towards = f"(?!向{surname}{part}{{1,2}}{TOWARDS})"
    parts = _any(name_parts())
    return re.compile(
        f"{before}(?:"
        rf"(?P<dotted>(?:{part}){{2,4}}?[·•・‧．∙](?:{part}){{1,4}}?(?:先生|女士|{after}))"
        rf"|(?P<parts>(?:{parts})(?:(?:{parts}){{1,2}}|先生|女士|某|{after}))"
        f"|(?P<mask>(?!{seldom}){surname}{MASK})"
        f"|(?P<familiar>[老小](?:{_any(COMPOUND_SURNAMES)}|{_set(surnames())})){after}"
        f"|(?P<full>{towards}{surname}(?:(?:{given}){{2}}{after}|{given}{after})))"
        # A set of characters before the looks back: few places are tried.
        f"|(?={_set(_rare())}){introducer}(?P<rare_mask>{_set(_rare())}{MASK})"
        f"|(?={_set(_told_anywhere() | _rare())}){introducer}"
        f"(?P<introduced>{towards}{_set(_told_anywhere() | _rare())}{usual}{{1,2}}{later})"
    )


@lru_cache(maxsize=1)
def _perhaps() -> re.Pattern[str]:
    before, after, surname, part = _around()
    given = f"(?!某|争[吵执论议]){part}"
    return re.compile(f"{before}(?P<full>{surname}(?:{given}){{1,2}}{after})")


@lru_cache(maxsize=1)
def _perhaps_introduced() -> re.Pattern[str]:
    *_, part = _around()
    introducer, usual, later = _introduced()
    surname = _set(_told_anywhere() | _rare())
    sign = f"(?!某|{_set(_never_given())}|争[吵执论议]){part}"
    return re.compile(
        f"{introducer}(?:{surname}{usual}{{2}}"
        f"|(?:{sign}{usual}{{2}}|{surname}(?:{usual}{sign}|{sign}{usual})){later})"
    )


@lru_cache(maxsize=1)
def _perhaps_owner() -> re.Pattern[str]:
    _, _, surname, part = _around()
    _, usual, _ = _introduced()
    before = rf"(?:^|(?<=[{AT}{re.escape(STOPS)}]))"
    shop = f"{surname}(?:(?:{usual}|[大二]){usual}|铁[锤柱蛋]|{part}?麻子)(?={SHOP})"
    home = f"{surname}{part}(?:(?!人){part}|麻子)(?={HOME})"  # 温州人家门口, 张姓人家门口
    return re.compile(f"{before}(?:(?P<shop>{shop})|{home})")


@lru_cache(maxsize=1)
def _organisation() -> re.Pattern[str]:
    trades = _any(phrases("narrative.yaml")["trades"])
    return re.compile(
        rf"(?P<whole>[\u4e00-\u9fff（）()]{{1,16}}?(?:(?:{trades}){FORMS}?|{FORMS})(?!{trades}))"
        rf"(?P<branch>(?:{BRANCH}|[（(]{BRANCH}[）)])(?<!店(?=主|员(?!工)|长|家|铺|面)))?"
    )


def find_mentions(text: str, most: int = 20) -> list[Mention]:
    """People, kin and organisations that a text names, in the order of the text.

    Args:
        text: a narrative.
        most: mentions of a text at the most (a list of names is no quarrel).
    """
    found: list[Mention] = []
    for match in _person().finditer(text):
        start, end, kind = match.start(), match.end(), match.lastgroup
        written = match.group()
        if kind in SURNAMED and not _is_name(written, text[max(0, start - 1) : start]):
            continue
        found.append(Mention(start, end, written, "person", _role(text, start, end)))
        if len(found) >= most:
            return found
    spans = [(mention.start, mention.end) for mention in found]
    for match in KIN.finditer(text):
        # 其子王小军: the name says more than the kin, and stands for it.
        if any(start == match.end() for start, _ in spans):
            continue
        start, end = match.span()
        fell_ill = FELL_ILL.search(text[end : end + 48]) and not OPPOSED.search(text[:start][-1:])
        role = "witness" if fell_ill else "respondent"
        found.append(Mention(start, end, match.group(), "kinship", role))
        if len(found) >= most:
            break
    found += _organisations(text, spans)
    return sorted(found, key=lambda mention: mention.start)[:most]


def _role(text: str, start: int, end: int) -> str:
    """The part of somebody who is named there."""
    if CALLS.match(text[end : end + 12]):
        return "reporter"
    ages = [
        AGE_BEHIND.search(text[end : end + 12]),
        AGE_BEFORE.search(text[max(0, start - 12) : start]),
    ]
    young = any(age is not None and _years(age[1]) < ACTS_FROM for age in ages)
    return "witness" if young else "respondent"


def _years(written: str) -> int:
    """8, 八, 十 or 十二 as a number."""
    if written.isdecimal():
        return int(written)
    return 10 * ("十" in written) + "一二三四五六七八九".find(written[-1]) + 1


def perhaps_named(text: str) -> frozenset[str]:
    """What may be full names and is not taken for people.

    Either the given name is a word (与李世界), or what looks like a surname is a rare one or none
    that is known, and a word before it says who somebody is (证人时晓雯); or a shop or home is told by
    it (在刘铁锤五金店; not 金银花药店). These make nobody in any record; a text that is shown hides them.

    Args:
        text: any.

    Returns:
        Surnames with one or two characters, as they stand behind a word before a name; 王二麻子.
    """
    if not text:
        return frozenset()
    words = phrases("narrative.yaml")
    found = set()
    for match in _perhaps().finditer(text):
        written, before = match.group(), text[max(0, match.start() - 1) : match.start()]
        given = written[1:]
        if (
            _begins_with_surname(written, before)
            and (written[:1] not in words["everyday_surnames"] or given in words["given_or_word"])
            and not (_is_name(written, before) and _never_given().isdisjoint(given))
        ):
            found.add(written)
    for match in _perhaps_introduced().finditer(text):
        written, before = match.group(), text[max(0, match.start() - 1) : match.start()]
        if _is_name(written, before) and written[:2] not in words["not_further_names_alone"]:
            found.add(written)
    for match in _perhaps_owner().finditer(text):
        written, before = match.group(), text[max(0, match.start() - 1) : match.start()]
        named = _is_name(written, before) and _never_given().isdisjoint(written[1:])
        place = written[-1] in ENDS_PLACE or (match["shop"] and _names_a_shop(written))
        if named and not place:
            found.add(written)
    return frozenset(found)


def _names_a_shop(written: str) -> bool:
    """Whether what reads as a whole name is a shop's own more often: 金银花药店, 康寿堂诊所."""
    words = phrases("narrative.yaml")
    return (
        written in words["names_of_shops"]
        or written[0] in words["everyday_surnames"]
        or written[-1] in words["ends_names_of_shops"]
        or (
            written[0] in words["begins_names_of_shops"]
            and written[-1] in words["ends_names_of_shops_so_begun"]
        )
    )


@lru_cache(maxsize=1)
def _never_given() -> frozenset[str]:
    return frozenset("".join(phrases("narrative.yaml")["not_in_given"]))


def _begins_with_surname(written: str, before: str) -> bool:
    """Whether the first character can be a surname: it neither ends a word nor begins one.

    Args:
        written: a surname with one or two more characters, a mask of one, or 老 or 小 and one.
        before: the character before it, or none.
    """
    words = phrases("narrative.yaml")
    return not (
        before + written[:1] in words["ends_in_surname"]
        or written in words["not_names_alone"]
        or written in words["not_further_names_alone"]
        or words["not_names"] & {written, written[:2]}
        or words["not_further_names"] & {written, written[:2]}
    )


def _is_name(written: str, before: str) -> bool:
    """Whether what begins with a surname is a name; the arguments as there."""
    words = phrases("narrative.yaml")
    given = written[1:]
    if given in words["given_or_word"]:
        is_word = written[:1] in words["everyday_surnames"]
    else:
        is_word = (
            given in words["not_names"]
            or given in (words["not_given_alone" if len(given) == 1 else "not_given"])
        )
    return not is_word and _begins_with_surname(written, before)


def _organisations(text: str, people: list[tuple[int, int]]) -> list[Mention]:
    found = []
    for match in _organisation().finditer(text):
        written, start = match["whole"], match.start()
        # The shortest piece from a word that begins a name to the word that ends it.
        for at in range(len(written) - 2, 0, -1):
            if LEFT_OF_ORGANISATION.search(text[max(0, start + at - 3) : start + at]):
                written, start = written[at:], start + at
                break
        else:
            if not LEFT_OF_ORGANISATION.search(text[max(0, start - 3) : start]):
                continue
        # 在人民医院，…: where it happened, not who takes part.
        end = start + len(written)
        clear = not any(begin < match.end() and end < stop for begin, stop in people)
        end = match.end() if clear else end
        after, before = text[end : end + 1], text[max(0, start - 1) : start]
        if after in STOPS and (before == "在" or before in STOPS):
            continue
        clash = any(start < stop and begin < end for begin, stop in people)
        if clash or len(written) < 4 or NO_ORGANISATION.search(written):
            continue
        asked = text[max(0, start - 2) : start] in ("要求", "希望", "请求", "建议")
        helps = asked and HELPS.match(text[end : end + 6])
        if helps or CLAUSE.search(written) or names_nobody(written):
            continue
        found.append(Mention(start, end, text[start:end], "organisation", "respondent"))
    return found


def narrative_mentions(records: pd.DataFrame) -> pd.DataFrame:
    """Mentions of all narratives.

    Args:
        records: channel, record_id, narrative.

    Returns:
        A row a mention: channel, record_id, start, end (characters of the narrative), text, kind
        (person, kinship, organisation), role (reporter, respondent, witness). Nothing is said of whether
        a party of the record is meant; see :mod:`warning.matching.mentions`.
    """
    told = records[records["narrative"].notna()]
    distinct = {text: find_mentions(text) for text in told["narrative"].unique()}
    rows = [
        (channel, record_id, m.start, m.end, m.text, m.kind, m.role)
        for channel, record_id, text in zip(
            told["channel"], told["record_id"], told["narrative"], strict=True
        )
        for m in distinct[text]
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        dict.fromkeys(COLUMNS, "str") | {"start": "int64", "end": "int64"}
    )
