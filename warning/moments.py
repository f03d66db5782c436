"""Moments: the city's clock, and moments as people write them."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from warning.errors import Problem, UsageError
from warning.language import say

#: How a written moment begins: year, month and day.
DATE = re.compile(r"(\d{4})([-/.]?)\d{1,2}\2\d{1,2}(?!\d)")
EARLIEST = 1950
CITY_ZONE = ZoneInfo("Asia/Shanghai")


def local_now() -> pd.Timestamp:
    """The clock of the city, naive, to the second."""
    return pd.Timestamp(datetime.now(tz=CITY_ZONE).replace(tzinfo=None, microsecond=0))


def parse_moment(text: str | datetime | pd.Timestamp | None) -> pd.Timestamp:
    """A moment as naive local time; None is now; a bare date is its 00:00:00.

    Raises:
        UsageError: when it is no moment from 1950 on.
    """
    if text is None:
        return local_now()
    moment = _read(text)
    if moment is None or moment.year < EARLIEST:
        raise UsageError(
            Problem(
                "--as-of",
                say(f"无法识别的时间 {text}", f"an unreadable time {text}"),
                "YYYY-MM-DD / YYYY-MM-DD HH:MM:SS",
                say("例如 --as-of 2024-12-31", "for example --as-of 2024-12-31"),
            )
        )
    if moment.tzinfo is not None:
        moment = moment.tz_convert(CITY_ZONE).tz_localize(None)
    return moment.floor("s")


def _read(text: str | datetime | pd.Timestamp) -> pd.Timestamp | None:
    """The moment as it is written; None: it is none, or not written as a date is."""
    if isinstance(text, str) and not (text.isascii() and DATE.match(text)):
        return None
    if not isinstance(text, str | date):
        return None
    try:
        moment = pd.Timestamp(text)
    except ValueError:
        return None
    return None if pd.isna(moment) else moment
