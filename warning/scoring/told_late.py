"""What is told long after it happened: known from its report on, and as old as it says itself."""

import pandas as pd

from warning.records import occurred
from warning.tabular import among_names


def says_late(records: pd.DataFrame, days: int) -> "pd.Series[bool]":
    """Which records say that it happened more than ``days`` before they were reported.

    Args:
        records: reported_at; occurred_at where there is any.
        days: :attr:`warning.scoring.history.History.late_days`.
    """
    if "occurred_at" not in records:
        return pd.Series(False, records.index)
    late = records["reported_at"] - occurred(records) > pd.Timedelta(days=days)
    return late.astype(bool)


def told_late(records: pd.DataFrame, days: int) -> "pd.Series[pd.Timestamp]":
    """Incident → when it happened, of those of which every record says so late, the last it says.

    Args:
        records: incident_id and those of :func:`says_late`, all that is known of their incidents.
        days: of :func:`says_late`.
    """
    late = says_late(records, days)
    own = records[late]
    if own.empty:  # nearly always, and no need to look through the others
        return pd.Series(dtype="datetime64[us]")
    beside = records.loc[~late & among_names(records["incident_id"], own["incident_id"])]
    own = own[~among_names(own["incident_id"], beside["incident_id"])]
    return own.groupby("incident_id")["occurred_at"].max()


def aged(
    first: "pd.Series[pd.Timestamp]", incidents: pd.Series, late: "pd.Series[pd.Timestamp]"
) -> "pd.Series[pd.Timestamp]":
    """When incidents count as having been: by their first report, or when it happened.

    Args:
        first: the first report, by row.
        incidents: incident_id, by row.
        late: of :func:`told_late`.
    """
    return first if late.empty else incidents.map(late).fillna(first)


def happened(records: pd.DataFrame, days: int) -> "pd.Series[pd.Timestamp]":
    """When it was by each record: reported_at, of incidents :func:`told_late` occurred_at."""
    late = told_late(records, days)
    if late.empty:
        return records["reported_at"]
    told = records["incident_id"].isin(late.index)
    return records["reported_at"].mask(told, records["occurred_at"])
