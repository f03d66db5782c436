"""Text from data on a terminal is shown as it is: neither markup nor a command to the terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import warning
from warning.cli import run
from warning.nightly import run_nightly
from warning.store import Store
from warning.terminal import visible

#: Colours, renames a window, turns what follows around.
OBEYED = "\x1b[31m红\x1b]0;题\x07‮"


def test_what_a_terminal_obeys_is_written_out() -> None:
    """Line ends, rare characters of names and wide blanks stay."""
    assert visible(OBEYED) == r"\x1b[31m红\x1b]0;题\x07\u202e"
    assert visible("\x9b31m​") == r"\x9b31m\u200b"
    for text in ("一行\n\t二行", "𠮷野\ue123家", "张\u3000三", "[b]:smile:[/b]"):
        assert visible(text) == text


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store whose records are made to be obeyed; also ``WARNING_STORE``."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    records = pd.DataFrame(
        {
            "record_id": [f"=C[/b]{day}:x:" for day in range(4)],
            "channel": "110",
            "reported_at": [f"2024-12-0{day + 1} 10:00" for day in range(4)],
            "category": f"邻里纠纷[/b]{OBEYED}",
            "county_code": "620702",
            "narrative": f"双方争吵{OBEYED}",
        }
    )
    parties = records[["record_id", "channel"]].assign(
        party_no="1", name=f"欧阳建国{OBEYED}", phone="13900000061"
    )
    warning.load(url, records, parties)
    monkeypatch.setenv("WARNING_STORE", url)
    return url


def test_no_text_of_a_record_is_obeyed(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A case, its explanation and what is found of a person are shown, markup and all."""
    run_nightly(store, None, "2025-01-01")
    with Store.open(store) as opened:
        case_id = opened.last_warnings()["case_id"].iloc[0]
    for command, shown in (
        (("cases", case_id), "=C[/b]0:x:"),
        (("explain", case_id), "=C[/b]0:x:"),
        (("rights", "find", "--phone", "13900000061", "--reason", "核对"), "4"),
    ):
        assert run(command) == 0
        told = capsys.readouterr().out
        assert shown in told
        assert visible(told) == told


def test_a_load_by_the_library_is_noted(store: str) -> None:
    """As one by the command line, with the moment that stands in ``loads``."""
    with Store.open(store) as opened:
        entries, loads = opened.table("audit"), opened.table("loads")
    entry = entries[entries["action"] == "load"].iloc[0]
    assert loads["loaded_at"].iloc[0].isoformat() in entry["what"]


def test_no_argument_is_noted_as_the_command(store: str) -> None:
    """A name in Latin letters, too, may be of a person."""
    run(["cases", "zhangsan"])
    run(["letters", "show", "lisi"])
    with Store.open(store) as opened:
        actions = opened.table("audit")["action"].tolist()
    assert actions[-2:] == ["cases", "letters show"]


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_terminal_that_lacks_signs_fails_no_command(options: list[str], tmp_path: Path) -> None:
    """What is written is done, exit 0, with ``?`` for what it lacks; JSON keeps every letter."""
    rows = "record_id,channel,reported_at\nA1,110,2024-03-01 10:00\n阿·买,110,昨天\n"
    (tmp_path / "a.csv").write_text(rows, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "warning", "load", "a.csv", *options],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "WARNING_LANG": "zh"},
    )
    assert done.returncode == 0, done.stderr
    told = done.stdout.decode("ascii")
    if options:
        assert "昨天" in json.dumps(json.loads(told), ensure_ascii=False)
    else:
        assert "?" in told
    with Store.open(f"sqlite:///{tmp_path / 'warning.db'}") as store:
        assert store.count("records") == 1
