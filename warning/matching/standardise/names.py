"""Names of people: standard form, masks as partial names, several in one field, pinyin.

Works on distinct values; time is linear in their length.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

from warning.matching.standardise.distinct import spread
from warning.matching.standardise.lexicons import (
    TRANSLITERATION,
    kin,
    made_of_parts,
    name_parts,
    nobody,
    phrases,
    simplified,
    surnames,
)
from warning.matching.standardise.masks import Mask, read_mask, without_title
from warning.matching.standardise.readings import COMPOUND_SURNAMES, pinyin

DOTS = "·•．.・‧∙●⋅･▪"
NO_DOTS = str.maketrans(dict.fromkeys(DOTS))
CHINESE = re.compile(r"[㐀-鿿豈-﫿𠀀-𪿿]+")
SPACE = re.compile(r"\s+")
BRACKET = re.compile(r"[（(【\[<《{][^）)】\]>》}]*[）)】\]>》}]?")
_IN_LABEL = r"[^:：(（,，、\s]"
LABEL = re.compile(
    rf"^(?:{_IN_LABEL}{{1,8}}|{_IN_LABEL}(?:\s+{_IN_LABEL}){{1,3}})\s*[:：]\s*(?=\S)"
)
#: The space before a label of its own: 王小明 电话：…; 王 强 电话：…, but not that of 王小明 电 话：….
BEFORE_LABEL = re.compile(
    rf"(?:(?<=\S\S)\s+(?={_IN_LABEL}{{1,8}}\s*[:：])"
    rf"|(?<=\S\s\S)\s+(?={_IN_LABEL}{{2,8}}\s*[:：])"
    rf"|(?:(?<=\S\S)|(?<=\S\s\S))\s+(?={_IN_LABEL}\s+{_IN_LABEL}\s*[:：]))"
)
#: Labels under which somebody stands a second time, and the space before one.
FORMER = re.compile(r"^(?:曾用名|原名|又名|别名|化名|小名)\s*[:：]")
BEFORE_FORMER = re.compile(rf"(?<!\s)\s++(?={FORMER.pattern[1:]})")
#: What follows the first of several who are not named, or says who stands there.
FOLLOWERS = re.compile(
    r"等(?:[0-9一二三四五六七八九十百几多两]{0,4}[人名位户]?)$|(?<=..)(?:本人|夫妇|夫妻|两口子|一家|全家)$"
)
WHO = re.compile(
    r"^(?:市民|村民|居民|业主|群众|住户|租户|房东|报警人|当事人|投诉人|申请人|被申请人|反映人|来电人)(?=..)"
)
#: Before a word for kin: of whoever speaks.
WHOSE = re.compile(r"^(?:其|她|他|我|本人|自己)?的?(?=.)")
NUMBERS = re.compile(r"^[0-9\-+*]{3,}|[0-9\-+]+$")
#: Signs that part names always.
SEVERAL = re.compile(r"[、，,;；/|\\+&\n]")
#: 和, 与 … stand in names too: they part two whole names of which the second has a surname.
AND = re.compile(r"^(.{2,4})[和与及跟同](.{2,4})$")
#: How villages and towns end; beside a name they say where somebody lives.
PLACE_ENDING = re.compile(r"[村庄墩寨镇]$")
#: How names end that only places have, behind whatever sign: 李家村; divisions with their full name.
SURE_VILLAGE = re.compile(r"家[村庄墩寨]$")
FULL_ENDING = re.compile(r"(?:..[乡镇]|[县区]|街道)$")
AGE = re.compile(r"^[0-9]{1,3}(?:周?岁)?$|^[0-9]{4}年")
NO_NAME = frozenset(
    {"男", "女", "男性", "女性", "汉族", "回族", "藏族", "裕固族", "蒙古族", "维吾尔族"}
)
COLUMNS = ("name", "surname", "given", "head", "is_mask", "mask_length", "tail", "sex_hint",
           "is_minority", "pinyin", "others", "kin", "done")  # fmt: skip
FLAGS, COUNTS = frozenset({"is_mask", "is_minority"}), frozenset({"mask_length"})
LONGEST = 64  #: characters of a field that are read; names end long before


@dataclass
class Person:
    """One person of a field, and what was done to read the name; ``written`` is what it was read of."""

    written: str = ""
    name: str | None = None
    surname: str | None = None
    given: str | None = None
    mask: Mask | None = None
    sex: str | None = None
    is_minority: bool = False
    reading: str | None = None
    kin: str | None = None
    done: list[str] = field(default_factory=list)


def names(series: pd.Series) -> pd.DataFrame:
    """Standardise names.

    Args:
        series: names as written; missing stays missing.

    Returns:
        In the index of ``series``:

        - raw: as written;
        - name: standard text; of a mask its surname, or what shows at its start;
        - surname, given: of Han names; of a mask given is what shows after the surname;
        - head: by what a mask and a whole name are brought together: the surname, of minority
          names the first character;
        - is_mask, mask_length (characters of the whole name where the mask tells it), tail (what
          a mask shows at its end: 明 of 王*明);
        - sex_hint (男, 女);
        - is_minority: made of parts of minority names, or written with a dot that parts such;
        - pinyin: without tones, surnames by their own readings;
        - others: further names in the field, standard, joined by ``|``;
        - kin: what somebody who is not named is to whoever speaks (丈夫 of 其丈夫 and 老公);
        - done: codes joined by ``|``: width, space, label, bracket, digits, simplified, several,
          followers, who, title, dot, mask, nobody.
    """
    return spread(series, _row, COLUMNS, FLAGS, COUNTS)


def names_somebody(text: str) -> bool:
    """Whether a field names anybody, whole or masked.

    >>> names_somebody("王某"), names_somebody("男子"), names_somebody("其丈夫")
    (True, False, False)
    """
    return any(one.name or one.mask for one in _people(text))


def people_in(text: str) -> list[str]:
    """The standard names of everyone whom a field names, in their order, masks by what they show.

    >>> people_in("张三、李四（夫妻）")
    ['张三', '李四']
    >>> people_in("张三 李四"), people_in("欧阳 娜娜")
    (['张三', '李四'], ['欧阳娜娜'])
    """
    return [one.name for one in _people(text) if one.name]


def whole_names(text: str) -> list[str]:
    """The names of a field that names several people, each as written; none where it may be one.

    Two at least are whole, the others whole or masks: what may be a title, a trade or a note beside
    a name leaves the field as it is. So do any place behind a space and a / between two spellings of
    one sound. A place's full name and a former name are a note to the name before them.

    >>> whole_names("张三、李四（妻）等5人"), whole_names("张三 李四"), whole_names("王小明 经理")
    (['张三', '李四（妻）等5人'], ['张三', '李四'], [])
    >>> whole_names("王小明 白银"), whole_names("王小明，沙河镇"), whole_names("李红/李虹")
    ([], [], [])
    >>> whole_names("张三、李四，沙河镇")
    ['张三', '李四（沙河镇）']
    """
    found: list[str] = []
    whole: dict[str | None, str | None] = {}  # name → its reading
    for part in (one for each in parts_of(text) for one in BEFORE_FORMER.split(each)):
        people = [Person(part)] if FORMER.match(part) else _people(part)
        named = [one for one in people if not _is_note(one)]
        if not all(one.mask or _is_sure(one) for one in named):
            return []
        is_spaced = len(people) > 1 and SPACE.search(part)
        if is_spaced and any(map(_is_place, named)):
            return []
        if len(people) > 1 and {"bracket", "label"} & set(people[0].done):
            return []
        whole |= {one.name: one.reading for one in named if one.mask is None}
        for one in people:
            written = part if len(people) == 1 else one.written
            if not _is_note(one):
                found.append(written)
            elif found:
                found[-1] += f"（{written}）"
    spelled = "/" in unicodedata.normalize("NFKC", text) and len({*whole.values()}) < len(whole)
    return found if len(whole) > 1 and not spelled else []


def parts_of(text: str) -> list[str]:
    """What stands between the signs that part names, outside of brackets.

    >>> parts_of("张三（夫、户主）、李四；")
    ['张三（夫、户主）', '李四']
    """
    plain = BRACKET.sub(lambda found: "(" * len(found[0]), text)
    signs = [found.start() for found in SEVERAL.finditer(plain)]
    parts = (text[a + 1 : b] for a, b in zip([-1, *signs], [*signs, len(text)], strict=True))
    return [part.strip() for part in parts if part.strip()]


def _is_sure(one: Person) -> bool:
    """Whether this is a whole name and no word that a surname only begins."""
    name = one.name or ""
    if one.is_minority:
        return True
    if "title" in one.done or not one.surname or len(name) not in (2, 3, len(one.surname) + 2):
        return False
    return _is_whole(name) and not name.startswith(_words()) and name not in _words_alone()


def _is_place(one: Person) -> bool:
    """Whether a name is that of a division, too, or ends as villages do: 白银, 龙渠, 李家村."""
    name = one.name or ""
    return name in _places() or bool(PLACE_ENDING.search(name))


def _is_surely_place(one: Person) -> bool:
    """Whether nobody has this name: a division's in full (高镇 may be a name)."""
    name = one.name or ""
    is_division = FULL_ENDING.search(name) and name in _places()
    return bool(is_division or SURE_VILLAGE.search(name))


