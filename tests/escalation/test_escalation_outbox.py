"""The outbox: written with what happened, in order, again and again until acknowledged."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from sqlalchemy import insert, select, update

import warning
from tests.escalation.test_escalation_bundles import PLACE, reports
from tests.escalation.test_escalation_withheld import words
from warning.cli import run
from warning.demo.city import AS_OF
from warning.drafting import standing_ledger
from warning.errors import RefusedError
from warning.escalation.deadlines import day
from warning.escalation.past import REDONE
from warning.keeping.retention import purge
from warning.moments import local_now
from warning.nightly import champion
from warning.officers.letters import find_letter, take_step
from warning.officers.task_forces import add_note, change_status, find_force
from warning.previewing import preview_night
from warning.report.preview_page import preview_page
from warning.scoring.model import load_model
from warning.settings import load_settings
from warning.store import Store
from warning.store.deciding import change_task_force, number_letter
from warning.store.outbox import write
from warning.store.tables import letters, runs, task_forces


@pytest.fixture
def store(night_store, tmp_path):
    """A copy of the store after one night."""
    copy = tmp_path / "w.db"
    shutil.copy(Path(night_store.removeprefix("sqlite:///")), copy)
    with Store.open(f"sqlite:///{copy}") as opened:
        yield opened


def test_a_night_writes_an_event_for_each_letter_and_task_force(store):
    """Drafts and proposals, once each, with no person in them."""
    found = warning.events(store)
    drafts = found[found["event"] == "letter.draft"]
    assert sorted(drafts["subject_id"]) == sorted(store.table("letters")["letter_id"])
    forces = found[found["event"] == "task_force.proposed"]
    assert sorted(forces["subject_id"]) == sorted(store.table("task_forces")["task_force_id"])
    assert {content["entry"] for content in forces["content"]} == {"proposed"}
    assert found["event_id"].is_monotonic_increasing


def test_an_event_comes_again_until_it_is_acknowledged(store):
    """At least once; acknowledging twice changes nothing."""
    first = warning.events(store, limit=3)
    assert list(warning.events(store, limit=3)["event_id"]) == list(first["event_id"])
    assert warning.acknowledge(store, first["event_id"]) == 3
    assert warning.acknowledge(store, first["event_id"]) == 0
    assert warning.events(store)["event_id"].min() > first["event_id"].max()


def test_steps_of_a_case_come_in_their_order(store):
    """Approved, then issued; a refused step leaves no event."""
    settings, letter_id = load_settings(), store.table("letters")["letter_id"].iloc[0]
    take_step(store, settings, letter_id, "approved", "Li", "")
    with pytest.raises(RefusedError):
        take_step(store, settings, letter_id, "approved", "Wang", "")
    take_step(store, settings, letter_id, "issued", "Li", "")
    found = warning.events(store)
    mine = found[found["subject_id"] == letter_id]
    assert list(mine["event"]) == ["letter.draft", "letter.approved", "letter.issued"]
    assert mine["content"].iloc[1]["number"].endswith("1号")


def test_a_letter_issued_days_after_its_approval_tells_the_deadline_that_counts(store):
    """Nothing else of what was signed changes; issued the same day, nothing does."""
    settings, letters = load_settings(), store.table("letters")
    late, same = letters["letter_id"].iloc[:2]
    documents = {}
    for letter_id, days in ((late, 18), (same, 0)):
        take_step(store, settings, letter_id, "approved", "Li", "", AS_OF)
        before = find_letter(store, letter_id)
        signed = store.document(before["document"])
        moved = take_step(store, settings, letter_id, "issued", "Li", "",
                          AS_OF + pd.Timedelta(days=days))  # fmt: skip
        documents[letter_id] = signed, store.document(before["document"])
        if days:
            assert moved["due_on"] > before["due_on"] + pd.Timedelta(days=10)
            told = words(signed).replace(day(before["due_on"]), day(moved["due_on"]))
    assert words(documents[late][0]) != words(documents[late][1]) == told
    assert documents[same][0] == documents[same][1]
    steps = store.rows("transitions", "letter_id", [late, same])
    assert steps.loc[steps["reason"] != "", "letter_id"].tolist() == [late]


def test_a_letter_called_back_to_be_done_anew_is_drafted_by_the_next_night_alone(tmp_path):
    """Also where the clock of the step was years ahead; called back once more, it stays away."""
    settings, url, drafted = load_settings(), f"sqlite:///{tmp_path / 'w.db'}", []
    warning.load(url, *reports([PLACE] * 4))
    with Store.open(url) as opened:
        for day_of_month, clock in ((20, "2031-01-01"), (21, "2025-10-21"), (22, "")):
            night = warning.run_nightly(opened, settings, f"2025-10-{day_of_month} 02:00")
            drafted.append(night.letters.sort_values("case_id"))
            for letter_id in drafted[-1]["letter_id"]:
                take_step(opened, settings, letter_id, "withdrawn", "Li", "时钟有误",
                          pd.Timestamp(f"{clock} 09:00"), redo=day_of_month == 20)  # fmt: skip
        with pytest.raises(ValueError, match="approved"):
            take_step(opened, settings, letter_id, "approved", "Li", "", redo=True)
    first, anew, none = drafted
    assert len(first) > 1
    assert list(anew["case_id"]) == list(first["case_id"])
    assert list(anew["kind"]) == list(first["kind"])
    assert list(anew["reason"]) == [f"{reason}{REDONE}" for reason in first["reason"]]
    assert none.empty


def test_two_officers_cannot_both_approve(store):
    """The second, who read the same version, is refused; the number is taken once."""
    settings, letters = load_settings(), store.table("letters")
    row = letters.iloc[0].to_dict()
    moved = {**row, "status": "approved", "version": 2, "number": None,
             "drafted_at": row["drafted_at"].to_pydatetime(), "due_on": None}  # fmt: skip
    step = {"letter_id": row["letter_id"], "from_status": "draft", "to_status": "approved",
            "officer": "Li", "reason": "", "at": row["drafted_at"].to_pydatetime()}  # fmt: skip

    def finish(sequence):
        return {"number": f"张政法函〔2025〕{sequence}号"}, b""

    number_letter(store, moved, step, 2025, finish)
    with pytest.raises(RefusedError):
        number_letter(store, moved, step, 2025, finish)
    other = {**letters.iloc[1].to_dict(), "status": "approved", "version": 2, "due_on": None}
    other["drafted_at"] = other["drafted_at"].to_pydatetime()
    numbered = number_letter(store, other, {**step, "letter_id": other["letter_id"]}, 2025, finish)
    assert numbered["number"] == "张政法函〔2025〕2号"
    assert settings.escalation.number_code == "张政法函"


def test_a_number_is_given_once_though_its_letter_expired(store, tmp_path):
    """Whether the letter that is gone had the year's first number or its last one."""
    (tmp_path / "retention.yaml").write_text("documents_days: 30\n")
    settings, at = load_settings(tmp_path), AS_OF + pd.Timedelta(hours=9)
    first, second, third, fourth = store.table("letters")["letter_id"].iloc[:4]

    def approve(letter_id):
        return take_step(store, settings, letter_id, "approved", "Li", "", at)["number"][-2:]

    def expire(letter_id):
        take_step(store, settings, letter_id, "withdrawn", "Li", "by mistake", at)
        with store.writing() as connection:  # of a case that no report is left of
            gone = update(letters).where(letters.c.letter_id == letter_id)
            connection.execute(gone.values(case_id="c-gone", drafted_for="c-gone"))
        assert purge(store, settings, at + pd.Timedelta(days=31)).rows["letters"] == 1

    assert [approve(letter_id) for letter_id in (first, second)] == ["1号", "2号"]
    expire(second)
    assert approve(third) == "3号"
    expire(first)
    assert approve(fourth) == "4号"


