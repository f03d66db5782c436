"""The ledger (台账) as offices keep it: an XLSX workbook, filtered, with totals that are values.

No cell that comes from data is ever a formula: what begins like one is written as text.
"""

import io
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from warning.escalation.bundles import carried
from warning.escalation.replies import replies
from warning.escalation.task_forces import counted_for, verified_by
from warning.escalation.undated import deadlines, with_dates
from warning.language import STATES
from warning.settings.escalation import EscalationSettings
from warning.spelling import CONTROL
from warning.tabular import among_names

LETTERS = {
    "number": "文号", "kind": "种类", "county": "县区", "recipient": "主送", "case_id": "系列",
    "reason": "事由", "status": "状态", "drafted_at": "起草", "due_on": "期限",
    "received_at": "签收", "replied_at": "复函", "on_time": "按期", "letter_id": "编号",
}  # fmt: skip
FORCES = {
    "task_force_id": "编号", "county": "县区", "case_id": "系列", "members": "责任单位",
    "lead": "组长", "reason": "事由", "status": "状态", "proposed_at": "提出",
    "due_on": "化解时限", "progress": "化解情况", "extensions": "延期次数", "verified": "核查",
    "closed_at": "销号",
}  # fmt: skip
MONTHS = {
    "month": "月份", "county": "县区", "letters": "起草函件", "on_time": "按期复函",
    "late": "逾期", "upheld": "异议成立", "accepted": "办结", "recurred": "办结后再发",
}  # fmt: skip
#: So many characters, as UTF-16 counts them, a cell may hold.
MOST_SIGNS = 32_767
#: Column that names a row → where everything about it stands.
WHOLE = {"task_force_id": "warning task-forces show", "letter_id": "warning letters show"}
WIDE = {"化解情况": 36, "事由": 30, "主送": 30, "责任单位": 36, "文号": 24, "组长": 24, "编号": 18,
        "系列": 18, "县区": 20}  # fmt: skip


def letter_ledger(
    letters: pd.DataFrame, transitions: pd.DataFrame, settings: EscalationSettings
) -> pd.DataFrame:
    """A row a letter, the columns of :data:`LETTERS`.

    In time (按期) is a letter whose every reply came by the deadline in force at that moment; late
    is one that a night found overdue or that was answered later. Both are empty where there was no
    reply yet, or no deadline. A letter that was answered before its year's calendar was known has
    the deadline that it would have had.

    Args:
        letters: as in the store, with the ``county_code`` that each was drafted for.
        transitions: as in the store, in their order.
        settings: the counties' names, days, hours and the calendar.
    """
    undated = letters[letters["due_on"].isna()]
    letters = with_dates(letters, deadlines(undated, transitions, settings))
    moments = {
        name: transitions[transitions["to_status"] == state].groupby("letter_id")["at"].min()
        for name, state in (("received_at", "received"), ("replied_at", "replied"))
    }
    frame = letters.assign(
        county=letters["county_code"].map(settings.counties).fillna(""),
        **{name: letters["letter_id"].map(found.to_dict()) for name, found in moments.items()},
    )
    came = replies(letters, transitions, settings)
    overdue = transitions.loc[transitions["to_status"] == "overdue", "letter_id"]
    late = {*overdue, *came.loc[came["late"], "letter_id"]}
    frame["on_time"] = ""
    dated = came.loc[came["due_on"].notna(), "letter_id"]
    frame.loc[among_names(frame["letter_id"], dated), "on_time"] = "是"
    frame.loc[among_names(frame["letter_id"], late), "on_time"] = "否"
    return frame


def force_ledger(
    forces: pd.DataFrame, counties: Mapping[str, str], last_at: Mapping[str, pd.Timestamp]
) -> pd.DataFrame:
    """A row a task force, the columns of :data:`FORCES`.

    Of verifications only those after the last incident, which alone count for a closing; of a
    closed one those after the last incident that its closing went by. A level that nobody verified
    but who counts for one before it says so: no closing accepts that.

    Args:
        forces: as in the store, with the ``county_code`` that each was drafted for.
        counties: code → name.
        last_at: case → its last incident.
    """
    entries = [content.get("ledger", []) for content in forces["content"]]

    def of(kind: str) -> list[list[dict[str, Any]]]:
        return [[entry for entry in found if entry["kind"] == kind] for found in entries]

    said = [[e for e in found if e["kind"] in ("progress", "milestone")] for found in entries]
    due = [content.get("due_on") for content in forces["content"]]
    closed = [found[-1]["at"] if found else None for found in of("closed")]
    since = [
        found[-1].get("last_at") if found else last_at.get(case_id)
        for case_id, found in zip(forces["case_id"], of("closed"), strict=True)
    ]
    verified = [
        verified_by({"content": content}, None if pd.isna(last) else pd.Timestamp(last))
        for content, last in zip(forces["content"], since, strict=True)
    ]
    return forces.assign(
        county=forces["county_code"].map(counties).fillna(""),
        due_on=pd.to_datetime(pd.Series(due, index=forces.index, dtype="object")),
        progress=[CONTROL.sub("", found[-1]["text"]) if found else "" for found in said],
        extensions=[len(found) for found in of("extended")],
        verified=["、".join(_told_levels(levels)) for levels in verified],
        closed_at=pd.to_datetime(pd.Series(closed, index=forces.index, dtype="object")),
    )


