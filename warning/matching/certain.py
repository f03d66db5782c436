"""Which mentions are one person beyond doubt: by a valid ID number or a phone with a whole name."""

import numpy as np
import pandas as pd

from warning.matching.linker.clustering import Integers
from warning.matching.linker.table import Codes


def certain_people(frame: pd.DataFrame) -> Codes:
    """A code of each mention that is certain; mentions of one code are one person.

    * A valid ID number and the name, as written (王某 of one number is one, 王建国 of it another:
      whether they are one is for the evidence to say; so is a number that was copied to another).
    * A whole name, a phone and whatever else stands for an ID number, equal; where there is none
      and the name with the phone stands beside one valid number, that one's. Beside two it is
      nobody's for certain.

    Args:
        frame: valid_id, id_number, full_name, name, phone, one row a mention.

    Returns:
        Codes from 0, −1 where nothing is certain.
    """
    number, name, full, phone, told = (
        pd.factorize(frame[column])[0].astype(np.int64)
        for column in ("valid_id", "name", "full_name", "phone", "id_number")
    )
    size = len(frame)
    by_number = np.where((number >= 0) & (name >= 0), _paired(number, name), -1)
    called = np.where((full >= 0) & (phone >= 0), _paired(full, phone), -1)
    by_phone = np.where((called >= 0) & (number < 0), _paired(called, told), -1)
    beside = pd.DataFrame({"called": called, "number": number, "code": by_number})
    beside = beside[(called >= 0) & (number >= 0)].drop_duplicates()
    numbers = beside.groupby("called")["code"].agg(["size", "first"])
    sizes, first = (numbers[name].reindex(called, fill_value=-1).to_numpy() for name in numbers)
    bare = (by_phone >= 0) & (told < 0)
    code = np.where(by_number >= 0, by_number, by_phone + by_number.max(initial=-1) + 1)
    code[(by_number < 0) & (by_phone < 0)] = -1
    code[bare & (sizes == 1)] = first[bare & (sizes == 1)]
    code[bare & (sizes > 1)] = -1
    found = np.full(size, -1, np.int32)
    known = code >= 0
    found[known] = pd.factorize(code[known])[0]
    return found


def _paired(one: Integers, other: Integers) -> Integers:
    """One number for each pair of codes (−1 for none is a code, too)."""
    return (one + 1) * (int(other.max(initial=-1)) + 2) + other + 1
