"""How names, ID numbers, phones and organisations stand in a record."""

from warning.demo.dirt import Hand
from warning.demo.organisations import Organisation
from warning.demo.people import Person

#: Characters that sound alike; any of a group may stand for any other.
HOMOPHONES = (
    "伟玮炜维纬", "丽莉利俐", "芳方", "静净靖", "军君均", "杰洁捷", "玲铃灵", "明鸣", "红虹宏洪鸿", "建健剑",
    "志智治", "秀绣", "英瑛颖", "华花", "霞侠", "强墙", "勇永咏", "涛滔", "超朝", "辉晖惠慧", "鹏朋", "峰锋丰",
    "海亥", "斌彬宾", "博波伯", "文雯闻", "娟涓", "燕艳彦", "敏闽", "婷亭廷", "雪学", "佳嘉家", "欣新鑫心",
    "兰蓝岚", "桂贵", "珍真", "琴勤芹", "云芸", "萍平", "梅媒", "春椿", "晓小筱", "俊峻骏", "宇雨羽", "子紫",
    "浩昊皓", "轩宣", "梓姿", "涵晗寒", "怡宜仪", "张章", "王汪", "李黎", "徐许", "陈程", "吴武", "杨阳扬",
    "余于俞", "江姜", "曾增", "付傅", "闫阎", "肖萧", "吕闾", "魏卫", "任壬", "蒋讲", "何和", "朱祝", "石时",
)  # fmt: skip
#: Characters that look alike.
LOOKALIKES = (
    "己已巳", "晴睛", "末未", "淼森", "芳芬", "贵责", "祥详", "玉王", "天夭", "刚钢", "清请", "伟纬",
    "玲珍", "杰太", "明朋", "成戚", "东车", "来宋", "金全", "海梅", "春香", "兵乒", "建健",
    "燕蒸", "宏宠", "波泼", "勇男", "桂佳", "凤风", "艳绝", "娜哪", "静请", "志忘", "军年",
)  # fmt: skip
TITLES = {"男": ("先生", "先生", "某", "老板"), "女": ("女士", "女士", "某", "小姐")}
SUFFIXES = ("（本人）", "等3人", "本人", "（女）", "(电话联系)", "等人")
FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
HOTLINE, STATION = "12345", "09368212110"


def _table(groups: tuple[str, ...]) -> dict[str, str]:
    table: dict[str, str] = {}
    for group in groups:
        for character in group:
            table.setdefault(character, "".join(c for c in group if c != character))
    return table


ALIKE = {"name_homophone": _table(HOMOPHONES), "name_lookalike": _table(LOOKALIKES)}


def written_name(person: Person, role: str, hand: Hand) -> tuple[str, bool]:
    """The name as written, and whether it is masked; ``role`` is claimant or respondent."""
    if hand.slips(f"{role}_masked"):
        return masked(person, hand), True
    return unmasked(person, hand), False


def masked(person: Person, hand: Hand) -> str:
    """What is left of a name: 王某, 王某某, 李女士, 老张, 王*."""
    dice, name = hand.dice, person.name
    if person.is_minority:
        head = name.split("·")[0] if dice.chance(0.4) else name[0]
        return head + (dice.pick(TITLES[person.sex][:2]) if dice.chance(0.3) else "某")
    head = name[:2] if len(name) == 4 else name[0]
    form = dice.roll()
    if form < 0.4:
        return f"{head}某"
    if form < 0.58:
        return f"{head}{'某' * max(1, len(name) - len(head))}"
    if form < 0.88:
        return head + dice.pick(TITLES[person.sex])
    return f"老{head}" if form < 0.95 else head + "*" * (len(name) - len(head))


