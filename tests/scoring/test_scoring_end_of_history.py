"""Training and backtests of a store whose records end before today."""

from pathlib import Path

import pandas as pd

from warning.proving import end_of_history
from warning.reading import from_frames
from warning.settings import load_settings
from warning.store import Store

NOW = pd.Timestamp("2026-01-01")


def test_the_history_ends_with_the_last_report(tmp_path: Path) -> None:
    """Not with today: after the last report every case would seem to have stayed quiet."""
    records = pd.DataFrame(
        {
            "channel": "110",
            "record_id": ["1", "2", "3"],
            "reported_at": ["2024-05-01 08:00:00", "2024-12-31 20:00:00", "2025-06-01 00:00:00"],
        }
    )
    parties = pd.DataFrame({"channel": ["110"], "record_id": ["1"], "party_no": ["1"]})
    settings = load_settings()
    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        assert end_of_history(store, NOW) == NOW
        store.load(from_frames(records, parties, settings.channels, NOW), "x", NOW.to_pydatetime())
        assert end_of_history(store, NOW) == pd.Timestamp("2025-06-01")
        assert end_of_history(store, pd.Timestamp("2025-01-01")) == pd.Timestamp(
            "2024-12-31 20:00:00"
        )
