"""Letters that a night draws anew: their case's letter gave way to another's, or went on without it.

Two cases were one for a while, or a case was away when a letter of several was signed or replaced.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.escalation.bundles import carried, left_out
from warning.escalation.past import OPEN, RAISED, VOID
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names, distinct_texts, rows_of

#: Why a letter was replaced by another of its kind, and what the one drawn anew says of it.
MERGED = "系列合并，同类函件并为一件"
ANEW = "原函因系列合并被替代，重新起草"
#: What a letter says of a case whose first one was approved or replaced while it was away.
AWAY = "原函批准或被替代时系列不在评分范围内，另行起草"

#: A letter that a case lost: its step, since when, and what the one drawn anew says.
Lost = tuple[int, pd.Timestamp, str]
#: A letter that a case has or had, and its step.
Had = tuple[int, dict[str, Any]]


def drawn_anew(
    letters: pd.DataFrame,
    transitions: pd.DataFrame,
    moved: frozenset[str],
    replaced: pd.DataFrame,
    graded: pd.Series,
    settings: EscalationSettings,
) -> dict[str, tuple[int, str]]:
    """Case → step and reason, of cases whose letter gave way, or went on without them.

    They stood in one letter with a case that was merged, or another case's letter replaced theirs
    while they were one and they stand again since the last night; or they were away when the
    letter was approved or replaced. The night draws theirs anew, if they are graded tonight.

    Args:
        letters, transitions, moved: of the ledger that stands so far.
        replaced: the transitions of letters that give way tonight.
        graded: cases with a tier.
        settings: the ladder.
    """
    order = {kind.name: place for place, kind in enumerate(settings.letters)}
    doubled = replaced.loc[replaced["reason"] == MERGED, "letter_id"]
    moved |= distinct_texts(carried(letters[among_names(letters["letter_id"], doubled)])["case_id"])
    raised = transitions.loc[transitions["reason"] == RAISED, "letter_id"]
    absent = [one for one in left_out(letters, raised, graded) if one[1] in order]
    touched = moved | {case_id for case_id, *_ in absent}
    if not touched:
        return {}
    theirs = carried(letters)
    theirs = theirs[among_names(theirs["case_id"], touched)].drop(columns="content")
    steps = pd.concat([transitions, replaced], ignore_index=True)
    steps = steps[among_names(steps["letter_id"], theirs["letter_id"])]
    by_night = steps[(steps["to_status"] == "superseded") & (steps["officer"] == "")]
    gone_at = dict(zip(by_night["letter_id"], by_night["at"], strict=True))
    last_at = steps.groupby("letter_id")["at"].max().to_dict()
    lost: dict[str, list[Lost]] = defaultdict(list)
    had: dict[str, list[Had]] = defaultdict(list)
    for letter in rows_of(theirs):
        case_id, step = str(letter["case_id"]), order.get(letter["kind"], -1)
        if letter["letter_id"] in gone_at and step >= 0 and case_id in moved:
            lost[case_id].append((step, gone_at[letter["letter_id"]], ANEW))
        elif letter["status"] != "superseded":
            had[case_id].append((step, letter))
    for case_id, kind, drafted_at, was_replaced in absent:
        # What gave way to higher letters did so for each case that had one: it was not away.
        if not (was_replaced and _has_higher(had[case_id], order[kind])):
            lost[case_id].append((order[kind], drafted_at, AWAY))
    unanswered = {
        case_id: [(step, why) for step, at, why in gone if not _answered(had[case_id], step, at, last_at)]
        for case_id, gone in lost.items()
    }  # fmt: skip
    return {case_id: max(steps) for case_id, steps in unanswered.items() if steps}


def _has_higher(had: list[Had], step: int) -> bool:
    return any(own > step and letter["status"] not in VOID for own, letter in had)


def _answered(
    had: list[Had], step: int, at: pd.Timestamp, last_at: Mapping[Any, pd.Timestamp]
) -> bool:
    """One that was drafted since takes its place, or one as high that was open since."""
    return any(
        letter["drafted_at"] >= at
        or (
            own >= step
            and (letter["status"] in OPEN or last_at.get(letter["letter_id"], pd.NaT) >= at)
        )
        for own, letter in had
    )
