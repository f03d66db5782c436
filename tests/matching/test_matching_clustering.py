"""Clusters: average support against an oracle that joins one closest pair at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warning.matching.linker.clustering import cluster
from warning.matching.linker.specification import Clustering

OPTIONS = Clustering(missing=-1.0)


def obvious(
    size: int, edges: dict[tuple[int, int], float], codes: list[int]
) -> set[frozenset[int]]:
    """Average linkage the slow way: the best pair of clusters of all, again and again."""
    groups = [frozenset([row]) for row in range(size)]

    def average(one: frozenset[int], other: frozenset[int]) -> float:
        known = {codes[row] for row in one | other if codes[row] >= 0}
        if len(known) > 1:
            return -np.inf
        values = [edges.get((min(a, b), max(a, b)), OPTIONS.missing) for a in one for b in other]
        return float(np.mean(values))

    while len(groups) > 1:
        best, one, other = max(
            ((average(a, b), i, j) for i, a in enumerate(groups) for j, b in enumerate(groups)
             if i < j),
            key=lambda found: found[0],
        )  # fmt: skip
        if best <= OPTIONS.least:
            break
        joined = groups[one] | groups[other]
        groups = [own for k, own in enumerate(groups) if k not in (one, other)] + [joined]
    return set(groups)


def found(size: int, edges: dict[tuple[int, int], float], codes: list[int]) -> np.ndarray:
    left = np.array([pair[0] for pair in edges], np.int32)
    right = np.array([pair[1] for pair in edges], np.int32)
    support = np.array(list(edges.values()), np.float32)
    return cluster(size, left, right, support, OPTIONS, [np.array(codes, np.int32)])


@given(st.integers(0, 10_000))
@settings(max_examples=80, deadline=None)
def test_rounds_of_mutual_nearest_give_what_one_join_at_a_time_gives(seed: int) -> None:
    """The same clusters as the obvious method, with missing pairs, forbidden ones and codes."""
    random = np.random.Generator(np.random.PCG64(seed))
    size = int(random.integers(2, 12))
    edges = {
        (a, b): float(np.float32(random.normal(1, 5) if random.random() > 0.05 else -np.inf))
        for a in range(size) for b in range(a + 1, size) if random.random() < 0.6
    }  # fmt: skip
    codes = random.integers(-1, 2, size).tolist() if random.random() < 0.5 else [-1] * size
    labels = found(size, edges, codes)
    groups = {frozenset(np.flatnonzero(labels == own).tolist()) for own in labels}
    assert groups == obvious(size, edges, codes)
    assert all(labels[row] == min(np.flatnonzero(labels == labels[row])) for row in range(size))


def test_a_chain_is_not_a_cluster() -> None:
    """Links in a row with nothing across them do not join far ends."""
    size = 40
    labels = found(size, {(k, k + 1): 3.0 for k in range(size - 1)}, [-1] * size)
    assert np.bincount(labels).max() <= 5


def test_two_groups_with_one_bridge_stay_two() -> None:
    """One strong link between two well-knit groups does not join them."""
    edges = {(a, b): 8.0 for a in range(5) for b in range(a + 1, 5)}
    edges |= {(a + 5, b + 5): 8.0 for a, b in list(edges)}
    edges[(4, 5)] = 6.0
    labels = found(10, edges, [-1] * 10)
    assert (labels[:4] == labels[0]).all()
    assert labels[0] != labels[9]


@pytest.mark.parametrize("size", [60, 200])
def test_equal_supports_join_all(size: int) -> None:
    """A group in which everything speaks for everything is one, whatever the ties."""
    edges = {(a, b): 5.0 for a in range(size) for b in range(a + 1, size)}
    assert (found(size, edges, [-1] * size) == 0).all()


def test_nothing_forbidden_is_ever_joined() -> None:
    """A pair at minus infinity is apart even if everything around speaks for it."""
    edges = {(a, b): 12.0 for a in range(6) for b in range(a + 1, 6)}
    edges[(0, 5)] = -np.inf
    labels = found(6, edges, [-1] * 6)
    assert labels[0] != labels[5]
