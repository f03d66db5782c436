"""When people last reported an incident of a case: a patrol's find and a settlement are none."""

from collections.abc import Collection

import pandas as pd
from sqlalchemy import Connection, and_, select

from warning.matching.settlements import last_moments, settling
from warning.records import RECORD
from warning.scoring.told_late import aged, told_late
from warning.settings import Settings
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.store.known import is_last

#: Values that one statement takes.
MOST = 500


def last_reports(
    connection: Connection,
    case_ids: Collection[str],
    as_of: pd.Timestamp,
    settings: Settings,
    *,
    finds: bool = False,
) -> dict[str, pd.Timestamp]:
    """Case → its last incident that people reported; a case of patrols' finds alone is left out.

    An incident that only settles the case is none where there is another; one that was told late
    is as old as it says itself.

    Args:
        connection: of the store.
        case_ids: the cases.
        as_of: the last night; NaT before the first, which has no cases.
        settings: what records tell a settlement, and what was told late.
        finds: whether patrols' finds count, too.
    """
    if pd.isna(as_of):
        return {}
    member, incident = tables.case_incidents, tables.incidents
    linked, record = tables.incident_links, tables.records
    told = [record.c[name] for name in (
        "origin", "narrative", "category", "injuries", "deaths", "occurred_at")]  # fmt: skip
    query = (
        select(member.c.case_id, member.c.incident_id, incident.c.reported_at, *told)
        .join(incident, incident.c.incident_id == member.c.incident_id)
        .join(linked, linked.c.incident_id == member.c.incident_id)
        .join(record, and_(*(linked.c[name] == record.c[name] for name in RECORD)))
        .where(is_last(as_of))
    )
    types = dtypes(member) | dtypes(record)
    words, late_days = settings.channels.no_dispute.settled_before, settings.scoring.late_days
    ids, found = sorted(case_ids), dict[str, pd.Timestamp]()
    for first in range(0, len(ids), MOST):
        some = query.where(member.c.case_id.in_(ids[first : first + MOST]))
        rows = read_frame(connection, some, types)
        settled = settling(rows, words)
        at = aged(rows["reported_at"], rows["incident_id"], told_late(rows, late_days))
        rows = rows.assign(reported_at=at)
        reported = rows if finds else rows[rows["origin"] != "discovered"]
        last = last_moments(reported, settled)
        found |= {str(case_id): pd.Timestamp(moment) for case_id, moment in last.items()}
    return found
