"""The dependency audit: a finding, a clean answer and no answer are three different things."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest


@pytest.fixture(scope="module")
def advisories() -> ModuleType:
    """The gate's own module, which is no part of the package."""
    path = Path(__file__).parents[2] / ".ci" / "advisories.py"
    spec = importlib.util.spec_from_file_location("advisories", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GOOD = {"name": "jinja2", "version": "3.1.6", "vulns": []}
BAD = {
    "name": "jinja2",
    "version": "3.1.2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.3"], "aliases": [], "description": ""}],
}
SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited"}
OURS = {"name": "warning", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("packages", "code", "word"),
    [
        ([GOOD, OURS], 0, "1 of 1"),
        ([GOOD, BAD], 1, "jinja2 3.1.2: PYSEC-1, mended in 3.1.3"),
        ([SKIPPED, BAD], 1, "PYSEC-1"),
        ([GOOD, SKIPPED], 75, "1 of 2"),
        ([SKIPPED, OURS], 75, "0 of 1"),
        ([], 75, "0 of 0"),
    ],
)
def test_a_finding_is_not_silence(
    advisories: ModuleType, packages: list[dict[str, Any]], code: int, word: str
) -> None:
    """Each row: what the tool told, the exit code, what is printed. Skipped is not clean."""
    told, lines = advisories.judged(json.dumps({"dependencies": packages, "fixes": []}))
    assert told == code
    assert word in "\n".join(lines)


@pytest.mark.parametrize("answer", ["", "Traceback (most recent call last):", "{}"])
def test_no_answer_is_told_apart(advisories: ModuleType, answer: str) -> None:
    """A tool that ended without its JSON proved nothing."""
    assert advisories.judged(answer) == (75, [])
