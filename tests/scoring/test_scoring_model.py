"""Training, scoring, the model file and the backtest."""

import dataclasses
import json
import re

import numpy as np
import pandas as pd
import pytest
from simulated import START, hawkes_history, history_of

from warning.errors import ModelError
from warning.scoring.backtest import backtest
from warning.scoring.evaluation import average_precision, metrics, precision_at, reliability
from warning.scoring.explain import explain_score
from warning.scoring.features import FEATURES
from warning.scoring.history import History
from warning.scoring.model import AdditiveModel, Model, load_model
from warning.scoring.probability import RECALIBRATION, recalibrated, recent_windows, score
from warning.scoring.tiers import case_facts
from warning.scoring.training import log_odds_of_each, train
from warning.scoring.values import HalfLives, Reading
from warning.scoring.windows import Window, past_windows
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


@pytest.fixture(scope="module")
def history() -> History:
    return hawkes_history(cases=1500, seed=5)


@pytest.fixture(scope="module")
def model(history: History) -> Model:
    return train(history, SETTINGS, AS_OF)


def one_case(days_ago: list[float], kind: str = "matter", **facts: object) -> History:
    moments = AS_OF - pd.to_timedelta(days_ago, unit="D")
    return history_of(np.zeros(len(days_ago), int), moments, kind=kind, **facts)


def joined(*parts: tuple[pd.DataFrame, ...]) -> pd.DataFrame:
    return pd.concat(parts, ignore_index=True)


def test_models_that_look_at_one_window_see_what_each_would_see_alone(
    history: History, model: Model
) -> None:
    """Columns are shared only where no half-life or rate of a model changes them."""
    other_reading = Reading(HalfLives(77.0, 3.0), {"01": 2.5, "02": 0.4})
    other = dataclasses.replace(model, reading=other_reading)
    assert model.reading != other_reading
    for window in past_windows(history, SETTINGS, AS_OF, 3):
        for one, shown in zip((model, other), window.shown_to([model, other]), strict=True):
            np.testing.assert_array_equal(shown, window.shown(one.features, one.reading))
    together = log_odds_of_each([model, other], past_windows(history, SETTINGS, AS_OF, 3))
    assert not np.allclose(*together)


@pytest.mark.parametrize("half_life", [20.0, 60.0, 180.0])
def test_the_half_life_is_recovered(half_life: float) -> None:
    """A process with a known half-life gives it back within a factor of 1.7."""
    simulated = hawkes_history(3000, half_life=half_life, jump=0.4 / half_life, seed=3)
    found = train(simulated, SETTINGS, AS_OF, "decayed_count").half_lives.long
    assert half_life / 1.7 < found < half_life * 1.7


def test_points_sum_to_the_log_odds(history: History, model: Model) -> None:
    """No number without its reason: base, recalibration and features give the whole."""
    scores = score(history, model, SETTINGS, AS_OF)
    for row in scores.head(300).itertuples():
        total = sum(part["points"] for part in json.loads(row.contributions))
        assert total == pytest.approx(row.log_odds, abs=1e-9)
        assert row.probability == pytest.approx(1 / (1 + np.exp(-row.log_odds)))


def test_monotone_features_have_no_negative_coefficient(model: Model) -> None:
    """What only harm can add to never speaks for quiet."""
    assert isinstance(model, AdditiveModel)
    for name, coefficients in zip(model.features, model.coefficients, strict=True):
        assert min(coefficients) >= 0 or not FEATURES[name].monotone


def test_a_future_record_changes_nothing(history: History, model: Model) -> None:
    """Scores, facts and training at a moment are those of a store that ends there."""
    moment = pd.Timestamp("2024-06-01")
    cut = history.records[history.records["reported_at"] <= moment]
    shorter = History(cut, history.case_incidents, history.cases)
    pd.testing.assert_frame_equal(
        score(history, model, SETTINGS, moment), score(shorter, model, SETTINGS, moment)
    )
    pd.testing.assert_frame_equal(
        case_facts(history, SETTINGS, moment), case_facts(shorter, SETTINGS, moment)
    )
    assert train(history, SETTINGS, moment) == train(shorter, SETTINGS, moment)


