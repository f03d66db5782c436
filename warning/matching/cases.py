"""Cases: what makes incidents one series, of a matter, a person, a place, an organisation.

Every incident has exactly one matter case, which is its primary one, alone at first, so that it
can recur. Cases of the other kinds exist from two incidents on. Complaining makes no case: a
person's series counts only incidents in which the person was a party to the quarrel.
"""

import numpy as np
import pandas as pd

from warning.matching.identity import founding_id

CASES = ["case_id", "kind", "county_code", "category", "incident_count", "first_at", "last_at",
         "status", "subject", "is_hub"]  # fmt: skip
MEMBERS = ["case_id", "incident_id", "probability", "is_primary"]
#: Roles under which someone is a party to the quarrel, not a caller for others or an official.
QUARREL = ("claimant", "respondent", "party")
CASE_GRAINS = ("room", "building", "compound", "group", "poi")


def link_cases(
    incidents: pd.DataFrame, parties: pd.DataFrame, places: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Group incidents into cases.

    Args:
        incidents: as in ``Links.incidents``.
        parties: incident_id, entity_id, entity_type, role_code, probability, is_hub (an
            organisation that serves everybody); a row a party of a record of the incident.
        places: as in ``Links.places``.

    Returns:
        cases and case_incidents as in :class:`warning.matching.links.Links`.
    """
    quarrel = parties[parties["role_code"].isin((*QUARREL, "reporter")) & ~parties["is_hub"]]
    subjects = [
        _matters(incidents, quarrel, places),
        _persons(parties),
        _organisations(quarrel),
        _places(incidents, places),
    ]
    member = pd.concat(subjects, ignore_index=True)
    member = member.sort_values("probability", ascending=False).drop_duplicates(
        ["kind", "subject", "incident_id"]
    )
    member = member.merge(
        incidents[["incident_id", "reported_at", "category", "county_code"]], on="incident_id"
    )
    size = member.groupby(["kind", "subject"])["incident_id"].transform("size")
    member = member[(member["kind"] == "matter") | (size >= 2)]
    keys = (member["kind"] + "\x1f" + member["subject"]).unique()
    ids = {key: founding_id("c", *key.split("\x1f")) for key in keys}
    member["case_id"] = (member["kind"] + "\x1f" + member["subject"]).map(ids).astype("str")
    member["is_primary"] = member["kind"] == "matter"
    member = member.sort_values(["case_id", "reported_at", "incident_id"])
    cases = (
        member.groupby("case_id", sort=True)
        .agg(
            kind=("kind", "first"),
            county_code=("county_code", "first"),
            category=("category", "last"),
            incident_count=("incident_id", "size"),
            first_at=("reported_at", "min"),
            last_at=("reported_at", "max"),
            subject=("subject", "first"),
        )
        .reset_index()
        .assign(status="open", is_hub=False)
    )
    return cases[CASES], member[MEMBERS].sort_values(MEMBERS[:2]).reset_index(drop=True)


def _subject(frame: pd.DataFrame, kind: str, probability: pd.Series | float) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "kind": kind,
            "subject": frame["subject"].to_numpy(),
            "incident_id": frame["incident_id"].to_numpy(),
            "probability": probability,
        }
    )


def _matters(incidents: pd.DataFrame, quarrel: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    """The same parties on both sides; else one party, place and kind; else place and kind.

    Of an incident with several pairs of parties the pair that meets most often is its matter,
    so that a third who joined one evening does not split the series.
    """
    left = quarrel[quarrel["role_code"] != "respondent"]
    right = quarrel[quarrel["role_code"].isin(["respondent", "party"])]
    columns = ["incident_id", "entity_id", "probability"]
    pairs = left[columns].merge(right[columns], on="incident_id", suffixes=("", "_other"))
    pairs = pairs[pairs["entity_id"] != pairs["entity_id_other"]]
    low = np.minimum(pairs["entity_id"].to_numpy(object), pairs["entity_id_other"].to_numpy(object))
    high = np.maximum(
        pairs["entity_id"].to_numpy(object), pairs["entity_id_other"].to_numpy(object)
    )
    pairs["subject"] = [f"{a}+{b}" for a, b in zip(low, high, strict=True)]
    pairs["probability"] = pairs["probability"] * pairs["probability_other"]
    pairs = pairs.drop_duplicates(["incident_id", "subject"])
    pairs["often"] = pairs.groupby("subject")["incident_id"].transform("size")
    pairs = pairs.sort_values(["often", "subject"], ascending=[False, True])
    pairs = pairs.drop_duplicates("incident_id")

    hubs = set(places.loc[places["is_hub"], "place_id"])
    fine = set(places.loc[places["grain"].isin(CASE_GRAINS), "place_id"]) - hubs
    alone = incidents[~incidents["incident_id"].isin(pairs["incident_id"])].copy()
    family = alone["category"].str.slice(0, 2).fillna("99")
    place = alone["place_id"].where(alone["place_id"].isin(fine))
    one = quarrel.sort_values(["incident_id", "probability"], ascending=[True, False])
    one = one.drop_duplicates("incident_id").set_index("incident_id")
    party = alone["incident_id"].map(one["entity_id"]).astype("str")
    # Without a party and without a fine place nothing tells one matter from another.
    subject = (party + "+" + place + "+" + family).where(party.notna() & place.notna())
    subject = subject.fillna((place + "+" + family).where(party.isna()))
    subject = subject.fillna(party + "+" + family)
    alone["subject"] = subject.fillna(alone["incident_id"]).astype("str")
    certain = alone["incident_id"].map(one["probability"]).fillna(1.0)
    return pd.concat(
        [
            _subject(pairs, "matter", pairs["probability"].to_numpy()),
            _subject(alone, "matter", certain.to_numpy(float)),
        ]
    )


def _persons(parties: pd.DataFrame) -> pd.DataFrame:
    rows = parties[parties["role_code"].isin(QUARREL) & (parties["entity_type"] == "person")]
    rows = rows.assign(subject=rows["entity_id"])
    return _subject(rows, "person", rows["probability"].to_numpy())


def _organisations(quarrel: pd.DataFrame) -> pd.DataFrame:
    rows = quarrel[
        quarrel["role_code"].isin(["respondent", "party"])
        & (quarrel["entity_type"] == "organisation")
    ]
    rows = rows.assign(subject=rows["entity_id"])
    return _subject(rows, "organisation", rows["probability"].to_numpy())


def _places(incidents: pd.DataFrame, places: pd.DataFrame) -> pd.DataFrame:
    usable = places[places["grain"].isin(CASE_GRAINS) & ~places["is_hub"]]
    rows = incidents[incidents["place_id"].isin(usable["place_id"])]
    rows = rows.assign(subject=rows["place_id"])
    return _subject(rows, "place", 1.0)
