"""Whom and what documents name: people behind a mask, organisations, places, other cases."""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from warning.child_names import CHILD
from warning.children import compared
from warning.digits import without_doors
from warning.matching.standardise.names import names as standard_names
from warning.matching.standardise.organisations import (
    may_be_a_person_s,
    names_nobody,
    organisations,
)
from warning.matching.vocabulary import with_roles
from warning.records import PARTY, RECORD
from warning.settings import Settings
from warning.spelling import bare_name
from warning.tabular import among_names

#: Grains of places that a document names; a finer one tells a door.
SHOWN_GRAINS = ("compound", "village")


def distinct_people(
    rows: pd.DataFrame,
    parties: pd.DataFrame,
    party_links: pd.DataFrame,
    mentions: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """Everybody whom the records of cases name, by a row or in the text.

    Args:
        rows: case_id, channel, record_id.
        parties: channel, record_id, party_no, role, name; of these records, and of others or not.
        party_links, mentions: as of :class:`warning.matching.links.Links`, likewise.
        settings: the words of roles.

    Returns:
        case_id, name (as written), who: one for all names that linking took for one person; whom it
        does not know, who handles the case, and whom only its texts tell by a whole name (a child is
        an entity of each report that names it) is known by the name.
    """
    columns = [*RECORD, "name", "entity_id"]
    roles = with_roles(parties[[*PARTY, "role"]], settings.channels)["role_code"]
    linked = party_links.merge(parties.loc[roles != "handler", PARTY], on=PARTY)
    own = parties[[*PARTY, "name"]].merge(linked[[*PARTY, "entity_id"]], on=PARTY, how="left")
    told = mentions[mentions["kind"] == "person"].rename(columns={"text": "name"})
    named = pd.concat([own[columns], told[columns]]).dropna(subset=["name"])
    named = rows[["case_id", *RECORD]].merge(named, on=RECORD)
    only_told = ~among_names(named["entity_id"], linked["entity_id"])
    named = named.assign(bare=named["name"].map(bare_name), only_told=only_told)
    same = ["case_id", "bare"]
    known = named.dropna(subset=["entity_id"]).sort_values("only_told", kind="stable")
    known = known.drop_duplicates(same)[[*same, "entity_id"]]
    named = named.merge(known.rename(columns={"entity_id": "who"}), on=same, how="left")
    by_name = named["only_told"] & ~standard_names(named["name"])["is_mask"].eq(True)
    who = named["entity_id"].mask(by_name).fillna(named["who"]).fillna(named["bare"])
    return named.assign(who=who)[["case_id", "name", "who"]].drop_duplicates()


def organisations_of(
    rows: pd.DataFrame,
    parties: pd.DataFrame,
    party_links: pd.DataFrame,
    cases: pd.DataFrame,
    settings: Settings,
) -> dict[str, list[list[str]]]:
    """Case → the organisations that it is about, each by its names, the commonest first.

    That is what a case of an organisation is of, and against whom a matter is. A name that names
    nobody, or may be a person's (王志平理发店), is left out.

    Args:
        rows: case_id, channel, record_id.
        parties: channel, record_id, party_no, role, organisation; of these records, and of others
            or not.
        party_links: as of :class:`warning.matching.links.Links`, likewise.
        cases: case_id, kind, subject.
        settings: the words of roles, and the roles that make a case of an organisation.
    """
    roles = with_roles(parties[[*PARTY, "role"]], settings.channels)["role_code"]
    accused = parties[roles.isin(settings.matching.cases.organisation_roles)]
    bodies = party_links[party_links["entity_type"] == "organisation"]
    told = accused[[*PARTY, "organisation"]].merge(bodies[[*PARTY, "entity_id"]], on=PARTY)
    told = rows[["case_id", *RECORD]].merge(told, on=RECORD)
    told = told.merge(cases[["case_id", "kind", "subject"]], on="case_id")
    own = (told["kind"] == "organisation") & (told["entity_id"] == told["subject"])
    told = told[own | (told["kind"] == "matter")]
    told = told.assign(text=organisations(told["organisation"])["name"]).dropna(subset=["text"])
    counts = told.groupby(["case_id", "entity_id", "text"]).size().rename("times").reset_index()
    counts = counts.assign(length=counts["text"].str.len()).sort_values(
        ["case_id", "entity_id", "times", "length", "text"],
        ascending=[True, True, False, False, True],
    )
    found: dict[str, list[list[str]]] = {}
    for (case_id, _), names in counts.groupby(["case_id", "entity_id"])["text"]:
        shown = [one for one in names if not names_nobody(one) and not may_be_a_person_s(one)]
        found.setdefault(str(case_id), []).append(shown)
    return found


def places_of(cases: pd.DataFrame, places: pd.DataFrame) -> dict[str, str]:
    """Case of a place → the compound or village that it lies in, if any; never a door.

    Args:
        cases: case_id, kind, subject.
        places: place_id, grain, parent_id, text: of these, and what they lie in.
    """
    known = _above(places, cases.loc[cases["kind"] == "place", "subject"])
    found = {}
    for case_id, subject in cases.loc[cases["kind"] == "place", ["case_id", "subject"]].itertuples(
        index=False
    ):
        place, passed = known.get(subject), {subject}
        while place is not None and place["grain"] not in SHOWN_GRAINS:
            above = place["parent_id"]
            place = None if above in passed else known.get(above)
            passed.add(above)
        # A place that an analyst parted from its namesake has a record's key behind its name.
        text = "" if place is None else str(place["text"]).partition(" (")[0]
        if text and without_doors(text) == text:
            found[str(case_id)] = text
    return found


def _above(places: pd.DataFrame, wanted: "pd.Series[str]") -> dict[str, dict[str, str]]:
    """The wanted places and all that they lie in: place_id → grain, parent_id, text."""
    found: dict[str, dict[str, str]] = {}
    while len(wanted):
        own = places[among_names(places["place_id"], wanted)].set_index("place_id")
        for place_id, *told in own[["grain", "parent_id", "text"]].itertuples():
            found[place_id] = dict(zip(("grain", "parent_id", "text"), told, strict=True))
        wanted = own["parent_id"].dropna()
        wanted = wanted[~wanted.isin([*found])]
    return found


def matters_of(cases: pd.DataFrame, case_incidents: pd.DataFrame) -> dict[str, str]:
    """Case of a person, place or organisation → the matter that all its incidents are of, if any.

    Args:
        cases: case_id, kind.
        case_incidents: case_id, incident_id, is_primary: theirs, and those of the matters of these
            incidents.
    """
    members = case_incidents[["case_id", "incident_id"]]
    primary = case_incidents["is_primary"].astype(bool)
    series = cases.loc[cases["kind"] != "matter", "case_id"]
    own = members[among_names(members["case_id"], series)]
    whose = members[primary & among_names(members["incident_id"], own["incident_id"])]
    whose = whose.rename(columns={"case_id": "matter"})
    own = own.merge(whose, on="incident_id", how="left").fillna({"matter": ""})
    matters = own.groupby("case_id")["matter"].agg(["nunique", "first"])
    one = matters.loc[(matters["nunique"] == 1) & (matters["first"] != ""), "first"]
    return {str(case_id): str(matter) for case_id, matter in one.items()}


def same_of(
    cases: pd.DataFrame, case_incidents: pd.DataFrame, party_links: pd.DataFrame
) -> dict[str, str]:
    """Case of a place or organisation → the first with the very same incidents, where that is another.

    An organisation comes before a place, one that a row of a party gives before one that only texts
    tell of (a document names no such one), then by id.

    Args:
        cases: case_id, kind, subject.
        case_incidents: case_id, incident_id: theirs, and of others or not.
        party_links: entity_id: of these incidents' records, and of others or not.
    """
    members = _of_series(cases, case_incidents)
    only_told = ~among_names(members["subject"], party_links["entity_id"])
    order = ["kind", "only_told", "case_id"]  # "organisation" comes before "place"
    grouped = members.assign(only_told=only_told).groupby(order)
    own = grouped["incident_id"].agg(frozenset).reset_index()
    first: dict[frozenset[str], str] = {}
    found = {}
    for case_id, incidents in zip(own["case_id"], own["incident_id"], strict=True):
        same = first.setdefault(incidents, str(case_id))
        if same != case_id:
            found[str(case_id)] = same
    return found


def organisations_around(
    cases: pd.DataFrame, case_incidents: pd.DataFrame
) -> dict[str, frozenset[str]]:
    """Case of a place or organisation → those of organisations with all of its incidents and more.

    Args:
        cases: case_id, kind.
        case_incidents: case_id, incident_id: theirs, and of others or not.
    """
    members = _of_series(cases, case_incidents)
    members["size"] = members.groupby("case_id")["incident_id"].transform("size")
    around = members[members["kind"] == "organisation"]
    both = members.merge(around, on="incident_id", suffixes=("", "_around"))
    pair = ["case_id", "case_id_around"]
    shared = both.groupby(pair)["incident_id"].transform("size")
    whole = both[(shared == both["size"]) & (both["size"] < both["size_around"])]
    others = whole.groupby("case_id")["case_id_around"].agg(frozenset)
    return {str(case_id): own for case_id, own in others.items()}


def _of_series(cases: pd.DataFrame, case_incidents: pd.DataFrame) -> pd.DataFrame:
    """The incidents of the cases of places and organisations: case_id, incident_id, kind, subject."""
    columns = ["case_id", "kind", "subject"]
    series = cases.loc[cases["kind"].isin(("place", "organisation")), columns]
    own = among_names(case_incidents["case_id"], series["case_id"])
    return case_incidents.loc[own, ["case_id", "incident_id"]].merge(series, on="case_id")


def lone_petitioners(named: pd.DataFrame) -> dict[str, list[str]]:
    """The cases that name one person alone whom a petition names, too → that person's names.

    Beside the petition the name would tell who made it.

    Args:
        named: case_id, name, petition: of everybody whom a record of the case names.

    Returns:
        Case → names as written.
    """
    own = named[~named["petition"]]
    told = {str(k): sorted(set(v)) for k, v in own.groupby("case_id")["name"]}
    beside = named[named["petition"] & among_names(named["case_id"], own["case_id"])]
    near = among_names(own["case_id"], beside["case_id"])
    whole = compared([*own.loc[near, "name"], *beside["name"]])
    petitioners = beside["name"].map(whole).groupby(beside["case_id"]).agg(set)
    alone = {}
    for case_id, theirs in petitioners.items():
        people = {whole[name] for name in told[str(case_id)]}
        if len(people) == 1 and people <= theirs:
            alone[str(case_id)] = told[str(case_id)]
    return alone


def subjects_of(
    people: pd.DataFrame,
    cases: pd.DataFrame,
    parties: pd.DataFrame,
    mentions: pd.DataFrame,
    victims: frozenset[str],
) -> defaultdict[str, list[str]]:
    """Case of a person → the names of whom it is the case, as its records write them.

    Who may be a victim of domestic violence is pointed out in no document.

    Args:
        people: as of ``Appearances.own``, of the records that documents tell of.
        cases: case_id, kind, subject.
        parties, mentions: of these records, and of others or not.
        victims: of ``Guarded.people``.
    """
    of_people = cases.loc[cases["kind"] == "person", ["case_id", "subject"]]
    own = people.merge(of_people, on="case_id")
    own = own[(own["entity_id"] == own["subject"]) & ~own["entity_id"].isin(victims)]
    by_row = own.merge(parties[[*PARTY, "name"]], on=PARTY)
    told = mentions[mentions["kind"] == "person"].rename(columns={"text": "name"})
    by_text = own.merge(told[[*RECORD, "entity_id", "name"]], on=[*RECORD, "entity_id"])
    names = pd.concat([by_row, by_text])[["case_id", "name"]].dropna().drop_duplicates()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for case_id, name in names.itertuples(index=False):
        found[case_id].append(name)
    return found


def fullest(names: Iterable[str]) -> str:
    """The name that tells most, a child's before all; "" of none."""
    return min(names, key=lambda name: (name != CHILD, -len(name), name), default="")
