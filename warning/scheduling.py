"""The clock: one night a day, one at a time, a missed one caught up by its own as-of.

The scheduler only waits and watches: each night runs in a process of its own, so a hung one can
be ended, its memory is given back, and what kills it leaves the clock going. Which nights are
due is asked of the store's ledger, not of the scheduler's memory: a restart forgets nothing.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
from apscheduler.schedulers.blocking import BlockingScheduler

from warning.errors import Problem, RefusedError, WarningError
from warning.inbox import load_inbox
from warning.keeping.health import health_of, write_metrics
from warning.language import say
from warning.logs import log
from warning.moments import local_now
from warning.nightly import NightResult, Progress, run_nightly
from warning.settings import Settings
from warning.store import Store


def due_night(settings: Settings, now: pd.Timestamp) -> pd.Timestamp:
    """The as-of moment of the last night that is due at ``now``: today's hour, or yesterday's."""
    schedule = settings.schedule
    today = now.normalize() + pd.Timedelta(hours=schedule.hour, minutes=schedule.minute)
    return today if today <= now else today - pd.Timedelta(days=1)


def nights_due(
    settings: Settings, last: pd.Timestamp | None, now: pd.Timestamp
) -> list[pd.Timestamp]:
    """The nights that are due and not done, oldest first, each by its own as-of.

    Args:
        settings: the configuration.
        last: as-of of the last night done; None before the first.
        now: the clock; one that went back makes nothing due.

    Raises:
        RefusedError: the clock is so far ahead that it is taken for wrong. One night there
            would make every true one "before the last night".
    """
    schedule, latest = settings.schedule, due_night(settings, now)
    if last is None:
        return [latest]
    if latest - last > pd.Timedelta(days=schedule.most_days_ahead):
        raise RefusedError(
            Problem(
                "schedule.yaml: most_days_ahead",
                say(f"时钟 {now} 比上一夜 {last} 晚太多",
                    f"the clock {now} is far after the last night {last}"),
                say(f"相隔不超过 {schedule.most_days_ahead} 天",
                    f"at most {schedule.most_days_ahead} days between them"),
                say(f"检查系统时钟；若时钟正确，先运行 warning run --as-of '{latest}'",
                    f"check the clock; if it is right: warning run --as-of '{latest}'"),
            )
        )  # fmt: skip
    nights = [
        latest - pd.Timedelta(days=days)
        for days in range(schedule.catch_up_nights)
        if latest - pd.Timedelta(days=days) > last
    ]
    return nights[::-1]


def last_night(store: Store) -> pd.Timestamp | None:
    """The as-of of the last night done."""
    runs = store.runs()
    return None if runs.empty else pd.Timestamp(runs["as_of"].max())


def scheduled_night(
    store_url: str, settings: Settings, as_of: pd.Timestamp | None = None
) -> NightResult:
    """Load the inbox, then run the night (None: the one that is due); twice changes nothing."""
    now = local_now()
    with Store.open(store_url) as store:
        load_inbox(store, settings, now)
        return run_nightly(store, settings, as_of or due_night(settings, now))


class Clock:
    """The waiting process: asks what is due, has it run by a child, watches over the child."""

    def __init__(self, store_url: str, settings: Settings, config: Path | None) -> None:
        self._store_url = store_url
        self._settings = settings
        self._config = config
        self._scheduler = BlockingScheduler(timezone=ZoneInfo(settings.schedule.time_zone))
        self._child: subprocess.Popen[bytes] | None = None
        self._stopping = threading.Event()
        self._not_before = 0.0
        self._refusal = ""

    def run(self) -> None:
        """Catch up what is due, then go by the clock until SIGTERM or SIGINT."""
        schedule = self._settings.schedule
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, self._stop)
        common = {"coalesce": True, "max_instances": 1,
                  "misfire_grace_time": schedule.misfire_grace_hours * 3600}  # fmt: skip
        # The night's own hour, and a heartbeat: it finds what a sleeping machine, a failed night
        # or a clock that was set back left undone. Both do the same, and once only.
        lock = threading.Lock()

        def beat() -> None:
            if lock.acquire(blocking=False):
                try:
                    self.catch_up()
                finally:
                    lock.release()

        self._scheduler.add_job(beat, "cron", hour=schedule.hour, minute=schedule.minute, **common)
        self._scheduler.add_job(
            beat, "interval", seconds=schedule.heartbeat_seconds,
            next_run_time=pd.Timestamp.now(tz=schedule.time_zone).to_pydatetime(), **common,
        )  # fmt: skip
        log("schedule_begins", hour=schedule.hour, minute=schedule.minute)
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        self._scheduler.start()
        log("schedule_ends")

    def catch_up(self) -> None:
        """Run every night that is due, in order; a fault is said and tried again later."""
        if time.monotonic() < self._not_before:
            return
        try:
            with Store.open(self._store_url) as store:
                due = nights_due(self._settings, last_night(store), local_now())
            self._refusal = ""
            for as_of in due:
                if self._stopping.is_set():
                    return
                code = self.run_night(as_of)
                self._watch()
                if code != 0:
                    self._not_before = time.monotonic() + 60 * self._settings.schedule.retry_minutes
                    return
        except WarningError as error:
            if str(error) != self._refusal:  # once, not at each heartbeat
                self._refusal = str(error)
                log("night_cannot_begin", level=logging.ERROR, reason=str(error))

    def run_night(self, as_of: pd.Timestamp) -> int:
        """Run one night in a child; returns its exit code, negative where a signal ended it."""
        schedule = self._settings.schedule
        arguments = [sys.executable, "-m", "warning", "schedule", "--once", "--night",
                     as_of.isoformat()]  # fmt: skip
        if self._config is not None:
            arguments += ["--config", str(self._config)]
        # The URL may hold a password: the environment is its owner's, the arguments are not.
        environment = {**os.environ, "WARNING_STORE": self._store_url, "WARNING_LOG": schedule.logs}
        log("night_begins", as_of=as_of)
        began = time.monotonic()
        # No shell: the arguments are the program's own and the configuration's path.
        self._child = subprocess.Popen(arguments, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603
        try:
            code = self._child.wait(schedule.limit_minutes * 60)
        except subprocess.TimeoutExpired:
            log(
                "night_hung", level=logging.ERROR, as_of=as_of, limit_minutes=schedule.limit_minutes
            )
            code = self._end_child()
        finally:
            self._child = None
        log(
            "night_ends",
            level=logging.INFO if code == 0 else logging.ERROR,
            as_of=as_of,
            exit_code=code,
            seconds=round(time.monotonic() - began, 1),
        )
        return code

    def _end_child(self) -> int:
        """Ask the child to stop, and kill it if it does not."""
        child = self._child
        if child is None:
            return 0
        child.terminate()
        try:
            return child.wait(self._settings.schedule.stop_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()

    def _watch(self) -> None:
        """Leave the metrics for whoever watches."""
        if self._settings.schedule.metrics:
            try:
                with Store.open(self._store_url) as store:
                    state = health_of(store, self._settings, local_now())
                write_metrics(state, Path(self._settings.schedule.metrics))
            except (WarningError, OSError) as error:
                log("metrics_not_written", level=logging.WARNING, reason=type(error).__name__)

    def _stop(self, _signal: int, _frame: object) -> None:
        if self._stopping.is_set():
            return
        self._stopping.set()
        # Not in the handler: the child may need a while to undo what it was writing.
        threading.Thread(target=self._leave).start()

    def _leave(self) -> None:
        self._end_child()
        self._scheduler.shutdown(wait=True)


def run_by_the_clock(
    store_url: str, settings: Settings, progress: Progress, config: Path | None = None
) -> None:
    """Catch up the nights that are due, then run each by the clock until interrupted.

    A night that fails is logged and leaves the clock running: it is tried again, then the next.
    """
    progress(
        say(
            f"每日 {settings.schedule.hour:02d}:{settings.schedule.minute:02d} 运行",
            f"a night at {settings.schedule.hour:02d}:{settings.schedule.minute:02d} each day",
        )
    )
    Clock(store_url, settings, config).run()
