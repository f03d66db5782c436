"""The clock: one night a day, one at a time, a missed one caught up by its own as-of.

The scheduler only waits and watches: each night runs in a process of its own, so a hung one can
be ended, its memory is given back, and what kills it leaves the clock going. Which nights are
due is asked of the store's ledger, not of the scheduler's memory: a restart forgets nothing. It is
asked at the night's hour and at each heartbeat, which goes by the monotonic clock: whatever the
system's clock was set to meanwhile, a night that is due is found.
"""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from apscheduler.schedulers.background import BackgroundScheduler

from warning.crash import crash_report
from warning.due_nights import check_clock, due_night, last_night, nights_due
from warning.errors import RefusedError, StoreError, UsageError, WarningError
from warning.inbox import fault_of, load_inbox
from warning.keeping.health import health_of, write_metrics, write_unknown
from warning.keeping.outcomes import last_attempt, note_last_words, note_outcome
from warning.language import say
from warning.logs import log
from warning.memory_limit import at_most, is_shortage, kills, release
from warning.moments import CITY_ZONE, check_not_behind, local_now
from warning.night_results import NightResult
from warning.nightly import Progress, outcome_of, run_nightly
from warning.settings import Settings
from warning.stopping import StopRequest
from warning.store import Store
from warning.store.database import EMPTY_SERVER

#: The exit code of a night for which there was too little memory.
OUT_OF_MEMORY = 3


def scheduled_night(
    store_url: str, settings: Settings, as_of: pd.Timestamp | None = None
) -> NightResult:
    """Load the inbox, then run the night (None: the one that is due); twice changes nothing.

    However it ends, the ledger and the metrics tell it, if it begins at all.

    Raises:
        RefusedError: the clock is before the last night, and would set aside as later what was
            reported since; or no night is named and it is far ahead: see :func:`check_clock`.
    """
    now = local_now()
    try:
        with Store.open_existing(store_url, new_on_server=True) as store:
            last = last_night(store)
            check_not_behind(last, now)
            if as_of is None:
                check_clock(settings, last, now)
            night = as_of or due_night(settings, now)
            # Who names the night watches over it, as the clock does, and tries again.
            with (
                _last_words(store, night, alone=as_of is None),
                at_most(settings.schedule.limit_memory_mb),
            ):
                _load_first(store, settings, now)
                return run_nightly(store, settings, night)
    finally:
        leave_metrics(store_url, settings)


@contextmanager
def _last_words(store: Store, night: pd.Timestamp, *, alone: bool) -> Iterator[None]:
    """Whatever ends the block before the night's attempt has begun is noted in the ledger.

    Where the store cannot be written, the log tells it. A clock that watches over this process
    finds what is noted, and notes nothing more.
    """
    after = last_attempt(store)
    try:
        yield
    except BaseException as error:
        outcome, code = outcome_of(error)
        if outcome == "memory":
            release()
        try:
            note_last_words(store, night, outcome, code, after=after, alone=alone)
        except Exception as fault:
            log("end_not_noted", level=logging.ERROR, as_of=night, outcome=outcome,
                reason=type(fault).__name__)  # fmt: skip
        raise


def _load_first(store: Store, settings: Settings, now: pd.Timestamp) -> None:
    """Load the inbox; whatever is wrong with it or its files is logged and costs no night.

    Raises:
        RefusedError: another process is at work on the store.
        StoreError: as its name says.
    """
    try:
        load_inbox(store, settings, now)
    except (RefusedError, StoreError):
        raise
    except Exception as error:
        if is_shortage(error):
            raise
        log("inbox_not_loaded", level=logging.ERROR, **fault_of(error))


def leave_metrics(store_url: str, settings: Settings) -> None:
    """Leave the metrics for whoever watches; of a store that cannot be asked, that it is not well."""
    if not settings.schedule.metrics:
        return
    path = Path(settings.schedule.metrics)
    try:
        try:
            with Store.open_existing(store_url) as store:
                state = health_of(store, settings, local_now())
        except WarningError:
            write_unknown(path)
        else:
            write_metrics(state, path)
    except (OSError, UsageError) as error:
        log("metrics_not_written", level=logging.WARNING, reason=type(error).__name__)


