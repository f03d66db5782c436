"""Files on their way from the inbox to the archive: none is lost, none is archived unread.

A file is first taken: renamed into a directory beside it, where nobody delivers. What is delivered
under its name from then on is another file. Whatever stops the loading leaves it there or gives it
back, and the next time takes it up again.
"""

import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pandas as pd

from warning.errors import DataError, Problem
from warning.language import say
from warning.moments import AHEAD

#: Endings of files that are being delivered: a transfer writes there, then renames.
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload", "~")
#: Beside the delivered files, so that taking is renaming: in one step, with no copy.
TAKEN = ".taken"
#: Beside the delivered files: which of them could not be loaded the last time.
REFUSED = ".refused"
#: How the archive's own directories are named: the time of loading, and which of that second.
STAMP = "%Y%m%d-%H%M%S"
STAMPED = re.compile(r"[0-9]{8}-[0-9]{6}(?:-[0-9]+)?")
#: Within ``TAKEN``: where a delivery that is kept is gathered, before it has a stamp.
GATHERED = ".gathered"


@dataclass(frozen=True)
class Identity:
    """What a file is, so that a change of it shows."""

    inode: int
    size: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> "Identity | None":
        """The file as it now is; None where it is gone."""
        try:
            state = path.stat()
        except FileNotFoundError:
            return None
        return cls(state.st_ino, state.st_size, state.st_mtime_ns)


def check_inbox(directory: Path) -> None:
    """Refuse an inbox that is not there.

    Raises:
        DataError: there is no such directory, or what is above it cannot be read.
    """
    with _reading(directory):
        if directory.is_dir():
            return
    raise DataError(
        Problem(
            str(directory),
            say("没有这个目录", "there is no such directory"),
            say("收件目录", "the inbox"),
            say("建立目录，或改正 schedule.yaml 的 inbox",
                "make it, or correct inbox in schedule.yaml"),
            "no_inbox",
        )
    )  # fmt: skip


def delivered(directory: Path) -> list[Path]:
    """The complete files of a directory, by name.

    Raises:
        DataError: there is no such directory, or it cannot be read.
    """
    with _reading(directory):
        return sorted(
            path
            for path in directory.iterdir()
            # A link could lead anywhere on the machine: only files delivered here are read.
            if path.is_file()
            and not path.is_symlink()
            and not path.name.startswith(".")
            and not path.name.endswith(UNFINISHED)
        )


def identities(paths: Iterable[Path]) -> set[Identity]:
    """What the files that are still there are."""
    found = (Identity.of(path) for path in paths)
    return {identity for identity in found if identity is not None}


def note_refused(directory: Path, refused: Collection[Identity]) -> None:
    """Leave beside the delivered files which of them could not be loaded; without their names.

    Raises:
        DataError: the inbox cannot be written.
    """
    note = directory / REFUSED
    with _moving(directory):
        if refused:
            note.write_text("".join(f"{line}\n" for line in _lines(refused)), encoding="ascii")
        elif note.exists():
            note.unlink()


def refused_of(directory: Path) -> int:
    """How many delivered files could not be loaded the last time and are the same still.

    Raises:
        DataError: there is no such directory, or it cannot be read.
    """
    with _reading(directory):
        try:
            noted = (directory / REFUSED).read_text(encoding="ascii", errors="replace")
        except FileNotFoundError:
            return 0
    return len(set(_lines(identities(delivered(directory)))) & set(noted.splitlines()))


def _lines(files: Iterable[Identity]) -> list[str]:
    return sorted(f"{one.inode} {one.size} {one.changed}" for one in files)


