"""One contract for every kind of model: parts sum, one more incident never lowers, files."""

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest
from simulated import hawkes_history, history_of

from tests.damage import damaged
from warning.errors import ModelError
from warning.scoring.history import History
from warning.scoring.model import Model
from warning.scoring.probability import score
from warning.scoring.rivals import BoostedModel, opened
from warning.scoring.training import FITTERS, train
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


@pytest.fixture(scope="module")
def history() -> History:
    return hawkes_history(cases=900, seed=11)


@pytest.fixture(scope="module", params=sorted(FITTERS))
def model(request: pytest.FixtureRequest, history: History) -> Model:
    return train(history, SETTINGS, AS_OF, request.param)


def one_case(days_ago: list[float], **facts: object) -> History:
    moments = AS_OF - pd.to_timedelta(days_ago, unit="D")
    return history_of(np.zeros(len(days_ago), int), moments, **facts)


def odds_of(history: History, model: Model) -> float:
    return float(score(history, model, SETTINGS, AS_OF)["log_odds"].iloc[0])


def test_parts_sum_to_the_log_odds(history: History, model: Model) -> None:
    """Points and base give the log-odds, and the log-odds the probability."""
    scores = score(history, model, SETTINGS, AS_OF).head(50)
    for row in scores.itertuples():
        total = sum(part["points"] for part in json.loads(row.contributions))
        assert total == pytest.approx(row.log_odds, abs=1e-9)
        assert row.probability == pytest.approx(1 / (1 + np.exp(-row.log_odds)))


def test_one_more_incident_never_lowers_the_risk(model: Model) -> None:
    """Whatever the history, an incident added at any age raises the log-odds or leaves them."""
    random = np.random.default_rng(3)
    ages = [list(random.uniform(0, 360, random.integers(1, 6))) for _ in range(60)]
    more = [[*days, float(random.uniform(0, 700))] for days in ages]
    cases = np.repeat(np.arange(120), [len(days) for days in ages + more])
    history = history_of(cases, AS_OF - pd.to_timedelta(np.concatenate(ages + more), unit="D"))
    odds = score(history, model, SETTINGS, AS_OF).sort_values("case_id")["log_odds"].to_numpy()
    assert len(odds) == 120
    assert (odds[60:] >= odds[:60] - 1e-9).all()


def test_a_surer_link_never_lowers_the_risk(model: Model) -> None:
    """An incident linked at 0.7 counts less than one linked for certain, never more."""
    found = []
    for probability in (0.2, 0.7, 1.0):
        case = one_case([5.0, 40.0, 90.0])
        links = case.case_incidents.assign(probability=[1.0, probability, 1.0])
        found.append(odds_of(History(case.records, links, case.cases), model))
    assert found == sorted(found)


def test_the_file_gives_back_an_equal_model(history: History, model: Model) -> None:
    """Written and read, the model is equal, has the same hash and scores the same."""
    again = Model.from_json(model.to_json())
    assert again.hash == model.hash
    pd.testing.assert_frame_equal(
        score(history, again, SETTINGS, AS_OF), score(history, model, SETTINGS, AS_OF)
    )


def test_calibration_moves_all_parts_alike(history: History, model: Model) -> None:
    """A calibrated model's log-odds are slope times its own plus the intercept."""
    names = model.features
    shown = np.abs(np.random.default_rng(1).normal(2, 1, (20, len(names))))
    moved = model.calibrated(0.5, 0.2)
    np.testing.assert_allclose(moved.log_odds(shown), 0.5 * model.log_odds(shown) + 0.2)
    total = moved.base + moved.points(shown).sum(axis=1)
    np.testing.assert_allclose(moved.log_odds(shown), total)


@pytest.mark.parametrize("kind", ["default", "gamma_poisson", "boosted"])
def test_training_twice_gives_the_same_model(history: History, kind: str) -> None:
    """No chance is left in training: the same scores, and of readable files the same hash."""
    first, second = (train(history, SETTINGS, AS_OF, kind, worsening=False) for _ in range(2))
    pd.testing.assert_frame_equal(
        score(history, first, SETTINGS, AS_OF), score(history, second, SETTINGS, AS_OF)
    )
    assert kind == "boosted" or first.hash == second.hash


def test_facts_of_the_future_change_nothing(history: History, model: Model) -> None:
    """Records, outcomes and late reports after the moment leave its scores as they are."""
    moment = pd.Timestamp("2024-06-01")
    late = history.records["reported_at"] > moment
    known = history.records[~late]
    planted = history.records.copy()
    planted.loc[late, "severity"] = 4
    planted.loc[late, ["weapon", "settled", "is_discovered"]] = True
    # A late report of an incident that is known: the same incident, told again after the moment.
    again = known.tail(40).assign(
        reported_at=moment + pd.Timedelta(days=3), severity=4, weapon=True, settled=True,
        record_id=lambda frame: frame["record_id"] + "-late",
    )  # fmt: skip
    full = History(pd.concat([planted, again]), history.case_incidents, history.cases)
    short = History(known, history.case_incidents, history.cases)
    pd.testing.assert_frame_equal(
        score(full, model, SETTINGS, moment), score(short, model, SETTINGS, moment)
    )


def test_a_file_with_other_types_is_refused(history: History) -> None:
    """What skops holds beyond the allowed types is never built."""
    import base64

    import skops.io
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import FunctionTransformer

    strange = FunctionTransformer(func=test_a_file_with_other_types_is_refused)
    trees = base64.b64encode(skops.io.dumps([LogisticRegression(), strange])).decode()
    with pytest.raises(ModelError):
        opened(trees)
    with pytest.raises(ModelError):
        opened("no base64!")


def test_no_changed_byte_of_a_model_is_taken_for_a_bug() -> None:
    """One byte of the trees changed anywhere: a model, or words."""
    import base64

    import skops.io
    from sklearn.linear_model import LogisticRegression

    refused = 0
    for content in damaged(skops.io.dumps(LogisticRegression()), 300):
        try:
            opened(base64.b64encode(content).decode())
        except ModelError:
            refused += 1
    assert refused > 50


def test_other_library_versions_are_refused(history: History) -> None:
    """Trees of another scikit-learn are refused, with what to do."""
    model = train(history, SETTINGS, AS_OF, "boosted", worsening=False)
    assert isinstance(model, BoostedModel)
    other = dataclasses.replace(model, libraries={**model.libraries, "scikit-learn": "0.1.0"})
    with pytest.raises(ModelError, match="warning train"):
        Model.from_json(other.to_json())
