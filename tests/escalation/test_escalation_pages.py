"""The pages, measured as LibreOffice lays them out, against GB/T 9704-2012 信函格式."""

import os
from itertools import pairwise

import pandas as pd
import pytest

from tests.escalation import rendering
from warning.escalation import blank_templates
from warning.escalation.case_file import CaseFile
from warning.escalation.documents import letter_document, task_force_document

if not rendering.TOOLS and not os.environ.get("WARNING_TEST_POSTGRESQL"):
    pytest.skip("LibreOffice or poppler is not installed", allow_module_level=True)


def case_file(incidents: int = 3, *, violent: bool = False) -> CaseFile:
    """A neighbours' quarrel with so many reports."""
    first = pd.Timestamp("2026-01-05 10:00")
    timeline = tuple(
        (
            first + pd.Timedelta(days=day),
            "110",
            "邻里纠纷",
            "张某某与王某因宅基地边界争吵，民警到场劝解" * 2,
        )
        for day in range(incidents)
    )
    return CaseFile("c-1", "matter", "临泽县", "邻里", "red", 0.62, "近90天4次", timeline,
                    ("张某某", "王某"), violent)  # fmt: skip


def letter(**changes: object) -> dict[str, object]:
    """An approved letter."""
    content = {"masthead": "中共张掖市委政法委员会", "departments": ["司法局", "公安局"],
               "deadline_days": 3, "next_step": "约谈函",
               "required_reply_items": ["回复情况", "异议", "包案责任人"]}  # fmt: skip
    return {
        "letter_id": "d-1", "case_id": "c-1", "kind": "督办函", "status": "approved",
        "number": "张政法函〔2026〕12号", "recipient": "中共临泽县委政法委员会",
        "sender": "中共张掖市委政法委员会", "drafted_at": pd.Timestamp("2026-11-04"),
        "due_on": pd.Timestamp("2026-11-09"), "reason": "升为红色", "content": content,
    } | changes  # fmt: skip


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    """A signed letter of 60 incidents as PDF."""
    folder = tmp_path_factory.mktemp("letter")
    return rendering.as_pdf(letter_document(letter(), case_file(60)), folder)