@dataclass(frozen=True)
class Ended:
    """A night's process that is gone and did not end well, as :func:`note_outcome` is told of it."""

    as_of: pd.Timestamp
    process: int
    exit_code: int
    after: int
    hung: bool
    stopped: bool

    def noted(self, store: Store) -> str:
        """Note it in the ledger; the outcome that this now tells."""
        return note_outcome(store, self.as_of, self.process, self.exit_code, after=self.after,
                            hung=self.hung, stopped=self.stopped)  # fmt: skip


class Clock:
    """The waiting process: asks what is due, has it run by a child, watches over the child."""

    def __init__(self, store_url: str, settings: Settings, config: Path | None) -> None:
        self._store_url = store_url
        self._settings = settings
        self._config = config
        self._stop = StopRequest()
        self._child: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()
        self._beating = threading.Lock()
        self._not_before = 0.0
        self._refusal: tuple[str, ...] = ()
        self._after = 0  #: the last attempt noted, when the store was last asked
        self._unnoted: list[Ended] = []  #: what the store could not be told yet

    def stop_at_signals(self) -> None:
        """From now on SIGTERM, SIGINT, SIGHUP end :meth:`run`, also where they come before it."""
        self._stop.by_signals()

    def run(self) -> None:
        """Catch up what is due, then go by the clock until SIGTERM, SIGINT or SIGHUP."""
        schedule = self._settings.schedule
        logging.getLogger("apscheduler").setLevel(logging.ERROR)
        scheduler = BackgroundScheduler(timezone=CITY_ZONE)
        # The night's own hour, and a heartbeat: it finds what a sleeping machine, a failed night
        # or a clock that was set left undone. Both do the same, and once only.
        scheduler.add_job(
            self.beat, "cron", hour=schedule.hour, minute=schedule.minute, coalesce=True,
            max_instances=1, misfire_grace_time=schedule.misfire_grace_hours * 3600,
        )  # fmt: skip
        heart = threading.Thread(target=self._beat_until_stopped)
        log("schedule_begins", hour=schedule.hour, minute=schedule.minute)
        scheduler.start()
        heart.start()
        self._stop.wait()
        with self._starting:  # after it no child can begin
            pass
        self._end_child()
        scheduler.shutdown(wait=True)
        heart.join()
        log("schedule_ends")

    def _beat_until_stopped(self) -> None:
        """A beat now and every ``heartbeat_seconds`` of the monotonic clock."""
        seconds = 0
        while not self._stop.wait(seconds):
            self.beat()
            seconds = self._settings.schedule.heartbeat_seconds

    def beat(self) -> None:
        """Catch up what is due and leave the metrics; nothing while another beat is at it."""
        if self._beating.acquire(blocking=False):
            try:
                self._note_again()
                self.catch_up()
                leave_metrics(self._store_url, self._settings)
            except Exception as error:  # the next beat tries again: the clock goes on
                log("beat_failed", level=logging.ERROR, trace=crash_report(error))
            finally:
                self._beating.release()

    def catch_up(self) -> None:
        """Run every night that is due, in order; a fault is said and tried again later."""
        if time.monotonic() < self._not_before:
            return
        try:
            due = self._due()
            self._refusal = ()
            for as_of in due:
                if self._stop.is_made():
                    return
                code = self.run_night(as_of)
                if code != 0:
                    self._not_before = time.monotonic() + 60 * self._settings.schedule.retry_minutes
                    return
        except WarningError as error:
            # Once, not at each heartbeat: a text that tells the clock is another one each time.
            refusal = tuple(problem.code or str(problem) for problem in error.problems)
            if refusal != self._refusal:
                self._refusal = refusal
                log("night_cannot_begin", level=logging.ERROR, reason=str(error))

    def _due(self) -> list[pd.Timestamp]:
        """The nights that are due; the store in an empty database is made by the first of them."""
        try:
            with Store.open_existing(self._store_url) as store:
                due = nights_due(self._settings, last_night(store), local_now())
                if due:
                    self._after = last_attempt(store)
                return due
        except UsageError as error:
            if error.problems[0].code != EMPTY_SERVER:
                raise
            self._after = 0
            return nights_due(self._settings, None, local_now())

    def run_night(self, as_of: pd.Timestamp) -> int:
        """Run one night in a child; returns its exit code, negative where a signal ended it."""
        schedule = self._settings.schedule
        arguments = [sys.executable, "-m", "warning", "schedule", "--once", "--night",
                     as_of.isoformat()]  # fmt: skip
        if self._config is not None:
            arguments += ["--config", str(self._config)]
        # The URL may hold a password: the environment is its owner's, the arguments are not.
        environment = {**os.environ, "WARNING_STORE": self._store_url, "WARNING_LOG": schedule.logs}
        began, killed_before, after = time.monotonic(), kills(), self._last_attempt()
        with self._starting:
            if self._stop.is_made():
                return -signal.SIGTERM
            log("night_begins", as_of=as_of)
            # No shell: the arguments are the program's own and the configuration's path. A session
            # of its own: under a limit of memory the night is two processes, to be killed as one.
            self._child = subprocess.Popen(  # noqa: S603
                arguments, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
            )
        process, hung = self._child.pid, False
        try:
            code = self._child.wait(schedule.limit_minutes * 60)
        except subprocess.TimeoutExpired:
            hung = True
            log(
                "night_hung", level=logging.ERROR, as_of=as_of, limit_minutes=schedule.limit_minutes
            )
            code = self._end_child()
        finally:
            self._child = None
        # Who asks the clock to stop asks for the night's end, too.
        stopped = self._stop.is_made()
        ended = Ended(as_of, process, code, after, hung, stopped)
        outcome = self._noted(ended) if code != 0 else ""
        log(
            "night_ends",
            level=logging.INFO if code == 0 else logging.ERROR,
            as_of=as_of,
            exit_code=code,
            seconds=round(time.monotonic() - began, 1),
            **_cause(outcome, code, by_the_kernel=code != 0 and kills() > killed_before),
        )
        return code

    def _last_attempt(self) -> int:
        """The last attempt noted; where the store cannot be asked, the one when it last could."""
        with suppress(WarningError), Store.open_existing(self._store_url) as store:
            self._after = last_attempt(store)
        return self._after

    def _noted(self, ended: Ended) -> str:
        """Note how a night failed, as far as it could not itself; the outcome, where it is known.

        Where the store cannot be told now, the next beats try again.
        """
        try:
            with Store.open_existing(self._store_url) as store:
                return ended.noted(store)
        except WarningError:
            self._unnoted.append(ended)
            return ""

    def _note_again(self) -> None:
        waiting, self._unnoted = self._unnoted, []
        for ended in waiting:
            self._noted(ended)

    def _end_child(self) -> int:
        """Ask the child to stop, and kill it if it does not."""
        child = self._child
        if child is None:
            return 0
        child.terminate()
        try:
            return child.wait(self._settings.schedule.stop_seconds)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            return child.wait()


