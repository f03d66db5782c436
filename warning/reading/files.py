"""A file of any known format → tables of text with the physical line of each row."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from warning.errors import DataError
from warning.language import say
from warning.reading.guards import CELL_LIMIT, check_size
from warning.reading.parquet_files import read_parquet
from warning.reading.quarantine import long_reason
from warning.reading.raw import RawTable, named, refusal
from warning.reading.text_files import decode, read_csv, undecidable
from warning.reading.workbooks import read_workbook

FORMATS = ("CSV、XLSX 或 Parquet 文件", "a CSV, XLSX or Parquet file")


def _damaged(where: str) -> DataError:
    return refusal(where, say("文件损坏", "the file is damaged"), say(*FORMATS),
                   say("重新导出", "export it again"), "damaged")  # fmt: skip


def read_tables(path: Path) -> list[RawTable]:
    """Read one CSV, XLSX or Parquet file: one table, of a workbook one a sheet of the same columns.

    Raises:
        DataError: missing, a directory, empty, undecidable encoding, damaged, unknown format, a
            column named twice.
    """
    where, formats = named(path), say(*FORMATS)
    with _readable(path, formats):
        check_size(path)
        suffix = path.suffix.lower()
        if suffix in {".csv", ".txt", ".tsv"}:
            return [read_csv(path.read_bytes(), where, "\t" if suffix == ".tsv" else ",")]
        if suffix in {".xlsx", ".xlsm"}:
            return _undamaged(read_workbook, path)
        if suffix in {".parquet", ".pq"}:
            return _undamaged(read_parquet, path)
    raise refusal(where, say("不认识的格式 ", "an unknown format ") + path.suffix, formats,
                  say("另存为其中一种", "save it as one of them"), "format")  # fmt: skip


def read_text(path: Path) -> str:
    """The text of a file, in UTF-8 or GB18030.

    Raises:
        DataError: missing, a directory, empty, not text.
    """
    with _readable(path, say("文字文件", "a text file")):
        check_size(path)
        text, _, damaged = decode(path.read_bytes(), named(path))
        if damaged:
            raise undecidable(named(path))
        return text


@contextmanager
def _readable(path: Path, formats: str) -> Iterator[None]:
    """Refuse what cannot be read, or holds nothing.

    Raises:
        DataError: missing, a directory, empty, no permission.
    """
    where = named(path)
    try:
        if path.is_dir():
            raise refusal(where, say("是目录", "is a directory"), formats,
                          say("写出目录中的文件", "name the files in it"), "directory")  # fmt: skip
        if path.stat().st_size == 0:
            raise refusal(where, say("文件是空的", "the file is empty"), formats,
                          say("重新导出", "export it again"), "empty")  # fmt: skip
        yield
    except FileNotFoundError as error:
        raise refusal(where, say("没有这个文件", "there is no such file"), formats,
                      say("检查路径", "check the path"), "missing") from error  # fmt: skip
    except OSError as error:
        raise refusal(where, say("无法读取", "cannot be read") + f" ({error.strerror or error})",
                      formats, say("检查文件及其权限", "check the file and its permissions"),
                      "not_read") from error  # fmt: skip


def without_long_cells(table: RawTable) -> RawTable:
    """The table with the rows set aside of which a cell is longer than :data:`CELL_LIMIT`."""
    holds = np.zeros(len(table.frame), dtype=bool)
    for column in table.frame.columns:
        values = table.frame[column]
        if values.dtype == "str":
            holds |= (values.str.len() > CELL_LIMIT).fillna(value=False).to_numpy(dtype=bool)
        elif values.dtype == "object":
            long = [isinstance(one, str | bytes) and len(one) > CELL_LIMIT for one in values]
            holds |= np.array(long, dtype=bool)
    if not holds.any():
        return table
    bad = [*table.bad, *((int(line), long_reason()) for line in table.lines[holds])]
    return replace(table, frame=table.frame[~holds], lines=table.lines[~holds], bad=bad)


def _undamaged(read: Callable[[Path], list[RawTable]], path: Path) -> list[RawTable]:
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
