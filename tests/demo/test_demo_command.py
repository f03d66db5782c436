"""``warning demo``: what it leaves, what it prints, and whom it leaves alone."""

import json
from pathlib import Path

import pytest

from warning.cli import run
from warning.store import Store


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory with keys of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_the_demo_prints_figures_of_truth_and_seconds(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As JSON: the sums of loading hold, every figure is a share, every stage has its seconds."""
    assert run(["demo", "--records", "150", "--seed", "2", "--out", "d", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {"loaded", "night", "quality", "stage_seconds"} <= set(told)
    rows = {row["what"]: row for row in told["quality"]}
    assert {"people", "minority names", "organisations", "incidents", "matters"} <= set(rows)
    assert 0.5 < rows["people"]["precision"] <= 1.0
    assert len(told["stage_seconds"]) >= 6
    assert all(seconds >= 0 for seconds in told["stage_seconds"].values())
    left = {path.name for path in (workplace / "d").iterdir()}
    assert {"report.html", "files", "truth", "tables", "warning.db", "demo.json"} <= left
    assert (workplace / "d" / "files" / "移交调解.xlsx").exists()


def test_the_demo_speaks_the_readers_language(
    workplace: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The table and the next steps, in English or Chinese; run again it replaces its own.

    What the night stores is the same.
    """
    stored = []
    for language, word in (("en", "seconds a stage"), ("zh", "各阶段用时")):
        monkeypatch.setenv("WARNING_LANG", language)
        assert run(["demo", "--records", "60", "--out", "d"]) == 0
        told = capsys.readouterr().out
        assert word in told and "report.html" in told and "B³" in told
        with Store.open("sqlite:///d/warning.db") as store:
            warnings = store.table("warnings")
        stored.append(dict(zip(warnings["case_id"], warnings["reasons"], strict=True)))
    assert stored[0] and stored[0] == stored[1]


def test_the_demo_leaves_other_files_alone(
    workplace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A directory that is not a demo's is refused and stays as it was."""
    (workplace / "d").mkdir()
    (workplace / "d" / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["demo", "--records", "60", "--out", "d"]) == 1
    assert "--out" in capsys.readouterr().err
    assert (workplace / "d" / "mine.txt").read_text(encoding="utf-8") == "mine"
