"""Tells an officer that a step is dated by a clock far after the last night."""

import shlex
from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.commands.console import say_undone
from warning.escalation.ladder import STEPS
from warning.language import say
from warning.moments import local_now
from warning.settings import Settings
from warning.store import Store


def tell_far_ahead(
    store: Store, settings: Settings, letter: Mapping[str, Any] | None = None, officer: str = ""
) -> None:
    """Say on standard error that the clock of a step is far after the last night.

    No refusal: a store of past nights, the demo's for one, is worked on, too.

    Args:
        store, settings: as everywhere.
        letter: the letter of the step as it is now, which may have to be done anew.
        officer: who took the step of the letter, and may call it back.
    """
    last, now = store.last_night(), local_now()
    if not pd.isna(last) and now - last > pd.Timedelta(days=settings.schedule.most_days_ahead):
        days = (now - last).days
        say_undone(
            say(f"时钟 {now} 比最近一夜 {last} 晚 {days} 天，期限和文号按时钟计算；"
                "若时钟有误，先校准",
                f"the clock {now} is {days} days after the last night {last}; deadlines and "
                "numbers go by it. If it is wrong, set it right")
            + _do_anew(letter, officer)
        )  # fmt: skip


def _do_anew(letter: Mapping[str, Any] | None, officer: str) -> str:
    """How the letter is done anew, where it can be called back."""
    if letter is None or "withdrawn" not in STEPS[str(letter["status"])]:
        return ""
    given = shlex.join(("--officer", officer, "--reason", say("时钟有误", "wrong clock")))
    command = f"warning letters close {letter['letter_id']} --redo {given}"
    return say(f"，再撤回重办：{command}", f" and have the letter drafted anew: {command}")
