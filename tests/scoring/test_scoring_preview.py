"""Other thresholds on past nights, and the page that shows them."""

import pandas as pd
import pytest
from simulated import hawkes_history

from warning.previewing import _regraded, _replayed, _with_past
from warning.report.preview_page import Preview, preview_page
from warning.scoring.history import History
from warning.scoring.model import Model
from warning.scoring.training import train
from warning.settings import Settings, load_settings
from warning.settings.tiers import TiersSettings

AS_OF = pd.Timestamp("2024-12-30")
DATES = [AS_OF - pd.Timedelta(days=7 * back) for back in reversed(range(8))]


@pytest.fixture(scope="module")
def history() -> History:
    return hawkes_history(cases=900, seed=5)


@pytest.fixture(scope="module")
def model(history: History) -> Model:
    return train(history, load_settings(), AS_OF - pd.Timedelta(days=100))


def lower(settings: Settings) -> Settings:
    levels = settings.tiers.model_dump()["levels"] | {"blue": [{"probability": 0.05}]}
    content = settings.tiers.model_dump() | {"levels": levels}
    values = {**settings.__dict__, "tiers": TiersSettings.model_validate(content)}
    return Settings(**values)


def previewed(history: History, model: Model, other: Settings) -> Preview:
    today = _replayed(history, model, load_settings(), DATES)
    empty = Preview(AS_OF, *(pd.DataFrame() for _ in range(3)))
    return _with_past(empty, today, _regraded(today, other, DATES))


def test_the_same_settings_move_nothing(history: History, model: Model) -> None:
    """Beside itself a configuration has the same nights and no move."""
    found = previewed(history, model, load_settings())
    assert found.moves.empty
    by_setting = [part.drop(columns="setting").reset_index(drop=True)
                  for _, part in found.nights.groupby("setting")]  # fmt: skip
    pd.testing.assert_frame_equal(*by_setting)


def test_a_lower_line_warns_of_more_and_catches_more(history: History, model: Model) -> None:
    """Recall grows, and every move is upward."""
    found = previewed(history, model, lower(load_settings()))
    any_tier = found.outcomes[found.outcomes["tier"] == "any"].set_index("setting")
    assert any_tier.loc["preview", "cases"] > any_tier.loc["today", "cases"]
    assert any_tier.loc["preview", "recall"] >= any_tier.loc["today", "recall"]
    assert set(found.moves["today"]) == {"none"}


def test_outcomes_come_only_from_finished_windows(history: History, model: Model) -> None:
    """Nights of the last 30 days have no outcome yet."""
    found = previewed(history, model, lower(load_settings()))
    late = found.moves["as_of"] > AS_OF - pd.Timedelta(days=30)
    assert found.moves.loc[late, "happened"].isna().all()
    assert found.moves.loc[~late, "happened"].notna().all()


def test_a_past_night_knows_nothing_later(history: History, model: Model) -> None:
    """Tiers of the first nights are those of a history that ends there."""
    cut = history.records[history.records["reported_at"] <= DATES[3]]
    shorter = History(cut, history.case_incidents, history.cases)
    full = _replayed(history, model, load_settings(), DATES[:4]).rows
    short = _replayed(shorter, model, load_settings(), DATES[:4]).rows
    columns = ["case_id", "as_of", "tier", "probability"]
    pd.testing.assert_frame_equal(full[columns], short[columns])


def test_the_page_shows_both_settings() -> None:
    """Tiers, counties by name, moved cases with reasons, escaped."""
    moved = pd.DataFrame(
        {"case_id": ["c-1"], "kind": ["matter"], "county_code": ["620723"], "probability": [0.2],
         "today": ["none"], "preview": ["blue"], "reasons": ["<i>概率</i>"], "reasons_today": [""]}
    )  # fmt: skip
    tiers = pd.DataFrame({"tier": ["red", "blue"], "today": [1, 2], "preview": [1, 3]})
    counties = pd.DataFrame(
        {"county_code": ["620723"], "letters_today": [1], "letters_preview": [2],
         "task_forces_today": [0], "task_forces_preview": [0]}
    )  # fmt: skip
    page = preview_page(Preview(AS_OF, tiers, counties, moved), {"620723": "临泽县"})
    assert "临泽县" in page
    assert "&lt;i&gt;概率" in page
    assert "<script" not in page
    assert "http" not in page


def nights_page(dates: list[pd.Timestamp]) -> str:
    """The page of one case on these nights, the same under both settings."""
    nights = pd.DataFrame(
        [{"setting": setting, "as_of": date, "red": 0, "orange": 0, "yellow": 0, "blue": 1,
          "changed": 0} for setting in ("today", "preview") for date in dates]
    )  # fmt: skip
    empty = pd.DataFrame()
    return preview_page(Preview(AS_OF, empty, empty, empty, nights=nights), {})


@pytest.mark.parametrize(
    ("lang", "why", "changes"),
    [("zh", "一夜接一夜重新评级", "平均每夜变动等级的系列：试验 0.0，现行 0.0。两种"),
     ("en", "graded anew from the one before", "Tier changes a night: preview 0.0, today 0.0. Case")],
)  # fmt: skip
def test_past_nights_say_how_they_were_graded(
    lang: str, why: str, changes: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Why the last night may count otherwise than at the top; changes only where two nights were."""
    monkeypatch.setenv("WARNING_LANG", lang)
    both = nights_page(DATES[-2:])
    assert why in both
    assert changes in both
    one = nights_page(DATES[-1:])
    assert why in one
    assert changes.split("：")[0].split(":")[0] not in one
