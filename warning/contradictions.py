"""What stands against a verdict: others that cannot hold beside it, and what never can."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from warning.matching.mentions import told_parties
from warning.matching.persons import SIDES
from warning.matching.vocabulary import with_codes
from warning.records import PARTY, RECORD, keys_of, record_ids_in
from warning.settings import Settings
from warning.store import Store

Pair = tuple[str, str]


def contradictions(verdicts: pd.DataFrame, kind: str) -> Iterator[pd.DataFrame]:
    """Verdicts that cannot all hold: each one that parts two whom a chain of others joins.

    Args:
        verdicts: kind, left, right, verdict, user, at; of a pair the last one counts.
        kind: of which kind.

    Yields:
        The same columns: first the one that parts, then the shortest chain of those that join.
    """
    own = verdicts[verdicts["kind"] == kind].sort_values("at", kind="stable")
    own = own.drop_duplicates(["left", "right"], keep="last")
    beside: dict[str, dict[str, object]] = {}
    same = own[own["verdict"] == "same"]
    for row, left, right in zip(same.index, same["left"], same["right"], strict=True):
        beside.setdefault(left, {})[right] = row
        beside.setdefault(right, {})[left] = row
    apart = own[own["verdict"] == "different"]
    for row, left, right in zip(apart.index, apart["left"], apart["right"], strict=True):
        if chain := _chain(beside, left, right):
            yield own.loc[[row, *chain]]


def _chain(beside: Mapping[str, Mapping[str, object]], start: str, end: str) -> list[object]:
    """The rows on the shortest way between two keys; none where there is no way."""
    ways: dict[str, list[object]] = {start: []}
    todo = deque([start])
    while todo and end not in ways:
        here = todo.popleft()
        for key, row in beside.get(here, {}).items():
            if key not in ways:
                ways[key] = [*ways[here], row]
                todo.append(key)
    return ways.get(end, [])


def against(verdicts: pd.DataFrame, kind: str, pairs: Iterable[Pair]) -> list[pd.DataFrame]:
    """Those :func:`contradictions` of a kind in which the verdict on one of these pairs stands."""
    asked = {(min(pair), max(pair)) for pair in pairs}
    return [
        found
        for found in contradictions(verdicts, kind)
        if not asked.isdisjoint(zip(found["left"], found["right"], strict=True))
    ]


def on_two_sides(store: Store, left: str, right: str, settings: Settings) -> bool:
    """Whether one record names these parties on two sides: then they are two people."""
    ids = record_ids_in(left) | record_ids_in(right)
    records, parties = (
        _last_versions(store.rows(name, "record_id", ids)) for name in ("records", "parties")
    )
    records, parties = with_codes(records, parties, settings)
    parties = pd.concat([parties, told_parties(records, parties).added])
    both = parties[keys_of(parties[PARTY]).isin([left, right]).to_numpy()]
    sides = both["role_code"].map(SIDES).fillna(0)
    return len(both.drop_duplicates(RECORD)) == 1 and sides.nunique() > 1


def _last_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the last version of each record, without its number."""
    last = rows.groupby(RECORD)["version"].transform("max")
    return rows[rows["version"] == last].drop(columns="version").reset_index(drop=True)
