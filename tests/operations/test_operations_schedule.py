"""The clock: which nights are due, one at a time, hung ones ended, stopped cleanly, watched."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sqlalchemy import update

from tests.copying import filled, moved
from tests.killing import night_tables
from tests.operations.conftest import ROOT, Logged, Start
from tests.postgresql import Server
from warning.cli import run
from warning.due_nights import due_night, nights_due
from warning.errors import Problem, RefusedError, StoreError, UsageError
from warning.inbox import load_inbox
from warning.keeping.health import health_of, metrics_text, write_unknown
from warning.keeping.outcomes import last_attempt, note_outcome
from warning.memory_limit import OutOfMemory
from warning.moments import local_now
from warning.nightly import run_nightly
from warning.scheduling import Clock, leave_metrics, scheduled_night
from warning.settings import Settings, load_settings
from warning.stopping import StopRequest
from warning.store import Store, tables
from warning.store.connection import connect
from warning.store.ledger import begin_attempt, end_attempt

FAST = "hour: 0\nminute: 0\nheartbeat_seconds: 1\nmost_days_ahead: 10000\ncatch_up_nights: 2\n"


NightOf = Callable[[pd.Timestamp], Path]


@pytest.fixture(scope="module")
def night_of(hamlet_store: Path, tmp_path_factory: pytest.TempPathFactory) -> NightOf:
    """Gives the hamlet's store with a night of that moment; each is made once, and tests copy it."""

    @cache
    def made(as_of: pd.Timestamp) -> Path:
        path = tmp_path_factory.mktemp("night") / "w.db"
        shutil.copy(hamlet_store, path)
        run_nightly(f"sqlite:///{path}", None, as_of)
        return path

    return made


def last_is(url: str, moment: pd.Timestamp) -> None:
    """Make the last night of a store with one night another one."""
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(update(tables.runs).values(as_of=moment))


def configured(tmp_path: Path, text: str = FAST) -> Settings:
    """A configuration with its own schedule."""
    (tmp_path / "config").mkdir(exist_ok=True)
    (tmp_path / "config" / "schedule.yaml").write_text(text)
    return load_settings(tmp_path / "config")


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2025-01-03 12:00", ["2025-01-03 02:30"]),
        ("2025-01-02 02:30", "2025-01-03 02:29", []),
        ("2025-01-02 02:30", "2025-01-03 02:30", ["2025-01-03 02:30"]),
        ("2025-01-03 02:30", "2025-01-03 12:00", []),
        # A missed night is caught up by its own as-of, and nights in order.
        ("2025-01-01 02:30", "2025-01-03 12:00", ["2025-01-02 02:30", "2025-01-03 02:30"]),
        # A night run by hand at midnight does not stand for that day's.
        ("2025-01-03", "2025-01-03 12:00", ["2025-01-03 02:30"]),
        # A clock that was set back makes nothing due.
        ("2025-01-03 02:30", "2024-12-01 12:00", []),
        ("2025-01-03 02:30", "2025-01-03 02:29", []),
    ],
)
def test_nights_that_are_due(last: str | None, now: str, due: list[str]) -> None:
    """Each row: the last night, the clock, the nights to run."""
    found = nights_due(load_settings(), pd.Timestamp(last) if last else None, pd.Timestamp(now))
    assert found == [pd.Timestamp(moment) for moment in due]


def test_after_a_standstill_the_latest_week_is_caught_up() -> None:
    """Twenty days missed: the last seven nights run, and none of them twice."""
    found = nights_due(
        load_settings(), pd.Timestamp("2025-01-01 02:30"), pd.Timestamp("2025-01-21 12:00")
    )
    assert len(found) == 7
    assert found[-1] == pd.Timestamp("2025-01-21 02:30")


def test_a_clock_far_ahead_runs_nothing() -> None:
    """A clock that jumped ahead by a year is not believed: a night there would bar the true ones."""
    with pytest.raises(RefusedError, match="check the clock"):
        nights_due(load_settings(), pd.Timestamp("2025-01-01"), pd.Timestamp("2026-01-01"))


