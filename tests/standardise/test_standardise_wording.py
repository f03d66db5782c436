r"""Words are found however a text writes them, and two neighbours make none; ⏎ is a line break."""

import pytest

from warning.matching.standardise.wording import as_read, plain_words, run_together, spelled_apart

APART = spelled_apart(
    plain_words(["被丈夫殴打", "丈夫殴打", "殴打妻子", "持刀", "威胁", "受伤"]),
    "(?:没有|未|无)(?:[ \n]?造成)?",
)
WRAPPED = "报警人称与邻居因楼道堆放杂物⏎一事发生口角对方情绪激动持⏎刀来到门口"


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        ("遭受家⏎暴，报警", "遭受家暴，报警"),
        ("他 遭 受 家 暴 后", "他遭受家暴后"),
        ("被丈夫\u200b毆打", "被丈夫殴打"),
        ("被丈夫<br/>殴打", "被丈夫殴打"),
        ("被丈夫&nbsp;殴打", "被丈夫殴打"),
        ("被丈\r\n夫 殴打", "被丈夫殴打"),
        ("其子持⏎刀威胁他", "其子持刀威胁他"),
        ("现场未⏎持刀来", "现场未持刀来"),
        ("对方没有 造成⏎受伤后果", "对方没有造成受伤后果"),
        (WRAPPED, WRAPPED.replace("⏎", "")),
        ("其妻被丈夫⏎殴打", "其妻被丈夫殴打"),
        ("其妻被其丈夫 殴打", "其妻被其丈夫殴打"),
        # These are two neighbours.
        ("被人殴打⏎妻子报警", "被人殴打⏎妻子报警"),
        ("邻居丈夫 殴打他人", "邻居丈夫 殴打他人"),
        ("将其送回家⏎暴雨中离开", "将其送回家⏎暴雨中离开"),
        ("双方各自坚持 刀具已收", "双方各自坚持 刀具已收"),
        ("伤情：无 持刀", "伤情：无 持刀"),
        ("双方都坚持⏎刀具收缴⏎各自离开", "双方都坚持⏎刀具收缴⏎各自离开"),
        ("，女 住幸福里", "，女 住幸福里"),
        ("8 岁 2024-08-01 10:00", "8 岁 2024-08-01 10:00"),
        ("<某人> & 他", "<某人> & 他"),
    ],
)
def test_a_text_reads_without_breaks_inside_its_words(written: str, reads: str) -> None:
    """Each row: the text, how it reads to who looks for these words."""
    assert as_read(written.replace("⏎", "\n"), APART) == reads.replace("⏎", "\n")


def test_run_together_no_break_is_left_between_characters() -> None:
    """For what protects somebody, and for what is one word by itself."""
    assert run_together("暫\u3000住⏎幸福里 3 号".replace("⏎", "\n")) == "暂住幸福里 3 号"


def test_a_long_text_reads_in_time() -> None:
    """Nothing but blanks, or a break behind every second character."""
    assert as_read("家" + " \n" * 100_000, APART)
    assert as_read("家 暴\n" * 30_000, APART)
