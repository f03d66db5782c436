"""The sheets of a workbook."""

import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.styles.numbers import BUILTIN_FORMATS_MAX_SIZE
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet._reader import FORMULA_TAG, VALUE_TAG, WorkSheetParser

from warning.language import say
from warning.reading.guards import POINTER, SHEET_CELL, Unpacked, check_rows, check_workbook
from warning.reading.quarantine import long_reason
from warning.reading.raw import (
    FIRST_ROWS,
    Head,
    Places,
    RawTable,
    check_header,
    holds_value,
    named,
    named_width,
    nameless_notes,
    refusal,
    shown,
)
from warning.reading.stray import without_stray
from warning.reading.values import CUT_SHORT, EXACT

#: The values of a row that stand in its sheet, by their columns from 0.
Cells = Mapping[int, Any]
#: From here on a spreadsheet keeps the first 15 digits of a number, and writes 0 for the others.
CUT_FROM = 10**15
#: Sheets that a note of those not read names, and columns that one of formulas does.
SHEETS_SHOWN = COLUMNS_SHOWN = 10
#: Characters of a number's format that a spreadsheet takes at most.
LONGEST_FORMAT = 255


def read_workbook(path: Path) -> list[RawTable]:
    """The first sheet that holds anything, and every further one with the same columns.

    A table that is longer than a sheet stands on several. Sheets with other columns are not read,
    and a note of the first names them.

    Raises:
        DataError: no sheet holds anything, or a column is named twice; see
            :mod:`warning.reading.guards` for what else is refused.
    """
    with zipfile.ZipFile(path) as packed:
        check_workbook(path, packed)
        book: Any = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return _tables(path, packed, book)
        finally:
            book.close()


def _tables(path: Path, packed: zipfile.ZipFile, book: Any) -> list[RawTable]:
    where, others = named(path), list[str]()
    tables, heads = list[RawTable](), list[Head]()
    unpacked = Unpacked(path)
    for sheet in book.worksheets:
        check_rows(path, packed, sheet._worksheet_path)
        formulas = Counter[int]()
        rows = _filled(book, sheet, formulas)
        line, first = next(rows, (0, {}))
        begin = list(islice(rows, FIRST_ROWS))
        header = [str(first.get(at, "")).strip() for at in range(max(first, default=-1) + 1)]
        header = header[: named_width(header)]
        if not header:
            continue
        name = f"{where}[{sheet.title}]" if tables else where
        if tables and set(header) - {""} != set(tables[0].frame.columns):
            others.append(sheet.title)
            heads += _heads([(line, first), *begin], sheet.title)
            continue
        check_header(header, name)
        heads += _heads(begin, sheet.title if tables else "")
        tables.append(_table(name, header, chain(begin, rows), unpacked))
        tables[-1].from_1904 = book.epoch == CALENDAR_MAC_1904
        tables[-1].notes.extend(_formula_notes(name, header, formulas))
    if not tables:
        raise refusal(where, say("工作表是空的", "the sheet is empty"),
                      say("有表头的工作表", "a sheet with a header"), code="empty")  # fmt: skip
    tables[0].heads = heads
    if others:
        listed = shown(others, SHEETS_SHOWN)
        tables[0].notes.append(
            say(f"{where}：列与第一张不同的工作表没有读入：{listed}",
                f"{where}: sheets with other columns than the first were not read: {listed}")
        )  # fmt: skip
    return tables


def _heads(rows: Sequence[tuple[int, Cells]], sheet: str = "") -> list[Head]:
    """The rows as what a header may stand in."""
    return [
        Head(line, frozenset(str(cell).strip() for cell in cells.values()), sheet)
        for line, cells in rows
    ]


