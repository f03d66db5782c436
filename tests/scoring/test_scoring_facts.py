"""What a narrative, codes and counts say about harm."""

from pathlib import Path

import pandas as pd
import pytest

from warning.errors import SettingsError
from warning.scoring.facts import record_facts
from warning.settings import load_settings, packaged_config
from warning.settings.scoring import ScoringSettings


def facts_of(narrative: str | None = None, **columns: object) -> pd.Series:
    row = {"channel": "110", "record_id": "1", "narrative": narrative, **columns}
    return record_facts(pd.DataFrame([row]), ScoringSettings()).iloc[0]


@pytest.mark.parametrize(
    ("narrative", "holds", "severity"),
    [
        ("双方因地界发生口角", "", 0),
        ("王某持刀威胁邻居", "weapon threat", 3),
        ("未持刀，只是口角", "", 0),
        ("现场没有发现持刀", "", 0),
        ("未造成人员受伤", "", 0),
        ("没有受伤", "", 0),
        ("无人受伤", "", 0),
        ("没有受伤，但对方扬言报复", "threat", 2),
        ("未成年人受伤", "injury", 2),
        ("老板不肯杀价，争吵", "", 0),
        ("没杀价打伤摊主", "injury", 2),
        ("网上传爆炸性新闻", "", 0),
        ("在酒店用餐时争执", "", 0),
        ("酒后殴打他人", "alcohol", 1),
        ("扬言要与全家同归于尽", "threat", 4),
        ("并未扬言报复", "", 0),
        ("没有离开，持刀威胁", "weapon threat", 3),
        ("丈夫殴打报警人", "domestic_violence", 2),
        ("民警已出具告诫书", "warned", 0),
        ("未出具告诫书", "", 0),
        ("没有出具告诫书", "", 0),
        ("经调解达成协议", "settled", 0),
        ("未达成协议", "", 0),
        ("双方未能达成协议", "", 0),
        ("曾达成协议，对方又反悔", "", 0),
        ("对方被砍伤，骨折", "weapon injury", 3),
        ("经抢救无效", "", 4),
        (None, "", 0),
    ],
)
def test_words_and_negation(narrative: str | None, holds: str, severity: int) -> None:
    """Each text gives exactly these flags and this severity; a negated word gives none."""
    found = facts_of(narrative)
    flags = {"weapon", "injury", "threat", "alcohol", "domestic_violence", "warned", "settled"}
    assert {name for name in flags if found[name]} == set(holds.split())
    assert found["severity"] == severity


@pytest.mark.parametrize(
    ("narrative", "holds"),
    [
        ("报警称被丈夫 殴打", "domestic_violence"),
        ("报警称被丈夫⏎殴打", "domestic_violence"),
        ("报警称遭受家⏎暴，离家", "domestic_violence"),
        ("遭家 暴后离家", "domestic_violence"),
        ("多次家\u200b庭暴力", "domestic_violence"),
        ("多次家庭暴⼒", "domestic_violence"),
        ("被丈夫毆打", "domestic_violence"),
        ("家庭\u3000暴力", "domestic_violence"),
        ("遭家&nbsp;暴", "domestic_violence"),
        ("遭家<br>暴", "domestic_violence"),
        ("情况：无 家暴多年", "domestic_violence"),
        ("持 刀威 胁", "weapon threat"),
        ("丈夫持⏎刀威胁", "weapon threat domestic_violence"),
        ("揚言殺人", "threat"),
        ("对方拿着⏎菜刀", "weapon"),
        ("已签订调解⏎协议", "settled"),
        # Denied over the break.
        ("现场未⏎持刀", ""),
        ("没有⏎造成人员受伤", ""),
        ("没有造成 人员⏎受伤", ""),
        ("未遭 家⏎暴", "domestic_violence"),  # what is between is not known: rather too many
        ("双方未能⏎达成协议", ""),
        ("现场未造成人员⏎受伤", ""),
        ("目前对方未⏎威胁", ""),
        # An answer denies nothing of what follows it.
        ("伤亡情况：暂无⏎持刀男子已被控制", "weapon"),
        ("有无伤亡均无 持刀人逃离", "weapon"),
        ("人员均无 骨折一人", "injury"),
        ("人员伤亡无⏎打伤他人的张某在逃", "injury"),
        ("现场未见⏎受伤人员已送医", "injury"),
        ("作案工具未见 受伤一人", "injury"),
        ("未发现⏎持刀嫌疑人已抓获", "weapon"),
        ("财物损失：尚未⏎砍伤一人", "weapon injury"),
        ("前科：有无 打伤他人", "injury"),
        ("有无前科无⏎家暴", "domestic_violence"),
        # Who suffers, does or goes on beside a break.
        ("称被丈夫殴⏎打", "domestic_violence"),
        ("称被前夫⏎殴打", "domestic_violence"),
        ("张某殴⏎打妻子", "domestic_violence"),
        ("其在网吧被殴打⏎妻子王某陪同报警", ""),
        ("被陌生人殴打 妻子送医", ""),
        ("被人殴打 老婆报警", ""),
        ("报警人丈夫 动手术", ""),
        ("报警人丈夫动手术", ""),
        ("遭其丈夫 殴打", "domestic_violence"),
        ("邻居丈夫 殴打他人", ""),
        ("被丈夫⏎打了", "domestic_violence"),
        ("丈夫⏎动手搬家", ""),
        (
            "报警人称其弟媳在家中，多次遭到殴打⏎妻子后不让其回家对方情绪激动仍不⏎肯离开",
            "domestic_violence",
        ),
        # Two neighbours.
        ("民警将其送回家 暴雨", ""),
        ("民警将其送回家⏎暴雨", ""),
        ("双方各自坚持 刀具收缴", ""),
        ("双方各自坚持⏎刀具收缴", ""),
        ("家具未能动 刀具在内", ""),
        ("双方互不接受 伤情不明", "injury"),  # of 伤情 alone
        ("他说已受 伤心欲绝", ""),
        ("并无死 亡羊补牢", ""),
        ("不再放 火锅店已关", ""),
        ("他们打 人已散去", ""),
        ("天气预报 复工在即", ""),
        ("大家 暴风中离开", ""),
    ],
)
def test_words_are_found_over_breaks_and_not_made_of_neighbours(narrative: str, holds: str) -> None:
    """Other signs, blanks and line breaks (⏎) hide no word and no denial, and make none."""
    found = facts_of(narrative.replace("⏎", "\n"))
    flags = {"weapon", "injury", "threat", "domestic_violence", "settled"}
    assert {name for name in flags if found[name]} == set(holds.split())


