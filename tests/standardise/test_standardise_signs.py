"""A text reads alike in whatever signs it is written."""

import unicodedata

import pytest

from warning.matching.standardise.signs import UNSEEN, plain


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        ("被丈夫毆打", "被丈夫殴打"),
        ("张國棟", "张国栋"),
        ("⾼秀峰", "高秀峰"),  # radicals, as copied from a PDF
        ("⻢⽂涛", "马文涛"),  # one that Unicode does not lead back
        ("金城", "金城"),  # kept for another standard
        ("１３９ＡＢ", "139AB"),
        ("他说：“不去”，走了！", "他说：“不去”，走了！"),  # punctuation stays
        ("", ""),
    ],
)
def test_a_text_is_plain_sign_for_sign(written: str, reads: str) -> None:
    """Each row: the text, how it reads; places in one are places in the other."""
    assert plain(written) == reads
    assert len(plain(written)) == len(written)


def test_what_nobody_sees() -> None:
    """Every sign of formatting that may stand in Chinese text, and none that is seen."""
    assert all(unicodedata.category(sign) in ("Cf", "Mn", "Cn") for sign in UNSEEN)
    assert set("\u00ad\u200b\u200e\u2060\ufeff\ufe0f\U000e0100") <= UNSEEN
