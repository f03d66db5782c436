"""Memory that runs out, with real processes: each ends in time, in words, with nothing half."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.copying import filled
from tests.killing import night_tables
from tests.operations.conftest import ROOT, Start
from warning.cli import run
from warning.keeping.health import health_of
from warning.memory_limit import OutOfMemory, at_most, kills, unit_limit, watch_again
from warning.moments import local_now
from warning.nightly import run_nightly
from warning.settings import load_settings
from warning.store import Store

AS_OF = "2025-01-01"
#: From what cannot even load the libraries to what a small night may just need.
LIMITS_MB = (150, 400, 700, 830, 930)


def ended(command: list[str], directory: Path, limit_mb: int | None = None) -> tuple[int, str, str]:
    """Exit code, output and errors of a process under a limit of addresses."""

    def limit() -> None:
        if limit_mb is not None:
            resource.setrlimit(resource.RLIMIT_AS, (limit_mb << 20, limit_mb << 20))

    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, *command], cwd=directory, env=environment, preexec_fn=limit,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


def test_a_night_under_any_limit_of_memory_ends_in_words(
    hamlet: str, hamlet_night: Path, tmp_path: Path
) -> None:
    """Whole, or exit 3 in words; tried again and again it ends as an undisturbed one."""
    url = hamlet
    codes = []
    for limit_mb in LIMITS_MB:
        code, _, told = ended(
            ["-m", "warning", "run", "--as-of", AS_OF, "--store", url], tmp_path, limit_mb
        )
        codes.append(code)
        assert code in {0, 3}, told
        if code == 3:
            assert "Out of memory" in told
            assert "Traceback" not in told
            with Store.open(url) as store:
                assert store.runs().empty
                assert store.table("warnings").empty
    assert codes[:3] == [3, 3, 3]
    run_nightly(url, None, AS_OF)
    assert night_tables(url) == night_tables(f"sqlite:///{hamlet_night}")


WATCHED = """
import os, signal, sys, time
from warning import watching
watching.HANGS_SECONDS = 0.5
watching.near_the_limit = lambda process: {near}
def work():
    {work}
sys.exit(watching.watched(work, lambda: print("no memory") or 3))
"""


@pytest.mark.parametrize(
    ("work", "near", "code", "told"),
    [
        ("return 2", True, 2, ""),
        # What a library in C does without memory: crash, end the process, hang.
        ("os.kill(os.getpid(), signal.SIGSEGV)", False, 3, "no memory\n"),
        ("os._exit(1)", False, 3, "no memory\n"),
        ("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", True, 3, "no memory\n"),
        # Somebody else's kill is not said to be memory.
        ("os.kill(os.getpid(), signal.SIGKILL)", False, 137, ""),
        ("time.sleep(1); return 0", False, 0, ""),
        ("os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)", False, 143, ""),
        ("os.kill(os.getppid(), signal.SIGHUP); time.sleep(60)", False, 129, ""),
    ],
)
def test_the_watcher_says_what_the_child_cannot(
    work: str, near: bool, code: int, told: str, tmp_path: Path
) -> None:
    """Each row: what happens in the child, whether it is at the limit, what the watcher makes of it."""
    script = WATCHED.format(work=work, near=near)
    assert ended(["-c", script], tmp_path)[:2] == (code, told)


def test_a_scheduled_night_over_its_limit_stops_and_says_memory(
    hamlet: str, start: Start, tmp_path: Path
) -> None:
    """``limit_memory_mb``: exit 3, the ledger and the clock's log say memory, nothing is half."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "schedule.yaml").write_text(
        "hour: 0\nminute: 0\nheartbeat_seconds: 1\nlimit_memory_mb: 64\nlogs: json\n"
    )
    clock = start("schedule", "--config", "config", url=hamlet)
    lines = []
    assert clock.stderr is not None
    for line in clock.stderr:
        lines.append(line)
        if "night_ends" in line:
            break
    clock.send_signal(signal.SIGTERM)
    clock.communicate(timeout=60)
    told = json.loads(lines[-1])
    assert (told["exit_code"], told["cause"]) == (3, "memory")
    assert "Out of memory" in "".join(lines)
    assert clock.returncode == 0
    with Store.open(hamlet) as store:
        assert store.runs().empty
        state = health_of(store, load_settings(), local_now())
    # The limit is so low that it may be passed before the attempt is noted.
    assert (state.last_outcome, state.last_exit_code) in {("memory", 3), (None, None)}


