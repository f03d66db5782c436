"""What the texts of a case call its children beside their whole names, and whom they tell to be one.

A given name (小雨 of 韩小雨) and a nickname (小名豆豆) tell who a child is as well as the whole name.
One that is a word, too (平安), is taken for the child only where the words beside it say so.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from warning.child_signs import is_grown, is_young, may_tell_of_children, tells_of_a_pupil
from warning.masking import SURE, bare_names
from warning.matching.standardise.lexicons import common_words, surnames
from warning.matching.standardise.names import is_minority, surname_of
from warning.matching.standardise.narrative import find_mentions, perhaps_named
from warning.matching.standardise.signs import plain
from warning.spelling import ERASED, HIDDEN, Span, bare_name, name_spans

#: What stands for a child's name.
CHILD = "未成年人"
_HAN = r"[\u4e00-\u9fff]"
_NUMERALS = "一二三四五六七八九十"
#: What stands right before a child's name: who it is to somebody, or what is done to a child.
_BEFORE = re.compile(
    "(?:女儿|儿子|闺女|孩子|小孩|娃娃?|其子|其女|之子|之女|[长次幼独养]子|[长次幼独养]女|孙子|孙女|外孙|侄子|侄女|外甥|外甥女"
    "|弟弟|妹妹|男孩|女孩|男童|女童|儿童|幼童|小学生|中学生|学生|同学|同桌|小朋友|未成年人|名叫|叫做|殴打|打伤|踢伤|欺负|欺凌"
    "|辱骂|推搡|推倒|猥亵|抱走|接走|带走|照看|照顾|抚养)$"
)
_LONGEST_BEFORE = 4
#: Before a given name that begins with this sign: then the sign ends a word (孩子健康, 当天明确).
_ENDS_OF_WORDS = {
    "子": re.compile(
        "(?:[孩妻房车椅屋院瓶棍刀鞋裤帽杯盘筷箱柜袋男脑肚脖鼻嗓胆句样]|(?<!同)桌|(?<!女)儿"
        "|(?<![其之长次幼养])女)$"
    ),
    "家": re.compile("[回大国人自全在到离搬住他她其我你本各两专]$"),
    "晨": re.compile("[早清凌今]$"),
    "小": re.compile("(?<!老)大$"),
    "天": re.compile("[今昨明当每半白两三几二一整聊多前后春夏秋冬晴雨]$"),
}
#: What stands right behind one.
_BEHIND = re.compile(
    "被|称|哭|受伤|上学|放学|的?(?:父亲|母亲|父母|家长|爸爸?|妈妈?|爷爷|奶奶|外公|外婆|班主任|监护人|同学|医药费|书包)"
)
#: A pet name of two like signs behind who the child is (女儿豆豆), not two pairs (孩子慌慌张张).
_DOUBLED = re.compile(
    "(?:女儿|儿子|闺女|孩子|小孩|其子|其女|之子|之女|孙子|孙女|外孙|男孩|女孩|男童|女童|小学生|同学|同桌|小朋友)"
    rf"(?P<called>(?:名叫|叫做?|名为?)?[“\"‘'「『]?)(?P<name>(?P<sign>{_HAN})(?P=sign))"
    rf"(?!地|(?P<next>{_HAN})(?P=next))"
)
#: Signs of which pet names are made; of others one find may be any word (孩子急急跑来).
_PET_SIGNS = frozenset("妞豆乐壮牛虎妮毛朵糖萌欢贝丫蛋果涵轩琪佳欣瑶婷浩宇杰梓萱彤")
#: 小雨 and 大雪 in what tells of the weather.
_WEATHER = re.compile("[小中大暴细春秋][雨雪风雾]")
_WEATHER_BEFORE = re.compile(
    "(?:(?:^|[，。；,;天正在又外夜晨午晚])下[着了过起]?|[降飘]着?了?|天气[为是：:]?|[天日夜晚午晨]有|地区有|[晴云阴]间|转|[有一]阵)$"
)
_WEATHER_BEHIND = re.compile(
    "转?[到至转][晴阴多中大小暴]|天气|天(?!天)|夹|节气|预警|[，,]?(?:路面?|道路|地面)[湿很太]?滑"
)
#: Words that begin as a pet name does.
_LONGER_WORDS = re.compile(
    "小(?:红(?:书(?!包)|帽|花|旗|薯)|天(?:鹅|才|使|地)|鹏汽?车|雨[伞衣]|雪花|虎[队牙]|黑[屋板]|青[年菜蛙瓦]"
    "|宝[宝贝]|飞[机侠]|月[子嫂]|海[鲜豚]|明星|星星|亮点|强度|洋楼|平[房台头]|燕子|丽人|军[人官医])"
)
#: A nickname behind the word for it.
_NICKNAME = re.compile(
    "(?P<kind>小名|乳名|奶名|昵称|爱称|绰号|外号)(?:叫做?|称为?|为|是)?[：:]?[“\"‘'「『]?"
    rf"(?P<name>小(?P<sign>{_HAN})(?P=sign)|{_HAN}{{2,3}}(?!{_HAN})|{_HAN}{{2}})[”\"’'」』]?"
)
#: Those that adults seldom have: they need no child's name before them.
_CHILDISH = frozenset(["小名", "乳名", "奶名"])
#: The same turned round: 豆豆（大名韩小雨）.
_WHOLE_NAME = re.compile(rf"({_HAN}{{2}})[（(，,]?(?:大名|学名|真名|本名)[叫为是：:]?$")
#: A pet name or the like (小杰, 豆豆) that may be a child's where the words beside it say so.
_PET = re.compile(
    rf"小(?P<sign>{_HAN})(?P=sign)|小(?![名字号女儿男孩子学班组{_NUMERALS}])(?P<own>{_HAN})"
    rf"|(?P<twin>{_HAN})(?P=twin)"
)
_BEHIND_PET = re.compile(rf"$|(?!{_HAN})|[被在与和跟把将遭因又称到去从放上]")
#: What a name stands behind as behind 学生, by which it is found.
_AS_PUPIL = re.compile("[初高]中生|学名(?:叫做?|为|是)?[：:]?")
#: A name that stands in the text no more: its person objected, or was erased.
_GONE = re.compile(f"{HIDDEN}+|{ERASED}")
_SENTENCE = re.compile(r"[。；;！!？?\n]")


class Called(NamedTuple):
    """What the texts of a case call its children.

    Attributes:
        children: their names as the case's rows and texts write them.
        always: what else they are called, wherever it stands.
        beside: the same of what may be a word: only where the words beside it tell of a child.
        others: whole names of the case's other people, of which one of these may be a part.
        nameless: whether the case has children whom neither a row nor a text names.
        aged: those of ``always`` that only an age beside them told (14岁的小杰): others may be called
            so, too.
    """

    children: frozenset[str]
    always: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    nameless: bool = False
    aged: frozenset[str] = frozenset()

    def introduced(self, text: str) -> Iterator[Span]:
        """Where a text introduces such a name (小名豆豆): start, end, what stands for it."""
        if self.always or self.beside:
            for match in _NICKNAME.finditer(plain(text)):
                if match["name"] in self.always or match["name"] in self.beside:
                    yield match.start(), match.end(), CHILD

    def spans(self, text: str) -> list[Span]:
        """Where a text calls a child so: start, end, what stands for it; the surest first."""
        read = plain(text)
        told = list(name_spans(text, (*self.always, *self.beside)))
        grown = self._of_grown(read, told)
        found = [
            (start, stop, CHILD)
            for start, stop, name in told
            if (start, stop, name) not in grown
            and (
                (name in self.always and not _is_of_words(read, start, stop))
                or _tells_of_a_child(read, start, stop)
            )
        ]
        if found:
            theirs = name_spans(text, self.others)
            found = [*((start, stop, text[start:stop]) for start, stop, _ in theirs), *found]
        return found

    def _of_grown(self, text: str, told: Iterable[Span]) -> set[Span]:
        """Finds of whom an age alone told that are of somebody of age who is called so, too."""
        aged = [span for span in told if span[2] in self.aged]
        grown = {span for span in aged if is_grown(text, span[0], span[1])}
        young = {name for start, stop, name in aged if is_young(text, start, stop, datetime.min)}
        theirs = {name for _, _, name in grown} - young
        return {span for span in aged if span in grown or span[2] in theirs}


NOT_CALLED = Called(frozenset())


def called_in(
    named: Iterable[str],
    children: Collection[str],
    texts: Iterable[tuple[Any, datetime]],
    *,
    nameless: bool = False,
    grown: Mapping[str, datetime] = MappingProxyType({}),
) -> Called:
    """The children of one case, by its rows and by its texts, and what they are called.

    A text tells of a child beside a name (:func:`~warning.child_signs.is_young`), but nothing of whom
    rows tell to have been of age by then. One that tells of a pupil whom nobody names is of a
    nameless child, as is one that tells so of a pet name alone (14岁的小杰).

    Args:
        named: names, as written, of everybody whom the case names.
        children: those of them that rows tell to be children's.
        texts: the case's narratives, each with when it was reported; missing ones are passed over.
        nameless: whether the case has children whose names no row gives.
        grown: bare names of whom the case's rows tell to be of age, and since when at the latest.
    """
    named = list(named)
    told = [(plain(text), at) for text, at in texts if isinstance(text, str)]
    mine = {name for name in named if name in children}
    whole = bare_names(named)
    always: set[str] = set()
    aged: set[str] = set()
    for text, at in told:
        if may_tell_of_children(text):
            own = bare_names([*whole, *_perhaps_children(text)])
            young = {name for start, stop, name in name_spans(text, own)
                     if is_young(text, start, stop, at)
                     and not (name in grown and grown[name] <= at)}  # fmt: skip
            mine |= {name for name in named if bare_name(name) in young}
            mine |= young.difference(whole, map(plain, whole))
            aged.update(_young_pets(text, at, own))
    nameless = nameless or (
        not mine and (bool(aged) or any(tells_of_a_pupil(text) for text, _ in told))
    )
    if not (mine or nameless):
        return NOT_CALLED
    own = bare_names(mine)
    pets: set[str] = set()
    for name in own:
        given, pet = _called_by(plain(name))
        always.update(given)
        pets.update(pet)
    always.update(_doubled([text for text, _ in told]))
    for text, _ in told:
        always.update(list(_nicknames(text, whole, own, always | aged)))
        # A pet name that one text tells to be a child's is so in the others, too.
        always.update(
            name for start, stop, name in name_spans(text, pets)
            if name[-1] not in surnames() and _tells_of_a_child(text, start, stop)
        )  # fmt: skip
    aged -= always
    always |= aged
    beside = (always & common_words()) | (pets - always)
    always -= common_words()
    young_ones = always.difference(map(plain, grown))
    mine |= {name for name in named if plain(bare_name(name)) in young_ones}
    return Called(
        frozenset(mine),
        tuple(sorted(always, key=lambda name: (name[0] != name[-1], -len(name), name))),
        bare_names(beside),
        bare_names(name for name in named if name not in mine),
        nameless,
        frozenset(aged),
    )


@lru_cache(maxsize=4096)
def _called_by(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a child is called without the surname, and the pet names that may be made of its end."""
    given = "" if len(name) > 4 or is_minority(name) else name[len(surname_of(name)) :]
    if not given or given.isascii():
        return (), ()
    last = given[-1]
    if last in _NUMERALS or last.isascii():
        return ((given,) if len(given) > 1 else ()), ()
    called = [last * 2] if last * 2 not in common_words() else []
    if len(given) > 1:
        called.append(given)
    pets = {f"小{last}", f"阿{last}", f"{last}儿"} - common_words() - {given}
    return tuple(called), tuple(sorted(pets))


