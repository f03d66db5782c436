"""Parsing an address from left to right: divisions by lookup, the rest by bounded patterns."""

import re
import unicodedata
from typing import NamedTuple

import pandas as pd

from warning.matching.standardise.addresses.divisions import divisions, place_words, town_core

#: The columns that :func:`parse` gives, all text; an absent part is the empty text.
PARTS = (
    "province", "city", "county_code", "county", "town", "village", "group", "road",
    "road_number", "compound", "poi", "building", "unit", "floor", "room", "rest",
    "grain", "standard",
)  # fmt: skip
CONTEXT = ("county_code", "town", "village", "grid_id")

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_CHINESE = re.compile("[\u4e00-\u9fff]")
_NUMERAL = re.compile(
    r"第?([零〇一二两三四五六七八九十百]{1,5}|\d{1,5})"
    r"(?=村民小组|小组|生产队|组(?!团)|社(?!区)|队|号|栋|幢|座|单元|层|楼|室|户|房|#)"
)
_DASH = re.compile("[-—–－_~]+")
_NOISE = re.compile(r"[\s,，。.;；:：、()（）【】\[\]\"'“”]+")
_TOWN = re.compile(r"[^\d路街号村]{1,7}?(?:街?街道办事处|街?街道办|街?街道|镇|乡(?!村)|苏木)")
_VILLAGE = re.compile(
    r"([^\d路街号]{1,8}?)(?:村民委员会|村委会|社区居委会|居民委员会|居委会|社区|嘎查|村(?!镇|民小组))"
)
_GROUP = re.compile(r"(\d{1,4})(?:村民小组|小组|生产队|组|社|队)")
_ROAD = re.compile(r"[^\d号楼]{1,8}?(?:大道|大街|公路|胡同|路|街(?!道)|巷|弄)")
_ROAD_NUMBER = re.compile(r"(\d{1,5}(?:-\d{1,4})?)(?:号院|号|弄)(?!楼)")
_COMPOUND = re.compile(
    r"[^\d]{1,12}?(?:家属院|住宅小区|小区|花园|家园|花苑|公寓|大厦|新城|新村|名苑|庄园|华庭|豪庭|佳苑|雅苑|苑|庭|府(?!井)|园(?!区|林))(?:[A-Z东西南北]区|\d期)?"
)
_BUILDING = re.compile(r"([\dA-Z]{1,4})(?:号楼|栋|幢|座|#楼|#|楼(?=\d))(?!层)")
_UNIT = re.compile(r"(\d{1,3})(?:单元|门(?=\d))")
_FLOOR = re.compile(r"(\d{1,3})(?:层|楼)")
_ROOM = re.compile(r"(\d{2,5})(?:室|户|房|号)?$")
_TRIPLE = re.compile(r"(\d{1,3})(?:-|号楼-?)(\d{1,2})-(\d{3,5})(?:室|户|房|号)?$")
_DOUBLE = re.compile(r"(\d{1,3})-(\d{3,5})(?:室|户|房|号)?$")
_VILLAGE_END = ("村民委员会", "村委会")
_AFTER_SHORT = frozenset("路街道大巷弄东西南北村镇乡小新花苑园医国中")
_STREETS = {
    "STREET": "ST", "AVENUE": "AVE", "ROAD": "RD", "DRIVE": "DR", "LANE": "LN", "COURT": "CT",
    "BOULEVARD": "BLVD", "PLACE": "PL", "CIRCLE": "CIR", "TERRACE": "TER", "HIGHWAY": "HWY",
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W", "APARTMENT": "APT",
}  # fmt: skip
_DROPPED = frozenset({"BLOCK", "BLK", "OF", "THE"})
_GENERIC = re.compile(r"[^\W_]+")


class Context(NamedTuple):
    """What the record says beside the text."""

    county_code: str
    town: str
    village: str


def parse(series: "pd.Series[str]", context: pd.DataFrame | None = None) -> pd.DataFrame:
    """Parse addresses; each distinct text with its context once, in time linear in its length.

    Args:
        series: address texts, missing allowed.
        context: columns of :data:`CONTEXT` as far as known, one row an address in the same
            order; they fill what the text lacks and never overrule it. (A grid_id that begins
            with nine digits says the county too.)

    Returns:
        Columns :data:`PARTS` in the index of ``series``; grain is room, building, compound,
        group, village, poi, town or none. Text that is not Chinese is normalised whole and
        has grain poi.
    """
    columns: dict[str, object] = {
        "text": series.astype("object").where(series.notna(), "").to_numpy()
    }
    for name in CONTEXT:
        if context is not None and name in context.columns:
            values = context[name].astype("object")
            columns[name] = values.where(values.notna(), "").to_numpy()
        else:
            columns[name] = [""] * len(series)
    keys = pd.MultiIndex.from_frame(pd.DataFrame(columns))
    codes, distinct = keys.factorize()
    rows = [_parse_one(str(key[0]), _context(*map(str, key[1:]))) for key in distinct]
    frame = pd.DataFrame(rows, columns=list(PARTS), dtype="str")
    return frame.take(codes).set_axis(series.index)


