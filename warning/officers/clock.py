"""The clock of an officer's step: a step cannot be taken back, and deadlines count from it."""

import pandas as pd

from warning.moments import check_not_behind, local_now
from warning.store import Store


def step_moment(store: Store, at: pd.Timestamp | None) -> pd.Timestamp:
    """The moment of a step: ``at``, else that of the clock.

    Raises:
        RefusedError: the clock is before the last night, which drafted what is decided on.
    """
    if at is not None:
        return at
    now = local_now()
    check_not_behind(store.last_night(), now)
    return now
