"""One link, part by part: what each comparison said, what it adds up to, what would change it."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from warning.matching.evidence import Evidence, Model
from warning.matching.linker.calibration import PART
from warning.matching.linker.specification import MISSING
from warning.matching.relations import PersonRelations


@dataclass(frozen=True)
class Step:
    """One part of a weight.

    Attributes:
        name: of the comparison or relation.
        level: how the two values compare; empty for what has no levels; ``missing``.
        left, right: the two values compared; empty where missing.
        bits: what it adds; positive speaks for one entity.
        source: keys of the records that told it, for relations.
    """

    name: str
    level: str
    left: str
    right: str
    bits: float
    source: tuple[str, ...] = ()


@dataclass(frozen=True)
class Waterfall:
    """Why two mentions are, or are not, one.

    Attributes:
        kind: person, organisation, incident.
        left, right: keys.
        prior: bits before anything is compared.
        steps: the parts; ``prior`` and their bits sum to ``weight``.
        weight: bits.
        probability: what the weight stands for, 0 to 1.
        threshold: probability from which a pair is a link.
        is_link: this pair's own evidence makes it a link.
        together: the two stand in one cluster.
        through: keys of the mentions that hold them together where the pair itself does not.
        verdict: same or different where an analyst decided; empty otherwise.
        resting: what an analyst decided before a record named somebody else; empty otherwise.
        undo: parts without which the pair were no link.
        needed: (part, probability): what alone, if it agreed fully, would make it one.
        too_thin: the weight is enough, but it rests on too little (``needs`` of the specification).
        compared: the night's pairs hold it; else it was compared now.
        beyond: of two reports that are never compared as one incident, for they are further apart
            than the window: the hours between them, and those of the window. Never a link.
    """

    kind: str
    left: str
    right: str
    prior: float
    steps: tuple[Step, ...]
    weight: float
    probability: float
    threshold: float
    is_link: bool
    together: bool
    through: tuple[str, ...]
    verdict: str
    undo: tuple[str, ...]
    needed: tuple[tuple[str, float], ...]
    too_thin: bool
    compared: bool = True
    beyond: tuple[float, float] | None = None
    resting: str = ""


def waterfall(evidence: Evidence, left: str, right: str) -> Waterfall:
    """The waterfall of two mentions, compared by the night or not.

    Raises:
        KeyError: a key that is no row of the evidence, or twice the same.
    """
    a, b = sorted((evidence.place[left], evidence.place[right]))
    if a == b:
        raise KeyError(left)
    found = _scored(evidence, a, b)
    threshold = evidence.threshold
    levels = found.levels
    steps = tuple(
        Step(name, levels.get(name, ""), *_values(evidence, name, a, b), bits,
             _sources(evidence, name, a, b, bits))
        for name, bits in found.parts.items()
    )  # fmt: skip
    pair = (a, b)
    verdict = "same" if pair in evidence.same else "different" if pair in evidence.different else ""
    compared = evidence.compared(a, b) is not None
    beyond = evidence.events.beyond(a, b) if evidence.events is not None and not compared else None
    linked = beyond is None and found.holds(found.parts)
    together = bool(evidence.cluster[a] == evidence.cluster[b])
    weight = found.prior + sum(found.parts.values())
    return Waterfall(
        kind=evidence.kind,
        left=str(evidence.rows["key"].iloc[a]),
        right=str(evidence.rows["key"].iloc[b]),
        prior=found.prior,
        steps=steps,
        weight=weight,
        probability=1.0 if verdict == "same" else _chance(weight),
        threshold=threshold,
        is_link=linked,
        together=together,
        through=() if linked or not together else _through(evidence, a, b),
        verdict=verdict,
        undo=tuple(name for name in found.parts if linked and not found.holds(found.without(name))),
        needed=() if linked else found.needed(),
        too_thin=not linked and beyond is None and _chance(weight) >= threshold,
        compared=compared,
        beyond=beyond,
        resting=evidence.resting.get(pair, ""),
    )


@dataclass(frozen=True)
class _Scored:
    """A pair's parts and how they change when less or more were known."""

    prior: float
    parts: dict[str, float]
    levels: dict[str, str]
    threshold: float
    model: Model | None
    rows: tuple[int, int]
    slope: float = 1.0
    shift: float = 0.0

    def holds(self, bits: dict[str, float]) -> bool:
        """Whether these parts make a link: enough weight, resting on enough."""
        if _chance(self.prior + sum(bits.values())) < self.threshold:
            return False
        needs = self.model.specification.needs if self.model is not None else ()
        own = [needed & set(bits) for needed in needs]
        return not needs or any(all(bits[name] > 0 for name in needed) for needed in own)

    def _at(self, name: str, level: int) -> dict[str, float]:
        """The parts if one comparison stood on another level; an echo may then count in full."""
        assert self.model is not None  # noqa: S101 - only comparisons of a model have levels
        levels = self.model.levels(*self.rows)
        levels[name] = np.array([level], np.int8)
        compared = self.model.parts(*self.rows, levels)
        kept = {own: bits for own, bits in self.parts.items() if own not in compared}
        return self._recalibrated({**compared, **kept})

    def without(self, name: str) -> dict[str, float]:
        """The parts if one had never been known."""
        if name == PART:
            return {own: bits for own, bits in self.parts.items() if own != PART}
        if self.model is not None and self.levels.get(name):
            return self._at(name, MISSING)
        return self._recalibrated({**self.parts, name: 0.0})

    def _recalibrated(self, bits: dict[str, float]) -> dict[str, float]:
        if PART not in bits:
            return bits
        raw = self.prior + sum(value for name, value in bits.items() if name != PART)
        return {**bits, PART: (self.slope - 1.0) * raw + self.shift}

    def needed(self) -> tuple[tuple[str, float], ...]:
        """What alone, if it agreed fully, would make a link; the most telling first."""
        if self.model is None:
            return ()
        found = []
        for one in self.model.specification.comparisons:
            bits = self._at(one.name, 0)
            if bits[one.name] > self.parts[one.name] and self.holds(bits):
                found.append((one.name, _chance(self.prior + sum(bits.values()))))
        relations = self.model.relations
        if isinstance(relations, PersonRelations):
            most = {"counterpart": relations.settings.counterpart_most,
                    "occasion": relations.settings.same_occasion}  # fmt: skip
            for name, value in most.items():
                bits = self._recalibrated({**self.parts, name: value})
                if value > self.parts.get(name, value) and self.holds(bits):
                    found.append((name, _chance(self.prior + sum(bits.values()))))
        return tuple(sorted(found, key=lambda one: (-one[1], one[0])))


