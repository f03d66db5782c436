"""How far scoring looks back: what lies before changes no number of a night."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.scoring.simulated import START, hawkes_history
from warning.nightly import grade
from warning.scoring.drift import drift
from warning.scoring.history import History
from warning.scoring.model import load_model
from warning.scoring.windows import Window, looks_back_to
from warning.settings import load_settings

SETTINGS = load_settings()
AS_OF = START + pd.Timedelta(days=1600)
SINCE = looks_back_to(SETTINGS.scoring, AS_OF)
NOTHING = pd.DataFrame({"case_id": [], "tier": []}, dtype="str")


@pytest.fixture(scope="module")
def history() -> History:
    """1,600 days of 1,500 cases; some incidents before the line are told of after it, too."""
    made = hawkes_history(days=1600)
    again = made.records[made.records["reported_at"] < SINCE].iloc[::7]
    again = again.assign(record_id=again["record_id"] + "-b", reported_at=SINCE, severity=4)
    return replace(made, records=pd.concat([made.records, again], ignore_index=True))


def test_what_lies_before_changes_no_number(history: History) -> None:
    """Scores with their parts, tiers and drift are the same to the last digit."""
    model = load_model(None)
    short = replace(history, since=SINCE)
    assert len(short.timeline.time) < 0.8 * len(history.timeline.time)
    graded = [grade(one, model, NOTHING, SETTINGS, AS_OF) for one in (history, short)]
    assert len(graded[0]) > 400
    pd.testing.assert_frame_equal(*graded)
    assert drift(history, model, SETTINGS, AS_OF) == drift(short, model, SETTINGS, AS_OF)


def test_a_line_within_what_is_looked_at_is_seen(history: History) -> None:
    """A year later incidents would be missing that the first window remembers."""
    model = load_model(None)
    late = replace(history, since=SINCE + pd.Timedelta(days=365))
    whole, cut = (
        grade(one, model, NOTHING, SETTINGS, AS_OF)["log_odds"] for one in (history, late)
    )
    assert (whole - cut).abs().max() > 1e-6


def test_a_night_of_an_old_tier_steps_down(history: History) -> None:
    """A case that still has a tier though all its incidents lie before the line is graded, too."""
    last = history.records.groupby("incident_id")["reported_at"].min()
    moments = history.case_incidents.assign(at=history.case_incidents["incident_id"].map(last))
    old = moments.groupby("case_id")["at"].max()
    case_id = str(old.index[old < SINCE][0])
    before = pd.DataFrame(
        {"case_id": [case_id], "tier": "yellow", "as_of": AS_OF - pd.Timedelta(days=1),
         "tier_since": AS_OF - pd.Timedelta(days=9)}
    )  # fmt: skip
    found = grade(replace(history, since=SINCE), load_model(None), before, SETTINGS, AS_OF)
    assert found.set_index("case_id").loc[case_id, "tier"] == "blue"


@pytest.mark.parametrize("least", [2, 3])
def test_a_series_is_looked_at_from_when_it_stood(history: History, least: int) -> None:
    """That a place would have a case at all was not known before its second incident.

    A window of the past that held it anyway would see it recur, as its case says it did.
    """
    moment = AS_OF - pd.Timedelta(days=200)
    places = replace(
        history, cases=history.cases.assign(kind="place"), since=SINCE, least_incidents=least
    )
    first = history.records.groupby("incident_id")["reported_at"].min()
    told = history.case_incidents.assign(at=history.case_incidents["incident_id"].map(first))
    known = told[told["at"] <= moment].groupby("case_id")["at"].agg(["size", "max"])
    recent = known["max"] > moment - pd.Timedelta(days=SETTINGS.scoring.cohort_days)

    def looked_at(one: History) -> list[str]:
        window = Window.at(one, moment, SETTINGS.scoring)
        return sorted(window.timeline.case_ids[window.cohort])

    assert looked_at(places) == sorted(known.index[recent & (known["size"] >= least)])
    matters = replace(places, cases=history.cases)
    assert looked_at(matters) == sorted(known.index[recent])
    assert len(looked_at(matters)) > len(looked_at(places)) > 100
