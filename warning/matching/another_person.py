"""Whether a corrected record names somebody else than before."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.name_levels import LEVELS, confusable
from warning.matching.standardise.names import names


def names_another(before: pd.DataFrame, after: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Where two versions of a party name two people.

    They have two valid ID numbers, or, where one of them has none, two whole names of which
    neither is a slip of the other or completes it (阿依古丽·吾买尔 for 阿依古丽, 李桂芬 for 李氏).

    Args:
        before, after: name and id_number as written, of the same parties row by row.
    """
    one, other = (identifiers(frame["id_number"]) for frame in (before, after))
    sure = ["valid", "short15"]
    both = (one["status"].isin(sure) & other["status"].isin(sure)).to_numpy(bool)
    numbers = (one["id_number"] != other["id_number"]).to_numpy(bool)
    told = (names(frame["name"]) for frame in (before, after))
    whole = [
        frame["name"].where(~frame["is_mask"] & ~frame["name"].str.endswith("氏").eq(True))
        for frame in told
    ]
    written = zip(before["name"].fillna(""), after["name"].fillna(""), strict=True)
    kept = np.array([_completes(*pair) for pair in written], np.bool_)
    unlike = confusable(*whole) > LEVELS.index("one sounds near")
    return np.where(both, numbers, unlike & ~kept)


def _completes(name: str, other: str) -> bool:
    """Whether one name is the other with signs or words left out, or its words turned round.

    >>> _completes("欧阳远", "欧阳文远"), _completes("John Smith", "SMITH JOHN"), _completes("张三", "李四")
    (True, True, False)
    """
    words = [sorted(re.findall(r"\w+", text.casefold())) for text in (name, other)]
    short, long = sorted(("".join(re.findall(r"\w", text)) for text in (name, other)), key=len)
    left = iter(long.casefold())
    return words[0] == words[1] or (
        len(short) > 1 and all(letter in left for letter in short.casefold())
    )
