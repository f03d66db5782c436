"""What became of a night's process, noted by who watched over it.

A night notes its own end in the ledger. What it cannot say is that it hung, that it was killed,
and how it ended before its attempt began: in the inbox, or on its way there.
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
    attempts = attempts_since(store, EVER)
    own = attempts[
        (attempts["attempt_id"] > after)
        & (attempts["as_of"] == as_of)
        & (attempts["host"] == platform.node())
    ]
    if own.empty:
        if stopped and not hung:
            return ""
        return _note_unbegun(store, as_of, exit_code, hung=hung)
    # A hung one ended as it was told to: nobody wanted it to stop.
    ended = own[own["outcome"].isin(["stopped", "killed"])]
    if hung and len(ended):
        end_attempt(store, int(ended["attempt_id"].iloc[-1]), "hung", exit_code, now)
        return "hung"
    return str(own["outcome"].iloc[-1])


def _note_unbegun(store: Store, as_of: pd.Timestamp, exit_code: int, *, hung: bool) -> str:
    """Note an attempt that ended before it could begin one."""
    outcome = "hung" if hung else "killed" if exit_code < 0 else "failed"
    try:
        with store.at_work():
            if store.run_at(as_of) is not None:
                return ""
            now = local_now()
            end_attempt(store, begin_attempt(store, as_of, now), outcome, exit_code, now)
    except RefusedError:
        return ""
    return outcome
