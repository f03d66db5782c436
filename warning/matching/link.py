"""Linking as a whole: from the canonical tables of one moment to entities, incidents, cases."""

import numpy as np
import pandas as pd

from warning.matching.cases import link_cases
from warning.matching.identity import carry_over, previous_of
from warning.matching.incidents import incident_clusters, incident_frame
from warning.matching.links import Links, Previous
from warning.matching.mentions import TOLD, told_parties, with_entities
from warning.matching.organisations import link_organisations
from warning.matching.persons import link_people, standardise_people
from warning.matching.places import link_places
from warning.matching.standardise.organisations import organisations
from warning.matching.vocabulary import with_codes
from warning.settings import Settings

RECORD = ["channel", "record_id"]
PARTY = ["channel", "record_id", "party_no"]


def link(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    settings: Settings,
    previous: Previous | None = None,
) -> Links:
    """Link the records and parties of one moment.

    Args:
        records, parties: canonical tables; the caller has left out what was not known yet.
        settings: the configuration.
        previous: what the store knew, so that identities and verdicts hold.

    Returns:
        The frames of :class:`Links`; the order of the rows of the input does not matter.
    """
    records, parties = with_codes(
        records.sort_values(RECORD).reset_index(drop=True),
        parties.sort_values(PARTY).reset_index(drop=True),
        settings.channels,
    )
    placed = link_places(
        records,
        settings.matching.places,
        parties,
        previous_links=previous.place_links if previous is not None else None,
        same=decided(previous, "place", records[RECORD], "same"),
        different=decided(previous, "place", records[RECORD], "different"),
    )
    place_links, places = placed.links, placed.places
    told = told_parties(records, parties)
    everyone = pd.concat([parties, told.added]).sort_values(PARTY).reset_index(drop=True)
    all_links, merges, report, hub = _entities(
        records, everyone, place_links, places, settings, previous
    )
    party_links = all_links[~all_links["party_no"].str.startswith(TOLD)].reset_index(drop=True)
    mentions, kin = with_entities(told, all_links, parties[[*PARTY, "role_code"]])
    roles = everyone[[*PARTY, "role_code"]].assign(is_hub=hub)
    acting = pd.concat([all_links.merge(roles, on=PARTY), kin.assign(is_hub=False)])
    acting = acting.sort_values(PARTY).reset_index(drop=True)
    incident_links, incidents, more, lost = _incidents(
        records, acting, place_links, places, settings, previous
    )
    cases, case_incidents = link_cases(
        incident_links,
        incidents,
        acting,
        place_links,
        places,
        settings.matching.cases,
    )
    cases, case_incidents, case_merges = _stable_cases(cases, case_incidents, previous)
    subjects = pd.concat([merges, _merges("place", placed.merges)])
    case_merges = pd.concat([case_merges, _subject_merges(cases, subjects, previous)])
    return Links(
        party_links=party_links,
        place_links=place_links,
        incident_links=incident_links,
        incidents=incidents,
        cases=cases,
        case_incidents=case_incidents,
        places=places,
        mentions=mentions,
        merges=pd.concat(
            [merges, _merges("place", placed.merges), more, case_merges], ignore_index=True
        ),
        report={**report, **placed.report, **lost},
        place_names=placed.learned,
    )


def decided(
    previous: Previous | None, kind: str, keys: pd.DataFrame, verdict: str
) -> set[tuple[int, int]]:
    """Pairs of row positions with this last verdict of an analyst."""
    if previous is None or previous.verdicts.empty:
        return set()
    verdicts = previous.verdicts[previous.verdicts["kind"] == kind].sort_values("at")
    verdicts = verdicts.drop_duplicates(["left", "right"], keep="last")
    verdicts = verdicts[verdicts["verdict"] == verdict]
    rows = keys.astype("str").itertuples(index=False)
    position = {"|".join(key): row for row, key in enumerate(rows)}
    pairs = set()
    for left, right in zip(verdicts["left"], verdicts["right"], strict=True):
        if left in position and right in position:
            pairs.add((min(position[left], position[right]), max(position[left], position[right])))
    return pairs


def _merges(kind: str, merges: pd.DataFrame) -> pd.DataFrame:
    return merges.assign(kind=kind)[["kind", "from_id", "into_id"]]


def _entities(
    records: pd.DataFrame, parties: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame,
    settings: Settings, previous: Previous | None,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int], pd.Series]:  # fmt: skip
    """Every party row's entity, people and organisations each by their specification."""
    matching = settings.matching
    people = standardise_people(parties, records, place_links, matching.hub_phone_names, places)
    rows = people.frame.index.to_numpy()
    keys = people.frame[PARTY].reset_index(drop=True)
    cluster, strongest, _, report = link_people(
        people,
        matching,
        decided(previous, "person", keys, "same"),
        decided(previous, "person", keys, "different"),
    )
    named = organisations(parties["organisation"])
    label = pd.Series("r" + parties.index.astype("str"), index=parties.index, dtype="object")
    label.loc[rows] = np.array([f"p{value}" for value in rows[cluster]], dtype=object)
    kind = pd.Series("person", index=parties.index, dtype="str")
    probability = pd.Series(1.0, index=parties.index)
    probability.loc[rows] = strongest
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
        old = (
            previous_of(part[PARTY], previous.party_links, "entity_id")
            if previous is not None
            else pd.Series(None, index=part.index, dtype="object")
        )
        old = old.where(old.astype("str").str.startswith(f"{prefix}-"), None)
        ids, merged = carry_over(
            prefix, label[of_kind], part[PARTY], moments["reported_at"][of_kind], old
        )
        parts.append(part.assign(entity_id=ids))
        merges.append(_merges(entity_type, merged))
    links = pd.concat(parts).sort_values(PARTY).reset_index(drop=True)
    columns = [*PARTY, "entity_id", "entity_type", "probability"]
    return links[columns], pd.concat(merges, ignore_index=True), report, named["is_public_hub"]


