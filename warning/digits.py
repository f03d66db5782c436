"""How numbers are hidden where they need not be read: phones, ID numbers, numbers of houses."""

import re
from collections.abc import Sequence

from warning.matching.standardise.numerals import CHINESE_NUMERALS
from warning.spelling import (
    SEPARATORS,
    SPOKEN,
    STANDARD,
    in_figures,
    read_over,
    replaced,
    spoken_runs,
)

_SIGNS = f"0123456789O{SPOKEN}"
#: What stands for a phone or an ID number.
LEFT_OUT = "（号码略）"
#: Seven digits or more, with or without one sign between: a phone or an ID number.
NUMBER = re.compile(r"[0-9０-９](?:[\s\-－—]?[0-9０-９*]){6,}[Xx]?")
_S = f"[{re.escape(''.join(sorted(SEPARATORS)))}]"
_W = _S + "{0,6}"
#: A date, with its time or without.
_DATE = (
    r"(?:19|20)[0-9]{2}[\-－./／年][0-9]{1,2}[\-－./／月][0-9]{1,2}(?![0-9])"
    r"(?:\s{0,2}[0-9]{1,2}[:：.][0-9]{2}(?:[:：.][0-9]{2})?(?![0-9]))?"
)
_PROVINCE = (
    rf"(?:1{_W}[1-5]|2{_W}[1-3]|3{_W}[1-7]|4{_W}[1-6]|5{_W}[0-4]|6{_W}[1-5]|7{_W}1|8{_W}[1-3])"
)
_MONTH_DAY = rf"(?:0{_W}[1-9]|1{_W}[0-2]){_W}(?:[0-2]{_W}[0-9]|3{_W}[01])"


def _in_parts(commas: str) -> str:
    """A mobile in its three parts with these between; of no longer list, and nothing counted."""
    comma = rf"{_S}{{0,2}}[{commas}]{_S}{{0,2}}"
    return (
        rf"(?<![0-9][，,、;；|+#.])1[3-9][0-9]{comma}[0-9*]{{4}}{comma}[0-9*]{{4}}(?![0-9])"
        rf"(?!{comma}[0-9]{{4}})"
        rf"(?!(?:{comma}[0-9]{{1,8}}){{0,20}}(?:\.[0-9]{{1,2}})?\s?[余多]?[百千万亿元块])"
        r"(?!\s?[一二三四五六七八九十两几]{0,3}"
        r"[角号栋幢楼室层户人名岁年月日米平斤亩件条起次个天%％届期版页辆台吨份笔处家间])"
    )


