"""What the page of a night shows; names in it are masked before they come here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd


@dataclass(frozen=True)
class CasePage:
    """One case: ``timeline`` rows are (moment, channel, category, summary, who), oldest first."""

    case_id: str
    kind: str
    county: str
    category: str
    tier: str
    previous_tier: str
    probability: float
    reasons: str
    timeline: tuple[tuple[pd.Timestamp, str, str, str, str], ...]


@dataclass(frozen=True)
class NightPage:
    """A night.

    Attributes:
        before: the night before; None on the first.
        counts: of the run, by name; silent channels and a model of later among them.
        fresh: by how much records, incidents and cases grew since the night before (fewer: below
            0), and how many letters and task_forces were drafted since.
        differing: sentences on a model or settings that the night before did not have.
        counties: code → name.
        tiers: county_code, tier; a row a graded case.
        changed: previous_tier, tier; a row a case whose tier changed.
        cases: the gravest; ``cases_left_out`` says how many more there are.
        letters, task_forces: as in the store; ``approved_at`` of letters that wait for the post.
        missing: share (0 to 1) of missing values, channel × field.
        quarantine: reason → rows.
    """

    as_of: pd.Timestamp
    before: pd.Timestamp | None
    counts: Mapping[str, Any]
    fresh: Mapping[str, int]
    differing: tuple[str, ...]
    counties: Mapping[str, str]
    tiers: pd.DataFrame
    changed: pd.DataFrame
    cases: tuple[CasePage, ...]
    cases_left_out: int
    letters: pd.DataFrame
    task_forces: pd.DataFrame
    missing: pd.DataFrame
    quarantine: "pd.Series[int]"
