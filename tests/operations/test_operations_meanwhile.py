"""What others do while a night runs: officers decide, a lock is lost, another night is kept."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import update

from tests.copying import filled
from tests.escalation.test_escalation_templates import written as written_in
from tests.killing import night_tables
from tests.sharing import shared
from warning import nightly
from warning.commands.checking import check_store
from warning.commands.nights import show_night
from warning.errors import RefusedError
from warning.escalation.case_file import CaseFile
from warning.escalation.documents import task_force_document
from warning.escalation.ladder import STEPS
from warning.escalation.renamed import NO_STEP
from warning.escalation.undated import UNKNOWN_DAY, deadline, written
from warning.keeping.health import health_of
from warning.nightly import run_nightly
from warning.officers.letters import take_step
from warning.officers.task_forces import change_status
from warning.outbox import events
from warning.settings import Settings, load_settings
from warning.store import Store, nights, standing, tables
from warning.store.connection import connect
from warning.tabular import rows_of

FIRST, SECOND, LATER = "2024-12-01", "2025-01-01", "2025-01-01 06:00"
SHOWN = CaseFile("c-1", "matter", "甘州区", "邻里纠纷", "red", 0.5, "近90天3次", (), (), False)
SENT, DECIDED = pd.Timestamp("2024-12-02 09:00"), pd.Timestamp("2025-01-01 08:00")


def step(url: str, place: int, state: str, at: pd.Timestamp = DECIDED) -> None:
    """An officer's step on one of the letters of the first night."""
    with Store.open(url) as store:
        letter_id = LETTERS[place]
        take_step(store, load_settings(), letter_id, state, "李科长", "经核查", at)


def decide(url: str) -> None:
    """One letter is answered, another called back; both deadlines have passed by the night."""
    step(url, 0, "replied")
    step(url, 1, "withdrawn")


def propose_force(store: Store, at: str) -> str:
    """A task force for a case of the last night, proposed then; its id."""
    settings, moment = load_settings(), pd.Timestamp(at)
    counts = settings.escalation.task_force.milestones
    days = {step: deadline(moment, count, settings.escalation) for step, count in counts.items()}
    case_id = str(store.table("cases")["case_id"].iloc[0])
    content = {"milestones": {step: written(day) for step, day in days.items()},
               "due_on": written(max(days.values()))}  # fmt: skip
    force = {"task_force_id": "t-1", "case_id": case_id, "drafted_for": case_id, "members": "公安局",
             "status": "proposed", "proposed_at": moment.to_pydatetime(), "content": content}  # fmt: skip
    with store.writing() as connection:
        connection.execute(tables.task_forces.insert().values(**force))
    return "t-1"


#: The letters of the first night, and which of them are overdue before the second.
LETTERS: list[str] = []
LATE = range(2, 6)


