"""Drafts of backups: people stand in them, and a kill leaves one behind."""

import re
import stat
from pathlib import Path

from warning.store.tables import metadata

#: What the draft of a backup is called; earlier versions gave it eight digits.
DRAFT = re.compile(r"\A\.(.+)\.(?:[0-9a-f]{8}){1,2}\.part\Z", re.DOTALL)
#: How a file of a ZIP begins; its name follows.
ZIPPED = b"PK\x03\x04"
ZIP_HEADER = 30


def backup_drafts(directory: Path) -> list[Path]:
    """The drafts of backups in a directory, also those being written; a kill leaves one.

    None are found where the directory cannot be listed, and none of files that cannot be read.
    """
    try:
        there = sorted(directory.iterdir())
    except OSError:
        return []
    return [path for path in there if DRAFT.match(path.name) and _begins_as_backup(path)]


def _begins_as_backup(path: Path) -> bool:
    """Whether a file begins with a table of a backup, or is empty as one that is just begun is."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            return False
        with path.open("rb") as file:
            begin = file.read(ZIP_HEADER + 100)
    except OSError:
        return False
    names = tuple(f"{name}.jsonl".encode() for name in metadata.tables)
    return not begin or (begin.startswith(ZIPPED) and begin[ZIP_HEADER:].startswith(names))
