"""What agreement is worth, from the data: u from random pairs, m by expectation–maximisation.

The model is that of Fellegi and Sunter (1969): m is the probability of a level for two rows of
one entity, u for two rows of different ones; comparisons are taken as independent within each
class. u is counted on random pairs, nearly all of which are two entities. m is estimated on the
pairs of each blocking rule apart, without the comparisons that the rule itself decides, and the
estimates are averaged by how many true pairs each rests on (Winkler's EM, as Splink uses it).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from warning.matching.linker.specification import Comparison, Levels, Specification, Weights

Floats = npt.NDArray[np.float64]
#: No level is impossible: half a pair in as many as were drawn is the least that is believed.
LEAST = 1e-6
#: Random pairs that a given u counts for.
PSEUDO_RANDOM = 2_000.0


def starting_m(comparison: Comparison) -> Floats:
    """The m before any estimate: as given, else most on the first level and the rest falling."""
    if comparison.m is not None:
        given = np.asarray(comparison.m, float)
        return np.asarray(given / given.sum(), np.float64)
    count = len(comparison.levels)
    rest = 0.5 ** np.arange(count - 1)
    return np.concatenate([[0.85], 0.15 * rest / rest.sum()])


def level_shares(levels: Levels, count: int, weight: Floats | None = None) -> Floats:
    """Share of each level among the pairs where nothing is missing; zeros where all is."""
    known = levels >= 0
    found = np.bincount(
        levels[known], weights=None if weight is None else weight[known], minlength=count
    ).astype(float)
    total = found.sum()
    return np.asarray(found / total if total else found, np.float64)


def estimate_u(comparison: Comparison, levels: Levels, distinct: int = 10**12) -> Floats:
    """The u of a comparison from the levels of random pairs, never exactly 0.

    ``distinct`` is how many pairs the table has: drawing them again teaches nothing new.
    """
    share = level_shares(levels, len(comparison.levels))
    drawn = max(1, min(int((levels >= 0).sum()), distinct))
    if comparison.u is not None:
        given = np.asarray(comparison.u, float)
        share = (share * drawn + given / given.sum() * PSEUDO_RANDOM) / (drawn + PSEUDO_RANDOM)
    elif not share.any():
        share[-1] = 1.0
    share = np.maximum(share, LEAST if comparison.u is not None else max(0.5 / drawn, LEAST))
    return np.asarray(share / share.sum(), np.float64)


def without_true_pairs(seen: Floats, m: Floats, prior: float) -> Floats:
    """The u that random pairs show once their true pairs (a share ``prior``) are taken out.

    In a table of many repeats nearly all random pairs that agree on an ID number are true ones.
    What is left of a level is held at a twentieth of it: the sample is no better than that.
    """
    left = np.maximum((seen - prior * m) / (1.0 - prior), np.maximum(seen * 0.05, LEAST))
    return np.asarray(left / left.sum(), np.float64)


@dataclass(frozen=True)
class Patterns:
    """Distinct combinations of levels and how many pairs show each.

    Attributes:
        levels: comparison → level of each pattern.
        count: pairs of each pattern.
    """

    levels: dict[str, Levels]
    count: Floats


def patterns(levels: dict[str, Levels], specification: Specification) -> Patterns:
    """Count the combinations of levels of pairs."""
    widths = [len(one.levels) + 1 for one in specification.comparisons]
    names = [one.name for one in specification.comparisons]
    code = np.zeros(len(next(iter(levels.values()))), np.int64)
    for name, width in zip(names, widths, strict=True):
        code = code * width + (levels[name].astype(np.int64) + 1)
    distinct, count = np.unique(code, return_counts=True)
    found: dict[str, Levels] = {}
    for name, width in zip(reversed(names), reversed(widths), strict=True):
        found[name] = (distinct % width - 1).astype(np.int8)
        distinct = distinct // width
    return Patterns({name: found[name] for name in names}, count.astype(float))


@dataclass(frozen=True)
class Fit:
    """m of the comparisons and the share of true pairs, as EM found them on one set of pairs."""

    m: dict[str, Floats]
    share: float
    true_pairs: float


def estimate_m(
    seen: Patterns, comparisons: tuple[Comparison, ...], u: dict[str, Floats],
    start: dict[str, Floats], share: float = 0.3, rounds: int = 200, pseudo: float = 20.0,
) -> Fit:  # fmt: skip
    """Expectation–maximisation of m with u held, on patterns of pairs.

    Args:
        seen: patterns of the pairs.
        comparisons: those to use; the others of the patterns are ignored.
        u: of each comparison, held fixed.
        start: m of each comparison; also the pseudo-counts' direction.
        share: first guess of the share of true pairs.
        rounds: at the most.
        pseudo: pairs that ``start`` counts for.
    """
    m = {one.name: start[one.name].copy() for one in comparisons}
    total = max(1.0, float(seen.count.sum()))
    for _ in range(rounds):
        odds = np.full(len(seen.count), np.log2(share / (1 - share)))
        for one in comparisons:
            level = seen.levels[one.name]
            step = np.log2(m[one.name] / u[one.name])
            odds += np.where(level >= 0, step[level], 0.0)
        true = seen.count / (1.0 + np.exp2(-np.clip(odds, -60, 60)))
        moved = 0.0
        for one in comparisons:
            level = seen.levels[one.name]
            known = level >= 0
            counted = pseudo * start[one.name] + np.bincount(
                level[known], weights=true[known], minlength=len(one.levels)
            )
            new = np.maximum(counted / counted.sum(), LEAST)
            moved = max(moved, float(np.abs(new - m[one.name]).max()))
            m[one.name] = new / new.sum()
        share = float(np.clip(true.sum() / total, 1e-9, 1 - 1e-9))
        if moved < 1e-5:
            break
    return Fit(m, share, share * total)


def combine(
    fits: list[Fit], specification: Specification, start: dict[str, Floats]
) -> dict[str, Floats]:
    """The m of every comparison from the fits it took part in, weighed by their true pairs."""
    result = {}
    for one in specification.comparisons:
        total = specification.pseudo * start[one.name]
        for fit in fits:
            if one.name in fit.m:
                total = total + fit.m[one.name] * fit.true_pairs
        result[one.name] = np.asarray(total / total.sum(), np.float64)
    return result


def weights_from_verdicts(
    levels: dict[str, Levels], same: npt.NDArray[np.bool_], specification: Specification,
    before: Weights, worth: float = 50.0,
) -> Weights:  # fmt: skip
    """The m re-estimated from judged pairs, with what was believed before as ``worth`` pairs.

    Args:
        levels: comparison → level of each judged pair.
        same: whether the analyst said that the pair is one entity.
        before: the weights that hold without verdicts; u and the prior are kept.
        worth: pairs that the earlier m counts for.
    """
    m = {}
    for one in specification.comparisons:
        own = levels[one.name][same]
        found = np.bincount(own[own >= 0], minlength=len(one.levels)).astype(float)
        joined = found + worth * before.m[one.name]
        m[one.name] = joined / joined.sum()
    return Weights(before.prior, m, before.u, before.pairs_seen + float(same.sum()))
