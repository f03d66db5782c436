"""Verdicts teach: m from what analysts judged the same, probabilities from how often they did."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.blocking import plans
from warning.matching.linker.calibration import Calibration, calibrated_pairs, fit
from warning.matching.linker.decisions import Pairs, decisions
from warning.matching.linker.estimation import weights_from_verdicts
from warning.matching.linker.folding import fold
from warning.matching.linker.linkage import Linkage, Relations, link_rows
from warning.matching.linker.reporting import largest_clusters
from warning.matching.linker.specification import Rows, Specification, Weights
from warning.matching.linker.stage import levels_of, score
from warning.matching.linker.table import encode
from warning.matching.linker.training import train
from warning.matching.linker.weights import Bits


@dataclass(frozen=True)
class Judged:
    """Judged pairs and what the evidence said of them before.

    Attributes:
        left, right: rows.
        same: the verdict.
        weight: bits, made without any verdict.
    """

    left: Rows
    right: Rows
    same: npt.NDArray[np.bool_]
    weight: Bits


def learned_weights(
    frame: pd.DataFrame, specification: Specification, same: Pairs, worth: float,
    apart: Pairs = (), relations: Relations | None = None,
) -> Weights:  # fmt: skip
    """The weights of a table with m blended: EM's counts for ``worth`` pairs, verdicts for one.

    Its rows stand for each other as they do where it is linked without a verdict.
    """
    encoded = encode(frame, specification)
    context = relations.context if relations is not None else ()
    learnt = fold(encoded, decisions((), apart), context).sample(encoded)
    before = train(learnt, specification, plans(learnt.keys, specification))
    pairs = decisions(same, ()).same.astype(np.int32)
    levels = levels_of(encoded, specification, pairs[:, 0], pairs[:, 1])
    return weights_from_verdicts(levels, np.ones(len(pairs), bool), specification, before, worth)


def weigh(
    frame: pd.DataFrame, specification: Specification, found: Linkage,
    relations: Relations | None, left: Rows, right: Rows,
) -> Bits:  # fmt: skip
    """The weight in bits of any pairs (left < right), compared by the linkage or not."""
    _, weight = score(encode(frame, specification), specification, found.weights, left, right)
    if relations is not None and relations.rounds:
        for bits in relations.parts(found.cluster, left, right).values():
            weight = weight + bits
    return np.asarray(weight, np.float32)


def judged_pairs(
    frame: pd.DataFrame, specification: Specification, weights: Weights | None, same: Pairs,
    different: Pairs, apart: Pairs, relations: Relations | None,
) -> tuple[Judged, Linkage]:  # fmt: skip
    """What the evidence alone says of judged pairs: no verdict moves the weight it is held to."""
    alone = link_rows(frame, specification, weights, (), apart, relations)
    told = decisions(same, different)
    pairs = np.concatenate([told.same, told.different]).astype(np.int32)
    verdict = np.arange(len(pairs)) < len(told.same)
    left, right = pairs[:, 0], pairs[:, 1]
    weight = weigh(frame, specification, alone, relations, left, right)
    return Judged(left, right, verdict, weight), alone


def link_judged(
    frame: pd.DataFrame, specification: Specification, same: Pairs, different: Pairs,
    apart: Pairs, relations: Relations | None, worth: float,
) -> Linkage:  # fmt: skip
    """:func:`link_rows` with weights and probabilities that verdicts teach.

    The table is linked twice: without the verdicts to learn from them, with them to heed them.

    Args:
        frame, specification, same, different, relations: as of ``link_rows``.
        apart: pairs that cannot be, by the data: they hold but teach nothing.
        worth: pairs that EM's m counts for.
    """
    if specification.derive is not None:
        frame, specification = specification.derive(frame), replace(specification, derive=None)
    weights = learned_weights(frame, specification, same, worth, apart, relations)
    judged, _ = judged_pairs(frame, specification, weights, same, different, apart, relations)
    calibration: Calibration = fit(judged.weight, judged.same)
    both = np.concatenate([_array(apart), _array(different)])
    moved = replace(specification, threshold=calibration.raw(specification.threshold))
    found = link_rows(frame, moved, weights, same, both, relations)
    pairs = calibrated_pairs(found.pairs, calibration)
    return replace(
        found, pairs=pairs, calibration=calibration, largest=largest_clusters(found.cluster, pairs)
    )


def _array(pairs: Pairs) -> npt.NDArray[np.int64]:
    listed = pairs if isinstance(pairs, np.ndarray) else list(pairs)
    return np.asarray(listed, np.int64).reshape(-1, 2)
