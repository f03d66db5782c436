"""The examples in the commands' help are typed as they are printed."""

import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer

from warning.cli import build_app, run
from warning.store import Store, tables

LETTER_STEPS = (
    ("approve", "issue", "receive", "reply", "return", "object", "dismiss", "reply", "accept"),
    ("approve", "issue", "receive", "object", "uphold"),
    ("close",),
)
FORCE_STEPS = (("approve", "note", "verify", "extend"), ("decline",))


def command_line() -> Any:
    """The commands in the language that is set."""
    return typer.main.get_command(build_app())


def examples(command: Any) -> list[str]:
    """The examples in the help of a command and of those inside it."""
    (told,) = re.split("例：|Examples?: ", command.help, maxsplit=1)[1:]
    inside = getattr(command, "commands", {}).values()
    own = [example.strip() for example in re.split("[；;]", told)]
    return own + [example for one in inside for example in examples(one)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_command_line_takes_every_example(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command, its options and arguments exist, and none that it needs is missing."""
    monkeypatch.setenv("WARNING_LANG", language)
    told = examples(command_line())
    assert len(told) > 50
    for example in told:
        program, *words = shlex.split(example)
        assert program == "warning"
        command = command_line()
        while hasattr(command, "commands"):
            command = command.commands[words.pop(0)]
        command.make_context(example, words)  # raises what the command line would say


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_examples_of_an_officers_steps_are_taken(
    night_store: str,
    tmp_path: Path,
    language: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With an id of the store: who and why stand in each where the step asks for them."""
    monkeypatch.setenv("WARNING_LANG", language)
    monkeypatch.setenv("WARNING_STORE", f"sqlite:///{tmp_path / 'w.db'}")
    monkeypatch.setattr("warning.officers.clock.local_now", lambda: pd.Timestamp("2025-01-06"))
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "w.db")
    with Store.open_existing(f"sqlite:///{tmp_path / 'w.db'}") as store:
        letters = store.table("letters")
        case_id, content = letters[["case_id", "content"]].iloc[-1]
        force = {"case_id": case_id, "drafted_for": case_id, "status": "proposed", "lead": "",
                 "members": "", "reason": "", "proposed_at": pd.Timestamp("2025-01-01"),
                 "content": {**content, "due_on": "2025-01-20"}}  # fmt: skip
        with store.writing() as connection:
            for name in ("t-1", "t-2"):
                named = {"task_force_id": name, "document": f"{name}.docx"}
                connection.execute(tables.task_forces.insert().values(**force, **named))
    drafts = letters.loc[letters["status"] == "draft", "letter_id"]
    told = {tuple(shlex.split(example)[1:3]): example for example in examples(command_line())}
    for group, ids, ways, written in (
        ("letters", drafts, LETTER_STEPS, "d-0123"),
        ("task-forces", ("t-1", "t-2"), FORCE_STEPS, "t-0123"),
    ):
        for name, steps in zip(ids, ways, strict=False):
            for step in steps:
                example = told[group, step].replace(written, name)
                assert run(shlex.split(example)[1:]) == 0, (example, capsys.readouterr().err)
