"""Has the city moved away from its model?"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from simulated import hawkes_history

from warning.scoring.drift import (
    Drift,
    drift,
    drift_sentence,
    feature_drift,
    shares_between,
    stability_index,
)
from warning.scoring.history import History
from warning.scoring.model import AdditiveModel, Model
from warning.scoring.training import train
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


@pytest.fixture(scope="module")
def history() -> History:
    return hawkes_history(cases=1500, seed=5)


@pytest.fixture(scope="module")
def model(history: History) -> Model:
    return train(history, SETTINGS, AS_OF)


def test_stability_index_of_worked_examples() -> None:
    """Equal shares give 0; 50/50 against 80/20 gives .3·ln 1.6 + .3·ln 2.5."""
    assert stability_index([0.5, 0.5], [0.5, 0.5]) == 0.0
    expected = 0.3 * np.log(1.6) - 0.3 * np.log(0.4)
    assert stability_index([0.5, 0.5], [0.8, 0.2]) == pytest.approx(expected)


def test_shares_sum_to_one_and_edges_belong_below() -> None:
    """A value on an edge counts to the group that ends there."""
    assert shares_between(np.array([1.0, 2.0, 3.0, 9.0]), [2.0, 5.0]).tolist() == [0.5, 0.25, 0.25]


def test_a_steady_city_needs_no_training(history: History, model: Model) -> None:
    """On the day of training nothing has moved."""
    found = drift(history, model, SETTINGS, AS_OF)
    assert not found.due
    assert max(found.psi.values()) < 0.25
    assert "仍适用" in drift_sentence(found.facts())


def test_more_events_than_forecast_make_training_due(history: History, model: Model) -> None:
    """Twice the odds fewer forecast: the sentence says what was expected, seen, and to do."""
    timid = dataclasses.replace(model, base=model.base - 1.0)
    found = drift(history, timid, SETTINGS, AS_OF)
    assert found.due
    sentence = drift_sentence(found.facts())
    assert f"实际 {found.observed} 次" in sentence
    assert "warning train；若已训练过而新模型更差，可不处理" in sentence


def test_a_night_without_a_case_tests_no_model(history: History, model: Model) -> None:
    """Nothing was compared, neither tonight nor before: the sentence reassures nobody."""
    before = history.records["reported_at"].min() - pd.Timedelta(days=1)
    found = drift(history, model, SETTINGS, before)
    assert not found.due
    assert "未检验" in drift_sentence(found.facts())
    assert "适用：" not in drift_sentence(found.facts())


def test_events_are_compared_where_no_feature_can_be() -> None:
    """As on a quiet night after busy windows: the sentence names no feature."""
    told = drift_sentence(Drift({}, 20.0, 19, due=False).facts())
    assert "没有可比较的特征，近期观察窗预期 20 次、实际 19 次" in told


def test_another_population_makes_training_due(history: History, model: Model) -> None:
    """Four years of quiet for all cases but the newest incidents: ages moved."""
    old = history.records["reported_at"] < AS_OF - pd.Timedelta(days=200)
    records = history.records.copy()
    records.loc[old, "reported_at"] -= pd.Timedelta(days=120)
    moved = History(records, history.case_incidents, history.cases)
    found = drift(moved, model, SETTINGS, AS_OF)
    assert found.due
    assert found.most[1] > 0.25


def test_a_feature_without_points_makes_nothing_due(history: History, model: Model) -> None:
    """However far it moved: no probability comes from it."""
    assert isinstance(model, AdditiveModel)
    silent = tuple(
        tuple(0.0 for _ in part) if name == "quickening" else part
        for name, part in zip(model.features, model.coefficients, strict=True)
    )
    assert "quickening" in drift(history, model, SETTINGS, AS_OF).psi
    found = drift(history, dataclasses.replace(model, coefficients=silent), SETTINGS, AS_OF)
    assert "quickening" not in found.psi


def test_few_cases_scatter_and_have_not_moved() -> None:
    """Sixteen cases of the training's own population; all in its highest tenth have moved."""
    edges = [float(edge) for edge in range(10, 100, 10)]
    tenths = {"decayed_count": {"edges": edges, "shares": [0.1] * 10}}
    random = np.random.default_rng(1)
    draws = [random.uniform(0, 100, 16) for _ in range(20)]
    plain = [stability_index([0.1] * 10, shares_between(one, edges).tolist()) for one in draws]
    assert np.median(plain) > 0.25
    for drawn in draws:
        found = feature_drift(tenths, ["decayed_count"], drawn[:, None], 400)
        assert found["decayed_count"] <= 0.25
    found = feature_drift(tenths, ["decayed_count"], np.full((16, 1), 95.0), 400)
    assert found["decayed_count"] > 0.25
