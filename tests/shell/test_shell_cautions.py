"""What a night says against its own picture: silent channels, a model that knows of later."""

import json
from dataclasses import replace
from html import unescape
from pathlib import Path

import pandas as pd
import pytest

from tests.store.test_store_load import AT
from warning.cli import run
from warning.nightly import run_nightly
from warning.proving import end_of_training
from warning.reading import from_frames
from warning.scoring.hindsight import TRAINED_LATER, hindsight
from warning.scoring.model import load_model
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


def test_a_report_long_before_the_others_hides_no_silence() -> None:
    """A trial, or an old record loaded late, is no pause of the channel."""
    stray = reported("110", "2024-01-01", "2024-01-01", 1)
    records = pd.concat([stray, reported("110", "2024-10-01", "2025-05-01", 3)])
    assert silent_channels(records, NIGHT, 14) == {SILENT: {"110": "2025-04-29"}}


def test_the_packaged_model_knows_of_no_later_report() -> None:
    """It was trained on made-up cities; one of the own history is told of a night before it."""
    packaged = load_model()
    own = replace(packaged, training={**packaged.training, "as_of": str(NIGHT)})
    before = NIGHT - pd.Timedelta(hours=1)
    assert hindsight(packaged, pd.Timestamp("2024-01-01")) == {TRAINED_LATER: None}
    assert hindsight(own, before) == {TRAINED_LATER: "2025-06-01 00:00:00"}
    assert hindsight(own, NIGHT) == {TRAINED_LATER: None}


def test_run_page_and_check_tell_of_a_silent_channel_and_a_model_of_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The summary names them with their days; check counts both as to mend."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARNING_STORE", "sqlite:///w.db")
    records = reported("110", "2024-11-01", "2025-01-10", 3)
    records = records.assign(record_id=records.index.astype("str"))
    later = records[:1].assign(record_id="later", reported_at=NIGHT - pd.Timedelta(days=1))
    with Store.open("sqlite:///w.db") as store:
        tables = from_frames(records, None, load_settings().channels)
        store.load(tables, "a", AT)
        assert end_of_training(store, NIGHT) == pd.Timestamp("2025-01-09")
        model = load_model()
        own = replace(model, training={**model.training, "as_of": str(NIGHT)})
        night = run_nightly(store, None, "2025-03-01", model=own)
        store.load(from_frames(later, None, load_settings().channels), "b", AT)
        assert end_of_training(store, NIGHT) == pd.Timestamp("2025-03-01")
    assert night.summary[SILENT] == {"110": "2025-01-09"}
    told = ("Silent channels: 110 (its last report is of 2025-01-09)",
            "This night's model was trained on reports up to 2025-06-01 00:00:00, later than")  # fmt: skip
    assert run(["run", "--as-of", "2025-03-01"]) == 0
    shown = capsys.readouterr().out
    assert all(f"! {one}" in shown for one in told)
    assert run(["report", "--out", "r.html"]) == 0
    page = unescape(Path("r.html").read_text(encoding="utf-8"))
    assert all(one in page for one in told)
    assert run(["check"]) == 0
    shown = capsys.readouterr().out
    assert all(f"! {one}" in shown for one in told)
    assert run(["check", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts[SILENT] == {"110": "2025-01-09"}
    assert facts[TRAINED_LATER] == str(NIGHT)
