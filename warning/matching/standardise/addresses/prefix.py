"""The divisions at the front of an address: province, city, county and town, by lookup."""

import re
from typing import NamedTuple

from warning.matching.standardise.addresses.divisions import divisions, town_core
from warning.matching.standardise.addresses.normal import BREAK
from warning.matching.standardise.addresses.nowhere import LABEL

Span = tuple[str, int, int]

#: A short name (浙江, 南湖) before one of these is part of another name: 浙江路, 南湖大道.
_ADDS = re.compile(
    r"[东西南北中一二三四五六七八九十上下前后新老]{0,2}(?:路|街|大道|道|巷|弄|村|镇|乡|社区|桥|山|湖|河|江|岭|工业|经济|"
    r"开发|科技|产业|高新|苏木|嘎查|站|广场|宾馆|饭店|商|大厦|大酒店|酒店|小区|花园|公寓|家园|家苑|苑|园|庭|城|府|医院|学|公司|市场|校|"
    r"车站|银行|机场|监狱|楼|里|湾|居|坊|批发|人民|第|古镇|新城|新苑|名|华|嘉|家|大楼|大桥)"
)
_COUNTY = re.compile(
    r"[^\d|A-Z省市路街村号]{1,4}?(?:自治县|市(?!场|政|民|委)|县|(?<![小园业社发校厂院景库新资工务])区)"
)
_TOWN = re.compile(
    r"[^\d|A-Z路号村]{1,7}?(?:街道(?:办事处|办)?(?!口)|镇(?![海江政中小医卫村])|乡(?![村里亲政])|苏木)"
)
#: One sign and a town's ending are hardly a town: 墅镇 of 西夏墅镇.
_REST_OF_TOWN = re.compile(r"[\u4e00-\u9fff](?:街道|镇|乡|苏木)(?!地区)")
#: Signs of a town's whole name, at most, that are looked up.
_LONGEST_TOWN = 9
#: What follows a road's name: its number, or 与 and the road that it meets.
_BEHIND_A_ROAD = frozenset("0123456789一二三四五六七八九十第与")
#: Words that fill a form where there is nothing to fill in.
_FILLERS = ("NULL", "其它区", "其他区", "其它地区", "其他地区", "市辖区")
#: What stands before an address and is never a name's beginning: 地址：, 家住, 位于.
_BEFORE = re.compile(
    rf"(?:{LABEL.pattern})[{BREAK}]|(?:家|现?居|现)住(?![房宅所处址地户小区])在?|住在|家在|位于|地处"
)
#: What may be one, and is none where a division follows: 在甘州区, 地址甘州区, but 于家村.
_MAY_BE_BEFORE = re.compile(rf"{LABEL.pattern}|[在于住]")
#: Their first signs: most addresses begin with none of them.
_BEGINS_BEFORE = frozenset("具详家现居户案事发纠联通身地住位场所在于")
_SIGNS = "市县区旗州盟"
_AGAIN = re.compile(r"(?:中国)?[\u4e00-\u9fff]{2,3}省")


class Prefix(NamedTuple):
    """Divisions read from the front, their codes, and where the rest begins."""

    spans: list[Span]
    upper_code: str  #: of the lowest division read above the town: 2, 4 or 6 digits, or empty
    end: int


def read_prefix(text: str, county_code: str) -> Prefix:
    """Read the divisions that ``text`` begins with.

    A name without its ending counts when nothing behind it makes another name of it and it fits
    what is known (the divisions before it, or ``county_code`` of the record). An address that
    says its divisions twice is read from the last time on.
    """
    spans: list[Span] = []
    within, end = "", _begin(text, county_code)
    if text.startswith("中国", end) and len(text) > end + 4:
        end += 2
    for again in range(3):
        start = end
        if again and not _may_begin_anew(text, end):
            break
        if again and "省" in text[end : end + 12]:
            # 芦沟镇江苏省盐城市…: the whole address begins anew.
            match = _AGAIN.search(text, end, end + 12)
            start = (
                match.start() + (2 if match and match[0].startswith("中国") else 0)
                if match
                else end
            )
        more, code, stop = _once(text, start, county_code or within)
        if not more:
            break
        first, first_start, first_end = more[0]
        is_full = text[first_end - 1] in "省市县区旗州盟" and first_end - first_start > 2
        if again and (not is_full or first == "town"):
            break
        if again and first == "county" and any(label == "town" for label, _, _ in spans):
            same = text[first_start:first_end] in text[:first_start]
            if not same:
                break
        labels = {label for label, _, _ in more}
        spans = [span for span in spans if span[0] not in labels] + more
        # 甘州区张掖市…: the city said after its county takes nothing away.
        within = within if code and within.startswith(code) else code or within
        end = stop
    spans.sort(key=_start)
    return Prefix(spans, within, end)


