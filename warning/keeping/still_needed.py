"""What the next night stands on: it stays, however old it is.

A case that still has reports had its letters and task forces, and a tier since some day. Forgotten,
it would rise again, get the letter that was answered long ago, and be open again.
"""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Connection,
    Select,
    and_,
    exists,
    func,
    select,
    true,
    union,
)

from warning.escalation.bundles import carried, drafted_cases
from warning.records import RECORD
from warning.store import tables
from warning.store.frames import read_table
from warning.tabular import among_names, distinct_texts, rows_of


def standing_cases(connection: Connection, gone: pd.DataFrame) -> frozenset[str]:
    """The cases that reports are left of.

    Args:
        connection: of the store.
        gone: channel, record_id of the records that are deleted.
    """
    links = read_table(connection, tables.incident_links)
    mark = links.merge(gone[RECORD], on=RECORD, how="left", indicator=True)["_merge"]
    left = links.loc[(mark == "left_only").to_numpy(), "incident_id"]
    members = read_table(connection, tables.case_incidents)
    return distinct_texts(members.loc[among_names(members["incident_id"], left), "case_id"])


def of_cases(frame: pd.DataFrame, cases: frozenset[str]) -> "pd.Series[bool]":
    """Which letters or task forces are about one of the cases, or were drafted for one.

    Args:
        frame: case_id, drafted_for, content; its key is the first column.
        cases: their ids.
    """
    key = str(frame.columns[0])
    now = carried(frame)
    mine = set(now.loc[among_names(now["case_id"], cases), key])
    mine |= {row[key] for row in rows_of(frame) if not cases.isdisjoint(drafted_cases(row))}
    return frame[key].isin(mine)


def tiers_that_ended(since: datetime) -> ColumnElement[bool]:
    """Which rows of ``warnings`` no later night goes on from.

    A night may go on from those of the two last nights; of each case from the last one, where it
    had a tier, since it may be away and stand again; and of a case that was ever merged from the
    last one and the one before each merge, where it had none as well: an older tier had ended.
    The last one is that before the last night, which may be asked for again, and has its own rows.
    Of a merged case the change of tier that such a row stands on stays, too: nights delete the row
    once it is whole no longer, since the change tells its tier (``warning/store/whole_nights.py``).

    Args:
        since: older rows of cases that are away or merged are not looked for.
    """
    own, merges = tables.warnings.c, tables.merges.c
    last = select(func.max(own.as_of)).scalar_subquery()
    before = select(func.max(own.as_of)).where(own.as_of < last).scalar_subquery()
    ends = (
        select(own.case_id, func.max(own.as_of).label("as_of"))
        .where(own.as_of < last)
        .group_by(own.case_id)
    )
    sides = (merges.from_id, merges.into_id)
    ids = union(*(select(case_id).where(merges.kind == "case") for case_id in sides))
    parted: CompoundSelect[Any] = union(
        *(_before_merges(case_id) for case_id in sides), ends.where(own.case_id.in_(ids))
    )
    recent = own.as_of >= since
    return and_(
        own.as_of < func.coalesce(before, last),
        _not_among(ends, and_(recent, own.tier != "none")),
        _not_among(parted, recent),
        _not_among(_changes_before(parted, since), true()),
    )


def _not_among(rows: Select[Any] | CompoundSelect[Any], where: ColumnElement[bool]) -> Any:
    """Rows of ``warnings`` that are none of these (case_id, as_of), or not so.

    Databases join this once; ``NOT IN`` they would look through for every row.
    """
    own, kept = tables.warnings.c, rows.subquery()
    here = and_(kept.c.case_id == own.case_id, kept.c.as_of == own.as_of)
    return ~exists(select(kept.c.case_id).where(here, where).correlate(tables.warnings))


def _changes_before(rows: CompoundSelect[Any], since: datetime) -> Select[Any]:
    """case_id, as_of of the change of tier that each of these rows, from then on, stands on."""
    own, kept = tables.warnings.c, rows.subquery()
    here = and_(own.case_id == kept.c.case_id, own.as_of <= kept.c.as_of)
    return (
        select(own.case_id, func.max(own.as_of).label("as_of"))
        .join(kept, here)
        .where(own.contributions.is_not(None), kept.c.as_of >= since)
        .group_by(kept.c.case_id, kept.c.as_of, own.case_id)
    )


def _before_merges(case_id: ColumnElement[Any]) -> Select[Any]:
    """case_id, as_of of the last row before each merge, of the case that this column names."""
    own, merges = tables.warnings.c, tables.merges.c
    here = and_(own.case_id == case_id, own.as_of < merges.as_of)
    return (
        select(own.case_id, func.max(own.as_of).label("as_of"))
        .join(tables.merges, here)
        .where(merges.kind == "case")
        .group_by(merges.merge_id, own.case_id)
    )
