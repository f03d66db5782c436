"""Orders and samples made faster are those that the plain way makes."""

import numpy as np

from warning.matching.linker.blocking import pairs_in_blocks, sampled_pairs
from warning.matching.linker.ordering import grouped, order_of


def test_the_order_is_that_of_a_stable_argsort() -> None:
    """Equal numbers keep their order; numbers too large to pack are ordered as well."""
    random = np.random.default_rng(3)
    for most in (5, 2**40, 2**62):
        numbers = random.integers(0, most, 500)
        assert (order_of(numbers) == np.argsort(numbers, kind="stable")).all()


def test_rows_are_grouped_by_their_code() -> None:
    """A row without a code stands in no group."""
    rows, sizes = grouped(np.array([2, 0, -1, 2, 0, 5], np.int32))
    assert rows.tolist() == [1, 4, 0, 3, 5]
    assert sizes.tolist() == [2, 2, 1]


def test_a_sample_is_every_so_many_pairs_of_all() -> None:
    """Sampling makes the same pairs as making all of them and skipping."""
    key = np.random.default_rng(4).integers(-1, 9, 120).astype(np.int32)
    every = 7
    left, right = (np.concatenate(side) for side in zip(*pairs_in_blocks(key, 50), strict=True))
    one, other = sampled_pairs(key, every)
    assert (one == left[::every]).all()
    assert (other == right[::every]).all()