@dataclass(frozen=True)
class Delivery:
    """The way from an inbox to an archive, of one who holds the store's run lock."""

    inbox: Path
    archived: Path
    now: pd.Timestamp

    @property
    def taken(self) -> Path:
        """Where files are while they are loaded."""
        return self.inbox / TAKEN

    def batches(self) -> list[list[Path]]:
        """What there is to load, each batch together: files of one delivery belong to each other.

        First comes each delivery that was kept (:meth:`keep`) and whose rows are not ahead of the
        clock any more. What an attempt before had taken comes with what is there now; a file whose
        name is taken waits for a batch of its own.

        Raises:
            DataError: the inbox cannot be read or written.
        """
        with _moving(self.inbox):
            self.taken.mkdir(exist_ok=True)
            # A loader was killed while it kept them.
            if (gathered := self.taken / GATHERED).is_dir():
                for path in list(gathered.iterdir()):
                    path.rename(self.taken / path.name)
        kept = [delivered(one) for one in kept_directories(self.inbox) if self._is_due(one)]
        left, there = delivered(self.taken), delivered(self.inbox)
        names = {path.name for path in left}
        first = [*left, *(path for path in there if path.name not in names)]
        later = [path for path in there if path.name in names]
        return [batch for batch in (*kept, first, later) if batch]

    def _is_due(self, kept: Path) -> bool:
        """Whether a delivery was kept long enough; so it was where its stamp is none, or far ahead."""
        at = pd.to_datetime(kept.name[:15], format=STAMP, errors="coerce")
        return pd.isna(at) or abs(self.now - at) >= AHEAD

    def _held(self, path: Path) -> Path:
        """Where a file of a batch is while it is loaded: one that was kept stays in its directory."""
        return self.taken / path.name if path.parent == self.inbox else path

    def take(self, batch: list[Path]) -> list[Path]:
        """Take the files out of the inbox; one that its sender took back is left out.

        Raises:
            DataError: the inbox cannot be read or written.
        """
        for path in batch:
            with _moving(self.inbox):
                try:
                    path.rename(self._held(path))
                except FileNotFoundError:
                    continue
        # Looked at again where nobody can exchange them.
        held = {self._held(path) for path in batch}
        there = {path for parent in {one.parent for one in held} for path in delivered(parent)}
        return sorted(held & there)

    @contextmanager
    def given_back(self, batch: list[Path]) -> Iterator[None]:
        """What the block has taken and not archived is back in the inbox after it.

        Raises:
            DataError: the inbox cannot be written; what stays taken is loaded the next time. Where
                the block itself failed, that is raised.
        """
        try:
            yield
        except BaseException:
            with suppress(DataError):
                self._give_all_back(batch)
            raise
        self._give_all_back(batch)

    def _give_all_back(self, batch: list[Path]) -> None:
        all_held = [self._held(path) for path in batch]
        for held in all_held:
            with _moving(self.inbox):
                if held.exists() or held.is_symlink():
                    self._give_back(held)
        for kept in {held.parent for held in all_held} - {self.taken}:
            with suppress(OSError):  # somebody put something else there
                kept.rmdir()

    def _give_back(self, held: Path) -> None:
        """Into the inbox, over no other file: where its name is in use, under one that is not."""
        try:
            os.link(held, self.inbox / held.name, follow_symlinks=False)
        except OSError:  # in use, or a file system without links
            stamp = self.now.strftime(STAMP)
            for number in count(1):
                free = self.inbox / f"{held.stem}.{stamp}-{number}{held.suffix}"
                if not free.exists():
                    held.rename(free)
                    return
        held.unlink()

    def is_kept(self, batch: list[Path]) -> bool:
        """Whether a batch is a delivery that was kept: it is loaded again once, then archived."""
        return any(path.parent.parent == self.taken for path in batch)

    def keep(self, loaded: Iterable[Path]) -> None:
        """Leave what was loaded to be loaded again, the files of one delivery in one directory.

        It is a batch of its own once ``AHEAD`` has passed; until then nothing touches it.

        Raises:
            DataError: the inbox cannot be written; what was not moved is given back, the rest is
                loaded the next time.
        """
        gathered = self.taken / GATHERED
        with _moving(self.inbox):
            gathered.mkdir(mode=0o700, exist_ok=True)
            for path in loaded:
                path.rename(gathered / path.name)
            # Over an empty directory, in one step: a loader that is killed parts no delivery.
            gathered.rename(self._new_directory(self.taken))

    def archive(self, loaded: list[tuple[Path, Identity | None]]) -> list[Path]:
        """Move what was loaded away, each as it was before it was read.

        Returns:
            Those that were written to since: they stay, to be loaded again.

        Raises:
            DataError: the archive cannot be written; what was not moved stays.
        """
        changed: list[Path] = []
        with _archiving(self.archived):
            target = self._new_directory(self.archived) if loaded else self.archived
            for path, before in loaded:
                if before is not None and Identity.of(path) == before:
                    _move(path, target / path.name)
                else:
                    changed.append(path)
        return changed

    def _new_directory(self, parent: Path) -> Path:
        """A directory that holds nothing yet, named by the time, its owner's alone."""
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stamp = self.now.strftime(STAMP)
        for number in count(1):
            target = parent / (stamp if number == 1 else f"{stamp}-{number}")
            try:
                target.mkdir(mode=0o700)
            except FileExistsError:
                continue
            return target
        raise AssertionError


def kept_directories(inbox: Path) -> list[Path]:
    """The deliveries of an inbox that are kept to be loaded again, a directory each."""
    taken = inbox / TAKEN
    # Whoever delivers may have put a link there.
    return [] if taken.is_symlink() else archive_directories(taken)


def archive_directories(archive: Path) -> list[Path]:
    """The directories of an archive that :meth:`Delivery.archive` made; no other is its own."""
    try:
        with os.scandir(archive) as entries:
            return sorted(
                archive / entry.name
                for entry in entries
                # A link could lead anywhere on the machine.
                if STAMPED.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False)
            )
    except OSError:  # there is none yet, or it cannot be read
        return []


def _move(path: Path, target: Path) -> None:
    """Move a file, to another file system too; where that fails no half of it is left there.

    Only its owner may read it from then on: people stand in it unmasked.
    """
    try:
        shutil.move(path, target)
    except OSError:
        if path.exists():
            target.unlink(missing_ok=True)
        raise
    # What another account delivered is still its own, in a directory that is closed to it.
    with suppress(PermissionError):
        target.chmod(0o600)


def _reading(directory: Path) -> AbstractContextManager[None]:
    return _in_words(
        directory,
        say("无法读取这个目录", "this directory cannot be read"),
        say("可读的收件目录", "an inbox that can be read"),
        say("检查目录的权限", "check its permissions"),
        "not_read",
    )


def _moving(directory: Path) -> AbstractContextManager[None]:
    return _in_words(
        directory,
        say("无法移动其中的文件", "its files cannot be moved"),
        say("可写的收件目录", "an inbox that can be written"),
        say("检查目录的写权限，或在 schedule.yaml 中不设 archive",
            "check its permissions, or set no archive in schedule.yaml"),
        "not_moved",
    )  # fmt: skip


def _archiving(directory: Path) -> AbstractContextManager[None]:
    return _in_words(
        directory,
        say("无法把文件移入", "files cannot be moved there"),
        say("可写的归档目录", "an archive that can be written"),
        say("检查目录及其写权限，或改正 schedule.yaml 的 archive",
            "check the directory and its permissions, or correct archive in schedule.yaml"),
        "not_archived",
    )  # fmt: skip


@contextmanager
def _in_words(directory: Path, found: str, expected: str, action: str, code: str) -> Iterator[None]:
    """Turn what the system refuses into a :class:`DataError` of these words."""
    try:
        yield
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise DataError(
            Problem(str(directory), found + say(f"（{why}）", f" ({why})"), expected, action, code)
        ) from error