def _context(county_code: str, town: str, village: str, grid_id: str) -> Context:
    if not county_code and len(grid_id) >= 9 and grid_id[:9].isdigit():
        county_code = grid_id[:6]
    return Context(county_code[:6], _squeezed(town), _village_core(_squeezed(village)))


def _squeezed(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text)) if text else ""


def _village_core(name: str) -> str:
    for ending in ("居民委员会", "居委会", *_VILLAGE_END):
        if name.endswith(ending):
            base = name[: -len(ending)]
            return base if base.endswith("社区") else base + ("村" if "村" in ending else "社区")
    return name


def _numeral(match: re.Match[str]) -> str:
    text = match[1]
    if text[0].isdigit():
        return str(int(text))
    if not any(c in "十百" for c in text):
        return str(int("".join(str(_DIGITS[c]) for c in text)))
    total, digit = 0, 0
    for c in text:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[c]
    return str(total + digit)


def _longest(table: dict[str, list[str]], text: str, most: int, within: str) -> tuple[str, int]:
    """The code of the longest name that ``text`` begins with, inside the division ``within``."""
    for length in range(min(most, len(text)), 1, -1):
        codes = table.get(text[:length])
        if codes:
            fitting = [c for c in codes if c.startswith(within)]
            is_full = text[length - 1] in "省市县区旗州盟"
            if not is_full and length < len(text) and text[length] in _AFTER_SHORT:
                continue
            if len(fitting) == 1:
                return fitting[0], length
    return "", 0


def _parse_one(text: str, context: Context) -> tuple[str, ...]:
    wide = unicodedata.normalize("NFKC", text[:400])
    if wide and not _CHINESE.search(wide):
        return _generic(wide, context)
    parts = dict.fromkeys(PARTS, "")
    rest = _NUMERAL.sub(_numeral, _DASH.sub("-", _NOISE.sub("", wide)).upper())
    rest = _divisions(rest, context, parts)
    rest = _rural(rest, parts)
    rest = _urban(rest, parts)
    rest = _inside(rest, parts)
    parts["rest"] = rest
    _fill(context, parts)
    _finish(parts)
    return tuple(parts.values())


def _divisions(rest: str, context: Context, parts: dict[str, str]) -> str:
    known = divisions()
    within = ""
    for length in range(min(8, len(rest)), 1, -1):
        code = known.provinces.get(rest[:length])
        if code and (rest[length - 1] in "省市区" or rest[length : length + 1] not in _AFTER_SHORT):
            within = code
            if not rest[:length].endswith("市"):
                rest = rest[length:]
            break
    code, length = _longest(known.cities, rest, 11, within)
    if code and not (rest[:length] in known.counties and rest[length - 1] in "县区"):
        within, rest = code, rest[length:]
    code, length = _longest(known.counties, rest, 15, within or context.county_code[:4])
    if not code and not within:
        code, length = _longest(known.counties, rest, 15, "")
    if code:
        within, rest = code, rest[length:]
    county = code or (context.county_code if context.county_code.startswith(within) else "")
    parts["county_code"] = county
    upper = county or within
    parts["province"] = known.names.get(upper[:2], "")
    parts["city"] = known.names.get(upper[:4], "") if len(upper) >= 4 else ""
    parts["county"] = known.names.get(county, "")
    match = _TOWN.match(rest)
    if match and not (match[0].endswith("镇") and rest[match.end() : match.end() + 1] == "村"):
        parts["town"] = _town(match[0], county)
        rest = rest[match.end() :]
    return rest


def _town(name: str, county: str) -> str:
    name = place_words().renames.get(name, name)
    return divisions().towns.get(county, {}).get(town_core(name), name)


def _rural(rest: str, parts: dict[str, str]) -> str:
    match = _VILLAGE.match(rest)
    # 锦绣新村3号楼 is a compound; 新村 with a group or nothing behind it is a village.
    if match and not (match[0].endswith("新村") and _BUILDING.match(rest, match.end())):
        parts["village"] = _village_core(match[0])
        rest = rest[match.end() :]
    match = _GROUP.match(rest)
    if match:
        parts["group"] = match[1]
        rest = rest[match.end() :]
    return rest


