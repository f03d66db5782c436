"""The clock: one night a day, one at a time, a missed one caught up."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from apscheduler.schedulers.blocking import BlockingScheduler

from warning.errors import WarningError
from warning.nightly import NightResult, Progress, local_now, run_nightly
from warning.reading import read_records
from warning.settings import Settings
from warning.store import Store


def due_night(settings: Settings, now: pd.Timestamp) -> pd.Timestamp:
    """The as-of moment of the last night that is due at ``now``: today's hour, or yesterday's."""
    schedule = settings.schedule
    today = now.normalize() + pd.Timedelta(hours=schedule.hour, minutes=schedule.minute)
    return today if today <= now else today - pd.Timedelta(days=1)


def scheduled_night(store_url: str, settings: Settings) -> NightResult:
    """Load the inbox, then run the night that is due; run twice it changes nothing."""
    now = local_now()
    with Store.open(store_url) as store:
        if settings.schedule.inbox:
            files = sorted(
                path for path in Path(settings.schedule.inbox).iterdir() if path.is_file()
            )
            if files:
                tables = read_records(files, settings.channels, clock=now)
                store.load(tables, ", ".join(path.name for path in files), now.to_pydatetime())
        return run_nightly(store, settings, due_night(settings, now))


def run_by_the_clock(store_url: str, settings: Settings, progress: Progress) -> None:
    """Catch up the night that is due, then run each by the clock until interrupted.

    A night that fails is said and leaves the clock running: the next one catches up.
    """

    def night() -> None:
        try:
            result = scheduled_night(store_url, settings)
        except WarningError as error:
            progress(str(error))
        else:
            progress(f"{result.as_of} {result.summary['status']}")

    night()
    schedule = settings.schedule
    scheduler = BlockingScheduler(timezone=ZoneInfo(schedule.time_zone))
    scheduler.add_job(
        night,
        "cron",
        hour=schedule.hour,
        minute=schedule.minute,
        coalesce=True,
        max_instances=1,
        misfire_grace_time=schedule.misfire_grace_hours * 3600,
    )
    scheduler.start()
