"""Columns of frames as arrays that a timeline is made of."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


def microseconds(moment: pd.Timestamp) -> int:
    """Microseconds since 1970 of a naive local moment."""
    return int(moment.as_unit("us").to_datetime64().astype(np.int64))


def moments(column: "pd.Series[Any]") -> Integers:
    """Microseconds since 1970 of moments, none missing."""
    own = pd.to_datetime(column).to_numpy("datetime64[us]")
    return np.asarray(own.astype(np.int64), np.int64)


def texts(frame: pd.DataFrame, name: str, missing: str | None = "") -> npt.NDArray[Any]:
    """Texts of a column that a frame may lack, with ``missing`` where there is none."""
    if name not in frame:
        return np.full(len(frame), missing, dtype=object)
    own = frame[name].astype("str").to_numpy(object, copy=True)
    own[frame[name].isna().to_numpy()] = missing
    return own


def whole_numbers(frame: pd.DataFrame, name: str) -> Integers:
    """Whole numbers of a column that a frame may lack; missing: 0."""
    if name not in frame:
        return np.zeros(len(frame), np.int64)
    return frame[name].fillna(0).to_numpy(np.int64)


def truths(column: pd.Series) -> Flags:
    """Truth values; missing: false."""
    return column.astype("boolean").fillna(False).to_numpy(bool)
