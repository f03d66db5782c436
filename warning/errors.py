"""The errors a user can meet: each says where, what was found, what was expected, what to do.

A stack trace is for bugs only: the command line prints these and exits with ``exit_code``;
anything that is not a :class:`WarningError` is a bug and exits 3.
"""

import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from warning.language import say

#: What reading a damaged archive raises: a wrong directory or check sum, data that does not
#: unpack, an entry said to be encrypted or packed in a way nobody knows, one that ends early.
ARCHIVE_FAULTS = (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, ValueError)


@dataclass(frozen=True)
class Problem:
    """One fault, in the words its reader needs (already in the reader's language)."""

    where: str  #: file, file:line, file:line:column, a table or a setting
    found: str
    expected: str = ""
    action: str = ""
    code: str = (
        ""  #: the kind of fault in a word of ours, for logs: they hold nothing that was found
    )

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.found}"]
        if self.expected:
            parts.append(say("应为：", "expected: ") + self.expected)
        if self.action:
            parts.append(say("处理办法：", "what to do: ") + self.action)
        return "\n  ".join(parts)


class WarningError(Exception):
    """The root of all errors that are the user's to mend; holds one or more problems."""

    exit_code = 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Whole again in another process: pickle would give the message to ``__init__``."""
        return type(self), (self.problems,)


class DataError(WarningError):
    """A fault in the data: a file that cannot be read, a table without a required column."""

    exit_code = 1


class RefusedError(WarningError):
    """A request that is understood and refused: an impossible transition, a night out of order."""

    exit_code = 1


class StoreError(WarningError):
    """The store cannot be used: locked, read-only, full, from a newer version, unreachable."""

    exit_code = 1


class ModelError(WarningError):
    """A model file that is damaged, was changed, or does not fit this version."""

    exit_code = 1


class OutputError(WarningError):
    """Standard output cannot be written; what the command changes may be done all the same."""

    exit_code = 1


class UsageError(WarningError):
    """A command or a call used wrongly: an unreadable time, an unknown option value."""

    exit_code = 2


class SettingsError(WarningError):
    """Faults in the configuration; all of them are reported together."""

    exit_code = 2
