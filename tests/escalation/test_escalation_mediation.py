"""Whose last word on mediation is a refusal is not sent to mediation."""

import pandas as pd
import pytest

from tests.escalation.office import SETTINGS, Office
from tests.escalation.test_escalation_bundles import text_of
from warning.escalation.case_file import CaseFile
from warning.escalation.documents import letter_document, task_force_document
from warning.mediation import is_refusal, refused_mediation
from warning.settings import load_settings

REFUSED = """拒绝调解
商家拒绝调解
罗广生明确表示拒绝调解，不同意调解。
双方均不愿意接受调解
报警人不同意调解，要求处罚
拒绝村委会和司法所的调解
民警建议到司法所调解，对方不同意
双方均无调解意愿
李某同意调解，王某拒绝调解
王某拒绝调解，李某同意调解
达成协议后反悔，拒绝调解
李若兰拒绝调解
没有达成一致拒绝调解
一方拒绝⏎调解
女方表示不要调解
双方均不需要民警调解
对方不配合调解
拒绝调解，经做工作仍不愿意调解
王某拒绝调解，经做工作李某愿意调解
王某拒绝调解，经对李某做工作愿意调解
王某拒绝调解，李某由拒绝调解转为同意
拒绝调解，经做工作愿意调解，但对方不愿意
甲拒绝调解，经做工作愿意调解，乙不愿
由拒绝调解转为同意离婚"""
ENDED = """起初不愿调解，经劝导后达成协议
拒绝民警调解，双方自行和解
此前拒绝调解，现双方均愿意接受调解
起初拒绝调解，经做工作愿意调解
由拒绝调解转为同意
李某拒绝调解，后经民警多次劝说，最终同意调解
双方同意调解"""
NOTHING = """拒绝履行调解协议
不同意调解方案
不接受调解结果
拒绝签订调解协议
拒绝赔偿，调解未果
双方并未拒绝调解
李某并非不愿调解
告知如一方拒绝调解，可向法院起诉
告知其有权拒绝调解
当事人明确拒绝调解的，不得调解
不同意现场调解，要求到司法所调解
不予调解
拒绝调查
询问双方要不要调解
民警表示不需要调解
告知当事人不要调解协议书
不配合民警调查"""


@pytest.mark.parametrize(("texts", "said"), [(REFUSED, True), (ENDED, False), (NOTHING, None)])
def test_a_refusal_of_mediation_is_told_from_what_only_looks_like_one(
    texts: str, said: bool | None
):
    """Not of an agreement, a proposal or a place; not one that is denied, supposed or taken back."""
    settings = load_settings()
    read = {text: is_refusal(text.replace("⏎", "\n"), settings) for text in texts.split("\n")}
    assert {text: found for text, found in read.items() if found is not said} == {}


def test_the_last_word_of_a_case_counts():
    """A later settlement ends a refusal, silence does not; a petition's narrative is not read."""
    rows = pd.DataFrame(
        [("c-1", "一方拒绝调解", None, False, False), ("c-1", "又争吵", "移交", False, False),
         ("c-2", None, "拒绝调解", False, False), ("c-2", "又争吵", "达成协议", False, True),
         ("c-3", "不愿调解", None, True, False), ("c-4", "不说", "不愿调解", True, False)],
        columns=["case_id", "narrative", "outcome", "petition", "settled"],
    )  # fmt: skip
    assert refused_mediation(rows, load_settings()) == {"c-1", "c-4"}


def test_a_refusal_stands_in_letter_and_plan_and_takes_mediation_out_of_it():
    """With what was left out; also of a plan that was drafted before measures were marked."""
    office = Office()
    office.case("c-1", "red")
    office.cases["c-1"]["category"] = "0601"
    letter, force = office.night()[0], office.task_forces[0]
    told = "记录载明一方拒绝调解"
    refused, calm = (
        CaseFile("c-1", "matter", "甘州区", "消费", "red", 0.5, "近90天3次", (), (), False,
                 is_mediation_refused=hit)
        for hit in (True, False)
    )  # fmt: skip
    assert told in text_of(letter_document(letter, refused))
    assert told not in text_of(letter_document(letter, calm))
    plan, other = (text_of(task_force_document(force, file)) for file in (refused, calm))
    assert f"{told}。未列调解类措施（组织消费调解）。" in plan
    assert plan.count("组织消费调解") == 1
    assert told not in other
    assert "组织消费调解市场监管部门的法定职责" in other
    before = [{"measure": item.measure, "reason": item.reason}
              for item in SETTINGS.measures_of("0601")]  # fmt: skip
    for measures in (before, ["组织消费调解"]):
        force["content"]["measures"] = [*measures, "不以联合调解为默认方式"]
        plan, other = (text_of(task_force_document(force, file)) for file in (refused, calm))
        assert f"{told}。未列调解类措施（组织消费调解）。" in plan
        assert "不以联合调解为默认方式" in plan
        assert plan.count("组织消费调解") == other.count("组织消费调解") == 1


@pytest.mark.parametrize(
    ("levels", "closing", "visits"),
    [
        (("村级", "乡级", "县级"), "经村、乡、县三级核查；", "由村、乡两级回访"),
        (("社区", "街道"), "；经社区、街道核查；", "由社区、街道回访"),
        (("县级",), "；经县级核查；", "由县级回访"),
        ((), "终结；30天静默期", "回访并记录"),
    ],
)
def test_a_plan_names_the_levels_that_verify_it(levels, closing, visits):
    """Those of the settings, highest first in its table; nobody can verify for another one."""
    rules = SETTINGS.task_force.model_copy(update={"verification_levels": levels})
    office = Office(settings=SETTINGS.model_copy(update={"task_force": rules}))
    office.case("c-1", "red")
    office.night()
    plan = text_of(
        task_force_document(
            office.task_forces[0],
            CaseFile("c-1", "matter", "甘州区", "邻里", "red", 0.5, "近90天3次", (), (), False),
        )
    )
    assert closing in plan
    assert visits in plan
    assert ("乡级" in plan) == ("乡级" in levels)
