"""The keys of a caller's frame beside what was read of them: 7 and 7.0 are read as the text 7."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from warning.digits import starred
from warning.errors import Problem
from warning.language import say
from warning.reading.values import texts, without_strange_types
from warning.records import PARTY, RECORD
from warning.tabular import places_in

#: Characters of a key that a message shows.
SHOWN = 40


class WrittenKeys(NamedTuple):
    """The key columns of one table as its rows write them, and as they were read (text)."""

    table: str
    written: pd.DataFrame
    read: pd.DataFrame

    @classmethod
    def of_records(cls, records: pd.DataFrame, read: pd.DataFrame) -> "WrittenKeys":
        """The keys of the caller's records; ``read``: the same rows as canonical records."""
        return cls("records", _written(records, RECORD), read[RECORD])

    @classmethod
    def of_parties(cls, parties: pd.DataFrame, records: "WrittenKeys") -> "WrittenKeys":
        """The keys of the caller's parties, each of which has its record in ``records``.

        Where a party names no channel it is written as its record writes it.
        """
        written = _written(parties, [name for name in PARTY if name in parties])
        written = written.reindex(columns=PARTY)
        read = pd.DataFrame({name: texts(written[name]) for name in PARTY})
        lacking = read["channel"].isna()
        if lacking.any() or "channel" not in parties:
            ids = ["record_id"]
            record = np.where(lacking, places_in(read[ids], records.read[ids]), 0)
            channel = records.written["channel"].take(record).reset_index(drop=True)
            if not lacking.all():
                own = written["channel"].astype("object")
                channel = own.mask(lacking, channel.astype("object")).infer_objects()
            written = written.assign(channel=channel)
            known = records.read["channel"].take(record).reset_index(drop=True)
            read = read.assign(channel=read["channel"].mask(lacking, known))
        return cls("parties", written, read)

    def faults(self) -> list[Problem]:
        """The rows with whose key as it is written what is linked could not be merged.

        That has one row a key, written one way: rows that write one key otherwise, or two keys
        with values that are equal (1 and True), would be lost or doubled without a word.
        """
        unfit = list(self._unfit())
        if unfit:
            return unfit
        names = [f"written {name}" for name in self.written]
        both = self.written.set_axis(names, axis="columns").join(self.read).drop_duplicates()
        mixed = both.duplicated(list(self.read), keep=False) | both.duplicated(names, keep=False)
        return [
            self._problem(
                str(row + 1),
                self.written.loc[row],
                say("键与另一行的写法不一，或值相等而键不同", "a key that another row writes "
                    "otherwise, or the equal value of another key"),
                say("一个键只有一种写法", "one way to write a key"),
            )
            for row in both.index[mixed]
        ]  # fmt: skip

    def _unfit(self) -> Iterator[Problem]:
        """Values that nothing can be merged on, such as lists."""
        for name, values in self.written.items():
            for row, value in enumerate(values, 1):
                try:
                    hash(value)
                except (TypeError, ValueError):
                    kind = type(value).__name__
                    yield self._problem(
                        f"{row}:{name}", [value], say(f"类型为 {kind} 的键", f"a key of type {kind}"),
                        say("文字或整数", "text or a whole number"),
                    )  # fmt: skip

    def _problem(self, row: str, values: Iterable[Any], found: str, expected: str) -> Problem:
        shown = ", ".join(starred(repr(value)[:SHOWN]) for value in values)
        return Problem(f"{self.table}:{row}", f"{found}: {shown}", expected,
                       say("各行把键写成相同的文本", "write it as the same text in every row"))  # fmt: skip

    def put_on(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with its keys written as the caller writes them, each of the column's dtype.

        Args:
            frame: the keys as they were read, all of this table; other columns stay.
        """
        places = places_in(frame[list(self.read)], self.read)
        own = self.written.take(places).set_axis(frame.index)
        return frame.assign(**{str(name): own[name] for name in self.read})


def _written(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """These columns of the caller's, numbered; rows may stand twice, though the caller forbids it."""
    plain = without_strange_types(frame[names]).set_flags(allows_duplicate_labels=True)
    return plain.reset_index(drop=True)
