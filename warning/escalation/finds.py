"""What patrols found themselves, and settlements: they are told, and call for nothing."""

from dataclasses import replace

import pandas as pd

from warning.matching.links import Links
from warning.matching.settlements import last_moments
from warning.scoring.history import History
from warning.scoring.told_late import aged, told_late
from warning.tabular import among_names


def only_found(records: pd.DataFrame) -> pd.Series:
    """The incidents all of whose records are a patrol's own finds.

    Args:
        records: incident_id, is_discovered.
    """
    finds = records["is_discovered"].astype(bool)
    found = records.loc[finds, "incident_id"]
    return found[~among_names(found, records.loc[~finds, "incident_id"])]


def without_finds(history: History) -> History:
    """The history whose cases hold only what people reported."""
    members = history.case_incidents
    found = among_names(members["incident_id"], only_found(history.records))
    return replace(history, case_incidents=members[~found])


def last_reported(
    cases: pd.DataFrame, links: Links, history: History, settled: pd.Series
) -> pd.DataFrame:
    """The cases with the ``last_at`` of the last incident that people reported.

    One of :func:`only_found` is none; one that was told late is as old as it says itself. NaT where
    there is no other. One that only settles the case is none, either, where there is another.

    Args:
        cases: as in ``Links.cases``.
        links, history: of the same night.
        settled: incidents, of :func:`warning.matching.settlements.settling`.
    """
    members = links.case_incidents
    of_patrols = among_names(members["incident_id"], only_found(history.records))
    told = told_late(history.records, history.late_days)
    late = among_names(members["incident_id"], told.index)
    passed = of_patrols | late | among_names(members["incident_id"], settled)
    touched = members.loc[passed, "case_id"]
    if touched.empty:
        return cases
    reported = members[among_names(members["case_id"], touched) & ~of_patrols]
    moments = reported.merge(links.incidents[["incident_id", "reported_at"]], on="incident_id")
    at = aged(moments["reported_at"], moments["incident_id"], told)
    last = last_moments(moments.assign(reported_at=at), settled)
    own = among_names(cases["case_id"], touched)
    known = last.reindex(cases["case_id"]).to_numpy()
    return cases.assign(last_at=cases["last_at"].mask(own, known))
