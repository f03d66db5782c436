"""When a case is closed and open again, and its whole life on one page."""

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update

from tests.escalation.test_escalation_bundles import text_of
from warning.case_life import case_life
from warning.case_masks import CaseMasks
from warning.commands.matters import case_records
from warning.escalation.lifecycle import Work, case_history, case_states
from warning.officers.letters import find_letter, take_step
from warning.report.case_page import case_page
from warning.settings import load_settings
from warning.store import Store, tables


def day(number: float) -> pd.Timestamp:
    """So many days after the first of January."""
    return pd.Timestamp("2025-01-01") + pd.Timedelta(days=number)


@pytest.mark.parametrize(
    ("incidents", "accepted", "spans", "expected"),
    [
        ([0], [], [], [(0, "open")]),
        ([0], [10], [(5, 10)], [(0, "open"), (60, "closed")]),
        ([0], [90], [(5, 90)], [(0, "open"), (90, "closed")]),
        ([0, 50], [10], [(5, 10)], [(0, "open"), (110, "closed")]),
        ([0, 80], [10], [(5, 10)], [(0, "open"), (60, "closed"), (80, "open")]),
        ([0, 80], [10, 100], [(5, 10), (85, 100)],
         [(0, "open"), (60, "closed"), (80, "open"), (140, "closed")]),
        ([0], [10], [(5, 10), (20, 300)], [(0, "open")]),
        ([0], [10], [(5, 10), (20, 120)], [(0, "open"), (120, "closed")]),
        ([0], [10], [(5, 10), (80, 300)], [(0, "open"), (60, "closed"), (80, "open")]),
        ([0], [10], [(5, 10), (80, 100), (90, 120)],
         [(0, "open"), (60, "closed"), (80, "open"), (120, "closed")]),
        ([0, 90], [10], [(5, 10), (80, 100)], [(0, "open"), (60, "closed"), (80, "open")]),
        ([0, 90], [10, 100], [(5, 10), (80, 100)],
         [(0, "open"), (60, "closed"), (80, "open"), (150, "closed")]),
    ],
    ids=["no letter", "quiet after the reply", "reply after the quiet", "again before the quiet",
         "again after the closing", "closed, reopened, closed", "a letter still open",
         "a task force ended late", "a letter after the closing", "and done with",
         "and another incident", "and another reply"],
)  # fmt: skip
def test_when_a_case_is_open(incidents, accepted, spans, expected):
    """Sixty quiet days, an accepted reply of this life, nothing open; days since the first."""
    work = Work([*map(day, accepted)], [(day(a), day(b)) for a, b in spans])
    found = case_history([*map(day, incidents)], work, 60, day(200))
    assert [(moment, state) for moment, state, _ in found] == [
        (day(number), state) for number, state in expected
    ]


@given(
    st.lists(st.integers(0, 300), min_size=1, max_size=8),
    st.lists(st.integers(0, 300), max_size=4),
    st.lists(st.tuples(st.integers(0, 300), st.integers(1, 90)), max_size=4),
    st.integers(0, 400),
)
def test_states_alternate_and_the_past_stays(incidents, accepted, others, as_of):
    """Open and closed in turn, nothing is open in a closed case, a later look tells the same."""
    spans = [(day(a - 1), day(a)) for a in accepted]
    spans += [(day(begin), day(begin + days)) for begin, days in others]
    work = Work([*map(day, accepted)], spans)
    moments = [*map(day, incidents)]
    later = case_history(moments, work, 30, day(500))
    assert [state for _, state, _ in later] == (["open", "closed"] * len(later))[: len(later)]
    changes = [moment for moment, _, _ in later[1:]]
    for closed, opened in zip(changes[::2], [*changes[1::2], day(500)], strict=False):
        assert not [span for span in spans if span[0] < opened and span[1] > closed]
    early = case_history(moments, work, 30, day(as_of))
    assert [event for event in early if event[1] == "closed"] == [
        event for event in later if event[1] == "closed" and event[0] <= day(as_of)
    ]


def test_only_cases_with_an_accepted_letter_close():
    """A withdrawn letter is no reply."""
    incidents = pd.DataFrame({"case_id": ["c-1", "c-2"], "at": [day(0), day(0)]})
    letters = pd.DataFrame({"letter_id": ["d-1", "d-2"], "case_id": ["c-1", "c-2"],
                            "drafted_at": [day(1), day(1)]})  # fmt: skip
    steps = pd.DataFrame({"letter_id": ["d-1", "d-2"], "to_status": ["accepted", "withdrawn"],
                          "at": [day(5), day(5)]})  # fmt: skip
    forces = pd.DataFrame({"case_id": ["c-1"], "content": [{"ledger": []}]})
    found = case_states(incidents, letters, steps, forces, 60, day(100))
    assert list(found["case_id"]) == ["c-1", "c-1"]
    assert list(found["state"]) == ["open", "closed"]


