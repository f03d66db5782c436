"""Rows that are one entity beyond doubt and say the same again stand for one row.

Whoever is told very often fills whole blocks, and a block above the cap is left out: the more is
known of somebody, the less would be compared. So rows of one *certain* value (see
:class:`Specification`) are together before anything is compared once there are many of them; of
those that also agree in everything that is compared the first one stands for all; and in no block
do more than :data:`MANY` rows of one of them stand. What that costs is linear.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.clustering import Integers
from warning.matching.linker.decisions import Decisions, decisions
from warning.matching.linker.specification import Rows
from warning.matching.linker.table import Codes, Encoded

#: Rows of one certain value from which on they are folded, and the most of them in one block.
MANY = 20


@dataclass(frozen=True)
class Folded:
    """A table of which some rows stand for others.

    Attributes:
        kept: rows that are compared, ascending.
        place: of each row of the table, the place in ``kept`` of the row that stands for it.
        start: of each kept row, the place of the first kept row that is certainly the same entity.
    """

    kept: Integers
    place: Integers
    start: Integers

    @property
    def is_plain(self) -> bool:
        """Whether every row stands for itself alone."""
        return len(self.kept) == len(self.place) and bool(
            (self.start == np.arange(len(self.start))).all()
        )

    def encoded(self, whole: Encoded) -> Encoded:
        """The kept rows of a table in codes, at most :data:`MANY` of one entity in a block."""
        if self.is_plain:
            return whole
        kept, many = self.kept, np.bincount(self.start, minlength=len(self.start))[self.start] > 1
        group = np.where(many, self.start, -1)
        return replace(
            whole,
            size=len(kept),
            codes={name: own[kept] for name, own in whole.codes.items()},
            rarity={name: own[kept] for name, own in whole.rarity.items()},
            keys=[thinned(own[kept], group) for own in whole.keys],
            exclusive=[own[kept] for own in whole.exclusive],
            certain=whole.certain[kept],
        )

    def decisions(self, told: Decisions) -> Decisions:
        """Decided pairs of rows as pairs of the rows that stand for them."""
        return decisions(self.place[told.same], self.place[told.different])

    def whole(self, labels: Integers) -> Integers:
        """Clusters of the kept rows (by place) as clusters of all rows (by row)."""
        return np.asarray(self.kept[labels[self.place]], np.int64)

    def links(self) -> tuple[Rows, Rows]:
        """Pairs of places in ``kept`` that are certain: each with the first of its entity."""
        right = np.flatnonzero(self.start != np.arange(len(self.start)))
        return self.start[right].astype(np.int32), right.astype(np.int32)

    def repeats(self) -> tuple[Rows, Rows]:
        """Pairs of rows of the table: who stands for another, and that one."""
        first = self.kept[self.place]
        right = np.flatnonzero(first != np.arange(len(first)))
        return first[right].astype(np.int32), right.astype(np.int32)


def certain_groups(encoded: Encoded, different: Integers) -> Codes:
    """Code of the certain entity of each row of a table that has :data:`MANY` rows; −1 for none.

    Args:
        encoded: the table.
        different: pairs of rows that are kept apart, one a row. Where both have one certain value,
            neither is certain.
    """
    certain = encoded.certain.copy()
    left, right = different[:, 0], different[:, 1]
    doubted = (certain[left] == certain[right]) & (certain[left] >= 0)
    certain[different[doubted].ravel()] = -1
    count = np.bincount(certain[certain >= 0], minlength=int(certain.max(initial=0)) + 1)
    return np.where((certain >= 0) & (count[certain] > MANY), certain, -1).astype(np.int32)


def fold(encoded: Encoded, told: Decisions, context: Sequence[Codes] = ()) -> Folded:
    """Fold a table.

    Args:
        encoded: the table.
        told: pairs that people or the data decided; see :func:`certain_groups`.
        context: further codes of rows; only rows that agree in them stand for each other.
    """
    size = encoded.size
    everyone = np.arange(size, dtype=np.int64)
    group = certain_groups(encoded, told.different)
    many = np.flatnonzero(group >= 0)
    if not len(many):
        return Folded(everyone, everyone, everyone)
    columns = [group, *encoded.codes.values(), *encoded.keys, *encoded.exclusive, *context]
    said = pd.DataFrame({str(place): own[many] for place, own in enumerate(columns)})
    stands = everyone.copy()
    stands[many] = _first(many, said.groupby(list(said.columns), sort=False).ngroup())
    kept = np.flatnonzero(stands == everyone)
    number = np.cumsum(stands == everyone) - 1
    start = np.arange(len(kept), dtype=np.int64)
    certain = np.flatnonzero(group[kept] >= 0)
    start[certain] = _first(certain, pd.Series(group[kept][certain]))
    return Folded(kept, number[stands].astype(np.int64), start)


def _first(rows: Integers, codes: "pd.Series[int]") -> Integers:
    """The first of the rows of each row's code."""
    return np.asarray(pd.Series(rows).groupby(codes.to_numpy()).transform("min"), np.int64)


def thinned(key: Codes, group: npt.NDArray[np.integer]) -> Codes:
    """Blocking keys (−1 for none) with at most :data:`MANY` rows of one group (−1 for none) each."""
    at = np.flatnonzero((key >= 0) & (group >= 0))
    both = pd.Series(group[at].astype(np.int64) * (int(key.max(initial=0)) + 1) + key[at])
    result = key.copy()
    result[at[both.groupby(both).cumcount().to_numpy() >= MANY]] = -1
    return result
