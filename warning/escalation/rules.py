"""Which letters and task forces a night owes: consequences of what changed, from the history."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from warning.escalation.bundles import bundle, carried, drafted_cases
from warning.escalation.drawn_anew import MERGED, drawn_anew
from warning.escalation.past import OPEN, RAISED, Steps, unsettled
from warning.escalation.recipients import recipient_of
from warning.escalation.renamed import under_present_names
from warning.escalation.task_forces import closed_since, doubled, of_problems
from warning.escalation.themes import VIOLENCE, themes_of
from warning.escalation.triggers import due_letters
from warning.escalation.undated import dated_forces, dated_letters, deadline, with_dates, written
from warning.language import COLOURS
from warning.matching.identity import founding_id
from warning.settings.escalation import EscalationSettings, LetterKind
from warning.tabular import among_names, distinct_texts, rows_of

LETTERS = ["letter_id", "case_id", "drafted_for", "kind", "number", "recipient", "sender", "status",
           "drafted_at", "due_on", "document", "reason", "version", "content"]  # fmt: skip
TRANSITIONS = ["letter_id", "from_status", "to_status", "officer", "reason", "at"]
TASK_FORCES = ["task_force_id", "case_id", "drafted_for", "lead", "members", "status", "document",
               "reason", "proposed_at", "content"]  # fmt: skip
#: States of a letter that was sent and not called back.
ISSUED = ("issued", "received", "overdue", "objected", "replied", "accepted")
#: States in which the deadline runs.
RUNNING = ("issued", "received")


@dataclass(frozen=True)
class Ledger:
    """Letters, their transitions and task forces so far: the columns of the store's tables.

    Attributes:
        mark: names them as they stand in a store, see ``Standing``; empty outside of one.
        moved: cases that a letter came to or left since the last night, as they were merged or
            stand again.
    """

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    mark: str = ""
    moved: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proposals:
    """What a night drafts: new rows of letters, transitions and task forces.

    Attributes:
        ended: task forces that were proposed and end by a merge, as they then are.
        dated: letter_id, due_on of letters without a deadline that have one now.
        dated_forces: rows of task forces whose milestones have their days now.
    """

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    ended: pd.DataFrame
    dated: pd.DataFrame
    dated_forces: pd.DataFrame


def document_number(settings: EscalationSettings, year: int, sequence: int) -> str:
    """The number of an approved letter, for example 张政法函〔2026〕12号."""
    return f"{settings.number_code}〔{year}〕{sequence}号"


def propose(
    cases: pd.DataFrame,
    warnings: pd.DataFrame,
    ledger: Ledger,
    settings: EscalationSettings,
    as_of: pd.Timestamp,
    unwarned: frozenset[str] = frozenset(),
    spread: Mapping[str, tuple[str, ...]] | None = None,
    *,
    copied: Mapping[str, tuple[str, ...]] | None = None,
    violence: tuple[str, ...] = VIOLENCE,
    violent: frozenset[str] = frozenset(),
    within: Mapping[str, str] | None = None,
    around: Mapping[str, frozenset[str]] | None = None,
) -> Proposals:
    """Draft what the night owes: at most one letter a case, see :mod:`warning.escalation.triggers`.

    Args:
        cases: as in ``Links.cases``, ``last_at`` by what people reported (:mod:`.finds`).
        warnings: of this night, with previous_tier and tier_since.
        ledger: what stands so far.
        settings: the ladder.
        as_of: the night; letters are dated by it.
        unwarned: cases with repeated domestic violence and no 告诫书.
        spread: case → codes of the counties in which people reported it; None: not known.
        copied: case → codes of the counties whose units each get a copy of its letter.
        violence: how the codes of domestic violence begin: such a case has a letter of its own, its
            plan begins with the victim's safety, and the departments of these codes take part.
        violent: cases of whatever category with an incident of domestic violence: the same.
        within: place or organisation case → the matter that all of its incidents lie in, else the
            organisation or place that has the very same: one plan is enough for both.
        around: the same → organisations that have all of its incidents and more: the plan of one is
            enough for it, but not the other way round.
    """
    dated = dated_letters(ledger.letters, ledger.transitions, settings)
    letters_now = under_present_names(with_dates(ledger.letters, dated), settings)
    ledger = replace(ledger, letters=letters_now)
    replaced = _superseded(ledger.letters, cases["case_id"], settings, as_of)
    standing = ledger.letters[~ledger.letters["letter_id"].isin(set(replaced["letter_id"]))]
    overdue = _overdue(standing, as_of)
    told = ledger.transitions
    if len(replaced):
        gone = letters_now["letter_id"].isin(replaced["letter_id"])
        states = letters_now["status"].mask(gone, "superseded")
        letters_now, told = letters_now.assign(status=states), pd.concat([told, replaced])
    steps = Steps.of(letters_now, told, overdue, settings)
    columns = ["case_id", "kind", "county_code", "category", "last_at", "incident_count"]
    # A letter that is not answered climbs whatever tier its case has by now.
    owed = among_names(warnings["case_id"], unsettled(letters_now))
    scored = warnings[(warnings["tier"] != "none") | owed]
    theirs = cases.loc[among_names(cases["case_id"], scored["case_id"]), columns]
    scored = scored.merge(theirs, on="case_id").sort_values("case_id")
    graded = scored[scored["tier"] != "none"]
    by_code = scored["category"].astype("str").str.startswith(violence)
    violent |= distinct_texts(scored.loc[by_code, "case_id"])
    letters = []
    anew = drawn_anew(
        ledger.letters, ledger.transitions, ledger.moved, replaced, graded["case_id"], settings
    )
    for row, kind, reason in due_letters(scored, steps, as_of, unwarned, anew):
        beside = (copied or {}).get(str(row.case_id), ())
        themes = themes_of(row.category, violence, is_violent=row.case_id in violent)
        letters.append(_letter(row, kind, reason, steps, as_of, beside, themes))
    alone = unwarned | violent | distinct_texts(scored.loc[scored["kind"] == "person", "case_id"])
    had = distinct_texts(ledger.task_forces["task_force_id"])
    # Every plan of a night has the same days: they are counted once.
    counts = {*settings.task_force.milestones.values(),
              *settings.task_force.safety_milestones.values()}  # fmt: skip
    due = {days: deadline(as_of, days, settings) for days in counts}
    due_for = due_forces(
        graded, cases, ledger, overdue, settings, spread or {}, within or {}, around or {}
    )
    forces = [
        _task_force(
            row,
            reason,
            settings,
            as_of,
            due,
            had,
            themes_of(row.category, violence, is_violent=row.case_id in violent),
            is_violent=str(row.case_id) in violent,
        )
        for row, reason in due_for
    ]
    ended = doubled(ledger.task_forces, as_of)
    return Proposals(
        letters=pd.DataFrame(bundle(letters, settings, alone), columns=LETTERS),
        transitions=pd.concat([overdue, replaced], ignore_index=True),
        task_forces=pd.DataFrame(forces, columns=TASK_FORCES),
        ended=ended,
        dated=dated,
        dated_forces=dated_forces(ledger.task_forces.drop(index=ended.index), settings, as_of),
    )


def _superseded(
    letters: pd.DataFrame, standing: pd.Series, settings: EscalationSettings, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Overdue letters in whose place a higher step was issued; the second of a kind after a merge.

    A higher one that was drafted before knows nothing of what the letter asks for: it stays.

    Where two cases turned out to be one and each had an open letter of a kind, the one that came
    further (then the older one) stays. Letters that were drafted for the same case are of two steps
    that were made one since: both stay.
    """
    whole, letters = letters, carried(letters).reset_index(drop=True)
    order = {kind.name: place for place, kind in enumerate(settings.letters)}
    rank = letters["kind"].map(order)
    steps = letters[["case_id", "drafted_at"]].assign(rank=rank, place=letters.index)
    both = steps[letters["status"] == "overdue"].merge(
        steps[letters["status"].isin(ISSUED)], on="case_id", suffixes=("", "_issued")
    )
    higher = both["rank"] < both["rank_issued"]
    higher &= both["drafted_at"] <= both["drafted_at_issued"]
    late = letters.index.to_series().isin(both.loc[higher, "place"])
    # A letter of several cases is replaced once all of them that still stand have another.
    stands = among_names(letters["case_id"], standing)
    kept = distinct_texts(letters.loc[~late & stands, "letter_id"])
    replaced = whole[
        whole["letter_id"].isin(distinct_texts(letters.loc[late, "letter_id"]) - kept)
    ].sort_values("letter_id")
    progress = letters["status"].map({state: place for place, state in enumerate(OPEN)})
    waiting = letters.assign(progress=progress)[progress.notna() & ~late]
    doubled = waiting[waiting.duplicated(["case_id", "kind"], keep=False)].sort_values(
        ["progress", "drafted_at", "letter_id"], ascending=[False, True, True]
    )
    drafted = {
        row["letter_id"]: set(drafted_cases(row))
        for row in rows_of(whole[whole["letter_id"].isin(doubled["letter_id"])])
    }
    taken: dict[tuple[str, str], list[set[str]]] = {}
    younger = set()
    for letter_id, rows in doubled.groupby("letter_id", sort=False):
        pairs = set(zip(rows["case_id"], rows["kind"], strict=True))
        mine = drafted[letter_id]
        if any(mine.isdisjoint(theirs) for pair in pairs for theirs in taken.get(pair, ())):
            younger.add(letter_id)
            continue
        for pair in pairs:
            taken.setdefault(pair, []).append(mine)
    second = whole[whole["letter_id"].isin(younger)].sort_values("letter_id")
    return pd.concat(
        [
            _by_night(frame, "superseded", reason, as_of)
            for frame, reason in ((replaced, RAISED), (second, MERGED))
        ],
        ignore_index=True,
    )


