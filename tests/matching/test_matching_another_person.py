"""Whether a corrected record names somebody else, so that a verdict on it rests."""

import pandas as pd
import pytest

from tests.matching.test_matching_adversaries import number
from warning.matching.another_person import names_another


def party(name: str, id_number: str | None = None) -> pd.DataFrame:
    """One party as a record has it."""
    return pd.DataFrame({"name": [name], "id_number": [id_number]}, dtype="str")


@pytest.mark.parametrize(
    ("before", "after", "is_another"),
    [
        ("张三", "李四", True),
        ("王建国妻子", "李桂芬", True),
        ("陈静", "陈婧", False),
        ("王某", "王建国", False),
        ("阿依古丽", "阿依古丽·吾买尔", False),
        ("欧阳远", "欧阳文远", False),
        ("李氏", "李桂芬", False),
        ("老六（孙德六）", "孙德六", False),
        ("John Smith", "SMITH JOHN", False),
    ],
)
def test_a_name_that_is_completed_names_nobody_else(
    before: str, after: str, is_another: bool
) -> None:
    """It was the correction that an analyst had foreseen, and took the verdict away."""
    assert names_another(party(before), party(after)).tolist() == [is_another]


def test_another_number_names_another_whatever_the_name() -> None:
    """And the same one the same person."""
    one, other = number(1, 1), number(1, 2)
    assert names_another(party("张三", one), party("张三", other)).tolist() == [True]
    assert names_another(party("张三", one), party("李四", one)).tolist() == [False]
