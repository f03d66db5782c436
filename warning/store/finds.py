"""When people last reported an incident of a case: a patrol's find and a settlement are none."""

from collections.abc import Iterable

import pandas as pd
from sqlalchemy import and_, select

from warning.matching.settlements import last_moments, settling
from warning.matching.vocabulary import with_origins
from warning.records import RECORD
from warning.scoring.told_late import aged, told_late
from warning.settings import Settings
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.store.known import is_last
from warning.store.store import Store

#: Values that one statement takes.
MOST = 500


def last_reports(
    store: Store, case_ids: Iterable[str], settings: Settings, *, finds: bool = False
) -> dict[str, pd.Timestamp]:
    """Case → its last incident that people reported, as of the last night.

    A case of patrols' finds alone is left out. An incident that only settles the case is none where
    there is another; one that was told late is as old as it says itself.

    Args:
        store: before the first night it has no cases.
        case_ids: the cases.
        settings: which records are a find or a settlement, and what was told late.
        finds: whether patrols' finds count, too.
    """
    as_of = store.last_night()
    if pd.isna(as_of):
        return {}
    member, incident = tables.case_incidents, tables.incidents
    linked, record = tables.incident_links, tables.records
    told = [record.c[name] for name in (
        "channel", "origin", "narrative", "category", "injuries", "deaths",
        "occurred_at")]  # fmt: skip
    query = (
        select(member.c.case_id, member.c.incident_id, incident.c.reported_at, *told)
        .join(incident, incident.c.incident_id == member.c.incident_id)
        .join(linked, linked.c.incident_id == member.c.incident_id)
        .join(record, and_(*(linked.c[name] == record.c[name] for name in RECORD)))
        .where(is_last(as_of))
    )
    types = dtypes(member) | dtypes(record)
    channels, late_days = settings.channels, settings.scoring.late_days
    ids, found = sorted(set(case_ids)), dict[str, pd.Timestamp]()
    with store.reading() as connection:
        for first in range(0, len(ids), MOST):
            some = query.where(member.c.case_id.in_(ids[first : first + MOST]))
            rows = with_origins(read_frame(connection, some, types), channels)
            settled = settling(rows, channels.no_dispute.settled_before)
            at = aged(rows["reported_at"], rows["incident_id"], told_late(rows, late_days))
            rows = rows.assign(reported_at=at)
            reported = rows if finds else rows[rows["origin"] != "discovered"]
            last = last_moments(reported, settled)
            found |= {str(case_id): pd.Timestamp(moment) for case_id, moment in last.items()}
    return found
