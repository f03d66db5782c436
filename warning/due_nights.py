"""Which nights are due: by the hour of ``schedule.yaml``, the last night done and the clock."""

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.language import say
from warning.settings import Settings
from warning.store import Store

#: The code of a refusal for a clock that is taken for wrong; its text tells the clock.
CLOCK_AHEAD = "clock_ahead"


def due_night(settings: Settings, now: pd.Timestamp) -> pd.Timestamp:
    """The as-of moment of the last night that is due at ``now``: today's hour, or yesterday's."""
    schedule = settings.schedule
    today = now.normalize() + pd.Timedelta(hours=schedule.hour, minutes=schedule.minute)
    return today if today <= now else today - pd.Timedelta(days=1)


def check_clock(
    settings: Settings, last: pd.Timestamp | None, now: pd.Timestamp, *, anyhow: str = ""
) -> None:
    """Refuse a clock that is so far after the last night that it is taken for wrong.

    One night there would make every true one "before the last night"; to a retention every record
    would be old.

    Args:
        settings: the configuration.
        last: as-of of the last night done; None before the first, when no clock is refused.
        now: the clock.
        anyhow: the command that is given where the clock is right; empty: a night by hand.

    Raises:
        RefusedError: it is further ahead than ``most_days_ahead``.
    """
    latest, most = due_night(settings, now), settings.schedule.most_days_ahead
    if last is None or latest - last <= pd.Timedelta(days=most):
        return
    command = anyhow or f"warning run --as-of '{latest}'"
    raise RefusedError(
        Problem(
            "schedule.yaml: most_days_ahead",
            say(f"时钟 {now} 比上一夜 {last} 晚太多",
                f"the clock {now} is far after the last night {last}"),
            say(f"相隔不超过 {most} 天", f"at most {most} days between them"),
            say(f"检查系统时钟；若时钟正确，运行 {command}",
                f"check the clock; if it is right: {command}"),
            CLOCK_AHEAD,
        )
    )  # fmt: skip


def nights_due(
    settings: Settings, last: pd.Timestamp | None, now: pd.Timestamp
) -> list[pd.Timestamp]:
    """The nights that are due and not done, oldest first, each by its own as-of.

    Args:
        settings: the configuration.
        last: as-of of the last night done; None before the first.
        now: the clock; one that went back makes nothing due.

    Raises:
        RefusedError: as :func:`check_clock`.
    """
    check_clock(settings, last, now)
    latest = due_night(settings, now)
    if last is None:
        return [latest]
    nights = [
        latest - pd.Timedelta(days=days)
        for days in range(settings.schedule.catch_up_nights)
        if latest - pd.Timedelta(days=days) > last
    ]
    return nights[::-1]


def last_night(store: Store) -> pd.Timestamp | None:
    """The as-of of the last night done."""
    runs = store.runs()
    return None if runs.empty else pd.Timestamp(runs["as_of"].max())
