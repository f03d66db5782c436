"""Names and numbers of parties do not stand in what pages and letters show."""

import pandas as pd
import pytest

from warning.masking import bare_names, summary
from warning.matching.standardise.names import names


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("张三与人争吵", "张三"),
        ("张三与人争吵", "张 三"),
        ("张三与人争吵", "张三（本人）"),
        ("才让卓玛称被打", "才让·卓玛"),
        ("才让·卓玛称被打", "才让卓玛"),
        ("电话138 0013 8000", ""),
        ("电话138-0013-8000", ""),
        ("电话１３８００１３８０００", ""),
        ("证号62990019900101001X", ""),
    ],
)
def test_no_name_and_no_number_is_shown(text: str, party: str) -> None:
    """However it is spelled, the name is masked and the number taken out."""
    shown = summary(text, bare_names([party]))
    for secret in ("张三", "才让卓玛", "才让·卓玛", "0013", "００１３", "62990019"):
        assert secret not in shown


def test_a_name_with_he_in_it_is_one_name() -> None:
    """和 parts two whole names only."""
    table = names(pd.Series(["欧阳和平", "李和平安", "张伟和李强", "张伟、李强"]))
    assert list(table["name"]) == ["欧阳和平", "李和平安", "张伟", "张伟"]
    assert list(table["others"].fillna("")) == ["", "", "李强", "李强"]
