"""From levels to bits: each comparison's part, and what two rows say together.

All parts are log2 of m/u; a part is positive where the level speaks for one entity, negative where
it speaks against, 0 where a value is missing. Prior and parts sum to the weight.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from warning.matching.linker.specification import Comparison, Levels, Rows, Specification, Weights
from warning.matching.linker.table import Encoded

Bits = npt.NDArray[np.float32]


def level_bits(specification: Specification, weights: Weights) -> dict[str, Bits]:
    """Comparison → bits of each level, with a last 0 for missing (level −1)."""
    result = {}
    for one in specification.comparisons:
        if one.bits is not None:
            bits = np.asarray(one.bits, float)
        else:
            bits = np.log2(np.asarray(weights.m[one.name]) / np.asarray(weights.u[one.name]))
            # Estimates of rare levels rest on few pairs: worse agreement never says more.
            bits = np.minimum.accumulate(bits)
            # Disagreement never speaks for: where nothing disagrees at random, it says nothing.
            bits[-1] = min(bits[-1], 0.0)
        most = ceiling(one, specification, weights)
        bits = np.clip(bits, max(-most, one.floor), most)
        result[one.name] = np.append(bits, 0.0).astype(np.float32)
    return result


def ceiling(comparison: Comparison, specification: Specification, weights: Weights) -> float:
    """The most bits that the comparison is worth in a table with this prior."""
    if specification.ceilings_at is None:
        return comparison.most
    return comparison.most + max(0.0, specification.ceilings_at - weights.prior_bits)


def parts(
    levels: Mapping[str, Levels], left: Rows, right: Rows, encoded: Encoded,
    specification: Specification, weights: Weights,
) -> dict[str, Bits]:  # fmt: skip
    """Comparison → bits of each pair.

    Where a level has a ``frequency``, the agreement is worth as many bits more as the value is
    rarer than an average agreement, the commoner of the two values deciding.
    """
    table = level_bits(specification, weights)
    found: dict[str, Bits] = {}
    for one in specification.comparisons:
        level = levels[one.name]
        bits = table[one.name][level]
        last = len(one.levels) - 1
        most = ceiling(one, specification, weights)
        for place in sorted(one.frequencies):
            at = np.flatnonzero(level == place)
            own = _with_rarity(one, place, table[one.name], most, encoded, left[at], right[at])
            # However common the value, to agree better is never worth less.
            worse = _with_rarity(
                one, place + 1, table[one.name], most, encoded, left[at], right[at]
            )
            bits[at] = np.maximum(own, worse if place + 1 < last else table[one.name][last])
        found[one.name] = bits
    for group in specification.together:
        _strongest_first(found, group, np.float32(specification.echo))
    return found


def _with_rarity(
    comparison: Comparison, place: int, table: Bits, most: float, encoded: Encoded,
    left: Rows, right: Rows,
) -> Bits:  # fmt: skip
    """Bits of a level for pairs of values, the commoner of the two deciding, ``most`` at most."""
    bits = np.full(len(left), table[place], np.float32)
    column = comparison.frequencies.get(place)
    if column is not None:
        rarity = encoded.rarity[column]
        bits += np.minimum(rarity[left], rarity[right])
    return np.clip(bits, -most, most)


def _strongest_first(found: dict[str, Bits], group: tuple[str, ...], echo: np.float32) -> None:
    """Of what agrees in a group the strongest counts in full, and of what disagrees, too."""
    stacked = np.stack([found[name] for name in group])
    best, worst = stacked.argmax(axis=0), stacked.argmin(axis=0)
    for place, name in enumerate(group):
        own = stacked[place]
        keep = ((own > 0) & (best == place)) | ((own < 0) & (worst == place))
        found[name] = np.where(keep, own, own * echo)


def total(found: Mapping[str, Bits], prior_bits: float) -> Bits:
    """The weight of each pair in bits: the prior and its parts."""
    size = len(next(iter(found.values())))
    weight = np.full(size, prior_bits, np.float32)
    for bits in found.values():
        weight += bits
    return weight


def probability(weight: Bits) -> Bits:
    """The probability that a weight in bits stands for, 0 to 1."""
    return np.asarray(1.0 / (1.0 + np.exp2(-np.clip(weight, -60.0, 60.0))), np.float32)


def support(
    found: Mapping[str, Bits], weight: Bits, specification: Specification
) -> npt.NDArray[np.float32]:
    """What a pair says for its rows standing in one cluster, in bits.

    A link counts by how far it is above the threshold. Any other pair counts as missing, and
    what speaks against it is added: two rows with little to compare are no argument, two rows
    with different birth dates are one.
    """
    options = specification.clustering
    threshold = np.float32(np.log2(specification.threshold / (1 - specification.threshold)))
    against = np.zeros(len(weight), np.float32)
    for name, bits in found.items():
        if not specification.against or name in specification.against:
            against += np.minimum(bits, 0)
    linked = weight >= threshold
    if specification.needs:
        enough = np.zeros(len(weight), bool)
        for needed in specification.needs:
            enough |= np.all([found[name] > 0 for name in sorted(needed & set(found))], axis=0)
        linked &= enough
    apart = np.maximum(against + np.float32(options.missing), np.float32(-2 * options.most))
    near = np.minimum(weight - threshold, np.float32(options.most)) + np.float32(1e-3)
    return np.asarray(np.where(linked, near, np.minimum(apart, options.missing)), np.float32)
