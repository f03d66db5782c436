"""Files written where the user says: whole or not at all; what cannot be written is told in words.

What is written stands beside its place, as a draft that tells its name, and takes that name at the
end, so that a full disk or an interruption leaves the file that was there. What a kill or a power
cut leaves is found by its name: see :func:`drafts_of`.
"""

import errno
import hashlib
import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from warning.errors import Problem, UsageError
from warning.language import say

#: A disk, a quota or a limit of a file's size that is full: the command line has words for it.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
#: What a draft is called: the name it will take, and digits.
DRAFT = re.compile(r"\A\.(.+)\.[0-9a-f]{16}\.part\Z", re.DOTALL)
#: The most bytes of a name that a draft's may hold: a file's name has 255 at most.
LONGEST_NAME = 255 - len("..0123456789abcdef.part")
#: After so many seconds without a change nobody writes a draft any more.
ABANDONED_AFTER = 24 * 3600


class DiskFullError(OSError):
    """What could not be written for want of space: its name is ``filename``."""


@contextmanager
def written_in_words(path: Path) -> Iterator[None]:
    """Turn what the system refuses while ``path`` is written into a :class:`UsageError`.

    Raises:
        UsageError: as said.
        DiskFullError: there is no space for it.
        BrokenPipeError: its reader went away.
    """
    try:
        yield
    except (DiskFullError, BrokenPipeError):
        raise
    except OSError as error:
        if error.errno in FULL:
            raise DiskFullError(error.errno, error.strerror, str(path)) from error
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
    """A file to write to, which takes its name once all of it is written.

    The directories above it are made. A file that is there is written over and keeps its
    permissions, one behind a link is written where the link leads; of a file with several names
    (hard links) the others keep what was there. A device and a pipe are written as they are, and so
    is a file whose directory takes no other beside it. A draft of the file that a kill left a day
    ago or earlier is deleted.

    Args:
        path: the file.
        private: people stand in it unmasked. Only its owner may read it, also where others could
            read the file that was there; a link is not followed.

    Raises:
        UsageError, DiskFullError: it cannot be written.
    """
    with written_in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        place = path if private else Path(os.path.realpath(path))
        if _is_stream(path) or (not private and _only_as_it_is(place)):
            with path.open("wb") as file:
                yield file
        else:
            with _beside(place, private=private) as file:
                yield file


def _is_stream(path: Path) -> bool:
    """A device, a pipe, or an open file by its number; a directory, too: the system refuses it."""
    above = os.path.realpath(path.parent)
    return (path.exists() and not path.is_file()) or above == "/dev" or above.startswith("/proc/")


def _only_as_it_is(path: Path) -> bool:
    """A file that is there in a directory that is closed, or one that is closed itself."""
    closed = not os.access(path.parent, os.W_OK | os.X_OK) or not os.access(path, os.W_OK)
    return path.exists() and closed


@contextmanager
def _beside(path: Path, *, private: bool) -> Iterator[BinaryIO]:
    draft = new_draft(path)
    mode = 0o600 if private else 0o666
    _delete_abandoned(path)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            if not private and path.exists():
                _own_alike(file.fileno(), path.stat())
            yield file
        _take_name(draft, path, private=private)
    finally:
        draft.unlink(missing_ok=True)


def new_draft(path: Path) -> Path:
    """Where a file is written until it is whole: beside it, under a name that tells its own."""
    return path.with_name(f".{_told_by_drafts(path.name)}.{secrets.token_hex(8)}.part")


def _told_by_drafts(name: str) -> str:
    """The name itself; of one that leaves no room beside it a digest."""
    written = os.fsencode(name)
    return name if len(written) <= LONGEST_NAME else hashlib.sha256(written).hexdigest()


def drafts_of(directory: Path, names: Iterable[str]) -> dict[str, list[Path]]:
    """Drafts of these files that stand in a directory, also those being written: name → paths.

    Names without a draft are left out; none are found where the directory cannot be listed.
    """
    told = {_told_by_drafts(name): name for name in names}
    found: dict[str, list[Path]] = {}
    with suppress(OSError):
        for path in sorted(directory.iterdir()):
            draft = DRAFT.fullmatch(path.name)
            if draft and draft[1] in told:
                found.setdefault(told[draft[1]], []).append(path)
    return found


def _delete_abandoned(path: Path) -> None:
    """Delete what a kill left of the file, unless it may still be written or may not be deleted."""
    for draft in drafts_of(path.parent, [path.name]).get(path.name, []):
        delete_if_abandoned(draft)


def delete_if_abandoned(draft: Path) -> None:
    """Delete a draft that nobody has written to for a day, if it may be deleted."""
    with suppress(OSError):
        if time.time() - draft.lstat().st_mtime > ABANDONED_AFTER:
            draft.unlink()


def _own_alike(descriptor: int, there: os.stat_result) -> None:
    """Give a new file owner, group and permissions of the one that is there, as far as one may."""
    mode = stat.S_IMODE(there.st_mode)
    with suppress(OSError):
        os.fchown(descriptor, -1, there.st_gid)
        os.fchown(descriptor, there.st_uid, -1)
    same_group = os.fstat(descriptor).st_gid == there.st_gid
    os.fchmod(descriptor, mode if same_group else mode & ~stat.S_IRWXG)


def _take_name(draft: Path, path: Path, *, private: bool) -> None:
    try:
        draft.replace(path)
    except OSError:
        # A mounted file, or another's in a directory like /tmp, can only be filled.
        if private or not path.is_file():
            raise
        shutil.copyfile(draft, path)


def write_output(path: Path, content: str | bytes, *, private: bool = False) -> None:
    """Write a whole file, text as UTF-8: see :func:`output_file`."""
    with output_file(path, private=private) as file:
        file.write(content.encode() if isinstance(content, str) else content)


def write_outputs(contents: Mapping[Path, str | bytes]) -> None:
    """Write files that belong together: where one cannot be written, those that were there stay.

    Once all are whole they take their names in turn, the last of ``contents`` first; a kill or a
    power cut in that moment leaves some of them new and some old. See :func:`output_file`.
    """
    with ExitStack() as together:
        for path, content in contents.items():
            file = together.enter_context(output_file(path))
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()


@contextmanager
def output_directory(path: Path) -> Iterator[Path]:
    """A new directory to fill, which takes its name once all of it is written.

    Raises:
        UsageError, DiskFullError: it cannot be written.
    """
    with written_in_words(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = new_draft(path)
        try:
            draft.mkdir()
            yield draft
            draft.rename(path)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