_ANY_COMMA, _COMMA, _NO_LIST = (_in_parts(signs) for signs in ("，,、;；|+#:：", "，,", "#:："))
_CALL = "(?:电话|手机|联系|号码|拨打|致电|来电|打给|微信)"
#: A mobile with commas, which else is a list: alone, or behind a word for a phone; with # or : anywhere.
_WITH_COMMAS = re.compile(
    rf"\A\s*(?P<alone>{_ANY_COMMA})\s*\Z"
    rf"|(?:电话|手机|号码)[号码是为:：\s]{{0,4}}(?P<behind>{_ANY_COMMA}(?:\s?[和及与或/／]\s?{_ANY_COMMA})*)"
    rf"|{_CALL}[^0-9房室楼栋幢编元款欠。；]{{0,10}}(?P<near>{_COMMA}(?:\s?[和及与或/／]\s?{_COMMA})*)(?!、[0-9])"
    rf"|(?P<no_list>{_NO_LIST})"
)
#: Figures, some of them as words or as the letter O: 138一二三四5678, 6207021990O1O11234.
_MIXED = re.compile(rf"[0-9O{SPOKEN}](?:[ \-]?[0-9O{SPOKEN}]){{10,}}+(?![十百千万亿拾佰仟年])")
_ACCOUNT = r"[A-Z][A-Z0-9_\-]{5,19}"
_WECHAT = "(?:微信|WECHAT|(?<![增参])加V|[VW]X)"
#: What says that an account follows; without it one has a figure or _ or -, and is no app or phone.
_CALLED = (
    r"(?:加[我他她]?(?:微信?|[VW]X)"
    rf"|{_WECHAT}(?:账?号码?|昵称|名|ID|\s?[是为:：]))[是为:：\s]{{0,3}}"
)
_NO_ACCOUNT = "(?:IPHONE|IPAD|ANDROID|WECHAT|OFFICIAL|WINDOWS|VERSION|HUAWEI|XIAOMI)"
#: What makes a count or the number of a house of a plate: 蒙H20000亩, 渝A12345号商铺; not 甘A12345号车.
_NO_PLATE = (
    r"[室座栋楼元亩斤株层]|户型|公[斤里]|平[方米]|米(?![色黄白])|[头只][羊牛猪马驴鸡鸭鹅]"
    r"|号(?:商?铺|[店室门摊院楼库]|[房仓](?![车栅]))"
)
#: What else leads to a person, in half-width capitals: mail, an account behind its word, a plate.
_CONTACT = re.compile(
    r"(?P<mail>[A-Z0-9.．_%+\-]{1,64}[@＠]"
    r"(?:[A-Z0-9.．\-]{1,63}[.．][A-Z]{2,10}|[A-Z0-9\-]{1,63}。(?:COM|NET|CN)))"
    rf"|{_CALLED}(?P<account>{_ACCOUNT})"
    rf"|{_WECHAT}\s{{0,3}}(?P<bare>(?!{_NO_ACCOUNT})(?=[A-Z]{{1,19}}[0-9_\-]){_ACCOUNT})"
    r"|QQ(?:账?号码?)?[是为:：\s]{0,3}(?P<qq>[1-9][0-9]{4,11})(?![0-9]|\s?[余多]?[百千万元块])"
    r"|(?P<plate>[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Z][·•.\-\s]?临?"
    r"(?=[A-Z]{0,5}[0-9])[A-HJ-NP-Z0-9]{4}(?:[A-HJ-NP-Z0-9]{1,2}(?![A-Z0-9])|(?=[挂学警港澳]))"
    rf"(?:[挂学警港澳](?![车靠校生员]))?(?!{_NO_PLATE}))"
)
#: A whole phone or ID number in half-width signs, any separators between its digits. Three digits
#: of a mobile stand together, or none do: numbers beside each other are no phone.
WRITTEN = re.compile(
    rf"(?<![0-9])(?:(?P<date>{_DATE})"
    rf"|{_PROVINCE}(?:{_W}[0-9]){{4}}{_W}(?:1{_W}[89]|2{_W}0)(?:{_W}[0-9]){{2}}{_W}{_MONTH_DAY}"
    rf"(?:{_W}[0-9]){{3}}{_W}[0-9X]"
    rf"|[1-8][0-9]{{5}}{_W}[0-9]{{2}}{_W}{_MONTH_DAY}(?:{_W}[0-9]){{3}}"
    rf"|(?:(?:00)?86{_W}|0{_W})?1(?:[3-9][0-9](?!{_W}{_DATE})|{_S}{{1,6}}[3-9]{_S}{{1,6}}[0-9])"
    rf"(?:{_W}[0-9*]){{8}}"
    rf"|0(?:10|2[0-9]|[3-9][0-9]{{2}})(?!{_W}{_DATE}){_W}[2-8](?:{_W}[0-9]){{6,7}}"
    rf")(?![0-9])"
)
#: A date, or seven digits or more as in :data:`NUMBER`, in half-width signs.
_DATE_OR_NUMBER = re.compile(rf"(?<![0-9])(?P<date>{_DATE})|[0-9](?:[\s\-－—]?[0-9*]){{6,}}")
#: What is counted in houses, and what makes a name of the word instead: 三门峡, 六户镇.
_UNIT = r"(?:号|栋|幢|楼|单元|室|户|层|门|座|弄|房|铺面)(?![县镇乡村市屯峡源])"
_NUMERALS = f"[{CHINESE_NUMERALS}○壹贰叁肆伍陆柒捌玖拾]"
_FIGURES = "(?<![0-9０-９])[0-9０-９]++"
_HOUSE = f"(?:{_FIGURES}|{_NUMERALS}{{1,6}})"
HOUSE = re.compile(
    rf"{_HOUSE}(?=[A-Za-z]?{_UNIT})"
    rf"|{_HOUSE}(?=[\-－—之]{_HOUSE})|(?<=[\-－—之]){_HOUSE}"
    rf"|(?<=[元楼栋幢号层座门])(?:{_FIGURES}|{_NUMERALS}{{1,6}}(?=$|[\s，,。；;、）)]))"
)
#: What is counted by a figure of three digits at the most, or of two; who counts households says so.
_COUNTED = (
    r"[0-9]{1,3}(?=余?(?:名(?![下义称字邸])|人|次|个|天|条|起|件|平方|平米|亩|公里|小时|分钟))"
    r"|[0-9]{1,2}(?=余?(?:[月日时点分岁年]|家(?![里中门属])))"
    r"|(?<=[共有等约及响计致边近])[0-9]{1,2}(?=余?户)"
)
#: What follows an amount: 元, 万余元, 多块, 万.
_MONEY = r"(?=[余多]?[百千万亿]*[余多]?(?:元(?!旦)|块)|[余多]?[万亿](?![达科象和通]))"
#: An amount; with commas only behind what amounts stand behind, for 909,500元 may begin with a door.
_AMOUNT = (
    rf"[0-9]+(?:\.[0-9]+)?{_MONEY}"
    rf"|(?<=[款资金费元共约、额偿赔付欠账债借计值失为达及和币])[0-9]{{1,3}}(?:,[0-9]{{3}})+(?:\.[0-9]+)?{_MONEY}"
)
_TOLD = SPOKEN.rstrip("幺两")
#: What makes a house's number of figures told in words, where they are fewer than a mobile's.
_TOLD_HOUSE = re.compile("号(?!码)|[室楼栋幢户]")
_MOBILE = 11
#: A date, or a figure that counts or dates something, to stay; or one that may be of a door: also
#: three numerals told one by one (九〇九), but of a year.
DOOR = re.compile(
    rf"(?P<kept>(?<![0-9,])(?:{_DATE}|(?:19|20)[0-9]{{2}}(?=年)|{_COUNTED}|{_AMOUNT}))"
    rf"|{HOUSE.pattern}|\d+|(?<![{_TOLD}])[{_TOLD}]{{3,}}+(?![十百千万亿年])"
)
DIGITS = re.compile(r"\d+")
#: A text that is a number and its signs alone.
NUMERIC = re.compile(r"[\d*XxＸｘ\s+\-－—–.．·/()（）、，,转]*")
#: Digits of a number that stay hidden at the least.
LEAST_HIDDEN = 4