def _begin(text: str, county_code: str) -> int:
    """Where the address begins: behind a label and words like 家住."""
    if text[:1] not in _BEGINS_BEFORE:
        return 0
    end = 0
    while before := _BEFORE.match(text, end):
        end = before.end()
    before = _MAY_BE_BEFORE.match(text, end)
    if before:
        spans, code, _ = _once(text, before.end(), county_code)
        towns = divisions().towns_within(county_code[:6])
        if code or any(town_core(text[start:stop]) in towns for _, start, stop in spans):
            return before.end()
    return end


def _may_begin_anew(text: str, end: int) -> bool:
    """Whether divisions may be said once more: a cheap look before reading them again."""
    at = _skip(text, end)
    return text[at : at + 2] in divisions().openings or "省" in text[at : at + 12]


def _start(span: Span) -> int:
    return span[1]


def _once(text: str, start: int, county_code: str) -> tuple[list[Span], str, int]:
    known = divisions()
    spans: list[Span] = []
    within = ""
    end = _skip(text, start)
    length = _longest_in(known.provinces, text, end)
    name = text[end : end + length]
    if length and _stands(text, end, length, "省市区", known.provinces[name], county_code):
        within = known.provinces[name]
        label = "province" if not name.endswith("市") else "city"
        spans.append((label, end, end + length))
        end = _skip(text, end + length)
    for _ in range(2):
        # 宁波宁波市 says it twice: the last time counts.
        code, length = _coded(known.cities, text, end, within, county_code)
        if not length or _county_instead(text, end, length):
            break
        if spans and spans[-1][0] == "city":
            if within[:4] != code[:4]:
                break
            # 上海市上海市: a municipality is province and city.
            if len(within) == 2:
                spans[-1] = ("province", spans[-1][1], spans[-1][2])
            else:
                spans.pop()
        spans.append(("city", end, end + length))
        within, end = code, _skip(text, end + length)
    code, length = _coded(known.counties, text, end, within or county_code[:4], county_code)
    if not length and not within and county_code:
        code, length = _coded(known.counties, text, end, "", county_code)
    if length:
        spans.append(("county", end, end + length))
        within, end = code, end + length
    else:
        match = _COUNTY.match(text, end)
        length = match.end() - end if match else 0
        is_read = length >= 2 if spans else length == 3
        if match and is_read and not text.startswith("街", match.end()):
            spans.append(("county", end, match.end()))
            within = _renamed(match[0], within) or within
            end = match.end()
    town = _town(text, _skip(text, end), within or county_code[:6])
    if town:
        spans.append(("town", *town))
        end = town[1]
    return spans, within, end


def _skip(text: str, position: int) -> int:
    while position < len(text):
        if text[position] in "|-":
            position += 1
            continue
        if text[position] not in "N其市":
            break
        filler = next((word for word in _FILLERS if text.startswith(word, position)), "")
        if not filler:
            break
        position += len(filler)
    return position


