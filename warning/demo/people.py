"""Made-up people: households, kin with like names, phones that change and are shared."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from warning.demo import names
from warning.demo.dice import Dice, cumulated
from warning.demo.geography import Home
from warning.matching.standardise.identifiers import check_digit

#: Six digits that are assigned to no county, so that no made-up number is a real person's.
AREA = "629900"
PHONE_HEADS = ("139", "138", "137", "136", "135", "152", "187", "177", "133", "150", "189", "181")
SIZES = cumulated((0.18, 0.34, 0.26, 0.17, 0.05))
MINORITY_SHARE = {"620721": 0.4}  #: elsewhere :data:`MINORITY_ELSEWHERE`
MINORITY_ELSEWHERE = 0.03
SHARED_PHONE = 0.12  #: of people: the household's phone is their only one
SECOND_PHONE = 0.3  #: of people: they change their number once within the two years
SAME_NAME = 0.004  #: of people: named like another one of the same town
AFTER_FATHER = 0.35  #: of sons: the name keeps a character of the father's
TWINS = 0.02  #: of second children: a twin, whose ID number differs in its end alone
DAYS = 731


@dataclass(frozen=True)
class Person:
    """A made-up person.

    Attributes:
        phones: (from day, number), the day counted from the city's first one, oldest first.
        household: the door's number among the homes.
    """

    person_id: str
    name: str
    sex: str
    born: np.datetime64
    id_number: str
    phones: tuple[tuple[float, str], ...]
    home: Home
    household: int
    is_minority: bool

    def phone(self, day: float) -> str:
        """The number in use on ``day``."""
        return next(number for since, number in reversed(self.phones) if since <= day)


class _Registry:
    """Gives out ID numbers, each once."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.given: set[str] = set()

    def number(self, born: np.datetime64, sex: str, after: int | None = None) -> tuple[str, int]:
        """A number and its sequence; ``after`` asks for a sequence close to a twin's."""
        date = str(born).replace("-", "")
        sequence = self.dice.below(998) + 1 if after is None else after + 1
        while True:
            sequence = sequence % 999 + 1 if (sequence % 2 == 1) != (sex == "男") else sequence
            first = f"{AREA}{date}{sequence:03d}"
            if first not in self.given:
                self.given.add(first)
                return first + check_digit(first), sequence
            sequence = sequence % 999 + 1


def new_phone(dice: Dice) -> str:
    """Eleven digits of a mobile phone."""
    return dice.pick(PHONE_HEADS) + dice.digits(8)


def make_people(homes: Sequence[Home], dice: Dice) -> list[Person]:
    """The households of all homes: couples, children, a grandparent, people alone."""
    people: list[Person] = []
    registry = _Registry(dice)
    names_of: dict[str, list[tuple[str, str, int]]] = {}
    for household, home in enumerate(homes):
        minority = dice.chance(MINORITY_SHARE.get(home.county, MINORITY_ELSEWHERE))
        family, shared = names.surname(dice), new_phone(dice)
        base = 1940 + dice.below(56)
        town = names_of.setdefault(home.area.town + home.county, [])
        father, before = "", (np.datetime64("1900-01-01"), 0, "")
        for k in range(1 + dice.weighted(SIZES)):
            sex = (
                "男女"[k] if k < 2 and not (k == 0 and dice.chance(0.2)) else "男女"[dice.below(2)]
            )
            year = base + dice.below(7) - 3 + (25 if k in {2, 3} else -24 if k == 4 else 0)
            born = np.datetime64(f"{min(year, 2012)}-01-01") + np.timedelta64(dice.below(365), "D")
            twin = k == 3 and dice.chance(TWINS)
            after = None
            if twin:
                born, after, sex = before[0], before[1], before[2]
            own = family if k != 1 else names.surname(dice)
            if minority:
                name = names.minority(sex, dice)
            elif k in {2, 3} and ((sex == "男" and dice.chance(AFTER_FATHER)) or twin):
                name = own + names.akin(father, sex, year, dice)
            else:
                name = own + names.given(sex, year, dice)
            if not minority and town and dice.chance(SAME_NAME):
                name, sex, year = dice.pick(town)
                born = np.datetime64(f"{year}-01-01") + np.timedelta64(dice.below(365), "D")
                after = None
            father = name.removeprefix(own) if k == 0 and sex == "男" else father or name[-1]
            number, sequence = registry.number(born, sex, after)
            before = (born, sequence, sex)
            if not minority:
                town.append((name, sex, int(str(born)[:4])))
            phones: tuple[tuple[float, str], ...] = (
                (-1e9, shared if k == 0 or dice.chance(SHARED_PHONE) else new_phone(dice)),
            )
            if dice.chance(SECOND_PHONE):
                phones = (*phones, (dice.between(0, DAYS), new_phone(dice)))
            people.append(
                Person(
                    f"P{len(people)}", name, sex, born, number, phones, home, household, minority
                )
            )
    return people
