"""The dirt of real records, each kind with its rate in one table."""

from dataclasses import dataclass

import numpy as np

from warning.demo.geography import Home


@dataclass(frozen=True)
class Dirt:
    """Share of the values (or records) that get each kind of dirt."""

    name_homophone: float = 0.02
    name_masked: float = 0.06  #: of claimants
    respondent_masked: float = 0.35
    name_space: float = 0.02
    name_suffix: float = 0.02
    minority_dot_lost: float = 0.5
    id_missing: float = 0.35
    id_digit_wrong: float = 0.01
    id_transposed: float = 0.01
    id_masked: float = 0.04
    id_15: float = 0.01
    id_full_width: float = 0.01
    phone_missing: float = 0.15
    phone_separator: float = 0.05
    phone_country_code: float = 0.03
    phone_two: float = 0.02
    phone_digit_wrong: float = 0.01
    phone_old: float = 0.2  #: of those who have two: the other one is given
    address_level_missing: float = 0.3
    address_script: float = 0.25  #: Chinese or full-width numerals
    address_coarse: float = 0.12  #: only the compound or village
    narrative_only: float = 0.1  #: the respondent stands only in the narrative
    neighbour_calls: float = 0.08
    second_channel: float = 0.3
    exact_repeat: float = 0.01
    corrected: float = 0.01
    unusable: float = 0.002


HOMOPHONES = {"丽": "莉", "伟": "玮", "军": "君", "芳": "方", "静": "净", "华": "花", "杰": "洁",
              "玲": "铃", "明": "鸣", "红": "虹", "建": "健", "志": "智", "秀": "绣",
              "英": "瑛"}  # fmt: skip
CHINESE_DIGITS = "零一二三四五六七八九"


def dirty_name(
    name: str, sex: str, masked: float, minority: bool, dirt: Dirt, random: np.random.Generator
) -> tuple[str, bool]:
    """The name as written, and whether it is masked."""
    if random.random() < masked and not minority:
        surname = name[0]
        title = "先生" if sex == "男" else "女士"
        forms = (f"{surname}某", f"{surname}{title}", f"{surname}某某", f"老{surname}")
        return forms[int(random.choice(4, p=[0.5, 0.25, 0.15, 0.1]))], True
    if minority:
        return name.replace("·", "") if random.random() < dirt.minority_dot_lost else name, False
    roll = random.random()
    if roll < dirt.name_homophone:
        return "".join(HOMOPHONES.get(c, c) if k else c for k, c in enumerate(name)), False
    roll -= dirt.name_homophone
    if roll < dirt.name_space:
        return " ".join(name), False
    roll -= dirt.name_space
    return (f"{name}（本人）" if roll < dirt.name_suffix else name), False


def dirty_id(number: str, dirt: Dirt, random: np.random.Generator) -> str:
    """The ID number as written; empty where it is missing."""
    roll = random.random()
    if roll < dirt.id_missing:
        return ""
    roll -= dirt.id_missing
    place = int(random.integers(6, 16))
    if roll < dirt.id_digit_wrong:
        return number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    roll -= dirt.id_digit_wrong
    if roll < dirt.id_transposed:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    roll -= dirt.id_transposed
    if roll < dirt.id_masked:
        return number[:10] + "****" + number[14:]
    roll -= dirt.id_masked
    if roll < dirt.id_15 and number[6:8] == "19":
        return number[:6] + number[8:17]
    roll -= dirt.id_15
    if roll < dirt.id_full_width:
        return number.translate(str.maketrans("0123456789X", "０１２３４５６７８９Ｘ"))
    return number.lower() if random.random() < 0.1 else number


def dirty_phone(phones: tuple[str, ...], dirt: Dirt, random: np.random.Generator) -> str:
    """The phone as written; empty where it is missing."""
    if random.random() < dirt.phone_missing:
        return ""
    phone = phones[-1] if random.random() < dirt.phone_old else phones[0]
    roll = random.random()
    if roll < dirt.phone_separator:
        return f"{phone[:3]}-{phone[3:7]}-{phone[7:]}"
    roll -= dirt.phone_separator
    if roll < dirt.phone_country_code:
        return f"+86{phone}"
    roll -= dirt.phone_country_code
    if roll < dirt.phone_two and len(phones) > 1:
        return "/".join(phones)
    roll -= dirt.phone_two
    if roll < dirt.phone_digit_wrong:
        place = int(random.integers(3, 11))
        return phone[:place] + str((int(phone[place]) + 1) % 10) + phone[place + 1 :]
    return phone


def _number(value: int, script: int) -> str:
    if script == 1 and value < 100:
        tens, ones = divmod(value, 10)
        head = "" if tens == 0 else "十" if tens == 1 else CHINESE_DIGITS[tens] + "十"
        return head + (CHINESE_DIGITS[ones] if ones or not tens else "")
    if script == 2:
        return str(value).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return str(value)


def dirty_address(
    home: Home, county_name: str, dirt: Dirt, random: np.random.Generator
) -> tuple[str, str]:
    """The address as written and the grain that it tells: room, compound or village."""
    script = int(random.integers(1, 3)) if random.random() < dirt.address_script else 0
    missing = random.random() < dirt.address_level_missing
    head = "" if missing else county_name + home.town
    if not missing and random.random() < 0.3:
        head = "甘肃省" + head
    coarse = random.random() < dirt.address_coarse
    if home.village:
        if coarse:
            return f"{head or home.town}{home.village}", "village"
        unit = ("社", "组", "村民小组")[int(random.integers(3))]
        group, number = _number(home.group, script), _number(home.number, script)
        # Written without its town a village would be one of many: clerks name the town.
        return f"{head or home.town}{home.village}{group}{unit}{number}号", "room"
    if coarse:
        return f"{head}{home.compound}", "compound"
    building, unit_number = _number(home.building, script), _number(home.unit, script)
    if random.random() < 0.2:
        return f"{head}{home.compound}{home.building}-{home.unit}-{home.room}", "room"
    form = ("号楼", "栋")[int(random.integers(2))]
    return f"{head}{home.compound}{building}{form}{unit_number}单元{home.room}室", "room"
