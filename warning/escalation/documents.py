"""Letters and plans as Word documents, after GB/T 9704-2012 信函格式.

A4, margins 37/35/28/26 mm, red masthead over a double line, number flush right, title in 22 pt,
body 16 pt with 28.95 pt pitch. Commercial fonts are named, none embedded. No seal is drawn. The
same input gives the same bytes.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from docx import Document
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

SONG, FANG, HEI = "方正小标宋简体", "仿宋_GB2312", "黑体"
RED = RGBColor(0xE6, 0x00, 0x12)
DRAFT = "草稿·待签发"
TIERS = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色", "none": "无"}
#: Characters that XML cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FIXED = datetime(2000, 1, 1)


@dataclass(frozen=True)
class CaseFile:
    """What a document tells of a case; names are masked before they come here.

    Attributes:
        timeline: (moment, channel, category name, summary) a row, oldest first.
        parties: masked names.
    """

    case_id: str
    kind: str
    county_name: str
    category_name: str
    tier: str
    probability: float
    reasons: str
    timeline: tuple[tuple[pd.Timestamp, str, str, str], ...]
    parties: tuple[str, ...]
    is_domestic_violence: bool


def letter_document(letter: Mapping[str, Any], case_file: CaseFile) -> bytes:
    """A letter: masthead, number, title, recipient, facts, pattern, grounds, asks, reply form."""
    content = letter["content"]
    word = _page(str(content.get("masthead", letter["sender"])))
    number = letter.get("number")
    status = "" if _is_signed(letter) else DRAFT
    _line(word, number if isinstance(number, str) else status, WD_ALIGN_PARAGRAPH.RIGHT)
    if isinstance(number, str) and status:
        _line(word, status, WD_ALIGN_PARAGRAPH.RIGHT)
    _title(word, f"关于{case_file.county_name}一起{case_file.category_name}矛盾的{letter['kind']}")
    _line(word, f"{letter['recipient']}：", indent=False)
    _facts(word, case_file)
    _heading(word, "三、依据")
    _line(word, f"触发原因：{letter['reason']}。等级依据：{case_file.reasons}。")
    _heading(word, "四、要求")
    departments = "、".join(content.get("departments", []))
    _line(word, f"请会同{departments}核查化解，落实县、乡、村三级包抓责任，并征询当事人意愿。")
    if case_file.is_domestic_violence:
        _line(
            word,
            "本件涉及家庭暴力：先行制定安全计划，核查是否出具告诫书；不以联合调解为默认方式；"
            "不得泄露受害人住址和联系方式。",
        )
    _line(
        word,
        f"请于{_date(letter['due_on'])}前（{content.get('deadline_days', '')}个工作日内）书面回复。"
        "对本函有异议的，请在回复中说明理由。",
    )
    if content.get("next_step"):
        _line(word, f"逾期未复的，将转为{content['next_step']}。")
    _line(word, "附件：1. 事件时间线", indent=True)
    _line(word, "　　　2. 回复表", indent=True)
    _line(word, str(letter["sender"]), WD_ALIGN_PARAGRAPH.RIGHT)
    _line(word, f"{_date(letter['drafted_at'])}　　　　", WD_ALIGN_PARAGRAPH.RIGHT)
    word.add_page_break()  # type: ignore[no-untyped-call]
    _timeline(word, "附件 1　事件时间线", case_file)
    _heading(word, "附件 2　回复表")
    rows = [(item, "") for item in content.get("required_reply_items", [])]
    _table(word, ("事项", "内容（由承办单位填写）"), rows, (45, 111))
    return _bytes(word)


def task_force_document(task_force: Mapping[str, Any], case_file: CaseFile) -> bytes:
    """A plan 一问题一专班一方案; names of officers are blanks for people to fill."""
    content = task_force["content"]
    word = _page("一问题一专班一方案")
    _line(word, DRAFT, WD_ALIGN_PARAGRAPH.RIGHT)
    _title(word, f"{case_file.county_name}{case_file.category_name}矛盾化解工作专班方案")
    if case_file.is_domestic_violence:
        _heading(word, "零、安全计划（先行）")
        _line(word, "受害人安全评估、告诫书、人身安全保护令、庇护与联络安排：＿＿＿＿＿＿＿＿")
    _facts(word, case_file)
    _heading(word, "三、组长与成员")
    _line(word, f"组长：{task_force['lead']}　　姓名：＿＿＿＿＿＿")
    _line(word, f"成员单位：{task_force['members']}")
    _heading(word, "四、三级包抓责任人")
    posts = [(level, "", "") for level in ("县级", "乡级", "村级")]
    _table(word, ("层级", "姓名职务", "联系方式"), posts, (30, 70, 56))
    _heading(word, "五、措施、时限与责任人")
    milestones = [(step, day, "") for step, day in content.get("milestones", {}).items()]
    _table(word, ("步骤", "完成时限", "责任人"), milestones, (60, 50, 46))
    for place, measure in enumerate(content.get("measures", []), start=1):
        _line(word, f"{place}. {measure}")
    _heading(word, "六、当事人意愿")
    _line(word, "＿＿＿＿＿＿＿＿（当事人明确拒绝调解的，不得调解）")
    if not case_file.is_domestic_violence:
        _heading(word, "七、安全计划")
        _line(word, "＿＿＿＿＿＿＿＿")
    _heading(word, "八、销号标准与回访")
    _line(word, "达成并履行协议或依法终结；经村、乡、县三级核查；静默期内未再发生；回访有记录。")
    word.add_page_break()  # type: ignore[no-untyped-call]
    _timeline(word, "附件　事件时间线", case_file)
    return _bytes(word)


def _is_signed(letter: Mapping[str, Any]) -> bool:
    return letter["status"] not in {"draft", "superseded", "withdrawn"}


def _facts(word: Word, case_file: CaseFile) -> None:
    first, last = case_file.timeline[0][0], case_file.timeline[-1][0]
    _heading(word, "一、基本情况")
    parties = "、".join(case_file.parties) or "未载明"
    _line(
        word,
        f"编号 {case_file.case_id}，{case_file.category_name}，涉及{parties}。"
        f"自{_date(first)}至{_date(last)}，各渠道共报告{len(case_file.timeline)}次。",
    )
    _heading(word, "二、规律与等级")
    _line(
        word,
        f"当前等级{TIERS[case_file.tier]}，三十日内再次发生的概率为"
        f"{case_file.probability:.0%}。所指为尚未化解的矛盾，不是对任何人的评价。",
    )


def _timeline(word: Word, title: str, case_file: CaseFile) -> None:
    _heading(word, title)
    rows = [
        (f"{moment:%Y-%m-%d %H:%M}", channel, category, text)
        for moment, channel, category, text in case_file.timeline
    ]
    _table(word, ("时间", "渠道", "类别", "摘要"), rows, (33, 20, 23, 80))


def _page(masthead: str) -> Word:
    """An empty page with margins, masthead, red lines, page numbers from the second page."""
    word = Document()
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance, section.footer_distance = Mm(30), Mm(20)
    section.different_first_page_header_footer = True
    style = word.styles["Normal"]
    style.font.size = Pt(16)
    _font(style.element.get_or_add_rPr(), FANG)
    head = section.first_page_header.paragraphs[0]
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = head.add_run(_clean(masthead))
    run.font.size, run.font.color.rgb = Pt(28), RED
    _font(run._element.get_or_add_rPr(), SONG)
    _red_line(head, "bottom", "thickThinSmallGap")
    foot = section.first_page_footer.paragraphs[0]
    _red_line(foot, "top", "thinThickSmallGap")
    page = section.footer.paragraphs[0]
    page.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    page._element.append(field)
    return word


def _red_line(paragraph: Paragraph, side: str, kind: str) -> None:
    """A double line 170 mm wide: 7 mm beyond the left margin and 7 mm beyond the right."""
    paragraph.paragraph_format.left_indent = Mm(-8)
    paragraph.paragraph_format.right_indent = Mm(-6)
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", kind), ("sz", "18"), ("space", "11"), ("color", "E60012")):
        border.set(qn(f"w:{name}"), value)
    borders = OxmlElement("w:pBdr")
    borders.append(border)
    properties = paragraph._element.get_or_add_pPr()
    properties.insert_element_before(borders, "w:spacing", "w:ind", "w:jc", "w:rPr")


def _font(properties: Any, name: str) -> None:
    fonts = properties.find(qn("w:rFonts"))
    if fonts is None:
        fonts = OxmlElement("w:rFonts")
        properties.insert(0, fonts)
    fonts.set(qn("w:eastAsia"), name)
    fonts.set(qn("w:ascii"), "Times New Roman")
    fonts.set(qn("w:hAnsi"), "Times New Roman")


def _line(
    word: Word, text: str, align: WD_ALIGN_PARAGRAPH | None = None, *, indent: bool = True
) -> Paragraph:
    paragraph = word.add_paragraph(_clean(text))
    form = paragraph.paragraph_format
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28.95)
    form.space_after = Pt(0)
    if align is not None:
        paragraph.alignment = align
    elif indent:
        form.first_line_indent = Pt(32)
    return paragraph


def _heading(word: Word, text: str) -> None:
    for run in _line(word, text).runs:
        _font(run._element.get_or_add_rPr(), HEI)


def _title(word: Word, text: str) -> None:
    paragraph = _line(word, text, WD_ALIGN_PARAGRAPH.CENTER)
    paragraph.paragraph_format.space_before = Pt(28.95)
    paragraph.paragraph_format.space_after = Pt(28.95)
    for run in paragraph.runs:
        run.font.size = Pt(22)
        _font(run._element.get_or_add_rPr(), SONG)


def _table(
    word: Word, head: tuple[str, ...], rows: Iterable[tuple[str, ...]], widths: tuple[int, ...]
) -> None:
    table = word.add_table(rows=0, cols=len(head), style="Table Grid")
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    table.autofit = False
    for values in (head, *rows):
        for cell, value, width in zip(table.add_row().cells, values, widths, strict=True):
            cell.width = Mm(width)
            run = cell.paragraphs[0].add_run(_clean(str(value)))
            run.font.size = Pt(10.5)
    # The head of the table stands again on each page.
    properties = table.rows[0]._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:tblHeader"))


def _date(value: Any) -> str:
    moment = pd.Timestamp(value)
    if pd.isna(moment):
        return "（日期待定，该年节假日安排未收录）"
    return f"{moment.year}年{moment.month}月{moment.day}日"


def _clean(text: str) -> str:
    return CONTROL.sub("", text)


def _bytes(word: Word) -> bytes:
    """The file with fixed times, so that the same night writes the same bytes."""
    word.core_properties.created = word.core_properties.modified = FIXED
    word.core_properties.author = "warning"
    first, fixed = io.BytesIO(), io.BytesIO()
    word.save(first)
    with (
        zipfile.ZipFile(first) as source,
        zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for item in source.infolist():
            target.writestr(zipfile.ZipInfo(item.filename, (2000, 1, 1, 0, 0, 0)),
                            source.read(item), zipfile.ZIP_DEFLATED)  # fmt: skip
    return fixed.getvalue()
