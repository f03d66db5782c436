"""Events for the platform: written in the transaction of what happened, read until acknowledged.

At least once, in the order they happened; ids only grow. Nothing is sent by itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from warning.escalation.bundles import cases_of
from warning.escalation.task_forces import ledger_of
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.tabular import rows_of

#: Values that one statement takes.
MOST = 500
#: The event of a letter whose deadline is near.
REMINDER = "letter.reminder"


def of_letter(letter: Mapping[str, Any], transition: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events of a letter's step, one a case that it carries, the first case first.

    No person's name stands in them; ``content["case_ids"]`` names all cases of the letter.
    """
    cases = cases_of(letter)
    content = {
        "kind": letter["kind"],
        "number": letter["number"] if isinstance(letter.get("number"), str) else None,
        "recipient": letter["recipient"],
        "from_status": transition.get("from_status") or None,
        "due_on": _day(letter.get("due_on")),
        "case_ids": cases,
    }
    return [
        {
            "at": transition["at"],
            "case_id": case_id,
            "subject_id": letter["letter_id"],
            "event": f"letter.{transition['to_status']}",
            "content": content,
        }
        for case_id in cases
    ]


def _day(due: Any) -> str | None:
    return None if due is None or pd.isna(due) else f"{due:%Y-%m-%d}"


def of_task_force(force: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The event of a task force's last entry, named by the status that it has then.

    ``content["entry"]`` tells the entry's kind: ``proposed`` (of a night), ``active`` (started),
    ``milestone``, ``progress``, ``verified``, ``extended``, ``declined``, ``closed``, ``superseded``.
    """
    entries = ledger_of(force)
    return {
        "at": at,
        "case_id": force["case_id"],
        "subject_id": force["task_force_id"],
        "event": f"task_force.{force['status']}",
        "content": {
            "members": force["members"],
            "entry": entries[-1]["kind"] if entries else "proposed",
        },
    }


def of_night(
    connection: Connection,
    at: datetime,
    letters: pd.DataFrame,
    transitions: pd.DataFrame,
    task_forces: pd.DataFrame,
    reminders: Sequence[str] = (),
    dated: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """What a night did: deadlines, reminders, letters that moved by themselves, new ones, task forces.

    A reminder (``letter.reminder``) comes once for a letter and its deadline: not again when a
    later night still finds it near. ``letter.dated`` tells the deadline of a letter that had none.
    """
    events = []
    known = _letters(connection, {*dated, *reminders, *transitions["letter_id"]})
    for letter_id in sorted(dated):
        events += of_letter(known[letter_id], {"to_status": "dated", "at": at})
    reminded = _reminded(connection, reminders)
    for letter_id in sorted(reminders):
        if (letter_id, _day(known[letter_id]["due_on"])) not in reminded:
            events += of_letter(known[letter_id], {"to_status": "reminder", "at": at})
    for step in rows_of(transitions):
        events += of_letter(known[step["letter_id"]], {**step, "at": at})
    for letter in rows_of(letters):
        events += of_letter(letter, {"to_status": "draft", "at": at})
    for force in rows_of(task_forces):
        events.append(of_task_force(force, at))
    return events


def _letters(connection: Connection, letter_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    table, wanted, found = tables.letters, sorted(letter_ids), {}
    for start in range(0, len(wanted), MOST):
        query = select(table).where(table.c.letter_id.in_(wanted[start : start + MOST]))
        for row in rows_of(read_frame(connection, query, dtypes(table))):
            found[str(row["letter_id"])] = row
    return found


def _reminded(connection: Connection, letter_ids: Sequence[str]) -> set[tuple[str, str | None]]:
    """(letter, deadline) of the reminders so far."""
    table, found = tables.outbox, set()
    for start in range(0, len(letter_ids), MOST):
        query = select(table.c.subject_id, table.c.content).where(
            table.c.event == REMINDER,
            table.c.subject_id.in_(letter_ids[start : start + MOST]),
        )
        found |= {(row.subject_id, row.content["due_on"]) for row in connection.execute(query)}
    return found


def write(connection: Connection, events: Iterable[Mapping[str, Any]]) -> None:
    """Put events into the outbox, in their order, numbered on from the last one.

    A database's own sequence would leave gaps where a night was undone.
    """
    last = connection.execute(select(func.max(tables.outbox.c.event_id))).scalar() or 0
    rows = [{"event_id": last + place, **event} for place, event in enumerate(events, 1)]
    if rows:
        connection.execute(insert(tables.outbox), rows)


def read(connection: Connection, limit: int) -> pd.DataFrame:
    """The oldest events that nobody acknowledged."""
    table = tables.outbox
    query = (
        select(table).where(table.c.acknowledged_at.is_(None)).order_by(table.c.event_id)
    ).limit(limit)
    return read_frame(connection, query, dtypes(table)).drop(columns="acknowledged_at")


def taken_over(before: pd.Timestamp, over: Sequence[str]) -> ColumnElement[bool]:
    """Which events may go: those that were acknowledged before a moment and that nothing asks for.

    The last event stays, for the next one is numbered after it, and so do reminders of letters that
    are not ``over`` (their states): each comes once.
    """
    own, letter = tables.outbox.c, tables.letters.c
    last = select(func.max(own.event_id)).scalar_subquery()
    open_letters = select(letter.letter_id).where(letter.status.not_in(over))
    return and_(
        own.acknowledged_at < before.to_pydatetime(),
        own.event_id < last,
        or_(own.event != REMINDER, own.subject_id.not_in(open_letters)),
    )


def acknowledge(connection: Connection, event_ids: Iterable[int], at: datetime) -> int:
    """Mark events as taken over; returns how many were not before."""
    table = tables.outbox
    wanted = [int(event_id) for event_id in event_ids]
    changed = 0
    for start in range(0, len(wanted), 500):
        changed += connection.execute(
            update(table)
            .where(
                table.c.event_id.in_(wanted[start : start + 500]),
                table.c.acknowledged_at.is_(None),
            )
            .values(acknowledged_at=at)
        ).rowcount
    return changed
