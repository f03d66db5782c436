"""Events for the platform: written in the transaction of what happened, read until acknowledged.

At least once, in the order they happened; ids only grow. Nothing is sent by itself.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, insert, select, update

from warning.store import tables
from warning.store.frames import dtypes, read_frame


def of_letter(letter: Mapping[str, Any], transition: Mapping[str, Any]) -> dict[str, Any]:
    """The event of a letter's step; no person's name stands in it."""
    due = letter.get("due_on")
    return {
        "at": transition["at"],
        "case_id": letter["case_id"],
        "subject_id": letter["letter_id"],
        "event": f"letter.{transition['to_status']}",
        "content": {
            "kind": letter["kind"],
            "number": letter["number"] if isinstance(letter.get("number"), str) else None,
            "recipient": letter["recipient"],
            "from_status": transition.get("from_status") or None,
            "due_on": None if due is None or pd.isna(due) else f"{due:%Y-%m-%d}",
        },
    }


def of_task_force(force: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The event of a task force's new status."""
    return {
        "at": at,
        "case_id": force["case_id"],
        "subject_id": force["task_force_id"],
        "event": f"task_force.{force['status']}",
        "content": {"members": force["members"]},
    }


def of_night(
    connection: Connection,
    at: datetime,
    letters: pd.DataFrame,
    transitions: pd.DataFrame,
    task_forces: pd.DataFrame,
) -> list[dict[str, Any]]:
    """What a night did: letters that moved by themselves, then new letters, then task forces."""
    events = []
    if len(transitions):
        table = tables.letters
        wanted = table.c.letter_id.in_(transitions["letter_id"].tolist())
        known = read_frame(connection, select(table).where(wanted), dtypes(table))
        by_id = {row["letter_id"]: row for row in known.to_dict("records")}
        for step in transitions.to_dict("records"):
            events.append(of_letter(by_id[step["letter_id"]], {**step, "at": at}))  # type: ignore[dict-item, arg-type]
    for letter in letters.to_dict("records"):
        events.append(of_letter(letter, {"to_status": "draft", "at": at}))  # type: ignore[arg-type]
    for force in task_forces.to_dict("records"):
        events.append(of_task_force(force, at))  # type: ignore[arg-type]
    return events


def write(connection: Connection, events: Iterable[Mapping[str, Any]]) -> None:
    """Put events into the outbox, in their order."""
    rows = [dict(event) for event in events]
    if rows:
        connection.execute(insert(tables.outbox), rows)


def read(connection: Connection, limit: int) -> pd.DataFrame:
    """The oldest events that nobody acknowledged."""
    table = tables.outbox
    query = (
        select(table).where(table.c.acknowledged_at.is_(None)).order_by(table.c.event_id)
    ).limit(limit)
    return read_frame(connection, query, dtypes(table)).drop(columns="acknowledged_at")


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
