"""Replies, and whether each kept the deadline that was in force when it came."""

from typing import Any

import pandas as pd

from warning.escalation.undated import replayed, steps_of
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names, rows_of


def replies(
    letters: pd.DataFrame, transitions: pd.DataFrame, settings: EscalationSettings
) -> pd.DataFrame:
    """Every reply with the deadline in force: letter_id, at, due_on (NaT: there was none), late.

    That is the letter's own, unless the reply was returned, which may give the letter a later one:
    then it is counted from the steps up to the reply. A reply of the last day is in time.

    Args:
        letters: letter_id, due_on, content.
        transitions: of the store, in their order.
        settings: days, hours and the calendar.
    """
    came = transitions.loc[transitions["to_status"] == "replied", "letter_id"]
    answered = letters[among_names(letters["letter_id"], came)]
    taken = steps_of(answered, transitions)
    rows: list[tuple[str, Any, Any]] = []
    for letter in rows_of(answered[["letter_id", "due_on", "content"]]):
        steps = taken[letter["letter_id"]]
        for place, step in enumerate(steps):
            if step["to_status"] == "replied":
                due = letter["due_on"]
                if any(later["to_status"] == "received" for later in steps[place:]):
                    due = replayed(letter, steps[:place], settings)[-1]
                rows.append((letter["letter_id"], step["at"], due))
    found = pd.DataFrame(rows, columns=["letter_id", "at", "due_on"]).astype(
        {"at": "datetime64[us]", "due_on": "datetime64[us]"}
    )
    return found.assign(late=found["at"].dt.normalize() > found["due_on"])
