"""What a night drafts: the rules' proposals with their documents, from the store's history."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from warning.case_files import case_files, with_victims
from warning.case_names import matters_of, organisations_around, same_of
from warning.escalation.bundles import (
    CASE_MERGES,
    carried,
    cases_of,
    follow,
    followed,
    merged_into,
    moved_between,
)
from warning.escalation.counties import counties_of, told_counties
from warning.escalation.documents import letter_document, task_force_document, with_milestones
from warning.escalation.finds import last_reported, only_found, without_finds
from warning.escalation.ladder import due_soon, letters_before
from warning.escalation.lifecycle import case_states
from warning.escalation.past import OPEN
from warning.escalation.renamed import NO_STEP, of_no_step
from warning.escalation.rules import Ledger, propose
from warning.escalation.task_forces import forces_before, ledger_of
from warning.escalation.undated import undated, with_dates
from warning.matching.links import Links
from warning.matching.settlements import settling
from warning.patches import Patch
from warning.records import RECORD
from warning.scoring.history import History
from warning.settings import Settings
from warning.store import Store
from warning.tabular import among_names, distinct_texts, rows_of

#: In a run's counts: the moment of :func:`decided_until` when the night was drafted.
DECIDED_UNTIL = "decided_until"


@dataclass(frozen=True)
class Drafts:
    """New rows of the store's tables, file name → document, and letters to be reminded of.

    Attributes:
        ended, dated, dated_forces: of :class:`warning.escalation.rules.Proposals`.
    """

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    documents: Mapping[str, bytes]
    reminders: pd.DataFrame
    ended: pd.DataFrame
    dated: pd.DataFrame
    dated_forces: pd.DataFrame


def standing_ledger(
    store: Store,
    links: Links,
    before: pd.Timestamp | None = None,
    decided: pd.Timestamp | None = None,
) -> Ledger:
    """Letters and task forces so far, each with the case that the one it was drafted for is now.

    Args:
        store: of the ledger.
        links: of this night, whose merges are not in the store yet.
        before: the ledger as it stood before the night of this moment; None is all of it.
        decided: of :func:`decided_until`: what officers did by then that night knew, too.
    """
    stands = store.standing()
    ledger = Ledger(stands.letters, stands.transitions, stands.task_forces, stands.mark)
    if before is not None:
        letters, steps = letters_before(ledger.letters, ledger.transitions, before, decided)
        forces = forces_before(ledger.task_forces, before, decided)
        ledger = replace(ledger, letters=letters, transitions=steps, task_forces=forces)
    merges = pd.concat([store.rows("merges", "kind", CASE_MERGES), links.merges], ignore_index=True)
    merged = merged_into(merges, links.cases["case_id"])
    forces, letters = ledger.task_forces, follow(ledger.letters, merged)
    lay = ledger.letters
    if before is not None:  # they lie by now where that night laid them
        nobody = links.cases["case_id"].iloc[:0]
        lay = follow(lay, merged_into(merges[merges["as_of"] < before], nobody))
    return replace(
        ledger,
        letters=letters,
        moved=moved_between(lay, letters),
        task_forces=forces.assign(case_id=followed(forces["drafted_for"], merged)),
    )


def decided_until(ledger: Ledger) -> str | None:
    """When officers last did something that the ledger tells of, as ISO; None: never."""
    steps = ledger.transitions
    moments = steps.loc[steps["officer"] != "", "at"].tolist()
    for content in ledger.task_forces["content"]:
        entries = ledger_of({"content": content})
        moments += [pd.Timestamp(entry["at"]) for entry in entries if entry["officer"]]
    return max(moments).isoformat() if moments else None


def draft(
    ledger: Ledger,
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    history: History,
    warnings: pd.DataFrame,
    settings: Settings,
    as_of: pd.Timestamp,
    *,
    objectors: pd.DataFrame | None = None,
    documents: bool = True,
) -> Drafts:
    """Propose what the night owes and write its documents.

    Args:
        ledger: of :func:`standing_ledger`.
        records, parties, links, history, warnings: of this night.
        settings: the configuration.
        as_of: the night.
        objectors: of :meth:`warning.store.Store.withheld`.
        documents: False leaves the documents out (a preview needs none).
    """
    opened = carried(ledger.letters[ledger.letters["status"].isin(OPEN)])["case_id"]
    written_of = (warnings["tier"] != "none") | among_names(warnings["case_id"], opened)
    written_about = warnings.loc[written_of, "case_id"]
    written_about = written_about[~among_names(written_about, _people(links.cases))]
    planned = links.cases[
        among_names(links.cases["case_id"], {*written_about, *ledger.task_forces["case_id"]})
    ]
    copied = told_counties(history, links, written_about)
    hidden = with_victims(set(copied), records, parties, links, history, settings, objectors)
    settled = _settled(records, links, warnings.loc[written_of, "case_id"], settings)
    proposals = propose(
        last_reported(links.cases, links, history, settled),
        warnings,
        ledger,
        settings.escalation,
        as_of,
        without_written_warning(history, written_about),
        counties_of(without_finds(history), links, written_about),
        copied={case_id: own for case_id, own in copied.items() if case_id not in hidden},
        violence=settings.scoring.domestic_violence_categories,
        violent=violent_cases(history, warnings.loc[written_of, "case_id"]),
        within={
            **same_of(planned, links.case_incidents, links.party_links),
            **matters_of(planned, links.case_incidents),
        },
        around=organisations_around(planned, links.case_incidents),
    )
    written: dict[str, bytes] = {}
    if documents:
        wanted = {*carried(proposals.letters)["case_id"], *proposals.task_forces["case_id"]}
        files = case_files(
            wanted, records, parties, links, history, warnings, settings, objectors=objectors
        )
        form = settings.file("templates/letter.docx")
        for letter in rows_of(proposals.letters):
            first, *others = (files[case_id] for case_id in cases_of(letter))
            written[letter["document"]] = letter_document(letter, first, form, others)
        form = settings.file("templates/plan.docx")
        for force in rows_of(proposals.task_forces):
            written[force["document"]] = task_force_document(force, files[force["case_id"]], form)
    sent = with_dates(ledger.letters, proposals.dated)
    near = due_soon(sent, settings.escalation, as_of)[["letter_id"]]
    new = proposals.letters, proposals.transitions, proposals.task_forces
    return Drafts(*new, written, near, proposals.ended, proposals.dated, proposals.dated_forces)


def dated_plans(store: Store, forces: pd.DataFrame) -> dict[str, bytes]:
    """File name → plan with the days that its milestones have now, where it is still kept.

    Args:
        store: of the plans.
        forces: document, content; of :attr:`Drafts.dated_forces`.
    """
    days = {
        row["document"]: row["content"]["milestones"]
        for row in rows_of(forces)
        if isinstance(row["document"], str)
    }
    plans = {name: store.document(name) for name in days}
    return {
        name: with_milestones(plan, days[name]) for name, plan in plans.items() if plan is not None
    }


def _settled(
    records: pd.DataFrame, links: Links, case_ids: pd.Series, settings: Settings
) -> pd.Series:
    """The incidents of these cases that only tell of a settlement or a call back."""
    members = links.case_incidents
    theirs = members.loc[among_names(members["case_id"], case_ids), "incident_id"]
    near = links.incident_links[among_names(links.incident_links["incident_id"], theirs)]
    told = records[among_names(records["record_id"], near["record_id"])]
    told = told.merge(near[[*RECORD, "incident_id"]], on=RECORD)
    return settling(told, settings.channels.no_dispute.settled_before)


def _people(cases: pd.DataFrame) -> pd.Series:
    """Person cases: the matter or the place is written about, not the person."""
    return cases.loc[cases["kind"] == "person", "case_id"]


def without_written_warning(history: History, case_ids: pd.Series) -> frozenset[str]:
    """Of the cases those with two incidents of domestic violence and no 告诫书 in any record.

    Incidents that only patrols found are none of the two.
    """
    records, members = history.records, history.case_incidents
    members = members[among_names(members["case_id"], case_ids)]

    def those_with(flag: str) -> pd.DataFrame:
        incidents = records.loc[records[flag].astype(bool), "incident_id"]
        return members[among_names(members["incident_id"], incidents)]

    violent = those_with("domestic_violence")
    violent = violent[~among_names(violent["incident_id"], only_found(records))]
    counts = violent.groupby("case_id")["incident_id"].nunique()
    repeated = frozenset(map(str, counts.index[counts > 1]))
    return repeated - distinct_texts(those_with("warned")["case_id"])


def ledger_facts(ledger: Ledger, drafts: Drafts, settings: Settings) -> dict[str, Any]:
    """Plain values for a run's counts: what of the letters needs somebody after the night.

    Returns:
        undated_letters (went out and have no deadline), by kind those that are open and of no step
        (:data:`NO_STEP` before the kind), and :func:`decided_until`.
    """
    without_day = undated(with_dates(ledger.letters, drafts.dated))
    of_none = of_no_step(ledger.letters, settings.escalation)
    steps = drafts.transitions
    ended = steps.loc[steps["to_status"] == "superseded", "letter_id"]
    kinds = of_none.loc[~among_names(of_none["letter_id"], ended), "kind"].value_counts()
    return {
        "undated_letters": int((~among_names(without_day["letter_id"], ended)).sum()),
        **{f"{NO_STEP}{kind}": int(count) for kind, count in kinds.items()},
        DECIDED_UNTIL: decided_until(ledger),
    }


def with_states(
    ledger: Ledger, links: Links, drafts: Drafts, settings: Settings, as_of: pd.Timestamp
) -> Links:
    """The links with each case's ``status`` by rule: open, or closed; see ``lifecycle``."""
    letters = carried(pd.concat([ledger.letters, drafts.letters], ignore_index=True))
    transitions = pd.concat([ledger.transitions, drafts.transitions], ignore_index=True)
    # Without an accepted reply no case closes: only those with one are looked at.
    accepted = transitions.loc[transitions["to_status"] == "accepted", "letter_id"]
    answered = letters.loc[among_names(letters["letter_id"], accepted), "case_id"]
    members = links.case_incidents[among_names(links.case_incidents["case_id"], answered)]
    moments = links.incidents[["incident_id", "reported_at"]]
    states = case_states(
        members[["case_id", "incident_id"]]
        .merge(moments, on="incident_id")
        .rename(columns={"reported_at": "at"}),
        letters[among_names(letters["case_id"], answered)].drop(columns="content"),
        transitions,
        ledger.task_forces[among_names(ledger.task_forces["case_id"], answered)],
        settings.escalation.closing_quiet_days,
        as_of,
    )
    last = states.drop_duplicates("case_id", keep="last")
    closed = last.loc[last["state"] == "closed", "case_id"]
    status = links.cases["status"].mask(links.cases["case_id"].isin(closed), "closed")
    cases = links.cases.assign(status=status)
    # What the memory holds of cases is as they were linked: open.
    keys = closed.to_frame("case_id")
    if links.patches:
        keys = pd.concat([links.patches["cases"].keys, keys])
    return replace(links, cases=cases, patches={**links.patches, "cases": Patch.to(cases, keys)})


def violent_cases(history: History, case_ids: pd.Series) -> frozenset[str]:
    """Of the cases those with an incident of domestic violence, whatever their category."""
    members = history.case_incidents
    members = members[among_names(members["case_id"], case_ids)]
    records = history.records[among_names(history.records["incident_id"], members["incident_id"])]
    hit = records.loc[records["domestic_violence"].astype(bool), "incident_id"]
    return distinct_texts(members.loc[among_names(members["incident_id"], hit), "case_id"])
