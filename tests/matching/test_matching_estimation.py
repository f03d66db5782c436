"""Weights: estimation finds the m and u that the data were made with."""

import numpy as np
import pytest

from warning.matching.linker import Specification, Weights, rule
from warning.matching.linker.comparisons import equality
from warning.matching.linker.estimation import (
    estimate_m,
    estimate_u,
    patterns,
    starting_m,
    weights_from_verdicts,
)

NAMES = ("a", "b", "c", "d")
M = {"a": (0.9, 0.1), "b": (0.8, 0.2), "c": (0.95, 0.05), "d": (0.7, 0.3)}
U = {"a": (0.1, 0.9), "b": (0.02, 0.98), "c": (0.3, 0.7), "d": (0.05, 0.95)}
SPECIFICATION = Specification(tuple(equality(name, name) for name in NAMES), (rule("a"),))


def simulated(pairs: int, share: float, seed: int, missing: float = 0.2) -> tuple[dict, np.ndarray]:
    """Levels of pairs of which ``share`` are true, and which are."""
    random = np.random.Generator(np.random.PCG64(seed))
    true = random.random(pairs) < share
    levels = {}
    for name in NAMES:
        agree = random.random(pairs) < np.where(true, M[name][0], U[name][0])
        level = (~agree).astype(np.int8)
        level[random.random(pairs) < missing] = -1
        levels[name] = level
    return levels, true


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_em_recovers_known_m_and_share(share: float) -> None:
    """From simulated pairs, with values missing at random, m and the share come back."""
    levels, _ = simulated(60_000, share, 3)
    u = {name: np.array(U[name]) for name in NAMES}
    start = {one.name: starting_m(one) for one in SPECIFICATION.comparisons}
    fit = estimate_m(patterns(levels, SPECIFICATION), SPECIFICATION.comparisons, u, start)
    for name in NAMES:
        np.testing.assert_allclose(fit.m[name], M[name], atol=0.02)
    assert fit.share == pytest.approx(share, abs=0.02)


def test_u_is_recovered_from_random_pairs() -> None:
    """Pairs that are not true give u as it was, and no level is impossible."""
    levels, _ = simulated(60_000, 0.0, 4)
    for one in SPECIFICATION.comparisons:
        u = estimate_u(one, levels[one.name])
        np.testing.assert_allclose(u, U[one.name], atol=0.01)
    never = estimate_u(SPECIFICATION.comparisons[0], np.ones(1000, np.int8))
    assert (never > 0).all()


def test_verdicts_move_m_by_their_number() -> None:
    """Few verdicts move m little, many move it to what they show."""
    levels, true = simulated(20_000, 0.5, 5, missing=0.0)
    wrong = {name: np.array([0.5, 0.5]) for name in NAMES}
    before = Weights(0.01, wrong, {name: np.array(U[name]) for name in NAMES})
    few = {name: own[:10] for name, own in levels.items()}
    little = weights_from_verdicts(few, true[:10], SPECIFICATION, before)
    much = weights_from_verdicts(levels, true, SPECIFICATION, before)
    for name in NAMES:
        assert abs(little.m[name][0] - 0.5) < 0.15
        np.testing.assert_allclose(much.m[name], M[name], atol=0.02)