def test_a_clock_far_ahead_runs_nothing_by_cron(
    night_of: NightOf, hamlet: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``schedule --once`` refuses it, too, and loads nothing; a night that is named runs."""
    shutil.copy(night_of(pd.Timestamp("2025-01-01")), tmp_path / "w.db")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "110.csv").write_text("record_id\n1\n")
    configured(tmp_path, f"inbox: {tmp_path / 'inbox'}\narchive: {tmp_path / 'archive'}\n")
    command = ["schedule", "--once", "--config", str(tmp_path / "config"), "--store", hamlet]
    assert run(command) == 1
    assert "check the clock" in capsys.readouterr().err
    assert nights_of(hamlet) == [pd.Timestamp("2025-01-01")]
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["110.csv"]
    assert run([*command, "--night", "2025-01-02"]) == 0


@pytest.mark.parametrize("named", [[], ["--night", "2025-01-02"]])
def test_a_clock_behind_sets_nothing_aside(
    named: list[str], night_of: NightOf, hamlet: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Good reports would be later than the clock: the delivered file waits until it is right."""
    shutil.copy(night_of(pd.Timestamp("2025-01-01")), tmp_path / "w.db")
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "110.csv").write_text(
        "record_id,channel,reported_at\nA1,110,2025-01-01 10:00:00\n"
    )
    configured(tmp_path, f"inbox: {tmp_path / 'inbox'}\narchive: {tmp_path / 'archive'}\n")
    monkeypatch.setattr("warning.scheduling.local_now", lambda: pd.Timestamp("2024-12-31 23:59"))
    command = ["schedule", "--once", "--config", str(tmp_path / "config"), "--store", hamlet]
    assert run([*command, *named]) == 1
    assert "is before the last night" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "inbox").iterdir()] == ["110.csv"]
    with Store.open(hamlet) as store:
        assert store.count("quarantine") == 0


@pytest.fixture
def shifted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[pd.Timedelta], None]]:
    """Sets the system's clock ahead by so much, as this process and its scheduler see it."""
    ahead, signals = pd.Timedelta(0), [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return datetime.now(tz) + ahead.to_pytimedelta()

    def shift(by: pd.Timedelta) -> None:
        nonlocal ahead
        ahead = by

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Shifted)
    monkeypatch.setattr("warning.scheduling.local_now", lambda: local_now() + ahead)
    before = [signal.getsignal(name) for name in signals]
    yield shift
    for name, handler in zip(signals, before, strict=True):
        signal.signal(name, handler)


def test_a_clock_that_was_ahead_and_set_right(
    hamlet: str, tmp_path: Path, shifted: Callable[[pd.Timedelta], None]
) -> None:
    """The heartbeat goes on while the clock is forty days ahead, and after it was set right."""
    settings = configured(tmp_path)
    # Ends the clock also where no heartbeat comes any more.
    end = threading.Timer(30, os.kill, (os.getpid(), signal.SIGTERM))

    class Counting(Clock):
        beats = 0

        def beat(self) -> None:
            self.beats += 1
            if self.beats == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            shifted(pd.Timedelta(days=40 if self.beats == 1 else 0))

    clock = Counting(hamlet, settings, None)
    clock.stop_at_signals()
    end.start()
    clock.run()
    end.cancel()
    assert clock.beats == 4


