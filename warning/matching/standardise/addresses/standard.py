"""From labelled spans to the parts' values, what the record adds, the grain and one form."""

import re
from itertools import pairwise
from typing import NamedTuple

from warning.matching.standardise.addresses.divisions import divisions, town_core
from warning.matching.standardise.addresses.doors import MARKET, is_below
from warning.matching.standardise.addresses.normal import BREAK
from warning.matching.standardise.addresses.nowhere import drop_no_places
from warning.matching.standardise.addresses.roads import (
    house_text,
    joined_roads,
    road_name,
    stake_number,
)
from warning.matching.standardise.addresses.scanning import SERIES, Span
from warning.matching.standardise.addresses.spots import place_spot, take_spot
from warning.matching.standardise.numerals import CHINESE_NUMERALS, number_text
from warning.settings.matching_places import PlaceWords

#: The columns that :func:`parse` gives, all text; an absent part is the empty text.
PARTS = (
    "province", "city", "county_code", "county", "town", "zone", "village", "group", "road",
    "road_number", "compound", "section", "poi", "spot", "building", "unit", "floor", "room", "rest",
    "grain", "standard", "done",
)  # fmt: skip

_NUMBER = re.compile(rf"[A-Z]{{0,2}}\d{{1,5}}[A-Z]?|[{CHINESE_NUMERALS}]{{1,5}}|[A-Z]")
_SERIAL = re.compile(f"[{SERIES}]")
#: Where a unit or flat without a number lies: 东单元, 左门.
_SIDE = re.compile("[东南西北中左右前后]{1,2}")
_NUMBERED = frozenset(("group", "road_number", "building", "unit", "floor", "room"))
_ROADS = frozenset(("road", "cross_road", "lane"))
#: A room's number that tells its floor: 501, 1203.
_TELLS_FLOOR = re.compile(r"\d{3}")
#: A numeral inside a name that counts: 十三道街, 三期, 三区, 二标段, 一四七团五连; none is in 三里屯.
_COUNTED = re.compile(
    rf"第?(\d{{1,6}}|[{CHINESE_NUMERALS}]{{1,5}})(?=道[街巷]|期|区|标段|团[\d{CHINESE_NUMERALS}]{{1,5}}连)"
    rf"|(?<=团)(\d{{1,5}}|[{CHINESE_NUMERALS}]{{1,5}})(?=连)"
)
_COUNTING = ("road", "compound", "section", "poi", "spot")
_VILLAGE_ENDINGS = ("居民委员会", "居委会", "村民委员会", "村委会")


class Context(NamedTuple):
    """What the record says beside the text."""

    county_code: str
    town: str
    village: str


def village_core(name: str) -> str:
    """大寨村村民委员会, 大寨村委会 → 大寨村; 东街社区居委会 → 东街社区."""
    for ending in _VILLAGE_ENDINGS:
        if name.endswith(ending):
            base = name[: -len(ending)]
            kind = "村" if "村" in ending else "社区"
            return base if base.endswith(("社区", "村")) else base + kind
    return name


def written_parts(
    plain: str, spans: list[Span], upper_code: str, context: Context, words: PlaceWords
) -> tuple[str, ...]:
    """The values of :data:`PARTS` for one address.

    Args:
        plain: the normalised text.
        spans: its labelled parts.
        upper_code: code of the lowest division read above the town.
        context: what the record says; fills what the text lacks and never overrules it.
        words: nicknames, old names and what names no place.
    """
    parts = dict.fromkeys(PARTS, "")
    rest: list[str] = []
    done: list[str] = []
    roads: list[str] = []
    for label, start, end in spans:
        value = plain[start:end]
        if label == "road_number" and value[-1] != "号" and (stake := stake_number(value)):
            value = stake
        elif label in _NUMBERED:
            value = "负" + _number_of(value[1:]) if is_below(value) else _number_of(value)
            if label == "road_number" and "弄" in plain[start:end]:
                value += "弄"
        elif label == "rest":
            rest.append(value)
            continue
        elif label == "beside":
            done.append("beside")
            continue
        elif label in _ROADS:
            if label != "lane":
                roads.append(road_name(value))
            elif plain[start - 1] == "弄" and parts["road_number"]:
                parts["road_number"] += road_name(value)
            else:
                roads[-1] += road_name(value)
            continue
        parts[label] = value
    if roads:
        parts["road"] = joined_roads(plain, spans, roads)
    _joined_number(plain, spans, parts)
    parts["rest"] = " ".join(rest).replace(BREAK, " ")
    # What was written of province, city and county is read by its code, so that every form of
    # its name is one; the words themselves matter only where no code is known.
    county = upper_code if len(upper_code) == 6 else ""
    if not county and context.county_code.startswith(upper_code) and not parts["county"]:
        county = context.county_code
        if county:
            done.append("filled:county")
    names = divisions().names
    upper = county or upper_code
    parts["county_code"] = county
    parts["province"] = names.get(upper[:2], parts["province"])
    parts["city"] = names.get(upper[:4], parts["city"]) if len(upper) >= 4 else parts["city"]
    parts["county"] = names.get(county, parts["county"])
    if parts["town"]:
        parts["town"] = _renamed(parts["town"], "town", county, words, done)
    if parts["village"]:
        parts["village"] = _renamed(village_core(parts["village"]), "village", county, words, done)
    drop_no_places(parts, words.no_place)
    take_spot(parts)
    _institution(plain, spans, parts)
    _nickname(parts, words, done)
    filled(context, parts, words, done)
    place_spot(spans, parts, done)
    _no_door(plain, spans, parts)
    _basement(parts)
    for label in _COUNTING:
        parts[label] = _COUNTED.sub(lambda found: number_text(found[1] or found[2]), parts[label])
    parts["done"] = " ".join(done)
    _finish(parts)
    return tuple(parts.values())


