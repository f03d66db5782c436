"""What the next night stands on: it stays, however old it is.

A case that still has reports had its letters and task forces, and a tier since some day. Forgotten,
it would rise again, get the letter that was answered long ago, and be open again.
"""

from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_

from warning.escalation.bundles import carried, drafted_cases
from warning.records import RECORD
from warning.store import Store, tables
from warning.tabular import among_names, distinct_texts, rows_of


def standing_cases(store: Store, gone: pd.DataFrame) -> frozenset[str]:
    """The cases that reports are left of.

    Args:
        store: of the last night.
        gone: channel, record_id of the records that are deleted.
    """
    links = store.table("incident_links")
    mark = links.merge(gone[RECORD], on=RECORD, how="left", indicator=True)["_merge"]
    left = links.loc[(mark == "left_only").to_numpy(), "incident_id"]
    members = store.table("case_incidents")
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


def tiers_that_go_on(since: datetime) -> ColumnElement[bool]:
    """Which rows of ``warnings`` a night may still go on from.

    Those of the two last nights; of each case the last one, and the last one before a merge, where
    it had a tier: the case may be away, or part of another, and stand again.

    Args:
        since: older rows of cases that are away or merged are not looked for.
    """
    own, merges = tables.warnings.c, tables.merges.c
    last = select(func.max(own.as_of)).scalar_subquery()
    before = select(func.max(own.as_of)).where(own.as_of < last).scalar_subquery()
    ends = select(own.case_id, func.max(own.as_of)).group_by(own.case_id)
    parted = [_before_merges(case_id) for case_id in (merges.from_id, merges.into_id)]
    key = tuple_(own.case_id, own.as_of)
    had = and_(own.tier != "none", own.as_of >= since)
    return or_(own.as_of >= func.coalesce(before, last),
               and_(had, or_(*(key.in_(rows) for rows in (ends, *parted)))))  # fmt: skip


def _before_merges(case_id: ColumnElement[Any]) -> Select[Any]:
    """case_id, as_of of the last row before each merge, of the case that this column names."""
    own, merges = tables.warnings.c, tables.merges.c
    here = and_(own.case_id == case_id, own.as_of < merges.as_of)
    return (
        select(own.case_id, func.max(own.as_of))
        .join(tables.merges, here)
        .where(merges.kind == "case")
        .group_by(merges.merge_id, own.case_id)
    )
