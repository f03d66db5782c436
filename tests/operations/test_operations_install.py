"""The ten commands of the guide's operations page, read out of it and run in order.

As they are written, but for :data:`INSTEAD`: nothing outside a directory is touched, the tests'
account does what the page gives to other accounts (each is the database's role of its name), the
server is the tests', the packages are those that the tests run with, and what systemd would run
is run by the test.
"""

import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.postgresql import Server, binaries
from warning.store import Store

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guide"
#: A pattern of the page → what is run in its place; {here} is the test's directory.
INSTEAD = {
    r"^sudo apt-get install -y postgresql python3-venv$": "true",
    r"^sudo useradd --system --create-home --home-dir (\S+) .*$": r"mkdir -p \1",
    r"sudo systemctl enable --now warning$": "true",
    r"sudo -u (\w+) ": r"env PGUSER=\1 ",
    r"sudo ": "",
    r" -g warning ": " ",
    r"host=/var/run/postgresql": "host={server}",
    r"(?<![\w.])/(var/lib/warning|etc|path/to)/": r"{here}/\1/",
    r"(?<![\w.])/var/lib/warning(?= |$)": "{here}/var/lib/warning",
}


def ten_commands() -> list[str]:
    """The lines of the page's first block."""
    page = (GUIDE / "operations.md").read_text(encoding="utf-8")
    found = re.search(
        r"^## Ten commands\n.*?^```console\n(.*?)^```", page, re.DOTALL | re.MULTILINE
    )
    assert found is not None
    lines = found[1].splitlines()
    assert all(line.startswith("$ ") for line in lines)
    return [line[2:] for line in lines]


def adapted(text: str, here: Path, server: Path) -> str:
    """A command or the unit with the places of the test."""
    for pattern, instead in INSTEAD.items():
        text = re.sub(pattern, instead, text, flags=re.MULTILINE)
    return text.replace("{here}", str(here)).replace("{server}", str(server))


def wheel(out: Path) -> None:
    """Build the package."""
    isolation = [] if importlib.util.find_spec("hatchling") is None else ["--no-isolation"]
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        *isolation,
        "--outdir",
        str(out),
        str(ROOT),
    ]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def deliveries(directory: Path) -> None:
    """The two files that the page loads."""
    directory.mkdir(parents=True)
    calls = pd.DataFrame(
        {"record_id": ["N1", "N2"], "channel": "110", "reported_at": "2024-12-31 10:00:00"}
    )
    calls.to_csv(directory / "接警单.csv", index=False)
    calls.assign(channel="12345").to_excel(directory / "工单.xlsx", index=False)


def test_ten_commands_lead_to_a_scheduled_night(postgresql: Server, tmp_path: Path) -> None:
    """From nothing but a server to a night that the clock ran, by the page alone."""
    commands = ten_commands()
    assert len(commands) == 10
    assert commands[0].startswith("sudo apt-get install")
    wheel(tmp_path)
    shutil.copy(GUIDE / "warning.service", tmp_path)
    deliveries(tmp_path / "path" / "to")
    (tmp_path / "etc" / "systemd" / "system").mkdir(parents=True)
    programs = binaries()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("WARNING_")},
        "PATH": f"{Path(sys.executable).parent}:{programs}:{os.environ['PATH']}",
        "PGHOST": str(postgresql.directory),
        # The packages that the tests run with, in place of downloading them anew.
        "PIP_NO_DEPS": "1",
        "PIP_NO_INDEX": "1",
    }
    home = tmp_path / "var" / "lib" / "warning"
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    script = []
    for number, command in enumerate(commands, 1):
        line = adapted(command, tmp_path, postgresql.directory)
        script.append(f"eval {shlex.quote(line)} || {{ echo 'command {number} failed'; exit 1; }}")
        if "pip install" in command:
            lent = shlex.quote(sysconfig.get_path("purelib"))
            script.append(f"echo {lent} > {home}/venv/{library}/lent.pth")
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    unit = (tmp_path / "etc/systemd/system/warning.service").read_text(encoding="utf-8")
    nights = a_night_of(adapted(unit, tmp_path, postgresql.directory), environment)
    assert nights["status"].tolist() == ["done"]
    with_key = (home / "key").stat()
    assert with_key.st_mode & 0o077 == 0
    assert a_night_by_cron(tmp_path)["status"].tolist() == ["done"]


def a_night_of(unit: str, environment: dict[str, str]) -> pd.DataFrame:
    """Start what the unit starts, as it says, until the night that is due was run; then stop it."""
    value = dict(
        re.findall(r"^(User|WorkingDirectory|EnvironmentFile|ExecStart)=(.*)$", unit, re.MULTILINE)
    )
    lines = Path(value["EnvironmentFile"]).read_text(encoding="utf-8").splitlines()
    own = dict(line.split("=", 1) for line in lines)
    process = subprocess.Popen(
        shlex.split(value["ExecStart"]),
        cwd=value["WorkingDirectory"],
        env={**environment, "PGUSER": value["User"], **own},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        end = time.monotonic() + 120
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PGUSER", value["User"])
            patch.delenv("WARNING_KEY")
            patch.setenv("WARNING_KEY_FILE", own["WARNING_KEY_FILE"])
            with Store.open(own["WARNING_STORE"]) as store:
                while len(nights := store.runs()) == 0:
                    assert time.monotonic() < end
                    assert process.poll() is None, process.communicate()[0]
                    time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGTERM)
        told, _ = process.communicate(timeout=60)
    assert process.returncode == 0, told
    return nights


def a_night_by_cron(here: Path) -> pd.DataFrame:
    """Run the page's cron line as cron does, on a store of its own: its nights."""
    page = (GUIDE / "operations.md").read_text(encoding="utf-8")
    found = re.search(r"^\d+ \d+ \* \* \* (.*)$", page, re.MULTILINE)
    assert found is not None
    assert "%" not in found[1]  # cron takes it for the end of the line
    line = adapted(found[1], here, here)
    home = here / "var" / "lib" / "warning"
    file, url = here / "etc" / "warning" / "environment", f"sqlite:///{home / 'cron.db'}"
    file.write_text(
        re.sub("^WARNING_STORE=.*$", f"WARNING_STORE={url}", file.read_text(), flags=re.MULTILINE)
    )
    program = str(home / "venv" / "bin" / "warning")
    delivery = str(here / "path" / "to" / "接警单.csv")
    # Nothing of a login: no locale, the shortest search path, another directory.
    bare = {"HOME": str(home), "LOGNAME": "warning", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    loading = [program, "load", delivery, "--store", url]
    subprocess.run(loading, check=True, env=bare | {"WARNING_KEY_FILE": str(home / "key")})
    done = subprocess.run(
        ["/bin/sh", "-c", line], cwd="/", env=bare, capture_output=True, text=True, timeout=300
    )
    told = (home / "night.log").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr + told
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WARNING_KEY")
        patch.setenv("WARNING_KEY_FILE", str(home / "key"))
        with Store.open(url) as store:
            return store.runs()
