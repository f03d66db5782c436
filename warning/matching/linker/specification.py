"""What to compare and how: the specification that lets the linker link any table.

The words are the field's: a *comparison* looks at one or more columns and puts a pair of rows
on one of its *levels*, best first; a *blocking rule* says which rows are compared at all. People,
organisations and public benchmarks are each one specification on the same core.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Rows = npt.NDArray[np.int32]
Levels = npt.NDArray[np.int8]
#: Level of a pair of which one value is missing: no evidence either way.
MISSING = -1
#: Distinct values (columns of the comparison), positions left, positions right → levels.
Judge = Callable[[pd.DataFrame, Rows, Rows], Levels]


@dataclass(frozen=True)
class Comparison:
    """One comparison: it looks at ``columns`` and finds one of ``levels``.

    Attributes:
        name: unique in its specification; the name of its part in bits.
        columns: what it looks at. Where all of them are missing the row says nothing.
        levels: names of the levels, best agreement first, disagreement last.
        judge: finds the level (position in ``levels``, :data:`MISSING` for no evidence) of pairs
            of *distinct* values; must be symmetric and a pure function of the two values. Equal
            values are judged, too.
        prepare: what the judge needs of each distinct value (its length, a code of its sound), as
            further columns, made once for all pairs; None: nothing.
        frequency: level → column whose rarity moves what an agreement on that level says
            (agreeing on 欧阳娜娜 says more than on 王伟). A level's own bits are those of a value
            of average commonness. A bare column stands for level 0.
        m, u: probability of each level for two rows of one entity, of two: what is believed
            before estimation, as so many pseudo-pairs. None: a falling default; nothing.
        bits: fixed bits of each level instead of estimated ones; None where they are estimated.
        most: ceiling of the part, in bits either way.
        floor: lowest bits of the last level; what a disagreement can say against at the most.
        quick: judging costs less than finding out which pairs of values are the same.
        surely: (name of another comparison, level); a random pair on the first level here, and
            there on that level or a better one, is one entity told twice: it is left out of the
            random pairs that this u is counted on. It joins nobody by itself. None: nothing is.
    """

    name: str
    columns: tuple[str, ...]
    levels: tuple[str, ...]
    judge: Judge
    frequency: str | Mapping[int, str] | None = None
    m: tuple[float, ...] | None = None
    u: tuple[float, ...] | None = None
    bits: tuple[float, ...] | None = None
    most: float = 20.0
    floor: float = -20.0
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    quick: bool = False
    surely: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        for given in (self.m, self.u, self.bits):
            if given is not None and len(given) != len(self.levels):
                raise ValueError(f"{self.name}: {len(given)} values for {len(self.levels)} levels")
        if len(self.levels) < 2:
            raise ValueError(f"{self.name}: fewer than two levels")

    @property
    def frequencies(self) -> dict[int, str]:
        """Level → column whose rarity counts; empty where none does."""
        if isinstance(self.frequency, str):
            return {0: self.frequency}
        return dict(self.frequency or {})


@dataclass(frozen=True)
class Rule:
    """Rows with equal values in all of ``columns`` are compared.

    A column may be cut: ``surname[:3]`` is its first three characters. A row with a missing
    value in one of them has no key. The rule's name is its columns joined by `` + ``.
    """

    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """How reports call it."""
        return " + ".join(self.columns)

    @property
    def plain_columns(self) -> frozenset[str]:
        """The columns without their cuts."""
        return frozenset(column.partition("[")[0] for column in self.columns)


def rule(*columns: str) -> Rule:
    """A blocking rule by its columns."""
    return Rule(columns)


@dataclass(frozen=True)
class Clustering:
    """How pairs become clusters; all in bits.

    Attributes:
        missing: support of two rows that no rule compared or that have little to compare.
        most: ceiling of one pair's support, so that one strong pair does not outvote ten.
        least: two clusters join while their average support is above this.
        complete: components of up to this many rows have all their pairs compared.
    """

    missing: float = -1.0
    most: float = 12.0
    least: float = 0.0
    complete: int = 200


@dataclass(frozen=True)
class Specification:
    """Everything the linker needs to know about a table.

    Attributes:
        comparisons: what is compared.
        rules: what is compared with what.
        derive: adds columns before anything else (a sound, a year); None adds nothing.
        exclusive: columns of which two different known values never stand in one cluster.
        certain: column of which an equal known value makes two rows one entity beyond doubt, such
            as a number with a name; None: nothing does. Who has many rows is one by it, however
            large their blocks; see :mod:`warning.matching.linker.folding`.
        needs: a pair links only if all comparisons of one of these sets speak for it; empty: any
            may (parts of relations among them). What stands in no set alone (a phone, a place) is
            weak and never joins alone.
        counted: column → column; a value is as common as it has different ones beside it. Who
            complains a hundred times with one phone does not make the phone common.
        against: comparisons whose disagreement speaks against two unlinked rows standing in one
            cluster; empty: all. A person has several phones, places and quarrels, but one sex.
        prior: probability that two rows drawn at random are one entity; None: estimated.
        least_true: the estimate expects at least so many true pairs for each row of the table,
            so that a small table without a repeat is not taken for one that cannot have any.
        prior_most: ceiling of the estimate: a table of few rows comes from a world of many.
        ceilings_at: prior, in bits, at which the comparisons' ceilings are meant. Where it is lower,
            as in a larger table, they are higher by as much, so that the same evidence leads to
            the same probability in a table of any size; None: they are the same everywhere.
        pseudo: pairs that a comparison's given m counts for in estimation.
        kept_below: pairs so many bits below the threshold are forgotten.
        threshold: probability from which a pair is a link.
        block_cap: rows of the largest block that is compared.
        pairs_a_row: budget of one rule, in pairs for each row of the table; the largest blocks
            are left out until the rule keeps to it.
        clustering: how pairs become clusters.
        together: names of comparisons that tell the same thing (a town in the address and in the
            birth place): of those that agree the strongest counts in full, the others by ``echo``.
        echo: share, 0 to 1.
    """

    comparisons: tuple[Comparison, ...]
    rules: tuple[Rule, ...]
    derive: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    exclusive: tuple[str, ...] = ()
    certain: str | None = None
    needs: tuple[frozenset[str], ...] = ()
    counted: Mapping[str, str] = field(default_factory=dict)
    against: frozenset[str] = frozenset()
    prior: float | None = None
    least_true: float = 0.0
    prior_most: float = 0.5
    ceilings_at: float | None = None
    pseudo: float = 20.0
    kept_below: float = 8.0
    threshold: float = 0.5
    block_cap: int = 200
    pairs_a_row: float = 20.0
    clustering: Clustering = field(default_factory=Clustering)
    together: tuple[tuple[str, ...], ...] = ()
    echo: float = 0.0

    def __post_init__(self) -> None:
        names = [comparison.name for comparison in self.comparisons]
        if len(set(names)) < len(names):
            raise ValueError(f"comparisons of the same name: {sorted(names)}")
        beside = {one.surely[0] for one in self.comparisons if one.surely is not None}
        unknown = beside.union(self.against, *self.together) - set(names)
        if unknown:
            raise ValueError(f"unknown comparisons: {sorted(unknown)}")
        if not self.rules or not self.comparisons:
            raise ValueError("a specification has at least one comparison and one rule")


@dataclass(frozen=True)
class Weights:
    """What each level is worth.

    Attributes:
        against: comparisons whose disagreement speaks against two unlinked rows standing in one
            cluster; empty: all. A person has several phones, places and quarrels, but one sex.
        prior: probability that two random rows are one entity.
        m, u: comparison → probability of each level for one entity, for two.
        pairs_seen: expected number of true pairs that the estimate of m rests on.
    """

    prior: float
    m: Mapping[str, npt.NDArray[np.float64]]
    u: Mapping[str, npt.NDArray[np.float64]]
    pairs_seen: float = 0.0

    @property
    def prior_bits(self) -> float:
        """The prior as log2 of its odds."""
        return float(np.log2(self.prior / (1.0 - self.prior)))
