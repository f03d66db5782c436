"""From the store to the page of a night and to documents on disk."""

from pathlib import Path
from typing import Any

import pandas as pd

from warning.case_files import untold
from warning.child_names import CHILD, called_in
from warning.children import (
    children_among,
    grown_names,
    nameless_children,
    without,
    young_names,
)
from warning.errors import Problem, RefusedError
from warning.language import say
from warning.masking import bare_names, masked, people_named, summary, sure_names
from warning.matching.vocabulary import with_codes
from warning.outputs import write_output, written_in_words
from warning.records import RECORD
from warning.report import CasePage, NightPage, night_page
from warning.report.link_page import not_shown, violence
from warning.scoring.differing import differing, differing_sentences
from warning.scoring.facts import record_facts
from warning.settings import Settings
from warning.store import Store
from warning.tabular import among_keys, among_names
from warning.victims import Guarded, appearances, guarded

#: Cases that the page shows at the most.
MOST_CASES = 200


def latest_page(store: Store, settings: Settings, *, unmasked: bool = False) -> str:
    """The last night's page as HTML.

    Raises:
        RefusedError: no night was run yet.
    """
    return night_page(night_data(store, settings, unmasked=unmasked))


def night_data(store: Store, settings: Settings, *, unmasked: bool) -> NightPage:
    """Everything the page shows, with names and numbers masked unless asked otherwise."""
    runs = store.runs()
    if runs.empty:
        raise RefusedError(
            Problem(
                store.url,
                say("还没有运行过任何一夜", "no night was run yet"),
                say("至少一夜", "one night at least"),
                say("先运行 warning run", "first: warning run"),
            )
        )
    run = runs.iloc[-1]
    as_of = run["as_of"]
    records, parties = store.known(as_of)
    coded, _ = with_codes(records, parties, settings)
    warnings = store.warnings_at(as_of)
    cases = store.table("cases").merge(warnings, on="case_id")
    rank = {"red": 0, "orange": 1, "yellow": 2, "blue": 3}
    graded = cases[cases["tier"].isin(list(rank))]
    graded = graded.assign(rank=graded["tier"].map(rank)).sort_values(
        ["rank", "probability", "case_id"], ascending=[True, False, True]
    )
    shown = graded.head(MOST_CASES)
    letters, forces = store.table("letters"), store.table("task_forces")
    before = runs.iloc[-2]["as_of"] if len(runs) > 1 else None
    return NightPage(
        as_of=as_of,
        before=before,
        counts=dict(run["counts"]),
        fresh=_fresh(store, runs),
        differing=tuple(differing_sentences(differing(runs, as_of))),
        counties=dict(settings.escalation.counties),
        tiers=graded[["county_code", "tier"]],
        changed=warnings.loc[
            warnings["tier"] != warnings["previous_tier"], ["previous_tier", "tier"]
        ],
        cases=_case_pages(store, shown, coded, parties, settings, unmasked=unmasked),
        cases_left_out=len(graded) - len(shown),
        letters=_with_approval(store, letters.sort_values(["due_on", "letter_id"])),
        task_forces=forces,
        missing=_missing(coded, parties),
        quarantine=_quarantine(store.table("quarantine")),
    )


def _with_approval(store: Store, letters: pd.DataFrame) -> pd.DataFrame:
    """Letters with ``approved_at``, the moment of approval of those that were not sent yet."""
    waiting = letters.loc[letters["status"] == "approved", "letter_id"]
    steps = store.rows("transitions", "letter_id", list(waiting))
    steps = steps[steps["to_status"] == "approved"]
    moments = dict(zip(steps["letter_id"], steps["at"], strict=True))
    return letters.assign(approved_at=pd.to_datetime(letters["letter_id"].map(moments)))