def _told_levels(verified: Mapping[str, list[str]]) -> list[str]:
    """Levels as the ledger tells them, of level → who verified it."""
    counted = counted_for(verified).values()
    return [level if level in counted else f"{level}（同一人）" for level in verified]


def monthly(
    ledger: pd.DataFrame, transitions: pd.DataFrame, last_at: Mapping[str, pd.Timestamp]
) -> pd.DataFrame:
    """By month of drafting and county: the columns of :data:`MONTHS`.

    Args:
        ledger: of :func:`letter_ledger`, each letter with an index of its own.
        transitions: as in the store.
        last_at: case → its last incident that people reported; one after the letter's acceptance
            is a recurrence, in whichever of the letter's cases.
    """
    upheld = transitions[
        (transitions["from_status"] == "objected") & (transitions["to_status"] == "withdrawn")
    ]
    accepted = transitions[transitions["to_status"] == "accepted"].groupby("letter_id")["at"].max()
    accepted_at = pd.to_datetime(ledger["letter_id"].map(accepted.to_dict()))
    last = pd.to_datetime(carried(ledger)["case_id"].map(last_at)).groupby(level=0).max()
    rows = pd.DataFrame(
        {
            "month": ledger["drafted_at"].dt.strftime("%Y-%m"),
            "county": ledger["county"],
            "letters": 1,
            "on_time": (ledger["on_time"] == "是").astype(int),
            "late": (ledger["on_time"] == "否").astype(int),
            "upheld": ledger["letter_id"].isin(set(upheld["letter_id"])).astype(int),
            "accepted": accepted_at.notna().astype(int),
            "recurred": (last.reindex(ledger.index) > accepted_at).astype(int),
        }
    )
    return rows.groupby(["month", "county"], as_index=False).sum()


def workbook(sheets: Mapping[str, tuple[pd.DataFrame, Mapping[str, str]]]) -> bytes:
    """Sheets of frames: name → (rows, column → heading); numbers get a total below.

    A text that is longer than a cell may be ends with the command that shows all of it.
    States are written in Chinese, moments as dates; the first row is frozen and filtered.
    """
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, (frame, titles) in sheets.items():
        _write(book.create_sheet(name), frame, titles)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _write(sheet: Worksheet, frame: pd.DataFrame, titles: Mapping[str, str]) -> None:
    side = Side(style="thin", color="BFBFBF")
    border = Border(left=side, right=side, top=side, bottom=side)
    columns = [column for column in titles if column in frame.columns]
    for place, column in enumerate(columns, start=1):
        head: Any = sheet.cell(1, place, titles[column])
        head.font, head.border = Font(bold=True, color="FFFFFF"), border
        head.fill = PatternFill("solid", fgColor="8C1C13")
        head.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(place)].width = WIDE.get(titles[column], 14)
    for line, row in enumerate(frame[columns].to_dict("records"), start=2):
        for place, column in enumerate(columns, start=1):
            cell: Any = sheet.cell(line, place)
            value = _plain(row[column], column)
            if isinstance(value, str):
                value = _fitting(value, row)
            cell.value = value
            if isinstance(value, str):
                cell.data_type = "s"  # "=1+1" from data is a text, not a formula
            elif isinstance(value, datetime):
                cell.number_format = "yyyy-mm-dd"
            cell.border, cell.alignment = border, Alignment(wrap_text=True, vertical="top")
    last = len(frame) + 1
    sheet.freeze_panes = "A2"
    if columns:
        sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{max(last, 1)}"
    total = sheet.cell(last + 1, 1, f"合计 {len(frame)} 行")
    total.font = Font(bold=True)
    for place, column in enumerate(columns, start=1):
        if place > 1 and pd.api.types.is_integer_dtype(frame[column]):
            sheet.cell(last + 1, place, int(frame[column].sum())).font = Font(bold=True)
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.5)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1"


def _plain(value: Any, column: str) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if column == "status":
        return STATES.get(str(value), str(value))
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if isinstance(value, str):
        return CONTROL.sub("", value)
    return int(value)


def _fitting(text: str, row: Mapping[Any, Any]) -> str:
    """A text as a cell holds it: of a longer one the beginning, and where all of it stands."""
    if len(text.encode("utf-16-le")) <= 2 * MOST_SIGNS:
        return text
    where = next((f"全文见 {command} {row[key]}" for key, command in WHOLE.items() if key in row),
                 "后略")  # fmt: skip
    end = f"……（{where}）"
    room = 2 * (MOST_SIGNS - len(end))
    return text.encode("utf-16-le")[:room].decode("utf-16-le", "ignore") + end
