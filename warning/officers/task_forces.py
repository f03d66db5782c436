"""An officer's steps with a task force: start, note, extend, verify and close."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.escalation import task_forces
from warning.escalation.documents import task_force_document
from warning.escalation.steps import ending
from warning.escalation.themes import planned_now
from warning.language import say
from warning.officers.clock import step_moment
from warning.officers.current import current_case_files
from warning.settings import Settings
from warning.store import Store
from warning.store.deciding import change_task_force
from warning.store.finds import last_reports


def find_force(store: Store, task_force_id: str) -> dict[str, Any]:
    """The row of a task force.

    Raises:
        RefusedError: there is none of this id.
    """
    found = store.rows("task_forces", "task_force_id", [task_force_id])
    if found.empty:
        raise RefusedError(
            Problem(
                task_force_id,
                say("没有这个专班", "no such task force"),
                action=say("用 warning task-forces list 查看", "see: warning task-forces list"),
            )
        )
    row = {str(name): value for name, value in found.iloc[0].items()}
    return row | {"document": row["document"] if isinstance(row["document"], str) else None}


def _keep(
    store: Store, before: Mapping[str, Any], after: Mapping[str, Any], at: pd.Timestamp
) -> None:
    change_task_force(store, after, before, at.to_pydatetime())


def change_status(
    store: Store,
    settings: Settings,
    task_force_id: str,
    status: str,
    officer: str,
    text: str = "",
    at: pd.Timestamp | None = None,
) -> None:
    """Start, decline or close a task force; ``at`` None is now.

    A plan that is started tells what its case calls for by then, see :func:`.planned_now`.

    Raises:
        RefusedError: there is none, the step is impossible or not yet due, or nobody is named.
    """
    force, now = find_force(store, task_force_id), step_moment(store, at)
    case_id = str(force["case_id"])
    last = last_reports(store, [case_id], settings, finds=True).get(case_id)
    told = last_reports(store, [case_id], settings).get(case_id)
    moved = task_forces.move(force, status, officer, now, text, settings.escalation, last, told)
    document = None
    if status == "active":
        # Started by a named officer: the plan is no draft any more, and tells what is known by now.
        end = ending(task_force_id, officer, force=True) if force["status"] == "proposed" else ""
        (case_file,) = current_case_files(store, settings, [case_id], end)
        violence = settings.scoring.domestic_violence_categories
        planned = planned_now(force, case_file, settings.escalation, violence)
        moved = task_forces.move(planned, status, officer, now, text, settings.escalation)
        form = settings.file("templates/plan.docx")
        document = task_force_document(moved, case_file, form)
        # One that was declined so long ago that its document is gone has one again.
        moved = {**moved, "document": f"{task_force_id}.docx"}
    change_task_force(store, moved, force, now.to_pydatetime(), document)


def add_note(
    store: Store,
    task_force_id: str,
    officer: str,
    text: str,
    milestone: str = "",
    at: pd.Timestamp | None = None,
) -> None:
    """Write progress into the ledger of an active task force; see :func:`task_forces.note`."""
    force, now = find_force(store, task_force_id), step_moment(store, at)
    _keep(store, force, task_forces.note(force, officer, now, text, milestone), now)


def add_verification(
    store: Store,
    settings: Settings,
    task_force_id: str,
    level: str,
    officer: str,
    text: str,
    at: pd.Timestamp | None = None,
) -> None:
    """Write one level's verification; see :func:`task_forces.verify`."""
    force, now = find_force(store, task_force_id), step_moment(store, at)
    verified = task_forces.verify(force, level, officer, now, text, settings.escalation)
    _keep(store, force, verified, now)


def extend_deadline(
    store: Store,
    settings: Settings,
    task_force_id: str,
    days: int,
    approver: str,
    reason: str,
    at: pd.Timestamp | None = None,
) -> str | None:
    """Put the deadline off by working days; returns it. See :func:`task_forces.extend`."""
    force, now = find_force(store, task_force_id), step_moment(store, at)
    longer = task_forces.extend(force, days, approver, now, reason, settings.escalation)
    _keep(store, force, longer, now)
    due: str | None = longer["content"]["due_on"]
    return due
