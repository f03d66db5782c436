"""Officers' decisions: a letter or a task force changes only if it is still as it was read."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from warning.errors import Problem, RefusedError
from warning.language import say
from warning.store import outbox, tables
from warning.store.nights import write_documents
from warning.store.store import Store


def change_letter(
    store: Store, letter: Mapping[str, Any], transition: Mapping[str, Any], document: bytes | None
) -> None:
    """Write a letter's new state if nobody changed it since it was read.

    Args:
        store: of the letter.
        letter: the new row; its ``version`` is one above the one that was read.
        transition: the row of the history.
        document: the document as it now is, where it changed.

    Raises:
        RefusedError: when another officer changed the letter in between, or a night laid it with
            the case that its own was merged into.
    """
    with store.writing() as connection:
        _change_letter(connection, letter, transition, document)


def number_letter(
    store: Store,
    letter: Mapping[str, Any],
    transition: Mapping[str, Any],
    year: int,
    finish: Callable[[int], tuple[Mapping[str, Any], bytes]],
) -> Mapping[str, Any]:
    """As :func:`change_letter`, with the year's next number taken in the same transaction.

    Two approvals at once get two numbers, and one that fails takes none.

    Args:
        store, letter, transition: as there.
        year: of the number.
        finish: the sequence → the letter with its number, and its document.

    Raises:
        RefusedError: as there.
    """
    with store.writing() as connection:
        numbered, document = finish(_next_number(connection, year))
        _change_letter(connection, {**letter, **numbered}, transition, document)
    return {**letter, **numbered}


def _change_letter(
    connection: Connection,
    letter: Mapping[str, Any],
    transition: Mapping[str, Any],
    document: bytes | None,
) -> None:
    table = tables.letters
    changed = connection.execute(
        update(table)
        .where(
            table.c.letter_id == letter["letter_id"],
            table.c.version == letter["version"] - 1,
        )
        .values({c.name: letter[c.name] for c in table.c if c.name in letter})
    ).rowcount
    if changed != 1:
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say("这封函件刚被另一人改动", "another officer has just changed this letter"),
                action=say("重新查看后再操作", "look at it again, then decide"),
            )
        )
    connection.execute(insert(tables.transitions).values(**transition))
    outbox.write(connection, outbox.of_letter(letter, transition))
    if document is not None:
        write_documents(connection, {letter["document"]: document})


def _next_number(connection: Connection, year: int) -> int:
    """The next number of a letter in that year: gapless, from 1, and given once.

    Letters expire, so what was given stands in a table of its own.
    """
    table = tables.letter_numbers
    here = table.c.year == year
    raised = update(table).where(here).values(last=table.c.last + 1)
    if not connection.execute(raised).rowcount:
        connection.execute(insert(table).values(year=year, last=1))
    return int(connection.execute(select(table.c.last).where(here)).scalar_one())


def change_task_force(
    store: Store,
    task_force: Mapping[str, Any],
    before: Mapping[str, Any],
    at: datetime,
    document: bytes | None = None,
) -> None:
    """Write a task force's new status and content if it is still as it was read.

    Args:
        store: of the task force.
        task_force: the row with its new ``status``, ``content``, ``lead`` and ``members``.
        before: the row that was read.
        at: when.
        document: the plan as it now is, where it changed.

    Raises:
        RefusedError: when another officer changed it in between, or a night laid it with another
            case; or it is to be started while its case has another that is active.
    """
    table = tables.task_forces
    here = table.c.task_force_id == task_force["task_force_id"]
    with store.writing() as connection:
        stands = connection.execute(
            select(table.c.status, table.c.content, table.c.case_id).where(here).with_for_update()
        ).one_or_none()
        if stands is None or (stands.status, stands.content, stands.case_id) != (
            before["status"], before["content"], before["case_id"],
        ):  # fmt: skip
            raise RefusedError(
                Problem(
                    str(task_force["task_force_id"]),
                    say("这个专班刚被另一人改动", "another officer has just changed this one"),
                    action=say("重新查看后再操作", "look at it again, then decide"),
                )
            )
        if task_force["status"] == "active" and stands.status != "active":
            _check_alone(connection, str(task_force["task_force_id"]), stands.case_id)
        connection.execute(
            update(table)
            .where(here)
            .values(
                status=task_force["status"], content=task_force["content"],
                document=task_force["document"], lead=task_force["lead"],
                members=task_force["members"],
            )
        )  # fmt: skip
        outbox.write(connection, [outbox.of_task_force(task_force, at)])
        if document is not None:
            write_documents(connection, {task_force["document"]: document})


def _check_alone(connection: Connection, task_force_id: str, case_id: str) -> None:
    """No other task force of the case is active: it had one when two cases were merged."""
    table = tables.task_forces
    query = select(table.c.task_force_id).where(
        table.c.case_id == case_id, table.c.status == "active"
    )
    for other in connection.execute(query).scalars():
        raise RefusedError(
            Problem(
                task_force_id,
                say(
                    f"系列 {case_id} 已有办理中的专班 {other}",
                    f"case {case_id} has an active task force, {other}",
                ),
                say("一个系列同时只有一个专班", "one active task force a case"),
                say(
                    f"并入 {other} 办理；本专班尚未决定的，用 warning task-forces decline 不予采纳",
                    f"work in {other}; if this one is not decided yet, decline it: "
                    "warning task-forces decline",
                ),
            )
        )
