"""Progress: bars on a terminal, plain lines in a pipe."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROW = "record_id,channel,reported_at\nA1,110,2024-03-01 10:00:00\n"


def command(directory: Path) -> list[str]:
    """A load in an empty directory."""
    (directory / "a.csv").write_text(ROW, encoding="utf-8")
    return [sys.executable, "-m", "warning", "load", "a.csv"]


def test_a_pipe_gets_plain_lines(tmp_path: Path) -> None:
    """Without a terminal each stage is a line, and nothing moves the cursor."""
    done = subprocess.run(command(tmp_path), cwd=tmp_path, capture_output=True, check=True)
    assert b"reading a.csv" in done.stderr
    assert b"\x1b" not in done.stderr + done.stdout


def test_a_terminal_gets_bars(tmp_path: Path) -> None:
    """On a terminal the stage has a bar and its seconds."""
    ours, theirs = pty.openpty()
    subprocess.run(
        command(tmp_path),
        cwd=tmp_path,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )
    os.close(theirs)
    told = os.read(ours, 100_000).decode()
    os.close(ours)
    assert "reading a.csv" in told
    assert "━" in told
    assert "0:00:0" in told


@contextmanager
def gone(what: str) -> Iterator[int]:
    """A descriptor whose reader has gone away, or that takes nothing."""
    if what == "full":
        ours = os.open("/dev/full", os.O_WRONLY)
    else:
        other, ours = os.pipe() if what == "pipe" else pty.openpty()
        os.close(other)
    try:
        yield ours
    finally:
        os.close(ours)


@pytest.mark.parametrize("arguments", [["nosuch"], ["cases", "--nope"], ["cases", b"\xff"]])
def test_nobody_can_be_told_of_wrong_usage(arguments: list[str | bytes]) -> None:
    """The exit code says it all the same."""
    with gone("full") as errors:
        called = [sys.executable, "-m", "warning", *arguments]
        assert subprocess.run(called, stderr=errors, check=False).returncode == 2


def test_standard_output_without_a_buffer_is_written_at_once() -> None:
    """``python -u`` holds: a line is there while the process goes on."""
    code = (
        "import sys; from warning.standard_output import tell_what_cannot_be_written as tell; "
        "tell(); print('now'); sys.stdin.read()"
    )
    called = [sys.executable, "-u", "-c", code]
    with subprocess.Popen(called, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as done:
        assert done.stdin is not None
        assert done.stdout is not None
        ready, _, _ = select.select([done.stdout], [], [], 10)
        done.stdin.close()
        assert ready
        assert done.stdout.read() == b"now\n"


@pytest.mark.parametrize("what", ["pipe", "terminal", "full"])
def test_nobody_reads_the_progress(what: str, tmp_path: Path) -> None:
    """The work is done and ends with 0 all the same."""
    with gone(what) as errors:
        done = subprocess.run(
            command(tmp_path), cwd=tmp_path, stdout=subprocess.PIPE, stderr=errors, check=False
        )
    assert done.returncode == 0
    assert b"1" in done.stdout