def test_the_page_shows_incidents_tiers_letters_and_steps(night_store, tmp_path):
    """One HTML page without network, script or a party's name."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    settings = load_settings()
    with Store.open(f"sqlite:///{copy}") as store:
        letter = store.table("letters").iloc[0]
        known = store.known(store.last_night())[1]
        name = known.loc[known["name"].str.len() == 3, "name"].iloc[0]
        told = f"已与{name}（138-0000-1234）谈话"
        take_step(store, settings, str(letter["letter_id"]), "approved", "李科长", told)
        warnings = store.last_warnings()
        case = store.table("cases").merge(warnings, on="case_id").set_index("case_id", drop=False)
        chosen = dict(case.loc[letter["case_id"]])
        records = case_records(store, str(letter["case_id"]), settings)
        page = case_page(case_life(store, chosen, records, settings))
        names = set(known["name"].dropna())
        ledger = {"content": [{"ledger": [{"text": told}]}], "case_id": ["c-none"]}
        masked = CaseMasks(store, ["c-none"]).forces(pd.DataFrame(ledger))
    for text in (str(letter["case_id"]), str(letter["kind"]), "李科长", records["record_id"][0]):
        assert text in page
    assert not [name for name in names if len(name) > 2 and name in page]
    assert f"已与{name[0]}某某（（号码略））谈话" in page
    assert masked["content"][0]["ledger"][0]["text"] == f"已与{name[0]}某某（（号码略））谈话"
    assert page.count("<table") == page.count('<div class="wide"><table') > 0
    assert f'<td class="named">{letter["recipient"]}</td>' in page  # never a sign a line
    assert "<script" not in page
    assert "http" not in page


def test_a_draft_of_an_earlier_version_threatens_no_step_when_it_is_approved(night_store, tmp_path):
    """A person's letter said that the next one follows, which a person does not get."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    with Store.open(f"sqlite:///{copy}") as store:
        cases = store.table("cases")[["case_id", "kind"]].rename(columns={"kind": "case_kind"})
        letters = store.table("letters").merge(cases, on="case_id")
        for kind, follows in (("person", ""), ("matter", "交办函")):
            drafts = letters[(letters["case_kind"] == kind) & (letters["kind"] == "提示函")]
            letter_id, content = drafts.iloc[0][["letter_id", "content"]]
            table = tables.letters
            with store.writing() as connection:
                connection.execute(
                    update(table)
                    .where(table.c.letter_id == letter_id)
                    .values(content=content | {"next_step": "交办函"})
                )
            row = take_step(store, load_settings(), letter_id, "approved", "李科长", "属实")
            assert row["content"]["next_step"] == follows
            told = text_of(store.document(row["document"]) or b"")
            assert ("逾期未复的，将转为交办函" in told) == bool(follows)


def test_a_letter_approved_beside_an_open_higher_one_threatens_no_step(night_store, tmp_path):
    """An earlier version drafted it with the sentence."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    with Store.open(f"sqlite:///{copy}") as store:
        cases = store.table("cases")
        matters = cases.loc[cases["kind"] == "matter", "case_id"]
        drafts = store.table("letters")
        letter_id = drafts.loc[drafts["case_id"].isin(matters), "letter_id"].iloc[0]
        letter = find_letter(store, letter_id)
        higher = {"letter_id": "d-0", "kind": "约谈函", "status": "received", "document": None}
        with store.writing() as connection:
            connection.execute(insert(tables.letters), {**letter, **higher})
        row = take_step(store, load_settings(), letter_id, "approved", "李科长", "属实")
        assert (letter["content"]["next_step"], row["content"]["next_step"]) == ("交办函", "")


def test_a_page_calls_a_case_closed_when_the_list_does(night_store: str, tmp_path: Path) -> None:
    """What was accepted since the last night closes it in the next one, in both."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    settings = load_settings()
    escalation = settings.escalation.model_copy(update={"closing_quiet_days": 0})
    settings = replace(settings, escalation=escalation)
    with Store.open(f"sqlite:///{copy}") as store:
        letter = store.table("letters").iloc[0]
        letter_id, case_id = str(letter["letter_id"]), str(letter["case_id"])
        sent, refused = ("approved", "issued", "received"), ("replied", "received")
        for state in (*sent, *refused, "objected", "received", "replied", "accepted"):
            take_step(store, settings, letter_id, state, "李科长", "已化解")
        cases = store.table("cases").merge(store.last_warnings(), on="case_id")
        case = cases[cases["case_id"] == case_id].iloc[0].to_dict()
        life = case_life(store, case, case_records(store, case_id, settings), settings)
    assert life.case["status_name"] == case["status"] == "open"
    assert "accepted" in {title.split()[-1] for _, kind, title, _, _ in life.events}
    told = [title for _, what, title, *_ in life.events if what == "letter"]
    for step in ("received", "do not accept the reply", "the objection is dismissed"):
        assert told.count(f"{letter['kind']} {step}") == 1