def test_a_document_is_written_as_pdf_or_said_why_not(tmp_path, monkeypatch):
    """``--out x.pdf`` lays it out by LibreOffice; without it the refusal says what to do."""
    from warning.errors import RefusedError
    from warning.report import pdf as writer

    writer.write_document(letter_document(letter(), case_file()), tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")
    monkeypatch.setattr(writer.shutil, "which", lambda _name: None)
    with pytest.raises(RefusedError, match=r"\.docx"):
        writer.write_document(b"", tmp_path / "y.pdf")


def near(millimetres: float) -> object:
    """Within one millimetre, the tolerance of the standard's own figures."""
    return pytest.approx(millimetres, abs=1.0)


def test_masthead_and_red_lines_stand_where_the_standard_puts_them(pdf):
    """Masthead from 30 mm, a double line 4 mm below it, another ending 20 mm above the foot."""
    head, thick, thin, foot_thin, foot_thick = rendering.bands(
        rendering.red(rendering.pixels(pdf, 1))
    )
    assert head[0] == near(30)
    assert thick[0] - head[1] == near(4)
    assert foot_thick[1] == near(297 - 20)
    for line in (thick, thin, foot_thin, foot_thick):
        assert line[3] - line[2] == near(170)
        assert (line[2] + line[3]) / 2 == near(105)
    assert thick[1] - thick[0] > thin[1] - thin[0]
    assert foot_thick[1] - foot_thick[0] > foot_thin[1] - foot_thin[0]


def test_the_number_stands_at_the_right_below_the_line(pdf):
    """Its distance from the line is 7/8 of a character (4.9 mm); it ends at the right margin."""
    page = rendering.pixels(pdf, 1)
    line = rendering.bands(rendering.red(page))[2]
    number = next(band for band in rendering.bands(rendering.dark(page)) if band[0] > line[1])
    assert number[0] - line[1] == near(4.9)
    assert number[3] == near(184)


def test_only_the_first_page_has_red_and_only_it_has_no_number(pdf):
    """From the second page on there is a number, its middle 7 mm below the text area."""
    first, second = rendering.pixels(pdf, 1), rendering.pixels(pdf, 2)
    assert not rendering.red(second).any()
    assert not rendering.dark(first)[2780:].any()
    number = rendering.bands(rendering.dark(second))[-1]
    assert (number[0] + number[1]) / 2 == near(262 + 7)
    assert "—2—" in rendering.text(pdf, 2).replace(" ", "")


def test_a_full_page_has_22_lines_of_28_characters_inside_the_margins(tmp_path):
    """Page 2 of a long text: 22 lines, 28 characters each, 156 × 225 mm from 28 and 37 mm."""
    page = blank_templates.page(blank_templates.flush("国" * 28 * 60))
    made = rendering.as_pdf(page, tmp_path)
    lines = rendering.text(made, 2).split()
    assert [len(line) for line in lines[:22]] == [28] * 22
    found = rendering.bands(rendering.dark(rendering.pixels(made, 2)))[:-1]
    assert len(found) == 22
    assert found[0][0] >= 37
    assert found[-1][1] <= 262
    assert found[0][2] == near(28)
    assert found[0][3] == near(184)
    assert (found[-1][0] - found[0][0]) / 21 == pytest.approx(225 / 22, abs=0.05)


def test_no_line_ends_within_a_number(tmp_path):
    """A probability or a day of the month is read at once, wherever in the line it stands."""
    filled = "".join(blank_templates.flush("国" * 8 + "号" * before + "，概率39.4%，11月11日，" * 3)
                     for before in range(14))  # fmt: skip
    made = rendering.as_pdf(blank_templates.page(filled), tmp_path)
    text = rendering.text(made, 1) + rendering.text(made, 2)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    assert text.count("39.4%") == 14 * 3
    assert [line for line, after in pairwise(lines)
            if line[-1].isdigit() and (after[0].isdigit() or after[0] in ".%")] == []  # fmt: skip


def test_a_draft_says_so_until_it_is_signed(pdf, tmp_path):
    """草稿·待签发 stands on the draft and not on the signed letter."""
    draft = rendering.as_pdf(
        letter_document(letter(status="draft", number=None), case_file()), tmp_path
    )
    assert "草稿·待签发" in rendering.text(draft, 1)
    assert "草稿" not in rendering.text(pdf)


def test_sixty_incidents_long_names_and_empty_fields_lay_out(tmp_path):
    """All rows are there, the head stands on each page of the table, nothing leaves the margins."""
    long = letter(
        recipient="中共肃南裕固族自治县委政法委员会及各有关部门和单位" * 3,
        reason="", due_on=pd.NaT,
        content={"masthead": "中共张掖市委政法委员会平安建设工作领导小组办公室"},
    )  # fmt: skip
    pdf = rendering.as_pdf(letter_document(long, case_file(60)), tmp_path)
    assert rendering.text(pdf).count("2026-0") == 60
    assert rendering.text(pdf, 4).split()[0] == "时间"
    head = rendering.bands(rendering.red(rendering.pixels(pdf, 1)))[0]
    assert head[0] == near(30)
    assert head[3] - head[2] < 171
    for page in (1, 2, 3):
        ink = rendering.bands(rendering.dark(rendering.pixels(pdf, page)))
        assert min(band[2] for band in ink) > 26
        assert max(band[3] for band in ink) < 185


def test_a_plan_has_every_section(tmp_path):
    """The sections of 一问题一专班一方案, with the safety plan first where there is violence."""
    force = {"task_force_id": "t-1", "lead": "待定", "members": "公安局、妇联", "status": "proposed", "reason": "红色",
             "proposed_at": pd.Timestamp("2026-11-04"),
             "content": {"milestones": {"见面核实": "2026-11-06"}, "measures": ["包抓到人"]}}  # fmt: skip
    pdf = rendering.as_pdf(task_force_document(force, case_file(violent=True)), tmp_path)
    seen = rendering.text(pdf)
    sections = ("安全计划（先行）", "一、问题与时间线", "二、等级与理由", "三、组长与成员",
                "四、县、乡、村包抓责任人", "五、措施、时限与责任人", "六、当事人意愿",
                "八、销号标准", "九、回访")  # fmt: skip
    places = [seen.index(section) for section in sections]
    assert places == sorted(places)
