"""What retention takes away changes nothing of what the next night owes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import warning
from tests.copying import filled
from tests.sharing import shared
from tests.shell.test_shell_merges import reports
from warning.cli import run
from warning.keeping.retention import purge
from warning.nightly import run_nightly
from warning.officers.letters import take_step
from warning.officers.task_forces import change_status
from warning.settings import Settings, load_settings
from warning.store import Store

FIRST, NEXT = pd.Timestamp("2025-10-20 02:00"), pd.Timestamp("2025-10-31 02:00")
STEPS = ("approved", "issued", "received", "replied", "accepted")
Night = dict[str, Any]


def soon_over(**days: int) -> Settings:
    """All but the reports expires after a day; a case closes after five, and yellow is enough."""
    settings = load_settings()
    forces = settings.escalation.task_force.model_copy(update={"on_tiers": ("yellow",)})
    ladder = {"task_force": forces, "closing_quiet_days": 5}
    kept = {"documents_days": 1, "warnings_days": 1, "warnings_whole_days": 1, **days}
    return replace(
        settings,
        escalation=settings.escalation.model_copy(update=ladder),
        retention=settings.retention.model_copy(update=kept),
    )


def told(url: str) -> Night:
    """What a night found and drafted, with the states of the letters and task forces before it."""
    night = run_nightly(url, soon_over(), NEXT)
    with Store.open(url) as store:
        states = {
            name: store.table(name)[columns].to_dict("records")
            for name, columns in (
                ("letters", ["letter_id", "kind", "status"]),
                ("task_forces", ["task_force_id", "status"]),
                ("cases", ["case_id", "status"]),
            )
        }
    tiers = ["case_id", "tier", "previous_tier", "tier_since"]
    return states | {"tiers": night.warnings[tiers].to_dict("records")}


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[str, str, Night]]:
    """A night whose letter was answered and whose task force was declined, and what follows it."""

    def make(directory: Path) -> tuple[str, str, Night]:
        url, settings = f"sqlite:///{directory / 'w.db'}", soon_over()
        warning.load(url, *reports())
        with Store.open(url) as store:
            run_nightly(store, settings, FIRST)
            matters = store.table("cases").query("kind == 'matter'")["case_id"]
            (letter,) = store.rows("letters", "case_id", matters)["letter_id"]
            (force,) = store.rows("task_forces", "case_id", matters)["task_force_id"]
            for hour, to in enumerate(STEPS, 7):
                at = FIRST + pd.Timedelta(hours=hour)
                take_step(store, settings, letter, to, "李科长", "已核实", at)
            change_status(store, settings, force, "declined", "张书记", "不需要", at)
        copied = filled(directory / "w.db", f"sqlite:///{directory / 'c.db'}", directory)
        return letter, force, told(copied)

    directory, made = shared(tmp_path_factory, "answered", make)
    return directory / "w.db", made


def test_a_night_after_a_purge_owes_what_it_would_owe_without(
    answered: tuple[Path, tuple[str, str, Night]], new_url: str, tmp_path: Path
) -> None:
    """No second letter and task force, no rise, and what is closed stays so; the documents go."""
    (letter, force, expected), url = answered[1], filled(answered[0], new_url, tmp_path)
    now = NEXT - pd.Timedelta(hours=1)
    with Store.open(url) as store:
        counted = purge(store, soon_over(), now, only_count=True)
        assert purge(store, soon_over(), now).rows == counted.rows == {"documents": 2}
        assert store.document(f"{letter}.docx") is None
        assert store.rows("letters", "letter_id", [letter])["document"].isna().all()
        assert store.rows("task_forces", "task_force_id", [force])["document"].isna().all()
        assert purge(store, soon_over(), now).rows == {}
    assert told(url) == expected
    assert {case["status"] for case in expected["cases"]} == {"open", "closed"}


def test_with_the_last_report_of_a_case_its_letters_go(
    answered: tuple[Path, tuple[str, str, Night]], tmp_path: Path
) -> None:
    """And its task forces and steps, counted first."""
    letter, force, _ = answered[1]
    url = filled(answered[0], f"sqlite:///{tmp_path / 'w.db'}", tmp_path)
    settings = soon_over(records_days=1, keep_open_cases=False)
    with Store.open(url) as store:
        counted = purge(store, settings, NEXT, only_count=True).rows
        rows = purge(store, settings, NEXT).rows
        assert rows == counted
        assert rows.keys() >= {"records", "incidents", "case_incidents", "cases"}
        assert (rows["letters"], rows["transitions"], rows["task_forces"]) == (1, len(STEPS), 1)
        assert letter not in set(store.table("letters")["letter_id"])
        assert force not in set(store.table("task_forces")["task_force_id"])


def test_a_letter_whose_document_expired_is_shown_without(
    answered: tuple[Path, tuple[str, str, Night]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its states are there; to write it is refused in words, as is a plan."""
    letter, force, _ = answered[1]
    url = filled(answered[0], f"sqlite:///{tmp_path / 'w.db'}", tmp_path)
    with Store.open(url) as store:
        purge(store, soon_over(), NEXT)
    for command, name in (("letters", letter), ("task-forces", force)):
        shown = [command, "show", name, "--store", url]
        assert run(shown) == 0
        assert "nan" not in capsys.readouterr().out
        assert run([*shown, "--out", str(tmp_path / "x.docx")]) == 1
        assert "documents_days" in capsys.readouterr().err
    assert not (tmp_path / "x.docx").exists()