def test_a_started_plan_is_no_draft_and_two_cannot_change_it_at_once(store):
    """The officer's name starts it: the mark goes; who read it before is refused."""
    settings, force_id = load_settings(), store.table("task_forces")["task_force_id"].iloc[0]
    before = find_force(store, force_id)
    assert "草稿" in words(store.document(before["document"]) or b"")
    late = AS_OF + pd.Timedelta(days=20)
    change_status(store, settings, force_id, "active", "Li", at=late)
    signed, content = (
        words(store.document(before["document"]) or b""),
        find_force(store, force_id)["content"],
    )
    assert "草稿" not in signed
    assert all(told in signed for told in (day(late), *content["milestones"].values()))
    assert min(content["milestones"].values()) > f"{late:%Y-%m-%d}"
    assert day(before["proposed_at"]) not in signed
    with pytest.raises(RefusedError):
        change_task_force(store, {**before, "status": "declined"}, before, AS_OF.to_pydatetime())
    read = find_force(store, force_id)
    add_note(store, force_id, "Wang", "visited")
    with pytest.raises(RefusedError):
        change_task_force(store, read, read, AS_OF.to_pydatetime())
    told = warning.events(store)
    mine = told[told["event"] == "task_force.active"]
    assert [content["entry"] for content in mine["content"]] == ["active", "progress"]


