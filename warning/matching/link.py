"""Linking as a whole: from the canonical tables of one moment to entities, incidents, cases."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from warning.matching.case_identity import stable_cases, subject_merges
from warning.matching.cases import link_cases
from warning.matching.copies import with_copies
from warning.matching.decided import decided, resting_report
from warning.matching.identity import carry_over, previous_of
from warning.matching.incidents import incident_clusters, incident_frame
from warning.matching.kin import kin_entities, kin_facts, named_kin
from warning.matching.linker.linkage import Linkage
from warning.matching.links import Links, Previous, merges_of
from warning.matching.mentions import TOLD, stands_aside, told_parties, with_entities
from warning.matching.named_records import with_named
from warning.matching.organisations import link_organisations, with_organisations
from warning.matching.persons import (
    People,
    blocking_report,
    link_persons,
    standardise_people,
    strongest_links,
)
from warning.matching.places import link_places
from warning.matching.remembering import UNSEALED, Seen, link_changes, memory_of
from warning.matching.standardise.organisations import organisations
from warning.matching.vocabulary import with_codes
from warning.records import PARTY, RECORD
from warning.settings import Settings


def link(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    settings: Settings,
    previous: Previous | None = None,
    *,
    remember: bool = False,
    secret: str = UNSEALED,
) -> Links:
    """Link the records and parties of one moment.

    With a memory in ``previous`` only what is new or changed since the rebuild that left it is
    linked, and what that touches (see :mod:`warning.matching.remembering`); else everything.

    Args:
        records, parties: canonical tables; the caller has left out what was not known yet. A
            column ``version`` of records says that a record changed; without it content is
            compared.
        settings: the configuration.
        previous: what the store knew, so that identities and verdicts hold.
        remember: leave a memory in the result where everything is linked.
        secret: 16 characters, the key of the hashes by which the memory knows numbers; the same
            every time. A memory that leaves the process wants one that nobody knows.

    Returns:
        The frames of :class:`Links`; the order of the rows of the input does not matter.
    """
    if previous is not None and previous.memory:
        changed = link_changes(records, parties, settings, previous, secret)
        if changed is not None:
            return changed
    previous = with_copies(previous, records, parties)
    records = records.sort_values(RECORD).reset_index(drop=True)
    plain, given = records, parties
    records, parties = with_codes(
        records,
        with_organisations(parties.sort_values(PARTY).reset_index(drop=True)),
        settings,
    )
    placed = link_places(
        records,
        settings.matching.places,
        parties,
        previous_links=previous.place_links if previous is not None else None,
        corrected=previous.corrected(records) if previous is not None else None,
        same=decided(previous, "place", records[RECORD], "same"),
        different=decided(previous, "place", records[RECORD], "different"),
    )
    place_links, places = placed.links, placed.places
    told = told_parties(records, parties)
    everyone = pd.concat([parties, told.added]).sort_values(PARTY).reset_index(drop=True)
    who = _entities(records, everyone, place_links, places, settings, previous)
    own = ~who.links["party_no"].str.startswith(TOLD)
    party_links = who.links[own].reset_index(drop=True)
    facts = kin_facts(who.people.frame)
    roles = everyone[[*PARTY, "role_code"]].assign(
        is_hub=who.is_hub, aside=stands_aside(everyone, records, facts)
    )
    named = who.links.merge(roles, on=PARTY)
    asked = told.mentions[told.mentions["kind"] == "kinship"]
    texts = named_kin(told.mentions.merge(who.links[[*PARTY, "entity_id"]], on=PARTY), records)
    meant = kin_entities(asked, named, facts, texts)
    mentions, kin = with_entities(told, who.links, meant)
    acting = pd.concat([named, kin.assign(is_hub=False, aside=False)])
    acting = acting.sort_values(PARTY).reset_index(drop=True)
    naming = with_named(records, records)
    incident_links, incidents, more, lost = _incidents(
        naming.records, acting, place_links, places, settings, previous
    )
    cases, case_incidents = link_cases(
        incident_links,
        incidents,
        acting,
        place_links,
        places,
        settings.matching.cases,
    )
    cases, case_incidents, case_merges = stable_cases(cases, case_incidents, previous, more)
    subjects = pd.concat([who.merges, merges_of("place", placed.merges)])
    case_merges = pd.concat([case_merges, subject_merges(cases, subjects, previous)])
    links = Links(
        party_links=party_links,
        place_links=place_links,
        incident_links=incident_links,
        incidents=incidents,
        cases=cases,
        case_incidents=case_incidents,
        places=places,
        mentions=mentions,
        merges=pd.concat([subjects, more, case_merges], ignore_index=True),
        report={**who.report, **placed.report, **lost, **naming.report, **resting_report(previous)},
        place_names=placed.learned,
    )
    if remember:
        seen = Seen(
            plain, given, records, everyone, who.people, who.found, who.links, acting, placed
        )
        links.memory.update(memory_of(links, seen, settings, previous, secret))
    return links


class _Entities(NamedTuple):
    """Every party row's entity.

    Attributes:
        links: channel, record_id, party_no, entity_id, entity_type, probability, told ones too.
        merges: kind, from_id, into_id.
        report: what blocking did.
        is_hub: of each party row, whether it is an organisation that serves everybody.
        people: the standardised person rows.
        found: their linkage.
    """

    links: pd.DataFrame
    merges: pd.DataFrame
    report: dict[str, int]
    is_hub: "pd.Series[bool]"
    people: People
    found: Linkage


def _entities(
    records: pd.DataFrame, parties: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame,
    settings: Settings, previous: Previous | None,
) -> _Entities:  # fmt: skip
    """Every party row's entity, people and organisations each by their specification."""
    matching = settings.matching
    people = standardise_people(parties, records, place_links, matching.hub_phone_names, places)
    rows = people.frame.index.to_numpy()
    keys = people.frame[PARTY].reset_index(drop=True)
    found = link_persons(
        people,
        matching,
        None,
        decided(previous, "person", keys, "same"),
        decided(previous, "person", keys, "different"),
    )
    named = organisations(parties["organisation"])
    label = pd.Series("r" + parties.index.astype("str"), index=parties.index, dtype="object")
    label.loc[rows] = np.array([f"p{value}" for value in rows[found.cluster]], dtype=object)
    kind = pd.Series("person", index=parties.index, dtype="str")
    probability = pd.Series(1.0, index=parties.index)
    probability.loc[rows] = strongest_links(found.pairs, len(rows))
    is_organisation = named["core"].notna() & ~parties.index.isin(rows)
    kind = kind.mask(is_organisation, "organisation")
    keys = parties.loc[is_organisation, PARTY]
    firms = link_organisations(
        named[is_organisation],
        keys.merge(records[[*RECORD, "county_code"]], on=RECORD, how="left")["county_code"],
        matching,
        decided(previous, "organisation", keys, "same"),
        decided(previous, "organisation", keys, "different"),
    )
    label.loc[is_organisation] = np.array([f"o{value}" for value in firms.label], dtype=object)
    probability.loc[is_organisation] = firms.probability
    frame = parties[PARTY].assign(entity_type=kind, probability=probability)
    moments = parties[RECORD].merge(records[[*RECORD, "reported_at"]], on=RECORD, how="left")
    parts, merges = [], []
    for entity_type, prefix in (("person", "p"), ("organisation", "o")):
        of_kind = (kind == entity_type).to_numpy()
        part = frame[of_kind]
        old = pd.Series(None, index=part.index, dtype="object")
        corrected = None
        if previous is not None:
            old = previous_of(part[PARTY], previous.party_links, "entity_id", prefix)
            corrected = previous.corrected(part)
        ids, merged = carry_over(
            prefix, label[of_kind], part[PARTY], moments["reported_at"][of_kind], old, corrected
        )
        parts.append(part.assign(entity_id=ids))
        merges.append(merges_of(entity_type, merged))
    links = pd.concat(parts).sort_values(PARTY).reset_index(drop=True)
    columns = [*PARTY, "entity_id", "entity_type", "probability"]
    return _Entities(
        links[columns], pd.concat(merges, ignore_index=True), blocking_report(found),
        named["is_public_hub"], people, found,
    )  # fmt: skip


def _incidents(
    records: pd.DataFrame, acting: pd.DataFrame, place_links: pd.DataFrame,
    places: pd.DataFrame, settings: Settings, previous: Previous | None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, int]]:  # fmt: skip
    acting = acting[acting["role_code"] != "handler"]
    position = records[RECORD].assign(row=np.arange(len(records)))
    entities = acting.merge(position, on=RECORD)[["row", "entity_id", "entity_type", "role_code"]]
    entities = entities.assign(entity=pd.factorize(entities["entity_id"])[0])
    cluster, probability, _, lost = incident_clusters(
        records,
        entities,
        place_links,
        places,
        settings.matching,
        decided(previous, "incident", records[RECORD], "same"),
        decided(previous, "incident", records[RECORD], "different"),
    )
    old, corrected = pd.Series(None, index=records.index, dtype="object"), None
    if previous is not None:
        old = previous_of(records[RECORD], previous.incident_links, "incident_id")
        corrected = previous.corrected(records)
    ids, merges = carry_over("i", cluster, records[RECORD], records["reported_at"], old, corrected)
    links = records[RECORD].assign(incident_id=ids, probability=probability)
    frame = incident_frame(records, ids, place_links, places)
    return links, frame, merges_of("incident", merges), lost