def _urban(rest: str, parts: dict[str, str]) -> str:
    match = _ROAD.match(rest)
    if match and len(match[0]) > 1:
        parts["road"] = match[0]
        rest = rest[match.end() :]
    match = _ROAD_NUMBER.match(rest)
    if match:
        parts["road_number"] = match[1]
        rest = rest[match.end() :]
    match = _COMPOUND.match(rest)
    if match and len(match[0]) > 2:
        parts["compound"] = match[0]
        return rest[match.end() :]
    name = re.match(r"[^\d#]{2,30}", rest)
    if name and not re.match(r"[A-Z]$|附近|旁边|门口|对面", name[0]):
        text = name[0].rstrip("-")
        # 盛世名都A座: the letter belongs to the building.
        letter = re.search(r"[A-Z](?=座)", text)
        cut = letter.start() if letter else len(text)
        if cut >= 2:
            name_text = re.sub(r"(?:门口|附近|旁边|旁|对面|门前|院内)$", "", text[:cut])
            after = rest[cut:]
            kind = "compound" if _BUILDING.match(after) or _TRIPLE.match(after) else "poi"
            parts[kind] = _nickname(name_text, parts["county"])
            return after
    return rest


def _nickname(name: str, county: str) -> str:
    full = place_words().nicknames.get(name)
    if full is None:
        return name
    return full.replace("{county}", county) if county or "{" not in full else name


def _inside(rest: str, parts: dict[str, str]) -> str:
    match = _TRIPLE.match(rest)
    if match:
        parts["building"], parts["unit"], parts["room"] = match.groups()
        return rest[match.end() :]
    match = _DOUBLE.match(rest)
    if match:
        parts["building"], parts["room"] = match.groups()
        return rest[match.end() :]
    for name, pattern in (("building", _BUILDING), ("unit", _UNIT), ("floor", _FLOOR)):
        rest = rest.lstrip("-")
        match = pattern.match(rest)
        if match:
            parts[name] = match[1]
            rest = rest[match.end() :]
    rest = rest.lstrip("-")
    match = _ROOM.match(rest)
    if match and (parts["building"] or parts["compound"] or parts["poi"]):
        parts["room"] = match[1]
        rest = ""
    return rest


def _fill(context: Context, parts: dict[str, str]) -> None:
    if context.town and not parts["town"]:
        parts["town"] = _town(context.town, parts["county_code"])
    has_name = parts["road"] or parts["compound"] or parts["poi"]
    if context.village and not parts["village"] and not has_name:
        parts["village"] = context.village


def _finish(parts: dict[str, str]) -> None:
    """Set grain and the canonical text (from the town down, in one form for every part)."""
    house = parts["road_number"] if not parts["compound"] and not parts["poi"] else ""
    if parts["compound"]:
        grain = "room" if parts["building"] and parts["room"] else (
            "building" if parts["building"] else "compound"
        )  # fmt: skip
    elif parts["poi"] or parts["road"]:
        grain = "poi"
    elif parts["village"]:
        grain = "building" if house else "group" if parts["group"] else "village"
    else:
        grain = "town" if parts["town"] else "none"
    parts["grain"] = grain
    pieces = [parts["town"]]
    if parts["compound"] or parts["poi"]:
        pieces.append(parts["compound"] or parts["poi"])
    else:
        pieces += [
            parts["village"],
            parts["group"] and parts["group"] + "组",
            parts["road"],
            house and house + "号",
        ]
    if grain in ("room", "building") and parts["building"]:
        pieces.append(parts["building"] + "号楼")
        if grain == "room":
            pieces += [parts["unit"] and parts["unit"] + "单元", parts["room"] + "室"]
    parts["standard"] = "".join(pieces)


def _generic(text: str, context: Context) -> tuple[str, ...]:
    """Text that is not Chinese: upper-case tokens, street words shortened; a place of its own."""
    tokens = [_STREETS.get(t, t) for t in _GENERIC.findall(text.upper()) if t not in _DROPPED]
    parts = dict.fromkeys(PARTS, "")
    parts["county_code"] = context.county_code
    _fill(context, parts)
    if tokens and tokens[0].isdigit() and len(tokens) > 1:
        parts["road_number"], parts["road"] = tokens[0], " ".join(tokens[1:])
    if tokens:
        parts["poi"] = parts["standard"] = " ".join(tokens)
        parts["grain"] = "poi"
    else:
        _finish(parts)
    return tuple(parts.values())
