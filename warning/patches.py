"""How a frame differs from another one: the keys of what differs, and the rows that they have now."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.tabular import among_keys, spliced


@dataclass(frozen=True)
class Patch:
    """What makes of one frame another: the rows of some keys are these, all others as they are.

    Attributes:
        keys: text columns that the order of both frames begins with, each key once (any columns
            where there is no key).
        rows: every row of the other frame with one of the keys, sorted as it is.
    """

    keys: pd.DataFrame
    rows: pd.DataFrame

    @classmethod
    def to(cls, frame: pd.DataFrame, keys: pd.DataFrame) -> "Patch":
        """The patch to a frame whose rows differ in these keys at most."""
        keys = keys.drop_duplicates(ignore_index=True)
        return cls(keys, with_keys(frame, keys))

    def on(self, base: pd.DataFrame) -> pd.DataFrame:
        """The frame that the patch leads to, from the one that it was made for."""
        if self.keys.empty:
            return base
        return spliced(base, self._met(base), self.rows, list(self.keys.columns))

    def rows_of(self, base: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
        """The rows of :meth:`on` with one of the keys, in no order; quick where these are few."""
        found = with_keys(base, keys)
        parts = [found[~self._met(found)], with_keys(self.rows, keys)]
        return pd.concat(parts, ignore_index=True)

    def _met(self, frame: pd.DataFrame) -> npt.NDArray[np.bool_]:
        return among_keys(frame, self.keys, list(self.keys.columns))


def with_keys(frame: pd.DataFrame, keys: pd.DataFrame) -> pd.DataFrame:
    """The rows that have one of the keys."""
    return frame[among_keys(frame, keys, list(keys.columns))].reset_index(drop=True)


def all_keys(*parts: pd.DataFrame) -> pd.DataFrame:
    """The keys of all parts, each once, by the columns that the first one has."""
    names = list(parts[0].columns)
    return pd.concat([part[names] for part in parts]).drop_duplicates(ignore_index=True)
