"""The rows of a backup read back: what is no row of its table is told with its line."""

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
)

from warning.errors import DataError, Problem
from warning.language import say

#: Whole numbers from minus to below this one are what either database can hold.
WHOLE = 2**63


def rows_of(table: Table, lines: Iterable[bytes], where: str) -> Iterator[dict[str, Any]]:
    """The rows, column → value, as the database takes them.

    Args:
        table: as the backup's schema has it.
        lines: JSON, the first the columns, in any order, the others a row each.
        where: what the lines stand in, for messages.

    Raises:
        DataError: a line is no JSON, or holds other columns or values than the table's.
    """
    every = iter(lines)
    names = _values(next(every, b""), f"{where}:1")
    if not all(isinstance(name, str) for name in names) or sorted(names) != sorted(table.c.keys()):
        raise damaged(f"{where}:1", say("列与表不符", "the columns are not the table's"))
    columns = [table.c[name] for name in names]
    read = [_reader(column) for column in columns]
    for number, line in enumerate(every, 2):
        values = _values(line, f"{where}:{number}")
        if len(values) != len(columns):
            raise damaged(
                f"{where}:{number}",
                say(f"{len(values)} 个值，应有 {len(columns)} 个",
                    f"{len(values)} values, where there are {len(columns)} columns"),
            )  # fmt: skip
        row: dict[str, Any] = {}
        for column, turn, value in zip(columns, read, values, strict=True):
            try:
                row[column.name] = turn(value)
            except (TypeError, ValueError, OverflowError) as error:
                raise damaged(
                    f"{where}:{number}",
                    say(f"{column.name} 列的值不对", f"no value for the column {column.name}"),
                ) from error
        yield row


def damaged(where: str, found: str) -> DataError:
    """The refusal of a backup whose content nobody could restore."""
    return DataError(
        Problem(
            where,
            say("备份已损坏：", "a damaged backup: ") + found,
            say("未改动过的备份", "a backup that was never changed"),
            say("换一份备份", "use another backup"),
        )
    )


def _values(line: bytes, where: str) -> list[Any]:
    try:
        values = json.loads(line)
        if b"\\u" in line:  # half a character, which no database takes
            json.dumps(values, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise damaged(where, say("不是 JSON 行", "no line of JSON")) from error
    if not isinstance(values, list):
        raise damaged(where, say("不是一行值", "no row of values"))
    return values


def _reader(column: Column[Any]) -> Callable[[Any], Any]:
    """Turns what stands in a line into a value of the column; fails at anything else."""
    kind = column.type
    if isinstance(kind, JSON):
        return lambda value: value
    turn = next(turn for types, turn in READERS if isinstance(kind, types))

    def read(value: Any) -> Any:
        if value is not None:
            return turn(value)
        if not column.nullable:
            raise ValueError(column.name)
        return None

    return read


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        raise ValueError(value)
    return moment


def _bytes(value: Any) -> bytes:
    if not isinstance(value, str):
        raise TypeError(value)
    return base64.b64decode(value, validate=True)


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _whole(value: Any) -> int:
    if type(value) is not int or not -WHOLE <= value < WHOLE:
        raise ValueError(value)
    return value


def _number(value: Any) -> float:
    if type(value) not in {int, float}:
        raise TypeError(value)
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


#: Types of columns → what reads their values.
READERS: tuple[tuple[type[Any], Callable[[Any], Any]], ...] = (
    (DateTime, _moment),
    (LargeBinary, _bytes),
    (Boolean, _truth),
    (Integer, _whole),
    (Float, _number),
    (String, _text),
)
