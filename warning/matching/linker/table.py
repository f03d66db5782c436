"""The table in integer codes: what the pair stage works on instead of texts."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.linker.specification import Rule, Specification

Codes = npt.NDArray[np.int32]
CUT = re.compile(r"^(?P<column>[^\[\]]+)\[(?P<start>-?\d*):(?P<end>-?\d*)\]$")


@dataclass(frozen=True)
class Encoded:
    """A table in codes.

    Attributes:
        size: rows.
        codes: comparison → code of each row's value, −1 where all its columns are missing.
        values: comparison → the distinct values, one row a code.
        rarity: column whose rarity counts → by row, how many bits rarer its value is than the
            average agreement on that column (log2 of known rows over rows with the value, less
            log2 of how many values agree at random); 0 where the value is missing.
        keys: one column a blocking rule: code of each row's key, −1 for none.
        exclusive: one column each: code of the row's value, −1 for none.
        certain: code of the row's certain value, −1 for none.
    """

    size: int
    codes: dict[str, Codes]
    values: dict[str, pd.DataFrame]
    rarity: dict[str, npt.NDArray[np.float32]]
    keys: list[Codes]
    exclusive: list[Codes]
    certain: Codes


def encode(frame: pd.DataFrame, specification: Specification) -> Encoded:
    """Encode ``frame``; a column the specification names and the frame lacks is all missing."""
    factors = _Factors(frame)
    codes, values, rarity = {}, {}, {}
    for comparison in specification.comparisons:
        code, firsts = factors.combined(comparison.columns, any_missing=False)
        codes[comparison.name] = code
        values[comparison.name] = pd.DataFrame(
            {column: factors.column(column).iloc[firsts] for column in comparison.columns}
        ).reset_index(drop=True)
        if comparison.prepare is not None:
            values[comparison.name] = comparison.prepare(values[comparison.name])
        for column in comparison.frequencies.values():
            if column not in rarity:
                beside = specification.counted.get(column)
                rarity[column] = rarity_of(
                    factors.codes(column), None if beside is None else factors.codes(beside)
                )
    keys = [factors.key(one) for one in specification.rules]
    exclusive = [factors.codes(column) for column in specification.exclusive]
    certain = np.full(len(frame), -1, np.int32)
    if specification.certain is not None:
        certain = factors.codes(specification.certain)
    return Encoded(len(frame), codes, values, rarity, keys, exclusive, certain)


def rarity_of(codes: Codes, beside: Codes | None = None) -> npt.NDArray[np.float32]:
    """Bits by which each row's value is rarer than an average agreement: see :class:`Encoded`.

    With ``beside``, a value counts once for each value beside it, a missing one among them.
    """
    once = np.ones(len(codes), bool)
    if beside is not None:
        width = np.int64(beside.max(initial=-1)) + 2
        once = ~pd.Series(codes.astype(np.int64) * width + beside + 1).duplicated().to_numpy()
    shown = codes[once & (codes >= 0)]
    count = np.bincount(shown, minlength=int(codes.max(initial=0)) + 1).astype(float)
    known = max(1.0, float(count.sum()))
    average = np.log2(max(float(((count / known) ** 2).sum()), 1.0 / known))
    bits = np.log2(known / np.maximum(count, 1.0)) + average
    return np.where(codes >= 0, bits[codes], 0.0).astype(np.float32)


class _Factors:
    """Codes of columns, each made once."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.known: dict[str, Codes] = {}

    def column(self, name: str) -> pd.Series:
        """A column, cut where its name says so; missing everywhere where there is none."""
        found = CUT.match(name)
        plain = found["column"] if found else name
        if plain not in self.frame.columns:
            return pd.Series(np.nan, index=self.frame.index, dtype="str")
        series = self.frame[plain]
        if found:
            start, end = (int(part) if part else None for part in (found["start"], found["end"]))
            distinct = series.astype("str").str.slice(start, end)
            series = distinct.where(distinct != "")
        return series

    def codes(self, name: str) -> Codes:
        """Codes of a column's values in the order of first appearance, −1 missing."""
        if name not in self.known:
            self.known[name] = pd.factorize(self.column(name))[0].astype(np.int32)
        return self.known[name]

    def combined(
        self, columns: tuple[str, ...], any_missing: bool
    ) -> tuple[Codes, npt.NDArray[np.int64]]:
        """Codes of the combinations of columns and the first row of each.

        A row is −1 where any value (``any_missing``) or every value is missing.
        """
        parts = [self.codes(column) for column in columns]
        code = parts[0].astype(np.int64) + 1
        missing = parts[0] < 0
        for part in parts[1:]:
            width = int(part.max(initial=-1)) + 2
            dense = np.asarray(pd.factorize(code)[0], np.int64)
            code = dense * width + (part + 1)
            missing = (missing | (part < 0)) if any_missing else (missing & (part < 0))
        result = np.full(len(code), -1, np.int32)
        known = np.flatnonzero(~missing)
        result[known] = pd.factorize(code[known])[0]
        firsts = known[~pd.Series(result[known]).duplicated().to_numpy()]
        return result, firsts

    def key(self, one: Rule) -> Codes:
        """Codes of a blocking rule's keys."""
        return self.combined(one.columns, any_missing=True)[0]
