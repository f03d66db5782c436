"""Organisations: place, stem, trade and legal form told apart; public hubs known as such."""

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from warning.matching.standardise.distinct import spread
from warning.matching.standardise.lexicons import phrases, simplified, surnames
from warning.matching.standardise.names import parts_of
from warning.matching.standardise.numerals import CHINESE_NUMERALS, number_text
from warning.matching.standardise.readings import COMPOUND_SURNAMES, pinyin

if TYPE_CHECKING:
    from warning.matching.standardise.addresses.divisions import Divisions

_PROVINCE = re.compile(r"^[\u4e00-\u9fff]{2,3}省|^甘肃(?=张掖|省)")
_PLACE = re.compile(
    r"^([\u4e00-\u9fff]{2,6}?)(自治县|自治州|市|县|(?<![小社园校厂])区|(?<!小)镇|乡)"
)
_TOWNS = ("镇", "乡")
_BRACKETS = re.compile(r"[(\[【]([^)\]】]*)[)\]】]?")
#: One of an organisation's places, where its name ends: 木渎店, 沙河支行, 第二分公司.
BRANCH = (
    r"(?:第?[一二三四五六七八九十\d]{1,3}"
    r"|(?!原|现为|又名|本|该|此|某|各|下属|旗下|直营|专卖|专营|加盟|连锁|旗舰|便利"
    r"|老板|员工|顾客|旁边|隔壁|对面|门口|附近|工地)"
    r"(?:(?!公司|银行|集团|有限|超市|商场|信用社|成立|经营|开[店设办]|和[^平田政顺谐硕龙浩]|向[^阳荣]"
    r"|[的与跟到在对被称由是等或及有因把拒欠骂吵骗偷买卖租退拖收未不没去让要请找])[\u4e00-\u9fff]){2,6}?)"
    r"(?:支行|分行|分公司|支公司|分社|分院|分店|项目部|营业部|(?<![饭酒商药书烟鞋网锅])店)"
)
_BRANCH = re.compile(BRANCH)
HUB = re.compile(
    r"派出所|公安局|法院|检察院|司法所|政府|委员会|医院|卫生院|学校|中学|小学|热线|12345"
    r"|综治中心|调解委"
)
#: What every town has, so that its name tells nothing without the town's: 中心小学, 第二中学.
_GENERAL = (
    r"(?:第?[一二三四五六七八九十\d]|人民|中心|中医|妇幼|保健|综合|初级|高级|实验|希望|完全|九年|一贯|制|寄宿"
    r"|职业|技术|民族|医院|卫生院|学校|中学|小学){0,20}$"
)
#: A village's body, or a school or hospital with a name: 双塔村小学, 育才学校.
_OF_ITS_OWN = re.compile(
    r"(?!(?:新?农|乡|本|该|各|全)村|城乡)[\u4e00-\u9fff]{1,6}?(?:村|社区|嘎查)"
    rf"|(?!{_GENERAL})[\u4e00-\u9fff]{{2,20}}(?:医院|卫生院|学校|中学|小学)$"
)
#: What stands for a town before a community's or village's name.
_STREET = re.compile(r"([\u4e00-\u9fff]{2,6}?)(?:街道(?:办事处)?|苏木)(?=..)")
#: A compound's owners' committee, however it is written.
_OWNERS = re.compile(r"(?:小区)?(?:业主委员会|业委会|业主大会)$")
#: How the name of a public body ends.
_BODY = re.compile(rf"(?:{HUB.pattern}|[村居业]委会?)$")
#: Forms that are registered: what ends so is no shop, whatever stands before.
_REGISTERED = re.compile(r"(?:公司|集团|合作社|合作联社|[支分]行|事务所)$")
#: In what stands for a name and only points to somebody: 某, 我家超市, 他哥的公司, 路边饭店.
_POINTING = re.compile(
    r"某|的|[我你他她]|[父母爸妈哥姐弟妹叔舅姑婶爷奶妻夫]|老[板公婆]|儿子|女儿|不知|"
    r"^(?:业主|村民|居民|市民|群众|老|小|对门|双方|当事人|报警人|[街路]边|路口|街上|这|那|本|无名)|"
    r"家(?:公司|超市|商店|饭店|餐厅|酒店|店|厂)$"
)
#: A company's legal form before its branch: 电信股份有限公司张掖分公司.
_FORM_INSIDE = re.compile(r"(?<=..)(?:集团)?(?:股份)?有限(?:责任)?公司(?=..)")
#: The numeral of a numbered bureau: 中铁十二局.
_BUREAU = re.compile(rf"(?<![{CHINESE_NUMERALS}\d])[{CHINESE_NUMERALS}\d]{{1,4}}(?=局)")
_WRITTEN = re.compile(r"[\u4e00-\u9fff\d()\[\]【】]{4,40}")
#: Trades of no shop that is called after its owner.
_NOBODYS_TRADES = ("public", "property", "works", "money")
#: Words that stand where a name would and name nobody.
_VAGUE = re.compile(
    r"^(?:某+|一家|一|该|本|其|所在|所住|小区|社区|附近|当地|对方|一个|隔壁|楼[上下]|对面|旁边|门口|自家|我家)+"
)


