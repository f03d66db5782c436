"""The names of docs/architecture.md are those of the code."""

import inspect
import pkgutil
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
TOLD = re.findall(r"`([^`]+)`", (ROOT / "docs/architecture.md").read_text(encoding="utf-8"))
#: Functions whose file the text names behind them.
ELSEWHERE = {"say": "warning.language", "Problem": "warning.errors"}
#: Modules whose functions are told in short, as `places.link_places`.
SHORT = {module.name for module in pkgutil.iter_modules([str(ROOT / "warning/matching")])}


def names() -> list[tuple[str, str | None]]:
    """Each function, class or module with its whole name, and the arguments told with it."""
    found: list[tuple[str, str | None]] = []
    module = "warning"
    for text in TOLD:
        parts = re.match(r"([\w.]+)(?:\(([^:;()]*)\))?(?: -> .*)?$", text)
        if parts is None:
            continue
        name, arguments = parts.groups()
        if name.startswith("warning."):
            module = name.rpartition(".")[0]
        elif name.startswith("."):
            name = module + name
        elif name.partition(".")[0] in SHORT and "." in name and not name.endswith(".py"):
            name = f"warning.matching.{name}"
        elif arguments is not None and "." not in name:
            name = f"{ELSEWHERE.get(name, module)}.{name}"
        else:
            continue
        found.append((name, arguments))
    return found


def test_most_of_the_text_is_looked_at() -> None:
    """A change of how it is written does not leave the next test without names."""
    assert len(names()) > 35


@pytest.mark.parametrize(("name", "arguments"), names())
def test_each_name_stands_where_the_text_says(name: str, arguments: str | None) -> None:
    """And takes the arguments that it is told with."""
    named: Any = pkgutil.resolve_name(name)
    if arguments is None:
        return
    given = [argument.strip() for argument in arguments.split(",")]
    signature = inspect.signature(named)
    signature.bind(
        *[one for one in given if "=" not in one],
        **{one.partition("=")[0]: one for one in given if "=" in one},
    )
    plain = [one.partition("=")[0].lower() for one in given if "." not in one.partition("=")[0]]
    assert [one for one in plain if one not in signature.parameters] == []


@pytest.mark.parametrize("path", [text for text in TOLD if text.startswith("warning/")])
def test_each_file_is_there(path: str) -> None:
    """Files and directories, from the root."""
    assert (ROOT / path).exists()
