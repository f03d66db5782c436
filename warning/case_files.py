"""What documents tell of each case: masked, and without what the law hides."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import pandas as pd

from warning.case_names import distinct_people, matters_of, organisations_of, places_of
from warning.child_names import CHILD, Called, called_in
from warning.children import (
    children_among,
    compared,
    grown_names,
    nameless_children,
    shown_name,
    without,
    young_names,
)
from warning.escalation.counties import told_counties
from warning.escalation.documents import CaseFile
from warning.masking import (
    SureNames,
    all_names,
    bare_names,
    people_named,
    summary,
    sure_names,
    without_people,
)
from warning.matching.links import Links
from warning.mediation import refused_mediation
from warning.petitions import petitions
from warning.records import PARTY, RECORD
from warning.scoring.history import History
from warning.scoring.tier_reasons import without_complaints
from warning.settings import Settings
from warning.settings.channels import UNKNOWN_CATEGORY
from warning.spelling import name_spans, replaced
from warning.tabular import among_names, distinct_texts
from warning.victims import appearances, guarded, tell_refuge

#: Rows of a case's timeline that a document shows, the latest.
MOST_ROWS = 60
#: What documents say in place of what they must not tell.
VIOLENCE = "（涉家庭暴力，经过不载入文书）"
NOT_TOLD = "（经过不载入文书）"
PETITION = "（信访事项，内容不载入文书）"
#: Beside the channel of a patrol's own find.
FOUND = "（巡查发现）"
SOMEBODY = "当事人"
#: What a timeline asks of a record.
FACTS = ("reported_at", "category_code", "is_complaint", "is_discovered", "settled")


def case_files(
    case_ids: set[str],
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    warnings: pd.DataFrame,
    settings: Settings,
    elsewhere: set[str] | None = None,
    objectors: pd.DataFrame | None = None,
) -> dict[str, CaseFile]:
    """What documents tell of each case; names are masked, and the narratives' too.

    A narrative of domestic violence or of a petition stands in no document: it may tell where a
    victim is, or who complained. Nor does one of another case that names a victim tell a door, or
    anything where one of those of that case tells of a refuge. Children have no name and no school.
    Of a person's case neither petitions nor complaints are told at all, and a petitioner whom
    nobody stands beside is named in none (docs/decisions/060). Organisations and places are named
    where none of that is told by it.

    Args:
        case_ids: the cases.
        records, parties, links, history, warnings: that hold these cases, and others or not.
        settings: the configuration.
        elsewhere: who else must be masked, where ``parties`` are not all of the store's.
        objectors: channel, record_id, name, child of who objected: masked in texts, and listed
            nowhere.
    """
    if not case_ids:
        return {}
    members = links.case_incidents.loc[
        among_names(links.case_incidents["case_id"], case_ids), ["case_id", "incident_id"]
    ]
    facts = history.records[among_names(history.records["incident_id"], members["incident_id"])]
    violent = facts.loc[facts["domestic_violence"].astype(bool), "incident_id"]
    dangerous = set(members.loc[members["incident_id"].isin(violent), "case_id"])
    own = _near(records, facts)
    own = own.assign(petition=petitions(own, _near(parties, facts), settings.escalation))
    rows = (
        members.merge(facts[[*RECORD, "incident_id", *FACTS]], on="incident_id")
        .merge(own[[*RECORD, "narrative", "outcome", "petition"]], on=RECORD)
        .merge(links.cases[["case_id", "kind"]], on="case_id")
        .sort_values(["case_id", "reported_at", *RECORD])
    )
    also = parties.iloc[:0] if objectors is None else objectors
    # Also where the violence was another case's: a victim's new landlord knows her new door.
    hit = history.records["domestic_violence"].astype(bool)
    beaten = among_names(history.records["incident_id"], history.records.loc[hit, "incident_id"])
    people = appearances(rows, links.party_links, links.mentions)
    victims = guarded(
        people,
        history.records.loc[beaten, RECORD],
        parties,
        rows,
        settings,
        also,
    )
    named_in = people_named(_near(parties, facts), _near(links.mentions, facts))
    involved = rows[[*RECORD, "case_id"]].merge(named_in, on=RECORD)
    everybody = sure_names({*all_names(parties, links.mentions), *(elsewhere or ()), *also["name"]})
    young = young_names(
        pd.concat([parties[among_names(parties["name"], involved["name"])], also]), records
    )
    children = children_among([*involved["name"], *also["name"]], young)
    nameless = nameless_children(_near(parties, facts), own)
    with_nameless = set(rows.merge(nameless, on=RECORD)["case_id"])
    grown = grown_names(_near(parties, facts), rows)
    masked_in = pd.concat(
        [involved, rows[[*RECORD, "case_id"]].merge(also[[*RECORD, "name"]], on=RECORD)]
    )
    names = {str(k): sorted(set(v)) for k, v in masked_in.groupby("case_id")["name"]}
    complaints = rows["petition"] | rows["is_complaint"].astype(bool)
    left_out = (rows["kind"] == "person") & complaints
    shown, without_some = rows[~left_out], set(rows.loc[left_out, "case_id"])
    refused = refused_mediation(shown, settings)
    theirs = people.own.merge(shown[[*RECORD, "case_id"]], on=[*RECORD, "case_id"])
    subjects = _subjects(theirs, links, parties, victims.people)
    alone = _alone(shown[[*RECORD, "case_id", "petition"]].merge(named_in, on=RECORD))
    open_rows = shown[~shown["petition"]]
    listed = distinct_people(
        open_rows,
        _near(parties, facts),
        _near(links.party_links, facts),
        _near(links.mentions, facts),
        settings,
    )
    told = {
        str(k): list(zip(v["name"], v["who"], strict=True))
        for k, v in listed[~listed["case_id"].isin(alone)].groupby("case_id")
    }
    # Where a victim has a part, and of a place with petitions, even the name may tell too much.
    hidden = dangerous | {case_id for case_id, _ in victims.doorless | victims.silent}
    about = organisations_of(
        open_rows, _near(parties, facts), _near(links.party_links, facts), links.cases, settings
    )
    petitioned = distinct_texts(rows.loc[rows["petition"], "case_id"])
    cases = links.cases[among_names(links.cases["case_id"], case_ids)].merge(
        warnings[["case_id", "tier", "probability", "reasons"]], on="case_id"
    )
    timelines: dict[str, list[Any]] = defaultdict(list)
    latest = shown.groupby("case_id").tail(MOST_ROWS)
    for event in latest.itertuples():
        timelines[str(event.case_id)].append(event)
    rest = shown.drop(index=latest.index).groupby("case_id")["reported_at"]
    earlier = {str(case_id): tuple(moments) for case_id, moments in rest}
    narratives: dict[str, list[Any]] = defaultdict(list)
    told_of = (rows[name].tolist() for name in ("case_id", "narrative", "reported_at"))
    for case_id, narrative, moment in zip(*told_of, strict=True):
        narratives[case_id].append((narrative, moment))
    finds = shown.loc[shown["is_discovered"].astype(bool), "case_id"].value_counts()
    counties = told_counties(history, links, cases.loc[cases["kind"] != "person", "case_id"])
    taxonomy = settings.channels.taxonomy
    lie_in = places_of(cases[~among_names(cases["case_id"], petitioned)], links.places)
    within = matters_of(cases, links.case_incidents)
    about |= {case_id: [[place]] for case_id, place in lie_in.items()}
    files = {}
    row: Any
    for row in cases.itertuples():
        case_id = str(row.case_id)
        named = names.get(case_id, [])
        whom = bare_names(named)
        called = called_in(
            named,
            children,
            narratives[case_id],
            nameless=case_id in with_nameless,
            grown=grown.get(case_id, {}),
        )
        unnamed = bare_names(alone.get(case_id, ()))
        category = str(row.category)
        if case_id in without_some:
            category = _commonest(str(event.category_code) for event in timelines[case_id])
        hide = partial(_hidden, called=called, whom=whom, everybody=everybody, settings=settings)
        files[case_id] = CaseFile(
            case_id=case_id,
            kind=str(row.kind),
            county_name=settings.escalation.counties.get(str(row.county_code), ""),
            category_name=taxonomy.get(category, ""),
            tier=str(row.tier),
            probability=float(row.probability),
            reasons=without_complaints(str(row.reasons)),
            timeline=tuple(
                (
                    pd.Timestamp(event.reported_at),
                    f"{event.channel}{FOUND if event.is_discovered else ''}",
                    taxonomy.get(str(event.category_code), ""),
                    VIOLENCE
                    if case_id in dangerous
                    else PETITION
                    if event.petition
                    else NOT_TOLD
                    if (case_id, event.incident_id) in victims.silent
                    else summary(
                        victims.text(
                            case_id,
                            event.incident_id,
                            _without_one(
                                without(event.narrative, called.children, called=called), unnamed
                            ),
                        ),
                        whom,
                        everybody,
                    ),
                )
                for event in timelines[case_id]
            ),
            parties=tuple(
                sorted(
                    name
                    for name, _ in {
                        (shown_name(name, called.children), who)
                        for name, who in told.get(case_id, [])
                    }
                )
            ),
            is_domestic_violence=case_id in dangerous,
            finds=int(finds.get(case_id, 0)),
            counties=tuple(
                settings.escalation.counties.get(code, code) for code in counties.get(case_id, ())
            ),
            has_child=bool(called.children) or called.nameless,
            subject=_longest(shown_name(name, called.children) for name in subjects[case_id]),
            earlier=earlier.get(case_id, ()),
            matter=within.get(case_id, ""),
            about=() if case_id in hidden else _shown(about.get(case_id, ()), hide),
            is_mediation_refused=case_id in refused,
        )
    return files


def _alone(named: pd.DataFrame) -> dict[str, list[str]]:
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


def _subjects(
    people: pd.DataFrame, links: Links, parties: pd.DataFrame, victims: frozenset[str]
) -> defaultdict[str, list[str]]:
    """Case of a person → the names of whom it is the case, as its records write them.

    Who may be a victim of domestic violence is pointed out in no document.

    Args:
        people: as of ``Appearances.own``, of the records that documents tell of.
        links, parties: of these records, and of others or not.
        victims: of ``Guarded.people``.
    """
    of_people = links.cases.loc[links.cases["kind"] == "person", ["case_id", "subject"]]
    own = people.merge(of_people, on="case_id")
    own = own[(own["entity_id"] == own["subject"]) & ~own["entity_id"].isin(victims)]
    by_row = own.merge(_near(parties, own)[[*PARTY, "name"]], on=PARTY)
    told = _near(links.mentions, own).rename(columns={"text": "name"})
    by_text = own.merge(told[[*RECORD, "entity_id", "name"]], on=[*RECORD, "entity_id"])
    names = pd.concat([by_row, by_text])[["case_id", "name"]].dropna().drop_duplicates()
    found: defaultdict[str, list[str]] = defaultdict(list)
    for case_id, name in names.itertuples(index=False):
        found[case_id].append(name)
    return found


def _longest(names: Iterable[str]) -> str:
    """The name that tells most, a child's before all; "" of none."""
    return min(names, key=lambda name: (name != CHILD, -len(name), name), default="")


