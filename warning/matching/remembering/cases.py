"""Cases of a night: matters and series that changed incidents stand in; all others stay."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from warning.matching.cases import (
    asking_of,
    described,
    of_quarrels,
    parties_to,
    places_of,
    series_of,
    with_times,
)
from warning.matching.identity import founding_ids
from warning.matching.linker.clustering import components
from warning.matching.matters import matters_of
from warning.matching.remembering.memory import key_hashes
from warning.records import RECORD
from warning.settings.matching_incidents import CasesSettings
from warning.tabular import among_names

#: A place counts as an entity that incidents share.
_WHAT = {"place_id": "entity_id"}


class Recased(NamedTuple):
    """What of the cases is other than remembered.

    Attributes:
        cases, case_incidents: as of ``Links``, the changed ones.
        gone: ids of remembered cases that they replace.
    """

    cases: pd.DataFrame
    case_incidents: pd.DataFrame
    gone: set[str]


class Changes(NamedTuple):
    """What happened since the rebuild.

    Attributes:
        incidents: ids of incidents with other records, parties or places.
        dissolved: ids of remembered incidents that are no more.
        subjects: people, organisations and places with other incidents.
    """

    incidents: set[str]
    dissolved: set[str]
    subjects: set[str]


def relink_cases(
    changes: Changes,
    incident_links: pd.DataFrame,
    incidents: pd.DataFrame,
    acting: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    cases: pd.DataFrame,
    case_incidents: pd.DataFrame,
    settings: CasesSettings,
) -> Recased:
    """The cases that changed incidents, people and places stand in.

    Args:
        changes: since the rebuild.
        incident_links, incidents, acting, place_links, places: of this night, all of them.
        cases, case_incidents: of the rebuild.
        settings: of cases.
    """
    incident_links, incidents = of_quarrels(incident_links, incidents)
    # Whoever stands in one incident or in two: there his part may weigh more or less than before.
    subjects = _parties_of(changes.subjects, incident_links, acting)
    times = subjects.groupby("entity_id")["incident_id"].transform("nunique")
    changed = changes.incidents | set(subjects.loc[times <= 2, "incident_id"])
    own = incident_links[among_names(incident_links["incident_id"], changed)]
    beside = parties_to(own, acting)
    reached = _reached(own, beside, incident_links, acting, place_links, settings.busy)
    matters = case_incidents[case_incidents["is_primary"].astype(bool)]
    touched = matters.loc[
        among_names(matters["incident_id"], changed | changes.dissolved), "case_id"
    ].unique()
    held = matters.loc[among_names(matters["case_id"], touched), "incident_id"]
    free = (set(held) - changes.dissolved) | changed
    looked = free | set(reached)
    part = incident_links[among_names(incident_links["incident_id"], looked)]
    table = incidents[among_names(incidents["incident_id"], looked)]
    who, where = parties_to(part, acting), places_of(part, place_links, places, settings)
    who = with_times(who, _parties_of(who["entity_id"], incident_links, acting))
    found = matters_of(table.reset_index(drop=True), who, asking_of(part, acting), where, settings)
    members, gone = _joined(found, free, matters, cases, incidents)
    series = _series(changes, incident_links, acting, place_links, places, settings)
    everything = pd.concat([members, *[one for one in series if len(one)]], ignore_index=True)
    gone |= set(touched)
    gone |= set(cases.loc[(cases["kind"] != "matter") & among_names(cases["subject"], changes.subjects),
                          "case_id"])  # fmt: skip
    needed = incidents[among_names(incidents["incident_id"], everything["incident_id"])]
    return Recased(*described(everything, needed), gone)


def _parties_of(
    entities: Iterable[str], incident_links: pd.DataFrame, acting: pd.DataFrame
) -> pd.DataFrame:
    """All incidents of some entities, as of ``parties_to``."""
    theirs = acting[among_names(acting["entity_id"], entities)]
    part = incident_links[among_names(incident_links["record_id"], theirs["record_id"])]
    return parties_to(part, theirs)


def _reached(
    own: pd.DataFrame, beside: pd.DataFrame, incident_links: pd.DataFrame, acting: pd.DataFrame,
    place_links: pd.DataFrame, busy: int,
) -> pd.Series:  # fmt: skip
    """Incidents that can be one matter with changed ones: they share a person, or an organisation
    and a place or person.

    Args:
        own: incident_links of the changed incidents.
        beside: their parties, as of ``parties_to``.
        incident_links, acting, place_links: of this night, all of them.
        busy: who stands in more records is looked through beside a second one only.
    """
    quiet = beside[~beside["is_hub"].astype(bool)]
    hubs = beside.loc[beside["is_hub"].astype(bool), "incident_id"]
    theirs = acting[among_names(acting["entity_id"], quiet["entity_id"])]
    there = place_links[among_names(place_links["record_id"], own["record_id"])]
    there = there.merge(own[[*RECORD, "incident_id"]], on=RECORD)
    stood = place_links[among_names(place_links["place_id"], there["place_id"])]
    told = pd.concat([quiet[["incident_id", "entity_id"]], there.rename(columns=_WHAT)])
    told = told[["incident_id", "entity_id"]].drop_duplicates()
    told["has_hub"] = among_names(told["incident_id"], hubs)
    told["incident"] = pd.factorize(told["incident_id"])[0]
    rows = pd.concat([theirs, stood.rename(columns=_WHAT)])[[*RECORD, "entity_id", "entity_type"]]
    rows["record"] = pd.factorize(key_hashes(rows, RECORD))[0]
    rows = rows.drop_duplicates(["record", "entity_id"])
    times = rows.groupby("entity_id")["record"].transform("size")
    rows["is_person"] = (rows["entity_type"] == "person") & (times <= busy)
    beside_hub = among_names(rows["entity_id"], told.loc[told["has_hub"], "entity_id"])
    near = rows.duplicated("record", keep=False) | beside_hub | rows["is_person"]
    met = rows[near].merge(told, on="entity_id")
    # Of a hub only the incidents of the other party are looked through: he alone is enough there.
    enough = met.duplicated(["record", "incident"], keep=False) | met["has_hub"] | met["is_person"]
    records = met.loc[enough, RECORD].drop_duplicates()
    part = incident_links[among_names(incident_links["record_id"], records["record_id"])]
    return part.merge(records, on=RECORD)["incident_id"].drop_duplicates()


def _joined(
    found: pd.DataFrame, free: set[str], matters: pd.DataFrame, cases: pd.DataFrame,
    incidents: pd.DataFrame,
) -> tuple[pd.DataFrame, set[str]]:  # fmt: skip
    """The matters that free incidents stand in, with the remembered ones they meet, whole.

    Args:
        found: matters of the incidents looked at; those not free may be seen in part only.
        free: incidents that stand wherever the evidence says.
        matters, cases: remembered; the matter of an incident that is not free stays one.
        incidents: of this night.
    """
    found = found.astype({"case_id": "str", "subject": "str", "incident_id": "str"})
    is_free = among_names(found["incident_id"], free)
    context = found[~is_free].merge(
        matters[["case_id", "incident_id"]], on="incident_id", suffixes=("", "_known")
    )
    nodes, names = pd.factorize(
        pd.concat([found["case_id"], context["case_id_known"]], ignore_index=True)
    )
    size = len(names)
    left = pd.Index(names).get_indexer(context["case_id"])
    right = pd.Index(names).get_indexer(context["case_id_known"])
    group = components(size, left, right)
    own = found.assign(group=group[nodes[: len(found)]])
    live = own.loc[is_free, "group"].unique()
    met = pd.DataFrame({"case_id": names, "group": group})
    met = met[met["case_id"].isin(context["case_id_known"]) & met["group"].isin(live)]
    kept = matters.loc[
        among_names(matters["case_id"], met["case_id"]), ["case_id", "incident_id", "probability"]
    ]
    kept = kept.merge(met, on="case_id").merge(cases[["case_id", "subject"]], on="case_id")
    mine = own[is_free]
    columns = ["group", "subject", "incident_id", "probability"]
    members = pd.concat([mine[columns], kept[columns]], ignore_index=True)
    reported = incidents.loc[
        among_names(incidents["incident_id"], members["incident_id"]),
        ["incident_id", "reported_at"],
    ]
    members = members.merge(reported, on="incident_id").drop_duplicates(["group", "incident_id"])
    members = members.sort_values(["reported_at", "incident_id"])
    first = members.drop_duplicates("group").set_index("group")
    ids = founding_ids("c", pd.DataFrame({"incident": first["incident_id"]}))
    members["case_id"], members["kind"] = members["group"].map(ids), "matter"
    members["case_id"] = members["case_id"].astype("str")
    members["subject"] = members["group"].map(first["subject"]).astype("str")
    return (
        members[["case_id", "kind", "subject", "incident_id", "probability"]],
        set(kept["case_id"].unique()),
    )


def _series(
    changes: Changes, incident_links: pd.DataFrame, acting: pd.DataFrame,
    place_links: pd.DataFrame, places: pd.DataFrame, settings: CasesSettings,
) -> list[pd.DataFrame]:  # fmt: skip
    """Series of the people, organisations and places whose incidents changed."""
    subjects = changes.subjects
    mine = acting[among_names(acting["entity_id"], subjects)]
    there = place_links[among_names(place_links["place_id"], subjects)]
    wanted = np.unique(np.concatenate(
        [mine["record_id"].to_numpy(dtype=object), there["record_id"].to_numpy(dtype=object)]
    ))  # fmt: skip
    part = incident_links[among_names(incident_links["record_id"], wanted)]
    who = parties_to(part, mine)
    where = places_of(part, there, places, settings)
    return series_of(who, where, settings)
