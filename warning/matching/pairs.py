"""Blocking: pairs of rows that share a key, block by block, capped, each pair once."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]


def pairs_of(codes: Integers, cap: int) -> tuple[Integers, Integers, int]:
    """All pairs of rows with an equal code.

    Args:
        codes: one a row; negative means no key.
        cap: blocks of more rows than this give no pair.

    Returns:
        The rows left and right (left < right), and how many pairs the cap cost.
    """
    order = np.argsort(codes, kind="stable")
    order = order[codes[order] >= 0]
    _, start, size = np.unique(codes[order], return_index=True, return_counts=True)
    lost = int((size[size > cap] * (size[size > cap] - 1) // 2).sum())
    keep = (size > 1) & (size <= cap)
    lefts, rights = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for wanted in np.unique(size[keep]):
        blocks = start[keep & (size == wanted)]
        rows = order[blocks[:, None] + np.arange(wanted)[None, :]]
        i, j = np.triu_indices(int(wanted), 1)
        lefts.append(rows[:, i].ravel())
        rights.append(rows[:, j].ravel())
    left, right = np.concatenate(lefts), np.concatenate(rights)
    return np.minimum(left, right), np.maximum(left, right), lost


def candidate_pairs(
    keys: dict[str, pd.Series], cap: int
) -> tuple[Integers, Integers, dict[str, int]]:
    """The pairs that any blocking rule brings together, each once, sorted.

    Args:
        keys: rule → key of each row; missing means the rule says nothing.
        cap: see :func:`pairs_of`.

    Returns:
        left, right, and the pairs that the cap cost each rule.
    """
    size = len(next(iter(keys.values())))
    codes: list[Integers] = []
    found: list[Integers] = []
    lost: dict[str, int] = {}
    for name, key in keys.items():
        code = pd.factorize(key)[0].astype(np.int64)
        left, right, cost = pairs_of(code, cap)
        # A pair that an earlier rule brought together already is not brought again.
        new = np.ones(len(left), bool)
        for earlier in codes:
            new &= ~((earlier[left] == earlier[right]) & (earlier[left] >= 0))
        found.append(left[new] * size + right[new])
        counts = np.bincount(code[code >= 0]) if (code >= 0).any() else np.zeros(1, np.int64)
        codes.append(np.where((code >= 0) & (counts[code] <= cap), code, -1))
        lost[name] = cost
    both = np.sort(np.concatenate(found))
    return both // size, both % size, lost


def clusters(
    size: int,
    left: Integers,
    right: Integers,
    probability: npt.NDArray[np.float64],
    threshold: float,
    forbidden: set[tuple[int, int]] | None = None,
    conflict: Integers | None = None,
) -> Integers:
    """Clusters by joining the strongest links first, where nothing forbids it.

    Two clusters join when a link between them reaches the threshold and no pair across them is
    forbidden; with ``conflict`` (a code a row; negative: none), clusters that hold two different
    codes never join: two valid ID numbers are two people.

    Returns:
        The smallest row of each row's cluster.
    """
    parent = list(range(size))
    members: dict[int, list[int]] = {}
    codes: dict[int, int] = {}
    forbidden = forbidden or set()
    blocked: dict[int, set[int]] = {}
    for a, b in forbidden:
        blocked.setdefault(a, set()).add(b)
        blocked.setdefault(b, set()).add(a)

    def root(row: int) -> int:
        while parent[row] != row:
            parent[row] = parent[parent[row]]
            row = parent[row]
        return row

    keep = probability >= threshold
    order = np.lexsort((right[keep], left[keep], -probability[keep]))
    for a, b in zip(left[keep][order].tolist(), right[keep][order].tolist(), strict=True):
        x, y = root(a), root(b)
        if x == y:
            continue
        if conflict is not None:
            p, q = codes.get(x, int(conflict[x])), codes.get(y, int(conflict[y]))
            if p >= 0 and q >= 0 and p != q:
                continue
        else:
            p = q = -1
        first, second = members.get(x, [x]), members.get(y, [y])
        small, large = (first, second) if len(first) < len(second) else (second, first)
        if blocked and any(not blocked.get(row, set()).isdisjoint(large) for row in small):
            continue
        low, high = min(x, y), max(x, y)
        parent[high] = low
        members[low] = first + second
        members.pop(high, None)
        if conflict is not None:
            codes[low] = max(p, q)
    return np.array([root(row) for row in range(size)], np.int64)