def test_no_second_task_force_of_a_case_is_started(store):
    """As two cases have them that were merged; the refusal names the one that is active."""
    settings, second = load_settings(), "t-second"
    with store.writing() as connection:
        force = connection.execute(select(task_forces)).mappings().first()
        connection.execute(insert(task_forces).values({**force, "task_force_id": second}))
    first = force["task_force_id"]
    change_status(store, settings, first, "active", "Li")
    with pytest.raises(RefusedError, match=f"active task force, {first}"):
        change_status(store, settings, second, "active", "Li")
    change_status(store, settings, second, "declined", "Li", "merged")


def test_a_decline_says_what_it_means_and_is_taken_back(store, capsys):
    """The store keeps the last incident that it went by; approved after all, the plan is signed."""
    force = store.table("task_forces").iloc[0]
    given = [force["task_force_id"], "--officer", "Li", "--store", store.url]
    assert run(["task-forces", "decline", *given, "--reason", "mistaken"]) == 0
    assert "proposed anew" in capsys.readouterr().out
    declined = find_force(store, given[0])
    last = store.rows("cases", "case_id", [force["case_id"]])["last_at"].item()
    assert pd.Timestamp(declined["content"]["ledger"][-1]["last_at"]) == last
    with store.writing() as connection:  # as where it expired
        connection.execute(update(task_forces).values(document=None))
    assert run(["task-forces", "approve", *given]) == 0
    assert find_force(store, given[0])["status"] == "active"
    assert "草稿" not in words(store.document(force["document"]) or b"")


def test_a_reminder_comes_once_for_a_letter_and_its_deadline(store):
    """The night near the deadline draws it; the night again, or the next one, gives none."""
    settings, letter_id = load_settings(), store.table("letters")["letter_id"].iloc[0]
    day = AS_OF.normalize() + pd.Timedelta(hours=9)
    for state in ("approved", "issued", "received"):
        take_step(store, settings, letter_id, state, "Li", "", day)
    due = find_letter(store, letter_id)["due_on"]
    far, near = AS_OF + pd.Timedelta(days=1), due - pd.Timedelta(hours=6)
    for as_of in (far, near, near, near + pd.Timedelta(hours=12)):
        warning.run_nightly(store, settings, as_of)
    found = warning.events(store, limit=100_000)
    reminders = found[found["event"] == "letter.reminder"]
    assert list(reminders["subject_id"]) == [letter_id]
    assert list(reminders["at"]) == [near]
    assert reminders["content"].iloc[0]["due_on"] == f"{due:%Y-%m-%d}"


