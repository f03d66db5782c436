"""Days off in the days to come: when families and neighbours are at home together."""

from datetime import date, timedelta
from functools import cache

import chinese_calendar


@cache
def days_off(day: date, ahead: int) -> int:
    """Days off among the ``ahead`` days after ``day``, public holidays and moved days counted.

    Beyond the years that the calendar knows: Saturdays and Sundays. A deadline is never guessed
    (:mod:`warning.escalation.deadlines`); a probability may take the usual week.
    """
    return sum(_is_off(day + timedelta(days=number)) for number in range(1, ahead + 1))


def _is_off(day: date) -> bool:
    try:
        return not chinese_calendar.is_workday(day)
    except NotImplementedError:
        return day.weekday() >= 5
