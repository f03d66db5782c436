"""A parser on the distinct values of a column, spread back over its rows."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from warning.records import COUNT, TEXT, array_of


def spread(
    series: pd.Series,
    parse: Callable[[str], tuple[object, ...]],
    columns: Sequence[str],
    flags: frozenset[str] = frozenset(),
    counts: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Parse each distinct value once.

    Args:
        series: values as written, any number of rows; missing stays missing.
        parse: a text → one value for each of ``columns``.
        columns: names of what ``parse`` returns.
        flags: columns of true and false (false where the value is missing).
        counts: columns of whole numbers, Int64.

    Returns:
        In the index of ``series``: ``raw`` (as written) and ``columns`` (text unless told).
    """
    codes, distinct = pd.factorize(series)
    rows = [parse(str(value)) for value in distinct]
    result: dict[str, Any] = {"raw": series.astype("str").array}
    for place, column in enumerate(columns):
        values = [row[place] for row in rows]
        if column in flags:
            known = np.array([*values, False], dtype=bool)
            result[column] = known[codes]  # code -1, missing, takes the last: false
            continue
        table = array_of(values, COUNT if column in counts else TEXT)
        result[column] = table.take(codes, allow_fill=True)
    return pd.DataFrame(result, index=series.index)
