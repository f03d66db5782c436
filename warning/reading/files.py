"""One file → a frame of text with the physical line of each row."""

import csv
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd

from warning.errors import DataError, Problem
from warning.language import say
from warning.reading.guards import CELL_LIMIT, check_rows, check_size, check_workbook, read_parquet
from warning.reading.quarantine import long_reason, nul_reason

FORMATS = ("CSV、XLSX 或 Parquet 文件", "a CSV, XLSX or Parquet file")


@dataclass
class RawTable:
    """A source as it is: all values are text or what the format gives; ``line`` is 1-based."""

    name: str
    frame: pd.DataFrame
    lines: np.ndarray[Any, Any]
    bad: list[tuple[int, str]] = field(default_factory=list)  #: line, reason
    notes: list[str] = field(default_factory=list)


def refusal(
    where: str, found: str, expected: str = "", action: str = "", code: str = ""
) -> DataError:
    """A :class:`DataError` of one problem."""
    return DataError(Problem(where, found, expected, action, code))


def _damaged(where: str) -> DataError:
    return refusal(where, say("文件损坏", "the file is damaged"), say(*FORMATS),
                   say("重新导出", "export it again"), "damaged")  # fmt: skip


def named(path: Path) -> str:
    """The path as text that can be stored: a name in GBK is read as such."""
    raw = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def read_file(path: Path) -> RawTable:
    """Read one CSV, XLSX or Parquet file.

    Raises:
        DataError: missing, a directory, empty, undecidable encoding, damaged, unknown format.
    """
    where = named(path)
    formats = say(*FORMATS)
    if path.is_dir():
        raise refusal(where, say("是目录", "is a directory"), formats,
                      say("写出目录中的文件", "name the files in it"), "directory")  # fmt: skip
    try:
        if path.stat().st_size == 0:
            raise refusal(where, say("文件是空的", "the file is empty"), formats,
                          say("重新导出", "export it again"), "empty")  # fmt: skip
        check_size(path)
        suffix = path.suffix.lower()
        if suffix in {".csv", ".txt", ".tsv"}:
            return read_csv(path.read_bytes(), where, "\t" if suffix == ".tsv" else ",")
        if suffix in {".xlsx", ".xlsm"}:
            return _undamaged(_read_xlsx, path)
        if suffix in {".parquet", ".pq"}:
            return _undamaged(_read_parquet, path)
    except FileNotFoundError as error:
        raise refusal(where, say("没有这个文件", "there is no such file"), formats,
                      say("检查路径", "check the path"), "missing") from error  # fmt: skip
    except OSError as error:
        raise refusal(where, say("无法读取", "cannot be read") + f" ({error.strerror or error})",
                      formats, say("检查文件及其权限", "check the file and its permissions"),
                      "not_read") from error  # fmt: skip
    raise refusal(where, say("不认识的格式 ", "an unknown format ") + path.suffix, formats,
                  say("另存为其中一种", "save it as one of them"), "format")  # fmt: skip


def read_csv(content: bytes, where: str, delimiter: str = ",") -> RawTable:
    """Decode and split a CSV; what is set aside is named by its line.

    A line with a wrong number of fields, a NUL byte, or a cell of more than
    :data:`CELL_LIMIT` characters.
    """
    text, encoding = _decode(content, where)
    notes = [say(f"{where}：编码 {encoding}", f"{where}: encoding {encoding}")]
    header: list[str] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[tuple[int, str]] = []
    for line, row, reason in _split(text, where, delimiter):
        if header is None:
            if reason:
                raise refusal(f"{where}:{line}", reason, code="cell_too_long")
            header = [name.strip() for name in row]
            _check_header(header, where)
        elif reason:
            bad.append((line, reason))
        elif len(row) != len(header):
            bad.append((line, say(f"有 {len(row)} 个字段；应与表头同为 {len(header)} 个；检查引号与逗号",
                        f"{len(row)} fields; expected: {len(header)} as in the header; check "
                        "quotes and commas")))  # fmt: skip
        elif "\x00" in "".join(row):
            bad.append((line, nul_reason()))
        else:
            rows.append(row)
            lines.append(line)
    if header is None:
        raise refusal(where, say("文件是空的", "the file is empty"),
                      say("有表头的 CSV", "a CSV with a header"), code="empty")  # fmt: skip
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    data = {
        name: pd.Series(list(values), dtype="str")
        for name, values in zip(header, columns, strict=True)
    }
    return RawTable(where, pd.DataFrame(data), np.array(lines, dtype="int64"), bad, notes)