class Parts(NamedTuple):
    """What a name is made of, as :func:`organisations` tells it."""

    name: str | None = None
    place: str | None = None
    region: str | None = None
    town: str | None = None
    core: str | None = None
    stem: str | None = None
    trade: str | None = None
    words: str | None = None
    legal_form: str | None = None
    is_public_hub: bool = False
    done: str = ""


def organisations(series: pd.Series) -> pd.DataFrame:
    """Standardise organisations.

    Returns:
        In the index of ``series``: raw; name (one width, simplified, no spaces; of what stands in
        brackets only a branch or a place); place (the last county,
        city or district before it, else a place in brackets, without 县 or 市); region (the code of the narrowest
        division that is told: 2 digits a province, 4 a city, 6 a county); town (the first 镇 or
        乡 among the names before it, before a committee also 街道 or 苏木, without that sign);
        core (stem and words of trade; the name where
        nothing else is left); stem (missing where the name names nobody: 某物业公司); trade (a key
        of ``lexicons/organisations.yaml``), words (as written), legal_form, is_public_hub, done
        (what was done to it, parted by ``;``); sound (pinyin of the stem).
    """
    return spread(
        series, _with_sound, (*Parts._fields, "sound"), flags=frozenset({"is_public_hub"})
    )


@lru_cache(maxsize=1)
def _endings() -> tuple[re.Pattern[str], re.Pattern[str], dict[str, str]]:
    """A pattern of legal forms, one of words of trade, and the trade of each word."""
    lists = phrases("organisations.yaml")
    trade = {word: name for name, words in lists.items() for word in words}
    trade = {word: name for word, name in trade.items() if name not in ("forms", "companies")}
    return _at_end(lists["forms"]), _at_end(trade), trade


@lru_cache(maxsize=1)
def _before_branch() -> re.Pattern[str]:
    """A whole name, in the first group, with a branch behind it."""
    forms, trades, _ = _endings()
    ends = "|".join(pattern.pattern.removesuffix("$") for pattern in (forms, trades, HUB))
    return re.compile(rf"^(.{{1,24}}?(?:{ends}))[(（]?{BRANCH}[)）]?$")


def without_branch(series: "pd.Series[str]") -> "pd.Series[str]":
    """Names of organisations without the branch at their end: 永辉超市木渎店 is 永辉超市."""
    whole = {name: _before_branch().sub(r"\1", name) for name in series.dropna().unique()}
    return series.map(whole).astype("str")


def _at_end(words: "frozenset[str] | dict[str, str]") -> re.Pattern[str]:
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return re.compile("(?:" + "|".join(map(re.escape, longest_first)) + ")$")


def form_group(form: str) -> str:
    """Legal forms that are written for each other as one: every company's, else the form."""
    return "公司" if form in phrases("organisations.yaml")["companies"] else form


def _with_sound(raw: str) -> tuple[object, ...]:
    parts = _parse(raw)
    return *parts, None if parts.stem is None else pinyin(parts.stem, False)


