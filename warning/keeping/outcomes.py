"""What became of a night's process, noted by who watched over it or by its last words.

A night notes its own end in the ledger once its attempt has begun. How it ended before that, in
the inbox or on its way there, it notes here; that it hung or was killed only the clock can say.
"""

import platform

import pandas as pd

from warning.errors import RefusedError
from warning.moments import local_now
from warning.store import Store
from warning.store.ledger import attempts_since, begin_attempt, end_attempt, note_killed

#: Before every attempt: which are a process's own is told by their ids, for a clock may be set.
EVER = pd.Timestamp(0).to_pydatetime()


def last_attempt(store: Store) -> int:
    """The id of the last attempt noted; 0 before the first."""
    attempts = attempts_since(store, EVER)
    return int(attempts["attempt_id"].max()) if len(attempts) else 0


def note_outcome(
    store: Store,
    as_of: pd.Timestamp,
    process: int,
    exit_code: int,
    *,
    after: int,
    hung: bool = False,
    stopped: bool = False,
) -> str:
    """Note how a night's process, that is gone and did not end well, ended.

    Args:
        store: the night's store.
        as_of: the night's moment.
        process: its id on this machine.
        exit_code: negative where a signal ended it.
        after: the last attempt noted before it began.
        hung: whether it was ended because it took too long.
        stopped: whether somebody wanted it to stop; then it is no failure that nothing had begun.

    Returns:
        The outcome that the ledger now tells; empty where nothing had begun because it was stopped,
        another process is at work, or the night is done.
    """
    now = local_now()
    if exit_code < 0:
        note_killed(store, process, exit_code, now)
    own = _own_attempts(store, as_of, after)
    if own.empty:
        if stopped and not hung:
            return ""
        outcome = "hung" if hung else "killed" if exit_code < 0 else "failed"
        return _note_unbegun(store, as_of, outcome, exit_code)
    # A hung one ended as it was told to: nobody wanted it to stop.
    ended = own[own["outcome"].isin(["stopped", "killed"])]
    if hung and len(ended):
        end_attempt(store, int(ended["attempt_id"].iloc[-1]), "hung", exit_code, now)
        return "hung"
    return str(own["outcome"].iloc[-1])


def note_last_words(
    store: Store, as_of: pd.Timestamp, outcome: str, exit_code: int, *, after: int, alone: bool
) -> None:
    """Note how this process's night ends, where it did not come to begin its attempt.

    Args:
        store: the night's store.
        as_of: the night's moment.
        outcome: how it ends.
        exit_code: what this process will exit with.
        after: the last attempt noted before it began.
        alone: whether nobody tries again: then it is a failure, too, that another process was at
            work, unless that is a night.
    """
    if outcome == "stopped" or not _own_attempts(store, as_of, after).empty:
        return
    _note_unbegun(store, as_of, outcome, exit_code, alone=alone)


def _own_attempts(store: Store, as_of: pd.Timestamp, after: int) -> pd.DataFrame:
    """The attempts at a night that this machine began since."""
    attempts = attempts_since(store, EVER)
    return attempts[
        (attempts["attempt_id"] > after)
        & (attempts["as_of"] == as_of)
        & (attempts["host"] == platform.node())
    ]


def _note_unbegun(
    store: Store, as_of: pd.Timestamp, outcome: str, exit_code: int, *, alone: bool = False
) -> str:
    """Note an attempt that ended before it could begin one; the outcome, where it is a failure."""
    try:
        with store.at_work():
            return _noted(store, as_of, outcome, exit_code)
    except RefusedError:
        if alone and "running" not in attempts_since(store, EVER)["outcome"].tolist():
            return _noted(store, as_of, outcome, exit_code)
        return ""


def _noted(store: Store, as_of: pd.Timestamp, outcome: str, exit_code: int) -> str:
    if as_of <= store.last_night():  # done, or followed by another one: it was refused for that
        return ""
    now = local_now()
    end_attempt(store, begin_attempt(store, as_of, now), outcome, exit_code, now)
    return outcome
