"""Where a command writes: a place that cannot be written is told, and people's data are private."""

import shutil
from pathlib import Path

import pytest

from tests.operations.test_operations_people import ID, reports
from tests.store.test_store_load import AT
from warning.cli import run
from warning.nightly import run_nightly
from warning.store import Store

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def one_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a man's reports and a night; tests copy it."""
    path = tmp_path_factory.mktemp("one_night") / "w.db"
    with Store.open(f"sqlite:///{path}") as opened:
        opened.load(reports(), "a", AT)
        run_nightly(opened, None, "2025-01-05")
    return path


@pytest.fixture
def store(one_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A copy of the store with a night, as ``WARNING_STORE``, in its own directory."""
    shutil.copy(one_night, tmp_path / "w.db")
    url = f"sqlite:///{tmp_path / 'w.db'}"
    monkeypatch.setenv("WARNING_STORE", url)
    monkeypatch.chdir(tmp_path)
    return url


def first(store: str, table: str, column: str) -> str:
    """An id of the store."""
    with Store.open(store) as opened:
        return str(opened.table(table)[column].iloc[0])


WHO = ("rights", "export", "--id-number", ID, "--reason", "本人申请", "--out")


@pytest.mark.parametrize(
    ("command", "where"),
    [
        (WHO, "file/copy.json"),
        (WHO, "."),
        (WHO, "/proc/copy.json"),
        (("assessment", "--out"), "/proc/x.docx"),
        (("assessment", "--out"), "."),
        (("health", "--metrics"), "none/a.prom"),
        (("health", "--metrics"), "."),
        (("report", "--out"), "/proc/x.html"),
        (("report", "--unmasked", "--reason", "核查", "--out"), "/proc/x.html"),
        (("export", "--out"), "/proc/tables"),
        (("export", "--out"), "file"),
        (("cases", "CASE", "--page"), "/proc/p.html"),
        (("explain", "110|A1|1", "110|A2|1", "--html"), "/proc/p.html"),
        (("judge", "--sample", "5", "--out"), "/proc/s.csv"),
        (("letters", "ledger", "--out"), "/proc/l.xlsx"),
        (("preview", "--out"), "/proc/preview"),
        (("demo", "--records", "50", "--out"), "/proc/demo"),
        (("init",), "/proc/conf"),
        (("init",), "file/conf"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(
    store: str, capsys: Capture, command: tuple[str, ...], where: str
) -> None:
    """Wrong usage in words with the place, no stack trace, and nothing half is left there."""
    Path("file").write_text("mine")
    case = first(store, "cases", "case_id") if "CASE" in command else ""
    capsys.readouterr()
    assert run([*[case if word == "CASE" else word for word in command], where]) == 2
    told = capsys.readouterr().err
    assert f"{where}" in told
    assert "cannot be written" in told
    assert "Traceback" not in told
    assert Path("file").read_text() == "mine"
    assert not list(Path().glob(".*.part"))


def test_a_ledger_without_letters_is_written(store: str) -> None:
    """A store whose nights drafted nothing has a ledger of headings."""
    assert run(["letters", "ledger", "--out", "ledger.xlsx"]) == 0
    assert Path("ledger.xlsx").stat().st_size > 0
