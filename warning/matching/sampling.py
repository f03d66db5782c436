"""How good the links are where nobody knows the truth: a clerical sample and what it says.

Pairs are drawn in strata of probability and decision, judged by people, and weighed back by how
many pairs each drawn one stands for (Horvitz and Thompson 1952). Intervals: each stratum's share
of true pairs is drawn from a Beta distribution, whose prior counts for one pair of the stratum's
mean probability, and precision and recall are computed from the draws (a stratified form of the
Bayesian interval of Brown, Cai and DasGupta 2001); strata in which all were judged alike keep an
interval, which a bootstrap would not give them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.evidence import Evidence

#: Strata: probabilities from each to the next, of pairs put together and of pairs apart.
EDGES = (0.0, 0.001, 0.05, 0.3, 0.7, 0.95, 0.999)
#: Columns of a sample.
SAMPLE = ["kind", "left", "right", "stratum", "together", "stratum_pairs", "stratum_drawn",
          "stratum_probability", "seed"]  # fmt: skip
DRAWS = 4000


def clerical_sample(evidence: Evidence, size: int, seed: int) -> pd.DataFrame:
    """Pairs to be judged, drawn at random within strata of probability and decision.

    Each stratum gets the same number, at the most all it has; what is left over goes to those that
    have more. Low and high probabilities are so looked at as closely as the middle: errors among
    what the evidence is sure of are the ones nobody else finds.

    Args:
        evidence: of one kind.
        size: pairs in all.
        seed: the same one draws the same pairs.

    Returns:
        kind, left, right (keys), stratum (such as ``apart .05-.3``), together (as decided),
        stratum_pairs (compared pairs of the stratum), stratum_drawn, stratum_probability (mean),
        seed; in random order, so that the order tells the judge nothing.
    """
    pairs = evidence.pairs
    chance = pairs["probability"].to_numpy(float)
    together = pairs["is_link"].to_numpy(bool)
    place = np.searchsorted(EDGES, chance, "right") - 1
    code = place * 2 + together
    generator = np.random.Generator(np.random.PCG64(seed))
    present, counts = np.unique(code, return_counts=True)
    drawn = _shares(counts, size)
    chosen = []
    for own, number in zip(present.tolist(), drawn.tolist(), strict=True):
        chosen.append(generator.choice(np.flatnonzero(code == own), number, replace=False))
    at = np.concatenate([np.empty(0, np.int64), *chosen]).astype(np.int64)
    at = generator.permutation(at)
    where = np.searchsorted(present, code[at])
    mean = np.bincount(code, weights=chance, minlength=int(code.max(initial=0)) + 1)
    key = evidence.rows["key"].to_numpy()
    return pd.DataFrame(
        {
            "kind": evidence.kind,
            "left": key[pairs["left"].to_numpy()[at]],
            "right": key[pairs["right"].to_numpy()[at]],
            "stratum": [_name(one) for one in code[at].tolist()],
            "together": together[at],
            "stratum_pairs": counts[where],
            "stratum_drawn": drawn[where],
            "stratum_probability": (mean[present] / counts)[where].round(6),
            "seed": seed,
        },
        columns=SAMPLE,
    )


def _shares(counts: npt.NDArray[np.int64], size: int) -> npt.NDArray[np.int64]:
    """How many to draw of each stratum: equally many, none more than it has."""
    drawn = np.zeros(len(counts), np.int64)
    left = min(size, int(counts.sum()))
    while left > 0:
        free = np.flatnonzero(drawn < counts)
        step = max(1, left // len(free))
        for own in free.tolist():
            more = min(step, int(counts[own] - drawn[own]), left)
            drawn[own] += more
            left -= more
    return drawn


def _name(code: int) -> str:
    place, together = divmod(code, 2)
    high = EDGES[place + 1] if place + 1 < len(EDGES) else 1.0
    return f"{'together' if together else 'apart'} {EDGES[place]:g}-{high:g}"


@dataclass(frozen=True)
class Estimate:
    """What a judged sample says.

    Attributes:
        precision, recall: share of the pairs put together that are one, and of the compared pairs
            that are one those put together; each with low and high of the 95% interval.
        judged, unsure, missing: drawn pairs with a verdict, left open, not judged.
        strata: stratum, pairs, judged, same.
        unseen: pairs that the sparsest stratum of unlikely pairs could hold beyond what is
            estimated, at 95% (the rule of three): recall cannot be better known than that.
    """

    precision: tuple[float, float, float]
    recall: tuple[float, float, float]
    judged: int
    unsure: int
    missing: int
    strata: pd.DataFrame
    unseen: int


def estimate(sample: pd.DataFrame, verdict: "pd.Series[str]", seed: int = 1) -> Estimate:
    """Precision and recall of all compared pairs from the verdicts on a sample.

    Recall is of the *compared* pairs: two mentions that no blocking rule brings together are in no
    sample, so it is an upper bound.

    Args:
        sample: as :func:`clerical_sample` gives it.
        verdict: same, different, unsure or missing, a row each of ``sample``.
        seed: of the draws behind the intervals.

    Raises:
        ValueError: no pair of the sample was judged.
    """
    told = verdict.isin(["same", "different"]).to_numpy(bool)
    if not told.any():
        raise ValueError("no pair of the sample was judged")
    frame = sample.assign(told=told, same=(verdict == "same").to_numpy(bool))
    strata = (
        frame.groupby("stratum")
        .agg(together=("together", "first"), pairs=("stratum_pairs", "first"),
             judged=("told", "sum"), same=("same", "sum"),
             probability=("stratum_probability", "first"))
        .reset_index()
    )  # fmt: skip
    pairs = strata["pairs"].to_numpy(float)
    judged, same = strata["judged"].to_numpy(float), strata["same"].to_numpy(float)
    belief = np.clip(strata["probability"].to_numpy(float), 1e-6, 1 - 1e-6)
    together = strata["together"].to_numpy(bool)
    # Where nobody judged, what the evidence says stands in.
    share = np.where(judged > 0, same / np.maximum(judged, 1), belief)
    generator = np.random.Generator(np.random.PCG64(seed))
    draws = generator.beta(same + belief, judged - same + 1.0 - belief, (DRAWS, len(strata)))
    apart = strata[~together & (judged > 0).astype(bool) & (same == 0)]
    unseen = (3.0 / apart["judged"] * apart["pairs"]).clip(upper=apart["pairs"]).max()
    inside = pairs * together
    return Estimate(
        precision=_interval(
            share @ inside / max(1.0, inside.sum()), draws @ inside / max(1.0, inside.sum())
        ),
        recall=_interval(
            share @ inside / max(1e-12, share @ pairs), draws @ inside / (draws @ pairs)
        ),
        judged=int(told.sum()),
        unsure=int((verdict == "unsure").sum()),
        missing=int(verdict.isna().sum()),
        strata=strata[["stratum", "pairs", "judged", "same"]],
        unseen=0 if pd.isna(unseen) else int(unseen),
    )


def _interval(point: float, draws: npt.NDArray[np.float64]) -> tuple[float, float, float]:
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(point), float(low), float(high)