def test_the_order_of_rows_is_irrelevant(history: History, model: Model) -> None:
    """Shuffled frames give the same scores."""
    shuffled = History(
        *(
            frame.sample(frac=1, random_state=1)
            for frame in (history.records, history.case_incidents, history.cases)
        )
    )
    pd.testing.assert_frame_equal(
        score(history, model, SETTINGS, AS_OF), score(shuffled, model, SETTINGS, AS_OF)
    )


@pytest.mark.parametrize(
    ("later_days", "recurs"), [(0.0, False), (0.5, True), (30.0, True), (30.01, False)]
)
def test_label_window(later_days: float, recurs: bool) -> None:
    """A label is another incident after the moment, up to and with the horizon's end."""
    found = one_case([5.0, -later_days]).timeline.labels(AS_OF, 30)
    assert found.tolist() == [recurs]


def test_a_late_report_of_a_known_incident_is_no_recurrence() -> None:
    """The same incident reported again later, or a patrol's own find, is not another incident."""
    twice = one_case([5.0, -3.0])
    same = History(twice.records.assign(incident_id="i-000000"), twice.case_incidents, twice.cases)
    assert not same.timeline.labels(AS_OF, 30).any()
    found = one_case([5.0, -3.0], is_discovered=True)
    assert not found.timeline.labels(AS_OF, 30).any()


def test_an_incident_is_about_what_its_first_known_record_that_knows_says() -> None:
    """其他 gives way to what another record says, from when that is reported on."""
    one = one_case([5.0])
    later = one.records.assign(
        record_id="later", reported_at=AS_OF - pd.Timedelta(days=3), category_code="07"
    )
    records = pd.concat([one.records.assign(category_code="99"), later], ignore_index=True)
    timeline = History(records, one.case_incidents, one.cases).timeline
    about = [
        timeline.categories[timeline.at(AS_OF - pd.Timedelta(days=days)).category.item()]
        for days in (4, 2)
    ]
    assert about == ["99", "07"]


def test_an_outcome_counts_from_when_it_was_told() -> None:
    """A later version says that it was settled: before, the incident stood there and open."""
    told = one_case([20.0, 9.0], settled=True, told_at=[AS_OF, AS_OF - pd.Timedelta(days=9)])
    for days, settled in ((10, [False]), (1, [True, False]), (0, [True, True])):
        snapshot = told.timeline.at(AS_OF - pd.Timedelta(days=days))
        assert snapshot.flags["settled"].tolist() == settled


def test_complaints_do_not_raise_a_persons_score(model: Model) -> None:
    """Ten complaints beside one incident leave a person's score; a matter's score rises."""
    ages = [40.0, *(float(day) for day in range(1, 11))]
    complaint = [False] + [True] * 10
    for kind, rises in (("person", False), ("matter", True)):
        alone = score(one_case(ages[:1], kind=kind), model, SETTINGS, AS_OF)
        beside = score(one_case(ages, kind=kind, is_complaint=complaint), model, SETTINGS, AS_OF)
        assert (beside["log_odds"].iloc[0] > alone["log_odds"].iloc[0]) == rises
    only = score(one_case(ages, kind="person", is_complaint=True), model, SETTINGS, AS_OF)
    assert only.empty


def test_an_uncertain_link_counts_less(model: Model) -> None:
    """An incident linked at 0.5 raises the risk less than one linked for certain."""
    sure = one_case([3.0, 20.0])
    unsure = History(sure.records, sure.case_incidents.assign(probability=0.5), sure.cases)
    odds = [score(h, model, SETTINGS, AS_OF)["log_odds"].iloc[0] for h in (unsure, sure)]
    assert odds[0] < odds[1]


