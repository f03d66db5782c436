"""Faults with real processes and real databases: killed, full, gone, out of memory, damaged."""

import contextlib
import io
import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.killing import kill_after, kill_at, night, night_tables, spread, statements_of
from tests.postgresql import Server, server
from warning.cli import run
from warning.errors import StoreError
from warning.nightly import run_nightly
from warning.store import Store
from warning.store.backup import restore_backup, write_backup

FIRST, SECOND = "2024-12-01", "2025-01-01"


@pytest.fixture(scope="module")
def begun(hamlet_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a first night, on which the second is disturbed."""
    path = tmp_path_factory.mktemp("begun") / "w.db"
    shutil.copy(hamlet_store, path)
    run_nightly(f"sqlite:///{path}", None, FIRST)
    return path


@pytest.fixture(scope="module")
def undisturbed(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The tables after a second night that nothing disturbed."""
    path = tmp_path_factory.mktemp("undisturbed") / "w.db"
    shutil.copy(begun, path)
    run_nightly(f"sqlite:///{path}", None, SECOND)
    return night_tables(f"sqlite:///{path}")


def copied(begun: Path, directory: Path, name: str = "w.db") -> str:
    """The URL of a copy of the begun store."""
    shutil.copy(begun, directory / name)
    return f"sqlite:///{directory / name}"


def moved(begun: Path, directory: Path, url: str) -> None:
    """Bring the begun store to the empty database at ``url``."""
    with Store.open(f"sqlite:///{begun}") as store, store.reading() as connection:
        write_backup(connection, directory / "b.zip", store.runs()["as_of"].max())
    restore_backup(directory / "b.zip", url)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_night_killed_anywhere_ends_as_if_it_had_not_been(
    database: str,
    begun: Path,
    undisturbed: dict[str, str],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """Killed a dozen times from its first statement to its last commit, then left alone."""
    if database == "sqlite":
        url = copied(begun, tmp_path)
        count = statements_of(night(copied(begun, tmp_path, "count.db"), SECOND))
    else:
        running: Server = request.getfixturevalue("postgresql")
        url = running.database()
        moved(begun, tmp_path, url)
        template = make_url(url).database or ""
        count = statements_of(night(running.database(template), SECOND))
    assert count > 30
    killed = [kill_at(moment, night(url, SECOND)) for moment in spread(count, 12)]
    # Stages that were kept make later attempts shorter: not every late moment is reached.
    assert sum(killed) >= 6
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_a_night_killed_at_random_moments(
    begun: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """Killed by the clock, wherever it is, again and again."""
    url = copied(begun, tmp_path)
    for seconds in (0.01, 0.05, 0.1, 0.2, 0.3, 0.45, 0.6, 0.8):
        kill_after(seconds, night(url, SECOND))
    run_nightly(url, None, SECOND)
    assert night_tables(url) == undisturbed


def test_the_database_goes_and_comes_back(
    begun: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    """The server crashes mid-run: the night says so; when it is back it ends as it should."""
    with server() as running:
        url = running.database()
        moved(begun, tmp_path, url)
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
