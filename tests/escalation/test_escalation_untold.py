"""Family quarrels whose texts no document tells, though none is known to be violence."""

import pandas as pd

from warning.case_files import untold
from warning.settings import load_settings


def test_a_family_quarrel_with_harm_or_a_refuge_is_not_told() -> None:
    """Harm beside a partner hides all of the case, a refuge its own report; others are told."""
    rows = pd.DataFrame(
        [
            ("harm", "1", "01", "丈夫情绪激动，扬言报复"),
            ("harm", "2", "05", "两人又争吵，现住滨河花园5栋"),
            ("refuge", "3", "0101", "与丈夫争吵，现住娘\n家"),
            ("refuge", "4", "01", "与丈夫争吵"),
            ("calm", "5", "01", "与丈夫争吵，未动手，双方情绪稳定"),
            ("calm", "6", "01", None),
            ("neighbours", "7", "02", "邻居威胁其丈夫，其躲开"),
            ("in-laws", "8", "01", "岳父因彩礼扬言报复"),
        ],
        columns=["case_id", "incident_id", "category_code", "narrative"],
    )
    hidden = {("harm", "1"), ("harm", "2"), ("refuge", "3")}
    assert untold(rows, load_settings()) == hidden
    assert untold(rows.iloc[:0], load_settings()) == frozenset()
