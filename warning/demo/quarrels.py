"""Quarrels: who with whom, about what, where, and when again.

A self-exciting process with frailty. The hazard of a quarrel on day t, a day, is
``rate × (BASE + JUMP × Σ mark × exp(−age / MEMORY))`` over its earlier events; ``rate`` is its kind's
factor times its own frailty, the mark of an event is ``1 + GRAVE × severity``, times :data:`SETTLED`
where it ended in a settlement: one more event never lowers the hazard. For a day after an event it
is only the share :data:`QUIET` of that: people keep apart, though now and then it flares up the same
evening. Each event is one grade graver than the one before with the quarrel's own chance
``worsening``. [D] assumption: the constants are judged, not fitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from warning.demo.dice import Dice, cumulated
from warning.demo.geography import HUB_SHARES, Geography, Home, Place
from warning.demo.organisations import Organisation
from warning.demo.people import DAYS, Person

BASE = 0.0004
JUMP = 0.010
GRAVE = 0.2
MEMORY = 50.0
SETTLED = 0.3
QUIET, QUIET_DAYS = 0.1, 1.0
FRAILTY_SHAPE = 4.0  #: variance of a quarrel's own factor is 1 / 4
MOST_RATE = 1.4  #: below a branching ratio of one, so that no quarrel explodes
SERIAL_SHARE = 0.03  #: of quarrels: brought by one of the people who call about everything
HUB_SHARE = 0.07  #: of quarrels among strangers


class Kind(NamedTuple):
    """A kind of quarrel.

    Attributes:
        share: of all quarrels.
        side: who the other side is: family, area (the same village or compound), county, or the
            organisation's trade.
        factor: on the hazard.
        severities: weights of the first event's severity 0, 1, 2.
    """

    share: float
    side: str
    factor: float
    severities: tuple[float, ...]


#: By category code of ``channels.yaml``.
KINDS = {
    "02": Kind(0.22, "area", 1.1, (0.85, 0.13, 0.02)),
    "01": Kind(0.14, "family", 1.2, (0.75, 0.2, 0.05)),
    "0101": Kind(0.08, "family", 1.45, (0.0, 0.0, 1.0)),
    "08": Kind(0.11, "county", 0.8, (0.9, 0.08, 0.02)),
    "05": Kind(0.08, "county", 0.7, (0.0, 0.7, 0.3)),
    "0901": Kind(0.06, "area", 0.9, (0.9, 0.1, 0.0)),
    "0902": Kind(0.03, "area", 0.9, (0.85, 0.15, 0.0)),
    "0904": Kind(0.02, "area", 0.9, (0.85, 0.15, 0.0)),
    "0503": Kind(0.03, "county", 0.2, (0.9, 0.05, 0.05)),
    "07": Kind(0.08, "建筑", 0.8, (0.95, 0.04, 0.01)),
    "0402": Kind(0.07, "物业", 1.0, (0.97, 0.03, 0.0)),
    "0601": Kind(0.06, "商贸", 0.4, (0.97, 0.03, 0.0)),
    "0502": Kind(0.02, "医院", 0.7, (0.9, 0.1, 0.0)),
}
CODES = tuple(KINDS)
KIND_SHARES = cumulated(kind.share for kind in KINDS.values())
SERIAL_KINDS = ("02", "0402", "0601", "0402", "07", "08", "0502")
#: Kinds that may break out where strangers meet, and the hub of those that always do.
AT_HUBS = {"05": 0.25, "08": 0.05, "0503": 0.3, "0601": 0.3}


class Event(NamedTuple):
    """One event: the day, its severity (0 to 4), whether it ended in a settlement."""

    day: float
    severity: int
    settled: bool


@dataclass(frozen=True)
class Quarrel:
    """A matter: two sides, a kind, a place and its events, oldest first."""

    matter_id: str
    kind: str
    claimant: Person
    respondent: Person | None
    organisation: Organisation | None  #: where the other side is one
    hub: Place | None  #: where it breaks out; None is at the claimant's home
    events: tuple[Event, ...]
    rate: float
    worsening: float
    is_serial: bool

    @property
    def home(self) -> Home:
        """Where the claimant lives."""
        return self.claimant.home


def events(kind: Kind, rate: float, worsening: float, dice: Dice) -> tuple[Event, ...]:
    """Ogata's thinning over the whole period, from a first event on a uniform day."""
    severity = dice.weighted(cumulated(kind.severities))
    made = [Event(dice.between(0, DAYS), severity, dice.chance(0.25))]
    now, excited = made[0].day, mark(made[0])
    while True:
        bound = rate * (BASE + JUMP * excited)
        wait = dice.exponential(1 / bound)
        now += wait
        if now >= DAYS:
            return tuple(made)
        excited *= exp(-wait / MEMORY)
        if now - made[-1].day < QUIET_DAYS and not dice.chance(QUIET):
            continue
        if dice.chance(rate * (BASE + JUMP * excited) / bound):
            severity = _next_severity(severity, worsening, dice)
            made.append(Event(now, severity, dice.chance(0.25)))
            excited += mark(made[-1])


def mark(event: Event) -> float:
    """How strongly the event excites the next ones."""
    return (1 + GRAVE * event.severity) * (SETTLED if event.settled else 1.0)


def _next_severity(severity: int, worsening: float, dice: Dice) -> int:
    if dice.chance(worsening):
        return min(severity + 1, 4 if dice.chance(0.3) else 3)
    return max(0, severity - 1) if dice.chance(0.3) else severity


