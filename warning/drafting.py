"""What a night drafts: the rules' proposals with their documents, from the store's history."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from warning.escalation import Ledger, propose
from warning.escalation.bundles import carried, cases_of, follow
from warning.escalation.documents import CaseFile, letter_document, task_force_document
from warning.escalation.ladder import due_soon
from warning.escalation.lifecycle import case_states
from warning.masking import bare_names, masked, people_named, summary, sure_names
from warning.matching.links import Links
from warning.matching.vocabulary import with_codes
from warning.scoring import History
from warning.settings import Settings
from warning.store import Store

#: Rows of a case's timeline that a document shows, the latest.
MOST_ROWS = 60
#: What documents say in place of what they must not tell.
VIOLENCE = "（涉家庭暴力，经过不载入文书）"
PETITION = "（信访事项，内容不载入文书）"
CHILD = "未成年人"
ADULT = 18
#: 未出具告诫书 and the like: a warning that was not given.
NOT_WARNED = re.compile(r"(?:未|没有|没|无|不予)[^，。；、\n]{0,4}告诫书")


@dataclass(frozen=True)
class Drafts:
    """New rows of the store's tables, file name → document, and letters to be reminded of."""

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    documents: Mapping[str, bytes]
    reminders: pd.DataFrame


def draft(
    store: Store,
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    warnings: pd.DataFrame,
    settings: Settings,
    as_of: pd.Timestamp,
    *,
    documents: bool = True,
    before: pd.Timestamp | None = None,
) -> Drafts:
    """Propose what the night owes and write its documents.

    Args:
        store: of the ledger so far.
        records, parties, links, history, warnings: of this night.
        settings: the configuration.
        as_of: the night.
        documents: False leaves the documents out (a preview needs none).
        before: the ledger as it stood before this moment; None is all of it.
    """
    ledger = Ledger(store.table("letters"), store.table("transitions"), store.table("task_forces"))
    if before is not None:
        ledger = Ledger(
            ledger.letters[ledger.letters["drafted_at"] < before],
            ledger.transitions[ledger.transitions["at"] < before],
            ledger.task_forces[ledger.task_forces["proposed_at"] < before],
        )
    survivor = _survivors(store, links)
    ledger = Ledger(
        follow(ledger.letters, survivor),
        ledger.transitions,
        ledger.task_forces.assign(case_id=ledger.task_forces["case_id"].replace(survivor)),
    )
    proposals = propose(
        links.cases,
        warnings,
        ledger,
        settings.escalation,
        as_of,
        without_written_warning(records, links, history),
        counties_of(records, links),
    )
    written: dict[str, bytes] = {}
    if documents:
        wanted = {*carried(proposals.letters)["case_id"], *proposals.task_forces["case_id"]}
        files = case_files(wanted, records, parties, links, history, warnings, settings)
        form = settings.file("templates/letter.docx")
        for letter in _rows(proposals.letters):
            first, *others = (files[case_id] for case_id in cases_of(letter))
            written[letter["document"]] = letter_document(letter, first, form, others)
        form = settings.file("templates/plan.docx")
        for force in _rows(proposals.task_forces):
            written[force["document"]] = task_force_document(force, files[force["case_id"]], form)
    near = due_soon(ledger.letters, settings.escalation, as_of)[["letter_id"]]
    return Drafts(proposals.letters, proposals.transitions, proposals.task_forces, written, near)


def without_written_warning(
    records: pd.DataFrame, links: Links, history: History
) -> frozenset[str]:
    """Cases with two incidents of domestic violence or more and no 告诫书 in any record of them.

    Person cases are left out: the matter or the place is written about, not the person.
    """
    key = ["channel", "record_id"]
    violent = history.records.loc[history.records["domestic_violence"].astype(bool), "incident_id"]
    members = links.case_incidents.merge(links.cases[["case_id", "kind"]], on="case_id")
    members = members[(members["kind"] != "person") & members["incident_id"].isin(set(violent))]
    counts = members.groupby("case_id")["incident_id"].nunique()
    repeated = members[members["case_id"].isin(counts.index[counts > 1])]
    if repeated.empty:
        return frozenset()
    linked = repeated.merge(links.incident_links, on="incident_id")
    rows = linked[[*key, "case_id"]].merge(records[[*key, "narrative", "outcome"]], on=key)
    told = rows["narrative"].fillna("") + "\n" + rows["outcome"].fillna("")
    warned = told.str.replace(NOT_WARNED, "", regex=True).str.contains("告诫书", regex=False)
    return frozenset(rows["case_id"]) - frozenset(rows.loc[warned, "case_id"])


def with_states(
    store: Store, links: Links, drafts: Drafts, settings: Settings, as_of: pd.Timestamp
) -> Links:
    """The links with each case's ``status`` by rule: open, or closed; see ``lifecycle``."""
    survivor = _survivors(store, links)
    letters = pd.concat([store.table("letters"), drafts.letters], ignore_index=True)
    forces = store.table("task_forces")
    members = links.case_incidents[["case_id", "incident_id"]].merge(
        links.incidents[["incident_id", "reported_at"]], on="incident_id"
    )
    states = case_states(
        members.rename(columns={"reported_at": "at"}),
        follow(letters, survivor),
        pd.concat([store.table("transitions"), drafts.transitions], ignore_index=True),
        forces.assign(case_id=forces["case_id"].replace(survivor)),
        settings.escalation.closing_quiet_days,
        as_of,
    )
    last = states.drop_duplicates("case_id", keep="last")
    closed = set(last.loc[last["state"] == "closed", "case_id"])
    status = links.cases["status"].mask(links.cases["case_id"].isin(closed), "closed")
    return replace(links, cases=links.cases.assign(status=status))


