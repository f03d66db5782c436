"""Moments: the city's clock, and moments as people write them."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pandas as pd

from warning.errors import Problem, UsageError
from warning.language import say

CITY_ZONE = ZoneInfo("Asia/Shanghai")


def local_now() -> pd.Timestamp:
    """The clock of the city, naive, to the second."""
    return pd.Timestamp(datetime.now(tz=CITY_ZONE).replace(tzinfo=None, microsecond=0))


def parse_moment(text: str | datetime | pd.Timestamp | None) -> pd.Timestamp:
    """A moment as naive local time; None is now; a bare date is its 00:00:00.

    Raises:
        UsageError: when the text is no moment.
    """
    if text is None:
        return local_now()
    try:
        moment = pd.Timestamp(text)
    except ValueError as error:
        raise UsageError(
            Problem(
                "--as-of",
                say(f"无法识别的时间 {text}", f"an unreadable time {text}"),
                "YYYY-MM-DD / YYYY-MM-DD HH:MM:SS",
                say("例如 --as-of 2024-12-31", "for example --as-of 2024-12-31"),
            )
        ) from error
    if pd.isna(moment):
        return local_now()
    if moment.tzinfo is not None:
        moment = moment.tz_convert(CITY_ZONE).tz_localize(None)
    return moment.floor("s")
