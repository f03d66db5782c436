"""The sheets of a workbook."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from warning.language import say
from warning.reading.guards import check_rows, check_workbook
from warning.reading.raw import (
    RawTable,
    check_header,
    holds_value,
    named,
    named_width,
    nameless_notes,
    refusal,
)
from warning.reading.stray import without_stray
from warning.reading.values import CUT_SHORT, EXACT

Row = tuple[Any, ...]
#: From here on a spreadsheet keeps the first 15 digits of a number, and writes 0 for the others.
CUT_FROM = 10**15


def read_workbook(path: Path) -> list[RawTable]:
    """The first sheet that holds anything, and every further one with the same columns.

    A table that is longer than a sheet stands on several. Sheets with other columns are not read,
    and a note of the first names them.

    Raises:
        DataError: no sheet holds anything, or a column is named twice; see
            :mod:`warning.reading.guards` for what else is refused.
    """
    check_workbook(path)
    where, others = named(path), list[str]()
    tables: list[RawTable] = []
    book: Any = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            check_rows(path, sheet._worksheet_path)
            rows = _filled(sheet)
            _, first = next(rows, (0, ()))
            header = ["" if value is None else str(value).strip() for value in first]
            header = header[: named_width(header)]
            if not header:
                continue
            name = f"{where}[{sheet.title}]" if tables else where
            if tables and set(header) - {""} != set(tables[0].frame.columns):
                others.append(sheet.title)
                continue
            check_header(header, name)
            tables.append(_table(name, header, rows))
    finally:
        book.close()
    if not tables:
        raise refusal(where, say("工作表是空的", "the sheet is empty"),
                      say("有表头的工作表", "a sheet with a header"), code="empty")  # fmt: skip
    if others:
        listed = say("、", ", ").join(others)
        tables[0].notes.append(
            say(f"{where}：列与第一张不同的工作表没有读入：{listed}",
                f"{where}: sheets with other columns than the first were not read: {listed}")
        )  # fmt: skip
    return tables


def _filled(sheet: Any) -> Iterator[tuple[int, Row]]:
    """The rows that are not empty, with their 1-based lines."""
    # The size that the sheet tells of itself may be wrong: what stands there is read.
    sheet.reset_dimensions()
    for line, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if any(value is not None for value in row):
            yield line, row


def _table(name: str, header: list[str], rows: Iterator[tuple[int, Row]]) -> RawTable:
    """Rows as wide as the header, those with stray values set aside; nameless columns left out."""
    width = len(header)
    read = [(line, _without_empty_end(row)) for line, row in rows]
    body, lines, stray = without_stray([row for _, row in read], [line for line, _ in read], width)
    filled = [(*row[:width], *[None] * (width - len(row))) for row in body]
    frame = pd.DataFrame(filled, columns=header, dtype="object")
    frame = frame.loc[:, [bool(one) for one in header]]
    for column in frame:
        frame[column] = _as_kept(frame[column])
    notes = nameless_notes(name, header, body, lines)
    return RawTable(name, frame, np.array(lines, dtype="int64"), stray, notes)


def _without_empty_end(row: Row) -> Row:
    """A row up to its last value: a sheet may be styled far beyond."""
    end = len(row)
    while end and not holds_value(row[end - 1]):
        end -= 1
    return row[:end]


def _as_kept(column: "pd.Series[Any]") -> "pd.Series[Any]":
    """A column's cells; numbers of more digits than a spreadsheet keeps as :data:`CUT_SHORT`.

    Unless one of them has further digits: another program wrote them, and it wrote them all.
    """
    long = column.map(lambda one: type(one) in (int, float) and one >= CUT_FROM).astype(bool)
    if not long.any() or column[long].map(_goes_on).any():
        return column
    return column.mask(long, column[long].map(CUT_SHORT.format))


def _goes_on(number: float) -> bool:
    """Whether a number has other digits than 0 behind the first 15."""
    if isinstance(number, float) and number >= EXACT:
        return False
    digits = str(int(number))
    return digits[15:].strip("0") != ""