def _number_of(value: str) -> str:
    """The numbers of a part, with its sign before: 甲12号, 12号甲 → 甲12; 东单元 → 东; 301东户 → 301."""
    serial = _SERIAL.search(value)
    numbers = "-".join(number_text(number) for number in _NUMBER.findall(value))
    if serial or numbers:
        return (serial[0] if serial else "") + numbers
    side = _SIDE.match(value)
    return side[0] if side else value


def _joined_number(plain: str, spans: list[Span], parts: dict[str, str]) -> None:
    """中山路11-2号 without a compound is the number 11-2 of the road."""
    if parts["road_number"] and not parts["compound"] and not parts["poi"]:
        for before, (label, start, end) in pairwise(spans):
            if (
                label == "building"
                and before[0] == "road_number"
                and plain[start - 1] == "-"
                and plain[end - 1] in "0123456789号"
            ):
                parts["road_number"] += "-" + parts["building"]
                parts["building"] = ""


def _no_door(plain: str, spans: list[Span], parts: dict[str, str]) -> None:
    """Move to ``rest`` what is no room of the numbered house, in place: 中山路11号附近南街6号."""
    is_house = parts["road_number"] and not (parts["building"] or parts["compound"] or parts["poi"])
    if parts["room"] and is_house and not _is_inside(plain, spans):
        said = [parts["rest"], parts["unit"], parts["room"]]
        parts["rest"] = " ".join(filter(None, said))
        parts["unit"] = parts["room"] = ""


def _is_inside(plain: str, spans: list[Span]) -> bool:
    """Whether the room stands behind the house's number, and is neither a phone nor 103-215号."""
    for (before, begin, stop), (label, start, end) in pairwise(spans):
        if label == "room":
            is_bare = plain[start - 1] == "号" and 3 <= end - start <= 5
            return (
                before == "floor"
                or (before == "unit" and _is_unit(plain[begin:stop], plain[start:end]))
                or (before == "road_number" and (plain[end - 1] in "室户房铺" or is_bare))
            )
    return False


def _is_unit(unit: str, room: str) -> bool:
    """Whether two numbers behind a house's are unit and room: 11-2号3-501, but not 908-7号207-209."""
    is_short = len(unit) < 3 and _TELLS_FLOOR.search(room) is not None
    return unit.endswith(("单元", "门")) or is_short


def _basement(parts: dict[str, str]) -> None:
    """A floor below the ground is a door or tells one, in place: 负1楼, 负1楼12."""
    if parts["floor"].startswith("负"):
        parts["room"] = f"{parts['floor']}楼{parts['room']}"
        parts["floor"] = ""


def _renamed(name: str, level: str, county: str, words: PlaceWords, done: list[str]) -> str:
    new = words.renamed(name, level, county)
    if new != name:
        done.append(f"renamed:{level}")
    if level == "town":
        return divisions().towns.get(county, {}).get(town_core(new), new)
    return new


_INSTITUTION = re.compile(
    r"(?:人民|第[一二三四五六七八九十\d]+|中医|妇幼|中心|实验|农贸|汽车|客运|火车|公安|法院|检察|信访|职业|公园|体育)"
)


#: What a whole village has one of: it is known by the village's name, whatever group stands there.
_OF_THE_VILLAGE = re.compile(
    r"(?:(?:中心)?小学|中学|学校|幼儿园|卫生[室院所]|医院|(?:文化)?广场|戏台|市场|菜市场|信用社|"
    r"养老院|敬老院|水库|加油站|党群服务中心|便民服务中心|办公室|大队|砖厂|合作社|养殖场)$"
)

#: What each road has, or many of: alone it is known by the road's name.
_OF_THE_ROAD = re.compile(
    r"收费站|检查站|服务区|停车场|[出入]口|[东西南北]门|超市|商店|药店|诊所|饭馆|饭店|餐馆|宾馆|酒店|网吧|工地"
)
#: Words that name no point where nothing else does.
_CORNER = re.compile(r"(?:[十丁]字|路口)?(?:[东西南北]{1,2}角)?")