def _split(text: str, where: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Line number, fields, and why the line cannot be used ("" where it can); empty ones are none."""
    csv.field_size_limit(CELL_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    start = 1
    while True:
        row: list[str] = []
        reason = ""
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" not in str(error):
                raise refusal(f"{where}:{start}", str(error), say("有效的 CSV", "valid CSV"),
                              say("改正这一行", "correct this line"), "not_csv") from error  # fmt: skip
            # The reader goes on with the next physical line: an unclosed quote costs what it
            # swallowed up to the limit, not the rest of the file.
            reason = long_reason()
        line, start = start, reader.line_num + 1
        if row or reason:
            yield line, row, reason


def without_long_cells(table: RawTable) -> RawTable:
    """The table with the rows set aside of which a cell is longer than :data:`CELL_LIMIT`."""
    holds = np.zeros(len(table.frame), dtype=bool)
    for column in table.frame.columns:
        values = table.frame[column]
        if values.dtype == "str":
            holds |= (values.str.len() > CELL_LIMIT).fillna(value=False).to_numpy(dtype=bool)
        elif values.dtype == "object":
            long = [isinstance(one, str) and len(one) > CELL_LIMIT for one in values]
            holds |= np.array(long, dtype=bool)
    if not holds.any():
        return table
    bad = [*table.bad, *((int(line), long_reason()) for line in table.lines[holds])]
    return RawTable(table.name, table.frame[~holds], table.lines[~holds], bad, table.notes)


def _check_header(header: list[str], where: str) -> None:
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise refusal(where, say("表头中重复的列：", "columns named twice: ") + ", ".join(twice),
                      say("每列一个名字", "one name a column"),
                      say("改正表头", "correct the header"), "column_twice")  # fmt: skip


def _decode(content: bytes, where: str) -> tuple[str, str]:
    """UTF-8 (with or without BOM), else GB18030; UTF-16 and anything else is undecidable."""
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        for encoding, name in (("utf-8-sig", "UTF-8"), ("gb18030", "GB18030")):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if name == "UTF-8" or not any("\ue000" <= letter <= "\uf8ff" for letter in text):
                marked = name == "UTF-8" and content.startswith(b"\xef\xbb\xbf")
                return text, "UTF-8 BOM" if marked else name
    raise refusal(where, say("无法判断编码", "the encoding cannot be decided"), "UTF-8, GB18030",
                  say("另存为 UTF-8 的 CSV", "save it as CSV in UTF-8"), "encoding")  # fmt: skip


def _undamaged(read: Callable[[Path], RawTable], path: Path) -> RawTable:
    """What ``read`` finds in a packed file; whatever else it stumbles over there is damage.

    A workbook is many XML files and a Parquet file tells of itself in several ways: what is wrong
    with one of them may be raised as anything at all.
    """
    try:
        return read(path)
    except (DataError, OSError, MemoryError):
        raise
    except Exception as error:
        raise _damaged(named(path)) from error


def _read_parquet(path: Path) -> RawTable:
    frame = read_parquet(path).to_pandas()
    return RawTable(named(path), frame, np.arange(1, len(frame) + 1))


def _read_xlsx(path: Path) -> RawTable:
    check_workbook(path)
    header, lines, body = _first_sheet(path)
    if not header:
        raise refusal(named(path), say("工作表是空的", "the sheet is empty"),
                      say("有表头的工作表", "a sheet with a header"), code="empty")  # fmt: skip
    _check_header(header, named(path))
    frame = pd.DataFrame(body, columns=header, dtype="object")
    return RawTable(named(path), frame.loc[:, frame.columns != ""],
                    np.array(lines, dtype="int64"))  # fmt: skip


def _first_sheet(path: Path) -> tuple[list[str], list[int], list[tuple[Any, ...]]]:
    """The header, the line of each row that is not empty, and the rows as wide as the header."""
    book: Any = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        check_rows(path, sheet._worksheet_path)
        # The size that the sheet tells of itself may be wrong: what stands there is read.
        sheet.reset_dimensions()
        filled = ((line, row) for line, row in enumerate(sheet.iter_rows(values_only=True), 1)
                  if any(value is not None for value in row))  # fmt: skip
        _, first = next(filled, (0, ()))
        header = ["" if value is None else str(value).strip() for value in first]
        lines, body = [], []
        for line, row in filled:
            lines.append(line)
            body.append((*row[: len(header)], *[None] * (len(header) - len(row))))
        return header, lines, body
    finally:
        book.close()
