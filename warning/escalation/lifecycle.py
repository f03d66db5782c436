"""When a case is closed and when it is open again: by rule, from its written history alone.

A case closes once it was quiet for so many days, a reply of its present life was accepted, and
neither a letter nor a task force of it is open. A new incident opens it again, and so does a
letter drafted or a task force started after the closing, until it is done with: nothing happened
since, so the reply that was accepted before still counts. What was stays.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from warning.escalation.bundles import carried

STATES = ["case_id", "at", "state", "reason"]
#: States in which a letter is done with.
DONE = ("accepted", "withdrawn", "superseded")


@dataclass(frozen=True)
class Work:
    """What was done about one case: acceptances, and the spans in which something was open."""

    accepted: Sequence[pd.Timestamp]
    open_spans: Sequence[tuple[pd.Timestamp, pd.Timestamp]]


def case_history(
    incidents: Sequence[pd.Timestamp], work: Work, quiet_days: int, as_of: pd.Timestamp
) -> list[tuple[pd.Timestamp, str, str]]:
    """(moment, ``open`` | ``closed``, reason) of one case, oldest first.

    Args:
        incidents: moments of its incidents, at least one.
        work: letters and task forces about it.
        quiet_days: days without an incident before it may close.
        as_of: what lies later is not known yet.
    """
    known = sorted(moment for moment in incidents if moment <= as_of)
    if not known:
        return []
    opened = known[0]
    events = [(opened, "open", "首次事件")]
    quiet = pd.Timedelta(days=quiet_days)
    spans = sorted(span for span in work.open_spans if span[0] <= as_of)
    for last, following in zip(known, [*known[1:], None], strict=True):
        accepted = [moment for moment in work.accepted if moment >= opened]
        if not accepted:
            continue
        closing = _done(max(last + quiet, min(accepted)), spans)
        while closing <= as_of and (following is None or closing < following):
            events.append(
                (closing, "closed", f"静默满{quiet_days}天，复函已认可，无未结函件和专班")
            )
            again = next((begin for begin, _ in spans if begin > closing), following)
            if again is None or (following is not None and again >= following):
                break
            events.append((again, "open", "又发函件或启动专班，重新办理"))
            closing = _done(again, spans)
        if following is not None and events[-1][1] == "closed":
            events.append((following, "open", "再次发生，重新办理"))
        opened = events[-1][0]
    return events


def _done(moment: pd.Timestamp, spans: Sequence[tuple[pd.Timestamp, pd.Timestamp]]) -> pd.Timestamp:
    """The first moment from ``moment`` on at which nothing is open; spans by their begin."""
    for begin, end in spans:
        if begin <= moment < end:
            moment = end
    return moment


def work_on(
    letters: pd.DataFrame, transitions: pd.DataFrame, forces: pd.DataFrame, as_of: pd.Timestamp
) -> Mapping[str, Work]:
    """Case → what was done about it by ``as_of``, for cases with a letter or a task force.

    Args:
        letters: letter_id, case_id, drafted_at, content.
        transitions: letter_id, to_status, at.
        forces: case_id, content (with its ledger).
        as_of: the moment.
    """
    past = transitions[transitions["at"] <= as_of]
    ended = past[past["to_status"].isin(DONE)].groupby("letter_id")["at"].max().to_dict()
    agreed = past[past["to_status"] == "accepted"].groupby("letter_id")["at"].max().to_dict()
    accepted: dict[str, list[pd.Timestamp]] = {}
    spans: dict[str, list[tuple[pd.Timestamp, pd.Timestamp]]] = {}
    for row in carried(letters)[["letter_id", "case_id", "drafted_at"]].to_dict("records"):
        letter_id, case_id = row["letter_id"], str(row["case_id"])
        spans.setdefault(case_id, []).append(
            (row["drafted_at"], ended.get(letter_id, pd.Timestamp.max))
        )
        if letter_id in agreed:
            accepted.setdefault(case_id, []).append(agreed[letter_id])
    for row in forces[["case_id", "content"]].to_dict("records"):
        moments = {entry["kind"]: pd.Timestamp(entry["at"]) for entry in _entries(row)}
        if "active" in moments and moments["active"] <= as_of:
            span = (moments["active"], moments.get("closed", pd.Timestamp.max))
            spans.setdefault(str(row["case_id"]), []).append(span)
    return {
        case_id: Work(accepted.get(case_id, ()), spans.get(case_id, ()))
        for case_id in accepted.keys() | spans.keys()
    }


def case_states(
    incidents: pd.DataFrame,
    letters: pd.DataFrame,
    transitions: pd.DataFrame,
    forces: pd.DataFrame,
    quiet_days: int,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The history of states of every case with an accepted letter: case_id, at, state, reason.

    All other cases are open since their first incident.

    Args:
        incidents: case_id, at; a row an incident of a case.
        letters, transitions, forces, as_of: as in :func:`work_on`.
        quiet_days: as in :func:`case_history`.
    """
    work = {
        case_id: found
        for case_id, found in work_on(letters, transitions, forces, as_of).items()
        if found.accepted
    }
    mine = incidents[incidents["case_id"].isin(work.keys())]
    rows = [
        (case_id, *event)
        for case_id, moments in mine.groupby("case_id")["at"]
        for event in case_history(list(moments), work[str(case_id)], quiet_days, as_of)
    ]
    return pd.DataFrame(rows, columns=STATES)


def late_forces(forces: pd.DataFrame, at: pd.Timestamp) -> int:
    """How many task forces are at work after their due day.

    Args:
        forces: status, content.
        at: the moment.
    """
    active = forces.loc[forces["status"] == "active", "content"]
    return sum((content.get("due_on") or "9999") < f"{at:%Y-%m-%d}" for content in active)


def _entries(force: Mapping[Any, Any]) -> Iterable[Mapping[str, Any]]:
    entries: Iterable[Mapping[str, Any]] = force["content"].get("ledger", ())
    return entries
