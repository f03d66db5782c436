"""What a night says against its own picture: channels that fell silent."""

import json
from pathlib import Path

import pandas as pd
import pytest

from tests.store.test_store_load import AT
from warning.cli import run
from warning.nightly import run_nightly
from warning.reading import from_frames
from warning.settings import load_settings
from warning.silent_channels import SILENT, silence_sentence, silent_channels
from warning.store import Store

NIGHT = pd.Timestamp("2025-06-01")


def reported(channel: str, first: str, last: str, every: int) -> pd.DataFrame:
    """A channel's reports, one in so many days."""
    moments = pd.date_range(first, last, freq=f"{every}D")
    return pd.DataFrame({"channel": channel, "reported_at": moments})


def test_only_a_channel_that_fell_silent_is_told() -> None:
    """Neither one that is rare by nature, nor a pause as it had before, nor one given up."""
    records = pd.concat([
        reported("110", "2024-07-01", "2025-05-01", 3),
        reported("综治中心", "2024-01-01", "2025-03-01", 25),
        reported("网格", "2024-07-01", "2024-10-01", 1),
        reported("网格", "2024-10-20", "2025-05-01", 1),
        reported("12345", "2023-07-01", "2024-06-05", 1),
    ], ignore_index=True)  # fmt: skip
    assert silent_channels(records, NIGHT, 14) == {SILENT: {"110": "2025-04-30"}}
    assert silent_channels(records, NIGHT, 45) == {SILENT: {}}
    assert silent_channels(records[:0], NIGHT, 14) == {SILENT: {}}
    assert silence_sentence({}) == ""


def test_run_page_and_check_tell_of_a_silent_channel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary names it with the day of its last report; check counts it as to mend."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    records = reported("110", "2024-11-01", "2025-01-10", 3)
    records = records.assign(record_id=records.index.astype("str"))
    with Store.open("sqlite:///w.db") as store:
        tables = from_frames(records, None, load_settings().channels)
        store.load(tables, "a", AT)
        night = run_nightly(store, None, "2025-03-01")
    assert night.summary[SILENT] == {"110": "2025-01-09"}
    told = "Silent channels: 110 (its last report is of 2025-01-09)"
    assert run(["run", "--as-of", "2025-03-01"]) == 0
    assert f"! {told}" in capsys.readouterr().out
    assert run(["report", "--out", "r.html"]) == 0
    assert told in Path("r.html").read_text(encoding="utf-8")
    assert run(["check"]) == 0
    assert f"! {told}" in capsys.readouterr().out
    assert run(["check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[SILENT] == {"110": "2025-01-09"}
