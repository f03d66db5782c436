"""The documentation's commands and Python are executed as they are written.

Every line of a ``sh`` block that begins with ``warning`` is run in order on a town's store, and
every ``python`` block of the READMEs. The ids in the text stand for any: they are replaced by
ids of the town. Blocks marked ``console`` or ``text`` show, and are not run.
"""

import re
import shlex
import shutil
from pathlib import Path

import pandas as pd
import pytest

import warning
from warning.cli import run
from warning.demo.city import AS_OF, City
from warning.store import Store

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("docs/guide/*.md")])
#: Commands that never end, or are run on their own by the gate.
ELSEWHERE = ("warning schedule", "warning demo")


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def commands(page: Path) -> list[str]:
    """The commands of a page, in order."""
    lines = [line.strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [
        line for line in lines if line.startswith("warning ") and not line.startswith(ELSEWHERE)
    ]


@pytest.fixture
def town_directory(
    night_store: str, town_files: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """A directory with the town's store and files; gives what stands for the ids of the text."""
    shutil.copy(night_store.removeprefix("sqlite:///"), tmp_path / "warning.db")
    monkeypatch.chdir(tmp_path)
    calls = pd.DataFrame(
        {"record_id": ["N1"], "channel": "110", "reported_at": "2024-12-31 10:00:00"}
    )
    for name in ("接警单", "calls"):
        calls.to_csv(f"{name}.csv", index=False)
    for name in ("工单", "tickets"):
        calls.assign(channel="12345").to_excel(f"{name}.xlsx", index=False)
    with Store.open("sqlite:///warning.db") as store:
        warnings, links = store.warnings_at(AS_OF), store.table("party_links")
        letters, forces = store.table("letters"), store.table("task_forces")
    keys = links[["channel", "record_id", "party_no"]].agg("|".join, axis=1)
    return {
        "c-0123456789ab": warnings.sort_values("probability")["case_id"].iloc[-1],
        "d-0123456789ab": letters["letter_id"].iloc[0],
        "t-0123456789ab": forces["task_force_id"].iloc[0] if len(forces) else "t-0123456789ab",
        "110|A1|1": keys.iloc[0],
        "12345|B2|1": keys[links["channel"] == "12345"].iloc[0],
    }


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_the_commands_of_a_page_run(
    page: Path, town_directory: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each command exits 0, in the order of the page."""
    for line in commands(page):
        for written, real in town_directory.items():
            line = line.replace(written, real)
        assert run(shlex.split(line, comments=True)[1:]) == 0, (line, capsys.readouterr().err)


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_python_of_the_readme_runs(
    name: str, town: City, town_directory: dict[str, str], tmp_path: Path
) -> None:
    """The platform engineer's lines run on the contract's two tables."""
    Path("warning.db").unlink()
    written = blocks(ROOT / name, "python")
    assert written
    records = pd.DataFrame(
        {
            "record_id": ["1", "2"],
            "channel": ["110", "12345"],
            "reported_at": ["2024-12-01 10:00:00", "2024-12-01 12:00:00"],
            "narrative": "争吵",
        }
    )
    parties = pd.DataFrame({"record_id": ["1", "2"], "party_no": "1", "name": "王小明"})
    scope = {"records": records, "parties": parties, "warning": warning}
    for block in written:
        exec(compile(block, name, "exec"), scope)
    assert len(scope["links"].incident_links) == 2
    assert scope["night"].summary["records"] == 2


def test_the_first_command_of_the_readme_is_the_gates(tmp_path: Path) -> None:
    """The README's two commands: install and demo, install extras and test."""
    lines = [
        line for block in blocks(ROOT / "README.md", "sh") for line in block.splitlines() if line
    ]
    assert lines[0].endswith("warning demo")
    assert "pip install ." in lines[0]
    assert "pip install -e '.[dev]'" in lines[1]
    assert "pytest" in lines[1]


def test_the_configuration_of_init_is_the_packaged_one(town_directory: dict[str, str]) -> None:
    """``warning init`` gives a directory that loads and means the same as the defaults."""
    assert run(["init", "trial"]) == 0
    assert warning.load_settings("trial").hash == warning.load_settings().hash
    lexicons = {path.name for path in Path("trial/lexicons").iterdir()}
    assert lexicons == {"places.yaml", "risk_words.yaml"}  # what nothing reads is not copied