def heard(person: Person, hand: Hand) -> str:
    """The whole name, perhaps with another character or without its dot."""
    name, dice = person.name, hand.dice
    if person.is_minority:
        if hand.slips("minority_dot_lost"):
            return name.replace("·", "")
        return name.replace("·", dice.pick("•.．・")) if hand.slips("minority_dot_other") else name
    for kind, alike in ALIKE.items():
        # A surname is known better than a given name: it is misheard a fifth as often.
        at = [k for k, c in enumerate(name) if c in alike and (k or dice.chance(0.2))]
        if at and hand.slips(kind):
            place = dice.pick(at)
            name = name[:place] + dice.pick(alike[name[place]]) + name[place + 1 :]
    return name


def unmasked(person: Person, hand: Hand) -> str:
    """The whole name as a form's field shows it: with spaces, with something added."""
    name, dice = heard(person, hand), hand.dice
    if hand.slips("name_space"):
        name = dice.pick((" ", "　")).join(name) if len(name) == 2 else f"{name} "
    return name + dice.pick(SUFFIXES) if hand.slips("name_suffix") else name


def written_id(number: str, role: str, hand: Hand) -> str:
    """The ID number as written; empty where it is missing."""
    if hand.slips(f"{role}_id_missing"):
        return ""
    dice = hand.dice
    place = 6 + dice.below(11)
    if hand.slips("id_digit_wrong"):
        digit = (int(number[place]) + 1 + dice.below(9)) % 10
        number = f"{number[:place]}{digit}{number[place + 1 :]}"
    at = [k for k in range(6, 16) if number[k] != number[k + 1]]
    if hand.slips("id_transposed") and at:
        k = dice.pick(at)
        number = number[:k] + number[k + 1] + number[k] + number[k + 2 :]
    if hand.slips("id_masked"):
        return dice.pick((number[:10] + "****" + number[14:], number[:6] + "********" + number[14:],
                          number[:14] + "****"))  # fmt: skip
    if number[6:8] == "19" and hand.slips("id_15"):
        return number[:6] + number[8:17]
    if number.endswith("X") and hand.slips("id_lower_x"):
        number = number.lower()
    return number.translate(FULL_WIDTH) if hand.slips("id_full_width") else number


def written_phone(
    person: Person, role: str, day: float, others: tuple[str, str, str], hand: Hand
) -> str:
    """The phone as written; empty where it is missing.

    Args:
        person: whose it should be.
        role: claimant or respondent.
        day: when.
        others: phones that may stand there instead: of the helper (a grid worker, an agent), of
            the village ("" in compounds), of somebody of the household.
        hand: writes it.
    """
    if hand.slips(f"{role}_phone_missing"):
        return ""
    helper, village, kin = others
    if hand.slips("phone_hotline"):
        return HOTLINE if hand.channel == "12345" else STATION
    phone = person.phone(day)
    if phone != person.phones[0][1] and hand.slips("phone_old"):
        phone = person.phones[0][1]
    if role == "claimant" and hand.slips("phone_helper"):
        phone = helper
    elif role == "claimant" and village and hand.slips("phone_village"):
        phone = village
    dice = hand.dice
    if hand.slips("phone_digit_wrong"):
        place = 3 + dice.below(8)
        digit = (int(phone[place]) + 1 + dice.below(9)) % 10
        phone = f"{phone[:place]}{digit}{phone[place + 1 :]}"
    if hand.slips("phone_separator"):
        sign = dice.pick("- ")
        phone = f"{phone[:3]}{sign}{phone[3:7]}{sign}{phone[7:]}"
    if hand.slips("phone_country_code"):
        phone = dice.pick(("+86", "86", "0086")) + phone
    if kin and kin != phone and hand.slips("phone_two"):
        phone += dice.pick("/、,") + kin
    return phone


def written_organisation(organisation: Organisation, hand: Hand) -> str:
    """The name as written: without the place, without the legal form, or only its short form."""
    if organisation.trade == "医院":
        full = organisation.name
        return full[-4:] if hand.slips("organisation_no_prefix") else full
    if hand.slips("organisation_short"):
        return organisation.stem + organisation.business[:2]
    prefix = "" if hand.slips("organisation_no_prefix") else organisation.prefix
    form = "" if hand.slips("organisation_no_form") else organisation.form
    return prefix + organisation.stem + organisation.business + form
