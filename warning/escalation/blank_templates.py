"""The packaged Word templates, built from their measures: GB/T 9704-2012 信函格式.

What is fixed by the standard stands here in millimetres. Offices edit the ``.docx`` files that
this module wrote (``config/templates/``); nothing reads this module at night. Text boxes and red
lines hang on the page, not on the text, so that no length of text moves them. Commercial fonts
are named with their usual substitutes and none is embedded.
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

SONG, FANG, HEI = "方正小标宋简体", "仿宋_GB2312", "黑体"
RED = "E60012"
#: Millimetres of the page: width, height and margins.
WIDTH, HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 210.0, 297.0, 37.0, 35.0, 28.0, 26.0
#: Line pitch in twentieths of a point: 22 lines are 224.7 of the 225 mm.
PITCH = 579
#: Tracking in twentieths of a point: 28 characters of 16 pt are 155.6 of the 156 mm.
TRACKING = -5
#: Upper edge of the masthead's characters, their size in points, the lines' length and distances.
MASTHEAD_TOP, MASTHEAD_POINTS, LINE_LENGTH, BELOW_MASTHEAD, LINE_BOTTOM = 30.0, 36, 170.0, 4.0, 20.0
THICK, GAP, THIN = 0.9, 0.5, 0.35
#: A character's ink begins this far below the top of its line, and is this high (mm, 36 pt).
INK_OFFSET, INK_HEIGHT = -0.6, 11.7
NAMESPACES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
        "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
        "wps": "http://schemas.microsoft.com/office/word/2010/wordprocessingShape",
    }.items()
)
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml"


def _twips(millimetres: float) -> int:
    return round(millimetres * 1440 / 25.4)


def _run(text: str, extra: str = "") -> str:
    """One run; ``extra`` is the inside of its properties."""
    return f'<w:r><w:rPr>{extra}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def _font(name: str, points: float = 16, more: str = "") -> str:
    fonts = f'<w:rFonts w:eastAsia="{name}" w:ascii="Times New Roman" w:hAnsi="Times New Roman"/>'
    return f'{fonts}{more}<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _paragraph(text: str, properties: str = "", extra: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{_run(text, extra)}</w:p>"


def body(text: str) -> str:
    """A paragraph of the body: indented by two characters."""
    return _paragraph(text, '<w:ind w:firstLine="632"/>')


def heading(text: str) -> str:
    """A heading of the first rank, 黑体."""
    return _paragraph(text, '<w:keepNext/><w:ind w:firstLine="632"/>', _font(HEI))


def flush(text: str, extra: str = "") -> str:
    """A paragraph without indent."""
    return _paragraph(text, "", extra)


def right(text: str, indent: int = 0) -> str:
    """A paragraph at the right edge, ``indent`` twips from it."""
    return _paragraph(text, f'<w:ind w:right="{indent}"/><w:jc w:val="right"/>')


def title(text: str) -> str:
    """The title, 22 pt, an empty line above and below it."""
    lines = f'<w:spacing w:before="{PITCH}" w:after="{PITCH}" w:line="{PITCH + 61}" w:lineRule="exact"/>'
    return _paragraph(text, f'{lines}<w:jc w:val="center"/>', _font(SONG, 22))


def signature() -> str:
    """Sender over the date; the date ends four characters before the right edge."""
    space = f'<w:keepNext/><w:spacing w:before="{PITCH}" w:line="{PITCH}" w:lineRule="exact"/>'
    sender = _paragraph("{{sender}}", f'{space}<w:ind w:left="4080"/><w:jc w:val="center"/>')
    return sender + right("{{date}}", 1280)


def page_break() -> str:
    """The next page."""
    return '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'


def table(head: Sequence[str], cells: Sequence[str], millimetres: Sequence[float]) -> str:
    """A table whose head stands on each page and whose second row is repeated for the data."""
    widths = [_twips(width) for width in millimetres]
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    small = '<w:spacing w:before="40" w:after="40" w:line="320" w:lineRule="exact"/>'

    untracked = '<w:spacing w:val="0"/>'

    def row(texts: Sequence[str], font: str, more: str) -> str:
        filled = "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>'
            f"{_paragraph(text, small, _font(font, 10.5, untracked))}</w:tc>"
            for text, width in zip(texts, widths, strict=True)
        )
        return f"<w:tr><w:trPr><w:cantSplit/>{more}</w:trPr>{filled}</w:tr>"

    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
        f"<w:tblGrid>{grid}</w:tblGrid>{row(head, HEI, '<w:tblHeader/>')}{row(cells, FANG, '')}"
        "</w:tbl>"
    )


def _bar(number: int, box: Sequence[float]) -> str:
    """A red bar on the page: x, y, width, height in mm."""
    x, y, cx, cy = (round(value * 36000) for value in box)
    return (
        '<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" '
        f'relativeHeight="{number}" behindDoc="0" locked="0" layoutInCell="1" allowOverlap="1">'
        '<wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="page"><wp:posOffset>{x}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{y}</wp:posOffset></wp:positionV>'
        f'<wp:extent cx="{cx}" cy="{cy}"/><wp:effectExtent l="0" t="0" r="0" b="0"/><wp:wrapNone/>'
        f'<wp:docPr id="{number}" name="line {number}"/><wp:cNvGraphicFramePr/><a:graphic>'
        '<a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
        "<wps:wsp><wps:cNvSpPr/><wps:spPr>"
        f'<a:xfrm><a:off x="0" y="0"/><a:ext cx="{cx}" cy="{cy}"/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
        f'<a:solidFill><a:srgbClr val="{RED}"/></a:solidFill><a:ln><a:noFill/></a:ln></wps:spPr>'
        "<wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"
    )


def _frame(box: Sequence[float]) -> str:
    """A paragraph's place on the page: x, y, width, height in mm."""
    x, y, width, height = map(_twips, box)
    return (
        f'<w:framePr w:w="{width}" w:h="{height}" w:hRule="exact" w:hSpace="0" w:vSpace="0" '
        f'w:wrap="around" w:vAnchor="page" w:hAnchor="page" w:x="{x}" w:y="{y}"/>'
    )


