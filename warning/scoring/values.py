"""From what was known at a moment to the values of the features, one row a case."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from warning.scoring.days_off import days_off
from warning.scoring.history import KINDS, YEAR, Flags, Floats, Integers, Snapshot, Timeline
from warning.scoring.succession import Succession

QUARTER = 90
PERIOD = 30
SEVERE = 3


@dataclass(frozen=True)
class HalfLives:
    """Days after which an incident counts half, in the long and the short memory."""

    long: float = 365.0
    short: float = 14.0


@dataclass(frozen=True)
class Reading:
    """How a model reads a history: what was fitted before its coefficients.

    Attributes:
        half_lives: of the decayed counts, in days.
        category_rates: category code → how often a case with such an incident recurs, as a
            multiple of the average (1.0); a code that is missing takes its first two digits',
            then 1.0.
    """

    half_lives: HalfLives = HalfLives()
    category_rates: Mapping[str, float] = field(default_factory=dict)

    def rates(self, categories: Sequence[str]) -> Floats:
        """The multiple of each category."""
        known = self.category_rates
        return np.array(
            [known.get(code, known.get(code[:2], 1.0)) for code in categories], np.float64
        )


@dataclass(frozen=True)
class View:
    """Cases of a history at a moment, as features look at them.

    ``columns`` keeps those that no reading changes, for the next model that looks at this moment.
    """

    timeline: Timeline
    cohort: Integers  #: codes of the cases, ascending
    snapshot: Snapshot  #: of these cases, coded by their place in the cohort
    moment: pd.Timestamp
    memory_days: int
    reading: Reading
    columns: dict[str, Floats] = field(default_factory=dict)

    @classmethod
    def of(
        cls, timeline: Timeline, snapshot: Snapshot, cohort: Integers, moment: pd.Timestamp,
        memory_days: int, reading: Reading,
    ) -> "View":  # fmt: skip
        """The cases of a cohort, from a snapshot of all."""
        return cls(timeline, cohort, snapshot.of_cases(cohort), moment, memory_days, reading)

    def read_by(self, reading: Reading) -> "View":
        """The same moment as another model reads it."""
        return replace(self, reading=reading)

    @property
    def size(self) -> int:
        """Cases of the cohort; columns have one entry each."""
        return len(self.cohort)

    def total(self, worth: Floats, chosen: Flags) -> Floats:
        """Σ worth by case over the chosen entries."""
        found = np.bincount(self.snapshot.case[chosen], weights=worth[chosen], minlength=self.size)
        return found.astype(np.float64)

    def highest(self, worth: Floats, chosen: Flags) -> Floats:
        """The greatest worth by case over the chosen entries, at least 0."""
        column = np.zeros(self.size)
        np.maximum.at(column, self.snapshot.case[chosen], worth[chosen])
        return column


def decayed(snapshot: Snapshot, half_life: float, size: int, only: Flags | None = None) -> Floats:
    """Per case code: Σ weight · 2^(−age / half-life) over its reported incidents."""
    counted = ~snapshot.discovered if only is None else ~snapshot.discovered & only
    worth = snapshot.weight[counted] * np.exp2(-snapshot.age[counted] / half_life)
    return np.bincount(snapshot.case[counted], weights=worth, minlength=size).astype(np.float64)


def values(view: View, names: Sequence[str]) -> Floats:
    """The values people read: one row a case of the view, one column a name."""
    kept = view.columns
    in_order = _IN_ORDER.keys() & set(names) - kept.keys()
    succession = Succession.of(view.snapshot, view.size) if in_order else None
    columns = []
    for name in names:
        column = kept[name] if name in kept else _column(name, view, succession)
        if name not in BY_READING:
            kept[name] = column
        columns.append(column)
    # Column after column in memory, as models read them.
    return np.array(columns).T if columns else np.zeros((view.size, 0))


def _column(name: str, view: View, succession: Succession | None) -> Floats:
    if name in _COLUMNS:
        return _COLUMNS[name](view)
    if succession is not None and name in _IN_ORDER:
        return _IN_ORDER[name](succession, float(view.memory_days))
    snapshot = view.snapshot
    if name in snapshot.flags:
        flags = snapshot.flags[name].astype(np.float64)
        return view.highest(flags, (snapshot.age < YEAR) & ~snapshot.discovered)
    own = view.timeline.kind[view.cohort] == KINDS.index(name.removeprefix("kind_"))
    return np.asarray(own, np.float64)


def _quickening(view: View) -> Floats:
    """Each span of ages counts once, by the surest of its incidents: 2, 4, 8, ... days back.

    Incidents whose gaps halve towards today lie in a span each, a steady series in few, one that
    has slowed down in one.
    """
    snapshot, reported = view.snapshot, ~view.snapshot.discovered
    span = np.log2(np.maximum(snapshot.age, 1.0)).astype(np.int64)
    spans = int(np.log2(view.memory_days)) + 1
    key = snapshot.case * spans + span
    return _once_each(key[reported], snapshot.weight[reported], spans, view.size)


def _active_periods(view: View) -> Floats:
    """Each 30-day period counts once, by the surest of its incidents."""
    snapshot, reported = view.snapshot, ~view.snapshot.discovered
    periods = view.memory_days // PERIOD + 2
    key = snapshot.case * periods + (snapshot.age // PERIOD).astype(np.int64)
    return _once_each(key[reported], snapshot.weight[reported], periods, view.size)


def _kinds(view: View) -> Floats:
    """Each category of the last year counts once, by the surest of its incidents."""
    snapshot = view.snapshot
    chosen = ~snapshot.discovered & (snapshot.age < YEAR) & (snapshot.category >= 0)
    count = max(len(view.timeline.categories), 1)
    key = snapshot.case * count + snapshot.category
    return _once_each(key[chosen], snapshot.weight[chosen], count, view.size)


def _once_each(key: Integers, weight: Floats, modulus: int, size: int) -> Floats:
    """Σ by case, which is ``key`` // ``modulus``, of the greatest weight of each key."""
    if not len(key):
        return np.zeros(size)
    order = np.argsort(key, kind="stable")  # nearly in order already
    key, weight = key[order], weight[order]
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    greatest = np.maximum.reduceat(weight, start)
    return np.bincount(key[start] // modulus, weights=greatest, minlength=size).astype(np.float64)


def _channels(view: View) -> Floats:
    """Different channels that reported within the year."""
    snapshot, chosen = view.snapshot, view.snapshot.age < YEAR
    bits = np.zeros(view.size, np.int64)
    np.bitwise_or.at(bits, snapshot.case[chosen], snapshot.channels[chosen])
    return np.asarray(np.bitwise_count(bits), np.float64)


def _weighted(view: View) -> Floats:
    snapshot, reported = view.snapshot, ~view.snapshot.discovered
    rates = np.append(view.reading.rates(list(view.timeline.categories)), 1.0)
    worth = snapshot.weight * rates[snapshot.category]
    return view.total(worth * np.exp2(-snapshot.age / view.reading.half_lives.long), reported)


def _season(view: View) -> Floats:
    return np.full(view.size, float(view.moment.day_of_year))


#: Columns that half-lives or category rates change.
BY_READING = frozenset(
    ("decayed_count", "recent_count", "weighted_count", "unsettled_count", "severe_count")
)
_COLUMNS: dict[str, Callable[[View], Floats]] = {
    "decayed_count": lambda v: decayed(v.snapshot, v.reading.half_lives.long, v.size),
    "recent_count": lambda v: decayed(v.snapshot, v.reading.half_lives.short, v.size),
    "year_count": lambda v: v.snapshot.incidents(YEAR, v.size).astype(np.float64),
    "quarter_count": lambda v: v.snapshot.incidents(QUARTER, v.size).astype(np.float64),
    "active_periods": _active_periods,
    "weighted_count": _weighted,
    "kinds": _kinds,
    "channels": _channels,
    "parties": lambda v: v.highest(v.snapshot.parties.astype(np.float64), v.snapshot.age < YEAR),
    "unsettled_count": lambda v: decayed(
        v.snapshot, v.reading.half_lives.long, v.size, ~v.snapshot.flags["settled"]
    ),
    "discovered_count": lambda v: v.total(
        np.ones(len(v.snapshot.case)), v.snapshot.discovered & (v.snapshot.age < YEAR)
    ),
    "severity": lambda v: v.snapshot.worst(v.size).astype(np.float64),
    "severe_count": lambda v: decayed(
        v.snapshot, v.reading.half_lives.long, v.size, v.snapshot.severity >= SEVERE
    ),
    "hub_place": lambda v: v.timeline.hub[v.cohort].astype(np.float64),
    "season": _season,
    "quickening": _quickening,
    "days_off": lambda v: np.full(v.size, float(days_off(v.moment.date(), PERIOD))),
}
#: Columns made of incidents in their order; where there are too few, the whole memory's days.
_IN_ORDER: dict[str, Callable[[Succession, float], Floats]] = {
    "days_since_last": lambda s, never: s.days_since(0, never),
    "days_since_second": lambda s, never: s.days_since(1, never),
    "shortest_gap": lambda s, never: s.shortest_gap(never),
    "last_unsettled": lambda s, _: s.last_unsettled(),
    "severity_rise": lambda s, _: s.severity_rise(),
}
