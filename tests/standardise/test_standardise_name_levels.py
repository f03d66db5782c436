"""How far two names differ: better beats worse, and the order of the two does not matter."""

import numpy as np
import pandas as pd
import pytest

from warning.matching.standardise.name_levels import LEVELS, confusable, name_similarity


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("张伟", "张伟", "equal"),
        ("张伟", "张玮", "same sound"),
        ("单丽", "善丽", "same sound"),
        ("李己", "李已", "one looks alike"),
        ("王末", "王未", "one looks alike"),
        ("刘宁", "刘林", "one sounds near"),
        ("王小明", "王大明", "one character"),
        ("王小明", "王明", "one character"),
        ("张三", "张四", "different"),
        ("张三", "李四", "different"),
        ("才让卓玛", "才让卓马", "same sound"),
        ("阿卜杜热合曼" * 4, "阿卜杜热合曼" * 4, "equal"),
        ("阿卜杜热合曼" * 4, "阿卜杜热合曼" * 3, "different"),
    ],
)
def test_names_are_graded(left: str, right: str, level: str) -> None:
    """Each pair has its level, in either order."""
    found = confusable(pd.Series([left, right, None]), pd.Series([right, left, right]))
    assert [LEVELS[found[0]], LEVELS[found[1]], found[2]] == [level, level, -1]


@pytest.mark.parametrize(
    "ranked",
    [
        [("张伟强", "张伟强"), ("张伟强", "张玮强"), ("张伟强", "张纬墙"), ("张伟强", "王大海")],
        [("李己", "李己"), ("李己", "李已"), ("李己", "李大")],
        [("王小明", "王晓明"), ("王小明", "王大明"), ("王小明", "赵大明")],
    ],
)
def test_better_beats_worse(ranked: list[tuple[str, str]]) -> None:
    """The similarity falls from each pair to the next."""
    found = name_similarity(pd.Series([a for a, _ in ranked]), pd.Series([b for _, b in ranked]))
    assert (np.diff(found) < 0).all()
    assert ((found >= 0) & (found <= 1)).all()


def test_a_missing_name_has_no_similarity() -> None:
    """Missing is missing, not different; no rows give no levels."""
    assert np.isnan(name_similarity(pd.Series(["张三"]), pd.Series([None], dtype="str"))).all()
    empty = pd.Series([], dtype="str")
    assert len(confusable(empty, empty)) == len(name_similarity(empty, empty)) == 0
