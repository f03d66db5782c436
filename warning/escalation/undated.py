"""Deadlines in a year whose holidays are not published yet: left open, never guessed.

A night sets them as soon as the calendar knows the year, or ``working_days`` tells its days.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pandas as pd

from warning.errors import RefusedError
from warning.escalation.deadlines import due_on, receipt_day
from warning.escalation.ladder import WAITING, deadline_after
from warning.language import say
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names, rows_of

#: What stands for a deadline in a year whose holidays are not published yet.
UNKNOWN_DAY = "（待定：该年节假日安排未收录）"
#: What the ledger says before the days that a night gave to milestones of a plan.
DATED = "节假日安排已收录，方案定出："
#: States of a letter that went out and whose deadline runs, or runs again.
OUT = (*WAITING, "objected")


def deadline(as_of: pd.Timestamp, days: int, settings: EscalationSettings) -> Any:
    """The day that is ``days`` working days after that of the moment; NaT in a year without calendar.

    A free day, or an hour after the office has closed, counts as the next working day, as in
    :func:`.deadline_after`.

    A letter without a date says so to its officer; a guessed date would bind an office wrongly,
    and a refusal would lose the night.
    """
    known = settings.working_days
    try:
        day = receipt_day(as_of.to_pydatetime(), settings.closing_hour, known)
        return pd.Timestamp(due_on(day, days, known))
    except RefusedError:
        return pd.NaT


def written(day: Any) -> str:
    """A milestone's day as a plan holds it."""
    return UNKNOWN_DAY if pd.isna(day) else f"{day:%Y-%m-%d}"


def told_day(day: Any) -> str:
    """A deadline as it is told to who looks: a date or a milestone's day; of none, why, in words."""
    if pd.isna(day) or day == UNKNOWN_DAY:
        return say(UNKNOWN_DAY, "(open: no calendar of that year yet)")
    return f"{pd.Timestamp(day):%Y-%m-%d}"


def undated(letters: pd.DataFrame) -> pd.DataFrame:
    """The letters that went out and never fall due: sent, not answered, without a deadline.

    Args:
        letters: status, due_on.
    """
    return letters[letters["status"].isin(OUT) & letters["due_on"].isna()]


def undated_sentence(count: int) -> str:
    """What stands against letters that never fall due, and what to do."""
    return say(
        f"{count} 封已发出的函件没有期限，不会逾期：日历没有收录该年；在 escalation.yaml 的 working_days "
        "中逐日写明，下一夜即定出期限",
        f"{count} letters that went out have no deadline and never fall due, for the calendar lacks "
        "the year: give each of its days in working_days (escalation.yaml), and the next night "
        "sets the deadlines",
    )


def dated_letters(
    letters: pd.DataFrame, transitions: pd.DataFrame, settings: EscalationSettings
) -> pd.DataFrame:
    """The deadlines that undated letters have now: letter_id, due_on.

    Args:
        letters: letter_id, status, due_on, content.
        transitions: of the store, in their order.
        settings: days, hours and the calendar.
    """
    return deadlines(undated(letters), transitions, settings)


def deadlines(
    letters: pd.DataFrame, transitions: pd.DataFrame, settings: EscalationSettings
) -> pd.DataFrame:
    """The deadlines that letters have by their steps, where the calendar knows them.

    The steps are gone through from the draft on, so that each letter has the deadline that it would
    have had, had the calendar been known: days count from the step that they count from, those of a
    dismissed objection are added.

    Args:
        letters: letter_id, content.
        transitions: of the store, in their order.
        settings: days, hours and the calendar.

    Returns:
        letter_id, due_on; by letter.
    """
    taken = steps_of(letters, transitions)
    found = {
        letter["letter_id"]: next(
            reversed(replayed(letter, taken.get(letter["letter_id"], ()), settings)), pd.NaT
        )
        for letter in rows_of(letters[["letter_id", "content"]])
    }
    dates = pd.DataFrame(
        {
            "letter_id": list(found),
            "due_on": pd.Series(list(found.values()), dtype="datetime64[us]"),
        }
    ).astype({"letter_id": letters["letter_id"].dtype})
    return dates[dates["due_on"].notna()].sort_values("letter_id").reset_index(drop=True)