def _institution(plain: str, spans: list[Span], parts: dict[str, str]) -> None:
    """高台县人民医院: what is named by its division keeps its name, 张掖市人民医院 another."""
    poi = parts["poi"]
    if not poi:
        return
    if parts["village"] and _OF_THE_VILLAGE.match(poi):
        parts["poi"] = parts["village"] + poi
        return
    if parts["road"] and (_OF_THE_ROAD.fullmatch(poi) or _OF_THE_VILLAGE.match(poi)):
        # 39号超市: the house is known by its number.
        parts["poi"] = "" if parts["road_number"] else parts["road"] + poi
        return
    if not (parts["town"] or parts["village"]) and _CORNER.fullmatch(poi):
        parts["poi"] = ""
        return
    if not _INSTITUTION.match(poi):
        return
    for (before, start, end), (label, begin, _) in pairwise(spans):
        if label == "poi" and end == begin and before in ("province", "city", "county"):
            parts["poi"] = (parts[before] or plain[start:end]) + poi


def _nickname(parts: dict[str, str], words: PlaceWords, done: list[str]) -> None:
    for label in ("poi", "compound"):
        full = words.full_name(parts[label], parts["county_code"], parts["county"])
        if full != parts[label]:
            parts[label] = full
            done.append("nickname")


def filled(
    context: Context,
    parts: dict[str, str],
    words: PlaceWords | None = None,
    done: list[str] | None = None,
) -> None:
    """Fill town and village from the record where the text lacks them, in place."""
    done = [] if done is None else done
    words = words or PlaceWords.packaged()
    # A county other than the record's: its town says nothing of this address.
    if context.county_code and parts["county_code"] not in ("", context.county_code):
        return
    county, wrote_town = parts["county_code"], bool(parts["town"])
    if context.town and not parts["town"]:
        parts["town"] = _renamed(context.town, "town", county, words, done)
        done.append("filled:town")
    has_name = parts["road"] or parts["compound"] or parts["poi"]
    # Where only a town is written, the town was meant: the village is filled in above a group
    # or a number, for a spot, or where nothing is written at all.
    is_asked = parts["group"] or parts["road_number"] or parts["spot"] or not wrote_town
    if context.village and not parts["village"] and not has_name and is_asked:
        parts["village"] = _renamed(context.village, "village", county, words, done)
        done.append("filled:village")


def room_of(parts: dict[str, str]) -> str:
    """The room's number, with the floor where it does not tell it: 501, but 4楼2."""
    floor, room = parts["floor"], parts["room"]
    return room if not floor or _TELLS_FLOOR.search(room) else f"{floor}楼{room}"


def door_of(unit: str, room: str) -> str:
    """What stands behind a building: 2单元501室, 2单元4楼2室, 4楼东户, 负1楼; 501室 where ``unit`` is empty.

    Args:
        unit: the number of the unit.
        room: as :func:`room_of` gives it.
    """
    ending = "" if room.endswith("楼") else "室" if room[-1].isascii() else "户"
    return (unit and unit + "单元") + room + ending


def _finish(parts: dict[str, str]) -> None:
    """Set grain and the canonical text (from the town down, in one form for every part)."""
    compound, building = parts["compound"], parts["building"]
    # Numbers inside a building make a compound of what they stand in: 人民医院3号楼; and stalls.
    is_market = bool(parts["room"]) and MARKET.search(parts["poi"]) is not None
    if not compound and parts["poi"] and (building or is_market):
        compound = parts["compound"] = parts["poi"]
        parts["poi"] = ""
    name, spot = compound or parts["poi"], parts["spot"]
    house = parts["road_number"] if not name else ""
    has_inside = bool(building) and bool(name or house or parts["road"] or parts["village"])
    # 家属楼301, 中山路11号501室, 坑头村西线路8号302室: one building stands there.
    is_house = bool(house) and bool(parts["road"] or parts["village"])
    is_single = bool(parts["room"]) and not building and (bool(compound) or is_house)
    if has_inside:
        grain = "room" if parts["room"] else "building"
    elif is_single:
        grain = "room"
    elif compound:
        grain = "compound"
    elif spot:
        grain = "room" if house or parts["room"] else "poi"
    elif parts["poi"] or (parts["road"] and not parts["village"]):
        grain = "poi"
    elif parts["village"]:
        # A house in a village is a door like a room in a compound.
        grain = "room" if house else "group" if parts["group"] else "village"
    else:
        grain = "town" if parts["town"] else "none"
    parts["grain"] = grain
    pieces = [parts["town"]]
    if name:
        pieces += [name, parts["section"]]
    else:
        pieces += [
            parts["village"],
            parts["group"] and parts["group"] + "组",
            spot or parts["road"],
            house_text(house),
        ]
    if has_inside:
        pieces.append(building + "号楼")
    if grain == "room" and parts["room"]:
        pieces.append(door_of(parts["unit"], room_of(parts)))
    parts["standard"] = "".join(pieces)