def counties_of(records: pd.DataFrame, links: Links) -> dict[str, int]:
    """Case → in how many counties it was reported."""
    key = ["channel", "record_id"]
    members = links.case_incidents.merge(links.incident_links, on="incident_id")
    rows = members[[*key, "case_id"]].merge(records[[*key, "county_code"]], on=key)
    counts = rows.groupby("case_id")["county_code"].nunique()
    return {str(case_id): int(count) for case_id, count in counts[counts > 1].items()}


def case_files(
    case_ids: set[str],
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    warnings: pd.DataFrame,
    settings: Settings,
    elsewhere: pd.DataFrame | None = None,
) -> dict[str, CaseFile]:
    """What documents tell of each case; names are masked, and the narratives' too.

    A narrative of domestic violence or of a petition stands in no document: it may tell where a
    victim is, or who complained. Children have no name at all (docs/decisions/060).

    Args:
        case_ids: the cases.
        records, parties, links, history, warnings: that hold these cases, and others or not.
        settings: the configuration.
        elsewhere: column name: who else must be masked, where ``parties`` are not all of the store's.
    """
    key = ["channel", "record_id"]
    coded, _ = with_codes(records, parties, settings.channels)
    members = links.case_incidents[links.case_incidents["case_id"].isin(case_ids)]
    rows = members[["case_id", "incident_id"]].merge(links.incident_links, on="incident_id")
    rows = rows.merge(
        coded[[*key, "reported_at", "category_code", "narrative"]], on=key
    ).sort_values(["case_id", "reported_at", *key])
    named_in = people_named(parties, links.mentions)
    everybody = sure_names(named_in if elsewhere is None else pd.concat([named_in, elsewhere]))
    children = young_names(parties, coded)
    involved = rows[[*key, "case_id"]].merge(named_in, on=key)
    withheld = frozenset(settings.escalation.withheld_channels)
    violent = history.records.loc[history.records["domestic_violence"].astype(bool), "incident_id"]
    dangerous = set(members.loc[members["incident_id"].isin(violent), "case_id"])
    names = {str(k): sorted(set(v)) for k, v in involved.groupby("case_id")["name"]}
    open_rows = involved[~involved["channel"].isin(withheld)]
    told = {str(k): sorted(set(v)) for k, v in open_rows.groupby("case_id")["name"]}
    cases = links.cases[links.cases["case_id"].isin(case_ids)].merge(
        warnings[["case_id", "tier", "probability", "reasons"]], on="case_id"
    )
    timelines: dict[str, list[Any]] = defaultdict(list)
    for event in rows.groupby("case_id").tail(MOST_ROWS).itertuples():
        timelines[str(event.case_id)].append(event)
    taxonomy = settings.channels.taxonomy
    files = {}
    row: Any
    for row in cases.itertuples():
        case_id = str(row.case_id)
        named = names.get(case_id, [])
        whom = bare_names(named)
        young = children.intersection(named)
        files[case_id] = CaseFile(
            case_id=case_id,
            kind=str(row.kind),
            county_name=settings.escalation.counties.get(str(row.county_code), ""),
            category_name=taxonomy.get(str(row.category), ""),
            tier=str(row.tier),
            probability=float(row.probability),
            reasons=str(row.reasons),
            timeline=tuple(
                (
                    pd.Timestamp(event.reported_at),
                    str(event.channel),
                    taxonomy.get(str(event.category_code), ""),
                    VIOLENCE
                    if case_id in dangerous
                    else PETITION
                    if event.channel in withheld
                    else summary(without(event.narrative, young), whom, everybody),
                )
                for event in timelines[case_id]
            ),
            parties=tuple(
                sorted({CHILD if name in young else masked(name) for name in told.get(case_id, [])})
            ),
            is_domestic_violence=case_id in dangerous,
        )
    return files


def young_names(parties: pd.DataFrame, records: pd.DataFrame) -> frozenset[str]:
    """Names, as written, of parties under 18 when it was reported, by age or by ID number.

    Args:
        parties: channel, record_id, name, age, id_number.
        records: channel, record_id, reported_at.
    """
    key = ["channel", "record_id"]
    rows = parties[[*key, "name", "age", "id_number"]].dropna(subset=["name"])
    rows = rows.merge(records[[*key, "reported_at"]], on=key)
    digits = rows["id_number"].astype("str").str.extract(r"^\d{6}(\d{8})\d{3}[\dXx]$")[0]
    born = pd.to_datetime(digits, format="%Y%m%d", errors="coerce")
    of_age = born + pd.DateOffset(years=ADULT)
    young = (pd.to_numeric(rows["age"], errors="coerce") < ADULT) | (of_age > rows["reported_at"])
    return frozenset(rows.loc[young, "name"])


def without(narrative: Any, children: frozenset[str]) -> Any:
    """The narrative with children's names taken out, the longest first."""
    if not isinstance(narrative, str):
        return narrative
    for name in sorted((name for name in children if name in narrative), key=len, reverse=True):
        if len(name) > 1:
            narrative = narrative.replace(name, CHILD)
    return narrative


def _survivors(store: Store, links: Links) -> dict[str, str]:
    """Case → the one it was merged into, of all nights and this one; cases that stand are not."""
    merged = pd.concat([store.table("merges"), links.merges], ignore_index=True)
    parted = merged["from_id"].isin(links.cases["case_id"])
    merged = merged[(merged["kind"] == "case") & ~parted]
    return dict(zip(merged["from_id"], merged["into_id"], strict=True))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
