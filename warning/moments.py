"""Moments: the city's clock, and moments as people write them."""

import re
from datetime import MAXYEAR, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from warning.errors import Problem, RefusedError, UsageError
from warning.language import say

#: A moment as it may be written: a day, a time, and an offset from UTC. Nothing else is read: to a
#: library's guess GMT+8 is eight hours behind UTC.
WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:(?P<sign>[-/.])(?P<month>\d{1,2})(?P=sign)(?P<day>\d{1,2})|(?P<digits>\d{4}))"
    r"(?:(?:T| +)(?P<hour>\d{1,2})(?::?(?P<minute>\d{2})(?::?(?P<second>\d{2})(?:[.,]\d+)?)?)?"
    r" ?(?P<zone>Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?\s*",
    re.ASCII,
)
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


def parse_moment(text: str | date | np.datetime64 | None, option: str = "--as-of") -> pd.Timestamp:
    """A moment as naive local time; None is now; a bare date is its 00:00:00.

    Args:
        text: the moment.
        option: where it was given, as a refusal names it.

    Raises:
        UsageError: when it is no moment of the years 1950 to 9999.
    """
    if text is None:
        return local_now()
    moment = _read(text)
    if moment is None or not EARLIEST <= moment.year <= MAXYEAR:
        raise UsageError(
            Problem(
                option,
                say(f"无法识别的时间 {text}", f"an unreadable time {text}"),
                "YYYY-MM-DD / YYYY-MM-DD HH:MM:SS / YYYY-MM-DD HH:MM:SS+08:00",
                say(f"例如 {option} 2024-12-31", f"for example {option} 2024-12-31"),
            )
        )
    return moment.floor("s")


def _read(text: str | date | np.datetime64) -> pd.Timestamp | None:
    """The moment in local time; None: it is none, or not written as a date is."""
    if not isinstance(text, str | date | np.datetime64):
        return None
    try:
        moment = pd.Timestamp(_iso(text) if isinstance(text, str) else text)
        if moment.tzinfo is not None:
            moment = moment.tz_convert(CITY_ZONE).tz_localize(None)
    except ValueError:
        return None
    return None if pd.isna(moment) else moment


def _iso(text: str) -> str:
    """The moment to the second as ISO writes it; empty where it is not :data:`WRITTEN`."""
    found = WRITTEN.fullmatch(text)
    if found is None:
        return ""
    part = found.groupdict(default="")
    month, day = part["month"] or part["digits"][:2], part["day"] or part["digits"][2:]
    clock = ":".join(f"{part[name]:0>2}" for name in ("hour", "minute", "second"))
    zone = "Z" if part["zone"] in ("UTC", "GMT") else part["zone"]
    return f"{part['year']}-{month:0>2}-{day:0>2}T{clock}{zone}"
