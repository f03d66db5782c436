"""Cases: which incidents are the same matter, person, place or organisation again."""

import pandas as pd

from warning.matching.identity import founding_ids
from warning.matching.matters import RESPONDENT, SIDES, matters_of
from warning.records import RECORD
from warning.settings.channels import NO_DISPUTE, UNKNOWN_CATEGORY
from warning.settings.matching_incidents import CasesSettings
from warning.tabular import among_names

CASE_COLUMNS = ["case_id", "kind", "county_code", "category", "incident_count", "first_at",
                "last_at", "status", "subject", "is_hub"]  # fmt: skip
LINK_COLUMNS = ["case_id", "incident_id", "probability", "is_primary"]


def link_cases(
    incident_links: pd.DataFrame,
    incidents: pd.DataFrame,
    party_links: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    settings: CasesSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Group incidents into cases of four kinds.

    Every incident that tells of a quarrel is in exactly one matter case, which is its primary one
    (:func:`~warning.matching.matters.matters_of`); others are in no case. A person, place or organisation has a case
    from ``least_incidents`` on.

    Args:
        incident_links, incidents, place_links, places: as in ``Links``.
        party_links: with role_code, is_hub (an organisation that serves everybody: it has no
            case of its own, yet people may quarrel with it) and aside (who takes no caller's part).
        settings: roles, grains, the least number of incidents.

    Returns:
        cases and case_incidents as in ``Links``, sorted by key; ids name the founding incident
        of a matter, and the subject of every other kind.
    """
    incident_links, incidents = of_quarrels(incident_links, incidents)
    who = with_times(parties_to(incident_links, party_links))
    where = places_of(incident_links, place_links, places, settings)
    series = [part for part in series_of(who, where, settings) if len(part)]
    asking = asking_of(incident_links, party_links)
    matters = matters_of(incidents, who, asking, where, settings)
    members = pd.concat([matters, *series], ignore_index=True)
    return described(members, incidents)


def of_quarrels(
    incident_links: pd.DataFrame, incidents: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The same without the incidents whose records all tell of no quarrel (praise, a wrong number)."""
    quiet = (incidents["category"] == NO_DISPUTE).to_numpy(bool)
    if not quiet.any():
        return incident_links, incidents
    theirs = among_names(incident_links["incident_id"], incidents.loc[quiet, "incident_id"])
    return incident_links[~theirs], incidents[~quiet].reset_index(drop=True)


def described(members: pd.DataFrame, incidents: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and case_incidents as in ``Links``, of the members that :func:`describe_cases` takes."""
    links = members.assign(is_primary=members["kind"] == "matter").astype(
        {
            "case_id": "str",
            "incident_id": "str",
            "probability": "float64",
        }  # also where there is none
    )
    links = links.reindex(columns=LINK_COLUMNS).sort_values(LINK_COLUMNS[:2], ignore_index=True)
    return describe_cases(members, incidents), links


def describe_cases(members: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """One row a case.

    Args:
        members: case_id, kind, subject, incident_id.
        incidents: as in ``Links``.

    Returns:
        The columns of ``Links.cases``; county and category are those most of the incidents
        have, the first by code where several do; 其他 (99) only where no incident says more.
    """
    columns = ["incident_id", "reported_at", "county_code", "category"]
    joined = members.merge(incidents[columns], on="incident_id")
    grouped = joined.groupby("case_id", sort=True)
    cases = grouped[["kind", "subject"]].first()
    for column in ("county_code", "category"):
        counts = joined.groupby(["case_id", column]).size().reset_index(name="n")
        counts["silent"] = (counts[column] == UNKNOWN_CATEGORY) & (column == "category")
        by = ["case_id", "silent", "n", column]
        counts = counts.sort_values(by, ascending=[True, True, False, True])
        cases[column] = counts.drop_duplicates("case_id").set_index("case_id")[column]
    cases["incident_count"] = grouped["incident_id"].nunique().astype("int64")
    cases["first_at"] = grouped["reported_at"].min()
    cases["last_at"] = grouped["reported_at"].max()
    cases["status"], cases["is_hub"] = "open", False
    text = ["case_id", "kind", "county_code", "category", "status", "subject"]
    return cases.reset_index()[CASE_COLUMNS].astype(dict.fromkeys(text, "str"))


def parties_to(incident_links: pd.DataFrame, party_links: pd.DataFrame) -> pd.DataFrame:
    """Incident, entity, type, role, aside, probability: each once, the surest; handlers, witnesses out."""
    taken = party_links[party_links["role_code"].isin(["reporter", "party", *SIDES])]
    joined = taken.merge(incident_links[[*RECORD, "incident_id"]], on=RECORD)
    key = ["incident_id", "entity_id", "role_code"]
    joined["aside"] = joined["aside"].groupby([joined[name] for name in key]).transform("min")
    joined = joined.sort_values([*key, "probability"], ascending=[True, True, True, False])
    return joined.drop_duplicates(key)[[*key, "entity_type", "is_hub", "aside", "probability"]]


def asking_of(incident_links: pd.DataFrame, party_links: pd.DataFrame) -> pd.DataFrame:
    """Who asks of whom in one report, of those of whom another report of the incident asks.

    Returns:
        incident_id, entity_id (who calls or claims), entity_id_other (a respondent): each once.
    """
    near = among_names(party_links["record_id"], incident_links["record_id"])
    party_links = party_links[near]
    side = party_links["role_code"].map(SIDES)
    asks = (side != RESPONDENT) & (side.notna() | (party_links["role_code"] == "reporter"))
    incident = incident_links[[*RECORD, "incident_id"]]
    callers, asked = (
        party_links.loc[rows, [*RECORD, "entity_id"]].merge(incident, on=RECORD)
        for rows in (asks, side == RESPONDENT)
    )
    key = ["incident_id", "entity_id"]
    callers = callers.merge(asked[key].drop_duplicates(), on=key)
    pairs = callers.merge(asked, on=[*RECORD, "incident_id"], suffixes=("", "_other"))
    pairs = pairs[pairs["entity_id"] != pairs["entity_id_other"]]
    return pairs[[*key, "entity_id_other"]].drop_duplicates()


def with_times(who: pd.DataFrame, everywhere: pd.DataFrame | None = None) -> pd.DataFrame:
    """The parties with ``times``: in how many incidents the entity stands.

    Args:
        who: as of :func:`parties_to`.
        everywhere: the same of all incidents of these entities, where ``who`` are not all.
    """
    all_of = who if everywhere is None else everywhere
    seen = all_of.drop_duplicates(["incident_id", "entity_id"])["entity_id"].value_counts()
    return who.assign(times=who["entity_id"].map(seen).astype("int64"))


def places_of(
    incident_links: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame,
    settings: CasesSettings,
) -> pd.DataFrame:  # fmt: skip
    """Incident, place, probability of fine places that are no hubs, each once."""
    hubs = places.loc[places["is_hub"].astype(bool), "place_id"]
    fine = place_links[
        place_links["grain"].isin(settings.place_grains) & ~place_links["place_id"].isin(hubs)
    ]
    joined = fine.merge(incident_links[[*RECORD, "incident_id"]], on=RECORD)
    surest = joined.groupby(["incident_id", "place_id"], sort=True)["probability"].max()
    return surest.reset_index()


def series_of(
    who: pd.DataFrame, where: pd.DataFrame, settings: CasesSettings
) -> list[pd.DataFrame]:
    """Members of person, place and organisation cases."""
    person = who[(who["entity_type"] == "person") & who["role_code"].isin(settings.person_roles)]
    body = who[
        (who["entity_type"] == "organisation")
        & who["role_code"].isin(settings.organisation_roles)
        & ~who["is_hub"].astype(bool)
    ]
    parts = []
    for kind, frame, column in (
        ("person", person, "entity_id"),
        ("place", where, "place_id"),
        ("organisation", body, "entity_id"),
    ):
        once = frame.groupby([column, "incident_id"], sort=True)["probability"].max().reset_index()
        count = once.groupby(column)["incident_id"].transform("size")
        once = once[count >= settings.least_incidents].rename(columns={column: "subject"})
        once = once.assign(kind=kind)
        subjects = once[["kind", "subject"]].drop_duplicates().set_index("subject", drop=False)
        once["case_id"] = once["subject"].map(founding_ids("c", subjects)).astype("str")
        parts.append(once[["case_id", "kind", "subject", "incident_id", "probability"]])
    return parts