def _is_note(one: Person) -> bool:
    """Whether this only tells of somebody else: where they live, or their former name."""
    return bool(FORMER.match(one.written)) or _is_surely_place(one)


@lru_cache(maxsize=1)
def _words() -> tuple[str, ...]:
    """What begins with a surname in reports and is no name: 房东, 车主, 施工."""
    lists = phrases("narrative.yaml")
    return tuple(lists["not_names"] | lists["not_further_names"] | lists["introducers"])


@lru_cache(maxsize=1)
def _words_alone() -> frozenset[str]:
    """Such words with which names begin, too: 管家, 许可 (许可欣)."""
    lists = phrases("narrative.yaml")
    return lists["not_names_alone"] | lists["not_further_names_alone"]


@lru_cache(maxsize=1)
def _places() -> frozenset[str]:
    """The divisions' full names and short ones; of towns no short one like a name: 张强 (张强镇)."""
    # Imported here, for its package brings in the linking of places.
    from warning.matching.standardise.addresses.divisions import divisions

    found, usual = divisions(), set("".join(phrases("narrative.yaml")["usual_in_given"]))
    cores = {core for county in found.towns.values() for core in county}
    towns = {core for core in cores if not usual.issuperset(core[1:])}
    return frozenset(
        {*found.provinces, *found.cities, *found.counties, *found.town_counties} | towns
    )