def steps_of(letters: pd.DataFrame, transitions: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """letter_id → the steps of these letters, each a row of ``transitions``, in their order."""
    taken: dict[str, list[dict[str, Any]]] = {}
    for step in rows_of(transitions[among_names(transitions["letter_id"], letters["letter_id"])]):
        taken.setdefault(step["letter_id"], []).append(step)
    return taken


def replayed(
    letter: Mapping[str, Any], steps: Sequence[Mapping[str, Any]], settings: EscalationSettings
) -> list[Any]:
    """A letter's deadline after each of its steps; NaT while the calendar lacks a year of it."""
    found: list[Any] = []
    due, objected_at = pd.NaT, None
    for step in steps:
        before = {"status": step["from_status"], "due_on": due, "content": letter["content"]}
        due = deadline_after(before, step["to_status"], step["at"], settings, objected_at)
        if step["to_status"] == "objected":
            objected_at = step["at"]
        found.append(due)
    return found


def with_dates(letters: pd.DataFrame, dates: pd.DataFrame) -> pd.DataFrame:
    """Letters with these deadlines (letter_id, due_on) where they have none."""
    if dates.empty:
        return letters
    known = letters["letter_id"].map(dates.set_index("letter_id")["due_on"])
    return letters.assign(due_on=letters["due_on"].fillna(known))


def dated_forces(
    forces: pd.DataFrame, settings: EscalationSettings, at: pd.Timestamp
) -> pd.DataFrame:
    """The rows of task forces at work whose milestones have their days now, with those.

    Days count from the proposal, after a start from its day, as many as the configuration says
    today. The plan as a whole has its deadline once every milestone has a day, unless an officer
    has put one. An entry of the ledger tells the new days.

    Args:
        forces: status, proposed_at, content.
        settings: milestones and the calendar.
        at: the night.
    """
    contents = {}
    at_work = forces[forces["status"].isin(("proposed", "active"))]
    for place, proposed_at, content in zip(
        at_work.index, at_work["proposed_at"], at_work["content"], strict=True
    ):
        steps = content.get("milestones", {})
        waiting = {step: day for step, day in steps.items() if day == UNKNOWN_DAY}
        days = {**steps, **_counted(waiting, _start(content, proposed_at), settings)}
        later = content.get("put_off")
        if later:
            due = _put_off_until(later, days, settings)
        else:
            due = max(content.get("due_on") or "", _last(days, settings) or "") or None
        if days == steps and due == content.get("due_on"):
            continue
        new = [f"{step} {days[step]}" for step in waiting if days[step] != UNKNOWN_DAY]
        new += [f"时限 {due}"] if later and due else []
        text = f"{DATED}{'、'.join(new)}"
        entry = {"at": at.isoformat(), "kind": "dated", "officer": "", "text": text}
        contents[place] = {
            **content,
            "milestones": days,
            "due_on": due,
            **({"put_off": None if due else later} if later else {}),
            "ledger": [*content.get("ledger", ()), entry],
        }
    found = forces.loc[list(contents)]
    told = pd.Series(list(contents.values()), index=found.index, dtype="object")
    return found.assign(content=told).sort_values("task_force_id")


def put_off(
    content: Mapping[str, Any], days: int, at: pd.Timestamp, settings: EscalationSettings
) -> dict[str, Any]:
    """A plan's content with its deadline so many working days later, from today if it has passed.

    It is no day before its last milestone. While the calendar lacks a year of it the plan has no
    deadline, and ``put_off`` keeps from when it is put off ("" is its last milestone, which has no
    day yet) and by how many days in all; the night that knows the year sets it.

    Args:
        content: milestones, due_on and put_off where there are any; of a task force.
        days: working days.
        at: when it is put off.
        settings: the calendar.
    """
    later = content.get("put_off")
    if later:
        later = {**later, "days": later["days"] + days}
    else:
        later = {"from": _put_off_from(content, at, settings), "days": days}
    due = _put_off_until(later, content.get("milestones", {}), settings)
    return {**content, "due_on": due, "put_off": None if due else later}


def _put_off_from(
    content: Mapping[str, Any], at: pd.Timestamp, settings: EscalationSettings
) -> str:
    steps = content.get("milestones", {})
    if _waits(steps, settings):
        return ""
    due = max(content.get("due_on") or "", _last(steps, settings) or "")
    if due and pd.Timestamp(due) >= at.normalize():
        return str(due)
    try:
        return str(receipt_day(at.to_pydatetime(), settings.closing_hour, settings.working_days))
    except RefusedError:
        return f"{at:%Y-%m-%d}"


def _put_off_until(
    later: Mapping[str, Any], milestones: Mapping[str, str], settings: EscalationSettings
) -> str | None:
    """The deadline that was put off; None while the calendar lacks a year of it."""
    start = later["from"] or _last(milestones, settings)
    if start is None:
        return None
    try:
        return str(due_on(date.fromisoformat(start), later["days"], settings.working_days))
    except RefusedError:
        return None


def counted_anew(
    content: Mapping[str, Any], start: pd.Timestamp, settings: EscalationSettings
) -> dict[str, Any]:
    """A plan's content, dated by the day of its start, with the milestones counted from there.

    As many working days as the configuration says today; a milestone that it has no more keeps its
    day. The plan has no deadline while a milestone has no day.

    Args:
        content: milestones: step → day; of a task force.
        start: the moment of the start.
        settings: milestones and the calendar.
    """
    dated = {**content, "dated": f"{start:%Y-%m-%d}"}
    if steps := content.get("milestones"):
        dated["milestones"] = _counted(steps, start, settings)
        dated["due_on"] = _last(dated["milestones"], settings)
    return dated


def _start(content: Mapping[str, Any], proposed_at: pd.Timestamp) -> pd.Timestamp:
    """The moment that a plan's days count from: of its start where it is dated by that."""
    starts = [entry["at"] for entry in content.get("ledger", ()) if entry["kind"] == "active"]
    return pd.Timestamp(starts[-1]) if "dated" in content and starts else proposed_at


def _counted(
    steps: Mapping[str, str], start: pd.Timestamp, settings: EscalationSettings
) -> dict[str, str]:
    counts = _counts(settings)
    return {
        step: written(deadline(start, counts[step], settings)) if step in counts else day
        for step, day in steps.items()
    }


def _counts(settings: EscalationSettings) -> dict[str, int]:
    """Step → working days of all milestones that the configuration has."""
    return {**settings.task_force.safety_milestones, **settings.task_force.milestones}


def _waits(days: Mapping[str, str], settings: EscalationSettings) -> bool:
    """Whether a night can still give a day to one of the milestones."""
    return any(day == UNKNOWN_DAY and step in _counts(settings) for step, day in days.items())


def _last(days: Mapping[str, str], settings: EscalationSettings) -> str | None:
    """The day of the last milestone; None while one waits for its day, or where none has one."""
    known = [day for day in days.values() if day != UNKNOWN_DAY]
    return max(known, default=None) if not _waits(days, settings) else None
