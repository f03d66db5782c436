"""The ledger as a workbook: what stands in it, its totals, and that data are never formulas."""

import io

import pandas as pd
from openpyxl import load_workbook

from warning.escalation import workbook

AT = pd.Timestamp("2025-03-03 09:00")


def letters() -> pd.DataFrame:
    """Three letters: answered in time, late, and withdrawn after an objection."""
    rows = [
        {"letter_id": f"d-{n}", "case_id": f"c-{n}", "kind": "提示函", "number": None,
         "recipient": "=HYPERLINK(1)", "sender": "x", "status": status, "drafted_at": AT,
         "due_on": AT.normalize(), "document": "", "reason": "a\x01b", "county_code": "620702"}
        for n, status in ((1, "accepted"), (2, "overdue"), (3, "withdrawn"))
    ]  # fmt: skip
    return pd.DataFrame(rows)


def transitions() -> pd.DataFrame:
    """What happened to them."""
    rows = [
        ("d-1", "issued", "received"), ("d-1", "received", "replied"), ("d-1", "replied", "accepted"),
        ("d-2", "received", "overdue"), ("d-3", "received", "objected"),
        ("d-3", "objected", "withdrawn"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["letter_id", "from_status", "to_status"])
    return frame.assign(officer="李", reason="", at=AT)


def test_the_month_counts_what_happened():
    """One in time and done, one late, one objection upheld; a recurrence after the acceptance."""
    ledger = workbook.letter_ledger(letters(), transitions(), {"620702": "甘州区"})
    months = workbook.monthly(ledger, transitions(), {"c-1": AT + pd.Timedelta(days=9)})
    assert months.to_dict("records") == [
        {"month": "2025-03", "county": "甘州区", "letters": 3, "on_time": 1, "late": 1,
         "upheld": 1, "accepted": 1, "recurred": 1}
    ]  # fmt: skip


def test_no_cell_from_data_is_a_formula():
    """What begins with = is text; control characters are left out; totals are values."""
    ledger = workbook.letter_ledger(letters(), transitions(), {"620702": "甘州区"})
    months = workbook.monthly(ledger, transitions(), {})
    content = workbook.workbook(
        {"函件": (ledger, workbook.LETTERS), "月汇总": (months, workbook.MONTHS)}
    )
    book = load_workbook(io.BytesIO(content))
    for sheet in book:
        assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
        assert sheet.auto_filter.ref
        assert sheet.freeze_panes == "A2"
    heads = [cell.value for cell in book["函件"][1]]
    row = dict(zip(heads, [cell.value for cell in book["函件"][2]], strict=True))
    assert (row["主送"], row["事由"], row["状态"], row["按期"]) == (
        "=HYPERLINK(1)",
        "ab",
        "已办结",
        "是",
    )
    assert book["月汇总"].cell(3, 3).value == 3


def test_an_empty_ledger_is_a_workbook_too():
    """A city without letters gets its headings."""
    ledger = workbook.letter_ledger(letters().iloc[:0], transitions().iloc[:0], {})
    content = workbook.workbook({"函件": (ledger, workbook.LETTERS)})
    assert load_workbook(io.BytesIO(content))["函件"].cell(1, 1).value == "文号"


def test_ids_stand_whole_on_a_sheet_of_a4():
    """An id that a column cuts off cannot be looked up."""
    rows = pd.DataFrame({"task_force_id": ["t-17e861977664"], "case_id": ["c-e476ffb2f111"]})
    content = workbook.workbook({"专班": (rows, {"task_force_id": "编号", "case_id": "系列"})})
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.page_setup.paperSize == int(sheet.PAPERSIZE_A4)
    for place, letter in enumerate("AB", 1):
        assert sheet.column_dimensions[letter].width > len(sheet.cell(2, place).value) + 2
