"""A deadline in a year whose holidays are not known is said, not guessed; the night goes on."""

import pandas as pd

from warning.escalation.rules import (
    LETTERS,
    TASK_FORCES,
    TRANSITIONS,
    UNKNOWN_DAY,
    Ledger,
    propose,
)
from warning.settings import load_settings


def ledger() -> Ledger:
    """No letter and no task force yet."""
    return Ledger(
        pd.DataFrame(columns=LETTERS).astype(
            {"due_on": "datetime64[us]", "drafted_at": "datetime64[us]"}
        ),
        pd.DataFrame(columns=TRANSITIONS),
        pd.DataFrame(columns=TASK_FORCES),
    )


def red_case(as_of: pd.Timestamp) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One matter that turned red this night."""
    cases = pd.DataFrame(
        {"case_id": ["c-1"], "kind": "matter", "county_code": "620702", "category": "02",
         "last_at": as_of, "incident_count": 4}
    )  # fmt: skip
    warnings = pd.DataFrame(
        {"case_id": ["c-1"], "tier": "red", "previous_tier": "none", "tier_since": as_of,
         "probability": 0.7, "severity": 3, "reasons": "x"}
    )  # fmt: skip
    return cases, warnings


def test_a_deadline_in_an_unknown_year_is_left_open() -> None:
    """In a year far ahead the letter has no date and the plan says why."""
    as_of = pd.Timestamp("2090-03-01")
    drafted = propose(*red_case(as_of), ledger(), load_settings().escalation, as_of)
    assert drafted.letters["due_on"].isna().all()
    assert set(drafted.task_forces["content"].iloc[0]["milestones"].values()) == {UNKNOWN_DAY}


def test_a_deadline_in_a_known_year_is_a_working_day() -> None:
    """Seven working days from Wednesday 2024-12-25, New Year free, end on Monday 6 January."""
    as_of = pd.Timestamp("2024-12-25")
    drafted = propose(*red_case(as_of), ledger(), load_settings().escalation, as_of)
    assert list(drafted.letters["due_on"]) == [pd.Timestamp("2025-01-06")]