def _parse(raw: str) -> Parts:
    done: list[str] = []
    name, whole, inside = _opened(raw)
    if name != raw:
        done.append("standard characters")
    if not whole:
        return Parts(done="empty")
    whole = _BUREAU.sub(lambda found: number_text(found[0]), whole)
    rest, place, province, of_town = _without_place(whole)
    place, town = place or inside, _town(of_town)
    if place is not None or town is not None:
        done.append("place parted")
    region = _region(place, province)
    if village := _village_of(rest):
        if street := _STREET.match(village):
            town, village = town or street[1], village[street.end() :]
        body, vague = f"{village}委员会", is_vague(village.removesuffix("业主"))
        if vague:
            done.append("names nobody")
        return Parts(
            name, place, region, town, body, None if vague else body, "public", body, None, False,
            "; ".join(done),
        )  # fmt: skip
    if HUB.search(whole):
        # Every town has its own: the county's or city's name says nothing, the town's does.
        stem = rest if _OF_ITS_OWN.match(rest) else (of_town or rest).replace("人民政府", "政府")
        return Parts(
            name, place, region, town, stem, stem, "public", stem, None, True, "; ".join(done)
        )
    forms, trades, trade_of = _endings()
    form, bare = None, rest
    ending, words = forms.search(rest), trades.search(rest)
    if ending and not (words and words.start() < ending.start()):  # 饭店 is a trade, not a 店
        form, bare = ending[0], _FORM_INSIDE.sub("", rest[: ending.start()])
        words = trades.search(bare)
        if not words and (second := forms.search(bare)):  # 培训中心有限公司
            bare = bare[: second.start()]
            words = trades.search(bare)
        done.append("legal form parted")
    stem, trade, said = bare, None, None
    if words:
        stem, said, trade = bare[: words.start()], words[0], trade_of[words[0]]
        done.append("trade parted")
    if form and form_group(form) == "公司" and (before := _bare_place(stem)):
        stem, bare = stem[len(before) :], bare[len(before) :]
        if before in _divisions().cities:
            place = place or before
        else:
            province = province or before
        done.append("place parted")
    vague = is_vague(stem)
    if vague:
        done.append("names nobody")
    return Parts(
        name, place, _region(place, province), town, bare or name, None if vague else stem, trade, said,
        form, False, "; ".join(done),
    )  # fmt: skip


def _village_of(name: str) -> str:
    """The village, community or compound whose committee a name is: 大寨村村委会; empty where none."""
    from warning.matching.standardise.addresses.standard import village_core

    if _OWNERS.search(name):
        return _OWNERS.sub("业主", name)
    village = village_core(name)
    return "" if village == name else village


def is_vague(stem: str) -> bool:
    """Whether nothing of a stem names anybody: 某, 隔壁, 社区."""
    return len(_VAGUE.sub("", stem)) < 2


def _opened(raw: str) -> tuple[str, str, str | None]:
    """A name in one form, the same without the places in its brackets, and the first of these."""
    name = unicodedata.normalize("NFKC", raw).translate(simplified())
    name = re.sub(r"[\s·,，。、;:\"'“”]", "", name)
    places = [place for text in _BRACKETS.findall(name) if (place := _place_inside(text))]
    whole = _BRACKETS.sub(lambda found: _branch_inside(found[1]), name)
    # Companies that only the places in their brackets tell apart have two names.
    name = _BRACKETS.sub(lambda found: _branch_inside(found[1]) or _place_inside(found[1]), name)
    return name, whole, next(iter(places), None)


def _branch_inside(text: str) -> str:
    """What stands in brackets, where it is a branch: (木渎店)."""
    return text if _BRANCH.fullmatch(text) else ""


def _place_inside(text: str) -> str:
    """The place that stands in brackets, without 省, 县 or 市; empty where none does: (张掖)."""
    known = _divisions()
    if text in known.provinces:
        return _short_provinces()[known.provinces[text]]
    if found := _place_before(text):
        return found[1]
    return text if text in known.cities or text in known.counties else ""


@lru_cache(maxsize=1)
def _short_provinces() -> dict[str, str]:
    """The code of each province → its name without 省."""
    by_length = sorted(_divisions().provinces, key=len, reverse=True)
    return {_divisions().provinces[name]: name for name in by_length}


def _place_before(name: str) -> re.Match[str] | None:
    """The place that a name begins with; a 市 only where the country has it, for 永辉超市 is none.

    景德镇 is a city, no town.
    """
    found, known = _PLACE.match(name), _divisions()
    if found is None or found[2] not in ("市", "镇"):
        return found
    # A province may stand before it without 省.
    written = [found[0][at:] for at in (0, 2, 3)]
    if found[2] == "镇":
        is_city = any(city in known.cities for city in written)
        return re.match(f"({found[0]})(市?)", name) if is_city else found
    return (
        found if any(city in known.cities or city in known.counties for city in written) else None
    )


def _divisions() -> "Divisions":
    """The country's divisions; imported here, for their package brings in the linking of places."""
    from warning.matching.standardise.addresses.divisions import divisions

    return divisions()


