"""The ledger as a workbook: what stands in it, its totals, and that data are never formulas."""

import io

import pandas as pd
import pytest
from openpyxl import load_workbook

from tests.escalation.office import SETTINGS, Office
from tests.escalation.test_escalation_unknown_year import calendar_known, office_in_december
from warning.escalation import workbook
from warning.escalation.bundles import cases_in_brief
from warning.officers.ledger import with_county

AT = pd.Timestamp("2025-03-03 09:00")


def letters() -> pd.DataFrame:
    """Three letters: answered in time, late, and withdrawn after an objection."""
    rows = [
        {"letter_id": f"d-{n}", "case_id": f"c-{n}", "kind": "提示函", "number": None,
         "recipient": "=HYPERLINK(1)", "sender": "x", "status": status, "drafted_at": AT,
         "due_on": AT.normalize(), "document": "", "reason": "a\x01b", "county_code": "620702",
         "content": {}}
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
    ledger = workbook.letter_ledger(letters(), transitions(), SETTINGS)
    months = workbook.monthly(ledger, transitions(), {"c-1": AT + pd.Timedelta(days=9)})
    assert months.to_dict("records") == [
        {"month": "2025-03", "county": "甘州区", "letters": 3, "on_time": 1, "late": 1,
         "upheld": 1, "accepted": 1, "recurred": 1}
    ]  # fmt: skip


def test_a_letter_stays_with_the_county_that_it_was_drafted_for():
    """Its case is another county's now, or gone; older drafts keep the county's name alone."""
    found = Office()
    found.case("c-1", "yellow", county="620721")
    (drafted,) = found.night()
    older = {name: drafted["content"][name] for name in drafted["content"] if name != "county_code"}
    rows = [
        drafted | {"case_id": case_id, "content": content}
        for content in (drafted["content"], older, {**older, "county_name": ""})
        for case_id in ("c-1", "c-gone")
    ]
    cases = pd.DataFrame({"case_id": ["c-1"], "county_code": ["620702"]})
    told = with_county(pd.DataFrame(rows), cases, SETTINGS.counties)["county_code"]
    assert told[:5].tolist() == ["620721"] * 4 + ["620702"]
    assert pd.isna(told[5])


def test_of_two_counties_of_one_name_an_older_draft_is_its_cases():
    """Where the case is neither's by now, the name says nothing."""
    counties = {"620102": "城关区", "620702": "甘州区", "540102": "城关区"}
    cases = pd.DataFrame({"case_id": ["c-1", "c-2"], "county_code": ["620102", "620702"]})
    drafts = cases.assign(content=[{"county_name": "城关区"}] * 2).drop(columns="county_code")
    assert with_county(drafts, cases, counties)["county_code"].tolist() == ["620102", "620702"]


def test_any_of_a_letters_cases_that_happens_again_counts_its_letter():
    """Once, as many as they are; the ledger tells how many cases a letter carries, or that none stands."""
    others = [{"case_id": "c-8"}, {"case_id": "c-9"}]
    sent = letters().assign(content=[{"others": others}, {}, {}])
    later = dict.fromkeys(("c-8", "c-9"), AT + pd.Timedelta(days=9))
    ledger = workbook.letter_ledger(sent, transitions(), SETTINGS)
    months = workbook.monthly(ledger, transitions(), {"c-1": AT, **later})
    assert months[["letters", "accepted", "recurred"]].iloc[0].tolist() == [3, 1, 1]
    stand = pd.Series(["c-2", "c-9"])
    assert cases_in_brief(ledger, stand) == ["c-1 and 2 more", "c-2", "c-3 (the case is gone)"]
    assert cases_in_brief(ledger, stand, chinese=True)[2] == "c-3（系列已不存在）"


def row_of(found: Office) -> pd.Series:
    """The ledger's row of an office's only letter."""
    (letter,) = found.letters.values()
    sent = pd.DataFrame([letter | {"county_code": "620702"}])
    steps = pd.DataFrame(found.transitions)
    return workbook.letter_ledger(sent, steps, found.settings).iloc[0]


def sent_letter() -> Office:
    """A letter that is received on Tuesday 2025-01-07 and is due on Thursday 16 January."""
    found = Office()
    found.case("c-1", "yellow")
    found.night()
    found.send(next(iter(found.letters)))
    return found


@pytest.mark.parametrize(
    ("replied", "on_time"), [("2025-01-16 23:59", "是"), ("2025-01-17 00:30", "否")]
)
def test_a_reply_is_held_against_its_deadline_whether_a_night_ran_or_not(replied, on_time):
    """No night stands between the deadline and the reply, so none marked the letter overdue."""
    found = sent_letter()
    (letter_id,) = found.letters
    assert found.letters[letter_id]["due_on"] == pd.Timestamp("2025-01-16")
    found.now = pd.Timestamp(replied)
    found.step(letter_id, "replied")
    row = row_of(found)
    months = workbook.monthly(pd.DataFrame([row]), pd.DataFrame(found.transitions), {})
    assert row["on_time"] == on_time
    assert list(months[["on_time", "late"]].iloc[0]) == [on_time == "是", on_time == "否"]


@pytest.mark.parametrize(
    ("first", "second", "on_time"),
    [
        ("2025-01-16 10:00", "2025-01-21 10:00", "是"),
        ("2025-01-17 10:00", "2025-01-21 10:00", "否"),  # before the return's deadline
        ("2025-01-16 10:00", "2025-01-24 10:00", "否"),
    ],
)
def test_each_reply_is_held_against_the_deadline_in_force_then(first, second, on_time):
    """A return moves the deadline: the reply before it had the earlier one."""
    found = sent_letter()
    (letter_id,) = found.letters
    for at, steps in ((first, ("replied", "received")), (second, ("replied", "accepted"))):
        found.now = pd.Timestamp(at)
        for to in steps:
            found.step(letter_id, to)
    assert row_of(found)["on_time"] == on_time


@pytest.mark.parametrize(
    ("days", "on_time", "last"),
    [(3, "是", "accepted"), (30, "否", "accepted"), (30, "否", "replied")],
)
def test_a_letter_answered_in_an_unknown_year_is_dated_in_the_ledger(days, on_time, last):
    """Nothing is said of it until the calendar is known; it is in time or late, never overdue."""
    found = office_in_december()
    (letter_id,) = found.letters
    found.send(letter_id)
    found.now += pd.Timedelta(days=days)
    for to in ("replied", "accepted")[: 1 + (last == "accepted")]:
        found.step(letter_id, to)
    assert (row_of(found)["on_time"], pd.isna(row_of(found)["due_on"])) == ("", True)
    calendar_known(found)
    assert (row_of(found)["on_time"], row_of(found)["due_on"]) == (
        on_time,
        pd.Timestamp("2035-01-05"),
    )
    found.night()
    assert found.letters[letter_id]["status"] == last


def test_no_cell_from_data_is_a_formula():
    """What begins with = is text; control characters are left out; totals are values."""
    ledger = workbook.letter_ledger(letters(), transitions(), SETTINGS)
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


def progress(text: str) -> str:
    """What the ledger's cell 化解情况 says after an officer's note of this text was kept."""
    note = {"kind": "progress", "text": text, "at": "2025-09-09T00:00:00"}
    force = {
        "task_force_id": "t-1",
        "case_id": "c-1",
        "county_code": "620702",
        "content": {"due_on": "2025-10-01", "ledger": [note]},
    }
    told = {name: workbook.FORCES[name] for name in ("task_force_id", "progress")}
    rows = workbook.force_ledger(pd.DataFrame([force]), {"620702": "甘州区"}, {})
    content = workbook.workbook({"专班": (rows, told)})
    return str(load_workbook(io.BytesIO(content))["专班"].cell(2, 2).value)


def test_verifications_stand_in_the_ledger_while_they_count():
    """Those before an incident do no more; a closed task force keeps those that it was closed by."""
    entries = [
        {"kind": "verified", "level": level, "officer": level, "at": f"2025-03-{day}T09:00:00"}
        for level, day in (("村级", "03"), ("乡级", "05"), ("村级", "06"))
    ]
    closing = {"kind": "closed", "at": "2025-03-07T09:00:00", "last_at": "2025-03-01T09:00:00"}
    forces = pd.DataFrame({"case_id": ["c-1", "c-2", "c-gone", "c-1"], "county_code": "620702"})
    forces["content"] = [{"ledger": entries}] * 3 + [{"ledger": [*entries, closing]}]
    last_at = {"c-1": pd.Timestamp("2025-03-07"), "c-2": pd.Timestamp("2025-03-05 12:00")}
    rows = workbook.force_ledger(forces, SETTINGS.counties, last_at)
    assert rows["verified"].tolist() == ["", "村级", "村级、乡级", "村级、乡级"]


def test_levels_that_one_person_verified_say_so_in_the_ledger():
    """As a closing does, which needs another person at each level."""
    entries = [
        {"kind": "verified", "level": level, "officer": officer, "at": "2025-03-03T09:00:00"}
        for level, officer in (("村级", "甲"), ("乡级", "甲"), ("县级", "乙"))
    ]
    again = [{**entries[0], "officer": "丙"}, {**entries[2], "officer": "甲"}]
    forces = pd.DataFrame({"case_id": ["c-1", "c-1"], "county_code": "620702"})
    forces["content"] = [{"ledger": entries}, {"ledger": [*entries, *again]}]
    rows = workbook.force_ledger(forces, SETTINGS.counties, {})
    assert rows["verified"].tolist() == ["村级、乡级（同一人）、县级", "村级、乡级、县级"]


def test_a_sign_that_no_workbook_holds_is_left_out():
    """Of halves of a sign, and of U+FFFE and U+FFFF, as a paste may bring them."""
    assert progress("\ufffe进\uffff展\ud800") == "进展"


@pytest.mark.parametrize("sign", ["长", "𠮷"])
def test_a_text_longer_than_a_cell_says_where_all_of_it_stands(sign):
    """A cell holds 32,767 characters, of rare ones half as many."""
    told = progress(sign * 40_000)
    assert len(told.encode("utf-16-le")) // 2 in (workbook.MOST_SIGNS - 1, workbook.MOST_SIGNS)
    assert told.startswith(sign) and told.endswith(
        sign + "……（全文见 warning task-forces show t-1）"
    )


def test_a_text_that_fills_a_cell_stays_whole():
    """Nothing is taken from what fits."""
    assert progress("长" * workbook.MOST_SIGNS) == "长" * workbook.MOST_SIGNS


def test_an_empty_ledger_is_a_workbook_too():
    """A city without letters gets its headings."""
    ledger = workbook.letter_ledger(letters().iloc[:0], transitions().iloc[:0], SETTINGS)
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
