"""Training and backtests of a store: where its history ends, and what was known on its dates."""

from pathlib import Path

import numpy as np
import pandas as pd

from warning.proving import end_of_history, known_at
from warning.proving import history_at as relinked
from warning.reading import from_frames
from warning.scoring.backtest import Backtest, backtest
from warning.settings import load_settings
from warning.store import Store

NOW = pd.Timestamp("2026-01-01")
SETTINGS = load_settings()
LAST = pd.Timestamp("2025-11-20")


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


def test_a_later_version_moves_no_forecast_of_the_past(tmp_path: Path) -> None:
    """Names that are told after the last test date change what happened, not what was forecast.

    Half of the reports of fourteen places come without names and address at first.
    """
    random = np.random.default_rng(5)
    rows, named = [], []
    for place in range(14):
        at = pd.Timestamp("2025-01-01")
        while (at := at + pd.Timedelta(days=float(random.exponential(20 + 3 * place)))) < LAST:
            rows.append({"channel": "110", "record_id": str(len(rows)), "reported_at": at,
                         "category": "邻里", "address": f"大满镇朝元村{place + 1}社{place + 3}号"})  # fmt: skip
            named.append(random.random() < 0.5)
    records = pd.DataFrame(rows).assign(
        reported_at=lambda frame: frame["reported_at"].dt.floor("s")
    )
    hidden = ~pd.Series(named)
    later = records[hidden].assign(reported_at=LAST + pd.Timedelta(days=9))
    parties = records[["channel", "record_id"]].assign(party_no="1", name=None)
    scoring = SETTINGS.scoring.model_copy(
        update={
            "training": SETTINGS.scoring.training.model_copy(
                update={"windows": 4, "minimum_events": 5}
            ),
            "recalibration": SETTINGS.scoring.recalibration.model_copy(
                update={"windows": 2, "minimum_events": 5, "minimum_cases": 10}
            ),
        }
    )

    def tested(store: Store) -> Backtest:
        history = known_at(store, SETTINGS, NOW).history
        return backtest(
            history, scoring, LAST + pd.Timedelta(days=30), 2,
            lambda date: relinked(store, SETTINGS, date), models=("default",),
        )  # fmt: skip

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:

        def load(frame: pd.DataFrame) -> None:
            tables = from_frames(frame, parties, SETTINGS.channels, NOW)
            store.load(tables, "x", NOW.to_pydatetime())

        load(records.assign(address=records["address"].mask(hidden)))
        before = tested(store)
        load(later)
        after = tested(store)
    assert [w.moment for w in after.windows] == [LAST - pd.Timedelta(days=30), LAST]
    assert after.models["default"].hash == before.models["default"].hash
    for one, other in zip(*(f.probabilities["default"] for f in (before, after)), strict=True):
        assert one.tolist() == other.tolist()

    def happened(found: Backtest) -> int:
        return sum(int(window.recurs.sum()) for window in found.windows)

    assert happened(after) > happened(before)
