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
#: Rows of one of them that weights are estimated on at least.
LEARNT_FROM = 5


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
        return self._part(whole, self.kept)

    def sample(self, whole: Encoded) -> Encoded:
        """What weights are estimated on: the kept rows, and of those that they stand for a few.

        Were there only those that stand for others, hardly two rows of one person would be left in
        a small table, and a number that was copied would be what true pairs look like.
        """
        entity = pd.Series(self.start[self.place])
        learnt = entity.groupby(entity).cumcount().to_numpy() < LEARNT_FROM
        learnt[self.kept] = True
        return self._part(whole, np.flatnonzero(learnt))

    def _part(self, whole: Encoded, rows: Integers) -> Encoded:
        if self.is_plain:
            return whole
        many = np.bincount(self.start, minlength=len(self.start))[self.start] > 1
        group = np.where(many, self.start, -1)[self.place[rows]]
        return replace(
            whole,
            size=len(rows),
            codes={name: own[rows] for name, own in whole.codes.items()},
            rarity={name: own[rows] for name, own in whole.rarity.items()},
            keys=[thinned(own[rows], group) for own in whole.keys],
            exclusive=[own[rows] for own in whole.exclusive],
            certain=whole.certain[rows],
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


def certain_groups(encoded: Encoded, told: Decisions, context: Sequence[Codes] = ()) -> Codes:
    """Code of the certain entity of each row of a table that has :data:`MANY` rows; −1 for none.

    Args:
        encoded: the table.
        told: pairs that people or the data decided. Of two rows of one certain value that are kept
            apart neither is certain, nor of two of which one is, and the other is not, the same
            as a third.
        context: as of :func:`fold`; the first of them is the side that a row stands on. Of rows on
            two sides of one report those on the side where the value stands less often are an
            entity of their own.
    """
    certain = encoded.certain.astype(np.int64)
    certain[_torn(certain, told)] = -1
    if context:
        certain = _by_side(certain, context[0], _inside(certain, told.different))
    certain[_inside(certain, told.different).ravel()] = -1
    count = np.bincount(certain[certain >= 0], minlength=int(certain.max(initial=0)) + 1)
    return np.where((certain >= 0) & (count[certain] > MANY), certain, -1).astype(np.int32)


def _inside(certain: Integers, pairs: Integers) -> Integers:
    """The pairs of which both rows have one certain value."""
    left, right = certain[pairs[:, 0]], certain[pairs[:, 1]]
    return np.asarray(pairs[(left == right) & (left >= 0)], np.int64)


def _torn(certain: Integers, told: Decisions) -> Integers:
    """Rows of one certain value of which one is the same as a third, and another is not."""
    if not len(told.same):
        return np.empty(0, np.int64)
    everyone = np.arange(len(certain), dtype=np.int64)
    whose = np.where(certain >= 0, certain, certain.max(initial=0) + 1 + everyone)
    same, different = (
        pd.DataFrame(
            {"row": np.concatenate([pairs[:, 0], pairs[:, 1]]),
             "value": whose[np.concatenate([pairs[:, 0], pairs[:, 1]])],
             "third": whose[np.concatenate([pairs[:, 1], pairs[:, 0]])]}
        )
        for pairs in (told.same, told.different)
    )  # fmt: skip
    both = same.merge(different, on=["value", "third"])
    rows = np.unique(both[["row_x", "row_y"]].to_numpy(np.int64))
    return np.asarray(rows[certain[rows] >= 0], np.int64)


def _by_side(certain: Integers, side: Codes, apart: Integers) -> Integers:
    """The certain values, others for rows of the rarer side of reports that have both sides."""
    rows = np.unique(apart[side[apart[:, 0]] != side[apart[:, 1]]])
    if not len(rows):
        return certain
    all_of = np.flatnonzero(np.isin(certain, certain[rows]))
    counts = pd.DataFrame({"value": certain[all_of], "side": side[all_of]}).value_counts()
    often = counts.reset_index().sort_values(["count", "side"], ascending=[False, True])
    main = often.drop_duplicates("value").set_index("value")["side"]
    rarer = rows[side[rows] != main.loc[certain[rows]].to_numpy()]
    result = certain.copy()
    sides = int(side.max()) + 1
    result[rarer] = certain.max() + 1 + certain[rarer] * sides + side[rarer]
    return result


def fold(encoded: Encoded, told: Decisions, context: Sequence[Codes] = ()) -> Folded:
    """Fold a table.

    Args:
        encoded: the table.
        told: pairs that people or the data decided; see :func:`certain_groups`.
        context: the side that a row stands on and further codes; only rows that agree in all of
            them stand for each other.
    """
    size = encoded.size
    everyone = np.arange(size, dtype=np.int64)
    group = certain_groups(encoded, told, context)
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