def surname_of(name: str) -> str:
    """The surname of a Han name: two characters where they are a known compound one."""
    if len(name) >= 3 and name[:2] in COMPOUND_SURNAMES:
        return name[:2]
    return name[:1] if len(name) >= 2 else ""


def is_minority(name: str) -> bool:
    """Whether a name without dots is read as one of a minority, without a surname.

    >>> is_minority("才让卓玛"), is_minority("欧阳娜娜"), is_minority("古丽巴哈尔")
    (True, False, True)
    """
    if name in name_parts():
        return len(name) >= 3 or name[:1] not in surnames()
    if len(name) < 4 or name[:2] in COMPOUND_SURNAMES:
        return False
    return made_of_parts(name) or (len(name) >= 5 and TRANSLITERATION.issuperset(name))


def _row(raw: str) -> tuple[object, ...]:
    people = _people(raw)
    if not people:
        return (None, None, None, None, False, None, None, None, False, None, None, None, None)
    one = people[0]
    mask = one.mask
    head = one.surname or (one.name[:1] if one.name and one.is_minority else None)
    others = "|".join(dict.fromkeys(other.name for other in people[1:] if other.name)) or None
    return (one.name, one.surname, one.given, head, mask is not None, mask.length if mask else None,
            mask.tail or None if mask else None, one.sex, one.is_minority, one.reading, others,
            one.kin, "|".join(dict.fromkeys(one.done)) or None)  # fmt: skip


def _people(raw: str) -> list[Person]:
    """Everyone in a field; the first carries what was done to the field."""
    text = unicodedata.normalize("NFKC", raw[:LONGEST])
    done = ["width"] if text != raw[:LONGEST] else []
    text = "".join(sign for sign in text if sign.isprintable() or sign.isspace()).strip()
    # Brackets first: a colon inside of them ends no label.
    bare = BRACKET.sub("", text).strip()
    plain = bare.translate(simplified())
    labelled = [one for part in SEVERAL.split(plain) for one in _apart(part.strip())]
    written = [LABEL.sub("", one) for one in labelled]
    changed = {"bracket": bare != text, "label": written != labelled, "simplified": plain != bare}
    done += [code for code, is_done in changed.items() if is_done]
    labels = [found[0] for found in map(LABEL.match, labelled) if found]
    notes = "".join([*labels, *BRACKET.findall(text)])
    sex = next((sign for sign in notes if sign in "男女"), None)
    parts = [part for one in written for part in _spaced(one, done)]
    told = next((part[0] for part in parts if part in NO_NAME and part[0] in "男女"), None)
    people = [_person(part) for part in parts if part not in NO_NAME and not AGE.match(part)]
    people = [one for one in people if one.name or one.mask or one.done] or [Person()]
    people.sort(key=lambda one: one.name is None)  # a scrap before a name does not hide it
    first = people[0]
    first.done = done + (["several"] if len(people) > 1 else []) + first.done
    first.sex = first.sex or sex or told
    return people if first.name or first.mask or first.done or first.sex else []