def _incidents(
    records: pd.DataFrame, acting: pd.DataFrame, place_links: pd.DataFrame,
    places: pd.DataFrame, settings: Settings, previous: Previous | None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, dict[str, int]]:  # fmt: skip
    acting = acting[acting["role_code"] != "handler"]
    position = records[RECORD].assign(row=np.arange(len(records)))
    entities = acting.merge(position, on=RECORD)[["row", "entity_id"]]
    entities = entities.assign(entity=pd.factorize(entities["entity_id"])[0])[["row", "entity"]]
    cluster, probability, _, lost = incident_clusters(
        records,
        entities,
        place_links,
        places,
        settings.matching,
        decided(previous, "incident", records[RECORD], "same"),
        decided(previous, "incident", records[RECORD], "different"),
    )
    old = (
        previous_of(records[RECORD], previous.incident_links, "incident_id")
        if previous is not None
        else pd.Series(None, index=records.index, dtype="object")
    )
    ids, merges = carry_over("i", cluster, records[RECORD], records["reported_at"], old)
    links = records[RECORD].assign(incident_id=ids, probability=probability)
    frame = incident_frame(records, ids, place_links)
    return links, frame, _merges("incident", merges), lost


def _stable_cases(
    cases: pd.DataFrame, members: pd.DataFrame, previous: Previous | None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Keep the id that a case had: by its subject, else by the incidents it holds.

    Entities keep their ids, so a case's subject, and with it its id, changes only where two of
    its subjects became one; then the incidents say which case it was.
    """
    nothing = pd.DataFrame({"kind": [], "from_id": [], "into_id": []}, dtype="str")
    if previous is None or previous.cases.empty:
        return cases, members, nothing
    before = previous.case_incidents.merge(
        previous.cases[["case_id", "kind", "first_at"]], on="case_id"
    )
    now = members.merge(cases[["case_id", "kind"]], on="case_id")
    met = now.merge(before, on=["incident_id", "kind"], suffixes=("", "_old"))
    met = met[~met["case_id_old"].isin(cases["case_id"])]
    met = met[met["kind"] == "matter"]
    share = met.groupby(["case_id_old", "case_id"]).size().rename("shared").reset_index()
    share = share.sort_values(["case_id_old", "shared", "case_id"], ascending=[True, False, True])
    gone = share.drop_duplicates("case_id_old").merge(
        previous.cases[["case_id", "first_at"]], left_on="case_id_old", right_on="case_id",
        suffixes=("", "_was"),
    )  # fmt: skip
    known = set(previous.cases["case_id"])
    gone = gone.sort_values(["case_id", "first_at", "case_id_old"])
    new_name = gone[~gone["case_id"].isin(known)].drop_duplicates("case_id")
    renamed = dict(zip(new_name["case_id"], new_name["case_id_old"], strict=True))
    into = gone["case_id"].map(lambda name: renamed.get(name, name))
    merged = gone["case_id_old"] != into
    merges = pd.DataFrame(
        {"kind": "case", "from_id": gone["case_id_old"][merged], "into_id": into[merged]}
    )
    cases = cases.assign(case_id=cases["case_id"].replace(renamed)).sort_values("case_id")
    members = members.assign(case_id=members["case_id"].replace(renamed))
    return (
        cases.reset_index(drop=True),
        members.sort_values(["case_id", "incident_id"]).reset_index(drop=True),
        merges.astype("str"),
    )


def _subject_merges(
    cases: pd.DataFrame, subjects: pd.DataFrame, previous: Previous | None
) -> pd.DataFrame:
    """Cases of a person, place or organisation that is another one now: which case they became.

    Args:
        cases: tonight's.
        subjects: from_id, into_id of people, organisations and places.
        previous: what the store knew.
    """
    if previous is None or previous.cases.empty:
        return _merges("case", pd.DataFrame({"from_id": [], "into_id": []}, dtype="str"))
    into = subjects.drop_duplicates("from_id").set_index("from_id")["into_id"]
    gone = previous.cases[
        (previous.cases["kind"] != "matter") & ~previous.cases["case_id"].isin(cases["case_id"])
    ]
    gone = gone.assign(subject=gone["subject"].map(into)).dropna(subset=["subject"])
    both = gone.merge(cases, on=["kind", "subject"], suffixes=("", "_now"))
    merges = both.rename(columns={"case_id": "from_id", "case_id_now": "into_id"})
    return _merges("case", merges[["from_id", "into_id"]].astype("str"))
