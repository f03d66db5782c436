"""Estimating a specification's weights on a table: the pairs to look at, and in what order."""

import numpy as np
import numpy.typing as npt

from warning.matching.linker.blocking import Plan, is_new, pairs_in_blocks
from warning.matching.linker.estimation import (
    Fit,
    Patterns,
    combine,
    estimate_m,
    estimate_u,
    patterns,
    starting_m,
)
from warning.matching.linker.specification import Levels, Rows, Specification, Weights
from warning.matching.linker.stage import levels_of
from warning.matching.linker.table import Encoded
from warning.matching.linker.weights import level_bits

#: Random pairs behind u, and pairs of one rule behind m: more moved no weight by 0.1 bits.
RANDOM_PAIRS = 300_000
PAIRS_A_RULE = 200_000
SEED = 20_240_601


def random_pairs(size: int, count: int = RANDOM_PAIRS) -> tuple[Rows, Rows]:
    """Pairs of different rows drawn at random, the same ones for the same size."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    left = generator.integers(0, size, count).astype(np.int32)
    right = generator.integers(0, size - 1, count).astype(np.int32)
    right += right >= left
    return left, right


def train(encoded: Encoded, specification: Specification, made: list[Plan]) -> Weights:
    """Estimate the weights of a specification on a table.

    A table of fewer than two rows, or one whose rules bring nothing together, keeps the
    starting weights.
    """
    start = {one.name: starting_m(one) for one in specification.comparisons}
    if encoded.size < 2:
        u = {name: np.full(len(m), 1.0 / len(m)) for name, m in start.items()}
        return Weights(specification.prior or 0.01, start, u)
    left, right = random_pairs(encoded.size)
    pairs = encoded.size * (encoded.size - 1) // 2
    drawn = levels_of(encoded, specification, left, right)
    u = {one.name: estimate_u(one, drawn[one.name], pairs) for one in specification.comparisons}
    fits: list[Fit] = []
    fresh: list[tuple[Patterns, float]] = []
    for place, rule in enumerate(specification.rules):
        levels, new, times = _sample(encoded, specification, made, place)
        if not len(new):
            continue
        fresh.append((_part(levels, new, specification), times))
        usable = tuple(
            one
            for one in specification.comparisons
            if not rule.plain_columns & set(one.columns) and one.bits is None
        )
        if usable:
            seen = patterns(levels, specification)
            fit = estimate_m(seen, usable, u, start, pseudo=specification.pseudo)
            fits.append(Fit(fit.m, fit.share, fit.true_pairs * times))
    m = combine(fits, specification, start)
    seen_pairs = sum(fit.true_pairs for fit in fits)
    prior = specification.prior
    if prior is None:
        prior = _prior(encoded.size, fresh, specification, Weights(0.5, m, u))
    return Weights(prior, m, u, seen_pairs)


def _sample(
    encoded: Encoded, specification: Specification, made: list[Plan], place: int
) -> tuple[dict[str, Levels], npt.NDArray[np.bool_], float]:
    """Levels of every n-th pair of a rule, which of them are new, and n."""
    every = max(1, -(-made[place].pairs // PAIRS_A_RULE))
    lefts, rights = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    skip = 0
    for left, right in pairs_in_blocks(made[place].key):
        lefts.append(left[skip::every])
        rights.append(right[skip::every])
        skip = (skip - len(left)) % every
    one, other = np.concatenate(lefts), np.concatenate(rights)
    new = is_new([plan.key for plan in made[:place]], one, other)
    return levels_of(encoded, specification, one, other), new, float(every)


def _part(
    levels: dict[str, Levels], chosen: npt.NDArray[np.bool_], specification: Specification
) -> Patterns:
    return patterns({name: own[chosen] for name, own in levels.items()}, specification)


def _prior(
    size: int, fresh: list[tuple[Patterns, float]], specification: Specification, weights: Weights
) -> float:
    """The share of true pairs among all pairs, so that it agrees with what it leads to.

    Expected true pairs among the compared ones, given the prior, over all pairs of the table:
    the fixed point of EM for the prior, with next to nothing true outside the compared ones.
    """
    table = level_bits(specification, weights)
    bits = [
        sum((table[name][seen.levels[name]].astype(float) for name in table),
            np.zeros(len(seen.count)))
        for seen, _ in fresh
    ]  # fmt: skip
    pairs = size * (size - 1) / 2
    least = max(0.5, specification.least_true * size)
    prior = 1.0 / max(size, 2)
    for _ in range(200):
        odds = np.log2(prior / (1 - prior))
        expected = sum(
            float((seen.count * times / (1 + np.exp2(-np.clip(own + odds, -60, 60)))).sum())
            for (seen, times), own in zip(fresh, bits, strict=True)
        )
        new = float(np.clip(max(expected, least) / pairs, 1e-12, 0.5))
        if abs(new - prior) < 1e-4 * prior:
            break
        prior = new
    return prior
