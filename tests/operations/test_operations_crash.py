"""A bug's report: where it happened, and nothing of anybody's data."""

import os
import resource
import signal
import subprocess
import sys

import pandas as pd
import pytest

from tests.operations.conftest import ROOT
from warning import cli
from warning.__main__ import main
from warning.crash import crash_report, without_data

SECRETS = ("欧阳娜娜", "620702199001011234", "13912345678", "甘州区", "Zhang San")
NAMED = pd.Series([" ".join(SECRETS[:2])], dtype="str")
PLACE = f"no place for '{SECRETS[4]}', {SECRETS[2]}, {SECRETS[3]}"


def planted(*_: object, **__: object) -> None:
    """Fails as a library does, with data in its words, and on the way to another failure."""
    try:
        pd.to_numeric(NAMED)
    except ValueError as error:
        raise RuntimeError(PLACE) from error


def test_a_bug_is_told_without_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3; both errors with file and function; no name, number or place."""
    monkeypatch.setattr(cli, "build_app", planted)
    assert cli.run(["check"]) == 3
    told = capsys.readouterr().err
    assert "test_operations_crash.py" in told
    assert "in planted" in told
    assert "RuntimeError: no place for" in told
    assert "ValueError" in told
    assert not [secret for secret in SECRETS if secret in told]


def test_words_of_code_are_told() -> None:
    """A column's name helps whoever mends it."""
    assert without_data("'case_id'") == "'case_id'"
    assert without_data("row 12, '张'") == "row 12, …"
    assert without_data("'zhangsan'") == "…"
    assert without_data('no "Zhang\'s" here') == "no … here"


def test_an_error_that_caused_itself_ends() -> None:
    """Chains that go in circles are told once."""
    one, other = ValueError("one"), ValueError("other")
    one.__cause__, other.__cause__ = other, one
    assert crash_report(one).count("ValueError") == 2


def test_a_crash_leaves_no_image_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell allows."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    seen: list[int] = []

    def look(*_: object) -> int:
        seen.append(resource.getrlimit(resource.RLIMIT_CORE)[0])
        return 0

    monkeypatch.setattr(cli, "_run", look)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    assert cli.run(["check"]) == 0
    assert seen == [0]


INTERRUPTED = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, *_):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
from warning.__main__ import main
main()
"""


def test_ctrl_c_while_the_command_line_loads_shows_no_stack_trace() -> None:
    """Its first moments are nobody's bug, either; from then on it undoes what is unfinished."""
    ended = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")


def test_ctrl_c_is_as_before_once_the_command_line_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What handles it then undoes what is unfinished."""
    seen = []
    monkeypatch.setattr("warning.cli.main", lambda: seen.append(signal.getsignal(signal.SIGINT)))
    main()
    assert seen == [signal.default_int_handler]
