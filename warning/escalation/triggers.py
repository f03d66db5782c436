"""When the next letter is due, from a case's written history: triggers, and no step skipped.

A trigger calls for a step of the ladder. What is drafted is that step or, where the case has not
come so far, the one after the highest that was sent. Nothing is drafted while a letter of the case
waits for approval or issue, or while one of the same kind is open.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from warning.escalation.bundles import carried
from warning.language import COLOURS
from warning.settings.escalation import EscalationSettings, LetterKind
from warning.tabular import among_names, distinct_texts

RANK = {"none": 0, "blue": 1, "yellow": 2, "orange": 3, "red": 4}
#: A letter in one of these states waits for something.
OPEN = ("draft", "approved", "issued", "received", "overdue", "objected", "replied")
#: A letter in one of these states waits for its signature or for the post.
UNSIGNED = ("draft", "approved")
#: A letter in one of these states never reached its recipient, or was called back.
VOID = ("withdrawn", "superseded")


@dataclass(slots=True)
class Sent:
    """A letter as the triggers see it."""

    step: int
    status: str
    tier: str
    drafted_at: pd.Timestamp
    replied_at: pd.Timestamp | None = None
    refused: bool = False  #: its last reply was not accepted


@dataclass(frozen=True)
class Steps:
    """The ledger as the triggers see it.

    Attributes:
        settings: the ladder.
        by_case: a case's letters, oldest first, less those that are not signed yet.
        waiting: cases with a letter that waits for its signature or for the post.
    """

    settings: EscalationSettings
    by_case: Mapping[str, list[Sent]] = field(default_factory=dict)
    waiting: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        letters: pd.DataFrame,
        transitions: pd.DataFrame,
        overdue: pd.DataFrame,
        settings: EscalationSettings,
    ) -> "Steps":
        """Read the ledger once.

        Args:
            letters, transitions: as in the store.
            overdue: transitions of this night to ``overdue``.
            settings: the ladder.
        """
        order = {kind.name: place for place, kind in enumerate(settings.letters)}
        late = set(overdue["letter_id"])
        sent: dict[str, list[Sent]] = {}
        by_case: dict[str, list[Sent]] = {}
        unsigned = letters["status"].isin(UNSIGNED)
        waiting = distinct_texts(carried(letters[unsigned])["case_id"])
        letters = letters[~unsigned].sort_values(["drafted_at", "letter_id"])
        columns = ["letter_id", "case_id", "kind", "status", "drafted_at", "content"]
        rows = zip(*(letters[name].tolist() for name in columns), strict=True)
        for letter_id, case_id, kind, status, drafted_at, content in rows:
            if kind not in order:
                continue
            first = {"case_id": case_id, "tier": content.get("tier", "none")}
            for case in (first, *content.get("others", ())):
                letter = Sent(
                    step=order[kind],
                    status="overdue" if letter_id in late else status,
                    tier=case["tier"],
                    drafted_at=drafted_at,
                )
                sent.setdefault(letter_id, []).append(letter)
                by_case.setdefault(case["case_id"], []).append(letter)
        columns = ["letter_id", "from_status", "to_status", "at"]
        replies = (transitions["to_status"] == "replied") | (
            transitions["from_status"] == "replied"
        )
        for row in transitions.loc[replies, columns].to_dict("records"):
            for found in sent.get(str(row["letter_id"]), ()):
                if row["to_status"] == "replied":
                    found.replied_at, found.refused = row["at"], False
                elif row["to_status"] == "received":
                    found.refused = True
        return cls(settings, by_case, waiting)


def due_letters(
    graded: pd.DataFrame,
    steps: Steps,
    as_of: pd.Timestamp,
    unwarned: frozenset[str],
    anew: Mapping[str, tuple[int, str]] | None = None,
) -> Iterator[tuple[Any, LetterKind, str]]:
    """The letters that a night owes: (case's row, kind, reason).

    Args:
        graded: cases with a tier: case_id, kind, county_code, last_at, tier, previous_tier,
            tier_since, probability; sorted by case_id.
        steps: the ledger.
        as_of: the night.
        unwarned: cases with repeated domestic violence and no 告诫书.
        anew: case → the step whose letter it lost while it was drafted with others, and how.
    """
    anew = anew or {}
    risen = graded["tier"].map(RANK) > graded["previous_tier"].map(RANK).fillna(0)
    reporting = _reporting(graded, steps.settings)
    # Of a case without letters only a rise, or a trigger of its own, can call for one.
    called = {*steps.by_case, *unwarned, *reporting, *anew}
    wanted = risen | among_names(graded["case_id"], called)
    wanted |= _kept(graded, steps.settings, as_of)
    wanted &= ~among_names(graded["case_id"], steps.waiting)
    for row, has_risen in zip(graded[wanted].itertuples(), risen[wanted], strict=True):
        case_id = str(row.case_id)
        every = steps.by_case.get(case_id, [])
        letters = [sent for sent in every if sent.status not in VOID]
        calls = dict(
            _calls(
                row,
                letters,
                steps.settings,
                as_of,
                risen=bool(has_risen),
                unwarned=case_id in unwarned,
                county=reporting.get(case_id, 0),
                called_back=[sent for sent in every if sent.status == "withdrawn"],
            )
        )
        allowed = [
            place
            for place, kind in enumerate(steps.settings.letters)
            if row.kind != "person" or kind.person_cases
        ]
        if case_id in anew:
            calls.setdefault(*anew[case_id])
        calls = {step: reason for step, reason in calls.items() if step in allowed}
        if not calls:
            continue
        highest = max(calls)
        step = min(highest, _limit(str(row.tier), letters, steps.settings))
        if step in allowed and not any(s.step == step and s.status in OPEN for s in letters):
            yield row, steps.settings.letters[step], calls[highest]


def _limit(tier: str, letters: list[Sent], settings: EscalationSettings) -> int:
    """The highest step that a case has come to: one above what was sent, or where it may start."""
    names = [kind.name for kind in settings.letters]
    start = names.index(settings.start[tier]) if tier in settings.start else 0
    return max([start, *(sent.step + 1 for sent in letters)])


def _calls(
    row: Any,
    letters: list[Sent],
    settings: EscalationSettings,
    as_of: pd.Timestamp,
    *,
    risen: bool,
    unwarned: bool,
    county: int,
    called_back: list[Sent],
) -> Iterator[tuple[int, str]]:
    """(step, reason) for every trigger that holds; a letter called back is not drawn again."""
    last = letters[-1] if letters else None
    # A rise that came while a letter waited for its signature is not forgotten; of cases that were
    # merged another letter may have told of it.
    told = any(
        RANK.get(sent.tier, 0) >= RANK[row.tier] and sent.drafted_at >= row.tier_since
        for sent in letters
    )
    behind = last is not None and RANK[row.tier] > RANK.get(last.tier, 0)
    rises = risen or (behind and not told)
    nights = (as_of.normalize() - row.tier_since.normalize()).days
    # An incident calls for one letter: not again when one was drafted since.
    answered = last is not None and last.drafted_at >= row.last_at
    replied = max((s.replied_at for s in letters if s.replied_at is not None), default=None)
    for place, kind in enumerate(settings.letters):
        before = [sent for sent in letters if sent.step == place - 1]
        sent_since = any(
            s.step == place and s.drafted_at >= row.tier_since for s in (*letters, *called_back)
        )
        if kind.on_tier_nights:
            if row.tier in kind.on_tiers and nights >= kind.on_tier_nights and not sent_since:
                yield place, f"连续{nights}天为{COLOURS[row.tier]}"
        elif row.tier in kind.on_tiers and rises:
            yield place, f"升为{COLOURS[row.tier]}"
        if kind.after_overdue and before and before[-1].status == "overdue":
            yield place, f"{settings.letters[place - 1].name}逾期未复"
        if kind.after_rejection and before and before[-1].refused and before[-1].status in OPEN:
            yield place, f"{settings.letters[place - 1].name}复函未获认可"
        if (
            kind.after_reply_and_incident
            and replied is not None
            and row.last_at > replied
            and not answered
        ):
            yield place, "复函后再次发生"
        if kind.on_violence_without_warning and unwarned and not answered:
            yield place, "家庭暴力多次报警，未见告诫书"
        if kind.on_county_reds and county >= kind.on_county_reds and not sent_since:
            yield place, f"所在县区红色系列达{county}件"


def _kept(
    graded: pd.DataFrame, settings: EscalationSettings, as_of: pd.Timestamp
) -> "pd.Series[bool]":
    """Which cases have been in a tier for as many nights as some letter asks for."""
    nights = (as_of.normalize() - graded["tier_since"].dt.normalize()).dt.days
    found = pd.Series(data=False, index=graded.index)
    for kind in settings.letters:
        if kind.on_tier_nights:
            found |= graded["tier"].isin(kind.on_tiers) & (nights >= kind.on_tier_nights)
    return found


def _reporting(graded: pd.DataFrame, settings: EscalationSettings) -> dict[str, int]:
    """The foremost red case of each county with many of them → how many there are."""
    least = [kind.on_county_reds for kind in settings.letters if kind.on_county_reds]
    if not least:
        return {}
    red = graded[(graded["tier"] == "red") & (graded["kind"] != "person")]
    red = red.sort_values(["probability", "case_id"], ascending=[False, True])
    counts = red.groupby("county_code")["case_id"].size()
    first = red.drop_duplicates("county_code")
    return {
        str(row.case_id): int(counts[row.county_code])
        for row in first.itertuples()
        if isinstance(row.county_code, str) and counts[row.county_code] >= min(least)
    }
