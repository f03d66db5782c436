"""Frames to rows and back, with the dtypes of the canonical tables."""

import gc
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sqlalchemy import (
    JSON,
    Boolean,
    Connection,
    DateTime,
    Float,
    Integer,
    Select,
    String,
    Table,
    and_,
    bindparam,
    collate,
    delete,
    func,
    insert,
    select,
)

from warning.records import COUNT, DEGREES, MOMENT, TEXT, array_of
from warning.store.connection import is_postgresql
from warning.store.faults import as_database_error
from warning.store.sealing import current_seal
from warning.tabular import places_in


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


def read_frame(connection: Connection, query: Select[Any], types: dict[str, Any]) -> pd.DataFrame:
    """The result of ``query`` as a frame whose columns have the given dtypes."""
    result = connection.execute(query)
    names = list(result.keys())
    with _without_collection():
        rows = result.fetchall()
        columns = list(zip(*rows, strict=True)) if rows else [() for _ in names]
        del rows
    arrays = {
        name: array_of(values, types.get(name, "object"))
        for name, values in zip(names, columns, strict=True)
    }
    frame = pd.DataFrame(arrays)
    seal = current_seal(connection)
    for column in query.selected_columns:
        if seal.on and getattr(column, "info", {}).get("sealed"):
            frame[column.name] = seal.unseal(frame[column.name], column.name)
    return frame


@contextmanager
def _without_collection() -> Iterator[None]:
    """Many rows are made and none of them is garbage: looking at all again and again is no use."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def in_order(connection: Connection, columns: Iterable[Any]) -> list[Any]:
    """The columns to sort by: text by code points on every database, whatever its locale."""
    if not is_postgresql(connection):
        return list(columns)
    return [
        collate(column, "C") if isinstance(column.type, String) else column for column in columns
    ]


def read_table(connection: Connection, table: Table) -> pd.DataFrame:
    """A whole table, in the order of its primary key."""
    order = in_order(connection, table.primary_key)
    return read_frame(connection, select(table).order_by(*order), dtypes(table))


def write_frame(connection: Connection, table: Table, frame: pd.DataFrame) -> int:
    """Insert the frame's columns that the table has; returns the number of rows written."""
    if frame.empty:
        return 0
    frame = _with_numbers(connection, table, frame)
    names = [column.name for column in table.columns if column.name in frame.columns]
    seal = current_seal(connection)
    columns = [
        _plain(seal.seal(frame[name], name) if table.c[name].info.get("sealed") else frame[name])
        for name in names
    ]
    if is_postgresql(connection):
        _copy(connection, table, names, columns)
    else:
        _insert(connection, table, names, columns)
    return len(frame)


