"""Linking a table by a specification: plan, train, compare, relate, cluster, report."""

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

import numpy as np
import pandas as pd

from warning.arguments import must_be
from warning.matching.linker.blocking import plans, report
from warning.matching.linker.calibration import Calibration
from warning.matching.linker.clustering import Integers, cluster
from warning.matching.linker.decisions import (
    Decisions,
    Exclusive,
    Pairs,
    decisions,
    with_decisions,
)
from warning.matching.linker.folding import Folded, fold
from warning.matching.linker.ordering import order_of
from warning.matching.linker.reporting import largest_clusters, pair_frame
from warning.matching.linker.scored import (
    Scored,
    add_pairs,
    compare,
    inside_components,
    joined,
    score_pairs,
)
from warning.matching.linker.specification import Rows, Specification, Weights
from warning.matching.linker.table import Codes, Encoded, encode
from warning.matching.linker.training import train
from warning.matching.linker.weights import Bits, support


class Relations(Protocol):
    """Evidence that only shows once clusters are known: whom a row stands with, round by round.

    Attributes:
        rounds: how often clusters are made again with it.
        names: of its parts; fixed, so that every pair has all of them.
        context: codes of rows; only a row that agrees in them says the same as another.
    """

    rounds: int
    names: tuple[str, ...]
    context: tuple[Codes, ...]

    def pairs(self, labels: Integers, rows: Integers) -> tuple[Rows, Rows]:
        """Pairs (left < right) of these rows worth comparing now that all stand in these clusters."""

    def parts(self, labels: Integers, left: Rows, right: Rows) -> dict[str, Bits]:
        """Bits that the relations add to pairs of rows, a float32 array for each name."""


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
        largest: the largest clusters and why they hold together: see
            :func:`warning.matching.linker.reporting.largest_clusters`.
        calibration: what verdicts taught of the probabilities; the identity without them.
    """

    cluster: Integers
    pairs: pd.DataFrame
    blocking: pd.DataFrame
    weights: Weights
    largest: pd.DataFrame
    calibration: Calibration = field(default_factory=Calibration)


def link_table(
    frame: pd.DataFrame,
    specification: Specification,
    weights: Weights | None = None,
    same: Pairs = (),
    different: Pairs = (),
) -> Linkage:
    """Find which rows of a table are one entity.

    Args:
        frame: one row a mention; columns the specification names, others are ignored.
        specification: what to compare, what with what, and how to decide.
        weights: estimated earlier or elsewhere; None estimates them on ``frame``.
        same, different: pairs of row positions that people decided; they hold.

    Returns:
        The linkage; the order of the rows of ``frame`` does not change who is with whom.

    Raises:
        UsageError: an argument of the wrong kind, or pandas' option future.infer_string is off.
    """
    must_be("link_table", frame=(frame, pd.DataFrame),
            specification=(specification, Specification))  # fmt: skip
    plain = frame.reset_index(drop=True)
    order = _content_order(plain, specification)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    told = decisions(same, different)
    found = link_rows(
        plain.iloc[order].reset_index(drop=True),
        specification,
        weights,
        place[told.same],
        place[told.different],
    )
    return _in_order(found, order)


def link_rows(
    frame: pd.DataFrame,
    specification: Specification,
    weights: Weights | None = None,
    same: Pairs = (),
    different: Pairs = (),
    relations: Relations | None = None,
    encoded: Encoded | None = None,
) -> Linkage:
    """:func:`link_table` for a frame whose order is settled already, such as by its key.

    ``relations`` adds evidence that depends on the clusters; each round clusters anew. ``encoded``
    is the frame in codes, where rarity and blocks are those of a larger table.
    """
    if specification.derive is not None:
        frame = specification.derive(frame)
    whole = encoded or encode(frame, specification)
    given = decisions(same, different)
    folded = fold(whole, given, relations.context if relations is not None else ())
    encoded, told = folded.encoded(whole), folded.decisions(given)
    around = None if relations is None else _Around(relations, folded)
    made = plans(encoded.keys, specification)
    if weights is None:
        sample = folded.sample(whole)
        weights = train(sample, specification, plans(sample.keys, specification))
    base, counts = compare(encoded, specification, weights, made)
    # What was decided or is certain holds for rows that no blocking rule brings together, too.
    held = np.concatenate([told.same, np.stack(folded.links(), axis=1)]).astype(np.int32)
    base = add_pairs(encoded, specification, weights, base, [(held[:, 0], held[:, 1])])
    labels = np.arange(encoded.size)
    scored = base
    for number in range(1 + (around.rounds if around is not None else 0)):
        if around is not None and number:
            base = add_pairs(encoded, specification, weights, base, [around.pairs(labels)])
        base, scored, labels = _clustered(
            encoded, specification, weights, base, told, around, labels, number, folded.start
        )
    if around is not None and around.rounds:
        # Two sides that hold each other up would take turns: what the last round told only adds.
        base, _, labels = _clustered(
            encoded, specification, weights, base, told, around, labels, around.rounds, labels
        )
        scored = related(base, around, labels, around.rounds)
    labels, scored = folded.whole(labels), scored.at_rows(folded.kept)
    left, right = folded.repeats()
    if len(left):
        again = score_pairs(whole, specification, weights, left, right)
        if relations is not None:
            again = related(again, relations, labels, relations.rounds)
        scored = joined([scored, again], scored.parts)
        scored = scored.at(order_of(scored.code(whole.size)))
    pairs = pair_frame(scored, weights.prior_bits, labels, given)
    return Linkage(labels, pairs, report(made, counts), weights, largest_clusters(labels, pairs))


class _Around(NamedTuple):
    """Relations of the rows that are compared, where some of them stand for others."""

    relations: Relations
    folded: Folded

    @property
    def rounds(self) -> int:
        return self.relations.rounds

    @property
    def names(self) -> tuple[str, ...]:
        return self.relations.names

    def pairs(self, labels: Integers) -> tuple[Rows, Rows]:
        left, right = self.relations.pairs(self.folded.whole(labels), self.folded.kept)
        place = self.folded.place
        return place[left].astype(np.int32), place[right].astype(np.int32)

    def parts(self, labels: Integers, left: Rows, right: Rows) -> dict[str, Bits]:
        kept = self.folded.kept.astype(np.int32)
        return self.relations.parts(self.folded.whole(labels), kept[left], kept[right])


def _clustered(
    encoded: Encoded, specification: Specification, weights: Weights, base: Scored,
    told: Decisions, relations: _Around | None, labels: Integers, number: int, start: Integers,
) -> tuple[Scored, Scored, Integers]:  # fmt: skip
    """One round: relate, complete, relate what is new, cluster."""
    exclusive = [Exclusive.of(own, told.same) for own in encoded.exclusive]
    scored = related(base, relations, labels, number)
    left, right, reasons = with_decisions(
        encoded.size, scored, support(scored.parts, scored.weight, specification), told,
        specification, exclusive,
    )  # fmt: skip
    options = specification.clustering
    good = reasons > options.least
    lots = inside_components(encoded.size, left[good], right[good], options.complete)
    more = add_pairs(encoded, specification, weights, base, lots)
    if len(more) > len(base):
        base = more
        scored = related(base, relations, labels, number)
        left, right, reasons = with_decisions(
            encoded.size, scored, support(scored.parts, scored.weight, specification), told,
            specification, exclusive,
        )  # fmt: skip
    apart = [one.agreed for one in exclusive]
    alone = bool((start == np.arange(len(start))).all())
    found = cluster(encoded.size, left, right, reasons, options, apart, None if alone else start)
    return base, scored, found


def related(
    base: Scored, relations: Relations | _Around | None, labels: Integers, number: int
) -> Scored:
    """The pairs with what relations add in a round; in the first nobody is known yet: 0 bits."""
    if relations is None:
        return base
    if number == 0:
        nothing = np.zeros(len(base), np.float32)
        return base.with_parts(dict.fromkeys(relations.names, nothing))
    return base.with_parts(relations.parts(labels, base.left, base.right))


def _content_order(frame: pd.DataFrame, specification: Specification) -> Integers:
    """An order of the rows by their content alone; equal rows may change places."""
    names = sorted(
        {name for one in specification.comparisons for name in one.columns}
        | {name.partition("[")[0] for one in specification.rules for name in one.columns}
        | set(specification.exclusive)
        | ({specification.certain} if specification.certain is not None else set())
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
