"""The states of a letter and the steps between them."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.escalation.deadlines import due_on, receipt_day, working_days
from warning.escalation.steps import not_now
from warning.language import say
from warning.settings.escalation import EscalationSettings
from warning.spelling import legible, writable

#: State → the states that may follow it.
STEPS: Mapping[str, tuple[str, ...]] = {
    "draft": ("approved", "withdrawn", "superseded"),
    "approved": ("issued", "withdrawn", "superseded"),
    "issued": ("received", "overdue", "withdrawn", "superseded"),
    "received": ("replied", "objected", "overdue", "withdrawn", "superseded"),
    "overdue": ("replied", "objected", "withdrawn", "superseded"),
    # An objection that is upheld ends in a withdrawal; one that is dismissed goes on as received.
    "objected": ("received", "withdrawn", "superseded"),
    # A reply that is not accepted is received anew.
    "replied": ("accepted", "received", "superseded"),
    "accepted": (),
    "withdrawn": (),
    "superseded": (),
}

#: States in which a recipient is waited for and the deadline runs.
WAITING = ("issued", "received")


def next_step(kind: str, case_kind: str, settings: EscalationSettings) -> str:
    """The letter that follows where this one is not answered in time; "" where none does.

    Args:
        kind: of the letter, by the name that its step has or had; after one of no step none comes.
        case_kind: of its case: there may be letters that a person's does not get.
        settings: the ladder.
    """
    name = settings.present_names.get(kind, kind)
    for before, after in pairwise(settings.letters):
        if before.name == name and after.after_overdue:
            return after.name if case_kind != "person" or after.person_cases else ""
    return ""


def transition(
    letter: Mapping[str, Any], to: str, officer: str, at: pd.Timestamp, reason: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The letter in its next state (version one higher) and the row of ``transitions``.

    Only ``overdue`` and ``superseded`` may come about without a named officer; calling a letter
    back, not accepting a reply and dismissing an objection need a reason.

    Raises:
        RefusedError: when the step is impossible, or an officer's name or a reason is missing.
    """
    now, officer = str(letter["status"]), legible(officer)
    if to not in STEPS[now]:
        raise not_now(str(letter["letter_id"]), now)
    if not officer and to not in ("overdue", "superseded"):
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say("没有经办人姓名", "no officer is named"),
                say("一位具名的经办人", "a named officer"),
                say("加上 --officer", "add --officer"),
            )
        )
    if not legible(reason) and (to == "withdrawn" or (to == "received" and now != "issued")):
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say("没有写明理由", "no reason is given"),
                say("撤回、退回复函、驳回异议须写明理由", "a reason for this step"),
                say("加上 --reason", "add --reason"),
            )
        )
    row = {
        "letter_id": letter["letter_id"], "from_status": now, "to_status": to,
        "officer": officer, "reason": writable(reason), "at": at,
    }  # fmt: skip
    return {**letter, "status": to, "version": int(letter["version"]) + 1}, row


def deadline_after(
    letter: Mapping[str, Any],
    to: str,
    at: pd.Timestamp,
    settings: EscalationSettings,
    objected_at: pd.Timestamp | None = None,
) -> Any:
    """The letter's deadline once it is in state ``to``; NaT in a year without a known calendar.

    Days count from the day of approval, then of issue, then of receipt: a letter that lay in the
    office until it was issued is not late for that. A refused reply gives ``return_days`` where the
    letter's own deadline is no later; the days of a dismissed objection are added. What has no
    deadline yet gets none by these two.

    Args:
        letter: the letter before the step.
        to: the state that it enters.
        at: when.
        settings: days, hours and the calendar's overrides.
        objected_at: when the objection came that is dismissed now.
    """
    known, now = settings.working_days, str(letter["status"])
    if to not in ("approved", "issued", "received"):
        return letter["due_on"]
    try:
        day = receipt_day(at.to_pydatetime(), settings.closing_hour, known)
        if now == "replied":
            given = pd.Timestamp(due_on(day, settings.return_days, known))
            return letter["due_on"] if pd.isna(letter["due_on"]) else max(letter["due_on"], given)
        if now == "objected" and objected_at is not None:
            if pd.isna(letter["due_on"]):
                return letter["due_on"]
            suspended = working_days(objected_at.date(), at.date(), known)
            due = pd.Timestamp(letter["due_on"]).date()
            return pd.Timestamp(due_on(due, suspended, known) if suspended else due)
        days = int(letter["content"].get("deadline_days", settings.return_days))
        return pd.Timestamp(due_on(day, days, known))
    except RefusedError:
        return pd.NaT


def letters_before(
    letters: pd.DataFrame,
    transitions: pd.DataFrame,
    moment: pd.Timestamp,
    decided: pd.Timestamp | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The letters drafted before a moment in the states that they had then, and their steps so far.

    Args:
        letters: letter_id, status, drafted_at.
        transitions: letter_id, to_status, officer, at; of one moment in their order.
        moment: what came at it or later is left out. Deadlines are as they are now.
        decided: what officers did by then counts, too, though it came after ``moment``.
    """
    early = transitions["at"] < moment
    if decided is not None:
        early |= (transitions["at"] <= decided) & (transitions["officer"] != "")
    past = transitions[early]
    last = past.sort_values("at", kind="stable").drop_duplicates("letter_id", keep="last")
    states = last.set_index("letter_id")["to_status"]
    there = letters[letters["drafted_at"] < moment]
    known = there["letter_id"].map(states).astype("str")  # of no step at all, too
    return there.assign(status=known.fillna("draft")), past


def due_soon(letters: pd.DataFrame, settings: EscalationSettings, at: pd.Timestamp) -> pd.DataFrame:
    """The letters of which an office is to be reminded: sent, not answered, the deadline near.

    Args:
        letters: letter_id, status, due_on.
        settings: ``reminder_days``.
        at: the moment.
    """
    waits = letters[letters["status"].isin(WAITING)]
    near = [is_due_soon(due, at, settings) for due in waits["due_on"]]
    return waits[pd.Series(near, index=waits.index, dtype=bool)].sort_values("letter_id")


def is_due_soon(due: Any, at: pd.Timestamp, settings: EscalationSettings) -> bool:
    """Whether a reminder is owed: the deadline is ``reminder_days`` working days away or less."""
    if pd.isna(due) or due < at.normalize():
        return False
    try:
        return working_days(at.date(), due.date(), settings.working_days) <= settings.reminder_days
    except RefusedError:
        return False
