"""Blocking, clustering and evaluation beside slow and obvious versions of themselves."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from warning.matching.evaluation import b_cubed, largest_cluster, pairwise
from warning.matching.pairs import Block, in_runs, pairs_of, standing_for


def block(seed: int, rows: int = 60) -> Block:
    """A rule's blocks at random, a third of the rows in none, some twice."""
    random = np.random.default_rng(seed)
    codes = np.where(random.random(rows) < 1 / 3, -1, random.integers(0, 5, rows))
    return Block("rule", random.integers(0, rows, rows), codes.astype(np.int64))


def distinct(made: Block) -> Block:
    """Each row once in each of its blocks."""
    frame = pd.DataFrame({"rows": made.rows, "codes": made.codes}).drop_duplicates()
    return Block(made.rule, frame["rows"].to_numpy(), frame["codes"].to_numpy())


def slowly(made: Block, moment: np.ndarray, cap: int) -> set[tuple[int, int, int]]:
    """Block, left, right: by looking at every block and run."""
    found = set()
    for code in set(made.codes.tolist()) - {-1}:
        rows = sorted(made.rows[made.codes == code].tolist(), key=lambda row: (moment[row], row))
        runs = [rows]
        if len(rows) > cap:
            starts = [(at - cap // 2, at + cap - cap // 2) for at in range(0, len(rows) + cap, cap)]
            starts += [(at, at + cap) for at in range(0, len(rows), cap)]
            runs = [rows[max(first, 0) : last] for first, last in starts]
        found |= {(code, *sorted(pair)) for run in runs for pair in combinations(run, 2)}
    return {
        (code, one, other)
        for code, one, other in found
        if abs(moment[one] - moment[other]) <= made.within
    }


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("cap", [2, 5, 8, 100])
@pytest.mark.parametrize("within", [4.0, np.inf])
def test_blocks_give_what_looking_at_every_run_gives(seed: int, cap: int, within: float) -> None:
    """Each pair of a block within the cap comes once; of a larger one those of half a run apart."""
    made = distinct(block(seed))._replace(within=within)
    moment = np.random.default_rng(seed).integers(0, 9, 60).astype(float)
    runs = in_runs(made, moment, cap)
    wanted = slowly(made, moment, cap)
    pairs = list(zip(runs.left.tolist(), runs.right.tolist(), strict=True))
    assert sorted(pairs) == sorted((one, other) for _, one, other in wanted)
    for code, missed in enumerate(runs.missed.tolist()):
        size = int((made.codes == code).sum())
        own = slowly(made._replace(codes=np.where(made.codes == code, 0, -1)), moment, size)
        met = sum(block == code for block, _, _ in wanted)
        assert (bool(runs.cut[code]), missed) == (size > cap, len(own) - met)


def test_pairs_grow_with_the_rows_of_a_block_above_the_cap() -> None:
    """A block ten times as large gives ten times the pairs, not a hundred times."""
    few, many = (
        len(in_runs(Block("rule", np.arange(rows), np.zeros(rows, int)), np.zeros(rows), 20).left)
        for rows in (200, 2000)
    )
    assert few < 200 * 20
    assert many < 10.5 * few


def test_of_a_cut_block_one_row_stands_for_a_cluster() -> None:
    """Its clusters meet by their first rows; a block within the cap has met already."""
    rows, label = np.arange(8), np.array([0, 0, 0, 3, 3, 5, 6, 6])
    made = Block("rule", rows, np.array([0, 0, 0, 0, 0, 0, 1, 1]))
    runs = in_runs(made, np.zeros(8), 4)
    left, right, lost = standing_for(made, runs, label, 4)
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == [(0, 3), (0, 5), (3, 5)]
    assert lost == 0


def test_what_fell_into_too_many_clusters_says_what_it_cost() -> None:
    """A cut block of strangers gives no further pair; those that never met are counted."""
    made = Block("rule", np.arange(5), np.zeros(5, int))
    runs = in_runs(made, np.arange(5.0), 4)
    met = set(zip(runs.left.tolist(), runs.right.tolist(), strict=True))
    assert met == set(combinations(range(5), 2)) - {(0, 4), (1, 4)}
    left, right, lost = standing_for(made, runs, np.arange(5), 4)
    assert (len(left), len(right), lost) == (0, 0, 2)


def test_rows_without_any_key_give_no_pair() -> None:
    """Missing keys are no agreement."""
    nothing = Block("rule", np.arange(3), np.full(3, -1))
    runs = in_runs(nothing, np.zeros(3), 4)
    assert len(runs.left) == 0
    assert standing_for(nothing, runs, np.arange(3), 4)[2] == 0
    assert [len(side) for side in pairs_of(nothing.codes)] == [0, 0]


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
