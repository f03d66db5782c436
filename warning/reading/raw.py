"""A source as it is, before its columns are mapped; and how it is refused."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from warning.errors import DataError, Problem
from warning.language import say
from warning.reading.guards import SHEET_COLUMNS

#: Columns of a row, from 0.
Places = tuple[int, ...]
#: Columns without a name of which each has a note.
NOTED = 10
#: Filled rows of a table or sheet among which a header is looked for, where the first is none.
FIRST_ROWS = 10
#: Characters of a column's name that a message shows.
NAME_SHOWN = 40


@dataclass(frozen=True)
class Head:
    """One of the first rows below a table's header, or of another sheet: it may be the header.

    Attributes:
        line: 1-based.
        names: what stands in it.
        sheet: the other sheet; "" for the table's own.
    """

    line: int
    names: frozenset[str]
    sheet: str = ""


@dataclass
class RawTable:
    """A source as it is: all values are text or what the format gives; ``line`` is 1-based."""

    name: str
    frame: pd.DataFrame
    lines: np.ndarray[Any, Any]
    bad: list[tuple[int, str]] = field(default_factory=list)  #: line, reason
    notes: list[str] = field(default_factory=list)
    heads: list[Head] = field(default_factory=list)  #: where a header may stand instead
    canonical: bool = False  #: whether no layout is looked for
    from_1904: bool = False  #: whether plain numbers count days from 1904-01-01, not 1899-12-30


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
    where: str, header: Sequence[str], held: Sequence[Places], lines: Sequence[int]
) -> list[str]:
    """A note of each column without a name in which values stand, of the first :data:`NOTED`.

    Beyond the last one with a name it may be that all these rows are shifted: the note says so.

    Args:
        held: of each row the columns without a name in which it holds a value.
        lines: 1-based, of these rows.
    """
    width = named_width(header)
    counts, first = Counter[int](), dict[int, int]()
    for places, line in zip(held, lines, strict=True):
        counts.update(places)
        for at in places:
            first.setdefault(at, line)
    notes = list[str]()
    for at in sorted(counts)[:NOTED]:
        told = say(
            f"{where}：第 {at + 1} 列没有列名，其中 {counts[at]} 个值没有读入（首个在第 {first[at]} 行）",
            f"{where}: column {at + 1} has no name; its {counts[at]} values were not read "
            f"(the first in line {first[at]})",
        )
        shifted = say("；检查这些行的列是否错位", "; see whether these rows are shifted")
        notes.append(told + shifted if at >= width else told)
    more = len(counts) - NOTED
    if more > 0:
        notes.append(say(f"{where}：另有 {more} 列没有列名，其中的值没有读入",
                         f"{where}: {more} more columns have no name; their values were not read"))  # fmt: skip
    return notes


def check_header(header: Sequence[str], where: str) -> None:
    """Refuse a header that no table has: too wide, or a column named twice.

    Raises:
        DataError: it is one.
    """
    if len(header) > SHEET_COLUMNS:
        raise refusal(
            where,
            say(f"表头有 {len(header)} 列", f"a header of {len(header)} columns"),
            say(f"表格，不超过 {SHEET_COLUMNS} 列", f"a table of at most {SHEET_COLUMNS} columns"),
            say("确认它是首行为表头的表格，分隔符是逗号",
                "see whether it is a table with a header, and its separator the comma"),
            "too_wide",
        )  # fmt: skip
    twice = sorted(name for name, count in Counter(header).items() if name and count > 1)
    if twice:
        raise refusal(where, say("表头中重复的列：", "columns named twice: ") + shown(twice, 10),
                      say("每列一个名字", "one name a column"),
                      say("改正表头", "correct the header"), "column_twice")  # fmt: skip


def shown(names: Sequence[str], most: int) -> str:
    """The first names, cut short: what stands where a header should may be anybody's data."""
    short = [name if len(name) <= NAME_SHOWN else f"{name[:NAME_SHOWN]}…" for name in names[:most]]
    return ", ".join([*short, "…"] if len(names) > most else short)
