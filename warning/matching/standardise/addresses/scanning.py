"""From a normalised address to labelled spans, in one pass from left to right.

Divisions are looked up at the front. Behind them one pattern finds the *cues* (a number with its
suffix, the ending of a road, a village or a named place, a word like 对面); the text between two
cues is the name that the second one ends. No cue looks further than a few characters, so the time
grows with the length only.
"""

import re

from warning.matching.standardise.addresses.doors import (
    BASEMENT,
    JOINED,
    is_below,
    is_stall,
    kind_behind,
)
from warning.matching.standardise.addresses.normal import BREAK
from warning.matching.standardise.addresses.prefix import Prefix, read_prefix
from warning.matching.standardise.numerals import CHINESE_NUMERALS

Span = tuple[str, int, int]

_N = rf"(?:[A-Z]{{0,2}}\d{{1,6}}+[A-Z]?(?![A-Z])|[{CHINESE_NUMERALS}]{{1,5}})"
#: What counts houses, buildings and units beside a number or without one: 甲12号, 乙单元.
SERIES = "甲乙丙丁戊己庚辛"
_SERIAL = rf"[{SERIES}](?<![{CHINESE_NUMERALS}].)(?:{_N}(?=[号栋幢座#])|(?=[座栋幢#]|号楼))"
_SIDES = "东南西北中左右前后" + SERIES
#: A unit or a flat told by where it lies: 东单元, 东302, 西户, 左门.
_SIDE = (
    rf"[{_SIDES}][{_SIDES}]?(?:[侧边面头间](?=[单户]))?"
    r"(?=单元(?![楼房])|\d{3,4}(?![\d米])|[户室]|门(?![口前]))"
)
_ROAD_ENDINGS = (
    r"大道|大街(?!社区)|公路|国道|省道|县道|胡同|马路|支路|路(?!社区)|街(?!道|村|社区)|支?[巷弄]"
)
#: Metres behind a kilometre stake (K45+300, whose sign is a dash by now); a building K12 is none.
_METRES = r"(?:-?\d{1,3}(?:米|M)?)?处?(?![\dA-Z号栋幢座楼#单地])"
_MEETING = (
    r"(?:的?(?:交[叉汇会界接]|相交)(?:路?口|处)|交口|(?:三?岔|[十丁]字)路?口|十字(?![街坡路])|路口)"
)
_NAMED = (
    r"家属院|家属楼|宿舍楼?|小区|花园|家园|花苑|嘉苑|佳苑|雅苑|名苑|新苑|公寓|别墅|山庄|庄园|华庭|豪庭|名庭|"
    r"大厦|大楼|广场|中心|商城|商场|商厦|新城|名城|学校|大学|学院|中学|小学|幼儿园|医院|卫生院|市场|超市|酒店|宾馆|"
    r"饭店|公司|集团|银行|工业园区|工业区|开发区|高新区|新区|投资区|化工区|加工区|科创园|产业基地|工业园|产业园|科技园|创业园|创意园|软件园|物流园|园区|公园|车站|"
    r"派出所|政府|法院|委员会|服务区|景区|名都|名邸|名府|公馆|府邸|新居|嘉园|佳园|雅园|苑(?=\d)|园(?=\d)|庭(?=\d)"
)
_CUE = re.compile(
    rf"(?P<break>[{BREAK}])"
    rf"|(?P<stake>(?=[K\d])(?:(?<![\d-])K?\d{{1,4}}(?:-\d{{1,3}})?(?:公里|KM){_METRES}|(?<=[路道线速\d])K\d{{1,4}}{_METRES}))"
    rf"|(?P<meeting>(?<=[路街巷道线口处字])(?<!街道)(?:{_MEETING}|[东西南北]{{1,2}}角(?![村街楼])))"
    r"|(?P<crossing>[十丁]字路?口|[东西南北中]段|路段|沿线|\d{1,5}米(?:左右|处)?(?![大路街]))"
    rf"|(?P<way>(?=[国省县乡GSXY])(?:[国省县乡]道[GSXY]?\d{{3}}(?!\d)(?:线|公路)?|[GSXY]\d{{3}}(?:线|(?=K\d)))"
    rf"|第?{_N}号?(?:{_ROAD_ENDINGS})(?<!\d弄)(?<!-\d巷)(?<!-\d\d巷)(?<!-\d\d\d巷))"
    rf"|(?P<section>(?:[A-Z东西南北中]|第?{_N})(?:区|期|组团)(?![\u4e00-\u9fff]?(?:路|街|村)))"
    rf"|第?(?P<number>{BASEMENT}|{JOINED}|{_N}|[A-Z](?=座|栋|幢|楼|单元|#|号楼|-\d)|{_SERIAL}|{_SIDE})"
    rf"(?P<suffix>号[{SERIES}](?![\u4e00-\u9fff])|[东南西北中左右]户"
    r"|号楼|号院|号房|号铺|号库|村民小组|小组|生产队|组|社(?!区)|队|单元|栋楼|栋|幢楼|幢|座|#楼|#|层楼?|楼|F(?!\w)|室"
    r"|[户房铺](?![县镇乡村屯]|第?[\d一二三四五六七八九十]{1,3}[组社队])|弄|巷|号|门(?=[\dA-Z])|(?<=[东南西北中左右])门)?(?P<dash>-(?=[\dA-Z])(?!(?<=[号栋幢座楼]-)[1-3][层楼](?!-)))?"
    rf"|(?P<road>{_ROAD_ENDINGS}|(?:(?<=[一二三四五六七八九十])道|线|高速)(?=K?\d))"
    r"|(?P<village>村民委员会|村委会|社区居委会|居民委员会|居委会|社区|嘎查|村(?![东西南北中前后]?(?:路(?![口边旁上])|街|大道|巷(?![道子口里内])|镇|民小组|民委|村民)))"
    rf"|(?P<named>{_NAMED})"
    r"|(?P<beside>附近|旁边|隔壁|对面|对过|斜对面|门口|门前|交叉路?口|交汇处|交叉处|十字路?口|路口|往[东南西北]|向[东南西北]"
    r"|旁|楼下|[路街]边|村口|院内|以[东南西北]|[东南西北]侧|(?:[东南西北]行?)?\d{1,5}米(?:左右|处)?)"
)
_GROUPS = frozenset(("组", "社", "队", "小组", "村民小组", "生产队"))
_BUILDINGS = frozenset(("号楼", "栋", "幢", "座", "#", "#楼", "栋楼", "幢楼", "号库"))
_ROOMS = frozenset(("室", "户", "房", "铺", "号房", "号铺"))
_NAMED_LABELS = frozenset(("poi", "compound", "section"))
#: Numbers that a further one may belong to.
_JOINABLE = frozenset(("road_number", "building", "unit", "room"))
#: Behind a village the group in brackets (breaks by now) with its sign or the house behind it:
#: 新民村(4)组89号, 新民村(4)89号; a year in brackets is none.
_GROUP = re.compile(
    rf"[{BREAK}](?P<group>\d{{1,3}}|[{CHINESE_NUMERALS}]{{1,3}})[{BREAK}]"
    rf"(?:(?P<sign>{'|'.join(sorted(_GROUPS))})(?!区)|(?={_N}(?:-\d{{1,3}})?号(?![楼院房铺库])))"
)
#: What stands between two roads that meet, or before a second one; and behind the two.
JOINERS = "和与跟及"
_BETWEEN = JOINERS + "的"
MEETING = re.compile(_MEETING)
#: What no name begins with.
_BEFORE = BREAK + "-在" + _BETWEEN
#: A numbered lane of the road before it: 三巷, 西5巷, 18支弄.
LANE = re.compile(rf"[东西南北中前后]?第?{_N}号?(?:支?[巷弄]|胡同)")
_ALLEY = re.compile(r"\d{1,3}巷")
_TAIL = re.compile(r"(?:电联|电话联系|打电话|提前联系|放门口|收|自提|自取|送货上门|到付)$")
#: Endings of a name in which people live, so that numbers behind it are building, unit and room.
LIVED_IN = re.compile(
    r"(?:家属院|家属楼|宿舍|小区|花园|家园|花苑|公寓|别墅|山庄|庄园|庭|大厦|新城|名城|新村|苑|(?<![业流产技意件公儿物乐陵果学])园"
    r"|(?<!政)府|居|邸|都|湾|里|坊|郡|公馆|城)$"
)
#: What is written behind a village or group and is nobody's name: 王某家.
_HOUSEHOLD = re.compile(r"(?:家|家中|家里|家门|住处|住所|家院)$")

