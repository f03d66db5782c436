"""When the next letter is due, from a case's written history: triggers, and no step skipped.

A trigger calls for a step of the ladder. What is drafted is that step or, where the case has not
come so far, the one after the highest that was sent. Nothing is drafted while a letter of the case
waits for approval or issue, or while one of the same kind is open. A letter that was not answered
calls for the next one whatever tier its case has by then; all else needs a tier. A rise calls for no
letter below one that is open, or was accepted since; an incident for none below one whose reply is
still to come, or came since.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from warning.escalation.past import LATE, OPEN, RANK, REFUSED, Past, Sent, Steps
from warning.language import COLOURS
from warning.settings.escalation import EscalationSettings, LetterKind
from warning.tabular import among_names

#: How the letter of the step before failed → the states of that letter in which it still is so.
STILL = {LATE: ("overdue", "superseded"), REFUSED: ("received", "overdue", "superseded")}


def due_letters(
    scored: pd.DataFrame,
    steps: Steps,
    as_of: pd.Timestamp,
    unwarned: frozenset[str],
    anew: Mapping[str, tuple[int, str]] | None = None,
) -> Iterator[tuple[Any, LetterKind, str]]:
    """The letters that a night owes: (case's row, kind, reason).

    Args:
        scored: cases with a tier or a letter that is not settled: case_id, kind, county_code,
            last_at (of what people reported; NaT: nothing), tier, previous_tier, tier_since,
            probability; sorted by case_id.
        steps: the ledger.
        as_of: the night.
        unwarned: cases with repeated domestic violence and no 告诫书.
        anew: case → the step whose letter it lost while it was drafted with others, and how.
    """
    anew = anew or {}
    risen = scored["tier"].map(RANK) > scored["previous_tier"].map(RANK).fillna(0)
    reporting = _reporting(scored, steps.settings)
    # Of a case without letters only a rise, or a trigger of its own, can call for one.
    called = {*steps.by_case, *unwarned, *reporting, *anew}
    wanted = risen | among_names(scored["case_id"], called)
    wanted |= _kept(scored, steps.settings, as_of)
    wanted &= ~among_names(scored["case_id"], steps.waiting)
    for row, has_risen in zip(scored[wanted].itertuples(), risen[wanted], strict=True):
        case_id = str(row.case_id)
        past = Past.of(steps.by_case.get(case_id, []), str(row.tier), steps.settings)
        calls = dict(
            _calls(
                row,
                past,
                steps.settings,
                as_of,
                risen=bool(has_risen),
                unwarned=case_id in unwarned,
                county=reporting.get(case_id, 0),
            )
        )
        allowed = [
            place
            for place, kind in enumerate(steps.settings.letters)
            if row.kind != "person" or kind.person_cases
        ]
        for lost in (None if row.tier == "none" else anew.get(case_id), past.redo):
            if lost is not None:
                calls.setdefault(*lost)
        calls = {step: reason for step, reason in calls.items() if step in allowed}
        if not calls:
            continue
        highest = max(calls)
        step = min(highest, past.limit)
        is_open = any(sent.step == step and sent.status in OPEN for sent in past.standing)
        if step in allowed and not is_open:
            yield row, steps.settings.letters[step], calls[highest]


def _calls(
    row: Any,
    past: Past,
    settings: EscalationSettings,
    as_of: pd.Timestamp,
    *,
    risen: bool,
    unwarned: bool,
    county: int,
) -> Iterator[tuple[int, str]]:
    """(step, reason) of every trigger that holds and that no letter has answered.

    One that was drafted after its cause has, also if an officer called it back: it is not drawn
    again until there is a new cause.
    """
    rises = risen or _untold_rise(row, past.drafted)
    nights = (as_of.normalize() - row.tier_since.normalize()).days
    # An incident calls for one letter.
    happened = all(sent.drafted_at < row.last_at for sent in past.drafted)
    replied, accepted = past.last("replied_at"), past.last("accepted_at")
    rested = row.tier_since if accepted is None else max(row.tier_since, accepted)
    for place, kind in enumerate(settings.letters):
        if kind.on_tier_nights:
            full = rested.normalize() + pd.Timedelta(days=kind.on_tier_nights)
            if row.tier in kind.on_tiers and _goes_on(row, past, place, full, as_of):
                yield place, f"连续{nights}天为{COLOURS[row.tier]}"
        elif row.tier in kind.on_tiers and rises and not past.covered(place + 1, row.tier_since):
            yield place, f"升为{COLOURS[row.tier]}"
        if failed := _failed(row, past, place, kind):
            yield place, f"{settings.letters[place - 1].name}{failed}"
        if row.tier == "none":
            continue
        is_new = happened and not past.awaits(place + 1, row.last_at)
        if (
            kind.after_reply_and_incident
            and replied is not None
            and row.last_at > replied
            and is_new
        ):
            yield place, "复函后再次发生"
        if kind.on_violence_without_warning and unwarned and is_new:
            yield place, "家庭暴力多次报警，未见告诫书"
        if kind.on_county_reds and county >= kind.on_county_reds:
            days = 0 if accepted is None else kind.deadline_days
            if _goes_on(row, past, place, rested + pd.Timedelta(days=days), as_of):
                yield place, f"所在县区红色系列达{county}件"


def _untold_rise(row: Any, drafted: list[Sent]) -> bool:
    """A rise that came while a letter waited for its signature is not forgotten.

    Of cases that were merged another letter may have told of it.
    """
    told = any(
        RANK.get(sent.tier, 0) >= RANK[row.tier] and sent.drafted_at >= row.tier_since
        for sent in drafted
    )
    return bool(drafted) and RANK[row.tier] > RANK.get(drafted[-1].tier, 0) and not told


def _failed(row: Any, past: Past, place: int, kind: LetterKind) -> str:
    """How the letter of the step before failed; empty where it did not, or that was answered.

    A letter of this step that is open, or was accepted since the failed one was drafted, answers
    it. One that was called back does until it happens again.
    """
    before = [sent for sent in past.standing if sent.step == place - 1]
    if not before or past.covered(place, before[-1].drafted_at):
        return ""
    last = before[-1]
    refused_at = last.refused_at if last.status in OPEN else None
    if (
        kind.after_rejection
        and refused_at is not None
        and not past.answered(place, refused_at, last.refused_after)
    ):
        return REFUSED
    missed_at = max(last.overdue_at or last.drafted_at, row.last_at)
    if kind.after_overdue and last.status == "overdue" and not past.answered(place, missed_at):
        return LATE
    return ""


def _goes_on(row: Any, past: Past, place: int, since: pd.Timestamp, as_of: pd.Timestamp) -> bool:
    """Whether what goes on night after night calls for a step, one letter after the other.

    Not while a letter of the case is at work, not before ``since``, which counts anew from an
    accepted reply, and not where the case had that step in this tier.
    """
    had = any(sent.step >= place and sent.drafted_at >= row.tier_since for sent in past.standing)
    return as_of >= since and not (had or past.busy or past.answered(place, since))


def _kept(
    scored: pd.DataFrame, settings: EscalationSettings, as_of: pd.Timestamp
) -> "pd.Series[bool]":
    """Which cases have been in a tier for as many nights as some letter asks for."""
    nights = (as_of.normalize() - scored["tier_since"].dt.normalize()).dt.days
    found = pd.Series(data=False, index=scored.index)
    for kind in settings.letters:
        if kind.on_tier_nights:
            found |= scored["tier"].isin(kind.on_tiers) & (nights >= kind.on_tier_nights)
    return found


def _reporting(scored: pd.DataFrame, settings: EscalationSettings) -> dict[str, int]:
    """The foremost red case of each county with many of them → how many there are."""
    least = [kind.on_county_reds for kind in settings.letters if kind.on_county_reds]
    if not least:
        return {}
    red = scored[(scored["tier"] == "red") & (scored["kind"] != "person")]
    red = red.sort_values(["probability", "case_id"], ascending=[False, True])
    counts = red.groupby("county_code")["case_id"].size()
    first = red.drop_duplicates("county_code")
    return {
        str(row.case_id): int(counts[row.county_code])
        for row in first.itertuples()
        if isinstance(row.county_code, str) and counts[row.county_code] >= min(least)
    }
