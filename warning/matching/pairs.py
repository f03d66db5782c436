"""Blocking: pairs of rows that share a key, block by block; large blocks in runs of time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Block(NamedTuple):
    """Which rows one blocking rule brings together.

    Attributes:
        rule: its name.
        rows: positions; a row may stand in several blocks.
        codes: the block of each of ``rows``; negative: none.
        within: rows whose moments are farther apart are no pair.
    """

    rule: str
    rows: Integers
    codes: Integers
    within: float = np.inf


class Runs(NamedTuple):
    """Pairs of a rule's blocks.

    Attributes:
        left, right: rows, left < right, each pair of a block that lies within its time once.
        cut: of each code whether its block was above the cap and cut.
        missed: of each code how many such pairs of its block no run brought together.
    """

    left: Integers
    right: Integers
    cut: npt.NDArray[np.bool_]
    missed: Integers


def pairs_of(codes: Integers) -> tuple[Integers, Integers]:
    """All pairs of positions with an equal code, the earlier one left; negative means no key."""
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    _, start, size = np.unique(codes[order], return_index=True, return_counts=True)
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for wanted in np.unique(size[size > 1]):
        rows = order[start[size == wanted][:, None] + np.arange(wanted)[None, :]]
        i, j = np.triu_indices(int(wanted), 1)
        lefts.append(rows[:, i].ravel())
        rights.append(rows[:, j].ravel())
    return np.concatenate(lefts), np.concatenate(rights)


def in_runs(block: Block, moment: Floats, cap: int) -> Runs:
    """The pairs of each block; a block above the cap is cut where time passes.

    Such a block is cut into runs of at most ``cap`` rows in the order of ``moment``, twice: the
    second time half a run later. So every row meets at least the half run before and after it, and
    the pairs grow in proportion to the rows.

    Args:
        block: of a rule.
        moment: of each row.
        cap: rows of the largest block that is compared whole.
    """
    rows, codes = block.rows[block.codes >= 0], block.codes[block.codes >= 0]
    counts = np.bincount(codes)
    cut = counts > cap
    order = np.lexsort((rows, moment[rows], codes))
    rows, codes = rows[order], codes[order]
    rank = np.arange(len(codes)) - np.searchsorted(codes, codes)
    moments = moment[rows]
    left, right = pairs_of(np.where(cut[codes], -1, codes))
    if cut.any():
        span = int(counts.max()) // cap + 2
        found = [left * len(rows) + right]
        for later in (0, cap // 2):
            run = np.where(cut[codes], codes * span + (rank + later) // cap, -1)
            one, other = pairs_of(run)
            found.append(one * len(rows) + other)
        both = np.unique(np.concatenate(found))
        left, right = both // len(rows), both % len(rows)
    near = moments[right] <= moments[left] + block.within
    left, right = left[near], right[near]
    missed = np.zeros(len(counts), np.int64)
    for code in np.flatnonzero(cut):
        missed[code] = _count_within(moments[codes == code], block.within)
    missed[cut] -= np.bincount(codes[left], minlength=len(counts))[cut]
    one, other = rows[left], rows[right]
    return Runs(np.minimum(one, other), np.maximum(one, other), cut, missed)


def _count_within(moments: Floats, within: float) -> int:
    """How many pairs of these ascending moments lie so near each other."""
    after = np.searchsorted(moments, moments + within, "right")
    return int((after - np.arange(1, len(moments) + 1)).sum())


def standing_for(
    block: Block, runs: Runs, label: Integers, cap: int
) -> tuple[Integers, Integers, int]:
    """Pairs of rows that stand for what a cut block has become.

    Args:
        block, runs: of a rule.
        label: the smallest row of each row's cluster.
        cap: blocks that fell into more clusters than this give no pair.

    Returns:
        left, right (left < right), and how many pairs of such blocks no run brought together.
    """
    inside = block.codes >= 0
    inside[inside] = runs.cut[block.codes[inside]]
    size = len(label)
    both = np.unique(block.codes[inside] * size + label[block.rows[inside]])
    codes, rows = both // size, both % size
    counts = np.bincount(codes, minlength=len(runs.cut))
    one, other = pairs_of(np.where(counts[codes] > cap, -1, codes))
    return rows[one], rows[other], int(runs.missed[counts > cap].sum())
