"""The inbox, its archive and the backups: three directories, so that none is cleared as another."""

import os
from pathlib import Path

from warning.errors import Problem
from warning.language import say
from warning.settings.base import place_in
from warning.settings.retention import RetentionSettings
from warning.settings.schedule import ScheduleSettings


def overlaps(
    schedule: ScheduleSettings, retention: RetentionSettings, schedule_file: Path,
    retention_file: Path,
) -> list[Problem]:  # fmt: skip
    """Refuse an archive that is the inbox or holds it, and backups that are one of the two.

    An archive inside the inbox is none of these: of an inbox only its own files are read.

    Args:
        schedule, retention: as read.
        schedule_file, retention_file: where from, for the lines to correct.
    """
    inbox, archive = _real(schedule.inbox), _real(schedule.archive)
    backups = _real(retention.backups)
    found = []
    if inbox and archive and inbox.is_relative_to(archive):
        found.append(_overlap(schedule_file, "archive", schedule.archive, "inbox"))
    for name, other in (("inbox", inbox), ("archive", archive)):
        if backups and backups == other:
            found.append(_overlap(retention_file, "backups", retention.backups, name))
    return found


def _real(directory: str | None) -> Path | None:
    """The directory behind all links; None where none is named, or nobody can tell."""
    try:
        return Path(os.path.realpath(directory)) if directory else None
    except (OSError, ValueError):  # a name that no directory can have
        return None


def _overlap(file: Path, name: str, value: str | None, other: str) -> Problem:
    line, _ = place_in(file, (name,))
    return Problem(
        f"{file}:{line}",
        say(f"{name} 的值为 {value!r}，是 {other} 或包含它",
            f"{name} is {value!r}: it is {other}, or holds it"),
        say(f"{other} 之外的目录：到期的文件会从 {name} 中删除",
            f"a directory outside of {other}: files whose time is over are deleted from {name}"),
        say("改正这一行的值", "correct the value in this line"),
    )  # fmt: skip