@pytest.mark.parametrize(
    ("columns", "flag", "severity"),
    [
        ({"category_code": "0101"}, "domestic_violence", 2),
        ({"outcome_code": "settled"}, "settled", 0),
        ({"injuries": 1}, "injury", 2),
        ({"injuries": 4}, "injury", 3),
        ({"deaths": 1}, None, 4),
        ({"origin": "discovered"}, "is_discovered", 0),
        ({"category_code": "0703"}, "is_complaint", 0),
        ({"channel": "12345"}, "is_complaint", 0),
    ],
)
def test_codes_and_counts(columns: dict[str, object], flag: str | None, severity: int) -> None:
    """Codes and counts say what no word needs to say."""
    found = facts_of("情况说明", **columns)
    assert flag is None or found[flag]
    assert found["severity"] == severity


def test_an_outcome_outweighs_the_text() -> None:
    """Where the outcome is coded, the narrative's words of settlement do not count."""
    assert not facts_of("曾经达成协议", outcome_code="unsettled")["settled"]


def test_a_huge_narrative_is_read_in_time() -> None:
    """Ten megabytes of negations take seconds at most, and the flag after them is found."""
    assert facts_of("未没有无" * 2_500_000 + "。他持刀")["weapon"]


def own_words(directory: Path, text: str) -> Path:
    """A configuration directory with these words of risk."""
    (directory / "lexicons").mkdir()
    (directory / "lexicons" / "risk_words.yaml").write_text(text, encoding="utf-8")
    return directory


def test_a_lexicon_without_a_list_is_refused(tmp_path: Path) -> None:
    """All faults of the file at once, with the rest of the configuration's."""
    with pytest.raises(SettingsError) as caught:
        load_settings(own_words(tmp_path, "weapon: [持刀]\ninjury: 受伤\n"))
    told = str(caught.value)
    assert "risk_words.yaml:2" in told
    assert all(name in told for name in ("negations", "between", "ignore", "settled"))


def test_own_words_count_and_are_part_of_the_settings(tmp_path: Path) -> None:
    """A word of an analyst's own lexicon is found, and a night under it is another night."""
    packaged = packaged_config() / "lexicons" / "risk_words.yaml"
    text = packaged.read_text(encoding="utf-8").replace("weapon: [", "weapon: [弩弓, ")
    settings = load_settings(own_words(tmp_path, text))
    records = pd.DataFrame({"channel": ["110"], "record_id": ["1"], "narrative": ["他带了弩弓"]})
    assert record_facts(records, settings)["weapon"].tolist() == [True]
    assert record_facts(records, load_settings())["weapon"].tolist() == [False]
    assert settings.hash != load_settings().hash