def test_the_model_file_gives_back_the_model(model: Model, tmp_path) -> None:
    """What is written is read: equal and with the same hash."""
    path = tmp_path / "own.json"
    path.write_text(model.to_json(), encoding="utf-8")
    assert load_model(path) == model
    assert load_model(path).hash == model.hash


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda text: text[:100], "模型文件"),
        (lambda text: "[]", "模型文件"),
        (lambda text: text.replace('"horizon_days": 30', '"horizon_days": 31'), "校验值"),
        (lambda text: text.replace('"format": 2', '"format": 9'), "格式"),
        (lambda text: text.replace('"decayed_count"', '"shoe_size"'), "shoe_size"),
        (lambda text: text.replace('"base"', '"bass"'), "base"),
        (lambda text: text.replace('"features":', '"features": null, "other":', 1), "错误的内容"),
        (lambda text: text.replace('"horizon_days": 30', '"horizon_days": 1e400'), "错误的内容"),
        (lambda text: text.replace('"knots":', '"knots": [[1], 2], "other":', 1), "错误的内容"),
    ],
)
def test_a_damaged_model_file_is_refused(model: Model, tmp_path, damage, message: str) -> None:
    """Each message names the file, the fault, and what to do."""
    path = tmp_path / "own.json"
    path.write_text(damage(model.to_json()), encoding="utf-8")
    with pytest.raises(ModelError) as caught:
        load_model(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "warning train" in str(caught.value)


def test_a_model_file_that_is_not_there_is_told_as_that(tmp_path) -> None:
    """In words, and that the path is to be looked at: training again would not help."""
    with pytest.raises(ModelError, match=r"没有这个文件\n.*检查路径") as caught:
        load_model(tmp_path / "nope.json")
    assert "Errno" not in str(caught.value)


def test_a_model_for_other_windows_is_refused(history: History, model: Model) -> None:
    """A 30-day model gives no 90-day probabilities."""
    with pytest.raises(ModelError, match="horizon_days"):
        score(history, model, SETTINGS.model_copy(update={"horizon_days": 90}), AS_OF)


def test_the_packaged_default_fits_the_packaged_settings(history: History) -> None:
    """The default model is whole and scores with the default windows."""
    scores = score(history, load_model(), SETTINGS, AS_OF)
    assert scores["probability"].between(0, 1).all()
    assert len(scores)


def test_too_little_history_is_refused() -> None:
    """A store with hardly a recurrence trains no model, and says how many it found."""
    with pytest.raises(ModelError, match="再发"):
        train(one_case([5.0, 100.0]), SETTINGS, AS_OF)


@pytest.mark.parametrize(
    ("windows", "events", "told", "untold"),
    [
        (4, 5, "数字偏乐观", "只用于校准"),
        (6, 5, "最新 2 个时点只用于校准", "偏乐观"),
        (6, 10_000, "发生太少，没有校准", "只用于校准"),
    ],
)
def test_a_card_says_on_which_dates_its_figures_were_measured(
    history: History, windows: int, events: int, told: str, untold: str
) -> None:
    """Those that it was fitted on are said to be so, and that none calibrated it."""
    training = SETTINGS.training.model_copy(update={"windows": windows, "minimum_events": events})
    settings = SETTINGS.model_copy(update={"training": training})
    model = train(history, settings, AS_OF, "decayed_count", worsening=False)
    assert told in model.card
    assert untold not in model.card
    since, until = model.training["first_checked"][:10], model.training["last_checked"][:10]
    assert f"{since} 至 {until} 各时点上：AUC" in model.card
    first = "first_window" if windows == 4 else "last_window"
    assert (since == model.training[first][:10]) == (windows == 4)


def test_an_empty_history_gives_no_scores(model: Model) -> None:
    """No records: an empty frame with the right columns."""
    full = one_case([1.0])
    empty = History(full.records.head(0), full.case_incidents.head(0), full.cases.head(0))
    assert score(empty, model, SETTINGS, AS_OF).empty
    assert case_facts(empty, SETTINGS, AS_OF).empty


def test_the_base_rate_follows_the_store(history: History, model: Model) -> None:
    """A model whose base is far off is drawn back by the last complete windows."""
    far = dataclasses.replace(model, base=model.base + 2.0)
    mean = score(history, model, SETTINGS, AS_OF)["probability"].mean()
    drawn = score(history, far, SETTINGS, AS_OF)["probability"].mean()
    assert drawn == pytest.approx(mean, rel=0.02)


def test_few_events_move_the_base_alone(history: History, model: Model) -> None:
    """Cases enough speak for quiet, too: the forecast comes down to it, to none stays finite."""
    windows = recent_windows(history, SETTINGS, AS_OF)
    events = int(sum(window.recurs.sum() for window in windows))
    options = SETTINGS.recalibration.model_copy(update={"minimum_events": events + 1})
    few = SETTINGS.model_copy(update={"recalibration": options})
    far = dataclasses.replace(model, base=model.base + 2.0)
    quiet = [
        dataclasses.replace(window, wait={"recurrence": np.full(len(window.cohort), np.nan)})
        for window in windows
    ]
    for seen, least, most in ((windows, events, 1.01 * events), (quiet, 1.0, 6.0)):
        found = recalibrated(far, seen, few)
        forecast = sum(
            (1 / (1 + np.exp(-found.log_odds(window.shown(found.features, found.reading))))).sum()
            for window in seen
        )
        assert least <= forecast <= most
        assert found.slope == far.slope
    # Nearly as many forecast as the limit move next to nothing: no night is a cliff.
    odds = np.concatenate([window.shown(far.features, far.reading) for window in quiet])
    forecast = float((1 / (1 + np.exp(-far.log_odds(odds)))).sum())
    for limit, share in ((1.001, 0.0), (1 / 1.001, 0.001), (0.5, 1.0)):
        options = SETTINGS.recalibration.model_copy(
            update={"minimum_events": round(forecast * limit)}
        )
        near = SETTINGS.model_copy(update={"recalibration": options})
        moved = far.base - recalibrated(far, quiet, near).base
        whole = far.base - recalibrated(far, quiet, few).base
        assert moved == pytest.approx(share * whole, abs=0.02)
    for row in score(history, far, few, AS_OF).head(20).itertuples():
        parts = json.loads(row.contributions)
        assert parts[1]["feature"] == RECALIBRATION
        assert sum(part["points"] for part in parts) == pytest.approx(row.log_odds, abs=1e-9)


def test_a_history_in_which_all_recurs_is_refused_in_words() -> None:
    """More recurrences would not help: some cases must have stayed quiet."""
    days = np.tile(np.arange(110) * 10.0, 12)
    always = history_of(np.repeat(np.arange(12), 110), START + pd.to_timedelta(days, unit="D"))
    with pytest.raises(ModelError, match="也有未再发的行"):
        train(always, SETTINGS, START + pd.Timedelta(days=1090))


def test_backtest_beats_the_rules(history: History) -> None:
    """On later dates the default ranks above the rules and is calibrated."""
    found = backtest(history, SETTINGS, AS_OF, dates=6)
    table = found.summary.set_index("model")
    assert table.loc["default", "ap"] > table.loc["rule_3_in_90", "ap"]
    assert table.loc["default", "ece"] < 0.03
    assert set(found.reliability["model"]) == set(table.index)
    assert len(found.by_date) == 6 * len(table)


def test_an_embargo_lies_between_training_labels_and_test_dates(history: History) -> None:
    """Without anything reported from the first test date on, the same model is fitted."""
    found = backtest(history, SETTINGS, AS_OF, dates=3, models=("default",))
    first = found.windows[0].moment
    before = history.records[history.records["reported_at"] < first]
    known = history.case_incidents["incident_id"].isin(before["incident_id"])
    pairs = history.case_incidents[known]
    cases = history.cases[history.cases["case_id"].isin(pairs["case_id"])]
    alone = train(History(before, pairs, cases), SETTINGS, first)
    tested = found.models["default"]
    assert isinstance(tested, AdditiveModel)
    assert isinstance(alone, AdditiveModel)
    assert alone.half_lives == tested.half_lives
    assert alone.features == tested.features
    assert np.concatenate(alone.coefficients) == pytest.approx(
        np.concatenate(tested.coefficients), abs=1e-6
    )
    assert alone.base == pytest.approx(tested.base, abs=1e-6)


def test_backtest_with_links_of_each_date(history: History) -> None:
    """Links as of each date may be given; where they are today's the result is the same."""
    given = backtest(history, SETTINGS, AS_OF, dates=3, history_at=lambda _: history)
    pd.testing.assert_frame_equal(
        given.summary, backtest(history, SETTINGS, AS_OF, dates=3).summary
    )


@pytest.mark.parametrize(
    ("later", "kind", "recurs"),
    [
        (["a", "a", "a", "a"], "matter", [True, True]),  # b was merged into a
        (["a", "x", "x", "x"], "matter", [False, True]),  # b has another id
        (["a", "y", "z", "z"], "matter", [False, False]),  # half of b in each: the first by id
        (["a", "x", "x", "x"], "person", [False, False]),  # of its kind none has its records
    ],
)
def test_a_case_of_an_earlier_date_is_found_under_another_id(
    later: list[str], kind: str, recurs: list[bool]
) -> None:
    """Cases a and b (of one and two reports) as they were linked then; the fourth report is new."""
    moments = AS_OF - pd.to_timedelta([20.0, 15.0, 10.0, -3.0], unit="D")

    def linked(cases: list[str], of_kind: str) -> History:
        made = history_of(pd.factorize(np.array(cases))[0], moments[: len(cases)], kind=of_kind)
        names = dict(zip(made.cases["case_id"], dict.fromkeys(cases), strict=True))
        pairs, table = (
            frame.assign(case_id=frame["case_id"].map(names))
            for frame in (made.case_incidents, made.cases)
        )
        # Incidents, too, are called otherwise at another date.
        called = {"incident_id": lambda frame: frame["incident_id"] + str(len(cases))}
        return History(made.records.assign(**called), pairs.assign(**called), table)

    full, known = linked(later, kind), linked(["a", "b", "b"], "matter")
    window = Window.at(full, AS_OF, SETTINGS, lambda _: known)
    assert window.timeline.case_ids.tolist() == ["a", "b"]
    assert window.recurs.tolist() == recurs


def test_measures_of_a_worked_example() -> None:
    """AUC, AP and precision of four cases, computed by hand."""
    recurs = np.array([True, False, True, False])
    chance = np.array([0.9, 0.8, 0.7, 0.1])
    assert metrics(recurs, chance)["auc"] == pytest.approx(0.75)
    assert average_precision(recurs, chance) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(recurs, np.full(4, 0.5)) == pytest.approx(0.5)
    assert precision_at(recurs, chance, 2) == 0.5
    assert reliability(recurs, np.full(4, 0.5))["cases"].tolist() == [4]


def test_the_printed_points_add_up_to_the_printed_sum(history: History, model: Model) -> None:
    """To the last digit: what rounding took has a line with what is too small to show."""
    rested = 0
    for row in score(history, model, SETTINGS, AS_OF).head(40).to_dict("records"):
        lines = explain_score(row, AS_OF)
        printed = re.findall(r"([+-]\d+\.\d\d) (?:points|分)", "\n".join(lines))
        points = [float(number) for number in printed]
        assert round(sum(points[:-1]), 2) == points[-1]
        rested += any(line.startswith(("others and rounding", "其余及舍入")) for line in lines)
    assert rested


def test_an_explanation_has_every_point(history: History, model: Model) -> None:
    """The lines start with the probability, name each feature and end with the sum."""
    row = score(history, model, SETTINGS, AS_OF).iloc[0]
    lines = explain_score(row, AS_OF)
    assert f"{row['probability']:.1%}" in lines[0]
    assert f"{row['log_odds']:+.2f}" in lines[-1]
    assert any("距上次天数" in line for line in lines) or "days_since_last" not in model.features
