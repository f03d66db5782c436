"""What lowers a score, and the reports behind it."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from simulated import hawkes_history, history_of

from warning.scoring.explain import explain_score, lowering, outlook, records_behind
from warning.scoring.history import History
from warning.scoring.model import Model
from warning.scoring.probability import score
from warning.scoring.training import train
from warning.settings.scoring import ScoringSettings

SETTINGS = ScoringSettings()
AS_OF = pd.Timestamp("2024-12-30")


@pytest.fixture(scope="module")
def model() -> Model:
    return train(hawkes_history(cases=1200, seed=5), SETTINGS, AS_OF)


def one_case(days_ago: list[float], kind: str = "matter", **facts: object) -> History:
    moments = AS_OF - pd.to_timedelta(days_ago, unit="D")
    return history_of(np.zeros(len(days_ago), int), moments, kind=kind, **facts)


def test_what_would_lower_it_is_said(model: Model) -> None:
    """Time without incidents lowers a recent series; it is said once."""
    row = score(one_case([2.0, 9.0, 20.0]), model, SETTINGS, AS_OF).iloc[0]
    text = "\n".join(explain_score(row, AS_OF))
    assert text.count("保持无新事件") == 1


def test_time_is_promised_to_lower_only_what_it_lowers() -> None:
    """Periods are counted back from the night: two incidents may come to lie in two of them."""
    parts = [{"feature": name, "points": 0.1} for name in ("active_periods", "quickening")]
    assert lowering(parts) == []
    assert lowering([*parts, {"feature": "year_count", "points": 0.1}]) != []


@pytest.mark.parametrize(
    ("night", "last", "days"),
    [
        ("2025-02-28 00:00", "2025-01-03 20:00", 56),
        ("2025-02-28 10:00", "2025-02-27 00:00", 1),
        ("2025-02-28 10:00", "2025-02-28 00:00", 0),
    ],
)
def test_days_since_an_incident_are_told_by_the_calendar(night: str, last: str, days: int) -> None:
    """As the reasons of its tier tell them, also of an incident at midnight."""
    as_of = pd.Timestamp(night)
    ago = round((as_of - pd.Timestamp(last)) / pd.Timedelta(days=1), 4)
    part = {"feature": "days_since_last", "value": ago, "points": 1.0}
    base = {"feature": "base", "value": None, "points": 0.0}
    row = {"contributions": json.dumps([base, part]), "probability": 0.7, "severity": 1}
    assert re.search(rf"(距上次天数|last incident) {days}\b", explain_score(row, as_of)[2])


def test_quiet_days_lower_the_probability(model: Model) -> None:
    """The more days without an incident, the lower; no day changes nothing."""
    history = one_case([2.0, 9.0, 20.0])
    row = score(history, model, SETTINGS, AS_OF).iloc[0]
    found = [outlook(history, model, SETTINGS, row, AS_OF, days) for days in (0, 30, 90)]
    assert found[0] == pytest.approx(row["probability"])
    assert found[0] > found[1] > found[2]


def test_each_feature_names_its_reports() -> None:
    """The weapon is that of its report, the last day that of the newest, nothing of the future."""
    history = one_case(
        [-3.0, 4.0, 50.0, 400.0], weapon=[False, False, True, True], severity=[4, 2, 0, 0]
    )
    wanted = ["decayed_count", "days_since_last", "weapon", "severity_rise", "kind_place"]
    table = records_behind(history, "c-000000", [*wanted, "days_off"], AS_OF)
    named = {name: list(part["record_id"]) for name, part in table.groupby("feature")}
    assert named == {
        "decayed_count": ["i-000001", "i-000002", "i-000003"],
        "days_since_last": ["i-000001"],
        "weapon": ["i-000002"],
        "severity_rise": ["i-000001"],
    }


@pytest.mark.parametrize(("kind", "last", "count"), [("person", 2, 2), ("matter", 1, 3)])
def test_reports_behind_a_feature_are_those_that_it_counts(
    kind: str, last: int, count: int
) -> None:
    """No patrol's find is the last incident, and no complaint stands behind a person's score."""
    history = one_case(
        [2.0, 7.0, 29.0, 60.0], kind,
        is_discovered=[True, False, False, False], is_complaint=[False, True, False, False],
    )  # fmt: skip
    table = records_behind(history, "c-000000", ["days_since_last", "decayed_count"], AS_OF)
    named = {name: list(part["record_id"]) for name, part in table.groupby("feature")}
    assert named["days_since_last"] == [f"i-{last:06d}"]
    assert len(named["decayed_count"]) == count


@pytest.mark.parametrize(("kind", "named"), [("person", ["i-000000"]), ("matter", ["i-000001"])])
def test_no_complaint_about_a_call_stands_behind_a_person(kind: str, named: list[str]) -> None:
    """Its severity is the matter's alone, though both are of one incident."""
    history = one_case([7.0, 6.0], kind, severity=[1, 3], is_complaint=[False, True])
    same = history.records.assign(incident_id="i-000000")
    history = History(same, history.case_incidents.head(1), history.cases)
    table = records_behind(history, "c-000000", ["severity"], AS_OF)
    assert table["record_id"].tolist() == named


def test_one_severity_is_told_of_a_case(model: Model) -> None:
    """That of what people reported: a patrol's knife raises neither it nor the points."""
    reported, found = (one_case(ages, severity=1) for ages in ([20.0, 80.0], [3.0, 20.0, 80.0]))
    knife = found.records["record_id"] == "i-000000"
    records = found.records.assign(
        severity=np.where(knife, 3, 1), is_discovered=knife, weapon=knife
    )
    found = History(records, found.case_incidents, found.cases)
    columns = ["probability", "severity"]
    rows = [score(h, model, SETTINGS, AS_OF)[columns].iloc[0] for h in (reported, found)]
    assert rows[0].tolist() == rows[1].tolist()
    assert rows[1]["severity"] == 1
    behind = records_behind(found, "c-000000", ["severity", "weapon"], AS_OF)
    assert behind["record_id"].tolist() == ["i-000001", "i-000002"]