def _is_of_words(text: str, start: int, stop: int) -> bool:
    """Whether a find stands across words (子健 in 孩子健康), in a longer one (小红书) or for weather."""
    before = _ENDS_OF_WORDS.get(text[start])
    if before is not None and before.search(text[max(0, start - 2) : start]):
        return True
    if _LONGER_WORDS.match(text, start):
        return True
    return bool(
        _WEATHER.fullmatch(text, start, stop)
        and (
            _WEATHER_BEFORE.search(text[max(0, start - _LONGEST_BEFORE) : start])
            or _WEATHER_BEHIND.match(text, stop)
        )
    )


def _perhaps_children(text: str) -> set[str]:
    """Names in a text that may be children's and that linking may take for nobody's."""
    found = set(perhaps_named(text))
    read = _AS_PUPIL.sub("学生", text)
    if read != text:
        people = [one.text for one in find_mentions(read) if one.kind == "person"]
        found.update(perhaps_named(read), people)
    return {name for name in found if len(name) >= SURE}


def _young_pets(text: str, at: datetime, whole: Sequence[str]) -> Iterator[str]:
    """Pet names that a text tells to be a child's by an age or the like: 14岁的小杰, 丫丫（5周岁）.

    Not 小李, by a surname, nor what is part of one of these whole names.
    """
    theirs = {at for start, stop, _ in name_spans(text, whole) for at in range(start, stop)}
    for match in _PET.finditer(text):
        name, (start, stop) = match[0], match.span()
        if (
            _BEHIND_PET.match(text, stop)
            and name not in common_words()
            and match["own"] not in surnames()
            and (match["twin"] is None or match["twin"] in _PET_SIGNS)
            and theirs.isdisjoint(range(start, stop))
            and is_young(text, start, stop, at)
        ):
            yield name


