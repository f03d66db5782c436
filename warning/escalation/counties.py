"""In which counties a case was reported, where it was in several."""

import pandas as pd

from warning.matching.links import Links
from warning.scoring.history import History
from warning.tabular import among_names


def counties_of(history: History, links: Links, case_ids: pd.Series) -> dict[str, tuple[str, ...]]:
    """Case → codes of the counties in which it was reported, ascending; of those of several.

    A record that tells no county counts by its incident's, which its place may have told.

    Args:
        history, links: of the same night.
        case_ids: the cases that are asked for.
    """
    members = history.case_incidents
    members = members.loc[among_names(members["case_id"], case_ids), ["case_id", "incident_id"]]
    told = pd.concat(
        rows.loc[
            among_names(rows["incident_id"], members["incident_id"]), ["incident_id", "county_code"]
        ]
        for rows in (history.records, links.incidents)
    )
    found = members.merge(told.dropna().drop_duplicates(), on="incident_id")
    found = found.drop_duplicates(["case_id", "county_code"]).sort_values("county_code")
    several = found[found["case_id"].duplicated(keep=False)]
    codes = several.groupby("case_id")["county_code"].agg(tuple)
    return {str(case_id): own for case_id, own in codes.items()}


def told_counties(
    history: History, links: Links, case_ids: pd.Series
) -> dict[str, tuple[str, ...]]:
    """Those of :func:`counties_of` that may be told.

    Of a case with violence in a home none is: a victim may have fled to one of them.
    """
    violent = history.records.loc[history.records["domestic_violence"].astype(bool), "incident_id"]
    members = history.case_incidents
    hidden = members.loc[among_names(members["incident_id"], violent), "case_id"]
    return counties_of(history, links, case_ids[~among_names(case_ids, hidden)])
