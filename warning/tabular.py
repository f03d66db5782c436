"""What frames are asked again and again: which texts are among others, their rows one by one."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def among_names(values: pd.Series, wanted: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Which texts are among the wanted, none of the missing ones.

    As ``values.isin(wanted)``, which makes a Python object of each wanted text first.
    """
    text = pa.large_string()
    sought = pa.array(wanted if isinstance(wanted, pd.Series) else list(wanted), text)
    found = pc.is_in(pa.array(values, text), value_set=sought, skip_nulls=True)
    return np.asarray(found, np.bool_)


def distinct_texts(values: pd.Series) -> frozenset[str]:
    """The texts of a column, none of the missing ones.

    As ``set(values.dropna())``, which makes a Python object of each text again and again.
    """
    return frozenset(pa.array(values, pa.large_string()).drop_null().unique().to_pylist())


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings of column → value."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