def _first_header() -> str:
    """Masthead, both double red lines and the draft mark, all of them placed on the page."""
    x = (WIDTH - LINE_LENGTH) / 2
    upper = MASTHEAD_TOP + INK_HEIGHT + BELOW_MASTHEAD
    lower = HEIGHT - LINE_BOTTOM - THIN - GAP - THICK
    height = MASTHEAD_POINTS * 25.4 / 72
    exact = f'<w:spacing w:line="{MASTHEAD_POINTS * 20}" w:lineRule="exact"/><w:jc w:val="center"/>'
    place = _frame((x, MASTHEAD_TOP - INK_OFFSET, LINE_LENGTH, height + 1))
    properties = f'<w:color w:val="{RED}"/><w:spacing w:val="0"/><w:w w:val="100"/>'
    masthead = _paragraph("{{masthead}}", place + exact, _font(SONG, MASTHEAD_POINTS, properties))
    grey = _font(HEI, 14, '<w:color w:val="7F7F7F"/>')
    mark = _paragraph("{{mark}}", _frame((LEFT, 14, 80, 11)), grey)
    bars = [
        _bar(1, (x, upper, LINE_LENGTH, THICK)),
        _bar(2, (x, upper + THICK + GAP, LINE_LENGTH, THIN)),
        _bar(3, (x, lower, LINE_LENGTH, THIN)),
        _bar(4, (x, lower + THIN + GAP, LINE_LENGTH, THICK)),
    ]
    tiny = '<w:spacing w:line="20" w:lineRule="exact"/>'
    return f"{masthead}{mark}<w:p><w:pPr>{tiny}</w:pPr>{''.join(bars)}</w:p>"


