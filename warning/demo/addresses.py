"""How a place stands in a record: levels missing, numerals in three scripts, nicknames."""

from warning.demo.dirt import Hand
from warning.demo.geography import COUNTIES, OLD_TOWNS, Home, Place

CHINESE_DIGITS = "零一二三四五六七八九"
FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")
GROUPS = ("组", "村民小组", "小组", "队")
BUILDINGS = ("栋", "幢", "#楼", "座")


def written_address(place: Home | Place, hand: Hand) -> tuple[str, str, str]:
    """The address as written, with the place that it tells and that place's grain."""
    area = place.area if isinstance(place, Home) else place
    head = _head(area, hand)
    if isinstance(place, Place):
        name = place.name
        if place.nicknames and hand.slips("address_nickname"):
            return head + hand.dice.pick(place.nicknames), place.place_id, place.grain
        # A hub's name begins with its county's: not twice.
        return name if name.startswith(head) else head + name, place.place_id, place.grain
    if hand.slips("address_town_only"):
        return f"{COUNTIES[area.county][0]}{area.town}", place.town_id, "town"
    coarse = hand.slips("address_coarse")
    if place.is_village:
        name = area.name
        if hand.slips("address_no_village_word"):
            name = name.removesuffix("村")
        if coarse:
            return head + area.name, area.place_id, "village"
        unit = hand.dice.pick(GROUPS) if hand.slips("address_unit_form") else "社"
        numbers = _numbers((place.group, place.number), hand)
        if hand.slips("address_no_number"):
            return f"{head}{name}{numbers[0]}{unit}", place.inner, "group"
        return f"{head}{name}{numbers[0]}{unit}{numbers[1]}号", place.place_id, "room"
    name = area.name
    if area.nicknames and hand.slips("address_nickname"):
        name = hand.dice.pick(area.nicknames)
    if coarse:
        return head + name, area.place_id, "compound"
    other_form = hand.slips("address_unit_form")
    only_building = hand.slips("address_building")
    if other_form and not only_building and hand.dice.chance(0.5):
        return f"{head}{name}{place.building}-{place.unit}-{place.room}", place.place_id, "room"
    building, unit, room = _numbers((place.building, place.unit, place.room), hand)
    building += hand.dice.pick(BUILDINGS) if other_form else "号楼"
    if only_building:
        return head + name + building, place.inner, "building"
    return f"{head}{name}{building}{unit}单元{room}{hand.dice.pick(('室', '室', '号', ''))}", \
        place.place_id, "room"  # fmt: skip


def _head(area: Place, hand: Hand) -> str:
    """Province, prefecture, county and town, as far as they are written."""
    no_county, no_town = hand.slips("address_no_county"), hand.slips("address_no_town")
    town = area.town
    if town in OLD_TOWNS and hand.slips("address_old_town"):
        town = OLD_TOWNS[town]
    # Streets of a seat are left out more often than the towns of villages; hubs need none.
    if area.grain == "poi" or (area.grain == "compound" and hand.dice.chance(0.5)):
        no_town = True
    head = "" if no_county else COUNTIES[area.county][0]
    if head and hand.dice.chance(0.3):
        head = hand.dice.pick(("甘肃省", "甘肃省张掖市", "张掖市")) + head
    return head if no_town else head + town


def _numbers(values: tuple[int, ...], hand: Hand) -> list[str]:
    """Numbers in one script: Arabic, Chinese or full width; rooms stay in digits."""
    if not hand.slips("address_script"):
        return [str(value) for value in values]
    if hand.dice.chance(0.3):
        return [str(value).translate(FULL_WIDTH) for value in values]
    return [_chinese(value) if value < 100 else str(value) for value in values]


def _chinese(value: int) -> str:
    tens, ones = divmod(value, 10)
    head = "" if tens == 0 else "十" if tens == 1 else CHINESE_DIGITS[tens] + "十"
    return head + (CHINESE_DIGITS[ones] if ones or not tens else "")