def _stands(text: str, start: int, length: int, endings: str, code: str, home: str) -> bool:
    """Whether a name of this length stands by itself: with its ending, or nothing adds to it.

    Where the record's county is known (``home``), a short name of another city is a name's
    beginning (金州电商城), not a division.
    """
    end = start + length
    if length > 2 and text[end - 1] in endings:
        return True
    is_home = not home or (bool(code) and (code.startswith(home[:4]) or home.startswith(code)))
    is_alone = is_home and (end >= len(text) or not _ADDS.match(text, end))
    if is_alone and not _begins_town(text, start, end, code):
        return True
    # 嘉兴南湖区, 慈溪新浦镇: what follows is a whole division inside it.
    known = divisions()
    for more in range(3, 7):
        name = text[end : end + more]
        if name[-1:] in ("市", "县", "区", "州", "盟"):
            below = (*known.counties.get(name, ()), *known.cities.get(name, ()))
            if code and any(c != code and c.startswith(code) for c in below):
                return True
        if name[-1:] in "镇乡道" and town_core(name) in known.towns_within(code):
            return True
    return False


def _begins_town(text: str, start: int, end: int, code: str) -> bool:
    """Whether the short name is a beginning of a town's: 清水驿乡 lies in 榆中县, not in 清水县."""
    known = divisions()
    rest = _REST_OF_TOWN.match(text, end)
    if rest and rest[0] not in known.counties and rest[0] not in known.cities:
        return town_core(rest[0]) not in known.towns_within(code)
    for stop in range(end + 1, min(start + _LONGEST_TOWN, len(text)) + 1):
        having = known.town_counties.get(text[start:stop])
        if having and not any(county.startswith(code) for county in having):
            return True
    return False


def _longest_in(table: dict[str, str], text: str, start: int) -> int:
    for length in divisions().openings.get(text[start : start + 2], ()):
        if start + length <= len(text) and text[start : start + length] in table:
            return length
    return 0


def _coded(
    table: dict[str, list[str]], text: str, start: int, within: str, home: str
) -> tuple[str, int]:
    """Code and length of the longest name at ``start``, the only one inside ``within``."""
    for length in divisions().openings.get(text[start : start + 2], ()):
        codes = table.get(text[start : start + length])
        if not codes or start + length > len(text):
            continue
        fitting = [code for code in codes if code.startswith(within)]
        only = fitting[0] if len(fitting) == 1 else within
        is_full = length > 2 and text[start + length - 1] in _SIGNS
        # 临安市 of yesterday is 临安区: another ending of the same name.
        if not is_full and only and text[start + length : start + length + 1] in ("市", "县", "区"):
            if table is divisions().counties and not text.startswith("场", start + length + 1):
                return only if len(fitting) == 1 else within, length + 1
            continue
        if not _stands(text, start, length, _SIGNS, only, home):
            continue
        if len(fitting) == 1:
            return fitting[0], length
        if is_full:
            # 鼓楼区 without its city: the words are a county's, which one is not known.
            return within, length
    return "", 0


def _county_instead(text: str, start: int, length: int) -> bool:
    """Whether the name is rather a county's: 吉林 is a city, 吉林县 would be a county."""
    return text[start + length : start + length + 1] in ("县", "区") and length == 2


def _renamed(name: str, within: str) -> str:
    """A county by its name under another ending: 富阳市 of yesterday is 富阳区."""
    codes = divisions().counties.get(name[:-1], [])
    fitting = [code for code in codes if code.startswith(within)]
    return fitting[0] if len(fitting) == 1 else ""


def _town(text: str, start: int, within: str) -> tuple[int, int] | None:
    towns = divisions().towns_within(within)
    if towns:
        for length in range(min(6, len(text) - start), 1, -1):
            if text[start : start + length] in towns:
                match = _ENDING.match(text, start + length)
                if match:
                    return start, match.end()
                end = start + length
                if text[end - 1] in "路街巷道" and text[end : end + 1] in _BEHIND_A_ROAD:
                    continue  # 张掖路58号, 张掖路与中山路 are roads, 张掖路街道 the town
                if end < len(text) and text[end] not in "|-" and not _ADDS.match(text, end):
                    return start, end
    match = _TOWN.match(text, start)
    if match and match.end() - start >= 2:
        return start, match.end()
    return None


_ENDING = re.compile(
    r"(?:街道办事处|街道办|街道|(?:[\u4e00-\u9fff]{1,4}族)?乡(?![村里])|镇(?!中|政)|苏木)"
)
