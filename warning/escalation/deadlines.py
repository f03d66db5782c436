"""Deadlines in working days of the Chinese calendar, moved working days included, and how days are written."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

import chinese_calendar
import pandas as pd

from warning.errors import Problem, RefusedError
from warning.language import say


def is_working_day(day: date, override: Mapping[date, bool] | None = None) -> bool:
    """Whether offices work on ``day``; ``override`` (date → works) goes before the library.

    Raises:
        RefusedError: for a year that neither knows; it is never guessed.
    """
    if override and day in override:
        return override[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError as error:
        raise RefusedError(
            Problem(
                str(day),
                say("工作日历没有这一年", "the calendar of working days lacks this year"),
                action=say("更新日历或逐日补充", "update the calendar or add the days"),
            )
        ) from error


def due_on(received: date, days: int, override: Mapping[date, bool] | None = None) -> date:
    """The last of ``days`` (≥ 1) working days; the day of receipt is not counted."""
    if days < 1:
        raise ValueError(days)
    day = received
    while days:
        day += timedelta(days=1)
        days -= is_working_day(day, override)
    return day


def receipt_day(at: datetime, closing: time, override: Mapping[date, bool] | None = None) -> date:
    """The working day that counts as the day of receipt.

    What comes on a free day, or after the office has closed, was received on the next working day.
    """
    day = at.date()
    if at.time() > closing:
        day += timedelta(days=1)
    while not is_working_day(day, override):
        day += timedelta(days=1)
    return day


def working_days(after: date, until: date, override: Mapping[date, bool] | None = None) -> int:
    """How many working days lie in ``after`` < day ≤ ``until``."""
    span = (until - after).days
    return sum(
        is_working_day(after + timedelta(days=step), override) for step in range(1, span + 1)
    )


def day(value: Any) -> str:
    """A date as offices write it: 2026年11月4日."""
    moment = pd.Timestamp(value)
    if pd.isna(moment):
        return "（日期待定，该年节假日安排未收录）"
    return f"{moment.year}年{moment.month}月{moment.day}日"
