"""Blocking: which pairs of rows are compared, what that costs and what its caps cost.

Each rule's cost is known from the counts of its keys before a pair is made. Blocks above the cap,
and the largest ones while the rule is over its budget, are left out and reported. A pair that an
earlier rule has brought together is skipped by comparing the two rows' earlier keys, so that no
list of all pairs has to be made distinct.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.ordering import grouped
from warning.matching.linker.specification import Rows, Specification
from warning.matching.linker.table import Codes

#: Pairs made at a time: bounds memory, not the result.
CHUNK = 2_000_000


@dataclass(frozen=True)
class Plan:
    """What a rule will do, from the counts of its keys alone.

    Attributes:
        name: of the rule.
        pairs: it will make (before pairs of earlier rules are skipped).
        largest: rows of the largest block it compares.
        limit: rows of the largest block that it would compare.
        lost_pairs, lost_blocks: left out by the cap or the budget.
        key: code of each row's key, −1 where it has none or its block is left out.
    """

    name: str
    pairs: int
    largest: int
    limit: int
    lost_pairs: int
    lost_blocks: int
    key: Codes


def plan(key: Codes, name: str, cap: int, budget: float) -> Plan:
    """What a rule with these keys would cost under a cap (rows a block) and a budget (pairs)."""
    count = np.bincount(key[key >= 0]) if (key >= 0).any() else np.zeros(0, np.int64)
    pairs = count * (count - 1) // 2
    order = np.argsort(count, kind="stable")
    # Whole sizes at a time, so that which of two equal blocks is left out is no accident.
    within = np.cumsum(pairs[order]) <= budget
    over = count[order][~within]
    limit = max(min(cap, int(over.min()) - 1) if len(over) else cap, 1)
    kept = count <= limit
    usable = np.append(kept, False)[key]
    return Plan(
        name,
        int(pairs[kept].sum()),
        int(count[kept].max(initial=0)),
        limit,
        int(pairs[~kept].sum()),
        int((~kept).sum()),
        np.where(usable, key, -1).astype(np.int32),
    )


def plans(keys: list[Codes], specification: Specification) -> list[Plan]:
    """The plan of every rule."""
    size = len(keys[0]) if keys else 0
    budget = max(specification.pairs_a_row * size, 10_000.0)
    return [
        plan(key, rule.name, specification.block_cap, budget)
        for key, rule in zip(keys, specification.rules, strict=True)
    ]


def report(made: list[Plan], found: list[int]) -> pd.DataFrame:
    """One row a rule: rule, planned (pairs), pairs (new ones), largest, lost_pairs, lost_blocks."""
    return pd.DataFrame(
        {
            "rule": [one.name for one in made],
            "planned": [one.pairs for one in made],
            "pairs": found,
            "largest": [one.largest for one in made],
            "lost_pairs": [one.lost_pairs for one in made],
            "lost_blocks": [one.lost_blocks for one in made],
        }
    )


@dataclass(frozen=True)
class _Blocks:
    """Rows in the order of their keys; a pair is a row and one of those after it in its block.

    Attributes:
        order: rows with a key.
        after: how many rows stand after each in its block.
        done: running sum of ``after``: pairs up to each row.
    """

    order: Rows
    after: npt.NDArray[np.int64]
    done: npt.NDArray[np.int64]

    def pairs(self, one: npt.NDArray[np.int64], offset: npt.NDArray[np.int64]) -> tuple[Rows, Rows]:
        """Rows at ``one`` with those ``offset`` (from 0) places after it, left < right."""
        left, right = self.order[one], self.order[one + 1 + offset]
        return np.minimum(left, right), np.maximum(left, right)


def _blocks(key: Codes) -> _Blocks:
    order, size = grouped(key)
    start = np.cumsum(size) - size
    after = np.repeat(start + size, size) - np.arange(len(order)) - 1
    return _Blocks(order, after, np.cumsum(after))


def pairs_in_blocks(key: Codes, chunk: int = CHUNK) -> Iterator[tuple[Rows, Rows]]:
    """All pairs of rows with an equal key, left < right, about ``chunk`` at a time."""
    blocks = _blocks(key)
    done, begin = blocks.done, 0
    while begin < len(done):
        end = int(np.searchsorted(done, (done[begin - 1] if begin else 0) + chunk, "right"))
        end = min(max(end, begin + 1), len(done))
        times = blocks.after[begin:end]
        one = np.repeat(np.arange(begin, end), times)
        offset = np.arange(len(one)) - np.repeat(np.cumsum(times) - times, times)
        yield blocks.pairs(one, offset)
        begin = end


def sampled_pairs(key: Codes, every: int) -> tuple[Rows, Rows]:
    """Every ``every``-th pair of :func:`pairs_in_blocks`, without making the others."""
    blocks = _blocks(key)
    wanted = np.arange(0, int(blocks.done[-1]) if len(blocks.done) else 0, every)
    one = np.searchsorted(blocks.done, wanted, "right")
    return blocks.pairs(one, wanted - blocks.done[one] + blocks.after[one])


def is_new(earlier: list[Codes], left: Rows, right: Rows) -> npt.NDArray[np.bool_]:
    """Which pairs no earlier rule has: it has those whose keys are equal and known."""
    new = np.ones(len(left), bool)
    for key in earlier:
        own = key[left]
        new &= (own != key[right]) | (own < 0)
    return new


def new_pairs(made: list[Plan], position: int, chunk: int = CHUNK) -> Iterator[tuple[Rows, Rows]]:
    """The pairs of one rule that no earlier rule has."""
    earlier = [one.key for one in made[:position]]
    for left, right in pairs_in_blocks(made[position].key, chunk):
        new = is_new(earlier, left, right)
        yield left[new], right[new]
