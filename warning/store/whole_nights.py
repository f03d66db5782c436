"""Which nights keep the row of every case; of the others the changes of tiers are kept.

A night leaves a row for each open case, by far the most of a store after some years. Which tier a
case had on a night is told by its last change; what the probabilities were worth is asked of
whole nights.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, exists, false, func, or_, select

from warning.store import tables


def whole_nights(nights: Sequence[datetime], days: int) -> list[datetime]:
    """Those of the last ``days`` before the last night, the two last ones, the first of a month.

    Args:
        nights: all of them, oldest first.
        days: how long a night stays whole.
    """
    if not nights:
        return []
    limit = nights[-1] - timedelta(days=days)
    firsts = {(night.year, night.month): night for night in reversed(nights)}
    return [
        night
        for place, night in enumerate(nights)
        if night >= limit or place >= len(nights) - 2 or firsts[night.year, night.month] == night
    ]


def _nights(connection: Connection) -> list[datetime]:
    """The moments of all nights, oldest first."""
    return list(
        connection.execute(select(tables.runs.c.as_of).order_by(tables.runs.c.as_of)).scalars()
    )


def superfluous(
    connection: Connection, days: int, *, everything: bool = False
) -> ColumnElement[bool]:
    """Which rows of ``warnings`` go: no change of tier, and their night is whole no longer.

    Rows of a change are those that keep what their score was made of. The last row of a case that
    was away the next night stays where it had a tier: it goes on from there when it stands again.

    Args:
        connection: of the store.
        days: how long a night stays whole.
        everything: look at all older nights, not only at those that the last night made too old.
    """
    nights = _nights(connection)
    stay, before = set(whole_nights(nights, days)), set(whole_nights(nights[:-1], days))
    due = [night for night in nights if night not in stay and (everything or night in before)]
    if not due:
        return false()
    own, later, runs = tables.warnings.c, tables.warnings.alias(), tables.runs.alias()
    following = select(func.min(runs.c.as_of)).where(runs.c.as_of > own.as_of)
    stood = exists().where(
        later.c.case_id == own.case_id,
        later.c.as_of == following.correlate(tables.warnings).scalar_subquery(),
    )
    plain = and_(own.as_of.in_(due), own.contributions.is_(None))
    return and_(plain, or_(own.tier == "none", stood.correlate(tables.warnings)))
