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
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from warning.matching.linker.ordering import order_of
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
    options: Clustering, exclusive: list[Codes] | None = None, start: Integers | None = None,
) -> Integers:  # fmt: skip
    """Cluster rows.

    Args:
        size: rows.
        left, right: pairs of rows, each pair at most once.
        support: bits of each pair; minus infinity forbids that the two ever stand together.
        options: what missing pairs say and when clusters join.
        exclusive: codes of values; two different ones (≥ 0) never stand in one cluster.
        start: clusters to start from, each row's by its smallest row; None: every row alone.

    Returns:
        The smallest row of each row's cluster.
    """
    good = support > options.least
    one, other, codes = left[good], right[good], list(exclusive or [])
    everyone = np.arange(size, dtype=np.int64)
    if start is not None:
        one, other = np.concatenate([one, start]), np.concatenate([other, everyone])
    # What joins nothing even by its links alone falls out before the first round.
    joined = components(size, one, other)
    inside = joined[left] == joined[right]
    a, b = left[inside].astype(np.int64), right[inside].astype(np.int64)
    total, count = support[inside].astype(np.float64), np.ones(len(a), np.int64)
    rows, result = np.ones(size, np.int64), everyone
    if start is not None:
        rows, result = np.bincount(start, minlength=size).astype(np.int64), start.copy()
        a, b = start[a], start[b]
        # Only pairs of a cluster of several rows can be the same pair of clusters.
        several = (rows[a] > 1) | (rows[b] > 1)
        own = _gathered(size, a[several], b[several], total[several], count[several])
        single = (a[~several], b[~several], total[~several], count[~several])
        a, b, total, count = (np.concatenate(both) for both in zip(single, own, strict=True))
        codes = [_of_clusters(own, start) for own in codes]
    # Only rows with a pair inside a component can join: the rounds see no others.
    node, a, b = _numbered(size, a, b)
    codes = [own[node] for own in codes]
    found = _rounds(node, rows[node], joined[node], codes, a, b, total, count, options)
    result[node] = node[found]
    return _smallest(result if start is None else result[start])


def _of_clusters(codes: Codes, start: Integers) -> Codes:
    """The value that a cluster's rows have, at the place of its first row."""
    found = np.full(len(codes), -1, codes.dtype)
    np.maximum.at(found, start, codes)
    return found


def _numbered(
    size: int, left: Rows | Integers, right: Rows | Integers
) -> tuple[Integers, Integers, Integers]:
    """The rows that pairs name, in order, and the pairs (smaller first) in places among them."""
    named = np.zeros(size, bool)
    named[left] = True
    named[right] = True
    node = np.flatnonzero(named)
    place = np.cumsum(named) - 1
    return node, place[np.minimum(left, right)], place[np.maximum(left, right)]


def _rounds(
    node: Integers, rows: Integers, joined: Codes, codes: list[Codes], a: Integers, b: Integers,
    total: Floats, count: Integers, options: Clustering,
) -> Integers:  # fmt: skip
    """Clusters by mutual nearest, round by round.

    Args:
        node, rows, joined, codes: of each label its smallest row, its number of rows, its
            component and its exclusive values; ``rows`` and ``codes`` are used up.
        a, b, total, count: pairs of labels, a < b, each once, and what the rows across them say.
        options: what missing pairs say and when clusters join.

    Returns:
        The label that each label became part of.
    """
    size = len(node)
    label = np.arange(size, dtype=np.int64)
    while len(a):
        average = _average(a, b, total, count, rows, codes, options)
        one, other = _mutual(node, a, b, average, options.least)
        if not len(one):
            break
        rows[one] += rows[other]
        for own in codes:
            own[one] = np.maximum(own[one], own[other])
        step = np.arange(size, dtype=np.int64)
        step[other] = one
        label = step[label]
        touched = np.zeros(int(joined.max()) + 1, bool)
        touched[joined[one]] = True
        # A component in which nothing joined this time will not join later.
        active = touched[joined[a]]
        a, b, total, count = _gathered(
            size, step[a[active]], step[b[active]], total[active], count[active]
        )
        if 4 * len(a) < size:
            # The rest of the work is on the few labels that still have pairs.
            kept, a, b = _numbered(size, a, b)
            left = [own[kept] for own in codes]
            inner = _rounds(node[kept], rows[kept], joined[kept], left, a, b, total, count, options)
            step = np.arange(size, dtype=np.int64)
            step[kept] = kept[inner]
            return np.asarray(step[label], np.int64)
    return label


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
    node: Integers, a: Integers, b: Integers, average: Floats, least: float
) -> tuple[Integers, Integers]:
    """Pairs of clusters that are each other's nearest."""
    good = np.flatnonzero(average > least)
    a, b, average = a[good], b[good], average[good]
    best = np.full(len(node), -np.inf)
    np.maximum.at(best, a, average)
    np.maximum.at(best, b, average)
    near = (average == best[a]) & (average == best[b])
    a, b = a[near], b[near]
    # Nearly all have one nearest; only among equals there is something to choose.
    met = np.bincount(a, minlength=len(node)) + np.bincount(b, minlength=len(node))
    equal = (met[a] > 1) | (met[b] > 1)
    one, other = _chosen(node, a[equal], b[equal])
    return np.concatenate([a[~equal], one]), np.concatenate([b[~equal], other])


def _chosen(node: Integers, a: Integers, b: Integers) -> tuple[Integers, Integers]:
    """Of pairs equally near those that both ends choose, by a hash of their rows."""
    left, right = node[a], node[b]
    mixed = (left.astype(np.uint64) * SCRAMBLE) ^ (
        right.astype(np.uint64) * SCRAMBLE << np.uint64(7)
    )
    chosen = np.full(len(node), np.iinfo(np.uint64).max, np.uint64)
    for side in (a, b):
        np.minimum.at(chosen, side, mixed)
    mutual = (chosen[a] == mixed) & (chosen[b] == mixed)
    a, b = a[mutual], b[mutual]
    # Should two pairs of one label have one hash, the first of them holds.
    ends = np.stack([a, b], axis=1).ravel()
    first = ~pd.Series(ends).duplicated().to_numpy().reshape(-1, 2)
    once = first.all(axis=1)
    return a[once], b[once]


def _gathered(
    size: int, a: Integers, b: Integers, total: Floats, count: Integers
) -> tuple[Integers, Integers, Floats, Integers]:
    """Edges between clusters: supports and counts summed over the pairs across them."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    apart = low != high
    key = low[apart] * size + high[apart]
    order = order_of(key)
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
