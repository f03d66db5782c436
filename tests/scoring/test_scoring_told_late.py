"""What is told long after it happened: known from its report on, as old as it says itself."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from tests.scoring.simulated import history_of
from warning.scoring.explain import records_behind
from warning.scoring.history import History
from warning.scoring.model import load_model
from warning.scoring.probability import score
from warning.scoring.tiers import case_facts
from warning.scoring.told_late import says_late
from warning.settings import load_settings

AS_OF = pd.Timestamp("2024-12-30")
SETTINGS = load_settings()
#: Days before AS_OF on which it happened; the last three were reported the day before AS_OF.
HAPPENED = np.array([40.0, 200.0, 500.0, 120.0, 300.0])
LATE = slice(2, None)


def told_late(history: History) -> History:
    """The same events, some of which were reported a day before AS_OF."""
    records = history.records.assign(occurred_at=history.records["reported_at"])
    reported = AS_OF - pd.Timedelta(days=1)
    records.iloc[LATE, records.columns.get_loc("reported_at")] = reported
    return replace(history, records=records)


@pytest.fixture(scope="module")
def in_time() -> History:
    moments = AS_OF - pd.to_timedelta(HAPPENED, unit="D")
    return history_of(
        np.zeros(len(HAPPENED), int), moments, category_code="02", severity=[0, 1, 4, 2, 1],
        settled=[True, False, False, False, False],
    )  # fmt: skip


def test_what_is_told_late_is_as_old_as_it_says_and_known_no_earlier(in_time: History) -> None:
    """Scores and facts are those of reports in time, and before the report those without it."""
    late = told_late(in_time)
    without = replace(in_time, case_incidents=in_time.case_incidents.drop(index=[2, 3, 4]))
    before = AS_OF - pd.Timedelta(days=2)
    for history, moment in ((in_time, AS_OF), (without, before)):
        expected = score(history, load_model(), SETTINGS, moment)
        pd.testing.assert_frame_equal(score(late, load_model(), SETTINGS, moment), expected)
        assert case_facts(late, SETTINGS, moment).equals(case_facts(history, SETTINGS, moment))


def test_what_is_told_late_is_no_recurrence_and_not_the_last(in_time: History) -> None:
    """Nor is it where one report of it came in time, as an incident of its own day."""
    late, before = told_late(in_time), AS_OF - pd.Timedelta(days=10)
    assert not late.timeline.labels(before, 30).any()
    behind = records_behind(late, "c-000000", ["days_since_last"], AS_OF)
    assert behind["record_id"].tolist() == ["i-000000"]
    also = late.records.iloc[[3]].assign(record_id="also", occurred_at=pd.NaT)
    told = replace(late, records=pd.concat([late.records, also], ignore_index=True))
    assert told.timeline.labels(before, 30).all()
    assert case_facts(told, SETTINGS, AS_OF)["days_since_last"].tolist() == [1.0]


def test_the_empty_moment_of_a_program_is_none() -> None:
    """Its day of 1970 makes no incident old; an earlier and a later one are told."""
    days = pd.to_datetime(["1970-01-01 08:00", "1970-01-02 00:00", "1969-12-31 23:00"])
    records = pd.DataFrame({"reported_at": AS_OF, "occurred_at": days})
    assert says_late(records, 90).tolist() == [False, True, True]
