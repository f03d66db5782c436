"""What documents tell of each case: masked, and without what the law hides."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from warning.case_names import (
    distinct_people,
    fullest,
    lone_petitioners,
    matters_of,
    organisations_of,
    places_of,
    subjects_of,
)
from warning.document_masks import DocumentMask, DocumentMasks
from warning.escalation.case_file import CaseFile
from warning.escalation.counties import told_counties
from warning.escalation.deadlines import day
from warning.masking import all_names, people_named, sure_names
from warning.matching.links import Links
from warning.matching.organisations import with_organisations
from warning.matching.standardise.organisations import surely_one
from warning.matching.standardise.wording import run_together
from warning.mediation import refused_mediation
from warning.petitions import petitions
from warning.records import RECORD
from warning.scoring.facts import words_found
from warning.scoring.history import History
from warning.scoring.home_violence import home_violence
from warning.scoring.tier_reasons import without_complaints
from warning.scoring.told_late import happened
from warning.settings import Settings
from warning.settings.channels import UNKNOWN_CATEGORY
from warning.tabular import among_names, distinct_texts
from warning.victims import Appearances, Guarded, appearances, guarded, tell_refuge

#: Rows of a case's timeline that a document shows, the latest.
MOST_ROWS = 60
#: What documents say in place of what they must not tell.
VIOLENCE = "（涉家庭暴力，经过不载入文书）"
NOT_TOLD = "（经过不载入文书）"
PETITION = "（信访事项，内容不载入文书）"
#: Words of risk that tell of harm in a family quarrel.
HARM = ("violence", "threat", "injury", "weapon")
#: Beside the channel of a patrol's own find.
FOUND = "（巡查发现）"
#: Beside the channel of what was told long after it happened.
REPORTED = "（{}报告）"
#: What is asked of a record's facts.
FACTS = ("reported_at", "category_code", "is_complaint", "is_discovered", "settled",
         "domestic_violence", "warned")  # fmt: skip


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
    also = parties.iloc[:0] if objectors is None else objectors
    rows = _rows(case_ids, records, parties, links, history, settings)
    shown = rows[~rows["left_out"]]
    own, mentions = with_organisations(_near(parties, rows)), _near(links.mentions, rows)
    people = appearances(rows, links.party_links, links.mentions)
    victims = _victims(people, rows, parties, history, settings, also)
    named = rows[[*RECORD, "case_id", "petition", "left_out"]].merge(
        people_named(own, mentions), on=RECORD
    )
    names = {*all_names(parties, links.mentions), *(elsewhere or ()), *also["name"]}
    firms = {name for name in distinct_texts(own["organisation"]) if surely_one(name)}
    everybody = sure_names(names - firms)
    masks = DocumentMasks(rows, named, records, parties, everybody, also)
    alone = lone_petitioners(named[~named["left_out"]])
    told = _told(shown, own, links.party_links, mentions, settings)
    hidden = victims.silent | untold(rows, settings)
    part = people.own.merge(shown[[*RECORD, "case_id"]], on=[*RECORD, "case_id"])
    subjects = subjects_of(part, links.cases, own, mentions, victims.people)
    cases = links.cases[among_names(links.cases["case_id"], case_ids)].merge(
        warnings[["case_id", "tier", "probability", "reasons"]], on="case_id"
    )
    about = _about(rows, cases, own, links, settings)
    violent = distinct_texts(rows.loc[rows["domestic_violence"], "case_id"])
    warned = distinct_texts(rows.loc[rows["warned"], "case_id"])
    # Where a victim has a part even the name of an organisation, place or county may tell too much.
    unplaced = violent | victims.cases
    refused = refused_mediation(shown, settings)
    within = matters_of(cases, links.case_incidents)
    open_cases = cases.loc[cases["kind"] != "person", "case_id"]
    counties = told_counties(history, links, open_cases[~among_names(open_cases, unplaced)])
    county_names, taxonomy = settings.escalation.counties, settings.channels.taxonomy
    categories = _categories(cases, rows)
    events: dict[str, list[Any]] = {
        str(case_id): list(theirs.itertuples()) for case_id, theirs in shown.groupby("case_id")
    }
    files = {}
    row: Any
    for row in cases.itertuples():
        case_id = str(row.case_id)
        mask = masks.of(case_id, alone.get(case_id, ()))
        reports = events.get(case_id, [])
        earlier, latest = reports[:-MOST_ROWS], reports[-MOST_ROWS:]
        files[case_id] = CaseFile(
            case_id=case_id,
            kind=str(row.kind),
            county_name=county_names.get(str(row.county_code), ""),
            category_name=taxonomy.get(categories[case_id], ""),
            tier=str(row.tier),
            probability=float(row.probability),
            reasons=without_complaints(str(row.reasons)),
            timeline=tuple(
                (
                    pd.Timestamp(event.at),
                    _channel(event),
                    taxonomy.get(str(event.category_code), ""),
                    VIOLENCE
                    if case_id in violent
                    else _summary(event, case_id, mask, victims, hidden),
                )
                for event in latest
            ),
            parties=() if case_id in alone else mask.names(told.get(case_id, ())),
            is_domestic_violence=case_id in violent,
            finds=sum(bool(event.is_discovered) for event in reports),
            counties=tuple(county_names.get(code, code) for code in counties.get(case_id, ())),
            has_child=mask.has_child,
            subject=fullest(map(mask.name, subjects.get(case_id, ()))),
            earlier=tuple(event.at for event in earlier),
            matter=within.get(case_id, ""),
            about=() if case_id in unplaced else _named(about.get(case_id, ()), mask, settings),
            is_mediation_refused=case_id in refused,
            late=sum(event.at != event.reported_at for event in reports),
            category=row.category if isinstance(row.category, str) else "",
            county_code=row.county_code if isinstance(row.county_code, str) else "",
            beside=counties.get(case_id, ()),
            is_warned=case_id in warned,
        )
    return files


def with_victims(
    case_ids: set[str],
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    settings: Settings,
    objectors: pd.DataFrame | None = None,
) -> frozenset[str]:
    """Those of the cases in which somebody has a part who may be a victim of violence elsewhere.

    Args:
        case_ids: the cases.
        records, parties, links, history, settings, objectors: as of :func:`case_files`.
    """
    if not case_ids:
        return frozenset()
    also = parties.iloc[:0] if objectors is None else objectors
    rows = _rows(case_ids, records, parties, links, history, settings)
    people = appearances(rows, links.party_links, links.mentions)
    return _victims(people, rows, parties, history, settings, also).cases


def untold(rows: pd.DataFrame, settings: Settings) -> frozenset[tuple[str, str]]:
    """case_id and incident_id of family quarrels whose texts are told nowhere: to be on the safe side.

    Where a text of a family quarrel has a word of harm and one of partners, that may be violence
    which no pattern reads: no text of such a case is told. Nor is any that tells of a refuge.

    Args:
        rows: case_id, incident_id, category_code, narrative of the cases' records.
        settings: words, and the categories of domestic violence, of whose kind family quarrels are.
    """
    kinds = {code[:2] for code in settings.scoring.domestic_violence_categories}
    own = rows[rows["category_code"].astype("str").str[:2].isin(kinds)]
    texts, words = own["narrative"].fillna("").astype("str"), settings.scoring.words
    found, reader = words_found(texts, words), home_violence(words)
    harm = np.logical_or.reduce([found[group] for group in HARM])
    harm[harm] = [reader.names_partners(run_together(text)) for text in texts[harm]]
    near = rows[among_names(rows["case_id"], own["case_id"][harm])]
    fled = own[np.array(tell_refuge(texts, settings), bool)]
    both = pd.concat([near, fled])
    return frozenset(zip(both["case_id"], both["incident_id"], strict=True))


def _victims(
    people: Appearances,
    rows: pd.DataFrame,
    parties: pd.DataFrame,
    history: History,
    settings: Settings,
    objectors: pd.DataFrame,
) -> Guarded:
    """Victims in the cases of the rows, also where the violence was another case's.

    A victim's new landlord knows her new door.
    """
    return guarded(people, _violent(history.records), parties, rows, settings, objectors)


def _rows(
    case_ids: set[str],
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    settings: Settings,
) -> pd.DataFrame:
    """The records of the cases, by case and time.

    Returns:
        case_id, kind, incident_id, channel, record_id, at (of :func:`happened`), :data:`FACTS`,
        narrative, outcome, petition, left_out: of a person's case petitions and complaints, which
        its documents do not tell.
    """
    members = links.case_incidents.loc[
        among_names(links.case_incidents["case_id"], case_ids), ["case_id", "incident_id"]
    ]
    facts = history.records[among_names(history.records["incident_id"], members["incident_id"])]
    facts = facts.assign(at=happened(facts, history.late_days))
    own = _near(records, facts)
    own = own.assign(petition=petitions(own, _near(parties, facts), settings.escalation))
    rows = (
        members.merge(facts[[*RECORD, "incident_id", "at", *FACTS]], on="incident_id")
        .merge(own[[*RECORD, "narrative", "outcome", "petition"]], on=RECORD)
        .merge(links.cases[["case_id", "kind"]], on="case_id")
        .sort_values(["case_id", "at", *RECORD])
        .astype({"domestic_violence": bool, "is_complaint": bool, "warned": bool})
    )
    complaint = rows["petition"] | rows["is_complaint"]
    return rows.assign(left_out=(rows["kind"] == "person") & complaint)


def _violent(records: pd.DataFrame) -> pd.DataFrame:
    """The keys of the records of all incidents of domestic violence."""
    hit = records["domestic_violence"].astype(bool)
    violent = among_names(records["incident_id"], records.loc[hit, "incident_id"])
    return records.loc[violent, RECORD]


def _told(
    shown: pd.DataFrame,
    parties: pd.DataFrame,
    party_links: pd.DataFrame,
    mentions: pd.DataFrame,
    settings: Settings,
) -> dict[str, list[tuple[str, str]]]:
    """Case → whom documents list: name as written, and what is one for all names of a person."""
    open_rows = shown[~shown["petition"]]
    people = distinct_people(open_rows, parties, _near(party_links, shown), mentions, settings)
    return {
        str(case_id): list(zip(own["name"], own["who"], strict=True))
        for case_id, own in people.groupby("case_id")
    }


def _about(
    rows: pd.DataFrame,
    cases: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    settings: Settings,
) -> dict[str, list[list[str]]]:
    """Case → its organisations, or the place that it lies in, each by its names.

    A place of which there are petitions is not named.
    """
    open_rows = rows[~rows["left_out"] & ~rows["petition"]]
    about = organisations_of(
        open_rows, parties, _near(links.party_links, rows), links.cases, settings
    )
    petitioned = distinct_texts(rows.loc[rows["petition"], "case_id"])
    places = places_of(cases[~among_names(cases["case_id"], petitioned)], links.places)
    return about | {case_id: [[place]] for case_id, place in places.items()}


def _categories(cases: pd.DataFrame, rows: pd.DataFrame) -> dict[str, str]:
    """Case → its category; where reports are left out, the commonest of the others."""
    found = dict(zip(cases["case_id"], cases["category"].astype("str"), strict=True))
    without_some = rows.loc[rows["left_out"], "case_id"]
    shown = rows[~rows["left_out"] & among_names(rows["case_id"], without_some)]
    found |= dict.fromkeys(without_some, "")
    for case_id, own in shown.groupby("case_id"):
        found[str(case_id)] = _commonest(own["category_code"].astype("str"))
    return found


def _commonest(categories: Iterable[str]) -> str:
    """The category that most have, as of a case: 其他 only where none says more."""
    counts = Counter(categories)
    return min(counts, key=lambda code: (code == UNKNOWN_CATEGORY, -counts[code], code))


def _channel(event: Any) -> str:
    """The channel of a report, whether a patrol found it, and when it was told if that was late."""
    late = REPORTED.format(day(event.reported_at)) if event.at != event.reported_at else ""
    return f"{event.channel}{FOUND if event.is_discovered else ''}{late}"


def _summary(
    event: Any,
    case_id: str,
    mask: DocumentMask,
    victims: Guarded,
    hidden: frozenset[tuple[str, str]],
) -> str:
    """What a document tells of a report of a case without violence."""
    if event.petition:
        return PETITION
    if (case_id, event.incident_id) in hidden:
        return NOT_TOLD
    return mask.summary(victims.text(case_id, event.incident_id, mask.text(event.narrative)))


def _named(
    several: Iterable[Sequence[str]], mask: DocumentMask, settings: Settings
) -> tuple[str, ...]:
    """Of each of several organisations or places its first name that tells nobody and no refuge."""
    shown = (
        next((n for n in names if not (mask.tells(n) or any(tell_refuge([n], settings)))), "")
        for names in several
    )
    return tuple(sorted({name for name in shown if name}))


def _near(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The part of ``frame`` with the record ids of ``rows``: few rows for a join to look through."""
    return frame[among_names(frame["record_id"], rows["record_id"])]
