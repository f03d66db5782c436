"""Phone numbers: several in one field, landlines, offices, placeholders."""

import time

import pandas as pd
import pytest

from warning.matching.standardise.phones import phones
from warning.spelling import numbers_told

MOBILE, SECOND, LAND = "13900001111", "13800138000", "09368212345"


@pytest.mark.parametrize(
    ("written", "phone", "others", "kind", "extension"),
    [
        ("139 0000 1111", MOBILE, "", "mobile", ""),
        ("139-0000-1111", MOBILE, "", "mobile", ""),
        ("１３９００００１１１１", MOBILE, "", "mobile", ""),
        ("+86 13900001111", MOBILE, "", "mobile", ""),
        ("0086-139-0000-1111", MOBILE, "", "mobile", ""),
        ("013900001111", MOBILE, "", "mobile", ""),
        ("13900001111（微信同号）", MOBILE, "", "mobile", ""),
        ("13900001111 13800138000", MOBILE, SECOND, "mobile", ""),
        ("1390000111113800138000", MOBILE, SECOND, "mobile", ""),
        ("139 0000 1111 138 0013 8000", MOBILE, SECOND, "mobile", ""),
        ("13900001111、13800138000", MOBILE, SECOND, "mobile", ""),
        ("13900001111;8613800138000", MOBILE, SECOND, "mobile", ""),
        ("13900001111/13900001111", MOBILE, "", "mobile", ""),
        ("12345 13900001111", MOBILE, "12345", "mobile", ""),
        ("(0936)8212345", LAND, "", "landline", ""),
        ("86-0936-8212345", LAND, "", "landline", ""),
        ("86-936-8212345", LAND, "", "landline", ""),
        ("8212345", "8212345", "", "landline", ""),
        ("0936-8212345-801", LAND, "", "landline", "801"),
        ("0936-8212345转801", LAND, "", "landline", "801"),
        ("0936-8212345 13900001111", LAND, MOBILE, "landline", ""),
        ("010-62345678", "01062345678", "", "landline", ""),
        ("95598", "95598", "", "service", ""),
        ("400-820-8820", "4008208820", "", "service", ""),
        ("8008208820", "8008208820", "", "service", ""),
        ("110", "110", "", "service", ""),
        ("0936-12345", "093612345", "", "service", ""),
        ("10086", "10086", "", "service", ""),
        ("139****1111", "139****1111", "", "masked", ""),
        ("11111111111", "11111111111", "", "placeholder", ""),
        ("13000000000", "13000000000", "", "placeholder", ""),
        ("12345678901", "12345678901", "", "placeholder", ""),
        ("+852 9123 0001", "0085291230001", "", "foreign", ""),
        ("00852-91230001", "0085291230001", "", "foreign", ""),
        ("852-91230001", "0085291230001", "", "foreign", ""),
        ("+853 6612 3456 13900001111", "0085366123456", MOBILE, "foreign", ""),
        ("+1 (213) 555-0123", "0012135550123", "", "foreign", ""),
        ("13900001111+8212345", MOBILE, "8212345", "mobile", ""),
        ("13900001111+85291230001", MOBILE, "0085291230001", "mobile", ""),
        ("0936-8212345+09368213456", LAND, "09368213456", "landline", ""),
        ("+8212345", "8212345", "", "landline", ""),
        ("00 139 0000 1111", "0013900001111", "", "malformed", ""),
        ("8529123-8001", "8529123", "", "landline", "8001"),
        ("+13900001111", MOBILE, "", "mobile", ""),
        ("1390000111", "1390000111", "", "malformed", ""),
        ("不详", "", "", "", ""),
    ],
)
def test_a_phone_is_read(written: str, phone: str, others: str, kind: str, extension: str) -> None:
    """Each way of writing gives its digits, the further numbers and the kind."""
    row = phones(pd.Series([written])).fillna("").iloc[0]
    shown = (row["phone"], row["others"], row["kind"], row["extension"])
    assert shown == (phone, others, kind, extension)


def test_an_area_code_is_put_before_bare_landlines_only() -> None:
    """Told the area code, a landline is the same with and without it."""
    table = phones(pd.Series(["8212345", "0936 8212345", MOBILE, "110"]), area_code="0936")
    assert table["phone"].tolist() == [LAND, LAND, MOBILE, "110"]
    assert table["done"].fillna("").tolist() == ["area_code", "signs", "", ""]


def test_a_text_tells_a_phone_of_another_country_with_or_without_zeros() -> None:
    """Both are hidden where numbers of a record are."""
    row = pd.DataFrame({"id_number": [None], "phone": ["+852 9123 0001"]}, dtype="str")
    assert numbers_told(row) == [frozenset({"0085291230001", "85291230001", "+85291230001"})]


def test_missing_stays_missing_and_rows_keep_their_index() -> None:
    """Missing values and repeated ones come back in their own places."""
    table = phones(pd.Series([MOBILE, None, MOBILE], index=[5, 7, 9]))
    assert table.index.tolist() == [5, 7, 9]
    assert table["phone"].isna().tolist() == [False, True, False]
    assert table["raw"].isna().tolist() == [False, True, False]


def test_a_cell_of_a_hundred_thousand_signs_is_read_in_a_moment() -> None:
    """Groups of digits that never become a number cost no more with each further one."""
    began = time.process_time()
    found = phones(pd.Series(["3-2-501" * 20_000, "9 " * 70_000], dtype="str"))
    assert time.process_time() - began < 3
    assert found["kind"].tolist() == ["landline", "placeholder"]
