"""What frames are asked again and again: which rows are among others, new ones put in their order."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

#: How many sorted rows are looked through at once.
BLOCK = 64


def among_names(values: pd.Series, wanted: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which texts are among the wanted, none of the missing ones.

    As ``values.isin(wanted)``, which makes a Python object of each wanted text first.
    """
    text = pa.large_string()
    sought = pa.array(wanted if isinstance(wanted, pd.Series) else list(wanted), text)
    found = pc.is_in(pa.array(values, text), value_set=sought, skip_nulls=True)
    return np.asarray(found, np.bool_)


def places_among(values: pd.Series, among: pd.Series) -> npt.NDArray[np.int64]:
    """Of each text its place among others, each there once; -1: it is missing, or not there.

    As ``pd.Index(among).get_indexer(values)``, without making a Python object of each text.
    """
    text = pa.large_string()
    others = pa.array(among, text)
    found = pc.index_in(pa.array(values, text), value_set=others, skip_nulls=True)
    return np.array(pc.fill_null(found, -1), np.int64)


def distinct_texts(values: pd.Series) -> frozenset[str]:
    """The texts of a column, none of the missing ones.

    As ``set(values.dropna())``, which makes a Python object of each text again and again.
    """
    return frozenset(pa.array(values, pa.large_string()).drop_null().unique().to_pylist())


def among_keys(
    frame: pd.DataFrame, wanted: pd.DataFrame, key: Sequence[str]
) -> npt.NDArray[np.bool_]:
    """Which rows have the key of a wanted row; quick where the last column of it is rare."""
    if wanted.empty:
        return np.zeros(len(frame), np.bool_)
    found = among_names(frame[key[-1]], wanted[key[-1]])
    near = np.flatnonzero(found)
    own = pd.MultiIndex.from_frame(frame[list(key)].iloc[near])
    found[near] = own.isin(pd.MultiIndex.from_frame(wanted[list(key)]))
    return found


def spliced(
    base: pd.DataFrame,
    gone: npt.NDArray[np.bool_] | None,
    new: pd.DataFrame,
    key: Sequence[str],
) -> pd.DataFrame:
    """The base without what is gone, with the new rows where their key belongs.

    Args:
        base: sorted; rows of one ``key`` stand together.
        gone: of each row of it; None: nothing is.
        new: sorted as the base; no ``key`` of it stands in what is kept.
        key: text columns that the order begins with.
    """
    kept = np.arange(len(base)) if gone is None else np.flatnonzero(~gone)
    if len(new):
        new = new[list(base.columns)].astype(base.dtypes.to_dict())
        at = _places_of(new[list(key)], base[list(key)])
        kept = np.insert(kept, np.searchsorted(kept, at), len(base) + np.arange(len(new)))
        base = pd.concat([base, new], ignore_index=True)
    elif len(kept) == len(base):
        return base.reset_index(drop=True)
    return base.take(kept).reset_index(drop=True)


def _places_of(rows: pd.DataFrame, among: pd.DataFrame) -> list[int]:
    """Before which of sorted rows each row belongs; few rows are sought block by block."""
    texts = [pa.array(among[name].astype("str"), pa.large_string()) for name in among]
    heads = _parted([column[::BLOCK] for column in texts]).to_pylist()
    blocks: dict[int, list[str]] = {}
    found = []
    for text in _parted([pa.array(rows[name], pa.large_string()) for name in rows]).to_pylist():
        block = max(bisect_left(heads, text) - 1, 0) * BLOCK
        if block not in blocks:
            blocks[block] = _parted([column.slice(block, BLOCK) for column in texts]).to_pylist()
        found.append(block + bisect_left(blocks[block], text))
    return found


def _parted(texts: list["pa.Array[Any]"]) -> "pa.Array[Any]":
    """Columns as one text a row, in their order: NUL, which no text holds, is before all."""
    joined = pc.binary_join_element_wise(*texts, pa.scalar("\x00", pa.large_string()))
    return joined.combine_chunks() if isinstance(joined, pa.ChunkedArray) else joined


def places_in(rows: pd.DataFrame, among: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Of each row the place of its equal in the other frame, of the same columns; -1: nowhere."""
    found = pc.index_in(_row_texts(rows), value_set=_row_texts(among))
    return np.array(pc.fill_null(found, -1), np.int64)


def numbers_of(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """A number of each row, the same where rows are equal; missing is like missing."""
    return np.array(_row_texts(rows).dictionary_encode().indices, np.int64)


def _row_texts(frame: pd.DataFrame) -> "pa.Array[Any]":
    """Each row as one text; rows are equal where their texts are.

    No text of a store holds a NUL, so it parts the columns; which are missing stands at the end.
    """
    missing = frame.isna().to_numpy() @ (1 << np.arange(frame.shape[1]))
    columns = [pa.array(frame[name], from_pandas=True) for name in frame] + [pa.array(missing)]
    texts = [pc.fill_null(pc.cast(column, pa.large_string()), "") for column in columns]
    return _parted(texts)


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings of column → value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