def replace_frame(
    connection: Connection, table: Table, frame: pd.DataFrame, before: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Make ``table`` hold the rows of ``frame`` and no others; a row that it holds stays as it is.

    Of a numbered table a row is the same if all but its number is. Where half of the rows or more
    are gone, all are written anew.

    Args:
        connection: of the store, writing.
        table: the table.
        frame: its columns but perhaps the number; no two rows are equal.
        before: what the table holds, where that is known.

    Returns:
        What the table holds now: the frame in its order, with numbers where they were missing.
    """
    before = read_table(connection, table) if before is None else before
    return _replace(connection, table, frame, before, whole=True)


def replace_rows(
    connection: Connection, table: Table, rows: pd.DataFrame, before: pd.DataFrame
) -> pd.DataFrame:
    """Put these rows in the place of those, which the table holds; as :func:`replace_frame`."""
    return _replace(connection, table, rows, before, whole=False)


def _replace(
    connection: Connection, table: Table, frame: pd.DataFrame, before: pd.DataFrame, *, whole: bool
) -> pd.DataFrame:
    keys = [column.name for column in table.primary_key]
    types = {name: dtype for name, dtype in dtypes(table).items() if name in frame}
    new = frame[list(types)].astype(types)
    at = _places_before(before, new, [name for name in keys if name in types] or list(types))
    stays = np.zeros(len(before), np.bool_)
    stays[at[at >= 0]] = True
    gone = before[~stays]
    if whole and 2 * len(gone) >= len(before):
        connection.execute(delete(table))
        at[:] = -1
    elif len(gone):
        bound = [f"key_{name}" for name in keys]
        which = [table.c[name] == bindparam(key) for name, key in zip(keys, bound, strict=True)]
        values = zip(*(_plain(gone[name]) for name in keys), strict=True)
        rows = [dict(zip(bound, row, strict=True)) for row in values]
        connection.execute(delete(table).where(and_(*which)), rows)
    added = _with_numbers(connection, table, new[at < 0])
    write_frame(connection, table, added)
    number = number_of(table)
    if number is not None and number not in types:
        numbers = np.empty(len(new), np.int64)
        numbers[at >= 0] = before[number].to_numpy(np.int64)[at[at >= 0]]
        numbers[at < 0] = added[number]
        new.insert(0, number, numbers)
    return new


def _places_before(
    before: pd.DataFrame, after: pd.DataFrame, keys: list[str]
) -> npt.NDArray[np.int64]:
    """Of each row of ``after`` where ``before`` holds it as it is; -1: nowhere.

    The columns of ``after`` are compared; ``keys`` tell its rows apart, and those of ``before``.
    """
    at = places_in(after[keys], before[keys])
    same = at >= 0
    for name in after.columns.difference(keys):
        left, right = before[name].array[at[same]], after[name].array[same]
        equal = pd.array(left == right, dtype="boolean").to_numpy(bool, na_value=False)
        same[same] = equal | (pd.isna(left) & pd.isna(right))
    at[~same] = -1
    return at


def number_of(table: Table) -> str | None:
    """The column of a numbered table's numbers; None: it has none."""
    numbers = [column.name for column in table.primary_key if column.default is not None]
    return numbers[0] if numbers else None


def _with_numbers(connection: Connection, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of a numbered table get the numbers after its highest."""
    number = number_of(table)
    if number is None or number in frame.columns:
        return frame
    last = connection.execute(select(func.max(table.c[number]))).scalar() or 0
    return frame.assign(**{number: range(last + 1, last + 1 + len(frame))})


def _insert(
    connection: Connection, table: Table, names: list[str], columns: list[list[Any]]
) -> None:
    """What executing ``insert(table)`` does, without a mapping a row: in half the time."""
    dialect = connection.dialect
    for position, name in enumerate(names):
        process = table.c[name].type.dialect_impl(dialect).bind_processor(dialect)
        if process is None:
            continue
        if isinstance(table.c[name].type, DateTime):  # a night's rows share a few moments
            told = {value: process(value) for value in set(columns[position])}
            columns[position] = [told[value] for value in columns[position]]
        else:
            columns[position] = [process(value) for value in columns[position]]
    statement = str(insert(table).compile(dialect=dialect, column_keys=names))
    connection.exec_driver_sql(statement, list(zip(*columns, strict=True)))


def _copy(connection: Connection, table: Table, names: list[str], columns: list[list[Any]]) -> None:
    """PostgreSQL's bulk way in; part of the connection's transaction as an INSERT is."""
    for position, name in enumerate(names):
        if isinstance(table.c[name].type, JSON):
            columns[position] = [
                None if value is None else json.dumps(value, ensure_ascii=False)
                for value in columns[position]
            ]
    quoted = connection.dialect.identifier_preparer
    target = f"{quoted.format_table(table)} ({', '.join(map(quoted.quote, names))})"
    driver: Any = connection.connection.driver_connection
    with (
        as_database_error(f"COPY {target}"),
        driver.cursor() as cursor,
        cursor.copy(f"COPY {target} FROM STDIN") as copy,
    ):
        for row in zip(*columns, strict=True):
            copy.write_row(row)


def _plain(series: "pd.Series[Any]") -> list[Any]:
    """The values as the database drivers take them: missing is None, no numpy scalars."""
    if series.dtype.kind == "M":
        moments: list[Any] = series.to_numpy("datetime64[us]").astype(object).tolist()
        return moments
    values = series.astype("object").to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    plain: list[Any] = values.tolist()
    if series.dtype != object:
        return plain
    return [value.item() if isinstance(value, np.generic) else value for value in plain]