def _page_number(side: str) -> str:
    """A number between dashes at the outer edge, one character from it."""
    edge = "right" if side == "default" else "left"
    untracked = '<w:spacing w:val="0"/>'
    font = f"<w:rPr>{_font('宋体', 14, untracked)}</w:rPr>"
    field = "".join(
        f'<w:r>{font}<w:fldChar w:fldCharType="{kind}"/></w:r>{more}'
        for kind, more in (
            ("begin", f'<w:r>{font}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>'),
            ("separate", f"<w:r>{font}<w:t>2</w:t></w:r>"),
            ("end", ""),
        )
    )
    dash = f"<w:r>{font}<w:t xml:space='preserve'>{{}}</w:t></w:r>"
    return (
        f'<w:p><w:pPr><w:spacing w:line="280" w:lineRule="exact"/><w:ind w:{edge}="320"/>'
        f'<w:jc w:val="{edge}"/></w:pPr>{dash.format("— ")}{field}{dash.format(" —")}</w:p>'
    )


STYLES = f"""{HEAD}<w:styles {NAMESPACES}><w:docDefaults><w:rPrDefault><w:rPr>
<w:rFonts w:eastAsia="{FANG}" w:ascii="Times New Roman" w:hAnsi="Times New Roman"/>
<w:spacing w:val="{TRACKING}"/><w:kern w:val="0"/><w:sz w:val="32"/><w:szCs w:val="32"/>
<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr>
<w:widowControl w:val="0"/><w:spacing w:before="0" w:after="0" w:line="{PITCH}" w:lineRule="exact"/>
</w:pPr></w:pPrDefault></w:docDefaults>
<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>
</w:styles>"""

FONTS = "".join(
    f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
    for name, other in ((SONG, "小标宋,STZhongsong"), (FANG, "仿宋,FangSong,STFangsong"),
                        (HEI, "SimHei,STHeiti"), ("宋体", "SimSun,STSong"))
)  # fmt: skip


def page(content: str) -> bytes:
    """A whole .docx around the body's paragraphs; the same content gives the same bytes."""
    parts = {
        "header1": ("hdr", "header", _first_header()),
        "footer1": ("ftr", "footer", "<w:p/>"),
        "footer2": ("ftr", "footer", _page_number("default")),
        "footer3": ("ftr", "footer", _page_number("even")),
    }
    files = {f"word/{name}.xml": f"{HEAD}<w:{tag} {NAMESPACES}>{inner}</w:{tag}>"
             for name, (tag, _, inner) in parts.items()}  # fmt: skip
    section = (
        '<w:sectPr><w:headerReference w:type="first" r:id="header1"/>'
        '<w:footerReference w:type="first" r:id="footer1"/>'
        '<w:footerReference w:type="default" r:id="footer2"/>'
        '<w:footerReference w:type="even" r:id="footer3"/>'
        f'<w:pgSz w:w="{_twips(WIDTH)}" w:h="{_twips(HEIGHT)}"/>'
        f'<w:pgMar w:top="{_twips(TOP)}" w:right="{_twips(RIGHT)}" w:bottom="{_twips(BOTTOM)}" '
        f'w:left="{_twips(LEFT)}" w:header="{_twips(15)}" w:footer="{_twips(25.3)}" w:gutter="0"/>'
        "<w:titlePg/></w:sectPr>"
    )
    files["word/document.xml"] = (
        f"{HEAD}<w:document {NAMESPACES}><w:body>{content}{section}</w:body></w:document>"
    )
    files["word/styles.xml"] = STYLES
    files["word/fontTable.xml"] = f"{HEAD}<w:fonts {NAMESPACES}>{FONTS}</w:fonts>"
    files["word/settings.xml"] = (
        f"{HEAD}<w:settings {NAMESPACES}><w:evenAndOddHeaders/></w:settings>"
    )
    kinds = {name: kind for name, (_, kind, _) in parts.items()}
    kinds |= {"styles": "styles", "fontTable": "fontTable", "settings": "settings"}
    files["word/_rels/document.xml.rels"] = _relations(
        {name: (f"{OFFICE}/{kind}", f"{name}.xml") for name, kind in kinds.items()}
    )
    files["_rels/.rels"] = _relations({"r1": (f"{OFFICE}/officeDocument", "word/document.xml")})
    overrides = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{WORD_TYPE}.{kind}+xml"/>'
        for name, kind in {**kinds, "document": "document.main"}.items()
    )
    files["[Content_Types].xml"] = (
        f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in sorted(files):
            target.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), files[name],
                            zipfile.ZIP_DEFLATED)  # fmt: skip
    return buffer.getvalue()


