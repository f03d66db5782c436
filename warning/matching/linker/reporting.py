"""What a linkage shows: its pairs in bits, its largest clusters and why they hold together."""

import numpy as np
import pandas as pd

from warning.matching.linker.clustering import Integers
from warning.matching.linker.decisions import Decisions
from warning.matching.linker.scored import Scored, found_in
from warning.matching.linker.weights import probability

OWN = ("left", "right", "prior", "weight", "probability", "is_link")


def pair_frame(
    scored: Scored, prior_bits: float, labels: Integers, told: Decisions
) -> pd.DataFrame:
    """The pairs as a linkage shows them, sorted; a decided 'same' has probability 1."""
    chance = probability(scored.weight)
    if len(told.same):
        size = len(labels)
        chance[found_in(np.sort(told.codes(size)[0]), scored.code(size))] = 1.0
    return pd.DataFrame(
        {"left": scored.left, "right": scored.right, "prior": np.float32(prior_bits),
         **scored.parts, "weight": scored.weight, "probability": chance,
         "is_link": labels[scored.left] == labels[scored.right]}
    )  # fmt: skip


def largest_clusters(labels: Integers, pairs: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The largest clusters and why each holds together.

    Returns:
        cluster, rows, links (pairs likelier one entity than not), pairs (possible ones), weakest
        (the least of the rows' best links, in bits), strongest (the comparison that gives most
        bits to the links).
    """
    counted = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    largest = np.lexsort((np.arange(len(counted)), -counted))[:count]
    largest = largest[counted[largest] > 1]
    inside = pairs[pairs["is_link"].to_numpy(bool) & (pairs["probability"] >= 0.5).to_numpy()]
    of = labels[inside["left"].to_numpy()]
    comparisons = [name for name in pairs.columns if name not in OWN]
    rows = []
    for own, number in zip(largest.tolist(), counted[largest].tolist(), strict=True):
        mine = inside[of == own]
        ends = np.concatenate([mine["left"], mine["right"]])
        best = pd.Series(np.tile(mine["weight"].to_numpy(), 2)).groupby(ends).max()
        bits = mine[comparisons].sum()
        rows.append(
            (own, number, len(mine), number * (number - 1) // 2,
             float(best.min()) if len(best) else 0.0, str(bits.idxmax()) if len(mine) else "")
        )  # fmt: skip
    columns = ["cluster", "rows", "links", "pairs", "weakest", "strongest"]
    return pd.DataFrame(rows, columns=columns)
