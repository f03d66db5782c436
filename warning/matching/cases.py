"""Cases: which incidents are the same matter, person, place or organisation again."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from warning.matching.identity import founding_ids
from warning.settings.matching_incidents import CasesSettings

KEY = ["channel", "record_id"]
CASE_COLUMNS = ["case_id", "kind", "county_code", "category", "incident_count", "first_at",
                "last_at", "status", "subject", "is_hub"]  # fmt: skip
LINK_COLUMNS = ["case_id", "incident_id", "probability", "is_primary"]
_SIDES = {"claimant": 1, "respondent": 2}


def link_cases(
    incident_links: pd.DataFrame,
    incidents: pd.DataFrame,
    party_links: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    settings: CasesSettings,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Group incidents into cases of four kinds.

    Every incident is in exactly one matter case, which is its primary one. Two incidents are
    one matter when the same two parties oppose each other in them; an incident that names one
    party only joins, by party, place and family of category, the one matter that fits. A
    person, place or organisation has a case from ``least_incidents`` on.

    Args:
        incident_links, incidents, place_links, places: as in ``Links``.
        party_links: with role_code and is_hub (an organisation that serves everybody: it has no
            case of its own, yet people may quarrel with it).
        settings: roles, grains, the least number of incidents.

    Returns:
        cases and case_incidents as in ``Links``, sorted by key; ids name the founding incident
        of a matter, and the subject of every other kind.
    """
    who = parties_to(incident_links, party_links)
    where = places_of(incident_links, place_links, places, settings)
    series = [part for part in series_of(who, where, settings) if len(part)]
    members = pd.concat([matters_of(incidents, who, where), *series], ignore_index=True)
    return described(members, incidents)


