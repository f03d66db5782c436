"""Which letters and task forces a night owes: consequences of what changed, from the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from warning.errors import RefusedError
from warning.escalation.deadlines import due_on
from warning.matching.identity import founding_id
from warning.settings.escalation import EscalationSettings, LetterKind

RANK = {"none": 0, "blue": 1, "yellow": 2, "orange": 3, "red": 4}
LETTERS = ["letter_id", "case_id", "kind", "number", "recipient", "sender", "status", "drafted_at",
           "due_on", "document", "reason", "version", "content"]  # fmt: skip
TRANSITIONS = ["letter_id", "from_status", "to_status", "officer", "reason", "at"]
TASK_FORCES = ["task_force_id", "case_id", "lead", "members", "status", "document", "reason",
               "proposed_at", "content"]  # fmt: skip
#: A letter in one of these states waits for something.
OPEN = ("draft", "approved", "issued", "received", "overdue", "objected", "replied")
#: States in which the deadline runs.
RUNNING = ("issued", "received")


@dataclass(frozen=True)
class Ledger:
    """Letters, their transitions and task forces so far: the columns of the store's tables."""

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame


@dataclass(frozen=True)
class Proposals:
    """What a night drafts: new rows of letters, transitions and task forces."""

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame


def document_number(settings: EscalationSettings, year: int, sequence: int) -> str:
    """The number of an approved letter, for example 张政法函〔2026〕12号."""
    return f"{settings.number_code}〔{year}〕{sequence}号"


def propose(
    cases: pd.DataFrame,
    warnings: pd.DataFrame,
    ledger: Ledger,
    settings: EscalationSettings,
    as_of: pd.Timestamp,
) -> Proposals:
    """Draft what the night owes.

    A case gets at most one letter a night, the highest step that a trigger calls for and that
    was not sent for the same reason before: never two open letters of one kind for one case.
    Person-kind cases get only kinds with ``person_cases``.

    Args:
        cases: as in ``Links.cases``.
        warnings: of this night, with previous_tier and tier_since.
        ledger: what stands so far.
        settings: the ladder.
        as_of: the night; letters are dated by it, and deadlines count from it.
    """
    overdue = _overdue(ledger.letters, as_of)
    columns = ["case_id", "kind", "county_code", "category", "last_at", "incident_count"]
    graded = warnings[warnings["tier"] != "none"].merge(cases[columns], on="case_id")
    graded = graded.sort_values("case_id")
    history = {
        str(case_id): rows for case_id, rows in ledger.letters.groupby("case_id", sort=False)
    }
    late = set(overdue["letter_id"])
    letters = []
    for row in graded.itertuples():
        kind, reason = _due_kind(row, history.get(str(row.case_id)), late, settings, as_of)
        if kind is not None:
            letters.append(_letter(row, kind, reason, settings, as_of))
    known = set(ledger.task_forces["case_id"])
    forces = [
        _task_force(row, settings, as_of)
        for row in graded[graded["tier"].isin(settings.task_force.on_tiers)].itertuples()
        if row.case_id not in known and row.kind != "person"
    ]
    return Proposals(
        letters=pd.DataFrame(letters, columns=LETTERS),
        transitions=overdue,
        task_forces=pd.DataFrame(forces, columns=TASK_FORCES),
    )


