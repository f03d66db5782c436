"""Columns that hold values and are not read, and columns that a layout knows and a file lacks."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import fuzz, process

from warning.language import say
from warning.reading.raw import shown
from warning.reading.values import texts, without_strange_types
from warning.settings.channels import Layout

#: Columns of each kind that a note names.
COLUMNS_SHOWN = 10
#: From this likeness on, of 100, one name may be another one's.
NEAR = 55
#: From this likeness on it surely is, but for a letter.
SURE = 90
#: Rows that are looked at before the others: mostly a value stands in them.
FIRST_ROWS = 1_000
#: What the texts of a record and the people of a layout are told by.
RECORD_TEXTS = ("narrative", "category", "outcome", "address")
PARTY_TEXTS = ("name", "id_number", "phone", "organisation")
#: Between alternatives, of which one column is enough.
OR = "/"
#: Columns that count rows.
ROW_NUMBERS = frozenset({"序号", "行号", "no", "no.", "#", "index", "unnamed: 0"})


@dataclass(frozen=True)
class Unread:
    """What of a table's columns goes nowhere.

    Attributes:
        name: the table's.
        columns: how many columns hold values and are not read.
        lacking: how many known columns the table lacks that an unread one surely is, or may be where
            the layout expects a text.
        said: one line about it, without the table's name; "" where there is nothing to say.
    """

    name: str
    columns: int = 0
    lacking: int = 0
    said: str = ""


def unread_columns(
    name: str, frame: pd.DataFrame, known: Iterable[str], expected: Sequence[str] = ()
) -> Unread:
    """What of a table's columns is not read.

    Columns without a value, and such as number the rows, are not counted.

    Args:
        name: the table's.
        frame: its columns as they are.
        known: names of the columns that are read where they are there.
        expected: what to say of columns that should be there and are not.
    """
    names, read = [str(column) for column in frame.columns], set(known)
    absent = sorted(read - set(names))
    unread = [
        column for at, column in enumerate(names)
        if column not in read and not column.startswith("_") and _tells(column, frame.iloc[:, [at]])
    ]  # fmt: skip
    near, sure = dict[str, str](), set[str]()
    for column in unread:
        near[column], likeness = _nearest(column, absent)
        sure |= {near[column]} if likeness >= SURE else set()
    unread.sort(key=lambda column: near[column] == "")
    wanted = {one for names_of_one in expected for one in names_of_one.split(OR)} | sure
    lacking = wanted.intersection(near.values())
    parts = []
    if unread:
        listed = _listed([
            shown([one], 1) + (say(f"（是否为 {near[one]}？）", f" ({near[one]}?)") if near[one] else "")
            for one in unread
        ])  # fmt: skip
        parts.append(
            say(
                f"有值而没有读入的列：{listed}", f"columns with values that were not read: {listed}"
            )
        )
    if expected:
        listed = _listed(expected)
        parts.append(say(f"缺少的列：{listed}", f"columns lacking: {listed}"))
    if expected or any(near.values()):
        parts.append(say("若列名有变，请在 channels.yaml 的 layouts 中写明，否则其内容按缺失处理；"
                         "从不提供的列可从 layouts 中删去",
                         "if a column was renamed, map it under layouts in channels.yaml: what it "
                         "tells counts as missing; one that never comes may be deleted there"))  # fmt: skip
    return Unread(name, len(unread), len(lacking), say("；", "; ").join(parts))


def texts_lacking(layout: Layout, frame: pd.DataFrame) -> list[str]:
    """The layout's columns of texts and people that a file has not, alternatives joined by :data:`OR`."""
    there = set(frame.columns)
    wanted = [layout.columns[to] for to in RECORD_TEXTS if to in layout.columns]
    wanted += [
        own for group in layout.parties for to, own in group.columns.items() if to in PARTY_TEXTS
    ]
    options = [(own,) if isinstance(own, str) else own for own in wanted]
    return [OR.join(names) for names in options if there.isdisjoint(names)]


def unread_notes(found: Iterable[Unread]) -> Iterator[str]:
    """A line of each table with something to say; of a workbook's sheets that say the same, one."""
    last = Unread("")
    for one in found:
        again = one.said == last.said and one.name.startswith(f"{last.name}[")
        if one.said and not again:
            last = one
            yield say(f"{one.name}：{one.said}", f"{one.name}: {one.said}")


def _tells(name: str, column: pd.DataFrame) -> bool:
    """Whether a column, alone in its frame, holds anything but the numbers of its rows."""
    if name.strip().casefold() in ROW_NUMBERS:
        return False
    values = without_strange_types(column).iloc[:, 0]
    held = values.notna().to_numpy(dtype=bool)
    for part in (values[held][:FIRST_ROWS], values[held][FIRST_ROWS:]):
        written = texts(part).dropna()
        if len(written):
            return not _counts_rows(written)
    return False


def _counts_rows(written: "pd.Series[Any]") -> bool:
    numbers = pd.to_numeric(written, errors="coerce").to_numpy(dtype="float64")
    return len(numbers) > 1 and bool((np.diff(numbers) == 1).all())


def _nearest(name: str, known: Sequence[str]) -> tuple[str, float]:
    """The known name that is nearest, and how like it is; "" where none is near."""
    found = process.extractOne(
        name, known, scorer=fuzz.ratio, processor=str.casefold, score_cutoff=NEAR
    )
    return (found[0], found[1]) if found else ("", 0.0)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - COLUMNS_SHOWN
    told = ", ".join(names[:COLUMNS_SHOWN])
    return told + say(f" 等，另有 {more} 列", f" and {more} more") if more > 0 else told