def _cause(outcome: str, code: int, *, by_the_kernel: bool) -> dict[str, str]:
    """Why a night failed, as far as the ledger and the kernel know."""
    # A library that ended the process for want of memory left no note; its watcher says 3.
    for_memory = outcome == "memory" or (outcome == "killed" and code == OUT_OF_MEMORY)
    return {"cause": "memory"} if for_memory or by_the_kernel else {}


def check_store(store_url: str) -> None:
    """A clock does not wait for nights that cannot begin: without a store, or in an empty file.

    A server's empty database gets its store by the first night; a store that cannot be asked now
    may be there at the next beat, which tells what is wrong.

    Raises:
        UsageError: no night can begin here.
    """
    try:
        Store.open_existing(store_url).close()
    except UsageError as error:
        if error.problems[0].code != EMPTY_SERVER:
            raise
    except WarningError:
        return


def run_by_the_clock(
    store_url: str, settings: Settings, progress: Progress, config: Path | None = None
) -> None:
    """Catch up the nights that are due, then run each by the clock until interrupted.

    A night that fails is logged and leaves the clock running: it is tried again, then the next.
    """
    clock = Clock(store_url, settings, config)
    clock.stop_at_signals()
    progress(
        say(
            f"每日 {settings.schedule.hour:02d}:{settings.schedule.minute:02d} 运行",
            f"a night at {settings.schedule.hour:02d}:{settings.schedule.minute:02d} each day",
        )
    )
    clock.run()
