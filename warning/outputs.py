"""Files written where the user says: a place that cannot be written is told in words."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from warning.errors import Problem, UsageError
from warning.language import say

#: What the command line itself has words for: a full disk, a reader that went away.
PASSED_ON = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EPIPE})


@contextmanager
def written_in_words(path: Path) -> Iterator[None]:
    """Turn what the system refuses while ``path`` is written into a :class:`UsageError`."""
    try:
        yield
    except OSError as error:
        if error.errno in PASSED_ON:
            raise
        raise UsageError(
            Problem(
                str(path),
                say("无法写入", "cannot be written")
                + f" ({error.strerror or type(error).__name__})",
                say("可写的位置", "a place that can be written"),
                say("换一个位置，或检查权限", "name another place, or check its permissions"),
            )
        ) from error


@contextmanager
def output_file(path: Path, *, private: bool = False) -> Iterator[BinaryIO]:
    """A file to write to; the directories above it are made.

    Args:
        path: the file; one that is there is written over.
        private: people stand in it unmasked. Only its owner may read it, also where others could
            read the file that was there: it is written beside it and takes its name at the end.

    Raises:
        UsageError: it cannot be written.
    """
    with written_in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        # A device or a pipe keeps its name; a directory is refused by the system.
        if private and (path.is_file() or not path.exists()):
            with _beside(path) as file:
                yield file
        else:
            with path.open("wb") as file:
                yield file


@contextmanager
def _beside(path: Path) -> Iterator[BinaryIO]:
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def write_output(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a whole file, text as UTF-8: see :func:`output_file`."""
    with output_file(path, private=private) as file:
        file.write(content.encode() if isinstance(content, str) else content)
