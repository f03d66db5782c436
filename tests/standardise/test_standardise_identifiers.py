"""ID numbers: what is written, what it is, what it tells, and how alike two are."""

import pandas as pd
import pytest

from warning.matching.standardise.identifier_levels import LEVELS, id_levels
from warning.matching.standardise.identifiers import check_digit, identifiers, is_date

BORN = "62990019900228001"
GOOD = BORN + check_digit(BORN)
NO_DAY = "62990019900229001"


@pytest.mark.parametrize(
    ("written", "number", "status", "sex", "done"),
    [
        (GOOD, GOOD, "valid", "男", ""),
        ("６２９９００１９９００２２８００１２", GOOD, "valid", "男", "width"),
        ("身份证:629900 19900228 0012", GOOD, "valid", "男", "signs"),
        ("11010519491231002x", "11010519491231002X", "valid", "女", "case"),
        ("11010519491231002×", "11010519491231002X", "valid", "女", "signs"),
        (BORN + "3", BORN + "3", "checksum_failed", "男", ""),
        (NO_DAY + check_digit(NO_DAY), NO_DAY + check_digit(NO_DAY), "date_impossible", "男", ""),
        ("629900900228001", GOOD, "short15", "男", "lengthened"),
        ("62990019900228****", "62990019900228****", "masked", "", ""),
        ("6299001990XXXXXX12", "6299001990******12", "masked", "男", "signs"),
        ("6299****0012", "6299**********0012", "masked", "男", "laid_out"),
        ("629900900228***", "62990019900228****", "masked", "", "laid_out"),
        ("尾号0012", "**************0012", "masked", "男", "laid_out"),
        (f"{GOOD}、{GOOD}", GOOD, "valid", "男", "first_of_several"),
        ("6299001990022800", "6299001990022800", "malformed", "", ""),
        ("护照E12345678", "E12345678", "malformed", "", "signs"),  # pragma: allowlist secret
        ("111111111111111111", "", "placeholder", "", ""),
        ("123456789012345678", "", "placeholder", "", ""),
        ("******", "", "placeholder", "", ""),
        ("无", "", "", "", "signs"),
    ],
)
def test_an_id_number_is_read(written: str, number: str, status: str, sex: str, done: str) -> None:
    """Each way of writing has its standard form, its status and what was done to it."""
    row = identifiers(pd.Series([written])).fillna("").iloc[0]
    shown = (row["id_number"], row["status"], row["sex"], row["done"])
    assert shown == (number, status, sex, done)
    assert row["raw"] == written


def test_birth_dates_are_told_where_they_show() -> None:
    """Whole, fifteen digits and masked behind the date; an impossible date is none."""
    written = [GOOD, "629900900228001", "62990019900228****", NO_DAY + check_digit(NO_DAY), None]
    born = identifiers(pd.Series(written))["birth_date"]
    assert born.dt.strftime("%Y%m%d").fillna("").tolist() == ["19900228"] * 3 + ["", ""]
    assert is_date("19920229")
    assert not is_date("19910229")
    assert not is_date("18500101")


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        (GOOD, GOOD, "equal"),
        (GOOD, "629900199002820012", "neighbours changed places"),
        (GOOD, "629900199002280022", "one digit differs"),
        (GOOD, "62990019900228012", "one digit lost"),
        (GOOD, "62990019900228****", "mask fits"),
        ("6299**********0012", "62990019900228****", "mask fits"),
        ("6299**************", "**************0012", "different"),
        (GOOD, "62990019900327****", "different"),
        (GOOD, "629900199003280022", "different"),
        ("E12345678", "E12345678", "equal"),  # pragma: allowlist secret
    ],
)
def test_two_id_numbers_are_graded(left: str, right: str, level: str) -> None:
    """Slips and masks are evidence of their own degree, in either order."""
    for a, b in ((left, right), (right, left)):
        found = id_levels(pd.Series([a, None]), pd.Series([b, b]))
        assert LEVELS[found[0]] == level
        assert found[1] == -1
