"""Addresses: parts from province to room, numerals in one script, the grain that was written.

A pattern a level, applied in order to distinct texts; each has no nested repetition, so time
is linear in the text's length. What no pattern takes is ``rest``; a text without any Chinese
part is a place of its own (grain poi), normalised to upper-case tokens.
"""

import re
import unicodedata

import pandas as pd

LEVELS = ("province", "city", "county", "town", "village", "group", "road", "road_number",
          "compound", "building", "unit", "floor", "room")  # fmt: skip
COLUMNS = (*LEVELS, "poi", "rest", "grain", "standard")
DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "两": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8,
    "玖": 9,
}  # fmt: skip
NUMERAL = re.compile(
    r"[零〇一二两三四五六七八九十百壹贰叁肆伍陆柒捌玖拾佰]{1,7}(?=[号栋幢座楼单元室层社组队户弄巷排院])"
)
ORDINAL = re.compile(r"第(?=\d)")
HAN = r"[\u4e00-\u9fff]"
DASHED = re.compile(r"(\d{1,3})[-—－#＃](\d{1,2})[-—－](\d{3,4})(?:室|号)?$")
PATTERNS = {
    "province": re.compile(rf"^({HAN}{{2,7}}?(?:省|自治区))"),
    "city": re.compile(rf"^({HAN}{{2,6}}?市)(?!场)"),
    "county": re.compile(rf"^({HAN}{{2,8}}?(?:自治县|县|区))(?!域)"),
    "town": re.compile(rf"^({HAN}{{2,6}}?(?:镇|乡|街道)(?:办事处)?)"),
    "village": re.compile(rf"^({HAN}{{2,7}}?(?:村委会|村|社区|嘎查))"),
    "group": re.compile(r"^(\d{1,3})(?:村民小组|社|组|队)"),
    "road": re.compile(rf"^({HAN}{{1,7}}?(?:大道|路|街|巷|弄|胡同))"),
    "road_number": re.compile(r"^(\d{1,5})号(?!楼|院)"),
    "compound": re.compile(
        rf"^({HAN}{{2,10}}?(?:小区|花园|花苑|家园|嘉园|新村|佳苑|苑|公寓|大厦|家属院|家属楼|广场|府|城|庄园|庭))"
    ),
    "building": re.compile(r"^(\d{1,3})(?:号楼|栋|幢|座|楼|#)"),
    "unit": re.compile(r"^(\d{1,2})(?:单元|门)"),
    "floor": re.compile(r"^(\d{1,2})(?:层|楼)"),
    "room": re.compile(r"^(\d{1,4})(?:室|号|户)?$"),
}
POI = re.compile(
    rf"^({HAN}{{2,16}}?(?:医院|卫生院|派出所|学校|中学|小学|幼儿园|市场|超市|商场|酒店|宾馆|饭店|车站"
    r"|公园|景区|加油站|厂|工地|公司|法院|政府|银行|KTV|网吧|餐厅|广场))"
)
NOISE = re.compile(r"[\s,，。;；、()（）]|附近|门口|旁边|对面|楼下|院内|内$")


def number(text: str) -> str:
    """A Chinese numeral as digits: 十二 → 12, 二〇三 → 203.

    >>> number("二十三")
    '23'
    """
    text = text.replace("拾", "十").replace("佰", "百")
    if "十" not in text and "百" not in text:
        return "".join(str(DIGITS[character]) for character in text)
    total, digit = 0, None
    for character in text:
        if character in "十百":
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
        else:
            digit = DIGITS[character]
    return str(total + (digit or 0))


def parse(series: pd.Series) -> pd.DataFrame:
    """Parse addresses.

    Returns:
        In the index of ``series``: the levels of :data:`LEVELS`, poi, rest, grain (room,
        building, compound, group, village, poi, town; missing where nothing is said), standard
        (canonical text from the village, road or compound down).
    """
    distinct = series.dropna().unique()
    table = pd.DataFrame(
        [_parse(str(value)) for value in distinct],
        columns=list(COLUMNS),
        index=pd.Index(distinct, dtype=object),
    )
    return table.reindex(series.to_numpy(dtype=object)).set_axis(series.index).astype("str")


def plain(text: str) -> str:
    """One script and one form of numerals, no noise words."""
    text = NOISE.sub("", unicodedata.normalize("NFKC", text))
    text = NUMERAL.sub(lambda found: number(found[0]), text)
    return DASHED.sub(r"\1号楼\2单元\3室", ORDINAL.sub("", text))


def _parse(raw: str) -> tuple[str | None, ...]:
    if not re.search(HAN, raw):
        text = " ".join(
            re.sub(r"[^0-9A-Z]+", " ", unicodedata.normalize("NFKC", raw).upper()).split()
        )
        nothing = (None,) * len(LEVELS)
        return (*nothing, text or None, None, "poi" if text else None, text or None)
    text, parts = plain(raw), dict.fromkeys((*LEVELS, "poi"))
    for level in LEVELS:
        found = PATTERNS[level].match(text)
        if level in {"road", "compound"}:
            poi = POI.match(text)
            if poi and (not found or len(poi[1]) > len(found[1])):
                parts["poi"], text = poi[1], text[poi.end() :]
                continue
        if found:
            parts[level], text = found[1], text[found.end() :]
    poi = POI.match(text) if not parts["poi"] else None
    if poi:
        parts["poi"], text = poi[1], text[poi.end() :]
    rest = text or None
    grain = _grain(parts)
    return (*[parts[level] for level in LEVELS], parts["poi"], rest, grain, _standard(parts, rest))


def _grain(parts: dict[str, str | None]) -> str | None:
    if parts["building"] and parts["room"]:
        return "room"
    if parts["group"] and (parts["room"] or parts["road_number"]):
        return "room"
    for level in ("building", "poi", "compound", "group"):
        if parts[level]:
            return level
    if parts["road_number"]:
        return "building"
    if parts["road"]:
        return "poi"
    return "village" if parts["village"] else "town" if parts["town"] else None


SUFFIXES = {"group": "组", "road_number": "号", "building": "号楼", "unit": "单元", "floor": "层",
            "room": "室"}  # fmt: skip


def _standard(parts: dict[str, str | None], rest: str | None) -> str | None:
    order = (
        "village",
        "group",
        "road",
        "road_number",
        "compound",
        "poi",
        "building",
        "unit",
        "room",
    )
    text = "".join(f"{parts[level]}{SUFFIXES.get(level, '')}" for level in order if parts[level])
    return text or parts["town"] or rest
