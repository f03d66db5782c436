"""Progress: bars on a terminal, plain lines in a pipe."""

import os
import pty
import subprocess
import sys
from pathlib import Path

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
