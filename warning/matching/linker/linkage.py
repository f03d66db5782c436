"""Linking a table by a specification: plan, train, compare, complete, cluster, report."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.blocking import Plan, new_pairs, pairs_in_blocks, plans, report
from warning.matching.linker.clustering import Integers, cluster, components
from warning.matching.linker.specification import Rows, Specification, Weights
from warning.matching.linker.stage import score
from warning.matching.linker.table import Encoded, encode
from warning.matching.linker.training import train
from warning.matching.linker.weights import Bits, probability, support

#: Pairs this many bits below the threshold are forgotten; nobody would be asked about them.
KEPT_BELOW = 8.0


@dataclass(frozen=True)
class Linkage:
    """What linking a table found.

    Attributes:
        cluster: the cluster of each row of the table, named by its first row's position (int64).
        pairs: one row a compared pair worth remembering: left, right (positions, left < right),
            prior, a column of bits for each comparison, weight (their sum), probability,
            is_link (both rows stand in one cluster).
        blocking: one row a rule: see :func:`warning.matching.linker.blocking.report`.
        weights: what was estimated or given.
        largest: the largest clusters: cluster, rows, links, pairs (possible ones), weakest (the
            least support that a row has from the rest, in bits), strongest (the comparison that
            gives most bits to its links).
    """

    cluster: Integers
    pairs: pd.DataFrame
    blocking: pd.DataFrame
    weights: Weights
    largest: pd.DataFrame


def link_table(
    frame: pd.DataFrame,
    specification: Specification,
    weights: Weights | None = None,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Linkage:
    """Find which rows of a table are one entity.

    Args:
        frame: one row a mention; columns the specification names, others are ignored.
        specification: what to compare, what with what, and how to decide.
        weights: estimated earlier or elsewhere; None estimates them on ``frame``.
        same, different: pairs of row positions that people decided; they hold.

    Returns:
        The linkage; the order of the rows of ``frame`` does not change who is with whom.
    """
    plain = frame.reset_index(drop=True)
    order = _content_order(plain, specification)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    found = link_rows(
        plain.iloc[order].reset_index(drop=True),
        specification,
        weights,
        [(int(place[a]), int(place[b])) for a, b in same],
        [(int(place[a]), int(place[b])) for a, b in different],
    )
    return _in_order(found, order)


def link_rows(
    frame: pd.DataFrame,
    specification: Specification,
    weights: Weights | None = None,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Linkage:
    """:func:`link_table` for a frame whose order is settled already, such as by its key."""
    if specification.derive is not None:
        frame = specification.derive(frame)
    encoded = encode(frame, specification)
    made = plans(encoded.keys, specification)
    weights = weights or train(encoded, specification, made)
    left, right, found, weight, counts = compare(encoded, specification, weights, made)
    told = decisions(same, different)
    left, right, found, weight = complete(
        encoded, specification, weights, left, right, found, weight, told
    )
    reasons = support(found, weight, specification)
    a, b, reasons = decided(encoded.size, left, right, reasons, told, specification)
    labels = cluster(encoded.size, a, b, reasons, specification.clustering, encoded.exclusive)
    pairs = pair_frame(left, right, found, weight, weights.prior_bits, labels, told)
    return Linkage(labels, pairs, report(made, counts), weights, largest_clusters(labels, pairs))


def compare(
    encoded: Encoded, specification: Specification, weights: Weights, made: list[Plan],
) -> tuple[Rows, Rows, dict[str, Bits], Bits, list[int]]:  # fmt: skip
    """Score the pairs of all rules; those far below the threshold are forgotten at once.

    Returns:
        left, right, parts, weight, and the new pairs each rule made.
    """
    least = _bits(specification.threshold) - KEPT_BELOW
    names = [one.name for one in specification.comparisons]
    kept: list[tuple[Rows, Rows, dict[str, Bits], Bits]] = []
    counts = []
    for place in range(len(made)):
        counts.append(0)
        for left, right in new_pairs(made, place):
            counts[-1] += len(left)
            found, weight = score(encoded, specification, weights, left, right)
            good = weight >= least
            kept.append((left[good], right[good], {n: found[n][good] for n in names}, weight[good]))
    left, right, found, weight = _joined(kept, names)
    return left, right, found, weight, counts


def complete(
    encoded: Encoded, specification: Specification, weights: Weights,
    left: Rows, right: Rows, found: dict[str, Bits], weight: Bits, told: "Decisions",
) -> tuple[Rows, Rows, dict[str, Bits], Bits]:  # fmt: skip
    """Add the pairs that no rule compared but that links would put into one cluster.

    What stands between two rows is known only when they are compared: without it a chain of
    links joins what a look at its ends would part.
    """
    good = support(found, weight, specification) > specification.clustering.least
    one = np.concatenate([left[good], told.same[:, 0]]).astype(np.int32)
    other = np.concatenate([right[good], told.same[:, 1]]).astype(np.int32)
    group = components(encoded.size, one, other)
    count = np.bincount(group, minlength=1)
    small = (count >= 3) & (count <= specification.clustering.complete)
    group = np.where(small[group], group, -1).astype(np.int32)
    names = [own.name for own in specification.comparisons]
    size = np.int64(encoded.size)
    inside = (group[left] == group[right]) & (group[left] >= 0)
    known = np.sort(left[inside].astype(np.int64) * size + right[inside])
    kept = [(left, right, found, weight)]
    todo = list(pairs_in_blocks(group))
    if len(told.same):
        todo.append((told.same[:, 0].astype(np.int32), told.same[:, 1].astype(np.int32)))
        known = np.sort(left.astype(np.int64) * size + right)
    for a, b in todo:
        code = a.astype(np.int64) * size + b
        at = np.searchsorted(known, code)
        new = np.ones(len(code), bool) if not len(known) else (
            known[np.minimum(at, len(known) - 1)] != code
        )  # fmt: skip
        parts, bits = score(encoded, specification, weights, a[new], b[new])
        kept.append((a[new], b[new], parts, bits))
    return _distinct(_joined(kept, names), size)


@dataclass(frozen=True)
class Decisions:
    """Pairs (left < right) that people decided, one a row: int64 arrays of two columns."""

    same: Integers
    different: Integers


def decisions(same: Iterable[tuple[int, int]], different: Iterable[tuple[int, int]]) -> Decisions:
    """Decided pairs in order, each once; a pair decided both ways is kept apart."""
    apart = {(min(pair), max(pair)) for pair in different}
    together = {(min(pair), max(pair)) for pair in same} - apart
    return Decisions(*(np.array(sorted(one), np.int64).reshape(-1, 2) for one in (together, apart)))


def decided(
    size: int, left: Rows, right: Rows, reasons: npt.NDArray[np.float32], told: Decisions,
    specification: Specification,
) -> tuple[Rows, Rows, npt.NDArray[np.float32]]:  # fmt: skip
    """Supports with the decisions in them: a 'same' outweighs much, a 'different' everything."""
    if not len(told.same) and not len(told.different):
        return left, right, reasons
    code = left.astype(np.int64) * size + right
    reasons = reasons.copy()
    same = told.same[:, 0] * size + told.same[:, 1]
    apart = told.different[:, 0] * size + told.different[:, 1]
    reasons[np.isin(code, same)] = 8 * specification.clustering.most
    more = told.different[~np.isin(apart, code)]
    reasons[np.isin(code, apart)] = -np.inf
    return (
        np.concatenate([left, more[:, 0]]).astype(np.int32),
        np.concatenate([right, more[:, 1]]).astype(np.int32),
        np.concatenate([reasons, np.full(len(more), -np.inf, np.float32)]),
    )


def pair_frame(
    left: Rows, right: Rows, found: dict[str, Bits], weight: Bits, prior_bits: float,
    labels: Integers, told: Decisions,
) -> pd.DataFrame:  # fmt: skip
    """The pairs as :class:`Linkage` shows them, sorted; a decided 'same' has probability 1."""
    chance = probability(weight)
    if len(told.same):
        size = np.int64(len(labels))
        code = left.astype(np.int64) * size + right
        chance[np.isin(code, told.same[:, 0] * size + told.same[:, 1])] = 1.0
    pairs = pd.DataFrame(
        {"left": left, "right": right, "prior": np.float32(prior_bits), **found,
         "weight": weight, "probability": chance, "is_link": labels[left] == labels[right]}
    )  # fmt: skip
    return pairs.sort_values(["left", "right"], ignore_index=True)


def largest_clusters(labels: Integers, pairs: pd.DataFrame, count: int = 10) -> pd.DataFrame:
    """The largest clusters and why each holds together: see :class:`Linkage`."""
    counted = np.bincount(labels) if len(labels) else np.zeros(0, np.int64)
    largest = np.lexsort((np.arange(len(counted)), -counted))[:count]
    largest = largest[counted[largest] > 1]
    inside = pairs[pairs["is_link"]]
    of = pd.Series(labels[inside["left"].to_numpy()], index=inside.index)
    comparisons = [
        name for name in pairs.columns
        if name not in {"left", "right", "prior", "weight", "probability", "is_link"}
    ]  # fmt: skip
    rows = []
    for own, number in zip(largest.tolist(), counted[largest].tolist(), strict=True):
        mine = inside[(of == own).to_numpy() & (inside["probability"] >= 0.5)]
        ends = np.concatenate([mine["left"], mine["right"]])
        best = pd.Series(np.tile(mine["weight"].to_numpy(), 2)).groupby(ends).max()
        bits = mine[comparisons].sum()
        rows.append(
            (int(own), int(number), len(mine), int(number * (number - 1) // 2),
             float(best.min()) if len(best) else 0.0, str(bits.idxmax()) if len(mine) else "")
        )  # fmt: skip
    columns = ["cluster", "rows", "links", "pairs", "weakest", "strongest"]
    return pd.DataFrame(rows, columns=columns)


def _content_order(frame: pd.DataFrame, specification: Specification) -> Integers:
    """An order of the rows by their content alone; equal rows may change places."""
    names = sorted(
        {name for one in specification.comparisons for name in one.columns}
        | {name.partition("[")[0] for one in specification.rules for name in one.columns}
        | set(specification.exclusive)
    )
    known = [name for name in names if name in frame.columns]
    if specification.derive is not None or not known:
        known = list(frame.columns)
    # Values, not codes of this frame, make the hash: rows keep their order among other rows.
    hashed = pd.util.hash_pandas_object(frame[known], index=False).to_numpy(np.uint64)
    return np.argsort(hashed, kind="stable").astype(np.int64)


def _in_order(found: Linkage, order: Integers) -> Linkage:
    """A linkage of rows in another order, in the order of the table."""
    labels = np.empty(len(order), np.int64)
    labels[order] = found.cluster
    least = np.full(len(order), len(order), np.int64)
    np.minimum.at(least, labels, np.arange(len(order)))
    pairs = found.pairs.copy()
    one, other = order[pairs["left"]], order[pairs["right"]]
    pairs["left"], pairs["right"] = np.minimum(one, other), np.maximum(one, other)
    largest = found.largest.assign(cluster=least[found.largest["cluster"].to_numpy(np.int64)])
    return Linkage(
        least[labels], pairs.sort_values(["left", "right"], ignore_index=True), found.blocking,
        found.weights, largest,
    )  # fmt: skip


def _joined(
    kept: list[tuple[Rows, Rows, dict[str, Bits], Bits]], names: list[str]
) -> tuple[Rows, Rows, dict[str, Bits], Bits]:
    """Chunks of scored pairs as one."""
    rows, bits = np.empty(0, np.int32), np.empty(0, np.float32)
    return (
        np.concatenate([rows, *(one[0] for one in kept)]),
        np.concatenate([rows, *(one[1] for one in kept)]),
        {name: np.concatenate([bits, *(one[2][name] for one in kept)]) for name in names},
        np.concatenate([bits, *(one[3] for one in kept)]),
    )


def _distinct(
    scored: tuple[Rows, Rows, dict[str, Bits], Bits], size: np.int64
) -> tuple[Rows, Rows, dict[str, Bits], Bits]:
    """Each pair once, sorted: whatever brought a pair together first, the result is one."""
    left, right, found, weight = scored
    code = left.astype(np.int64) * size + right
    first = np.unique(code, return_index=True)[1]
    return left[first], right[first], {k: v[first] for k, v in found.items()}, weight[first]


def _bits(chance: float) -> float:
    return float(np.log2(chance / (1 - chance)))
