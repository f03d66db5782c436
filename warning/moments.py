"""Moments: the city's clock, and moments as people write them."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd

from warning.errors import Problem, RefusedError, UsageError
from warning.language import say

#: How a written moment begins: year, month and day.
DATE = re.compile(r"(\d{4})([-/.]?)\d{1,2}\2\d{1,2}(?!\d)")
EARLIEST = 1950
CITY_ZONE = ZoneInfo("Asia/Shanghai")
#: How much later than the clock a row may be and count as ahead of a slow clock. A delivery with
#: such rows is loaded again when as much has passed: then none is ahead, and it is the next night.
AHEAD = pd.Timedelta(hours=20)
#: The code of a refusal for a clock that is before the last night; its text tells the clock.
CLOCK_BEHIND = "clock_behind"


def local_now() -> pd.Timestamp:
    """The clock of the city, naive, to the second."""
    return pd.Timestamp(datetime.now(tz=CITY_ZONE).replace(tzinfo=None, microsecond=0))


def check_not_behind(last: pd.Timestamp | None, now: pd.Timestamp) -> None:
    """Refuse a clock that is before the last night: one of the two is wrong.

    Args:
        last: as-of of the last night; None or NaT before the first.
        now: the clock, naive local time.

    Raises:
        RefusedError: as said.
    """
    if last is None or pd.isna(last) or now >= last:
        return
    raise RefusedError(
        Problem(
            say("系统时钟", "the system's clock"),
            say(
                f"时钟 {now} 早于最近一夜 {last}",
                f"the clock {now} is before the last night {last}",
            ),
            say(f"不早于 {last}", f"{last} or later"),
            say(
                "校准系统时钟后重试；若时钟无误，则那一夜是在时钟有误时运行的，等到其时刻，或恢复此前的备份",
                "set the clock right, then try again; if it is right, that night ran under a wrong "
                "one: wait until its moment, or restore a backup from before it",
            ),
            CLOCK_BEHIND,
        )
    )


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