#: Endings of communities, whose houses stand in buildings.
_HOUSED = ("社区", "居委会", "居民委员会")
_ZONE = re.compile(r"(?:开发区|高新区|(?<![小社])新区)$")

#: Parts of which an address may have several.
_SEVERAL = frozenset(("cross_road", "lane"))


class Scan:
    """The spans of one address while they are found."""

    __slots__ = ("count", "has", "last", "run", "spans", "start", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.spans: list[Span] = []
        self.has: set[str] = set()
        self.start = 0  #: where the name that is being read begins
        self.run: list[tuple[int, int]] = []  #: bare numbers joined by dashes, not yet labelled
        self.last = ""

    def put(self, label: str, start: int, end: int) -> None:
        """Label a span; a part that is known already is not overwritten."""
        self.start = end
        if label in self.has and label not in _SEVERAL:
            label = "rest"
        self.has.add(label)
        self.last = label
        self.spans.append((label, start, end))


def scan(text: str, county_code: str = "") -> tuple[list[Span], Prefix]:
    """Label the parts of a normalised address.

    Args:
        text: as :func:`normalised` gives it.
        county_code: what the record says beside the text; helps to read short town names.

    Returns:
        Spans (part, start, end) from left to right, none overlapping; and the divisions read.
    """
    prefix = read_prefix(text, county_code)
    one = Scan(text)
    one.spans = list(prefix.spans)
    one.has = {label for label, _, _ in prefix.spans}
    one.last = prefix.spans[-1][0] if prefix.spans else ""
    one.start = prefix.end
    position = prefix.end
    length = len(text)
    while position < length:
        cue = _CUE.search(text, position)
        if cue is None:
            break
        _take(one, cue)
        position = max(cue.end(), one.start)
    _name(one, length)
    return one.spans, prefix


def _take(one: Scan, cue: re.Match[str]) -> None:
    kind = cue.lastgroup
    begin, end = cue.span()
    if kind == "break":
        _name(one, begin)
        one.start = end
    elif kind == "road" or kind == "way":
        _road(one, begin, end, is_way=kind == "way")
    elif kind == "village":
        _village(one, end)
    elif kind == "named":
        # 中心小学, 花园酒店: the longer name goes on.
        if not _follows(one.text, end):
            _name(one, end)
    elif kind == "section":
        if begin - one.start >= 2 or one.last in ("poi", "compound"):
            _name(one, begin)
            one.put("section", begin, end)
    elif kind == "meeting":
        # 东街十字, where 东街 is the town: a name.
        if "road" in one.has or one.text[end - 1] == "口":
            _name(one, begin)
            one.put("beside", begin, end)
    elif kind in ("beside", "crossing"):
        _name(one, begin)
        one.put("beside", begin, end)
    elif kind == "stake":
        _name(one, begin)
        # 312国道2700公里处: the kilometre is the road's number.
        one.put("road_number" if one.last == "road" else "beside", begin, end)
    else:
        _number(one, cue)


_GOES_ON = re.compile(
    rf"(?:\d{{1,2}}|[{CHINESE_NUMERALS}]{{1,3}})巷|"
    r"[东西南北中岗前后]{0,2}[一二三四五]?(?:路|街|大道|巷)|(?:[一二三四五六七八九十]?[号]?(?:店|分店|楼下|分校|校区|分院|支行|分行|酒店|大厦|广场|公寓|医院|小学|中学|大学|学校|超市|商场|"
    r"市场|宾馆|饭店|公司|集团|路|街|中心|家园|花园|小区|大楼|商城|新村|村|分公司|分局|支队|大队|幼儿园|园区|商业街|步行街))"
)


def _follows(text: str, end: int) -> bool:
    return _GOES_ON.match(text, end) is not None


def _road(one: Scan, begin: int, end: int, *, is_way: bool) -> None:
    start = one.start
    is_behind = one.last in ("road", "cross_road", "beside")
    while start < begin and is_behind and one.text[start] in _BETWEEN:
        start += 1
    if end - start < 2 or (not is_way and end - start > 12):
        return
    if is_way and _is_lane(one, start, end):
        # 三二五弄 is a number as 325弄 is, 三巷 the road's own and the number behind it a house's.
        if one.text[end - 1] == "弄" and one.text[end - 2] != "支":
            one.put("road_number", start, end)
            return
        behind = one.last
        one.put("lane", start, end)
        one.last = behind
        return
    if one.last in ("road", "cross_road", "beside") and "road" in one.has:
        one.put("cross_road", start, end)
        return
    if one.has & {"building", "room"}:
        return
    one.put("road", start, end)


def _is_lane(one: Scan, start: int, end: int) -> bool:
    """Whether a numbered lane stands behind its road or a part of it (西段), or its number 380弄."""
    if one.last == "beside":
        is_behind = "road" in one.has and "road_number" not in one.has
    elif one.last == "road_number":
        is_behind = one.text[start - 1] == "弄"
    else:
        is_behind = one.last in ("road", "cross_road")
    return is_behind and LANE.fullmatch(one.text, start, end) is not None


def _village(one: Scan, end: int) -> None:
    start = one.start
    is_new_village = one.text.endswith("新村", start, end)
    following = one.text[end : end + 1]
    if end - start < 2 or end - start > 12:
        return
    is_numbered = following.isalnum() and not following >= "\u4e00"
    if is_new_village and is_numbered and not _ALLEY.match(one.text, end):
        _name(one, end)
    elif "road" in one.has or "poi" in one.has or "compound" in one.has:
        if not _follows(one.text, end):
            _name(one, end)
    else:
        one.put("village", start, end)
        group = _GROUP.match(one.text, end) if following == BREAK else None
        # 城中社区(9)102号, 玉龙新村(3)12号: there it is a building.
        is_housed = one.text.endswith(_HOUSED, start, end)
        if group and not is_new_village and (group["sign"] or not is_housed):
            one.put("group", *group.span("group"))
            one.start = group.end()


def _name(one: Scan, end: int) -> None:
    """The text since the last cue is a name: a point of interest, or a section of one."""
    start, text = one.start, one.text
    while start < end and text[start] in _BEFORE:
        start += 1
    tail = _TAIL.search(text, start, end)
    stop = tail.start() if tail else end
    while stop > start and text[stop - 1] in BREAK + "-":
        stop -= 1
    if stop - start >= 2:
        if one.has & {"poi", "compound"}:
            label = "section" if not one.has & {"building", "room", "floor"} else "rest"
        elif one.has & {"room", "floor"} or (
            one.has & {"village", "group"} and _HOUSEHOLD.search(text, start, stop)
        ):
            label = "rest"
        elif _ZONE.search(text, start, stop):
            label = "zone"
        else:
            label = "compound" if LIVED_IN.search(text, start, stop) else "poi"
        one.put(label, start, stop)
    elif stop > start:
        one.spans.append(("rest", start, stop))
    one.start = end


def _number(one: Scan, cue: re.Match[str]) -> None:
    begin, end = cue.span()
    # 12号甲, 301东户: the sign behind belongs to the number.
    number, suffix = cue["number"], (cue["suffix"] or "").strip(_SIDES)
    digits = cue.end("number") - begin
    if number[0] == "附" or (number.isalpha() and one.text[begin - 1] in "房室"):
        _join(one, begin, end - len(cue["dash"] or ""))
        return
    if number[0] in _SIDES and suffix in ("", "门", "户", "室"):
        suffix = _suffix_of_side(one, suffix)
        if not suffix:
            return
    if cue["dash"]:
        end -= 1
    following = one.text[end : end + 1]
    is_digits = number[-1].isdigit() or number[0].isascii()
    if not suffix and not cue["dash"]:
        if not is_digits:
            return  # a numeral inside a name: 三里屯
        # 101医院: a number before a name belongs to it, unless a road waits for its number.
        if following and following >= "\u4e00" and one.last != "road" and not one.run:
            return
    if suffix in ("号", "楼") and following in (
        "路",
        "街",
        "院",
        "店",
        "线",
        "桥",
        "城",
        "下",
        "上",
    ):
        return
    if not suffix and not is_digits and cue["dash"]:
        return
    if not one.run:
        if suffix in _GROUPS and begin - one.start >= 2 and not one.has & {"village", "road"}:
            # 大寨六社: a village without its word.
            one.put("village", one.start, begin)
        else:
            _name(one, begin)
    one.start = end
    if cue["dash"] and suffix in ("", "号"):
        one.run.append((begin, end))
        return
    if one.run and suffix in ("", "号", *_ROOMS):
        one.run.append((begin, end))
        _label_run(one, suffix)
        return
    if one.run:
        _label_run(one, "")
    kind = kind_behind(one.text, end) if suffix == "号" else None
    if kind and one.last in ("poi", "section") and not one.has & {"compound", "building"}:
        # 电子厂3号宿舍楼: a building of what stands before it.
        one.put("building", begin, end)
        one.put("section", end, kind.end("kind"))
        one.start, one.last = kind.end(), "building"
        return
    _label(one, suffix, begin, end, digits)


def _join(one: Scan, begin: int, end: int) -> None:
    """Add to the number right before it what belongs to it: 16号附7号, 1203房A室."""
    label, start, stop = one.spans[-1] if one.spans else ("", 0, 0)
    if stop == begin and label in _JOINABLE:
        one.spans[-1] = label, start, end
        one.start = end


def _suffix_of_side(one: Scan, suffix: str) -> str:
    """3楼左门 is a flat, 东门302 and 东302 the way into several; empty outside: 滨湖市场东门."""
    if not one.has & {"building", "unit", "floor"}:
        return ""
    is_flat = suffix == "门" and "floor" in one.has
    return "户" if is_flat else suffix or "门"


def _label(one: Scan, suffix: str, begin: int, end: int, digits: int) -> None:
    has, last = one.has, one.last
    inside = bool(has & {"building", "unit", "floor"})
    if suffix in _GROUPS:
        label = "group"
    elif suffix in _BUILDINGS:
        label = "building"
    elif suffix == "单元" or suffix == "门":
        label = "unit"
    elif suffix in ("层", "层楼", "F"):
        label = "floor"
    elif suffix == "楼":
        is_floor = begin + 3 >= end or inside or is_below(one.text, begin)
        label = "floor" if is_floor else "building"
    elif suffix in _ROOMS:
        label = "room"
    elif suffix in ("弄", "巷", "号院"):
        label = "road_number" if "road" in has else "road"
    elif suffix == "号":
        if last in _NAMED_LABELS and is_stall(_named(one), one.text, end):
            label = "room"
        elif last in ("road", "village", "group", "") or (
            last in ("town", "county", "city", "section") and "road_number" not in has
        ):
            label = "road_number"
        elif last == "road_number":
            label = "building"
        elif inside:
            label = "room" if digits >= 3 or has & {"unit", "floor"} else "unit"
        elif last == "compound":
            label = "building"
        else:
            label = "road_number" if "road_number" not in has else "room"
    elif last == "road":
        label = "road_number"
    elif inside:
        label = "room" if digits >= 3 or has & {"unit", "floor"} else "unit"
    else:
        label = "room" if digits >= 3 else "building"
    one.put(label, begin, end)


def _named(one: Scan) -> str:
    """The compound or point of interest read so far; empty for none."""
    names = [one.text[begin:end] for label, begin, end in one.spans if label in ("poi", "compound")]
    return names[-1] if names else ""


def _label_run(one: Scan, suffix: str) -> None:
    """Numbers joined by dashes: 3-2-501, 3-501, 中山路103-105号."""
    run, one.run = one.run, []
    if one.last == "group" and len(run) == 2 and suffix == "号":
        (begin, _), (again, end) = run
        # 4组89-1号 is a house of the group, 4组3-201号 a flat.
        if end - again - len(suffix) < 3:
            one.put("road_number", begin, end)
            return
    if one.last == "road" and len(run) == 2:
        # 103-105 behind a road is a range, 11-2 is the house 2 of number 11.
        (begin, stop), (again, end) = run
        first, second = one.text[begin:stop], one.text[again:end].rstrip("号")
        if first.isdigit() and second.isdigit() and 0 < int(second) - int(first) < 100:
            one.put("road_number", begin, end)
            return
        one.put("road_number", begin, stop)
        one.put("building" if len(second) < 3 else "room", again, end)
        return
    names = {
        1: ("room",),
        2: ("building", "room"),
        3: ("building", "unit", "room"),
        4: ("building", "unit", "floor", "room"),
    }.get(len(run), ())
    if "building" in one.has:
        names = {1: ("room",), 2: ("unit", "room"), 3: ("unit", "floor", "room")}.get(len(run), ())
    if len(run) == 2 and one.last in ("building", "unit") and one.spans[-1][2] == run[0][0]:
        (begin, stop), (again, end) = run
        if stop - begin >= 3:
            # 2单元301-302: one flat of two numbers.
            run, names = [(begin, end)], ("room",)
        elif "unit" in one.has or end - again - len(suffix) < 3:
            # 2幢1单元15-6, 2幢15-6: floor 15, its door 6.
            names = ("floor", "room")
    for label, (begin, end) in zip(names, run, strict=False):
        one.put(label, begin, end)
