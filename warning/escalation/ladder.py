"""The states of a letter and the steps between them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.language import say

#: State → the states that may follow it.
STEPS: Mapping[str, tuple[str, ...]] = {
    "draft": ("approved", "withdrawn", "superseded"),
    "approved": ("issued", "withdrawn", "superseded"),
    "issued": ("received", "overdue", "withdrawn", "superseded"),
    "received": ("replied", "objected", "overdue", "withdrawn", "superseded"),
    "overdue": ("replied", "objected", "withdrawn", "superseded"),
    "objected": ("received", "withdrawn", "superseded"),
    "replied": ("accepted", "received", "superseded"),
    "accepted": (),
    "withdrawn": (),
    "superseded": (),
}


def transition(
    letter: Mapping[str, Any], to: str, officer: str, at: pd.Timestamp, reason: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """The letter in its next state (version one higher) and the row of ``transitions``.

    Only ``overdue`` and ``superseded`` may come about without a named officer.

    Raises:
        RefusedError: when the step is impossible or an officer's name is missing.
    """
    now, officer = str(letter["status"]), officer.strip()
    if to not in STEPS[now]:
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say(f"{now} 之后不能是 {to}", f"{to} cannot follow {now}"),
                ", ".join(STEPS[now]) or say("已经办结", "nothing: it is closed"),
            )
        )
    if not officer and to not in ("overdue", "superseded"):
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say("没有经办人姓名", "no officer is named"),
                say("一位具名的经办人", "a named officer"),
            )
        )
    row = {
        "letter_id": letter["letter_id"], "from_status": now, "to_status": to,
        "officer": officer, "reason": reason, "at": at,
    }  # fmt: skip
    return {**letter, "status": to, "version": int(letter["version"]) + 1}, row