def _overdue(letters: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The transitions of letters whose deadline passed before the night."""
    late = letters[
        letters["status"].isin(RUNNING) & (letters["due_on"] < as_of.normalize())
    ].sort_values("letter_id")
    return _by_night(late, "overdue", "", as_of)


def _by_night(letters: pd.DataFrame, to: str, reason: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Transitions that the night itself makes; no officer stands in them."""
    return pd.DataFrame(
        {
            "letter_id": letters["letter_id"].to_numpy(),
            "from_status": letters["status"].to_numpy(),
            "to_status": to,
            "officer": "",
            "reason": reason,
            "at": as_of,
        },
        columns=TRANSITIONS,
    )


def _letter(
    row: Any, kind: LetterKind, reason: str, steps: Steps, as_of: pd.Timestamp,
    beside: tuple[str, ...], themes: tuple[str, ...],
) -> Mapping[str, Any]:  # fmt: skip
    settings = steps.settings
    recipient, copies = recipient_of(row.category, row.county_code, settings, kind.name)
    others = (recipient_of(row.category, code, settings, kind.name)[0] for code in beside)
    own = (recipient, settings.city_unit)
    copies = tuple(dict.fromkeys([*copies, *(unit for unit in others if unit not in own)]))
    letter_id = founding_id("d", str(row.case_id), kind.name, as_of.isoformat())
    return {
        "letter_id": letter_id,
        "case_id": row.case_id,
        "drafted_for": row.case_id,
        "kind": kind.name,
        "number": None,
        "recipient": recipient,
        "sender": settings.city_unit,
        "status": "draft",
        "drafted_at": as_of,
        "due_on": deadline(as_of, kind.deadline_days, settings),
        "document": f"{letter_id}.docx",
        "reason": reason,
        "version": 1,
        "content": _content(row, settings, themes)
        | {
            "masthead": settings.masthead,
            "required_reply_items": list(kind.reply_items),
            "deadline_days": kind.deadline_days,
            "approver": kind.approver,
            "copies": list(copies),
            "next_step": steps.next_after(kind.name, as_of, [str(row.case_id)], str(row.kind)),
        },
    }


def _content(row: Any, settings: EscalationSettings, themes: tuple[str, ...]) -> dict[str, Any]:
    category = row.category if isinstance(row.category, str) else ""
    county = row.county_code if isinstance(row.county_code, str) else ""
    return {
        "county_code": county,
        "county_name": settings.counties.get(county, ""),
        "category": category,
        "tier": row.tier,
        "probability": float(np.round(row.probability, 4)),
        "severity": int(row.severity),
        "reasons": row.reasons,
        "incident_count": int(row.incident_count),
        "departments": list(settings.departments_of(*themes)),
    }


def due_forces(
    graded: pd.DataFrame,
    cases: pd.DataFrame,
    ledger: Ledger,
    overdue: pd.DataFrame,
    settings: EscalationSettings,
    spread: Mapping[str, tuple[str, ...]],
    within: Mapping[str, str],
    around: Mapping[str, frozenset[str]],
) -> Iterator[tuple[Any, str]]:
    """(case's row, reasons) of every graded case that a task force is due for.

    A case that has one gets no other; after one that was closed or declined only when an incident
    came that its end did not know. One that ended by a merge was another's: it counts for nothing.
    One of a case of ``within`` counts for the case that this lies in, too, and such a case gets none
    where that has one in this sense, or gets one; nor does a case of ``around`` where one of those has.
    """
    rules = settings.task_force
    steps = pd.concat([ledger.transitions, overdue]) if len(overdue) else ledger.transitions
    failed = steps[
        (steps["to_status"] == "overdue")
        | ((steps["from_status"] == "replied") & (steps["to_status"] == "received"))
    ]
    counts = carried(ledger.letters[ledger.letters["letter_id"].isin(set(failed["letter_id"]))])
    failures = {str(case_id): int(n) for case_id, n in counts.groupby("case_id").size().items()}
    forces = of_problems(ledger.task_forces, within)
    had = cases[among_names(cases["case_id"], forces["case_id"])]
    had = had[had["last_at"].notna()]
    last_at = dict(zip(had["case_id"], had["last_at"], strict=True))
    known = set(closed_since(forces, last_at))
    row: Any
    told = among_names(graded["case_id"], {*spread, *failures})
    wanted = told | graded["tier"].isin(rules.on_tiers)
    wanted |= (graded["severity"] >= rules.on_severity) & (rules.on_severity > 0)
    wanted &= ~among_names(graded["case_id"], known) & (graded["kind"] != "person")
    found: list[tuple[Any, str]] = []
    for row in graded[wanted].itertuples():
        tests = (
            (row.tier in rules.on_tiers, f"等级为{COLOURS[str(row.tier)]}"),
            (0 < rules.on_counties <= len(spread.get(str(row.case_id), ())),
             f"涉及{len(spread.get(str(row.case_id), ()))}个县区"),
            (0 < rules.on_failed_letters <= failures.get(row.case_id, 0),
             f"{failures.get(row.case_id, 0)}封函件逾期或复函未获认可"),
            (0 < rules.on_severity <= row.severity, "后果特别严重"),
        )  # fmt: skip
        reasons = [text for holds, text in tests if holds]
        if reasons:
            found.append((row, "；".join(reasons)))
    known |= {str(row.case_id) for row, _ in found}
    for row, reason in found:
        problem = within.get(str(row.case_id), "")
        if problem not in known and known.isdisjoint(around.get(str(row.case_id), ())):
            known |= {problem} - {""}
            yield row, reason


def _task_force(
    row: Any,
    reason: str,
    settings: EscalationSettings,
    as_of: pd.Timestamp,
    due: Mapping[int, Any],
    had: frozenset[str],
    themes: tuple[str, ...],
    *,
    is_violent: bool,
) -> Mapping[str, Any]:
    rules = settings.task_force
    content = _content(row, settings, themes)
    task_force_id = founding_id("t", str(row.case_id))
    # The case had one before, and may have been another case's part since.
    if task_force_id in had:
        task_force_id = founding_id("t", str(row.case_id), as_of.isoformat())
    steps = rules.milestones
    if is_violent:
        steps = {**rules.safety_milestones, **steps}
    days = {step: due[count] for step, count in steps.items()}
    known = [day for day in days.values() if not pd.isna(day)]
    last = max(known) if len(known) == len(days) else None
    return {
        "task_force_id": task_force_id,
        "case_id": row.case_id,
        "drafted_for": row.case_id,
        "lead": rules.lead,
        "members": "、".join(content["departments"]),
        "status": "proposed",
        "document": f"{task_force_id}.docx",
        "reason": reason,
        "proposed_at": as_of,
        "content": content
        | {
            "sender": recipient_of(row.category, row.county_code, settings)[0],
            "quiet_days": rules.quiet_days,
            "levels": list(rules.verification_levels),
            "milestones": {step: written(day) for step, day in days.items()},
            "due_on": None if last is None else f"{last:%Y-%m-%d}",
            "measures": [item.model_dump() for item in settings.measures_of(*themes)],
        },
    }
