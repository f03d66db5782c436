"""Pairs that people decided: they hold, whatever the evidence."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warning.matching.linker.clustering import Integers, components
from warning.matching.linker.scored import Scored, found_in
from warning.matching.linker.specification import Rows, Specification
from warning.matching.linker.table import Codes

Pairs = Iterable[tuple[int, int]] | npt.NDArray[Any]


@dataclass(frozen=True)
class Decisions:
    """Pairs (left < right), one a row: int64 arrays of two columns, sorted, each pair once."""

    same: Integers
    different: Integers

    def codes(self, size: int) -> tuple[Integers, Integers]:
        """The pairs of ``same`` and of ``different`` as one number each."""
        same, apart = self.same, self.different
        return same[:, 0] * size + same[:, 1], apart[:, 0] * size + apart[:, 1]


def decisions(same: Pairs, different: Pairs) -> Decisions:
    """Decided pairs in order, each once; a pair decided both ways is kept apart."""
    together, apart = _ordered(same), _ordered(different)
    if len(together) and len(apart):
        size = int(max(together.max(), apart.max())) + 1
        told = Decisions(together, apart)
        one, other = told.codes(size)
        together = together[~found_in(np.sort(other), one)]
    return Decisions(together, apart)


def _ordered(pairs: Pairs) -> Integers:
    listed = pairs if isinstance(pairs, np.ndarray) else list(pairs)
    found = np.asarray(listed, np.int64).reshape(-1, 2)
    found = np.sort(found[found[:, 0] != found[:, 1]], axis=1)
    found = found[np.lexsort((found[:, 1], found[:, 0]))]
    first = np.ones(len(found), bool)
    first[1:] = (found[1:] != found[:-1]).any(axis=1)
    return np.asarray(found[first], np.int64)


@dataclass(frozen=True)
class Exclusive:
    """A column of which two values part two rows, and what decisions make of its values.

    Where a pair that is decided to be the same has two of them, as somebody of whom one ID number
    was mistyped, these two are one value: they part nobody, and their difference says nothing.

    Attributes:
        told: codes of the values, −1 for none.
        agreed: the same, with one code for values that decisions make one.
    """

    told: Codes
    agreed: Codes

    @classmethod
    def of(cls, codes: Codes, same: Integers) -> "Exclusive":
        """What these decided pairs make of a column."""
        left, right = codes[same[:, 0]], codes[same[:, 1]]
        differ = (left >= 0) & (right >= 0) & (left != right)
        if not differ.any():
            return cls(codes, codes)
        value = components(int(codes.max()) + 1, left[differ], right[differ])
        return cls(codes, np.where(codes >= 0, value[codes], codes).astype(codes.dtype))

    def excused(self, left: Rows, right: Rows) -> npt.NDArray[np.bool_]:
        """Pairs of rows that have two values which are one."""
        one = self.agreed[left]
        same = (one >= 0) & (one == self.agreed[right])
        return np.asarray(same & (self.told[left] != self.told[right]), np.bool_)


def with_decisions(
    size: int, scored: Scored, reasons: npt.NDArray[np.float32], told: Decisions,
    specification: Specification, columns: Sequence[Exclusive] = (),
) -> tuple[Rows, Rows, npt.NDArray[np.float32]]:  # fmt: skip
    """Pairs and supports with the decisions in them.

    ``scored`` is sorted by left and right. A 'same' outweighs several pairs that speak against
    it; a 'different' outweighs everything. Nothing speaks against a pair for values of ``columns``
    that are decided to be one.
    """
    if not len(told.same) and not len(told.different):
        return scored.left, scored.right, reasons
    code = scored.code(size)
    same, apart = told.codes(size)
    reasons = reasons.copy()
    for one in columns:
        if one.agreed is not one.told:
            excused = one.excused(scored.left, scored.right)
            reasons[excused] = np.maximum(reasons[excused], 0)
    # The few decided pairs are looked up among the many scored ones, which are sorted.
    together, forbidden = found_in(code, same), found_in(code, apart)
    reasons[np.searchsorted(code, same[together])] = 8 * specification.clustering.most
    reasons[np.searchsorted(code, apart[forbidden])] = -np.inf
    more = told.different[~forbidden]
    return (
        np.concatenate([scored.left, more[:, 0]]).astype(np.int32),
        np.concatenate([scored.right, more[:, 1]]).astype(np.int32),
        np.concatenate([reasons, np.full(len(more), -np.inf, np.float32)]),
    )