def _bare_place(stem: str) -> str:
    """The province or city that a company's stem begins with, without 省 or 市, where one is left."""
    known = _divisions()
    for length in (4, 3, 2):
        written = stem[:length]
        if len(stem) - length >= 2 and (written in known.provinces or written in known.cities):
            return written
    return ""


def names_nobody(name: str) -> bool:
    """Whether a name is only a trade or a form with words that name nobody: 社区物业, 快递公司."""
    parts = _parse(name)
    return parts.stem is None and not parts.is_public_hub


def whole_organisations(text: str) -> list[str]:
    """The organisations that a field names, each as written; none where it may be one.

    >>> whole_organisations("临泽县鸿运建筑公司、临泽县宏达劳务公司"), whole_organisations("物业、开发公司")
    (['临泽县鸿运建筑公司', '临泽县宏达劳务公司'], [])
    """
    found = parts_of(text)
    read = [_parse(part) for part in found]
    whole = all(
        len(one.name or "") >= 4 and one.stem and (one.legal_form or one.is_public_hub)
        for one in read
    )
    return found if whole and len(found) > 1 else []


def may_be_a_person_s(name: str) -> bool:
    """Whether a name may be its owner's, as of a shop; a company and a public body are nobody's.

    >>> may_be_a_person_s("甘州区王志平理发店"), may_be_a_person_s("张掖市宏远建筑工程有限公司")
    (True, False)
    """
    parts = _parse(name)
    if parts.is_public_hub or parts.trade in _NOBODYS_TRADES:
        return False
    if parts.legal_form is not None and form_group(parts.legal_form) == "公司":
        return False
    return _begins_with_surname(parts.stem or "")


def _begins_with_surname(stem: str) -> bool:
    """Whether a stem begins with a surname, behind a province or city."""
    return stem[len(_bare_place(stem)) :].startswith((*surnames(), *COMPOUND_SURNAMES))


def surely_one(name: str) -> bool:
    """Whether what stands for a person's name is surely an organisation's, with a name of its own.

    >>> surely_one("临泽县鸿运物业服务有限公司"), surely_one("沙河镇大寨村村委会")
    (True, True)
    >>> surely_one("甘州区王志平理发店"), surely_one("某物业公司"), surely_one("县医院张三")
    (False, False, False)
    """
    text = unicodedata.normalize("NFKC", name).translate(simplified()).strip()
    beside = [inside for inside in _BRACKETS.findall(text)
              if not (_branch_inside(inside) or _place_inside(inside))]  # fmt: skip
    if beside or not _WRITTEN.fullmatch(text) or _POINTING.search(text):
        return False
    if names_nobody(text) or may_be_a_person_s(text):
        return False
    whole = _before_branch().sub(r"\1", _opened(text)[1])
    if _BODY.search(whole):
        return True
    parts = _parse(whole)
    if parts.trade == "public":  # a village's people: 大寨村
        return False
    signs = [parts.place or parts.town, parts.legal_form, parts.trade]
    if sum(sign is not None for sign in signs) >= 2:
        return True
    alone = _REGISTERED.search(whole) or parts.trade in _NOBODYS_TRADES
    return bool(alone) and not _begins_with_surname(parts.stem or "")


def _region(place: str | None, province: str | None) -> str | None:
    """The code of a place, where the country has one of that name only, else of the province.

    A place may itself be a province, as 北京市 and what stands in brackets.
    """
    known = _divisions()
    named = known.cities.get(place or "", []) or known.counties.get(place or "", [])
    return named[0] if len(named) == 1 else known.provinces.get(province or place or "")


def _without_place(name: str) -> tuple[str, str | None, str | None, str]:
    """The name without the places before it, the last of them that is no town, the province.

    And the name from the first town among them on, empty where there is none.
    """
    found, place = _PROVINCE.match(name), None
    province = found[0].removesuffix("省") if found else None
    rest, of_town = name[found.end() :] if found else name, ""
    while (found := _place_before(rest)) and len(rest) - found.end() >= 2:
        if found[2] in _TOWNS:
            of_town = of_town or rest
        else:
            place = found[1]
        rest = rest[found.end() :]
    return rest, place, province, of_town


def _town(of_town: str) -> str | None:
    """The town that a name begins with, without 镇 or 乡."""
    found = _PLACE.match(of_town)
    return found[1] if found else None