def _relations(relations: dict[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{name}" Type="{kind}" Target="{target}"/>'
        for name, (kind, target) in relations.items()
    )
    return f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


#: Clears the masthead and its line: the number stands 7/8 of a character below the line.
_NUMBER_AT = MASTHEAD_TOP + INK_HEIGHT + BELOW_MASTHEAD + THICK + GAP + THIN - 5.8
CLEARANCE = (
    f'<w:p><w:pPr><w:spacing w:line="{_twips(_NUMBER_AT - TOP)}" w:lineRule="exact"/></w:pPr></w:p>'
)

#: Keeps two tables apart.
GAP_LINE = '<w:p><w:pPr><w:spacing w:line="160" w:lineRule="exact"/></w:pPr></w:p>'


def letter() -> bytes:
    """The template of a letter."""
    return page(
        CLEARANCE + right("{{number}}") + title("{{title}}") + flush("{{recipient}}：")
        + heading("一、基本情况") + body("{{facts}}")
        + heading("二、规律与等级") + body("{{pattern}}")
        + heading("三、依据") + body("{{grounds}}")
        + heading("四、要求") + body("{{asks}}")
        + body("附件：1. 事件时间线") + _paragraph("2. 回复表", '<w:ind w:firstLine="1580"/>')
        + signature() + body("{{copies}}") + page_break()
        + flush("附件1", _font(HEI)) + title("事件时间线")
        + table(("时间", "渠道", "类别", "摘要"), ("{{timeline.time}}", "{{timeline.channel}}",
                "{{timeline.category}}", "{{timeline.summary}}"), (33, 22, 25, 76))
        + page_break() + flush("附件2", _font(HEI)) + title("回复表")
        + table(("事项", "内容（由承办单位填写）"), ("{{reply.item}}", "{{reply.content}}"), (45, 111))
    )  # fmt: skip


def plan() -> bytes:
    """The template of a task force's plan."""
    steps = ("{{steps.step}}", "{{steps.due}}", "{{steps.post}}")
    measures = ("{{measures.measure}}", "{{measures.reason}}", "{{measures.post}}")
    return page(
        CLEARANCE + right("{{number}}") + title("{{title}}")
        + heading("{{safety_heading}}") + body("{{safety}}")
        + heading("一、问题与时间线") + body("{{facts}}")
        + heading("二、等级与理由") + body("{{pattern}}") + body("{{grounds}}")
        + heading("三、组长与成员") + body("{{members}}")
        + heading("四、县、乡、村包抓责任人")
        + table(("层级", "姓名职务", "联系方式"), ("{{posts.level}}", "{{posts.name}}",
                "{{posts.contact}}"), (30, 70, 56))
        + heading("五、措施、时限与责任人")
        + table(("步骤", "完成时限", "责任人"), steps, (60, 50, 46))
        + GAP_LINE + table(("措施", "理由", "责任人"), measures, (60, 60, 36))
        + heading("六、当事人意愿") + body("{{will}}")
        + heading("七、安全计划") + body("{{safety_note}}")
        + heading("八、销号标准") + body("{{closing}}")
        + heading("九、回访") + body("{{visits}}")
        + signature() + page_break() + flush("附件", _font(HEI)) + title("事件时间线")
        + table(("时间", "渠道", "类别", "摘要"), ("{{timeline.time}}", "{{timeline.channel}}",
                "{{timeline.category}}", "{{timeline.summary}}"), (33, 22, 25, 76))
    )  # fmt: skip


def write_templates(directory: Path) -> None:
    """Write ``letter.docx`` and ``plan.docx`` into the directory."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "letter.docx").write_bytes(letter())
    (directory / "plan.docx").write_bytes(plan())
