"""Every regular expression of the package, and texts made to slow each one down."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import warning

#: Calls whose first argument is a pattern, by the name that is called.
TAKES_PATTERN = {"sub", "search", "match", "fullmatch", "findall", "finditer", "split"}
ON_COLUMNS = {"replace", "extract", "extractall", "contains", "match", "fullmatch", "findall"}


def all_patterns() -> dict[str, "re.Pattern[str]"]:
    """Where it stands → the pattern: compiled ones of every module, and those written in calls."""
    found: dict[str, re.Pattern[str]] = {}
    for module in pkgutil.walk_packages(warning.__path__, "warning."):
        if module.name.endswith("__main__") or ".migrations." in module.name:
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            for number, one in enumerate(_inside(_made(value))):
                found[f"{module.name}.{name}[{number}]"] = one
        found |= dict(_in_calls(module.name, Path(str(loaded.__file__))))
    unique: dict[tuple[str, int], str] = {}
    for where, one in found.items():
        unique.setdefault((one.pattern, one.flags), where)
    return {where: re.compile(*key) for key, where in unique.items()}


def _made(value: Any) -> Any:
    """What a cached function without arguments gives; any other value as it is."""
    if hasattr(value, "cache_info") and not inspect.signature(value).parameters:
        return value()
    return value


def _inside(value: object) -> Iterator["re.Pattern[str]"]:
    """Patterns of texts in a module's value, in the values of its mappings and sequences, too."""
    if isinstance(value, re.Pattern):
        if isinstance(value.pattern, str):
            yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _inside(part)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for part in value:
            yield from _inside(part)


def _in_calls(module: str, path: Path) -> Iterator[tuple[str, "re.Pattern[str]"]]:
    """Patterns written as a literal where they are used, or kept as a text of the module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        owner, name, first = node.func.value, node.func.attr, node.args[0]
        by_re = isinstance(owner, ast.Name) and owner.id == "re" and name in TAKES_PATTERN
        by_column = isinstance(owner, ast.Attribute) and owner.attr == "str" and name in ON_COLUMNS
        if not (by_re or by_column):
            continue
        if isinstance(first, ast.Name):
            value = getattr(importlib.import_module(module), first.id, None)
        else:
            value = first.value if isinstance(first, ast.Constant) else None
        if isinstance(value, str):
            yield f"{module}:{node.lineno}", re.compile(value)


def attacks(pattern: str, length: int) -> Iterator[str]:
    """Texts that nearly match again and again: each letter of the pattern repeated, each two."""
    signs = set(string.punctuation) - set("#,;/*-+.")
    own = [letter for letter in pattern if letter not in signs][:60]
    letters = list(dict.fromkeys([*own, "一", "1", "A", " ", "*", "，", "\n"]))
    for letter in letters:
        yield letter * length + "\0"
    for one, other in itertools.pairwise(letters):
        yield (one + other) * (length // 2) + "\0"