def _commonest(categories: Iterable[str]) -> str:
    """The category that most have, as of a case: 其他 only where none says more; "" of none."""
    counts = Counter(categories)
    return min(counts, key=lambda code: (code == UNKNOWN_CATEGORY, -counts[code], code), default="")


def _without_one(text: Any, names: tuple[str, ...]) -> Any:
    """The text with 当事人 for these names, however they are spelled."""
    if not names or not isinstance(text, str):
        return text
    found = name_spans(text, names)
    return replaced(text, [(start, stop, SOMEBODY) for start, stop, _ in found])


def _shown(several: Iterable[Sequence[str]], hide: Callable[[str], bool]) -> tuple[str, ...]:
    """Of each of several its first name that need not be hidden, if any."""
    firsts = (next((name for name in names if not hide(name)), "") for names in several)
    return tuple(sorted({name for name in firsts if name}))


def _hidden(
    name: str, called: Called, whom: Sequence[str], everybody: SureNames, settings: Settings
) -> bool:
    """Whether a name of an organisation or place tells a person, a refuge or a child's school."""
    told = without_people(without(name, called.children, called=called), whom, everybody)
    return told != name or any(tell_refuge([name], settings))


def _near(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The part of ``frame`` with the record ids of ``rows``: few rows for a join to look through."""
    return frame[among_names(frame["record_id"], rows["record_id"])]