def described(members: pd.DataFrame, incidents: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Cases and case_incidents as in ``Links``, of the members that :func:`describe_cases` takes."""
    links = members.assign(is_primary=members["kind"] == "matter")
    links = links.reindex(columns=LINK_COLUMNS).sort_values(LINK_COLUMNS[:2], ignore_index=True)
    return describe_cases(members, incidents), links


def describe_cases(members: pd.DataFrame, incidents: pd.DataFrame) -> pd.DataFrame:
    """One row a case.

    Args:
        members: case_id, kind, subject, incident_id.
        incidents: as in ``Links``.

    Returns:
        The columns of ``Links.cases``; county and category are those most of the incidents
        have, the first by code where several do.
    """
    columns = ["incident_id", "reported_at", "county_code", "category"]
    joined = members.merge(incidents[columns], on="incident_id")
    grouped = joined.groupby("case_id", sort=True)
    cases = grouped[["kind", "subject"]].first()
    for column in ("county_code", "category"):
        counts = joined.groupby(["case_id", column]).size().reset_index(name="n")
        counts = counts.sort_values(["case_id", "n", column], ascending=[True, False, True])
        cases[column] = counts.drop_duplicates("case_id").set_index("case_id")[column]
    cases["incident_count"] = grouped["incident_id"].nunique().astype("int64")
    cases["first_at"] = grouped["reported_at"].min()
    cases["last_at"] = grouped["reported_at"].max()
    cases["status"], cases["is_hub"] = "open", False
    text = ["case_id", "kind", "county_code", "category", "status", "subject"]
    return cases.reset_index()[CASE_COLUMNS].astype(dict.fromkeys(text, "str"))


def parties_to(incident_links: pd.DataFrame, party_links: pd.DataFrame) -> pd.DataFrame:
    """Incident, entity, type, role, probability: each once, the surest; handlers, witnesses out."""
    taken = party_links[party_links["role_code"].isin(["reporter", "party", *_SIDES])]
    joined = taken.merge(incident_links[[*KEY, "incident_id"]], on=KEY)
    key = ["incident_id", "entity_id", "role_code"]
    joined = joined.sort_values([*key, "probability"], ascending=[True, True, True, False])
    return joined.drop_duplicates(key)[[*key, "entity_type", "is_hub", "probability"]]


def places_of(
    incident_links: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame,
    settings: CasesSettings,
) -> pd.DataFrame:  # fmt: skip
    """Incident, place, probability of fine places that are no hubs, each once."""
    hubs = places.loc[places["is_hub"].astype(bool), "place_id"]
    fine = place_links[
        place_links["grain"].isin(settings.place_grains) & ~place_links["place_id"].isin(hubs)
    ]
    joined = fine.merge(incident_links[[*KEY, "incident_id"]], on=KEY)
    surest = joined.groupby(["incident_id", "place_id"], sort=True)["probability"].max()
    return surest.reset_index()


def matters_of(incidents: pd.DataFrame, who: pd.DataFrame, where: pd.DataFrame) -> pd.DataFrame:
    """case_id, kind, subject, incident_id, probability: one row an incident."""
    size = len(incidents)
    at = pd.Index(incidents["incident_id"])
    quarrel = _quarrelling(who)
    pairs = _opposed(quarrel)
    pair_row, pair_code, pair_name = _coded(at, pairs)
    label = _components(size, pair_row, pair_code)
    paired = np.zeros(size, bool)
    paired[pair_row] = True

    single = quarrel.merge(where, on="incident_id", suffixes=("", "_place"))
    single = single.merge(incidents[["incident_id", "category"]], on="incident_id")
    single["subject"] = (
        single["entity_id"] + "+" + single["place_id"] + "+" + single["category"].str.slice(0, 2)
    )
    single["probability"] *= single["probability_place"]
    row, code, name = _coded(at, single)
    # A key that several matters of known pairs have tells nothing; one that one has, joins it.
    lone = ~paired[row]
    matter = pd.Series(label[row]).where(~lone)
    fits = matter.groupby(code).agg(["nunique", "min"])
    free_row, free_code = row[lone], code[lone]
    alone = _components(size, free_row, free_code)
    offset = size
    label = np.where(paired, label, alone + offset)
    target = fits.loc[fits["nunique"] == 1, "min"]
    reach = pd.DataFrame({"group": label[free_row], "matter": pd.Series(free_code).map(target)})
    met = reach.dropna().groupby("group")["matter"].agg(["nunique", "min"])
    moved = pd.Series(label).map(met.loc[met["nunique"] == 1, "min"])
    label = moved.fillna(pd.Series(label)).to_numpy(np.int64)

    best = np.zeros(size)
    np.maximum.at(best, pair_row, pairs["probability"].to_numpy())
    np.maximum.at(best, free_row, single["probability"].to_numpy()[lone])
    table = pd.DataFrame({"incident_id": at, "label": label, "reported": incidents["reported_at"]})
    named = [(pair_row, pair_code, pair_name), (free_row, free_code, name[lone])]
    table["own"] = _first_name(size, named)
    table["own"] = table["own"].where(table["own"].notna(), table["incident_id"])
    count = table.groupby("label")["label"].transform("size").to_numpy()
    table["probability"] = np.where((count > 1) & (best > 0), best, 1.0)
    table = table.sort_values(["reported", "incident_id"])
    first = table.drop_duplicates("label").set_index("label")
    ids = founding_ids("c", pd.DataFrame({"incident": first["incident_id"]}))
    table["case_id"], table["kind"] = table["label"].map(ids), "matter"
    table["subject"] = table["label"].map(first["own"])
    return table[["case_id", "kind", "subject", "incident_id", "probability"]]


def _first_name(
    size: int,
    named: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.object_]]],
) -> npt.NDArray[np.object_]:
    """What names each incident: the first source that has a name, of its names the smallest.

    Args:
        size: incidents.
        named: a source each: incident, code of the name (in the order of names), name.
    """
    result = np.full(size, None, dtype=object)
    for rows, codes, names in reversed(named):
        order = np.lexsort((codes, rows))
        first = order[np.flatnonzero(np.diff(rows[order], prepend=-1))]
        result[rows[first]] = names[first]
    return result


def _quarrelling(who: pd.DataFrame) -> pd.DataFrame:
    """The parties to the quarrel, with their side; a caller is one only where he can be.

    A reporter is a party where no claimant and at most one other party is named.
    """
    side = who["role_code"].map(_SIDES).fillna(0).astype("int64")
    caller = who["role_code"] == "reporter"
    others = who[~caller].groupby("incident_id")["entity_id"].nunique()
    told = who["incident_id"].map(others).fillna(0)
    asked = who["incident_id"].isin(who.loc[who["role_code"] == "claimant", "incident_id"])
    table = who.assign(side=side.where(~caller, 1))
    table = table[~caller | ((told < 2) & ~asked)]
    table = table.sort_values(["incident_id", "entity_id", "side"], ascending=[True, True, False])
    return table.drop_duplicates(["incident_id", "entity_id"])


def _opposed(quarrel: pd.DataFrame) -> pd.DataFrame:
    """incident_id, subject (two entity ids), probability of every pair that can be opposed."""
    both = quarrel.merge(quarrel, on="incident_id", suffixes=("", "_other"))
    both = both[both["entity_id"] < both["entity_id_other"]]
    both = both[(both["side"] != both["side_other"]) | (both["side"] == 0)]
    return pd.DataFrame(
        {
            "incident_id": both["incident_id"],
            "subject": both["entity_id"] + "+" + both["entity_id_other"],
            "probability": both["probability"] * both["probability_other"],
        }
    )


def _coded(
    at: pd.Index, pairs: pd.DataFrame
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    row = at.get_indexer(pd.Index(pairs["incident_id"])).astype(np.int64)
    code = pd.factorize(pairs["subject"], sort=True)[0].astype(np.int64)
    return row, code, pairs["subject"].to_numpy(dtype=object)


def _components(
    size: int, row: npt.NDArray[np.int64], code: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Rows that share a code, directly or through others, get one label."""
    keys = int(code.max()) + 1 if len(code) else 0
    shape = (size + keys, size + keys)
    graph = coo_matrix((np.ones(len(row)), (row, code + size)), shape=shape)
    labels: npt.NDArray[np.int32] = connected_components(graph, directed=False)[1]
    return labels[:size].astype(np.int64)


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
