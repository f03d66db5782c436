"""A real PostgreSQL server for tests: made in a temporary directory, stopped at the end."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

#: Set by the gate: without a server the tests then fail instead of being skipped.
REQUIRED = "WARNING_TEST_POSTGRESQL"


def binaries() -> Path | None:
    """The directory of initdb and pg_ctl; Debian keeps it out of the path."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


class Server:
    """A running server; each database it makes is empty."""

    def __init__(self, directory: Path, programs: Path) -> None:
        self.directory = directory
        self._programs = programs
        self._names = count()

    def _run(self, program: str, *arguments: str) -> None:
        self._as_its_user(str(self._programs / program), *arguments)

    def _as_its_user(self, *command: str) -> None:
        # The server refuses to run as root; its own user is there wherever it is installed.
        prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        with tempfile.TemporaryFile() as told:
            done = subprocess.run(
                [*prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=told,
                stderr=told,
                cwd="/",
                timeout=120,
            )
            told.seek(0)
            assert done.returncode == 0, told.read().decode(errors="replace")

    def make(self) -> None:
        """Initialise the cluster; as on most servers, its locale is not C."""
        if os.getuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run("initdb", "-D", f"{self.directory}/data", "-U", "postgres", "-A", "trust",
                  "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--wal-segsize=1")  # fmt: skip

    def start(self) -> None:
        """Start and wait until it answers; only on a socket, so no port is taken."""
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self.directory} -c fsync=off "
            "-c max_prepared_transactions=2"
        )
        self._run("pg_ctl", "-D", f"{self.directory}/data", "-l", f"{self.directory}/log",
                  "-o", options, "-w", "start")  # fmt: skip

    def stop(self, mode: str = "immediate") -> None:
        """Stop; ``immediate`` is as good as a crash."""
        self._run("pg_ctl", "-D", f"{self.directory}/data", "-m", mode, "-w", "stop")

    def limit_files(self, size: int | None) -> None:
        """No file of the sessions that begin from now on grows beyond so many bytes; None: any."""
        pid = (self.directory / "data/postmaster.pid").read_text().split()[0]
        soft = "unlimited" if size is None else str(size)
        self._as_its_user("prlimit", "--pid", pid, f"--fsize={soft}:")

    def database(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of ``template``."""
        name = f"warning_{os.getpid()}_{next(self._names)}"
        self._run("createdb", "-h", str(self.directory), "-U", "postgres", "-T", template,
                  "--strategy=file_copy", name)  # fmt: skip
        return self.url(name)

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://postgres@/{name}?host={self.directory}"


@contextmanager
def server() -> Iterator[Server]:
    """A server for the time of the block; skips the test where PostgreSQL is not installed."""
    programs = binaries()
    if programs is None:
        message = "PostgreSQL is not installed"
        if os.environ.get(REQUIRED):
            pytest.fail(message)
        pytest.skip(message)
    directory = Path(tempfile.mkdtemp(prefix="warning-pg-"))
    running = Server(directory, programs)
    try:
        running.make()
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