class _Parser(WorkSheetParser):
    """A parser that counts by their columns the formulas without a kept value.

    A formula that gave an empty text has its kind kept (``str``), and is empty. A whole number that
    its format fills with zeros is the text that is shown: 12 as 0000 is 0012.
    """

    formulas: Counter[int]  #: column from 0 → cells
    zeros: dict[int, int]  #: a style's number → the digits that its format, of zeros alone, fills

    def parse_cell(self, element: Any) -> Any:
        """The cell; looked at again only where it has no value."""
        cell = super().parse_cell(element)
        if cell["value"] is None and len(element) and element.find(FORMULA_TAG) is not None:
            kept = element.get("t") == "str" and element.find(VALUE_TAG) is not None
            self.formulas[cell["column"] - 1] += not kept
        width = self.zeros.get(cell["style_id"])
        if width and type(cell["value"]) in (int, float) and _is_shorter(cell["value"], width):
            cell["value"] = f"{int(cell['value']):0{width}}"
        return cell


def _is_shorter(number: float, width: int) -> bool:
    """Whether it is a whole number from 0 on of fewer digits."""
    return 0 <= number < 10 ** (width - 1) and number % 1 == 0


def _zeros(book: Any) -> dict[int, int]:
    """The styles of a workbook whose numbers are filled with zeros, and to how many digits."""
    own = dict(enumerate(book._number_formats, BUILTIN_FORMATS_MAX_SIZE))
    formats = [own.get(style.numFmtId, "") for style in book._cell_styles]
    return {
        at: len(text)
        for at, text in enumerate(formats)
        if text.strip("0") == "" and len(text) <= LONGEST_FORMAT
    }


def _formula_notes(name: str, header: list[str], formulas: Counter[int]) -> list[str]:
    """A note of the named columns with formulas of which no value was kept; none without."""
    counts = [(header[at], formulas[at]) for at in sorted(formulas) if at < len(header)]
    told = [say(f"{shown([column], 1)} {count} 个", f"{count} of {shown([column], 1)}")
            for column, count in counts if column and count]  # fmt: skip
    if not told:
        return []
    listed = shown(told, COLUMNS_SHOWN)
    return [say(
        f"{name}：没有保存结果的公式单元格按空白处理：{listed}；在表格软件中打开并保存，或以文本写入后重新读入",
        f"{name}: cells that are formulas without a value count as empty: {listed}; open and save it "
        "in a spreadsheet, or write them as text, and load it again",
    )]  # fmt: skip


def _filled(book: Any, sheet: Any, formulas: Counter[int]) -> Iterator[tuple[int, Cells]]:
    """The rows that are not empty, with their 1-based lines; counts ``formulas`` without a value.

    openpyxl's own iteration fills each row up to its last cell, which may be the 16,384th.
    """
    with sheet._get_source() as source:
        parser = _Parser(
            source,
            sheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=book._date_formats,
            timedelta_formats=book._timedelta_formats,
        )
        parser.formulas, parser.zeros = formulas, _zeros(book)
        for line, row in parser.parse():
            cells = {cell["column"] - 1: cell["value"] for cell in row if cell["value"] is not None}
            if cells:
                yield line, cells


def _table(
    name: str, header: list[str], rows: Iterator[tuple[int, Cells]], unpacked: Unpacked
) -> RawTable:
    """The named columns; rows with stray values or a cell too long are set aside."""
    width = len(header)
    columns = {at: column for at, column in enumerate(header) if column}
    body, lines, held = list[tuple[Any, ...]](), list[int](), list[Places]()
    long: list[tuple[int, str]] = []
    for line, cells in rows:
        sizes = [len(value) for value in cells.values() if isinstance(value, str)]
        if max(sizes, default=0) > SHEET_CELL:
            long.append((line, long_reason(SHEET_CELL)))
            continue
        unpacked.add(sum(sizes) + POINTER * len(columns))
        body.append(tuple(cells.get(at) for at in columns))
        lines.append(line)
        held.append(
            tuple(at for at, value in cells.items() if at not in columns and holds_value(value))
        )
    body, lines, held, stray = without_stray(body, lines, held, width)
    values = zip(*body, strict=True) if body else [()] * len(columns)
    frame = pd.DataFrame(
        {
            column: _as_kept(pd.Series(list(cells), dtype="object"))
            for column, cells in zip(columns.values(), values, strict=True)
        }
    )
    notes = nameless_notes(name, header, held, lines)
    bad = sorted(long + stray)
    return RawTable(name, frame, np.array(lines, dtype="int64"), bad, notes)


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
