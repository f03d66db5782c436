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
        lost_pairs, lost_blocks: left out by the cap or the budget.
        key: code of each row's key, −1 where it has none or its block is left out.
    """

    name: str
    pairs: int
    largest: int
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
    largest = int(count[order][within].max(initial=0))
    over = count[order][~within]
    if len(over):
        largest = min(largest, int(over.min()) - 1)
    largest = max(min(cap, largest), 1)
    kept = count <= largest
    usable = np.append(kept, False)[key]
    return Plan(
        name,
        int(pairs[kept].sum()),
        int(count[kept].max(initial=0)),
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


def pairs_in_blocks(key: Codes, chunk: int = CHUNK) -> Iterator[tuple[Rows, Rows]]:
    """All pairs of rows with an equal key, left < right, about ``chunk`` at a time."""
    order = np.flatnonzero(key >= 0).astype(np.int32)
    order = order[np.argsort(key[order], kind="stable")]
    if not len(order):
        return
    edge = np.flatnonzero(np.diff(key[order])) + 1
    start = np.concatenate([[0], edge])
    size = np.diff(np.concatenate([start, [len(order)]]))
    # A pair is a row and one of those after it in its block: no table of index pairs a size.
    after = np.repeat(start + size, size) - np.arange(len(order)) - 1
    done = np.cumsum(after)
    begin = 0
    while begin < len(order):
        end = int(np.searchsorted(done, (done[begin - 1] if begin else 0) + chunk, "right"))
        end = min(max(end, begin + 1), len(order))
        times = after[begin:end]
        one = np.repeat(np.arange(begin, end), times)
        offset = np.arange(len(one)) - np.repeat(np.cumsum(times) - times, times)
        left, right = order[one], order[one + 1 + offset]
        yield np.minimum(left, right), np.maximum(left, right)
        begin = end


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