def _doubled(texts: Iterable[str]) -> Iterator[str]:
    """Pet names of two like signs, of signs of pet names, called so, or told twice in the case."""
    every = "\n".join(dict.fromkeys(texts))
    for match in _DOUBLED.finditer(every):
        name = match["name"]
        told = match["called"] or match["sign"] in _PET_SIGNS or every.count(name) > 1
        if told and match["sign"] not in _NUMERALS and name not in common_words():
            yield name


def _nicknames(
    text: str, whole: Sequence[str], mine: Sequence[str], given: Collection[str]
) -> Iterator[str]:
    """Nicknames of children that a text tells.

    A name that is hidden there is a child's where it is as long as one.
    """
    gone = [(found.start(), found.end(), found[0]) for found in _GONE.finditer(text)]
    theirs = {*mine, *(HIDDEN * len(name) for name in mine)}
    for match in _NICKNAME.finditer(text):
        sentence = _SENTENCE.split(text[: match.start()])[-1]
        begin = match.start() - len(sentence)
        before = [(stop, name) for _, stop, name in name_spans(sentence, {*whole, *given})]
        before += [(stop - begin, name) for start, stop, name in gone
                   if begin <= start and stop <= match.start()]  # fmt: skip
        nearest = max(before)[1] if before else None
        nobody = nearest is None or _GONE.fullmatch(nearest)
        if nearest in theirs or nearest in given or (nobody and match["kind"] in _CHILDISH):
            yield match["name"]
    hidden = [one for one in gone if one[2] in theirs]
    for start, _, _ in [*name_spans(text, mine), *hidden] if "名" in text else ():
        turned = _WHOLE_NAME.search(text[max(0, start - 8) : start])
        if turned:
            yield turned[1]


def _tells_of_a_child(text: str, start: int, stop: int) -> bool:
    """Whether the words beside a find say that a child is named there."""
    return bool(
        _BEFORE.search(text[max(0, start - _LONGEST_BEFORE) : start])
        or (text[start:stop] in common_words() and _BEHIND.match(text, stop))
    )
