"""Clusters by average support, with what cannot be; never bare connected components.

Two clusters join while the support of all pairs of rows across them is positive on average;
pairs nobody compared count as missing, against. The closest join first. Average linkage is
reducible: joining all pairs of clusters that are each other's nearest, round by round, gives the
same clusters as joining the single closest pair each time (Murtagh 1983), so each round is a few
array operations over all components at once. Equal averages are ordered by a hash of the two
labels, so that the result depends on the rows alone.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from warning.matching.linker.specification import Clustering, Rows
from warning.matching.linker.table import Codes

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)


def components(size: int, left: Rows, right: Rows) -> Codes:
    """The connected component of each of ``size`` rows."""
    ones = np.ones(len(left), np.int8)
    graph = coo_matrix((ones, (left, right)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def cluster(
    size: int, left: Rows, right: Rows, support: npt.NDArray[np.float32],
    options: Clustering, exclusive: list[Codes] | None = None,
) -> Integers:  # fmt: skip
    """Cluster rows.

    Args:
        size: rows.
        left, right: pairs of rows, each pair at most once.
        support: bits of each pair; minus infinity forbids that the two ever stand together.
        options: what missing pairs say and when clusters join.
        exclusive: codes of values; two different ones (≥ 0) never stand in one cluster.

    Returns:
        The smallest row of each row's cluster.
    """
    label = np.arange(size, dtype=np.int64)
    codes = [own.copy() for own in exclusive or []]
    a, b = np.minimum(left, right).astype(np.int64), np.maximum(left, right).astype(np.int64)
    total, count = support.astype(np.float64), np.ones(len(a), np.int64)
    # What joins nothing even by its links alone falls out before the first round.
    joined = components(size, left[support > options.least], right[support > options.least])
    inside = joined[a] == joined[b]
    a, b, total, count = a[inside], b[inside], total[inside], count[inside]
    rows = np.ones(size, np.int64)
    while len(a):
        average = _average(a, b, total, count, rows, codes, options)
        one, other = _mutual(size, a, b, average, options.least)
        if not len(one):
            break
        label, rows, codes = _join(label, rows, codes, one, other)
        touched = np.zeros(size, bool)
        touched[joined[one]] = True
        # A component in which nothing joined this time will not join later.
        active = touched[joined[a]]
        step = np.arange(size, dtype=np.int64)
        step[other] = one
        a, b, total, count = _gathered(
            size, step[a[active]], step[b[active]], total[active], count[active]
        )
    return _smallest(label)


def _average(
    a: Integers, b: Integers, total: Floats, count: Integers, rows: Integers,
    codes: list[Codes], options: Clustering,
) -> Floats:  # fmt: skip
    """Average support of each pair of clusters; minus infinity where they cannot be one."""
    pairs = rows[a] * rows[b]
    average = (total + (pairs - count) * options.missing) / pairs
    for own in codes:
        conflict = (own[a] >= 0) & (own[b] >= 0) & (own[a] != own[b])
        average[conflict] = -np.inf
    return np.asarray(average, np.float64)


def _mutual(
    size: int, a: Integers, b: Integers, average: Floats, least: float
) -> tuple[Integers, Integers]:
    """Pairs of clusters that are each other's nearest."""
    good = np.flatnonzero(average > least)
    a, b, average = a[good], b[good], average[good]
    best = np.full(size, -np.inf)
    np.maximum.at(best, a, average)
    np.maximum.at(best, b, average)
    near = (average == best[a]) & (average == best[b])
    a, b = a[near], b[near]
    mixed = (a.astype(np.uint64) * SCRAMBLE) ^ (b.astype(np.uint64) * SCRAMBLE << np.uint64(7))
    order = np.empty(len(a), np.int64)
    order[np.lexsort((b, a, mixed))] = np.arange(len(a))
    nothing = len(a)
    chosen = np.full(size, nothing, np.int64)
    for side in (a, b):
        np.minimum.at(chosen, side, order)
    # An edge that both of its ends chose among equals.
    mutual = (chosen[a] == order) & (chosen[b] == order)
    return a[mutual], b[mutual]


def _join(
    label: Integers, rows: Integers, codes: list[Codes], one: Integers, other: Integers
) -> tuple[Integers, Integers, list[Codes]]:
    """``other`` becomes part of ``one`` (the smaller label)."""
    step = np.arange(len(label), dtype=np.int64)
    step[other] = one
    rows[one] += rows[other]
    for own in codes:
        own[one] = np.maximum(own[one], own[other])
    return step[label], rows, codes


def _gathered(
    size: int, a: Integers, b: Integers, total: Floats, count: Integers
) -> tuple[Integers, Integers, Floats, Integers]:
    """Edges between clusters: supports and counts summed over the pairs across them."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    apart = low != high
    key = low[apart] * size + high[apart]
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    if not len(first):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0), nothing
    totals = np.add.reduceat(total[apart][order], first)
    counts = np.add.reduceat(count[apart][order], first)
    return key[first] // size, key[first] % size, totals, counts


def _smallest(label: Integers) -> Integers:
    """Every cluster named by its smallest row."""
    least = np.full(len(label), len(label), np.int64)
    np.minimum.at(least, label, np.arange(len(label)))
    return np.asarray(least[label], np.int64)