def test_events_that_were_taken_over_are_deleted_and_numbers_go_on(store, tmp_path):
    """Some days later, and no other; a reminder stays until its letter is closed."""
    (tmp_path / "retention.yaml").write_text("events_days: 5\n")
    settings, now = load_settings(tmp_path), local_now()
    first, second = store.table("letters")["letter_id"].iloc[:2]
    with store.writing() as connection:
        due = {"at": AS_OF.to_pydatetime(), "case_id": "c-1", "content": {"due_on": "2025-01-09"}}
        write(connection, [{**due, "event": "letter.reminder", "subject_id": letter_id}
                           for letter_id in (first, second, "d-gone")])  # fmt: skip
    take_step(store, settings, second, "withdrawn", "Li", "by mistake")
    told = warning.events(store)
    waiting, *taken = ids = told["event_id"].tolist()
    (reminder,) = told.loc[
        (told["event"] == "letter.reminder") & (told["subject_id"] == first), "event_id"
    ]
    warning.acknowledge(store, taken)
    assert "outbox" not in purge(store, settings, now + pd.Timedelta(days=4)).rows
    late = now + pd.Timedelta(days=6)
    counted = purge(store, settings, late, only_count=True).rows["outbox"]
    assert counted == purge(store, settings, late).rows["outbox"] == len(ids) - 3
    assert store.table("outbox")["event_id"].tolist() == [waiting, reminder, ids[-1]]
    take_step(store, settings, first, "approved", "Li", "")
    assert warning.events(store)["event_id"].tolist() == [waiting, ids[-1] + 1]


def test_a_preview_under_the_nights_own_settings_shows_that_night(store, monkeypatch):
    """Its links are there already: what linking from nothing would find else is none of a setting."""
    monkeypatch.setattr("warning.previewing.link", pytest.fail)
    settings = load_settings()
    preview = preview_night(store, settings, settings)
    shown = preview.tiers.set_index("tier")["today"]
    assert preview.model == preview.night_model
    graded = store.last_warnings(parts=False)["tier"].value_counts()
    assert shown[shown > 0].to_dict() == graded.to_dict()


def test_a_preview_says_that_another_model_scored_the_night(store, monkeypatch, capsys):
    """On the terminal, the page and in JSON, with both hashes."""
    with store.writing() as connection:
        connection.execute(update(runs).values(model_hash="f" * 64))
    shown = preview_night(store, load_settings(), load_settings())
    monkeypatch.setattr("warning.commands.preview.preview_night", lambda *_: shown)
    assert run(["preview", "--store", store.url, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["night_model_hash"], told["model_hash"]) == ("f" * 64, load_model(champion()).hash)
    words = f"another model (ffffffffffff); here both settings are scored with the present one ({shown.model[:12]})"
    assert run(["preview", "--store", store.url]) == 0
    assert words in capsys.readouterr().out
    assert words in preview_page(shown, {})
    assert "another model" not in preview_page(replace(shown, night_model=shown.model), {})


def test_the_ledger_before_a_night_knows_nothing_of_it_and_of_later(store):
    """As a preview of that night needs it: it drafts what the night drafted."""
    settings, letter_id = load_settings(), store.table("letters")["letter_id"].iloc[0]
    force_id = store.table("task_forces")["task_force_id"].iloc[0]
    links = SimpleNamespace(cases=store.table("cases"), merges=store.table("merges"))
    sent, night = AS_OF + pd.Timedelta(hours=9), AS_OF + pd.Timedelta(days=30)
    for state in ("approved", "issued", "received"):
        take_step(store, settings, letter_id, state, "Li", "", sent)
    before = standing_ledger(store, links)
    take_step(store, settings, letter_id, "overdue", "", "", night)
    change_status(store, settings, force_id, "declined", "Li", "no need", night)
    after = standing_ledger(store, links, before=night)
    known = ["letter_id", "case_id", "status", "due_on"]
    pd.testing.assert_frame_equal(after.letters[known], before.letters[known])
    pd.testing.assert_frame_equal(after.transitions, before.transitions)
    known = ["task_force_id", "case_id", "status"]
    pd.testing.assert_frame_equal(after.task_forces[known], before.task_forces[known])
    assert not any(content["ledger"] for content in after.task_forces["content"])
