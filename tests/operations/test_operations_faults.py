"""Faults with real processes and real databases: killed, full, gone, out of memory, damaged."""

import contextlib
import io
import os
import random
import resource
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pytest

import warning
from tests.conftest import with_tables
from tests.copying import filled, moved
from tests.killing import kill_after, kill_at, night, night_tables, spread, statements_of
from tests.postgresql import Server, server
from warning.cli import run
from warning.errors import StoreError
from warning.interrupts import Stopped
from warning.nightly import run_nightly
from warning.settings import load_settings
from warning.store import Store
from warning.store.ledger import begin_attempt

FIRST, SECOND = "2024-12-01", "2025-01-01"


@pytest.fixture(scope="module")
def begun(hamlet_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a first night, on which the second is disturbed.

    Its memory is one of other settings: the second night links everything and leaves its own.
    """
    path = tmp_path_factory.mktemp("begun") / "w.db"
    shutil.copy(hamlet_store, path)
    packaged = load_settings()
    matching = packaged.matching.model_copy(update={"link_threshold": 0.9})
    run_nightly(f"sqlite:///{path}", replace(packaged, matching=matching), FIRST)
    return path


@pytest.fixture(scope="module")
def steps_and_tables(
    begun: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[int, dict[str, str]]:
    """The steps of a second night that nothing disturbed, and the tables after it."""
    url = copied(begun, tmp_path_factory.mktemp("undisturbed"))
    return statements_of(night(url, SECOND)), night_tables(url)


@pytest.fixture(scope="module")
def undisturbed(steps_and_tables: tuple[int, dict[str, str]]) -> dict[str, str]:
    """The tables after a second night that nothing disturbed."""
    return steps_and_tables[1]


def copied(begun: Path, directory: Path) -> str:
    """The URL of a copy of the begun store."""
    return filled(begun, f"sqlite:///{directory / 'w.db'}", directory)


def test_a_night_killed_anywhere_ends_as_if_it_had_not_been(
    begun: Path, steps_and_tables: tuple[int, dict[str, str]], new_url: str, tmp_path: Path
) -> None:
    """Killed six times from its first statement to its last commit, then left alone."""
    count, undisturbed = steps_and_tables
    url = filled(begun, new_url, tmp_path)
    assert count > 30
    killed = [kill_at(moment, night(url, SECOND)) for moment in spread(count, 6)]
    # Stages that were kept make later attempts shorter: not every late moment is reached.
    assert sum(killed) >= 4
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_a_night_from_memory_killed_anywhere(
    hamlet_store: Path, new_url: str, tmp_path: Path
) -> None:
    """What it had linked is kept as patches of the memory: taken up again it is the same night."""
    first, second, third = "2024-12-19", "2024-12-22", "2024-12-25"
    begun = tmp_path / "begun.db"
    shutil.copy(hamlet_store, begun)
    for moment in (first, second):
        run_nightly(f"sqlite:///{begun}", None, moment)
    (tmp_path / "alone").mkdir()
    alone, url = copied(begun, tmp_path / "alone"), filled(begun, new_url, tmp_path)
    count = statements_of(night(alone, third))
    assert sum(kill_at(step, night(url, third)) for step in spread(count, 5)) >= 3
    assert run_nightly(url, None, third).summary["linked_from_memory"]
    assert night_tables(url) == night_tables(alone)


def test_a_night_killed_at_random_moments(
    begun: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Killed by the clock, wherever it is: in linking, in what follows, while it writes."""
    url = copied(begun, tmp_path)
    for seconds in (0.01, 0.2, 0.6, 1.2, 2, 0.4, 0.5, 0.6, 0.7):
        kill_after(seconds, night(url, SECOND))
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_the_database_goes_and_comes_back(
    begun: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """The server crashes mid-run: the night says so; when it is back it ends as it should."""
    with server() as running:
        url = moved(begun, running.database(), tmp_path)
        stages = 0

        def crash(_stage: str) -> None:
            nonlocal stages
            stages += 1
            if stages == 3:
                running.stop("immediate")

        with pytest.raises(StoreError, match=r"does not answer|went away"):
            run_nightly(url, None, SECOND, progress=crash)
        running.start()
        run_nightly(url, None, SECOND)
        assert night_tables(url) == undisturbed


def in_child(arguments: list[str], limit: Callable[[], None]) -> tuple[int, str]:
    """Exit code and words of a command in a child under a limit."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
        words = io.StringIO()
        try:
            with contextlib.redirect_stderr(words), contextlib.redirect_stdout(words):
                limit()
                code = run(arguments)
            resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
            os.write(writing, words.getvalue().encode()[:60_000])
            os._exit(code)
        finally:
            os._exit(70)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8", errors="replace") as pipe:
        told = pipe.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), told


def test_a_file_that_may_not_grow(begun: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """A full disk, as a limit of file size gives it: said, nothing half, and whole afterwards."""
    url = copied(begun, tmp_path)
    Store.open(url).close()
    size = (tmp_path / "w.db").stat().st_size

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size // 2, size // 2))

    code, told = in_child(["run", "--as-of", SECOND, "--store", url], small)
    assert code == 1, told
    assert "disk" in told
    assert "Traceback" not in told
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_a_server_whose_files_may_not_grow(tmp_path: Path) -> None:
    """A full disk of the server's, as its files' limit gives it: said, undone, whole afterwards."""
    signs = random.Random(7)
    records = pd.DataFrame(
        {"channel": "110", "record_id": [f"R{number}" for number in range(150)],
         "reported_at": "2024-01-01 10:00:00",
         "narrative": ["".join(chr(signs.randrange(0x4E00, 0x9FA5)) for _ in range(4000))
                       for _ in range(150)]}
    )  # fmt: skip
    records.to_csv(tmp_path / "110.csv", index=False)
    with server() as running:
        url = running.database()
        Store.open(url).close()
        # Beyond the server's own log, and half a page: it writes what fits and tells the rest.
        running.limit_files((1 << 20) + 4096)
        code, told = in_child(["load", str(tmp_path / "110.csv"), "--store", url], lambda: None)
        assert code == 1, told
        assert "disk is full" in told
        assert "Traceback" not in told
        with Store.open(url) as store:
            assert store.table("records").empty
        running.limit_files(None)
        assert warning.load(url, records).stored == 150
        with Store.open(url) as store:
            assert len(store.table("records")) == 150


def test_too_little_memory(begun: Path, undisturbed: dict[str, str], tmp_path: Path) -> None:
    """The memory limit is hit: said in a line, exit 3, nothing half, and the night is whole."""
    url = copied(begun, tmp_path)
    row = "Z{},110,2024-12-20 10:00:00," + "吵" * 1_000_000 + "\n"
    text = "record_id,channel,reported_at,narrative\n" + "".join(map(row.format, range(20)))
    (tmp_path / "big.csv").write_text(text, encoding="utf-8")

    def small() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        allowed = pages * resource.getpagesize() + 30_000_000
        resource.setrlimit(resource.RLIMIT_AS, (allowed, resource.RLIM_INFINITY))

    code, told = in_child(["load", str(tmp_path / "big.csv"), "--store", url], small)
    assert code == 3, told
    assert "Out of memory" in told
    assert "Traceback" not in told
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_a_damaged_model_is_refused(
    begun: Path, undisturbed: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model with one changed byte, a cut one and none: refused before anything is done."""
    url = copied(begun, tmp_path)
    model = tmp_path / "model.json"
    good = (Path(__file__).parents[2] / "warning" / "models" / "default.json").read_bytes()
    digit = next(i for i, byte in enumerate(good) if byte in b"12345678" and i > len(good) // 2)
    for content in (good[:-20], b"", good[:digit] + b"9" + good[digit + 1 :]):
        model.write_bytes(content)
        assert run(["run", "--as-of", SECOND, "--store", url, "--model", str(model)]) == 1
        told = capsys.readouterr().err
        assert "model.json" in told
        assert "Traceback" not in told
    model.unlink()
    assert run(["run", "--as-of", SECOND, "--store", url, "--model", str(model)]) == 1
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


class Waiting:
    """In the place of the driver's waiting for PostgreSQL: SIGTERM comes during one of the waits."""

    def __init__(self) -> None:
        self._wait = psycopg.waiting.wait
        self.waits, self.stopped_at = 0, 0

    def __call__(self, answer: Any, *given: Any, **named: Any) -> Any:
        """Wait, or have the question sent and be stopped."""
        self.waits += 1
        if self.waits != self.stopped_at:
            return self._wait(answer, *given, **named)
        try:
            next(answer)
        except StopIteration as done:
            return done.value
        raise Stopped


def test_sigterm_while_the_database_answers(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was asked is broken off, and the process is stopped, not failed, wherever it waits."""
    url, at, waiting = with_tables(postgresql.database()), pd.Timestamp("2025-01-01"), Waiting()
    monkeypatch.setattr(psycopg.waiting, "wait", waiting)

    def begins() -> None:
        with Store.open(url) as store, store.at_work():
            begin_attempt(store, at, at)
            store.known(at, versions=True)

    begins()
    stopped = 0
    for moment in range(1, waiting.waits + 1):
        waiting.waits, waiting.stopped_at = 0, moment
        with suppress(Stopped):
            begins()
            continue
        stopped += 1
    assert stopped > 20
