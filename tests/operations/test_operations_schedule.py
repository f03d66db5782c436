"""The clock: which nights are due, one at a time, hung ones ended, stopped cleanly, watched."""

import json
import os
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.operations.conftest import Start
from warning.cli import run
from warning.errors import RefusedError
from warning.keeping.health import health_of, metrics_text
from warning.moments import local_now
from warning.nightly import run_nightly
from warning.scheduling import Clock, nights_due
from warning.settings import Settings, load_settings
from warning.store import Store

FAST = "hour: 0\nminute: 0\nheartbeat_seconds: 1\nmost_days_ahead: 10000\ncatch_up_nights: 2\n"


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


def wait_for(what: str, process_log: Path, seconds: float = 60) -> None:
    """Until the log of a process says it."""
    end = time.monotonic() + seconds
    while what not in process_log.read_text():
        assert time.monotonic() < end, process_log.read_text()
        time.sleep(0.1)


def test_two_schedulers_run_each_night_once(hamlet: str, start: Start, tmp_path: Path) -> None:
    """Two schedulers on one store leave each night once, and leave cleanly at SIGTERM."""
    configured(tmp_path, FAST + "retry_minutes: 0.01\nlogs: json\n")
    today = local_now().normalize()
    run_nightly(hamlet, None, today - pd.Timedelta(days=5))
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
    settings = configured(tmp_path, FAST + "limit_minutes: 0.05\nstop_seconds: 0.2\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    clock = Clock(hamlet, settings, None)

    def freeze() -> None:
        while clock._child is None:
            time.sleep(0.01)
        time.sleep(0.5)
        os.kill(clock._child.pid, signal.SIGSTOP)

    frozen = threading.Thread(target=freeze)
    frozen.start()
    assert clock.run_night(pd.Timestamp("2025-01-01")) == -signal.SIGKILL
    frozen.join()
    with Store.open(hamlet) as store:
        assert store.runs().empty
    assert not run_nightly(hamlet, None, "2025-01-01").repeated


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