def _overdue(letters: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The transitions of letters whose deadline passed before the night."""
    late = letters[
        letters["status"].isin(RUNNING) & (letters["due_on"] < as_of.normalize())
    ].sort_values("letter_id")
    return pd.DataFrame(
        {
            "letter_id": late["letter_id"].to_numpy(),
            "from_status": late["status"].to_numpy(),
            "to_status": "overdue",
            "officer": "",
            "reason": "",
            "at": as_of,
        },
        columns=TRANSITIONS,
    )


def _due_kind(
    row: Any,
    letters: pd.DataFrame | None,
    late: set[str],
    settings: EscalationSettings,
    as_of: pd.Timestamp,
) -> tuple[LetterKind | None, str]:
    """The highest step of the ladder that is due for a case, and why."""
    allowed = [kind for kind in settings.letters if row.kind != "person" or kind.person_cases]
    names = [kind.name for kind in settings.letters]
    sent = set() if letters is None else set(letters["kind"])
    is_open = set() if letters is None else set(letters.loc[letters["status"].isin(OPEN), "kind"])
    risen = RANK[row.tier] > RANK[row.previous_tier]
    nights = (as_of.normalize() - row.tier_since.normalize()).days
    for kind in reversed(allowed):
        if kind.name in is_open:
            return None, ""
        before = names[names.index(kind.name) - 1] if names.index(kind.name) else None
        if kind.after_overdue and letters is not None and before:
            failed = letters[letters["kind"] == before]
            if (failed["letter_id"].isin(late) | (failed["status"] == "overdue")).any() and (
                kind.name not in sent
            ):
                return kind, f"{before}逾期未复"
        if kind.after_reply_and_incident and letters is not None:
            accepted = letters[letters["status"] == "accepted"]
            if len(accepted) and row.last_at > accepted["due_on"].max():
                return kind, "复函办结后再次发生"
        if row.tier in kind.on_tiers:
            if kind.on_tier_nights:
                if nights >= kind.on_tier_nights and kind.name not in sent:
                    return kind, f"连续 {nights} 天未降级"
            elif risen:
                return kind, f"升为{TIER_NAMES[row.tier]}"
    return None, ""


#: What stands for a deadline in a year whose holidays are not published yet.
UNKNOWN_DAY = "（待定：该年节假日安排未收录）"
TIER_NAMES = {"red": "红色", "orange": "橙色", "yellow": "黄色", "blue": "蓝色"}


def deadline(as_of: pd.Timestamp, days: int, settings: EscalationSettings) -> Any:
    """The day that is ``days`` working days later; NaT where the calendar does not know the year.

    A letter without a date says so to its officer; a guessed date would bind an office wrongly,
    and a refusal would lose the night.
    """
    try:
        return pd.Timestamp(due_on(as_of.date(), days, settings.working_days))
    except RefusedError:
        return pd.NaT


def _written(day: Any) -> str:
    return UNKNOWN_DAY if pd.isna(day) else f"{day:%Y-%m-%d}"


def _letter(
    row: Any, kind: LetterKind, reason: str, settings: EscalationSettings, as_of: pd.Timestamp
) -> Mapping[str, Any]:
    county = settings.counties.get(str(row.county_code))
    recipient = settings.county_unit.format(county=county) if county else settings.city_unit
    letter_id = founding_id("d", str(row.case_id), kind.name, as_of.isoformat())
    return {
        "letter_id": letter_id,
        "case_id": row.case_id,
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
        "content": _content(row, settings)
        | {
            "masthead": settings.masthead,
            "required_reply_items": list(kind.reply_items),
            "deadline_days": kind.deadline_days,
            "approver": kind.approver,
            "next_step": _next_step(kind, settings),
        },
    }


def _next_step(kind: LetterKind, settings: EscalationSettings) -> str:
    names = [letter.name for letter in settings.letters]
    place = names.index(kind.name) + 1
    return names[place] if place < len(names) else ""


def _content(row: Any, settings: EscalationSettings) -> dict[str, Any]:
    category = row.category if isinstance(row.category, str) else ""
    return {
        "county_name": settings.counties.get(str(row.county_code), ""),
        "category": category,
        "tier": row.tier,
        "probability": float(np.round(row.probability, 4)),
        "severity": int(row.severity),
        "reasons": row.reasons,
        "incident_count": int(row.incident_count),
        "departments": list(settings.departments_of(category)),
    }


def _task_force(row: Any, settings: EscalationSettings, as_of: pd.Timestamp) -> Mapping[str, Any]:
    rules = settings.task_force
    content = _content(row, settings)
    task_force_id = founding_id("t", str(row.case_id))
    milestones = {
        step: _written(deadline(as_of, days, settings)) for step, days in rules.milestones.items()
    }
    measures = list(settings.measures_of(content["category"]))
    return {
        "task_force_id": task_force_id,
        "case_id": row.case_id,
        "lead": rules.lead,
        "members": "、".join(content["departments"]),
        "status": "proposed",
        "document": f"{task_force_id}.docx",
        "reason": f"等级为{TIER_NAMES[row.tier]}",
        "proposed_at": as_of,
        "content": content | {"milestones": milestones, "measures": measures},
    }