class _Sides:
    """Finds the other side of a quarrel."""

    def __init__(self, people: Sequence[Person], organisations: Sequence[Organisation]) -> None:
        self.households: dict[int, list[Person]] = {}
        self.areas: dict[str, list[Person]] = {}
        self.counties: dict[str, list[Person]] = {}
        self.trades: dict[tuple[str, str], list[Organisation]] = {}
        for person in people:
            self.households.setdefault(person.household, []).append(person)
            self.areas.setdefault(person.home.area.place_id, []).append(person)
            self.counties.setdefault(person.home.county, []).append(person)
        for organisation in organisations:
            self.trades.setdefault((organisation.county, organisation.trade), []).append(
                organisation
            )

    def other(self, one: Person, side: str, dice: Dice) -> Person | Organisation | None:
        """Somebody of another household (of the same for family), or an organisation nearby."""
        if side == "family":
            kin = [person for person in self.households[one.household] if person is not one]
            return dice.pick(kin) if kin else None
        if side in {"area", "county"}:
            near = self.areas[one.home.area.place_id]
            if side == "county" and dice.chance(0.6):
                near = self.counties[one.home.county]
            found = dice.pick(near)
            return found if found.household != one.household and _adult(found) else None
        return dice.early(self.trades[one.home.county, side], 0.2)


def _adult(person: Person) -> bool:
    return bool(person.born < np.datetime64("2006-01-01"))


def make_quarrels(
    count: int, people: Sequence[Person], organisations: Sequence[Organisation],
    city: Geography, dice: Dice,
) -> list[Quarrel]:  # fmt: skip
    """Quarrels until they have ``count`` events between them."""
    sides = _Sides(people, organisations)
    callers = [dice.pick(people) for _ in range(max(1, count // 1500))]
    made: list[Quarrel] = []
    total = 0
    while total < count:
        serial = dice.chance(SERIAL_SHARE)
        code = dice.pick(SERIAL_KINDS) if serial else CODES[dice.weighted(KIND_SHARES)]
        kind = KINDS[code]
        one = dice.pick(callers) if serial else dice.pick(people)
        other = sides.other(one, kind.side, dice) if _adult(one) else None
        if other is None or (code == "0101" and _of(other).sex == one.sex and dice.chance(0.7)):
            continue
        if code == "0101" and one.sex == "男" and dice.chance(0.8):
            one, other = _of(other), one
        hub = None
        if kind.side == "医院" or dice.chance(AT_HUBS.get(code, 0.0)):
            hubs = city.hubs[one.home.county]
            hub = hubs[0] if kind.side == "医院" else hubs[dice.weighted(HUB_SHARES)]
        rate = kind.factor * dice.gamma(FRAILTY_SHAPE) * (0.4 if hub else 1.0)
        rate, worsening = min(rate, MOST_RATE), dice.between(0.08, 0.4)
        happened = events(kind, rate, worsening, dice)
        total += len(happened)
        made.append(
            Quarrel(
                f"M{len(made)}", code, one, other if isinstance(other, Person) else None,
                None if isinstance(other, Person) else other, hub, happened, rate, worsening, serial,
            )
        )  # fmt: skip
    return made


def _of(other: Person | Organisation) -> Person:
    if not isinstance(other, Person):
        raise TypeError("a family's other side is a person")
    return other


class HazardTruth(Protocol):
    """What the hazard needs to know: a city, or its truth tables read back."""

    @property
    def truth_quarrels(self) -> pd.DataFrame:
        """matter_id, rate, worsening."""

    @property
    def truth_events(self) -> pd.DataFrame:
        """matter_id, occurred_at, severity, settled."""


def hazard(truth: HazardTruth, as_of: pd.Timestamp, days: float = 30.0) -> pd.DataFrame:
    """The chance that each quarrel breaks out again, as the generator itself knows it.

    The first next event comes under the hazard as it stands after ``as_of``, so the chance is
    exact: one less the exponential of the integrated hazard.

    Args:
        truth: the city.
        as_of: events on or before it are known.
        days: length of the window after ``as_of``.

    Returns:
        One row a quarrel with an event by ``as_of``: matter_id, last_at, severity (of the last
        event), probability (of another event within ``days``), worse (of one that is, as the
        first next, one grade graver).
    """
    known = truth.truth_events[truth.truth_events["occurred_at"] <= as_of]
    known = known.sort_values(["matter_id", "occurred_at"], kind="stable")
    age = (as_of - known["occurred_at"]).dt.total_seconds() / 86_400
    excited = (1 + GRAVE * known["severity"]) * np.exp(-age / MEMORY)
    excited *= np.where(known["settled"], SETTLED, 1.0)
    last = known.drop_duplicates("matter_id", keep="last").set_index("matter_id")
    own = truth.truth_quarrels.set_index("matter_id").loc[last.index]
    total = excited.groupby(known["matter_id"]).sum().loc[last.index]
    rest = QUIET_DAYS - (as_of - last["occurred_at"]).dt.total_seconds() / 86_400
    rest = rest.clip(0, min(QUIET_DAYS, days))
    decayed = MEMORY * (QUIET + (1 - QUIET) * np.exp(-rest / MEMORY) - np.exp(-days / MEMORY))
    plain = days - (1 - QUIET) * rest
    probability = 1 - np.exp(-own["rate"] * (BASE * plain + JUMP * total * decayed))
    worse = probability * own["worsening"] * (last["severity"] < 3)
    return pd.DataFrame(
        {
            "matter_id": last.index,
            "last_at": last["occurred_at"].to_numpy(),
            "severity": last["severity"].to_numpy(),
            "probability": probability.to_numpy(),
            "worse": worse.to_numpy(),
        }
    )