def without_numbers(text: str) -> str:
    """The text with phones and ID numbers left out; dates, amounts and house numbers stay.

    So are addresses of mail, accounts of 微信 and QQ behind these words, and plates of cars; not an app
    or a phone behind 微信 (微信Android版), nor counts that look like a plate (蒙H20000亩).
    """
    read, places = read_over(text)
    spoken = _spoken(read)
    found = _contacts(read)
    found += [*_written(read, spoken), *((a, b) for a, b in spoken if read[a:b].isalnum())]
    rest = replaced(read, [(start, stop, " " * (stop - start)) for start, stop in found])
    found += [one.span() for one in NUMBER.finditer(rest)]
    if not found:
        return text
    return replaced(
        text, [(places[start], places[stop - 1] + 1, LEFT_OUT) for start, stop in found]
    )


def _contacts(read: str) -> list[tuple[int, int]]:
    """Start and end of what :data:`_CONTACT` finds in :func:`read_over`, without its word."""
    found = _CONTACT.finditer(read.translate(STANDARD))
    return [one.span(one.lastgroup or 0) for one in found]


def _spoken(read: str) -> list[tuple[int, int]]:
    """The :func:`spoken_runs` but for what houses are told by: 一三五七九三一号, 一零一二零一三零一室."""
    return [
        (start, stop)
        for start, stop in spoken_runs(read)
        if _TOLD_HOUSE.match(read, stop) is None
        or sum(sign in SPOKEN for sign in read[start:stop]) >= _MOBILE
    ]


