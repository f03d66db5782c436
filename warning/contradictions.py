"""What stands against a verdict: others that cannot hold beside it, ID numbers, and what never can."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from warning.matching.mentions import told_parties
from warning.matching.persons import SIDES, sure_numbers
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
    own = _last_verdicts(verdicts, kind)
    beside: dict[str, dict[str, object]] = {}
    same = own[own["verdict"] == "same"]
    for row, left, right in zip(same.index, same["left"], same["right"], strict=True):
        beside.setdefault(left, {})[right] = row
        beside.setdefault(right, {})[left] = row
    apart = own[own["verdict"] == "different"]
    for row, left, right in zip(apart.index, apart["left"], apart["right"], strict=True):
        if chain := _chain(beside, left, right):
            yield own.loc[[row, *chain]]


def _last_verdicts(verdicts: pd.DataFrame, kind: str) -> pd.DataFrame:
    """The last verdict on each pair of a kind."""
    own = verdicts[verdicts["kind"] == kind].sort_values("at", kind="stable")
    return own.drop_duplicates(["left", "right"], keep="last")


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


def numbered_instead(store: Store, left: str, right: str) -> Pair | None:
    """Two mentions with ID numbers, to judge where *same* of these two cannot make two people one.

    Two people whose ID numbers are all different stay two until a pair that shows such numbers is
    judged the same: before, the verdict on a mention without one moves it to the other person.

    Returns:
        A mention of each of the two people; None where the verdict as given joins them, or where
        nothing parts them.
    """
    ids = record_ids_in(left) | record_ids_in(right)
    links = store.rows("party_links", "record_id", ids)
    entity = dict(zip(keys_of(links[PARTY]), links["entity_id"], strict=True))
    if left not in entity or right not in entity or entity[left] == entity[right]:
        return None
    people = store.rows("party_links", "entity_id", [entity[left], entity[right]])
    parties = _last_versions(store.rows("parties", "record_id", people["record_id"].unique()))
    people = people.merge(parties, on=PARTY)
    people["number"] = sure_numbers(people["id_number"])
    people = people[people["number"].notna()].assign(key=keys_of(people[PARTY]))
    one, other = (people[people["entity_id"] == entity[key]] for key in (left, right))
    if one.empty or other.empty or one["number"].isin(other["number"]).any():
        return None
    if _judged_the_same(store.table("verdicts"), set(one["key"]), set(other["key"])):
        return None
    return _first(one, left), _first(other, right)


def _judged_the_same(verdicts: pd.DataFrame, one: set[str], other: set[str]) -> bool:
    """Whether the last verdict on a pair across these keys makes their two numbers one."""
    last = _last_verdicts(verdicts, "person")
    last = last[last["verdict"] == "same"]
    across = last["left"].isin(one) & last["right"].isin(other)
    return bool((across | (last["left"].isin(other) & last["right"].isin(one))).any())


def _first(numbered: pd.DataFrame, key: str) -> str:
    """The key itself where it has a number, else the first that has one."""
    keys = numbered["key"].to_list()
    return key if key in keys else keys[0]


def _last_versions(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the last version of each record, without its number."""
    last = rows.groupby(RECORD)["version"].transform("max")
    return rows[rows["version"] == last].drop(columns="version").reset_index(drop=True)
