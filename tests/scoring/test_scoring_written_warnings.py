"""Whether a text tells that a 告诫书 was given, which the tier's rule and the letters ask alike."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from simulated import history_of

from warning.drafting import without_written_warning
from warning.scoring.facts import record_facts
from warning.settings.scoring import ScoringSettings

ACTS = (
    "出具告诫书",
    "依法对其丈夫出具告诫书",
    "向施暴人送达《家庭暴力告诫书》",
    "开具告诫书",
    "发出告诫书",
)
ASKED = (
    "要求 要求民警 请求派出所 申请 建议 拟 可 可申请 可以申请 应当 应由民警 咨询 希望警方 请民警 将"
)
DENIED = "未 没有 尚未 一直没有 不予 拒绝 未依法 至今没有 派出所不予 民警不 暂不"
VERBS = ("出具", "送达", "下达")


def told(texts: list[str], column: str = "narrative") -> set[str]:
    """Those of the texts that tell of one."""
    number = [str(place) for place in range(len(texts))]
    records = pd.DataFrame({"channel": "110", "record_id": number, column: texts})
    return set(records.loc[record_facts(records, ScoringSettings())["warned"], column])


LACKING = [
    "要求公安机关出具告诫书",
    "民警未依法对其丈夫出具告诫书",
    "未出具告诫书",
    "称告诫书一直没有开",
    "咨询如何申请告诫书",
    "民警告知其可申请告诫书，其表示暂不需要",
    "告诫书尚未出具",
    "要求处理，并出具告诫书",
    "报警人要求依法处理丈夫，对其出具告诫书",
    "核查是否已出具告诫书",
    "如再次施暴，将出具告诫书",
    "待伤情鉴定后出具告诫书",
    "要求对已多次施暴的丈夫出具告诫书",
    "要求出具告诫书被拒",
    "告诫书已向派出所申请",
    "告诫书已失效",
    "告诫书已超过有效期",
    "告诫书已解除",
    "家庭暴力告诫书已被派出所撤销",
    "咨询告诫书送达程序",
    "从未出具过告诫书",
    "未收到告诫书",
    "出具告诫书前其丈夫离开现场",
    *map("".join, product(f"{ASKED} {DENIED}".split(), ACTS)),
    *map("告诫书{0[0]}{0[1]}".format, product(f"{ASKED} {DENIED} 是否".split(), VERBS)),
]
GIVEN = [
    "民警批评教育，并出具告诫书",
    "应受害人要求出具告诫书",
    "经报警人申请，派出所出具告诫书",
    "经核查，民警已出具告诫书",
    "报警人要求离婚，民警出具告诫书",
    "报警人要求出具告诫书，民警已出具告诫书",
    "报警人要求的告诫书已送达",
    "民警责令其停止施暴，并出具告诫书",
    "双方未受伤，民警出具告诫书",
    "对未成年子女施暴，民警出具告诫书",
    "不同意调解，民警依法出具告诫书",
    "民警将双方带回派出所并出具告诫书",
    "民警制作告诫书，当场送达双方",
    "男方收到告诫书后仍威胁",
    "丈夫违反公安机关出具的告诫书",
    "民警出具告诫书要求其停止家暴",
    "民警出具了一份告诫书",
    "告知受害人可申请人身安全保护令，并出具告诫书",
    *map("".join, product(["", "已", "已经", "民警", "民警当场", "派出所已依法"], ACTS)),
    *map("告诫书{0[0]}{0[1]}".format, product(["已", "已依法", "由民警当场", "于当日"], VERBS)),
]


@pytest.mark.parametrize("end", ["", "。", "，双方离开。"])
@pytest.mark.parametrize("before", ["", "何秀英称被丈夫沈铁柱殴打，"])
def test_only_what_was_given_is_a_written_warning(before: str, end: str) -> None:
    """Neither what is denied nor what is asked for, advised, planned or inquired about."""
    texts = [f"{before}{text}{end}" for text in [*LACKING, *GIVEN]]
    assert told(texts) == set(texts[len(LACKING) :])


def test_an_outcome_tells_of_one() -> None:
    """As the narrative does."""
    assert told(["出具告诫书", "建议出具告诫书", "批评教育"], "outcome") == {"出具告诫书"}


def test_a_letter_counts_the_written_warnings_that_the_tier_counts() -> None:
    """Of three couples with two calls of violence each and one with a single call."""
    history = history_of(
        np.repeat([0, 1, 2, 3], [2, 3, 2, 1]),
        pd.date_range("2024-12-01", periods=8, freq="D").to_series(),
        domestic_violence=[True, True, True, True, False, True, True, True],
        warned=[False, False, False, False, True, True, False, False],
    )
    cases = history.cases["case_id"]
    assert without_written_warning(history, cases) == {"c-000000"}
    assert without_written_warning(history, cases[1:]) == frozenset()


def test_violence_that_a_patrol_found_is_no_call() -> None:
    """One call beside it is one; a 告诫书 that the find's record tells counts."""
    history = history_of(
        np.repeat([0, 1, 2], [2, 2, 3]),
        pd.date_range("2024-12-01", periods=7, freq="D").to_series(),
        domestic_violence=[True] * 7,
        is_discovered=[True, False, False, False, False, False, True],
        warned=[False] * 6 + [True],
    )
    assert without_written_warning(history, history.cases["case_id"]) == {"c-000001"}
