"""Made-up people: names by sex and age, households, phones, ID numbers of an unassigned area."""

from dataclasses import dataclass

import numpy as np

from warning.demo.geography import Home
from warning.matching.standardise.identifiers import check_digit

#: Six digits that are assigned to no county, so that no made-up number is a real person's.
AREA = "629900"
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙马胡朱郭何罗高林郑梁谢宋唐许韩冯邓曹彭曾肖"
    "田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范"
    "金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤单仇解查"
)
MALE = "伟强军勇杰涛明超刚平辉鹏华飞斌波宇浩凯健俊帆文武建国志永福林海山峰东生学德兴旺昌龙虎"
FEMALE = "芳娜敏静丽艳娟霞秀英玲桂兰红燕萍梅洁雪慧佳怡欣婷倩琴凤珍莲淑月香春菊玉"
OLD_MIDDLE = "国建志永学德福秀玉桂淑兰明"
YOUNG_MIDDLE = "子梓雨浩宇欣思嘉俊一文晓"
MINORITY = (
    "才让", "卓玛", "扎西", "多杰", "央金", "拉毛", "达娃", "次仁", "安尔斯", "索南", "华尔杰",
    "贺兰", "银杏", "尕让", "道吉", "桑吉",
)  # fmt: skip


@dataclass(frozen=True)
class Person:
    """A made-up person."""

    person_id: str
    name: str
    sex: str
    born: np.datetime64
    id_number: str
    phones: tuple[str, ...]  #: the first is the oldest
    home: Home
    is_minority: bool


def _name(sex: str, year: int, surname: str, minority: bool, random: np.random.Generator) -> str:
    if minority:
        first, second = random.choice(len(MINORITY), 2, replace=False)
        return f"{MINORITY[first]}·{MINORITY[second]}"
    letters = MALE if sex == "男" else FEMALE
    # Commoner characters stand first: a geometric fall gives realistic homonyms.
    last = letters[min(int(random.geometric(0.08)) - 1, len(letters) - 1)]
    if random.random() < 0.25:
        return surname + last
    middle = OLD_MIDDLE if year < 1980 else YOUNG_MIDDLE
    return surname + middle[int(random.integers(len(middle)))] + last


def _surname(random: np.random.Generator) -> str:
    return SURNAMES[min(int(random.geometric(0.045)) - 1, len(SURNAMES) - 1)]


def _phone(random: np.random.Generator) -> str:
    head = ("139", "138", "152", "187", "177", "133", "150")[int(random.integers(7))]
    return head + "".join(str(digit) for digit in random.integers(0, 10, 8))


def _id_number(born: np.datetime64, sex: str, random: np.random.Generator) -> str:
    sequence = int(random.integers(100, 999))
    sequence += (sequence % 2 == 1) != (sex == "男")
    first = f"{AREA}{str(born).replace('-', '')}{sequence:03d}"
    return first + check_digit(first)


def make_people(homes: list[Home], random: np.random.Generator) -> list[Person]:
    """Households of one to four in each home; couples, children, now and then twins."""
    people: list[Person] = []
    for home in homes:
        minority = random.random() < (0.4 if home.county == "620721" else 0.04)
        surname, shared = _surname(random), _phone(random)
        base = int(random.integers(1945, 1995))
        size = int(random.choice([1, 2, 3, 4], p=[0.2, 0.35, 0.3, 0.15]))
        twin_birth = None
        for k in range(size):
            sex = ("男", "女")[k] if k < 2 else ("男", "女")[int(random.integers(2))]
            year = base + int(random.integers(-4, 5)) + (25 if k >= 2 else 0)
            born = np.datetime64(f"{year}-01-01") + np.timedelta64(int(random.integers(365)), "D")
            if k == 2:
                twin_birth = born
            if k == 3 and random.random() < 0.05 and twin_birth is not None:
                born = twin_birth
            own = surname if k != 1 else _surname(random)
            name = _name(sex, year, own, minority, random)
            phones: tuple[str, ...] = (shared,) if random.random() < 0.15 else (_phone(random),)
            if random.random() < 0.2:
                phones = (*phones, _phone(random))
            people.append(
                Person(f"P{len(people)}", name, sex, born, _id_number(born, sex, random), phones,
                       home, minority)
            )  # fmt: skip
    return people