@pytest.fixture(scope="module")
def begun(hamlet_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a first night, one letter received, one on its way, some late."""

    def make(directory: Path) -> list[str]:
        url = filled(hamlet_store, f"sqlite:///{directory / 'w.db'}", directory)
        LETTERS[:] = sorted(run_nightly(url, None, FIRST).letters["letter_id"])
        sent = {0: ("approved", "issued", "received"), 1: ("approved", "issued")}
        sent |= dict.fromkeys(LATE, (*sent[0], "overdue"))
        for place, taken in sent.items():
            for state in taken:
                step(url, place, state, SENT)
        return LETTERS

    directory, LETTERS[:] = shared(tmp_path_factory, "begun", make)
    return directory / "w.db"


@pytest.fixture(scope="module")
def linked(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That store with a second night that was stopped when all of its stages were done."""

    def make(directory: Path) -> None:
        url = filled(begun, f"sqlite:///{directory / 'w.db'}", directory)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Store, "keep", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run_nightly(url, None, SECOND)

    return shared(tmp_path_factory, "linked", make)[0] / "w.db"


@pytest.fixture(scope="module")
def decided(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables after a second night that began when the officers had decided."""

    def make(directory: Path) -> dict[str, str]:
        url = filled(begun, f"sqlite:///{directory / 'w.db'}", directory)
        decide(url)
        run_nightly(url, None, SECOND)
        return night_tables(url)

    return shared(tmp_path_factory, "decided", make)[1]


@pytest.fixture
def stopped(linked: Path, tmp_path: Path) -> str:
    """The URL of a copy of the store with the stopped night."""
    return filled(linked, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)


def keeping(work: Callable[[], object], times: int = 1) -> Callable[[str], None]:
    """Does ``work`` when the night is about to be kept, the first ``times``."""
    left = [None] * times

    def progress(stage: str) -> None:
        if stage == "keeping the night" and left:
            left.pop()
            work()

    return progress


def states(url: str) -> list[str]:
    """The states of the two letters; their history is one that the ladder allows."""
    with Store.open(url) as store:
        letters, steps = store.table("letters"), store.table("transitions")
    for letter in letters.itertuples():
        state = "draft"
        for row in steps[steps["letter_id"] == letter.letter_id].itertuples():
            assert row.from_status == state
            assert row.to_status in STEPS[state]
            state = row.to_status
        assert letter.status == state
    return letters.set_index("letter_id")["status"].reindex(LETTERS[:2]).tolist()


def test_an_officers_step_while_the_night_is_kept_stands(
    linked: Path, decided: dict[str, str], new_url: str, tmp_path: Path
) -> None:
    """The night is drafted on it: the same tables as if it had begun afterwards."""
    url = filled(linked, new_url, tmp_path)
    run_nightly(url, None, SECOND, progress=keeping(lambda: decide(url)))
    assert states(url) == ["replied", "withdrawn"]
    assert night_tables(url) == decided


def drafted_after_late_ones(url: str) -> set[str]:
    """The cases of late letters for which the second night drafted one."""
    with Store.open(url) as store:
        letters = store.table("letters").set_index("letter_id")
    new = letters.loc[letters["drafted_at"] == pd.Timestamp(SECOND), "case_id"]
    return set(new) & set(letters.loc[[LETTERS[place] for place in LATE], "case_id"])


def test_nothing_is_drafted_after_a_letter_that_was_answered_meanwhile(
    linked: Path, stopped: str, tmp_path: Path
) -> None:
    """What the night itself would not have moved decides what it drafts, too."""
    undisturbed = filled(linked, f"sqlite:///{tmp_path / 'undisturbed.db'}", tmp_path)
    run_nightly(undisturbed, None, SECOND)
    assert drafted_after_late_ones(undisturbed)

    def answer() -> None:
        for place in LATE:
            step(stopped, place, "replied")

    run_nightly(stopped, None, SECOND, progress=keeping(answer))
    assert not drafted_after_late_ones(stopped)


def test_a_reply_returned_before_a_late_night_calls_for_one_letter(
    linked: Path, new_url: str, tmp_path: Path
) -> None:
    """The officer calls it back without a new one: the night after does not draft it again."""
    url = filled(linked, new_url, tmp_path)
    for place in LATE:
        step(url, place, "replied")
        step(url, place, "received")
    drafted = []
    for night in (SECOND, LATER):
        run_nightly(url, None, night)
        with Store.open(url) as store:
            letters = store.table("letters")
            refused = letters["reason"].str.endswith("复函未获认可")
            new = letters[refused & (letters["drafted_at"] == pd.Timestamp(night))]
            drafted.append(len(new))
            for letter_id in new["letter_id"]:
                take_step(store, load_settings(), letter_id, "withdrawn", "李科长", "不必", DECIDED)
    assert drafted[0]
    assert not drafted[1]


def test_a_night_that_goes_on_is_drafted_on_what_stands_now(
    stopped: str, decided: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An officer's step between two attempts costs no linking, and no kept draft is taken up."""
    monkeypatch.setattr(nightly, "link", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(nightly, "grade", lambda *_: 1 / 0)
    decide(stopped)
    run_nightly(stopped, None, SECOND)
    assert night_tables(stopped) == decided


def test_officers_who_decide_at_every_try_refuse_the_night(stopped: str) -> None:
    """It is said in words, nothing is written, and the night is whole when they have done."""
    turn = iter(["replied", "received"] * nightly.DRAFTS)
    with pytest.raises(RefusedError, match="officers decided"):
        run_nightly(
            stopped, None, SECOND, progress=keeping(lambda: step(stopped, 0, next(turn)), 99)
        )
    assert next(turn) == "received"  # five tries
    assert states(stopped) == ["replied", "issued"]
    with Store.open(stopped) as store:
        assert store.last_night() == pd.Timestamp(FIRST)
        assert store.table("attempts")["exit_code"].tolist()[-1] == 1
    run_nightly(stopped, None, SECOND)
    assert states(stopped) == ["replied", "overdue"]


def test_a_step_is_never_overwritten(stopped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where nothing told that somebody decided: a night moves a letter from where it was."""
    for module in (nights, standing):
        monkeypatch.setattr(module, "mark_of", lambda _: "always")
    with pytest.raises(RefusedError, match="officers decided"):
        run_nightly(stopped, None, SECOND, progress=keeping(lambda: decide(stopped)))
    assert states(stopped) == ["replied", "withdrawn"]


def test_every_step_changes_the_mark(hamlet_night: Path, tmp_path: Path) -> None:
    """Of a letter, and of a task force, which has no version."""
    url, marks = filled(hamlet_night, f"sqlite:///{tmp_path / 'w.db'}", tmp_path), []
    with Store.open(url) as store:
        settings = load_settings()
        marks.append(store.standing().mark)
        letter_id = store.table("letters")["letter_id"].iloc[0]
        take_step(store, settings, letter_id, "withdrawn", "李科长", "重复")
        marks.append(store.standing().mark)
        change_status(store, settings, propose_force(store, SECOND), "declined", "李书记", "已化解")
        marks.append(store.standing().mark)
        assert store.standing().mark == marks[-1]
    assert len(set(marks)) == 3


@pytest.fixture(scope="module")
def only_another(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables after the night that another process keeps, and no other."""
    directory = tmp_path_factory.mktemp("another")
    url = filled(begun, f"sqlite:///{directory / 'w.db'}", directory)
    run_nightly(url, None, LATER)
    return night_tables(url)


def lose_lock(url: str) -> None:
    """Somebody deletes the lock file; the server ends the session that holds the lock."""
    if url.startswith("sqlite"):
        Path(f"{url.removeprefix('sqlite:///')}.lock").unlink()
        return
    engine = connect(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND "
            "database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    engine.dispose()


def test_a_night_that_lost_its_lock_is_not_kept_after_another(
    linked: Path, only_another: dict[str, str], new_url: str, tmp_path: Path
) -> None:
    """No letter is drafted twice: the store is as if only the other night had been."""
    url = filled(linked, new_url, tmp_path)

    def another() -> None:
        lose_lock(url)
        run_nightly(url, None, LATER)

    with pytest.raises(RefusedError, match="another process kept the night of 2025-01-01 06:00"):
        run_nightly(url, None, SECOND, progress=keeping(another))
    assert night_tables(url) == only_another


def test_a_night_that_lost_its_lock_is_not_kept(linked: Path, new_url: str, tmp_path: Path) -> None:
    """Somebody may have been erased beside it; run again it ends as it should."""
    url = filled(linked, new_url, tmp_path)
    undisturbed = filled(linked, f"sqlite:///{tmp_path / 'undisturbed.db'}", tmp_path)
    with pytest.raises(RefusedError, match="the run lock was lost"):
        run_nightly(url, None, SECOND, progress=keeping(lambda: lose_lock(url)))
    with Store.open(url) as store:
        assert store.count("runs") == 1
    run_nightly(url, None, SECOND)
    run_nightly(undisturbed, None, SECOND)
    assert night_tables(url) == night_tables(undisturbed)


def test_the_same_night_kept_meanwhile_is_this_one(stopped: str) -> None:
    """Nothing is written a second time."""

    def the_same() -> None:
        lose_lock(stopped)
        assert not run_nightly(stopped, None, SECOND).repeated

    before = keeping(the_same)
    assert run_nightly(stopped, None, SECOND, progress=before).repeated
    with Store.open(stopped) as store:
        assert store.count("runs") == 2


def test_a_letter_without_a_deadline_is_told_until_a_night_can_set_it(
    begun: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sent while the year was unknown: told by the night, health and check, then late, and an event.

    A plan has its days then, too, and its document tells them. So are letters told of a step that
    was renamed without its former name.
    """
    url = filled(begun, f"sqlite:///{tmp_path / 'w.db'}", tmp_path)
    with Store.open(url) as store:
        due = store.rows("letters", "letter_id", LETTERS[:1])["due_on"].iloc[0]
        propose_force(store, FIRST)
        forces = store.table("task_forces")
        with store.writing() as connection:
            connection.execute(update(tables.letters).values(due_on=None))
            for force in forces.to_dict("records"):
                unknown = dict.fromkeys(force["content"]["milestones"], UNKNOWN_DAY)
                content = force["content"] | {"milestones": unknown, "due_on": None}
                name = f"{force['task_force_id']}.docx"
                here = tables.task_forces.c.task_force_id == force["task_force_id"]
                changed = update(tables.task_forces).where(here)
                connection.execute(changed.values(content=content, document=name))
                plan = task_force_document({**force, "content": content}, SHOWN)
                nights.write_documents(connection, {name: plan})
        state = health_of(store, load_settings(), DECIDED)
        assert state.undated_letters == check_store(store, "")["undated_letters"] == 2
        assert any(fault.startswith("2 letters that went out") for fault in state.faults)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("chinese_calendar.is_workday", lambda _: raised(NotImplementedError))
        night = run_nightly(url, with_other_name(load_settings()), "2024-12-20")
    show_night(night)
    told = capsys.readouterr().out
    assert "! 2 letters that went out" in told
    assert "formerly: [提示函]" in told
    assert night.summary[NO_STEP + "提示函"] == len(LETTERS)
    assert (night.summary["undated_letters"], len(overdue(url))) == (2, 4)
    assert run_nightly(url, None, SECOND).summary["undated_letters"] == 0
    with Store.open(url) as store:
        letter = store.rows("letters", "letter_id", LETTERS[:1]).iloc[0]
        assert (letter["due_on"], letter["status"]) == (due, "overdue")
        (force,) = rows_of(store.table("task_forces").loc[forces.index])
        (entry,) = force["content"].pop("ledger")
        days = forces["content"].iloc[0]["milestones"]
        assert force["content"] == forces["content"].iloc[0]
        assert (entry["at"], entry["officer"]) == ("2025-01-01T00:00:00", "")
        plan = written_in(store.document(force["document"]) or b"")
        assert UNKNOWN_DAY not in plan
        assert all(f"{step}{day}" in plan and f"{step} {day}" in entry["text"]
                   for step, day in days.items())  # fmt: skip
        told = events(store)
        mine = told[(told["subject_id"] == LETTERS[0]) & (told["at"] == pd.Timestamp(SECOND))]
        assert mine["event"].tolist() == ["letter.dated", "letter.overdue"]
        assert {content["due_on"] for content in mine["content"]} == {f"{due:%Y-%m-%d}"}


def with_other_name(settings: Settings) -> Settings:
    """The first step of the ladder has another name."""
    first, *others = settings.escalation.letters
    letters = (first.model_copy(update={"name": "提醒函"}), *others)
    return replace(settings, escalation=settings.escalation.model_copy(update={"letters": letters}))


def overdue(url: str) -> list[str]:
    """The letters that are overdue."""
    with Store.open(url) as store:
        return store.rows("letters", "status", ["overdue"])["letter_id"].tolist()


def raised(error: type[Exception]) -> None:
    """An error where an expression is wanted."""
    raise error
