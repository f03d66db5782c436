"""Blocking, clustering and evaluation beside slow and obvious versions of themselves."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from warning.matching.evaluation import b_cubed, largest_cluster, pairwise
from warning.matching.pairs import candidate_pairs, clusters


def keys(seed: int, rows: int = 60) -> dict[str, pd.Series]:
    """Two blocking rules of random keys, a third of them missing."""
    random = np.random.default_rng(seed)
    made = {}
    for name in ("one", "two"):
        values = pd.Series(random.integers(0, 12, rows).astype(str), dtype="str")
        made[name] = values.mask(random.random(rows) < 1 / 3)
    return made


def all_pairs(made: dict[str, pd.Series], cap: int) -> set[tuple[int, int]]:
    """The pairs by looking at every two rows."""
    size = len(next(iter(made.values())))
    found = set()
    for key in made.values():
        counts = key.value_counts()
        for a, b in combinations(range(size), 2):
            if pd.notna(key[a]) and key[a] == key[b] and counts[key[a]] <= cap:
                found.add((a, b))
    return found


def cluster(
    size: int,
    links: dict[tuple[int, int], float],
    threshold: float = 0.9,
    forbidden: set[tuple[int, int]] | None = None,
    conflict: list[int] | None = None,
) -> list[int]:
    left = np.array([a for a, _ in links], np.int64)
    right = np.array([b for _, b in links], np.int64)
    probability = np.array(list(links.values()), float)
    codes = None if conflict is None else np.array(conflict, np.int64)
    return clusters(size, left, right, probability, threshold, forbidden, codes).tolist()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cap", [2, 4, 100])
def test_blocking_gives_what_looking_at_all_pairs_gives(seed: int, cap: int) -> None:
    """Each pair that a rule brings together comes once, left before right, within the cap."""
    made = keys(seed)
    left, right, _ = candidate_pairs(made, cap)
    found = list(zip(left.tolist(), right.tolist(), strict=True))
    assert found == sorted(all_pairs(made, cap))


def test_the_cap_says_what_it_cost() -> None:
    """A block above the cap gives no pair, and its pairs are counted for its rule."""
    made = {"phone": pd.Series(["1"] * 5 + ["2"] * 2, dtype="str")}
    left, right, lost = candidate_pairs(made, 4)
    assert (left.tolist(), right.tolist(), lost) == ([5], [6], {"phone": 10})


def test_rows_without_any_key_give_no_pair() -> None:
    """Missing keys are no agreement."""
    left, right, lost = candidate_pairs({"phone": pd.Series([None] * 3, dtype="str")}, 4)
    assert (len(left), len(right), lost) == (0, 0, {"phone": 0})


def test_links_below_the_threshold_join_nothing() -> None:
    """Only links that reach the threshold join, and they join through others."""
    assert cluster(4, {(0, 1): 0.95, (1, 2): 0.9, (2, 3): 0.89}) == [0, 0, 0, 3]


def test_a_forbidden_pair_never_ends_in_one_cluster() -> None:
    """What must not be one is kept apart through any chain; the stronger link wins."""
    found = cluster(3, {(0, 1): 0.95, (1, 2): 0.99}, forbidden={(0, 2)})
    assert found == [0, 1, 1]


def test_two_different_codes_never_end_in_one_cluster() -> None:
    """A row without a code does not bridge two rows whose valid ID numbers differ."""
    assert cluster(3, {(0, 1): 0.99, (1, 2): 0.98}, conflict=[7, -1, 8]) == [0, 0, 2]


@pytest.mark.parametrize("seed", range(5))
def test_a_higher_threshold_never_adds_a_link(seed: int) -> None:
    """Raising the threshold only splits clusters, where nothing is forbidden."""
    random = np.random.default_rng(seed)
    links = {pair: float(random.random()) for pair in combinations(range(12), 2)}
    low, high = cluster(12, links, 0.9), cluster(12, links, 0.95)
    for a, b in combinations(range(12), 2):
        assert high[a] != high[b] or low[a] == low[b]


@pytest.mark.parametrize("seed", range(5))
def test_scores_are_those_of_counting_pairs_and_rows(seed: int) -> None:
    """Pairwise and B³ figures from counts equal those from looking at every pair and row."""
    random = np.random.default_rng(seed)
    found, truth = random.integers(0, 6, 30), random.integers(0, 6, 30)
    pairs = list(combinations(range(30), 2))
    both = sum(found[a] == found[b] and truth[a] == truth[b] for a, b in pairs)
    scores = pairwise(found, truth)
    assert scores.precision == pytest.approx(both / sum(found[a] == found[b] for a, b in pairs))
    assert scores.recall == pytest.approx(both / sum(truth[a] == truth[b] for a, b in pairs))
    shared = [((found == found[row]) & (truth == truth[row])).sum() for row in range(30)]
    cubed = b_cubed(found, truth)
    assert cubed.precision == pytest.approx(
        np.mean([shared[row] / (found == found[row]).sum() for row in range(30)])
    )
    assert cubed.recall == pytest.approx(
        np.mean([shared[row] / (truth == truth[row]).sum() for row in range(30)])
    )


def test_perfect_and_empty_clusterings() -> None:
    """The truth itself scores 1 under other names; the largest cluster is counted in rows."""
    scores = pairwise(np.array(["a", "a", "b"]), np.array([5, 5, 9]))
    assert (scores.precision, scores.recall, scores.f1) == (1.0, 1.0, 1.0)
    assert largest_cluster(np.array(["a", "a", "b"])) == 2
    assert largest_cluster(np.array([])) == 0
