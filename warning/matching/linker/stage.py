"""The pair stage: from rows that share a key to scored pairs.

:func:`levels_of` and what follows it depend on nothing but their arguments. For an engine that
brings the rows of a key together, :func:`partition_rows` adds all that a partition needs, and
:func:`compare_partition` is a pure function of one partition, frames in, frames out: any way of
cutting the table by key gives the same pairs with the same float32 weights.
"""

import numpy as np
import pandas as pd

from warning.matching.linker import comparisons
from warning.matching.linker.blocking import is_new, pairs_in_blocks, plans
from warning.matching.linker.specification import (
    MISSING,
    Comparison,
    Levels,
    Rows,
    Specification,
    Weights,
)
from warning.matching.linker.table import Codes, Encoded, encode
from warning.matching.linker.weights import Bits, parts, total

ROW = "row"


def level_of(
    comparison: Comparison, codes: Codes, values: pd.DataFrame, left: Rows, right: Rows
) -> Levels:
    """Levels of one comparison for pairs of rows; each pair of distinct values is judged once."""
    a, b = codes[left], codes[right]
    known = (a >= 0) & (b >= 0)
    if comparison.judge is comparisons.equal_values:
        return np.where(known, (a != b).astype(np.int8), np.int8(MISSING))
    result = np.full(len(left), MISSING, np.int8)
    place = np.flatnonzero(known)
    if comparison.quick:
        result[place] = comparison.judge(values, a[place], b[place])
        return result
    low, high = np.minimum(a[place], b[place]), np.maximum(a[place], b[place])
    pair, distinct = pd.factorize(low.astype(np.int64) * len(values) + high)
    one, other = np.divmod(distinct, max(1, len(values)))
    judged = comparison.judge(values, one.astype(np.int32), other.astype(np.int32))
    result[place] = judged[pair]
    return result


def levels_of(
    encoded: Encoded, specification: Specification, left: Rows, right: Rows
) -> dict[str, Levels]:
    """Comparison → level of each pair of rows."""
    return {
        one.name: level_of(one, encoded.codes[one.name], encoded.values[one.name], left, right)
        for one in specification.comparisons
    }


def score(
    encoded: Encoded, specification: Specification, weights: Weights, left: Rows, right: Rows
) -> tuple[dict[str, Bits], Bits]:
    """Parts and weight, in bits, of pairs of rows."""
    levels = levels_of(encoded, specification, left, right)
    found = parts(levels, left, right, encoded, specification, weights)
    return found, total(found, weights.prior_bits)


def partition_rows(frame: pd.DataFrame, specification: Specification) -> pd.DataFrame:
    """The table with what its partitions need of the whole.

    Returns:
        The columns of the comparisons, ``row`` (position), ``rarity:COLUMN`` of columns whose
        rarity counts, and ``key:N`` of each rule: the key's code, −1 where the rule says nothing or
        leaves the block out.
    """
    encoded = encode(frame, specification)
    columns = {name for one in specification.comparisons for name in one.columns}
    known = [name for name in frame.columns if name in columns]
    rows = frame[known].reset_index(drop=True)
    rows[ROW] = np.arange(len(frame), dtype=np.int32)
    for name, bits in encoded.rarity.items():
        rows[f"rarity:{name}"] = bits
    for place, made in enumerate(plans(encoded.keys, specification)):
        rows[f"key:{place}"] = made.key
    return rows


def compare_partition(
    rows: pd.DataFrame, rule: int, specification: Specification, weights: Weights
) -> pd.DataFrame:
    """Score the pairs that rule number ``rule`` brings together in one partition.

    Args:
        rows: any rows of :func:`partition_rows` such that all rows of each of their keys of this
            rule are there.
        rule: position of the rule.
        specification, weights: the same for every partition.

    Returns:
        left, right (``row`` numbers, int32, left < right), a float32 column of bits for each
        comparison, weight; sorted by left and right. Pairs that an earlier rule brings together
        are not repeated.
    """
    rows = rows.sort_values(ROW).reset_index(drop=True)
    keys = [rows[f"key:{place}"].to_numpy(np.int32) for place in range(rule + 1)]
    encoded = encode(rows, specification)
    for name in encoded.rarity:
        encoded.rarity[name] = rows[f"rarity:{name}"].to_numpy(np.float32)
    found = [
        _scored(rows, encoded, specification, weights, left[new], right[new])
        for left, right in pairs_in_blocks(keys[rule])
        for new in [is_new(keys[:rule], left, right)]
    ]
    if not found:
        nothing = np.empty(0, np.int32)
        found = [_scored(rows, encoded, specification, weights, nothing, nothing)]
    return pd.concat(found).sort_values(["left", "right"], ignore_index=True)


def _scored(
    rows: pd.DataFrame, encoded: Encoded, specification: Specification, weights: Weights,
    left: Rows, right: Rows,
) -> pd.DataFrame:  # fmt: skip
    found, weight = score(encoded, specification, weights, left, right)
    number = rows[ROW].to_numpy(np.int32)
    return pd.DataFrame({"left": number[left], "right": number[right], **found, "weight": weight})
