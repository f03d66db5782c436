"""Frames to rows and back, with the dtypes of the canonical tables."""

from typing import Any

import numpy as np
import pandas as pd
from sqlalchemy import Boolean, Connection, DateTime, Float, Integer, Select, Table, insert, select

from warning.records import COUNT, DEGREES, MOMENT, TEXT


def dtypes(table: Table) -> dict[str, str]:
    """Column → pandas dtype of a table's frame; keys of runs and JSON stay objects."""
    return {column.name: _dtype(column) for column in table.columns}


def _dtype(column: Any) -> str:
    if isinstance(column.type, DateTime):
        return MOMENT
    if isinstance(column.type, Boolean):
        return "bool"
    if isinstance(column.type, Float):
        return DEGREES
    if isinstance(column.type, Integer):
        return "int64" if not column.nullable else COUNT
    if column.type.python_type is str:
        return TEXT
    return "object"


def read_frame(connection: Connection, query: Select[Any], types: dict[str, str]) -> pd.DataFrame:
    """The result of ``query`` as a frame whose columns have the given dtypes."""
    result = connection.execute(query)
    names = list(result.keys())
    rows = result.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
    return pd.DataFrame(
        {
            name: pd.Series(list(values), dtype="object").astype(types.get(name, "object"))  # type: ignore[call-overload]
            for name, values in zip(names, columns, strict=True)
        }
    )


def read_table(connection: Connection, table: Table) -> pd.DataFrame:
    """A whole table, in the order of its primary key."""
    return read_frame(connection, select(table).order_by(*table.primary_key), dtypes(table))


def write_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> int:
    """Insert the frame's columns that the table has; returns the number of rows written."""
    if frame.empty:
        return 0
    names = [column.name for column in table.columns if column.name in frame.columns]
    columns = [_plain(frame[name]) for name in names]
    rows = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
    connection.execute(insert(table), rows)
    return len(rows)


def _plain(series: "pd.Series[Any]") -> list[Any]:
    """The values as the database drivers take them: missing is None, no numpy scalars."""
    values = series.astype("object").to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    if series.dtype.kind == "M":
        return [value.to_pydatetime() if value is not None else None for value in values]
    return [value.item() if isinstance(value, np.generic) else value for value in values]