def _scored(evidence: Evidence, a: int, b: int) -> _Scored:
    """The pair as the night weighed it, else compared now."""
    model, row = evidence.model, evidence.compared(a, b)
    calibration = evidence.calibration
    if evidence.events is not None:
        named, bits = evidence.events.compared(a, b)
        prior = evidence.events.settings.prior
        return _Scored(prior, bits, named, evidence.threshold, None, (a, b))
    assert model is not None  # noqa: S101 - what is no incident has a model
    assert evidence.position is not None  # noqa: S101 - every model has its rows
    c, d = int(evidence.position[a]), int(evidence.position[b])
    levels = model.levels(c, d)
    if row is not None:
        bits = {name: float(row[name]) for name in evidence.parts}
    else:
        bits = {**model.parts(c, d, levels), **model.related(c, d)}
        if calibration.verdicts:
            raw = np.array([model.found.weights.prior_bits + sum(bits.values())])
            bits[PART] = float(calibration.part(raw)[0])
    names = {
        one.name: one.levels[int(levels[one.name][0])] if levels[one.name][0] >= 0 else "missing"
        for one in model.specification.comparisons
    }
    return _Scored(
        float(np.float32(model.found.weights.prior_bits)), bits, names, evidence.threshold, model,
        (c, d), calibration.slope, calibration.shift,
    )  # fmt: skip


def _values(evidence: Evidence, name: str, a: int, b: int) -> tuple[str, str]:
    column = evidence.shown.get(name)
    if column is None:
        return "", ""
    values = evidence.rows[column]
    left, right = values.iloc[a], values.iloc[b]
    return "" if pd.isna(left) else str(left), "" if pd.isna(right) else str(right)


def _sources(evidence: Evidence, name: str, a: int, b: int, bits: float) -> tuple[str, ...]:
    """The mentions on the other side that told of a counterpart; the two reports of an occasion."""
    relations = evidence.model.relations if evidence.model is not None else None
    if not isinstance(relations, PersonRelations) or not bits:
        return ()
    key = evidence.rows["key"]
    if name == "occasion":
        return str(key.iloc[a]), str(key.iloc[b])
    if name != "counterpart":
        return ()
    facing = [[int(row) for row in relations.counterparts[one] if row >= 0] for one in (a, b)]
    pairs = [(one, other) for one in facing[0] for other in facing[1] if one != other]
    # The same person first, then those whose names fit.
    pairs.sort(key=partial(_unlike, evidence, relations))
    return tuple(str(key.iloc[row]) for row in pairs[0]) if pairs else ()


def _unlike(evidence: Evidence, relations: PersonRelations, pair: tuple[int, int]) -> int:
    one, other = pair
    if evidence.cluster[one] == evidence.cluster[other]:
        return 0
    return 1 if relations.surname[one] == relations.surname[other] else 2


def _through(evidence: Evidence, a: int, b: int) -> tuple[str, ...]:
    """The shortest chain of links between two rows of one cluster, its ends left out."""
    pairs = evidence.pairs[evidence.pairs["is_link"].to_numpy(bool)]
    own = (pairs["left"] == a) & (pairs["right"] == b)
    inside = ~own.to_numpy() & (evidence.cluster[pairs["left"].to_numpy()] == evidence.cluster[a])
    pairs = pairs[inside & (pairs["probability"] >= evidence.threshold).to_numpy()]
    beside: dict[int, list[int]] = {}
    for one, other in zip(pairs["left"].tolist(), pairs["right"].tolist(), strict=True):
        beside.setdefault(one, []).append(other)
        beside.setdefault(other, []).append(one)
    before = {a: a}
    queue = [a]
    while queue and b not in before:
        queue = [
            other for one in queue for other in beside.get(one, ())
            if before.setdefault(other, one) == one and other != one
        ]  # fmt: skip
    chain = []
    at = b
    while before.get(at, at) not in (at, a):
        at = before[at]
        chain.append(str(evidence.rows["key"].iloc[at]))
    return tuple(reversed(chain))


def _chance(weight: float) -> float:
    return float(1.0 / (1.0 + np.exp2(-np.clip(weight, -60.0, 60.0))))
