"""What was drafted of each case so far, as the triggers see it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from warning.escalation.bundles import carried, drafted_cases
from warning.escalation.ladder import next_step
from warning.settings.escalation import EscalationSettings
from warning.tabular import distinct_texts

RANK = {"none": 0, "blue": 1, "yellow": 2, "orange": 3, "red": 4}
#: A letter in one of these states waits for something.
OPEN = ("draft", "approved", "issued", "received", "overdue", "objected", "replied")
#: A letter in one of these states waits for its signature or for the post.
UNSIGNED = ("draft", "approved")
#: A letter in one of these states never reached its recipient, or was called back.
VOID = ("withdrawn", "superseded")
#: A letter in one of these states is with its recipient, in time, or its reply waits for a verdict.
AT_WORK = ("issued", "received", "objected", "replied")
#: A letter in one of these states is with its recipient, and its reply is still to come.
UNANSWERED = ("issued", "received", "overdue", "objected")
#: Why a letter was replaced by one of a higher step.
RAISED = "已发出上一级函件"
#: Steps into these states are what the triggers ask for.
TOLD = ("replied", "accepted", "overdue")
#: Where a letter's content holds the last night before it was called back to be drafted anew.
REDO = "redo_after"
#: Where a letter's content holds, for each refusal of a reply, the last night before it.
REFUSALS = "refused_after"
#: What the reason of a letter ends with that takes the place of one that an officer called back.
REDONE = "（原函撤回重办）"
#: How the letter of the step before failed, as a reason says after its kind.
LATE, REFUSED = "逾期未复", "复函未获认可"


@dataclass(slots=True)
class Sent:
    """A letter of a case as the triggers see it."""

    step: int
    status: str
    tier: str
    reason: str
    drafted_at: pd.Timestamp
    overdue_at: pd.Timestamp | None = None  #: when its deadline was last missed
    replied_at: pd.Timestamp | None = None
    refused_at: pd.Timestamp | None = None  #: when its last reply was not accepted
    #: the last night before that; None of a refusal that an older version kept
    refused_after: pd.Timestamp | None = None
    #: of each refusal the moment → the last night before it, both as ISO
    refusals: Mapping[str, str] = field(default_factory=dict)
    accepted_at: pd.Timestamp | None = None
    #: the last night before an officer called it back to have it drafted anew
    redo_after: pd.Timestamp | None = None
    raised: bool = False  #: whether one of a higher step replaced it
    cases: frozenset[str] = frozenset()  #: those that it was drafted for

    def covers(self, step: int, since: pd.Timestamp) -> bool:
        """Whether it stands, is as high as a step, and is open or was accepted since."""
        if self.status in VOID or self.step < step:
            return False
        return self.accepted_at is None or self.accepted_at >= since

    def answers(self, step: int, since: pd.Timestamp) -> bool:
        """Whether it is as high as a step, and its reply came since, or is still to come."""
        if self.step < step or self.status in VOID:
            return False
        return self.status in UNANSWERED or (
            self.replied_at is not None and self.replied_at >= since
        )

    def moved(self, before: str, after: str, at: pd.Timestamp) -> None:
        """Note a step of its history."""
        if after == "replied":
            self.replied_at, self.refused_at = at, None
        elif before == "replied" and after == "received":
            self.refused_at, night = at, self.refusals.get(at.isoformat())
            self.refused_after = None if night is None else pd.Timestamp(night)
        elif after == "accepted":
            self.accepted_at = at
        elif after == "overdue":
            self.overdue_at = at


@dataclass(frozen=True)
class Past:
    """What was drafted of a case, and how far it has come.

    Attributes:
        standing: its letters that were not called back or replaced, oldest first.
        drafted: those and the ones that an officer called back or a higher step replaced.
        redo: (step, reason) of the highest that is to be drafted anew; None: there is none. One
            whose case was merged with another that has such a letter is not.
        limit: the highest step that it has come to.
    """

    standing: list[Sent]
    drafted: list[Sent]
    redo: tuple[int, str] | None
    limit: int

    @classmethod
    def of(cls, letters: list[Sent], tier: str, settings: EscalationSettings) -> "Past":
        """From a case's letters, the oldest first, and its tier.

        What was drafted for it while it had a tier is drafted anew once it has one again, and at
        once where the letter of the step before had failed, which calls for it without a tier.
        """
        standing = [sent for sent in letters if sent.status not in VOID]
        redone = [
            (sent.step, f"{sent.reason.removesuffix(REDONE)}{REDONE}")
            for sent in letters
            if sent.status == "withdrawn"
            and sent.redo_after is not None
            and (tier != "none" or sent.tier == "none" or failing_in(sent.reason))
            and not any(other.drafted_at > sent.redo_after for other in letters)
            and not any(
                sent.cases.isdisjoint(other.cases) and other.covers(sent.step, sent.drafted_at)
                for other in standing
            )
        ]
        redo = max(redone, default=None)
        limit = max(_limit(tier, standing, settings), redo[0] if redo else 0)
        drafted = [sent for sent in letters if sent.status != "superseded" or sent.raised]
        return cls(standing, drafted, redo, limit)

    @property
    def busy(self) -> bool:
        """Whether one of its letters is with a unit or waits for a verdict on the reply."""
        return any(sent.status in AT_WORK for sent in self.standing)

    def answered(self, step: int, since: pd.Timestamp, after: pd.Timestamp | None = None) -> bool:
        """Whether what a call for a step would draft was drafted since, called back or not.

        Args:
            step: the step.
            since: the moment of what calls for it.
            after: where that moment is of an officer's clock, which may be ahead, or of a morning
                whose night came late: the last night before it, after which a letter was drafted.
        """
        step = min(step, self.limit)
        drafted = [sent.drafted_at for sent in self.drafted if sent.step >= step]
        return any(at >= since if after is None else at > after for at in drafted)

    def covered(self, step: int, since: pd.Timestamp) -> bool:
        """Whether a letter as high as a step is open or was accepted since."""
        return any(sent.covers(step, since) for sent in self.standing)

    def awaits(self, step: int, since: pd.Timestamp) -> bool:
        """Whether the reply to a letter as high as a step tells of what came then, or will."""
        return any(sent.answers(step, since) for sent in self.standing)

    def last(self, name: str) -> pd.Timestamp | None:
        """The last of such moments of its letters."""
        moments = (getattr(sent, name) for sent in self.standing)
        return max((at for at in moments if at is not None), default=None)


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

    def next_after(
        self, kind: str, since: pd.Timestamp, case_ids: Iterable[str], case_kind: str
    ) -> str:
        """The letter that follows where one is not answered in time; "" where none does.

        None follows where each of its cases has a higher one that is open, or was accepted since.

        Args:
            kind: of the letter.
            since: when it was drafted.
            case_ids: its cases.
            case_kind: of its first case.
        """
        after = next_step(kind, case_kind, self.settings)
        place = [one.name for one in self.settings.letters].index(after) if after else 0
        free = any(
            not any(sent.covers(place, since) for sent in self.by_case.get(case_id, ()))
            for case_id in case_ids
        )
        return after if free else ""

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
        columns = ["letter_id", "case_id", "kind", "status", "reason", "drafted_at",
                   "drafted_for", "content"]  # fmt: skip
        rows = zip(*(letters[name].tolist() for name in columns), strict=True)
        for letter_id, case_id, kind, status, reason, drafted_at, drafted_for, content in rows:
            if kind not in order:
                continue
            drafted = frozenset(drafted_cases({"drafted_for": drafted_for, "content": content}))
            first = {"case_id": case_id, "tier": content.get("tier", "none"), "reason": reason}
            for case in (first, *content.get("others", ())):
                letter = Sent(
                    step=order[kind],
                    status="overdue" if letter_id in late else status,
                    tier=case["tier"],
                    reason=case["reason"],
                    drafted_at=drafted_at,
                    redo_after=pd.Timestamp(content[REDO]) if REDO in content else None,
                    cases=drafted,
                    refusals=content.get(REFUSALS, {}),
                )
                sent.setdefault(letter_id, []).append(letter)
                by_case.setdefault(case["case_id"], []).append(letter)
        columns = ["letter_id", "from_status", "to_status", "at"]
        for frame in (transitions, overdue):
            told = frame["to_status"].isin(TOLD) | (frame["from_status"] == "replied")
            raised = (frame["to_status"] == "superseded") & (frame["reason"] == RAISED)
            for letter_id in frame.loc[raised, "letter_id"]:
                for found in sent.get(str(letter_id), ()):
                    found.raised = True
            for row in frame.loc[told, columns].to_dict("records"):
                for found in sent.get(str(row["letter_id"]), ()):
                    found.moved(row["from_status"], row["to_status"], row["at"])
        return cls(settings, by_case, waiting)


def unsettled(letters: pd.DataFrame) -> frozenset[str]:
    """Cases with a letter that is open, or was called back to be drafted anew.

    Args:
        letters: case_id, status, content.
    """
    redone = pd.Series([REDO in content for content in letters["content"]], letters.index, bool)
    return distinct_texts(carried(letters[letters["status"].isin(OPEN) | redone])["case_id"])


def failing_in(reason: str) -> str | None:
    """How the lower letter failed that a letter was drafted for; None: it had another cause.

    Args:
        reason: that of the letter, or of one of its cases.
    """
    return next((how for how in (LATE, REFUSED) if how in reason), None)


def _limit(tier: str, letters: list[Sent], settings: EscalationSettings) -> int:
    """The highest step that a case has come to: one above what was sent, or where it may start."""
    names = [kind.name for kind in settings.letters]
    start = names.index(settings.start[tier]) if tier in settings.start else 0
    return max([start, *(sent.step + 1 for sent in letters)])


def to_redo(letter: Mapping[str, Any], last_night: pd.Timestamp) -> dict[str, Any]:
    """A letter that is called back to be drafted anew by the next night that grades its case.

    It is what that night drafts for the case, unless something calls for a higher step; a letter
    drafted after ``last_night`` has taken its place. Nights come one after the other whatever
    clock the officer's step went by.

    Args:
        letter: the row of ``letters``.
        last_night: the last one before.
    """
    return {**letter, "content": {**letter["content"], REDO: last_night.isoformat()}}


def as_refused(
    letter: Mapping[str, Any], at: pd.Timestamp, last_night: pd.Timestamp
) -> dict[str, Any]:
    """A letter whose reply is not accepted: what a later night drafts for the refusal answers it.

    Args:
        letter: the row of ``letters``.
        at: the moment of the officer's step.
        last_night: the last one before, whatever clock the step went by.
    """
    content = letter["content"]
    refusals = {**content.get(REFUSALS, {}), at.isoformat(): last_night.isoformat()}
    return {**letter, "content": {**content, REFUSALS: refusals}}
