"""When people last reported an incident of a case: a patrol's own find is none."""

from collections.abc import Collection

import pandas as pd
from sqlalchemy import Connection, and_, exists, func, or_, select

from warning.records import RECORD
from warning.store import tables
from warning.store.known import is_last

#: Values that one statement takes.
MOST = 500


def last_reports(
    connection: Connection, case_ids: Collection[str], as_of: pd.Timestamp
) -> dict[str, pd.Timestamp]:
    """Case → its last incident that people reported; a case of patrols' finds alone is left out.

    Args:
        connection: of the store.
        case_ids: the cases.
        as_of: the last night; NaT before the first, which has no cases.
    """
    if pd.isna(as_of):
        return {}
    member, incident = tables.case_incidents, tables.incidents
    linked, record = tables.incident_links, tables.records
    by_people = exists().where(
        linked.c.incident_id == member.c.incident_id,
        and_(*(linked.c[name] == record.c[name] for name in RECORD)),
        is_last(as_of),
        or_(record.c.origin.is_(None), record.c.origin != "discovered"),
    )
    query = (
        select(member.c.case_id, func.max(incident.c.reported_at))
        .join(incident, incident.c.incident_id == member.c.incident_id)
        .where(by_people)
        .group_by(member.c.case_id)
    )
    ids, found = sorted(case_ids), {}
    for first in range(0, len(ids), MOST):
        some = query.where(member.c.case_id.in_(ids[first : first + MOST]))
        for case_id, last in connection.execute(some):
            found[str(case_id)] = pd.Timestamp(last)
    return found