def test_a_refusal_is_logged_once(
    night_of: NightOf,
    hamlet: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """Not at each heartbeat, though its text tells the clock; after a good beat again."""
    shutil.copy(night_of(pd.Timestamp("2025-01-01")), tmp_path / "w.db")
    clock = Clock(hamlet, configured(tmp_path, "hour: 0\nminute: 0\n"), None)
    for moment, times in [
        ("2026-01-01 10:00:00", 1), ("2026-01-01 10:01:00", 1), ("2026-01-02 10:01:00", 1),
        ("2025-01-01 10:00:00", 1), ("2026-01-01 10:00:00", 2),
    ]:  # fmt: skip
        monkeypatch.setattr("warning.scheduling.local_now", lambda at=moment: pd.Timestamp(at))
        clock.catch_up()
        assert logged() == [("night_cannot_begin", None)] * times


def test_the_clock_makes_no_store_in_an_empty_database(
    new_url: str, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    """Its night does, on a server; an empty file is as good as none."""
    connect(new_url).dispose()  # makes the file
    asked: list[pd.Timestamp] = []
    monkeypatch.setattr(Clock, "run_night", lambda _clock, as_of: asked.append(as_of) or 0)
    clock = Clock(new_url, load_settings(), None)
    clock.beat()
    assert len(asked) == new_url.startswith("postgresql")
    assert logged() == [("night_cannot_begin", None)] * new_url.startswith("sqlite")
    with pytest.raises(UsageError, match="the database is empty"):
        Store.open_existing(new_url)


def test_an_unexpected_failure_leaves_the_clock_going(
    hamlet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: Logged
) -> None:
    """It is logged without anybody's data, and the next beat comes."""
    clock = Clock(hamlet, configured(tmp_path), None)

    def fails(_clock: Clock) -> None:
        raise ValueError("张" + "三")

    monkeypatch.setattr(Clock, "catch_up", fails)
    clock.beat()
    clock.beat()
    assert logged() == [("beat_failed", None)] * 2


ASKED_AT = """
import os, signal, sys
from pathlib import Path
from apscheduler.schedulers.base import BaseScheduler
from warning import scheduling
from warning.settings import load_settings

def asked(call):
    def asking(*given, **named):
        os.kill(os.getpid(), signal.Signals[name])
        return call(*given, **named)
    return asking

name, when, url, config = sys.argv[1:]
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests were started with
progress = print
if when == "first line":
    progress = asked(print)
elif when == "scheduler not begun":
    BaseScheduler.start = asked(BaseScheduler.start)
else:
    scheduling.Clock.beat = asked(lambda clock: None)
scheduling.run_by_the_clock(url, load_settings(config), progress, Path(config))
"""


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("SIGTERM", "first line"),
        ("SIGTERM", "scheduler not begun"),
        ("SIGTERM", "first beat"),
        ("SIGHUP", "first beat"),
    ],
)
def test_a_signal_at_any_moment_ends_the_clock(
    name: str, when: str, hamlet: str, tmp_path: Path
) -> None:
    """Also before it has begun to wait: it leaves with 0 and begins no night."""
    configured(tmp_path)
    ended = subprocess.run(
        [sys.executable, "-c", ASKED_AT, name, when, hamlet, str(tmp_path / "config")],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")
    with Store.open(hamlet) as store:
        assert store.table("attempts").empty


@pytest.mark.parametrize(("before", "asks"), [(signal.SIG_DFL, True), (signal.SIG_IGN, False)])
def test_a_terminal_that_is_closed_asks_to_stop(before: signal.Handlers, *, asks: bool) -> None:
    """No night is left behind that nobody watches; who was told to outlive it (nohup) does."""
    signals = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
    own = [signal.getsignal(name) for name in signals]
    try:
        signal.signal(signal.SIGHUP, before)
        request = StopRequest()
        request.by_signals()
        os.kill(os.getpid(), signal.SIGHUP)
        assert request.is_made() == asks
    finally:
        for name, handler in zip(signals, own, strict=True):
            signal.signal(name, handler)


def wait_for(what: str, process_log: Path, seconds: float = 60) -> None:
    """Until the log of a process says it."""
    end = time.monotonic() + seconds
    while what not in process_log.read_text():
        assert time.monotonic() < end, process_log.read_text()
        time.sleep(0.1)


def test_two_schedulers_run_each_night_once(
    night_of: NightOf, hamlet: str, start: Start, tmp_path: Path
) -> None:
    """Two schedulers on one store leave each night once, and leave cleanly at SIGTERM."""
    configured(tmp_path, FAST + "retry_minutes: 0.05\nlogs: json\n")
    today = local_now().normalize()
    shutil.copy(night_of(today - pd.Timedelta(days=2)), tmp_path / "w.db")
    last_is(hamlet, today - pd.Timedelta(days=5))
    both = [start("schedule", "--config", "config", url=hamlet) for _ in range(2)]
    try:
        end = time.monotonic() + 240  # a bound, not a figure: two nights on a busy machine
        with Store.open(hamlet) as store:
            while len(store.runs()) < 3:
                assert time.monotonic() < end
                time.sleep(0.3)
    finally:
        for process in both:
            process.send_signal(signal.SIGTERM)
        told = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    with Store.open(hamlet) as store:
        runs, attempts = store.runs(), store.table("attempts")
    assert runs["as_of"].tolist() == [today - pd.Timedelta(days=days) for days in (5, 1, 0)]
    done = attempts[attempts["outcome"] == "done"]
    assert done["as_of"].is_unique
    events = [json.loads(line) for line in told[0][1].splitlines() if line.startswith("{")]
    assert events[0]["event"] == "schedule_begins"
    assert events[-1]["event"] == "schedule_ends"


def test_a_hung_night_is_ended(
    hamlet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that does not move is asked to stop, then killed; the next attempt is whole."""
    settings = configured(tmp_path)
    soon = settings.schedule.model_copy(update={"limit_minutes": 0.03, "stop_seconds": 0.2})
    settings = Settings(**{**vars(settings), "schedule": soon})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    clock = Clock(hamlet, settings, None)

    def freeze() -> None:
        while clock._child is None:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(clock._child.pid, signal.SIGSTOP)

    frozen = threading.Thread(target=freeze)
    frozen.start()
    assert clock.run_night(pd.Timestamp("2025-01-01")) == -signal.SIGKILL
    frozen.join()
    with Store.open(hamlet) as store:
        assert store.runs().empty
        assert store.table("attempts")["outcome"].tolist() == ["hung"]
        state = health_of(store, load_settings(), local_now())
    assert any("ended as: hung" in fault for fault in state.faults)
    assert (state.last_exit_code, state.failed_attempts) == (-signal.SIGKILL, 1)
    assert not run_nightly(hamlet, None, "2025-01-01").repeated


def test_a_night_that_ends_before_its_attempt_is_a_failure(
    hamlet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock notes what the night could not; health and metrics tell it."""
    monkeypatch.setattr("warning.scheduling.sys.executable", "/bin/false")
    clock = Clock(hamlet, configured(tmp_path), None)
    assert clock.run_night(pd.Timestamp("2025-01-01")) == 1
    with Store.open(hamlet) as store:
        attempts = store.table("attempts")
        state = health_of(store, load_settings(), local_now())
    assert attempts["as_of"].tolist() == [pd.Timestamp("2025-01-01")]
    assert (state.last_outcome, state.last_exit_code, state.failed_attempts) == ("failed", 1, 1)
    assert any("ended as: failed" in fault for fault in state.faults)
    assert "warning_failed_attempts 1\n" in metrics_text(state)


def test_a_failure_is_noted_once_the_database_is_back(
    hamlet: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A night that failed while the store could not be asked is told from the next beat on."""
    monkeypatch.setattr("warning.scheduling.sys.executable", "/bin/false")
    monkeypatch.setattr(Clock, "catch_up", lambda _: None)
    clock = Clock(hamlet, configured(tmp_path), None)
    with monkeypatch.context() as away:
        away.setattr(Store, "open_existing", fails_by(StoreError(Problem("store", "gone"))))
        assert clock.run_night(pd.Timestamp("2025-01-01")) == 1
        clock.beat()
    assert attempts_of(hamlet) == []
    clock.beat()
    clock.beat()
    assert attempts_of(hamlet) == [("failed", 1)]


@pytest.mark.parametrize(
    ("noted", "code", "given", "outcome"),
    [
        # What the night itself noted stands, unless it was ended because it hung.
        ("stopped", 1, {}, "stopped"),
        ("stopped", 1, {"hung": True}, "hung"),
        ("failed", 3, {"hung": True}, "failed"),
        ("running", -9, {}, "killed"),
        ("running", -9, {"stopped": True}, "killed"),
        ("running", -9, {"hung": True}, "hung"),
        # It ended before its attempt began.
        (None, 3, {}, "failed"),
        (None, -9, {}, "killed"),
        (None, 1, {"hung": True}, "hung"),
        (None, 1, {"stopped": True}, ""),
    ],
)
def test_what_became_of_a_night_is_noted(
    noted: str | None, code: int, given: dict[str, bool], outcome: str, hamlet: str
) -> None:
    """Each row: what its attempt says, its exit code, what the clock knows, what is noted."""
    as_of, now = pd.Timestamp("2025-01-01"), local_now()
    with Store.open(hamlet) as store:
        end_attempt(store, begin_attempt(store, as_of, now), "stopped", 1, now)  # an earlier one
        after = last_attempt(store)
        if noted:
            attempt = begin_attempt(store, as_of, now)
            if noted != "running":
                end_attempt(store, attempt, noted, code, now)
        assert note_outcome(store, as_of, os.getpid(), code, after=after, **given) == outcome
        attempts = store.table("attempts")
        assert attempts["outcome"].tolist() == ["stopped", *([outcome] if outcome else [])]
        state = health_of(store, load_settings(), now)
    assert state.failed_attempts == int(outcome not in {"", "stopped"})


def test_a_night_that_was_refused_is_no_failure(hamlet: str) -> None:
    """Another process was at work, or has done the night meanwhile: nothing is noted."""
    as_of = pd.Timestamp("2025-01-01")
    with Store.open(hamlet) as store, Store.open(hamlet) as other:
        with other.at_work():
            assert note_outcome(store, as_of, 1, 1, after=0) == ""
        run_nightly(other, None, as_of)
        assert note_outcome(store, as_of, 1, 1, after=last_attempt(store)) == ""
        assert store.table("attempts")["outcome"].tolist() == ["done"]


def attempts_of(url: str) -> list[tuple[str, int]]:
    """The attempts of a store: outcome and exit code."""
    with Store.open(url) as store:
        attempts = store.table("attempts")
    return list(zip(attempts["outcome"], attempts["exit_code"], strict=True))


def fails_by(error: BaseException) -> Callable[..., None]:
    """In the place of an inbox: it fails so."""

    def fails(*_: object) -> None:
        raise error

    return fails


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (MemoryError(), ("memory", 3)),
        (OutOfMemory(), ("memory", 3)),
        (StoreError(Problem("store", "full")), ("failed", 1)),
        (SystemExit(1), ("failed", 3)),
        (KeyboardInterrupt(), None),  # somebody stopped it
    ],
)
@pytest.mark.parametrize("given", [{}, {"as_of": pd.Timestamp("2025-01-01")}])
def test_a_night_by_cron_that_ends_in_the_inbox_is_a_failure(
    error: BaseException,
    noted: tuple[str, int] | None,
    given: dict[str, pd.Timestamp],
    hamlet: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is noted once, whoever watches over its process, and health tells it."""
    monkeypatch.setattr("warning.scheduling.load_inbox", fails_by(error))
    settings = load_settings()
    with pytest.raises(type(error)):
        scheduled_night(hamlet, settings, **given)
    assert attempts_of(hamlet) == ([noted] if noted else [])
    with Store.open(hamlet) as store:
        if noted:
            as_of = store.table("attempts")["as_of"].iloc[0]
            assert note_outcome(store, as_of, os.getpid(), noted[1], after=0) == noted[0]
        faults = health_of(store, settings, local_now()).faults
    assert any("the last attempt ended" in fault for fault in faults) == bool(noted)
    assert len(attempts_of(hamlet)) == int(bool(noted))


@pytest.mark.parametrize("let_go", [True, False])
def test_a_night_by_cron_that_finds_another_writer(
    let_go: bool,
    hamlet: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    logged: Logged,
) -> None:
    """The failure is noted once the store can be written, else logged."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.1)
    monkeypatch.setattr("warning.store.connection.WORK_SECONDS", 0)
    (tmp_path / "inbox").mkdir()
    (tmp_path / "inbox" / "110.csv").write_text(
        "record_id,channel,reported_at\n1,110,2024-12-31 10:00\n"
    )
    settings = configured(tmp_path, f"inbox: {tmp_path / 'inbox'}\n")
    with ExitStack() as writing, Store.open(hamlet) as other:
        writing.enter_context(other.writing())

        def loads(*given: Any) -> None:
            try:
                load_inbox(*given)
            finally:
                if let_go:
                    writing.close()

        monkeypatch.setattr("warning.scheduling.load_inbox", loads)
        with pytest.raises(StoreError, match="in use"):
            scheduled_night(hamlet, settings)
    assert attempts_of(hamlet) == ([("failed", 1)] if let_go else [])
    assert logged() == ([] if let_go else [("end_not_noted", None)])


@pytest.mark.parametrize(
    ("given", "night_runs", "noted"),
    [
        ({}, False, [("failed", 1)]),  # a rotation of keys, say: nobody else runs this night
        ({}, True, []),
        ({"as_of": pd.Timestamp("2025-01-01")}, False, []),  # the clock tries again
    ],
)
def test_a_night_by_cron_that_finds_another_process_at_work(
    given: dict[str, pd.Timestamp],
    night_runs: bool,
    noted: list[tuple[str, int]],
    hamlet: str,
) -> None:
    """It is a failure, unless what is at work is a night."""
    now = local_now()
    with Store.open(hamlet) as other, other.at_work():
        if night_runs:
            attempt = begin_attempt(other, now, now)
        with pytest.raises(RefusedError, match="at work"):
            scheduled_night(hamlet, load_settings(), **given)
        if night_runs:
            end_attempt(other, attempt, "done", 0, now)
            noted = [("done", 0), *noted]
    assert attempts_of(hamlet) == noted


def told_to_end(name: signal.Signals) -> None:
    """In the place of a command: the signal comes while it is at work."""
    os.kill(os.getpid(), name)
    os.kill(os.getpid(), name)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_as_ctrl_c_does(
    name: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A closed terminal (SIGHUP) and a service's stop undo what is being written."""
    monkeypatch.setattr("warning.cli._run", lambda *_: told_to_end(name))
    before = signal.signal(name, signal.SIG_DFL)  # whatever the tests were started with
    try:
        assert run(["backup"]) == 1
        assert "unfinished writes are undone" in capsys.readouterr().err
        assert signal.getsignal(name) == signal.SIG_DFL
    finally:
        signal.signal(name, before)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_a_library_takes_for_its_own_fault_is_no_bug(
    name: signal.Signals, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A library in C raises something else where the interrupt comes in the midst of it."""

    def begun(_command: str | None) -> None:
        try:
            os.kill(os.getpid(), name)
            time.sleep(1)
        except KeyboardInterrupt as error:
            raise RuntimeError from error

    monkeypatch.setattr("warning.cli.build_app", begun)
    assert run(["backup"]) == 1
    assert capsys.readouterr().err.strip() == "interrupted; unfinished writes are undone"
    assert signal.getsignal(signal.SIGINT) == signal.default_int_handler


def test_who_is_told_to_outlive_its_terminal_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """``nohup warning backup`` goes on when the terminal is closed."""
    monkeypatch.setattr("warning.cli._run", lambda *_: told_to_end(signal.SIGHUP) or 0)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert run(["backup"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


def test_sigterm_undoes_a_night(hamlet: str, start: Start) -> None:
    """A night that is told to stop undoes what it was writing, says so and exits 1."""
    night = start("run", "--as-of", "2025-01-01", url=hamlet)
    assert night.stderr is not None
    night.stderr.readline()  # its first stage has begun
    night.send_signal(signal.SIGTERM)
    _, told = night.communicate(timeout=60)
    assert night.returncode == 1
    assert "undone" in told
    assert "Traceback" not in told
    with Store.open(hamlet) as store:
        assert store.runs().empty
        assert store.table("attempts")["outcome"].tolist() == ["stopped"]
        assert health_of(store, load_settings(), local_now()).last_exit_code == 1


def test_health_tells_a_late_night(hamlet: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No night, a night in time, a late one, a failed attempt: each is told, with metrics."""
    settings = load_settings()
    with Store.open(hamlet) as store:
        assert "no night" in health_of(store, settings, pd.Timestamp("2025-01-01 03:00")).faults[0]
        run_nightly(store, settings, "2025-01-01 02:30")
        good = health_of(store, settings, pd.Timestamp("2025-01-01 12:00"))
        assert good.faults == ()
        assert good.lag_hours == 0
        late = health_of(store, settings, pd.Timestamp("2025-01-03 03:30"))
        assert late.lag_hours == 25.0
        assert "25.0 hours late" in late.faults[0]
    text = metrics_text(late)
    assert "warning_healthy 0\n" in text
    assert "warning_lag_seconds 90000\n" in text
    assert all(line.startswith("#") or len(line.split()) == 2 for line in text.splitlines())
    assert run(["health", "--store", hamlet, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["healthy"] is False


def test_metrics_are_written_by_the_command(hamlet: str, tmp_path: Path) -> None:
    """The file is there in one piece and nothing else is left in its directory."""
    (tmp_path / "metrics").mkdir()
    run(["health", "--store", hamlet, "--metrics", str(tmp_path / "metrics" / "warning.prom")])
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == ["warning.prom"]


def test_metrics_may_be_read_by_the_collector(hamlet: str, tmp_path: Path) -> None:
    """Under the unit's umask, too: they are counts, and the collector has its own account."""
    metrics = tmp_path / "warning.prom"
    before = os.umask(0o077)
    try:
        run(["health", "--store", hamlet, "--metrics", str(metrics)])
        write_unknown(tmp_path / "unknown.prom")
    finally:
        os.umask(before)
    assert metrics.stat().st_mode & 0o777 == 0o644
    assert (tmp_path / "unknown.prom").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("arguments", [["schedule", "--once"], ["schedule"]])
def test_a_mistyped_store_is_refused(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by every other command: no new store is made, no empty night is run."""
    assert run([*arguments, "--store", f"sqlite:///{tmp_path / 'typo.db'}"]) == 2
    assert "no such store" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_empty_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As by ``check``: the clock does not begin to wait."""
    monkeypatch.setattr("warning.scheduling.run_by_the_clock", lambda *_: None)
    file = tmp_path / "empty.db"
    file.touch()
    assert run(["schedule", "--store", f"sqlite:///{file}"]) == 2
    told = capsys.readouterr()
    assert "the database is empty" in told.err
    assert "run warning load" in told.err
    assert not told.out


def test_a_store_that_cannot_be_asked_is_waited_for(
    hamlet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock begins: the database may be back at its next beat."""
    monkeypatch.setattr("warning.scheduling.run_by_the_clock", lambda *_: None)
    monkeypatch.setattr(Store, "open_existing", fails_by(StoreError(Problem(hamlet, "gone"))))
    assert run(["schedule", "--store", hamlet]) == 0


def test_another_time_zone_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file of a version before loads; a zone that nights do not go by is named with its line."""
    assert configured(tmp_path, "hour: 3\ntime_zone: Asia/Shanghai\n").schedule.hour == 3
    (tmp_path / "config" / "schedule.yaml").write_text("hour: 3\ntime_zone: America/New_York\n")
    assert run(["check", "--config", str(tmp_path / "config")]) == 2
    told = capsys.readouterr().err
    assert "schedule.yaml:2: time_zone is 'America/New_York'" in told
    assert "expected: Asia/Shanghai" in told
    assert "correct the value in this line" in told


def test_metrics_are_written_by_cron(hamlet: str, tmp_path: Path) -> None:
    """``schedule --once`` leaves the file, whether its night ends well or not."""
    metrics = tmp_path / "warning.prom"
    configured(tmp_path, f"metrics: {metrics}\n")
    command = ["schedule", "--once", "--config", str(tmp_path / "config"), "--store", hamlet]
    assert run([*command, "--night", "2025-01-01"]) == 0
    assert "warning_last_exit_code 0\n" in metrics.read_text()
    metrics.unlink()
    assert run([*command, "--night", "2024-01-01"]) == 1  # before the last night
    assert "warning_last_success_timestamp_seconds" in metrics.read_text()


@pytest.mark.parametrize("gone", ["sqlite", "postgresql"])
def test_metrics_of_a_store_that_is_gone_say_so(
    gone: str, night_of: NightOf, hamlet: str, tmp_path: Path
) -> None:
    """Nothing stays of the file that said it was well; when the store is back, it is well again."""
    metrics = tmp_path / "warning.prom"
    settings = configured(tmp_path, f"{FAST}metrics: {metrics}\n")
    shutil.copy(night_of(due_night(settings, local_now())), tmp_path / "w.db")
    leave_metrics(hamlet, settings)
    assert "warning_healthy 1\n" in metrics.read_text()
    missing = f"sqlite:///{tmp_path / 'gone.db'}"
    url = missing if gone == "sqlite" else f"postgresql://postgres@/gone?host={tmp_path}"
    clock = Clock(url, settings, None)
    clock.beat()
    assert [line for line in metrics.read_text().splitlines() if line[0] != "#"] == [
        "warning_healthy 0"
    ]
    assert not (tmp_path / "gone.db").exists()
    Clock(hamlet, settings, None).beat()
    assert "warning_healthy 1\n" in metrics.read_text()


def log_until(what: str, process: "subprocess.Popen[str]") -> list[str]:
    """The lines that a process writes up to the one that says it."""
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if what in line:
            return lines
    raise AssertionError("".join(lines))


def nights_of(url: str) -> list[pd.Timestamp]:
    """The nights that a store holds."""
    with Store.open(url) as store:
        return store.runs()["as_of"].tolist()


def test_sigterm_while_the_night_runs(
    night_of: NightOf,
    hamlet_store: Path,
    new_url: str,
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The scheduler undoes the night and leaves; the next one catches up, and it is whole."""
    url = filled(hamlet_store, new_url, tmp_path)
    settings = configured(tmp_path, FAST.replace("nights: 2", "nights: 1"))
    due = local_now().normalize()
    clock = start("schedule", "--config", "config", url=url)
    log_until("night_begins", clock)
    with Store.open(url) as store:
        end = time.monotonic() + 60
        while store.table("attempts").empty:
            assert time.monotonic() < end
            time.sleep(0.02)
        clock.send_signal(signal.SIGTERM)
        _, told = clock.communicate(timeout=60)
        assert clock.returncode == 0
        assert "schedule_ends" in told
        assert "Traceback" not in told
        assert store.table("attempts")["outcome"].tolist() == ["stopped"], told
        assert store.runs().empty
        assert store.table("warnings").empty
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    Clock(url, settings, tmp_path / "config").beat()
    assert nights_of(url) == [due]
    assert night_tables(url) == night_tables(f"sqlite:///{night_of(due)}")


def test_misfires_are_one_catching_up(
    night_of: NightOf, postgresql: Server, start: Start, tmp_path: Path
) -> None:
    """A scheduler that slept over many beats, or two nights, runs each by its own as-of, once."""
    configured(tmp_path, FAST)
    today = local_now().normalize()
    last = today - pd.Timedelta(days=2)
    url = moved(night_of(last), postgresql.database(), tmp_path)
    last_is(url, today)  # nothing is due
    clock = start("schedule", "--config", "config", url=url)
    log_until("schedule_begins", clock)
    clock.send_signal(signal.SIGSTOP)
    last_is(url, last)  # two days later
    time.sleep(3.5)
    clock.send_signal(signal.SIGCONT)
    for _ in range(2):
        log_until("night_ends", clock)
    time.sleep(2.5)  # beats that must find nothing to do
    clock.send_signal(signal.SIGTERM)
    _, told = clock.communicate(timeout=60)
    assert clock.returncode == 0
    assert "night_begins" not in told
    assert nights_of(url) == [today - pd.Timedelta(days=days) for days in (2, 1, 0)]
    with Store.open(url) as store:
        assert store.table("attempts")["as_of"].tolist() == nights_of(url)
        faults = health_of(store, load_settings(), local_now()).faults
    assert not any("the clock is before" in fault for fault in faults)


def test_a_clock_that_was_set_back(
    night_of: NightOf, new_url: str, start: Start, tmp_path: Path
) -> None:
    """Nothing runs, and it is said."""
    configured(tmp_path, FAST)
    today = local_now().normalize()
    url = filled(night_of(today - pd.Timedelta(days=2)), new_url, tmp_path)
    ahead = today + pd.Timedelta(days=2)
    last_is(url, ahead)  # what a clock that was ahead has left
    clock = start("schedule", "--config", "config", url=url)
    log_until("schedule_begins", clock)
    time.sleep(2.5)
    clock.send_signal(signal.SIGTERM)
    _, told = clock.communicate(timeout=60)
    assert clock.returncode == 0
    assert "night_begins" not in told
    assert nights_of(url) == [ahead]
    with Store.open(url) as store:
        faults = health_of(store, load_settings(), local_now()).faults
    assert any("the clock is before" in fault for fault in faults)