def _apart(text: str) -> list[str]:
    """A text without the space before a label inside of it; 姓 名：王小明 is one.

    >>> _apart("姓 名:王小明 电话:13900001111")
    ['姓 名:王小明', '电话:13900001111']
    """
    head = LABEL.match(text)
    start = head.end() if head else 0
    first, *others = BEFORE_LABEL.split(text[start:])
    return [text[:start] + first, *others]


def _spaced(text: str, done: list[str]) -> list[str]:
    """The names in a text that may be parted by spaces or 和; one where they are of one name."""
    pieces = SPACE.split(text)
    if len(pieces) > 1:
        heads = surnames() | COMPOUND_SURNAMES
        whole = [2 <= len(p) <= 4 and (p[0] in heads or p[:2] in heads) for p in pieces]
        told = all(whole) and not all(p in COMPOUND_SURNAMES for p in pieces[:1])
        if told and not is_minority("".join(pieces)):
            return pieces
        # Latin names keep their words apart; Chinese ones have none.
        joined = (" " if text.isascii() else "").join(pieces)
        done.extend(["space"] if joined != text else [])
        text = joined
    pair = None if is_minority(text) else AND.match(text)
    if pair and _is_whole(pair[1]) and _is_whole(pair[2]):
        return [pair[1], pair[2]]
    return [text] if text else []


def _is_whole(text: str) -> bool:
    """Whether a text looks like a name with a common surname, or a mask."""
    return text[:1] in surnames() or text[:2] in COMPOUND_SURNAMES


def _person(text: str) -> Person:
    """One person by the text between signs that part names."""
    one = Person(text)
    for code, pattern in (("digits", NUMBERS), ("followers", FOLLOWERS), ("who", WHO)):
        bare = pattern.sub("", text)
        if bare != text and CHINESE.search(bare):
            one.done.append(code)
            text = bare
    plain = text.strip(DOTS + " -—_'\"。!?").translate(NO_DOTS)
    if plain != text:
        one.done.append("dot")
    whose = WHOSE.sub("", plain)
    if plain.startswith("某") or any(word in nobody() or word in kin() for word in (plain, whose)):
        one.done.append("nobody")
        sex = next((sign for sign in "男女" if sign in plain), None)
        one.kin, one.sex = kin().get(whose, (None, sex))
        return one
    mask = read_mask(plain)
    if mask is not None:
        one.mask, one.sex = mask, mask.sex
        one.done.append("mask")
        one.surname, one.given = mask.surname or None, mask.shown or None
        one.is_minority = mask.is_minority
        one.name = (mask.shown if mask.is_minority else mask.surname) or None
        one.reading = pinyin(one.name, not mask.is_minority) if one.name else None
        return one
    bare, one.sex = without_title(plain)
    if bare != plain:
        one.done.append("title")
    if not bare or not any(sign.isalpha() for sign in bare):
        one.done.append("nobody")
        return one
    dotted = "dot" in one.done and _dot_parts(text)
    told = is_minority(bare)
    one.name, one.is_minority = bare, told or dotted
    if not one.is_minority and len(bare) <= 4 and CHINESE.fullmatch(bare):
        one.surname = surname_of(bare) or None
        one.given = bare[len(one.surname) :] if one.surname else None
    one.reading = pinyin(bare, not told) if CHINESE.fullmatch(bare) else bare.lower()
    return one


def _dot_parts(text: str) -> bool:
    """Whether a dot inside parts a minority name; 王·小明 has a dot too many."""
    first, *rest = (part for part in re.split(f"[{re.escape(DOTS)}]+", text) if part)
    return (
        bool(rest)
        and bool(CHINESE.fullmatch("".join((first, *rest))))
        and (len(first) > 1 or first not in surnames())
    )