def test_the_limit_of_the_unit_is_known(tmp_path: Path) -> None:
    """The least of the process's cgroup and those around it; what the kernel killed is counted."""
    proc, root = tmp_path / "proc", tmp_path / "cgroup"
    inner = root / "system.slice" / "warning.service"
    (proc / "self").mkdir(parents=True)
    inner.mkdir(parents=True)
    assert unit_limit(proc, root) is None
    (proc / "self" / "cgroup").write_text("0::/system.slice/warning.service\n")
    (inner / "memory.max").write_text("8589934592\n")
    (root / "system.slice" / "memory.max").write_text("max\n")
    (inner / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    assert unit_limit(proc, root) == 8 << 30
    assert kills(proc, root) == 2
    (root / "system.slice" / "memory.max").write_text("1048576\n")
    assert unit_limit(proc, root) == 1 << 20


def test_the_limit_of_a_unit_is_known_on_an_older_system(tmp_path: Path) -> None:
    """Where memory is counted by version 1 of cgroups, beside an empty tree of version 2."""
    proc, root = tmp_path / "proc", tmp_path / "cgroup"
    outer, inner = root / "memory" / "system.slice", root / "memory" / "system.slice" / "warning"
    (proc / "self").mkdir(parents=True)
    inner.mkdir(parents=True)
    (proc / "self" / "cgroup").write_text(
        "5:cpuset:/\n4:hugetlb,memory:/system.slice/warning\n1:name=systemd:/x\n0::/\n"
    )
    for one in (root / "memory", outer, inner):
        (one / "memory.limit_in_bytes").write_text("9223372036854771712\n")
    assert unit_limit(proc, root) is None
    (outer / "memory.limit_in_bytes").write_text("734003200\n")
    (inner / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 2\n")
    assert unit_limit(proc, root) == 700 << 20
    assert kills(proc, root) == 2


def test_health_knows_a_killed_night_at_once(
    hamlet_store: Path,
    new_url: str,
    start: Start,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """While it runs it is running; killed, it counts as such before any other night begins."""
    url = filled(hamlet_store, new_url, tmp_path)
    night = start("run", "--as-of", AS_OF, url=url)
    assert night.stderr is not None
    night.stderr.readline()  # its first stage has begun
    with Store.open(url) as store:
        running = health_of(store, load_settings(), local_now())
        assert (running.last_outcome, running.failed_attempts) == ("running", 0)
        night.kill()
        night.communicate(timeout=60)
        end = time.monotonic() + 10  # the server lets the lock go a little later
        while health_of(store, load_settings(), local_now()).last_outcome == "running":
            assert time.monotonic() < end
            time.sleep(0.1)
        killed = health_of(store, load_settings(), local_now())
    assert (killed.last_outcome, killed.failed_attempts) == ("killed", 1)
    assert any("killed" in fault for fault in killed.faults)
    assert run(["health", "--store", url]) == 1
    assert "last attempt: killed" in capsys.readouterr().out


def test_who_catches_a_want_of_memory_is_watched_again() -> None:
    """Not while it is undone; after that a block may be ended once more."""

    def work() -> None:
        """A long sleep would be ended only when it is over."""
        for _ in range(2000):
            time.sleep(0.01)

    with at_most(1):
        with pytest.raises(OutOfMemory):
            work()
        time.sleep(0.5)
        watch_again()
        with pytest.raises(OutOfMemory):
            work()
