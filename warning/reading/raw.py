"""A source as it is, before its columns are mapped; and how it is refused."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from warning.errors import DataError, Problem
from warning.language import say


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


def named(path: Path) -> str:
    """The path as text that can be stored: a name in GBK is read as such."""
    raw = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "backslashreplace")


def named_width(header: Sequence[str]) -> int:
    """How many columns there are until the last one with a name."""
    return max((at for at, name in enumerate(header, 1) if name), default=0)


def holds_value(cell: Any) -> bool:
    """Whether a cell is not empty."""
    return cell is not None and str(cell).strip() != ""


def nameless_notes(
    where: str, header: Sequence[str], rows: Sequence[Sequence[Any]], lines: Sequence[int]
) -> list[str]:
    """A note of each column without a name in which values stand.

    Beyond the last one with a name it may be that all these rows are shifted: the note says so.
    """
    notes, width = list[str](), named_width(header)
    for at in range(max(map(len, rows), default=0)):
        if at < len(header) and header[at]:
            continue
        held = [
            line
            for row, line in zip(rows, lines, strict=True)
            if at < len(row) and holds_value(row[at])
        ]
        if held:
            told = say(
                f"{where}：第 {at + 1} 列没有列名，其中 {len(held)} 个值没有读入"
                f"（首个在第 {held[0]} 行）",
                f"{where}: column {at + 1} has no name; its {len(held)} values were not read "
                f"(the first in line {held[0]})",
            )
            shifted = say("；检查这些行的列是否错位", "; see whether these rows are shifted")
            notes.append(told + shifted if at >= width else told)
    return notes


def check_header(header: list[str], where: str) -> None:
    """Refuse a header that names a column twice.

    Raises:
        DataError: it does.
    """
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise refusal(where, say("表头中重复的列：", "columns named twice: ") + ", ".join(twice),
                      say("每列一个名字", "one name a column"),
                      say("改正表头", "correct the header"), "column_twice")  # fmt: skip
