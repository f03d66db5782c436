"""Trends of gaps and of severity, and what the calendar says of the days ahead."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated import history_of

from warning.scoring.history import History
from warning.scoring.values import Reading
from warning.scoring.windows import Window
from warning.settings.scoring import ScoringSettings

AS_OF = pd.Timestamp("2024-12-30")


def told(history: History, name: str, moment: pd.Timestamp = AS_OF) -> list[float]:
    """The feature of every case in the cohort."""
    window = Window.at(history, moment, ScoringSettings())
    return [float(value) for value in window.shown((name,), Reading())[:, 0]]


def one_case(days_ago: list[float], **facts: Any) -> History:
    moments = AS_OF - pd.to_timedelta(days_ago, unit="D")
    return history_of(np.zeros(len(days_ago), int), moments, **facts)


@pytest.mark.parametrize(
    ("days_ago", "spans"),
    [
        ([100, 48, 22, 10, 5], 5),  # each gap half of the one before
        ([110, 100, 90, 80, 70], 1),  # steady, then quiet
        ([5, 48, 50, 52, 54], 2),
        ([0.1, 1.9], 1),
        ([700, 0.5], 2),
    ],
)
def test_gaps_that_shorten_lie_in_more_spans(days_ago: list[float], spans: int) -> None:
    """As many incidents tell more where they follow one another ever sooner."""
    assert told(one_case(days_ago), "quickening") == [spans]


def test_the_trend_of_gaps_goes_by_how_sure_a_link_is() -> None:
    """A span counts by the surest of its incidents."""
    case = one_case([5.0, 6.0, 40.0])
    links = case.case_incidents.assign(probability=[0.3, 0.7, 0.5])
    assert told(History(case.records, links, case.cases), "quickening") == [pytest.approx(1.2)]


@pytest.mark.parametrize(
    ("days_ago", "severity", "levels"),
    [
        ([90, 60, 30], [0, 1, 3], 3),
        ([90, 60, 30], [3, 1, 0], 0),  # ever milder
        ([90, 60, 30], [2, 0, 1], 1),  # risen again
        ([700, 60], [0, 2], 2),  # the milder one may be old
        ([700, 500, 60], [0, 4, 0], 0),  # the graver one may not
        ([60], [4], 0),  # one alone is no trend
    ],
)
def test_severity_rises_above_an_earlier_incident(
    days_ago: list[float], severity: list[int], levels: int
) -> None:
    """Levels from the mildest before to a later one of the last year."""
    assert told(one_case(days_ago, severity=severity), "severity_rise") == [levels]


@pytest.mark.parametrize("name", ["quickening", "severity_rise"])
def test_one_more_incident_never_turns_a_trend_down(name: str) -> None:
    """Whatever the history, an incident added at any age, of any severity."""
    random = np.random.default_rng(4)
    cases, ages, levels = [], [], []
    for pair in range(200):
        count = int(random.integers(1, 7))
        age, level = random.uniform(0, 360, count + 1), random.integers(0, 5, count + 1)
        age[-1] = random.uniform(0, 700)
        for case, shown in ((pair, count), (pair + 200, count + 1)):
            cases += [case] * shown
            ages += list(age[:shown])
            levels += list(level[:shown])
    moments = AS_OF - pd.to_timedelta(ages, unit="D")
    found = np.array(told(history_of(np.array(cases), moments, severity=levels), name))
    assert len(found) == 400 and np.ptp(found) > 0
    assert (found[200:] >= found[:200]).all()


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2024-03-01", 10),  # Saturdays and Sundays
        ("2024-09-20", 13),  # ten, and the week of National Day less 29 September and 12 October
        ("2035-03-01", 9),  # beyond the calendar: Saturdays and Sundays
    ],
)
def test_days_off_ahead_follow_the_calendar(moment: str, days: int) -> None:
    """Public holidays and working weekends of the next 30 days."""
    now = pd.Timestamp(moment)
    history = history_of(np.zeros(1, int), pd.Series([now - pd.Timedelta(days=3)]))
    assert told(history, "days_off", now) == [days]
