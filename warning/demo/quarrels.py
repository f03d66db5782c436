"""Quarrels: who with whom, and when again. A self-exciting process with frailty.

The hazard of a quarrel at time t is ``frailty × (base + Σ jump × exp(−age / memory))`` a day
over its earlier events; a settlement divides it. Severity climbs with the number of events.
"""

from dataclasses import dataclass

import numpy as np

from warning.demo.people import Person

DAYS = 731
BASE = 0.00045
JUMP = 0.011
MEMORY = 45.0
#: Below the branching ratio of one, so that no quarrel explodes.
MOST_FRAILTY = 1.9
SETTLED = 0.35  #: what a settlement leaves of the hazard

#: Category code → weight.
KINDS = {"02": 0.25, "01": 0.15, "0101": 0.1, "08": 0.12, "07": 0.08, "0901": 0.08, "0402": 0.08,
         "0601": 0.06, "05": 0.08}  # fmt: skip
AGAINST_ORGANISATION = frozenset({"07", "0402", "0601"})


@dataclass(frozen=True)
class Quarrel:
    """A matter: two sides, a kind, and its event days."""

    matter_id: str
    kind: str
    claimant: Person
    respondent: Person | None
    organisation: str  #: where the other side is one
    days: tuple[float, ...]
    settled: tuple[bool, ...]  #: whether each event ended in a settlement
    frailty: float


def event_days(frailty: float, random: np.random.Generator) -> tuple[list[float], list[bool]]:
    """Ogata's thinning over the whole period, from a first event at a uniform day."""
    days, settled, factor = [float(random.uniform(0, DAYS))], [bool(random.random() < 0.3)], 1.0
    factor *= SETTLED if settled[0] else 1.0
    now = days[0]
    while len(days) < 40:
        bound = (
            frailty * factor * (BASE + JUMP * sum(np.exp(-(now - day) / MEMORY) for day in days))
        )
        now += float(random.exponential(1 / max(bound, 1e-9)))
        if now >= DAYS:
            return days, settled
        rate = frailty * factor * (BASE + JUMP * sum(np.exp(-(now - day) / MEMORY) for day in days))
        if random.random() * bound <= rate:
            days.append(now)
            settled.append(bool(random.random() < 0.25))
            factor = SETTLED if settled[-1] else 1.0
    return days, settled


def recurrence_probability(quarrel: Quarrel, day: float, horizon: float = 30.0) -> float:
    """The chance of another event within ``horizon`` days as the generator itself knows it.

    First event after ``day`` under the hazard at ``day`` decaying with no further event.
    """
    past = [d for d in quarrel.days if d <= day]
    if not past:
        return 0.0
    factor = SETTLED if quarrel.settled[len(past) - 1] else 1.0
    excited = sum(np.exp(-(day - d) / MEMORY) for d in past)
    total = BASE * horizon + JUMP * excited * MEMORY * (1 - np.exp(-horizon / MEMORY))
    return float(1 - np.exp(-quarrel.frailty * factor * total))


def make_quarrels(
    events: int, people: list[Person], organisations: list[str], random: np.random.Generator
) -> list[Quarrel]:
    """Quarrels until they have ``events`` events between them."""
    by_county: dict[str, list[Person]] = {}
    by_home: dict[str, list[Person]] = {}
    for person in people:
        by_county.setdefault(person.home.county, []).append(person)
        by_home.setdefault(person.home.place_id, []).append(person)
    kinds, weights = list(KINDS), np.array(list(KINDS.values()))
    quarrels: list[Quarrel] = []
    count = 0
    while count < events:
        kind = kinds[int(random.choice(len(kinds), p=weights / weights.sum()))]
        one = people[int(random.integers(len(people)))]
        other, organisation = None, ""
        if kind in AGAINST_ORGANISATION:
            organisation = organisations[int(random.integers(len(organisations)))]
        elif kind in {"01", "0101"}:
            family = [p for p in by_home[one.home.place_id] if p is not one]
            if not family:
                continue
            other = family[int(random.integers(len(family)))]
        else:
            near = by_county[one.home.county]
            other = near[int(random.integers(len(near)))]
            if other.home.place_id == one.home.place_id:
                continue
        frailty = min(float(random.gamma(1.0)), MOST_FRAILTY) + 0.05
        days, settled = event_days(frailty, random)
        count += len(days)
        quarrels.append(
            Quarrel(f"M{len(quarrels)}", kind, one, other, organisation, tuple(days),
                    tuple(settled), frailty)
        )  # fmt: skip
    return quarrels
