"""Estimating a specification's weights on a table: the pairs to look at, and in what order."""

from dataclasses import dataclass

import numpy as np

from warning.matching.linker.blocking import Plan, is_new, sampled_pairs
from warning.matching.linker.estimation import (
    Fit,
    Floats,
    Patterns,
    combine,
    estimate_m,
    estimate_u,
    patterns,
    starting_m,
    without_true_pairs,
)
from warning.matching.linker.specification import (
    Comparison,
    Levels,
    Rows,
    Specification,
    Weights,
)
from warning.matching.linker.stage import levels_of
from warning.matching.linker.table import Encoded
from warning.matching.linker.weights import level_bits

#: Random pairs behind u, and pairs of one rule behind m: more moved no weight by 0.1 bits.
RANDOM_PAIRS = 300_000
PAIRS_A_RULE = 200_000
#: Rounds in which u, m and the prior settle on each other.
ROUNDS = 3
SEED = 20_240_601


def random_pairs(size: int, count: int = RANDOM_PAIRS) -> tuple[Rows, Rows]:
    """Pairs of different rows drawn at random, the same ones for the same size."""
    generator = np.random.Generator(np.random.PCG64(SEED))
    left = generator.integers(0, size, count).astype(np.int32)
    right = generator.integers(0, size - 1, count).astype(np.int32)
    right += right >= left
    return left, right


def _without_certain(
    encoded: Encoded, specification: Specification, left: Rows, right: Rows
) -> tuple[Rows, Rows]:
    """Random pairs without those that are certainly one entity, where these are many.

    The prior takes true pairs out of u, but believes in no more than ``prior_most``. Whoever makes
    up a large part of a small table would be what two people look like.
    """
    own = encoded.certain[left]
    same = (own >= 0) & (own == encoded.certain[right])
    if same.mean() <= specification.prior_most:
        return left, right
    return left[~same], right[~same]


def _of_two(one: Comparison, specification: Specification, drawn: dict[str, Levels]) -> Levels:
    """Levels of random pairs, without those that its ``surely`` makes one entity told twice."""
    if one.surely is None:
        return drawn[one.name]
    name, level = one.surely
    other = next(own for own in specification.comparisons if own.name == name)
    fits = (drawn[name] >= 0) & (drawn[name] <= other.levels.index(level))
    return np.asarray(drawn[one.name][~(fits & (drawn[one.name] == 0))], np.int8)


def train(encoded: Encoded, specification: Specification, made: list[Plan]) -> Weights:
    """Estimate the weights of a specification on a table.

    A table of fewer than two rows keeps the starting weights, one whose rules bring nothing
    together the starting m.
    """
    start = {one.name: starting_m(one) for one in specification.comparisons}
    if encoded.size < 2:
        nothing = np.empty(0, np.int8)
        u = {
            one.name: np.full(len(one.levels), 1.0 / len(one.levels))
            if one.u is None
            else estimate_u(one, nothing)
            for one in specification.comparisons
        }
        return Weights(specification.prior or 0.01, start, u)
    left, right = _without_certain(encoded, specification, *random_pairs(encoded.size))
    pairs = encoded.size * (encoded.size - 1) // 2
    drawn = levels_of(encoded, specification, left, right)
    seen_u = {
        one.name: estimate_u(one, _of_two(one, specification, drawn), pairs)
        for one in specification.comparisons
    }
    samples = [
        _sample(encoded, specification, made, place) for place in range(len(specification.rules))
    ]
    weights = Weights(
        specification.prior or min(1.0 / encoded.size, specification.prior_most), start, seen_u
    )
    for _ in range(ROUNDS):
        weights = _trained(encoded.size, specification, samples, start, seen_u, weights)
    return weights


def _trained(
    size: int, specification: Specification, samples: list["_Sample"], start: dict[str, Floats],
    seen_u: dict[str, Floats], before: Weights,
) -> Weights:  # fmt: skip
    """One round: u without the true pairs among the random ones, then m, then the prior."""
    u = {
        name: without_true_pairs(seen, before.m[name], before.prior)
        for name, seen in seen_u.items()
    }
    fits: list[Fit] = []
    for rule, sample in zip(specification.rules, samples, strict=True):
        usable = tuple(
            one
            for one in specification.comparisons
            if not rule.plain_columns & set(one.columns) and one.bits is None
        )
        if usable and sample.pairs:
            fit = estimate_m(sample.all, usable, u, start, pseudo=specification.pseudo)
            fits.append(Fit(fit.m, fit.share, fit.true_pairs * sample.every))
    m = combine(fits, specification, start)
    prior = specification.prior
    if prior is None:
        prior = _prior(size, samples, specification, Weights(0.5, m, u))
    return Weights(prior, m, u, sum(fit.true_pairs for fit in fits))


@dataclass(frozen=True)
class _Sample:
    """Patterns of every ``every``-th pair of a rule: all of them, and the new ones."""

    all: Patterns
    new: Patterns
    every: float
    pairs: int


def _sample(
    encoded: Encoded, specification: Specification, made: list[Plan], place: int
) -> _Sample:
    """Pairs of one rule: a regular sample, with their levels counted as patterns."""
    every = max(1, -(-made[place].pairs // PAIRS_A_RULE))
    one, other = sampled_pairs(made[place].key, every)
    new = is_new([plan.key for plan in made[:place]], one, other)
    levels = levels_of(encoded, specification, one, other)
    fresh = {name: own[new] for name, own in levels.items()}
    return _Sample(
        patterns(levels, specification), patterns(fresh, specification), float(every), len(one)
    )


def _prior(
    size: int, samples: list[_Sample], specification: Specification, weights: Weights
) -> float:
    """The share of true pairs among all pairs, so that it agrees with what it leads to.

    Expected true pairs among the compared ones, given the prior, over all pairs of the table:
    the fixed point of EM for the prior, with next to nothing true outside the compared ones.
    """
    table = level_bits(specification, weights)
    bits = [
        sum((table[name][sample.new.levels[name]].astype(float) for name in table),
            np.zeros(len(sample.new.count)))
        for sample in samples
    ]  # fmt: skip
    pairs = size * (size - 1) / 2
    least = max(0.5, specification.least_true * size)
    prior = min(1.0 / max(size, 2), specification.prior_most)
    for _ in range(200):
        odds = np.log2(prior / (1 - prior))
        expected = sum(
            float(
                (
                    sample.new.count * sample.every / (1 + np.exp2(-np.clip(own + odds, -60, 60)))
                ).sum()
            )
            for sample, own in zip(samples, bits, strict=True)
        )
        new = float(np.clip(max(expected, least) / pairs, 1e-12, specification.prior_most))
        if abs(new - prior) < 1e-4 * prior:
            break
        prior = new
    return prior
