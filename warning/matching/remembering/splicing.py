"""Putting new rows into sorted frames without sorting them again."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from warning.matching.remembering.memory import Bools

SEPARATOR = "\x1f"


def joined_key(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """The key columns as one text a row, in the order of the columns' own."""
    key = frame[columns[0]].astype("str")
    for name in columns[1:]:
        key = key + SEPARATOR + frame[name].astype("str")
    return key


def spliced(base: pd.DataFrame, gone: Bools, new: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """The base without what is gone, with the new rows where their key belongs.

    Args:
        base: sorted; rows of one ``key`` stand together.
        gone: of each row of it.
        new: sorted as the base; no ``key`` of it stands in what is kept.
        key: columns that the order begins with.
    """
    kept = base[~gone] if gone.any() else base
    if not len(new):
        return kept.reset_index(drop=True)
    new = new[list(base.columns)].astype(base.dtypes.to_dict())
    own = joined_key(kept, key).to_numpy(dtype=object)
    at = np.searchsorted(own, joined_key(new, key).to_numpy(dtype=object))
    order = np.empty(len(kept) + len(new), np.int64)
    place = at + np.arange(len(new))
    fresh = np.zeros(len(order), bool)
    fresh[place] = True
    order[~fresh] = np.arange(len(kept))
    order[place] = len(kept) + np.arange(len(new))
    return pd.concat([kept, new], ignore_index=True).take(order).reset_index(drop=True)
