"""Incidents as a person's case sees them: as if nobody had complained about them."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.tabular import places_among

#: Ends the id of an incident without its complaints; no id of an incident ends so.
WITHOUT = "\0"
#: What a complaint tells of an incident for a person's case, too: it can only lower a tier.
STILL_TOLD = ["settled", "warned"]


def apart_for_persons(
    records: pd.DataFrame, pairs: pd.DataFrame, cases: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give persons' cases the incidents that were complained of a second time, without it.

    Args:
        records: as of a history, each with an incident and a moment.
        pairs: case_id, incident_id and other columns.
        cases: case_id, kind.

    Returns:
        The records, and those that are no complaint once more under the incident's id with
        :data:`WITHOUT`; the pairs with ``counts`` (false: a person's with an incident that was
        complained of), and those pairs once more with the incident without its complaints, where
        anything else tells of it.
    """
    complaint = records["is_complaint"].astype("boolean").fillna(False).to_numpy(bool)
    apart = _there(pairs["case_id"], cases.loc[cases["kind"] == "person", "case_id"])
    apart[apart] = _there(pairs["incident_id"][apart], records["incident_id"][complaint])
    pairs = pairs.assign(counts=~apart)
    concerned = _there(records["incident_id"], pairs["incident_id"][apart])
    others = records[concerned & ~complaint]
    if others.empty:
        return records, pairs
    apart[apart] = _there(pairs["incident_id"][apart], others["incident_id"])
    again = pairs[apart].assign(counts=True)
    own = pd.concat([others, _still_told(others, records[concerned & complaint])])
    return (
        pd.concat([records, own.assign(incident_id=own["incident_id"] + WITHOUT)]),
        pd.concat([pairs, again.assign(incident_id=again["incident_id"] + WITHOUT)]),
    )


def _there(values: pd.Series, among: pd.Series) -> npt.NDArray[np.bool_]:
    """Which texts stand among others."""
    return places_among(values, among.drop_duplicates()) >= 0


def _still_told(others: pd.DataFrame, complaints: pd.DataFrame) -> pd.DataFrame:
    """The first other record of an incident again, with what a complaint still tells of it.

    It says nothing else that the first did not say, and says it no earlier than that one.
    """
    first = others.sort_values("reported_at", kind="stable").drop_duplicates("incident_id")
    told = complaints[complaints[STILL_TOLD].astype("boolean").any(axis=1)]
    columns = ["incident_id", "reported_at", *STILL_TOLD, *({"told_at"} & {*told})]
    rows = first.merge(told[columns], on="incident_id", suffixes=("_first", ""))
    rows["reported_at"] = rows[["reported_at_first", "reported_at"]].max(axis=1)
    return rows[list(others)]
