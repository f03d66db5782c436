"""What the platform reads: events of letters and task forces, until it acknowledges them."""

from collections.abc import Iterable

import pandas as pd

from warning.arguments import must_be, whole_numbers
from warning.moments import local_now
from warning.store import Store
from warning.store import outbox as kept


def events(store: str | Store, *, limit: int = 1000) -> pd.DataFrame:
    """The oldest events that were not acknowledged, in the order they happened.

    Reading changes nothing: an event comes again until it is acknowledged (at least once), so a
    reader keeps the last ``event_id`` it has worked on.

    Args:
        store: a store's URL, or an open store.
        limit: at most so many.

    Returns:
        event_id (grows), at, case_id, subject_id (a letter's or task force's), event
        (``letter.draft``, ``letter.approved``, ``letter.reminder``, ``letter.dated`` (it had no
        deadline) …, ``task_force.proposed`` …, a task force's by the status that it then has),
        content (a dict; of a task force, ``entry`` is what was done: ``proposed``, ``active`` (its
        start), ``progress``, ``milestone``, ``verified``, ``extended``, ``declined``, ``closed``,
        ``superseded``).

    Raises:
        UsageError: an argument of the wrong kind; there is no such store.
    """
    must_be("events", store=(store, str, Store))
    (limit,) = whole_numbers("events", "limit", [limit])
    if isinstance(store, str):
        with Store.open_existing(store) as opened:
            return events(opened, limit=limit)
    with store.reading() as connection:
        return kept.read(connection, limit)


def acknowledge(store: str | Store, event_ids: Iterable[int]) -> int:
    """Say that events were taken over; they do not come again.

    ``warning retention`` deletes them ``events_days`` later.

    Returns:
        How many of them had not been acknowledged before.

    Raises:
        UsageError: an argument of the wrong kind; there is no such store.
    """
    must_be("acknowledge", store=(store, str, Store))
    event_ids = whole_numbers("acknowledge", "event_ids", event_ids)
    if isinstance(store, str):
        with Store.open_existing(store) as opened:
            return acknowledge(opened, event_ids)
    with store.writing() as connection:
        return kept.acknowledge(connection, event_ids, local_now().to_pydatetime())
