"""Counties' codes as they are meant, however a source writes them."""

import pandas as pd
import pytest

from warning.matching.standardise.counties import county_codes

CITY = {"620702": "甘州区", "620723": "临泽县", "620724": "高台县", "620771": "经开区"}
#: A city without counties: its towns take their place.
TOWNS = {"441900003": "东城街道", "441900101": "石碣镇"}


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("620723", "620723"),
        ("620723000000", "620723"),
        ("620723100", "620723"),
        (" ６２０７２３\n", "620723"),
        ("临泽县", "620723"),
        ("临 泽 县", "620723"),
        ("临泽", "620723"),
        ("张掖市临泽县", "620723"),
        ("甘肃省张掖市临泽县", "620723"),
        ("经开区", "620771"),
        ("620799", "620799"),
        ("320583000000", "320583"),
        ("江苏省苏州市昆山市", "320583"),
        ("南京市鼓楼区", "320106"),
        ("鼓楼区", None),
        ("张掖市", None),
        ("属地不明", None),
        ("临泽县、高台县", None),
        ("高台县 临泽县", None),
        ("高台县（临泽县）", None),
        ("62072", None),
        ("6207230", None),
        ("000000", None),
        (None, None),
    ],
)
def test_a_county_is_read_as_it_is_meant(written: str | None, code: str | None) -> None:
    found = county_codes(pd.Series([written], dtype="str"), CITY)
    assert found.astype("object").where(found.notna(), None).tolist() == [code]


def test_a_code_of_the_settings_stays() -> None:
    """Whatever it looks like, and however many digits it has."""
    written = pd.Series(["441900003", "441900101000", "石碣镇", "东莞"], dtype="str")
    found = county_codes(written, TOWNS)
    assert found.fillna("").tolist() == ["441900003", "441900101", "441900101", ""]
    assert county_codes(pd.Series(["A1"]), {"A1": "甲区"}).tolist() == ["A1"]


def test_a_name_that_two_have_is_none() -> None:
    assert county_codes(pd.Series(["城区"]), {"620791": "城区", "620792": "城区"}).isna().all()
