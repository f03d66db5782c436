"""What officers have made of letters and task forces: a night is drafted on it.

Officers decide while a night runs. So a night notes on what it was drafted, and is kept only while
that still stands.
"""

import hashlib
from dataclasses import dataclass

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, Text, and_, cast, func, or_, select

from warning.errors import Problem, RefusedError
from warning.escalation.bundles import carried
from warning.language import say
from warning.store import tables
from warning.store.frames import dtypes, in_order, read_frame, read_table


class OutdatedError(RefusedError):
    """What the night was drafted on stands no longer: it is to be drafted again."""


@dataclass(frozen=True)
class Standing:
    """Letters, their transitions and task forces of one moment: the store's tables.

    Attributes:
        mark: names what stands, see :func:`mark_of`.
    """

    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    mark: str


def standing(connection: Connection) -> Standing:
    """What stands now."""
    letters, transitions, task_forces = (
        read_table(connection, table)
        for table in (tables.letters, tables.transitions, tables.task_forces)
    )
    return Standing(letters, transitions, task_forces, mark_of(connection))


def work_on_case(
    connection: Connection, case_id: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The letters that carry a case, as the first or a further one, their transitions, its task forces."""
    letter, force, step = tables.letters, tables.task_forces, tables.transitions
    content = cast(letter.c.content, Text)
    further = and_(content.contains('"others"'), content.contains(f'"{case_id}"', autoescape=True))
    told = _rows(connection, letter, or_(letter.c.case_id == case_id, further))
    mine = carried(told)
    mine = mine[mine["case_id"] == case_id]
    letters = told[told["letter_id"].isin(set(mine["letter_id"]))]
    steps = _rows(connection, step, step.c.letter_id.in_(letters["letter_id"].tolist()))
    return letters, steps, _rows(connection, force, force.c.case_id == case_id)


def _rows(connection: Connection, table: Table, where: ColumnElement[bool]) -> pd.DataFrame:
    order = in_order(connection, table.primary_key)
    return read_frame(connection, select(table).where(where).order_by(*order), dtypes(table))


def mark_of(connection: Connection) -> str:
    """64 hex digits, others after every step of a letter or a task force.

    A letter's version grows with each of its steps; of a task force all is looked at that can
    change.
    """
    letters, forces = tables.letters.c, tables.task_forces.c
    count = func.count()
    counted = (
        select(count, func.sum(letters.version)).select_from(tables.letters),
        select(count, func.max(tables.transitions.c.transition_id)),
        select(forces.task_force_id, forces.status, cast(forces.content, Text)).order_by(
            forces.task_force_id
        ),
    )
    digest = hashlib.sha256()
    for query in counted:
        for row in connection.execute(query):
            digest.update(repr([str(value) for value in row]).encode())
    return digest.hexdigest()


def outdated(where: str) -> OutdatedError:
    """The night ``where`` was drafted on what stands no longer."""
    return OutdatedError(
        Problem(
            where,
            say(
                "起草之后、保存之前，又有函件或专班被办理",
                "officers decided on letters or task forces after the night was drafted and "
                "before it was kept",
            ),
            say("其间未被办理的函件与专班", "letters and task forces that nobody moves meanwhile"),
            say("再运行一次", "run it again"),
        )
    )
