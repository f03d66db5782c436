"""Known vulnerabilities of the packages of an environment, told apart from not having been told.

``python .ci/advisories.py SITE-PACKAGES`` asks the advisory services one after the other. Exit 0:
every package was asked about and none has a known vulnerability. 1: one has. 75: no service told
about every package (it could not be reached, or does not know some), so nothing is proved.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

#: Advisory services that ``pip-audit`` knows, in the order in which they are asked.
SERVICES = ("pypi", "osv")
#: Packages that no service knows: our own.
OWN = frozenset({"warning"})
CLEAN, FOUND, UNTOLD = 0, 1, 75


def main(directory: str) -> int:
    """Ask each service until one has told about every package; returns the exit code."""
    untold: list[str] = []
    for service in SERVICES:
        command = ["pip_audit", "--path", directory, "--vulnerability-service", service,
                   "--format", "json", "--progress-spinner", "off", "--timeout", "15"]  # fmt: skip
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
        code, lines = judged(done.stdout)
        if code == UNTOLD and not lines:
            last = done.stderr.strip().splitlines()[-1:] or ["no answer"]
            lines = [last[0][:200]]
        print(f"{service}: " + "\n  ".join(lines), flush=True)
        if code != UNTOLD:
            return code
        untold.append(service)
    print(f"NOT AUDITED: {' and '.join(untold)} did not tell about every package")
    return UNTOLD


def judged(answer: str) -> tuple[int, list[str]]:
    """The exit code for the tool's JSON, with what to print; no lines where it gave none."""
    try:
        packages: list[Mapping[str, Any]] = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        return UNTOLD, []
    packages = [package for package in packages if package["name"] not in OWN]
    asked = [package for package in packages if "skip_reason" not in package]
    found = [
        f"{package['name']} {package['version']}: {advisory['id']}, mended in "
        + (", ".join(advisory["fix_versions"]) or "no release yet")
        for package in asked
        for advisory in package["vulns"]
    ]
    if found:
        return FOUND, [f"{len(found)} known vulnerabilities", *found]
    told = f"{len(asked)} of {len(packages)} packages were asked about, no known vulnerability"
    if not packages or len(asked) < len(packages):
        return UNTOLD, [told]
    return CLEAN, [told]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
