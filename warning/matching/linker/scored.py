"""Scored pairs: rows, parts in bits, weight; finding them rule by rule and completing clusters."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warning.matching.linker.blocking import Plan, new_pairs, pairs_in_blocks
from warning.matching.linker.clustering import components
from warning.matching.linker.ordering import order_of
from warning.matching.linker.specification import Rows, Specification, Weights
from warning.matching.linker.stage import score
from warning.matching.linker.table import Codes, Encoded
from warning.matching.linker.weights import Bits


@dataclass(frozen=True)
class Scored:
    """Pairs of rows (left < right), a float32 array of bits a comparison, and their weight."""

    left: Rows
    right: Rows
    parts: dict[str, Bits]
    weight: Bits

    def __len__(self) -> int:
        return len(self.left)

    def at(self, chosen: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Scored":
        """The chosen pairs."""
        parts = {name: bits[chosen] for name, bits in self.parts.items()}
        return Scored(self.left[chosen], self.right[chosen], parts, self.weight[chosen])

    def code(self, size: int) -> npt.NDArray[np.int64]:
        """One number a pair, for a table of ``size`` rows; ordered as left, then right."""
        return self.left.astype(np.int64) * size + self.right

    def at_rows(self, rows: npt.NDArray[np.int64]) -> "Scored":
        """The pairs of places in ``rows`` (ascending) as pairs of these rows."""
        left, right = rows[self.left].astype(np.int32), rows[self.right].astype(np.int32)
        return Scored(left, right, self.parts, self.weight)

    def with_parts(self, more: Mapping[str, Bits]) -> "Scored":
        """The pairs with further parts, which move their weight."""
        weight = self.weight.copy()
        for bits in more.values():
            weight += bits
        return Scored(self.left, self.right, {**self.parts, **more}, weight)


def joined(kept: Iterable[Scored], names: Iterable[str]) -> Scored:
    """Several lots of pairs as one."""
    kept = list(kept)
    rows, bits = np.empty(0, np.int32), np.empty(0, np.float32)
    return Scored(
        np.concatenate([rows, *(one.left for one in kept)]),
        np.concatenate([rows, *(one.right for one in kept)]),
        {name: np.concatenate([bits, *(one.parts[name] for one in kept)]) for name in names},
        np.concatenate([bits, *(one.weight for one in kept)]),
    )


def names_of(specification: Specification) -> list[str]:
    """The comparisons' names."""
    return [one.name for one in specification.comparisons]


def score_pairs(
    encoded: Encoded, specification: Specification, weights: Weights, left: Rows, right: Rows
) -> Scored:
    """Score pairs of rows."""
    found, weight = score(encoded, specification, weights, left, right)
    return Scored(left, right, found, weight)


def compare(
    encoded: Encoded, specification: Specification, weights: Weights, made: list[Plan]
) -> tuple[Scored, list[int]]:
    """Score the pairs of all rules; those far below the threshold are forgotten at once.

    Returns:
        The pairs, and how many new ones each rule made.
    """
    least = bits_of(specification.threshold) - specification.kept_below
    kept = []
    counts = []
    for place in range(len(made)):
        counts.append(0)
        for left, right in new_pairs(made, place):
            counts[-1] += len(left)
            found = score_pairs(encoded, specification, weights, left, right)
            kept.append(found.at(found.weight >= least))
    found = joined(kept, names_of(specification))
    return found.at(order_of(found.code(encoded.size))), counts


def add_pairs(
    encoded: Encoded, specification: Specification, weights: Weights, known: Scored,
    more: Iterable[tuple[Rows, Rows]],
) -> Scored:  # fmt: skip
    """Score those of ``more`` that are not known, each once; the result is sorted.

    Args:
        encoded, specification, weights: as everywhere.
        known: sorted pairs with the comparisons' own parts.
        more: lots of pairs, left < right.
    """
    size = encoded.size
    codes = known.code(size)
    kept = [known]
    for left, right in more:
        code = np.sort(left.astype(np.int64) * size + right)
        # Sorted by hand: numpy's distinct by hash is slow on numbers in steps.
        code = code[np.diff(code, prepend=-1) > 0]
        code = code[~found_in(codes, code)]
        if not len(code):
            continue
        a, b = (code // max(1, size)).astype(np.int32), (code % max(1, size)).astype(np.int32)
        kept.append(score_pairs(encoded, specification, weights, a, b))
        codes = np.sort(np.concatenate([codes, code]))
    if sum(map(len, kept[1:])) == 0:
        return known
    found = joined(kept, names_of(specification))
    return found.at(order_of(found.code(size)))


def found_in(
    ordered: npt.NDArray[np.int64], wanted: npt.NDArray[np.int64]
) -> npt.NDArray[np.bool_]:
    """Which of ``wanted`` stand among the ``ordered`` (sorted) numbers."""
    if not len(ordered):
        return np.zeros(len(wanted), bool)
    at = np.minimum(np.searchsorted(ordered, wanted), len(ordered) - 1)
    return np.asarray(ordered[at] == wanted, np.bool_)


def inside_components(size: int, left: Rows, right: Rows, most: int) -> Iterable[tuple[Rows, Rows]]:
    """All pairs inside the components (3 to ``most`` rows) that these links make.

    What stands between two rows is known only when they are compared: without it a chain of
    links joins what a look at its ends would part.
    """
    group = components(size, left, right)
    count = np.bincount(group, minlength=1)
    fit = (count >= 3) & (count <= most)
    chosen: Codes = np.where(fit[group], group, -1).astype(np.int32)
    return pairs_in_blocks(chosen)


def bits_of(chance: float) -> float:
    """A probability as log2 of its odds."""
    return float(np.log2(chance / (1 - chance)))