def _written(read: str, spoken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Start and end of what :data:`WRITTEN` finds in :func:`read_over`, in figures and in words."""
    figures = read.translate(STANDARD)
    mixed = _MIXED.sub(
        lambda run: in_figures(run[0], [(0, len(run[0]))]).replace("O", "0"), figures
    )
    texts = {figures, in_figures(figures, spoken), mixed}
    found = [one for told in texts for one in WRITTEN.finditer(told)]
    parts = [one.span(one.lastgroup or 0) for one in _WITH_COMMAS.finditer(figures)]
    return [*(one.span() for one in found if one.lastgroup != "date"), *parts]


def holds_number(text: str) -> bool:
    """Whether a whole phone or ID number stands in the text, however written; a date is none."""
    read, _ = read_over(text)
    return bool(_written(read, _spoken(read)))


def starred(text: str) -> str:
    """The text with each digit of a phone, ID number or other number of seven digits hidden.

    So is each sign of an address of mail, an account and a plate, as in :func:`without_numbers`.
    Dates and how long a number is stay, so that whoever has the file sees what is wrong with it.

    >>> starred("2024-13-45 10:00"), starred("138 0013-8000"), starred("13800138000来电")
    ('2024-13-45 10:00', '*** ****-****', '***********来电')
    """
    read, places = read_over(text)
    spoken = _spoken(read)
    figures = in_figures(read, spoken).translate(STANDARD)
    rest = [one.span() for one in _DATE_OR_NUMBER.finditer(figures) if one.lastgroup != "date"]
    signs = list(text)
    for at in (at for span in (*_written(read, spoken), *rest) for at in range(*span)):
        signs[places[at]] = "*" if figures[at] in _SIGNS else signs[places[at]]
    for at in (at for span in _contacts(read) for at in range(*span)):
        signs[places[at]] = "*"
    return "".join(signs)


def without_houses(text: str) -> str:
    """A text without numbers of houses, buildings and rooms, in figures or Chinese numerals.

    >>> without_houses("家住四平路3号楼二单元五〇一室")
    '家住四平路*号楼*单元*室'
    """
    return HOUSE.sub("*", text)


def without_doors(text: str) -> str:
    """A text without numbers of houses and any other figure but dates, counts and amounts.

    What :func:`without_houses` leaves where nothing tells that it is a house goes, too.

    >>> without_doors("2024年3人在翠湖名邸909被打，索赔500元，住3号楼")
    '2024年3人在翠湖名邸*被打，索赔500元，住*号楼'
    """
    return DOOR.sub(lambda one: one["kept"] or "*", text)


def hidden_address(address: str) -> str:
    """An address without any number, but for those that are part of a name (三里屯)."""
    return DIGITS.sub("*", without_houses(address))


def hidden_number(text: str) -> str:
    """A number with its middle hidden, four digits at the least: 138****0000, 881****6.

    A shorter one is hidden wholly, as is what is no number alone.
    """
    digits = sum(sign.isdecimal() or sign == "*" for sign in text)
    shown = min(4, digits - 3 - LEAST_HIDDEN)
    if shown < 1 or not NUMERIC.fullmatch(text):
        return "*" * len(text)
    return f"{text[:3]}{'*' * (len(text) - 3 - shown)}{text[-shown:]}"