def _case_pages(
    store: Store,
    shown: pd.DataFrame,
    coded: pd.DataFrame,
    parties: pd.DataFrame,
    settings: Settings,
    *,
    unmasked: bool,
) -> tuple[CasePage, ...]:
    members = store.table("case_incidents")
    members = members[members["case_id"].isin(shown["case_id"])]
    linked, mentions = store.table("incident_links"), store.table("mentions")
    rows = members[["case_id", "incident_id"]].merge(linked, on="incident_id")
    rows = rows.merge(coded, on=RECORD).sort_values(["reported_at", *RECORD])
    everyone = people_named(parties, mentions)
    withheld = store.withheld(store.last_night())
    everybody = sure_names([*everyone["name"], *withheld["name"]])
    named = everyone.merge(rows[RECORD].drop_duplicates(), on=RECORD)
    names = {key: list(frame["name"]) for key, frame in named.groupby(RECORD)}
    # A name that one record gives may stand only in the narrative of another of the case.
    together = pd.concat([named, withheld]).merge(
        rows[[*RECORD, "case_id"]].drop_duplicates(), on=RECORD
    )
    in_case = {str(key): list(frame["name"]) for key, frame in together.groupby("case_id")}
    by_case = {str(case_id): frame for case_id, frame in rows.groupby("case_id")}
    known = parties[parties["name"].isin(named["name"])]
    young = young_names(pd.concat([known, withheld]), coded)
    children = children_among([*named["name"], *withheld["name"]], young)
    own_parties = parties[among_names(parties["record_id"], rows["record_id"])]
    nameless = nameless_children(own_parties, rows)
    grown = grown_names(own_parties, rows)
    with_nameless = set(rows.merge(nameless, on=RECORD)["case_id"])
    # Where a victim is stands in narratives in ways that no pattern finds, of the whole case.
    violent = set(rows.loc[record_facts(rows, settings)["domestic_violence"], "case_id"])
    kinds = shown[["case_id", "kind"]]
    victims = _victims(
        store, rows.merge(kinds, on="case_id"), linked, mentions, coded, parties, settings, withheld
    )
    hidden = victims.silent | untold(rows, settings)
    taxonomy = settings.channels.taxonomy
    pages = []
    case: Any
    row: Any
    for case in shown.itertuples():
        timeline = []
        named_here = in_case.get(str(case.case_id), [])
        own, alone = by_case[str(case.case_id)], case.case_id in with_nameless
        whom = bare_names(named_here)
        texts = zip(own["narrative"], own["reported_at"], strict=True)
        of_age = grown.get(str(case.case_id), {})
        called = called_in(named_here, children, texts, nameless=alone, grown=of_age)
        for row in own.itertuples():
            who = names.get((row.channel, row.record_id), [])
            if unmasked:
                told = row.narrative if isinstance(row.narrative, str) else ""
            elif case.case_id in violent:
                told = violence()
            elif (case.case_id, row.incident_id) in hidden:
                told = not_shown()
            else:
                told = without(row.narrative, called.children, called=called)
                told = summary(victims.text(case.case_id, row.incident_id, told), whom, everybody)
            timeline.append(
                (
                    row.reported_at,
                    str(row.channel),
                    taxonomy.get(str(row.category_code), ""),
                    told,
                    say("、", ", ").join(
                        who if unmasked else (_who(name, called.children) for name in who)
                    ),
                )
            )
        pages.append(
            CasePage(
                case_id=str(case.case_id),
                kind=str(case.kind),
                county=settings.escalation.counties.get(str(case.county_code), ""),
                category=taxonomy.get(str(case.category), ""),
                tier=str(case.tier),
                previous_tier=str(case.previous_tier),
                probability=float(case.probability),
                reasons=str(case.reasons),
                timeline=tuple(timeline),
            )
        )
    return tuple(pages)


def _who(name: str, children: frozenset[str]) -> str:
    """A name in the page's own column: masked, and of a child in the reader's language that it is one."""
    return say(CHILD, "a minor") if name in children else masked(name)


def _victims(
    store: Store,
    rows: pd.DataFrame,
    linked: pd.DataFrame,
    mentions: pd.DataFrame,
    coded: pd.DataFrame,
    parties: pd.DataFrame,
    settings: Settings,
    withheld: pd.DataFrame,
) -> Guarded:
    """The shown cases in which a victim of another case's domestic violence has a part."""
    found = appearances(rows, store.table("party_links"), mentions)
    people = pd.concat([found.theirs[RECORD], withheld[RECORD]])
    incidents = linked.loc[among_keys(linked, people, RECORD), "incident_id"]
    keys = linked[among_names(linked["incident_id"], incidents)]
    near = coded[among_keys(coded, keys, RECORD)].merge(keys[[*RECORD, "incident_id"]], on=RECORD)
    hit = near.loc[record_facts(near, settings)["domestic_violence"], "incident_id"]
    violent = near.loc[near["incident_id"].isin(hit), RECORD]
    return guarded(found, violent, parties, rows, settings, withheld)


def _fresh(store: Store, runs: pd.DataFrame) -> dict[str, int]:
    """By how much the last night's counts grew, and what was drafted since the night before.

    Records, incidents and cases by the counts of the two nights, not by when they were reported:
    what was delivered late came, too. Fewer are below 0; on the first night it is everything.
    """
    last = runs.iloc[-1]
    before: Any = runs.iloc[-2] if len(runs) > 1 else {"as_of": pd.Timestamp.min, "counts": {}}
    grown = {
        name: last["counts"][name] - before["counts"].get(name, 0)
        for name in ("records", "incidents", "cases")
    }
    times = {
        "letters": store.table("letters")["drafted_at"],
        "task_forces": store.table("task_forces")["proposed_at"],
    }
    drafted = {
        name: int(((at > before["as_of"]) & (at <= last["as_of"])).sum())
        for name, at in times.items()
    }
    return grown | drafted


def _missing(records: pd.DataFrame, parties: pd.DataFrame) -> pd.DataFrame:
    """Share of missing values by channel and field."""
    fields = ["category", "narrative", "address", "county_code", "occurred_at", "outcome"]
    own = records[fields].isna().groupby(records["channel"]).mean()
    persons = ["name", "id_number", "phone"]
    theirs = parties[persons].isna().groupby(parties["channel"]).mean()
    return own.join(theirs)


def write_documents(store: Store, out: Path) -> int:
    """Write every document of the store to ``out/documents``; returns how many."""
    directory = out / "documents"
    with written_in_words(directory):
        directory.mkdir(parents=True, exist_ok=True)
    frame = store.table("documents")
    row: Any
    for row in frame.itertuples():
        # Only a file's own name: whatever the store says, nothing is written elsewhere.
        write_output(directory / Path(str(row.name)).name, row.content)
    return len(frame)


def _quarantine(rows: pd.DataFrame) -> "pd.Series[int]":
    """How many rows were set aside for which fault; what to do about it is left out here."""
    fault = rows["reason"].str.replace(r"(?s)[；;].*", "", regex=True)
    column = rows["column"].fillna("")
    return (column + column.where(column == "", say("：", ": ")) + fault).value_counts()
