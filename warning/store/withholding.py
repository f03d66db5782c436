"""People who objected or were erased: what the nights do not see, and loads do not bring back."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, or_, select

from warning.records import PARTY, VERSION
from warning.spelling import (
    BETWEEN,
    bare_name,
    name_spans,
    number_spans,
    numbers_told,
    replaced,
    without_signs,
)
from warning.store.operation_tables import party_keys as keyed
from warning.store.operation_tables import restrictions
from warning.store.sealing import Seal, named_keys, party_keys, record_keys

#: What a party row says of a person; role and organisation stay.
PERSONAL = ("name", "id_number", "phone", "gender", "age", "address")
#: What stands for a name or number that was erased from a narrative.
ERASED = "（已删除）"
#: What stands for a character of a name or number that is hidden in a narrative.
HIDDEN = "□"


class Words(NamedTuple):
    """By what one party may be told in a text."""

    names: frozenset[str]
    numbers: frozenset[str]


def without_objectors(
    connection: Connection, records: pd.DataFrame, parties: pd.DataFrame, as_of: datetime
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties, both with ``version``, with whoever had objected by ``as_of`` unknown.

    In the narratives of their records their names and numbers are hidden, each character by one, so
    that what stands behind keeps its place.
    """
    active = (
        select(restrictions.c.hash)
        .where(restrictions.c.right == "object", restrictions.c.since <= as_of)
        .where(or_(restrictions.c.until.is_(None), restrictions.c.until > as_of))
    )
    rows = connection.execute(
        select(keyed.c.channel, keyed.c.record_id, keyed.c.party_no)
        .where(keyed.c.hash.in_(active))
        .distinct()
    ).fetchall()
    withheld = pd.DataFrame([tuple(row) for row in rows], columns=PARTY)
    if withheld.empty:
        return records, parties
    told = parties.merge(withheld, on=PARTY)
    hidden = narratives_without(records, told, lambda word: HIDDEN * len(word))
    return hidden, blanked(parties, withheld)


def keys_of(connection: Connection, parties: pd.DataFrame, seal: Seal) -> pd.DataFrame:
    """The keys to store of new party rows: of their numbers, and those that somebody is held by.

    A phone that several share is restricted together with a name, and an erased row without a
    number by its record; only rows that this concerns get such a key, so that nobody else's name
    is kept for it.
    """
    keys = party_keys(parties, seal)
    query = select(restrictions.c.hash).where(restrictions.c.until.is_(None))
    held = set(connection.execute(query).scalars())
    if not held:
        return keys
    more = pd.concat([named_keys(parties, seal), record_keys(parties, seal)])
    return pd.concat([keys, more[more["hash"].isin(held)]], ignore_index=True)


def erased_rows(connection: Connection, keys: pd.DataFrame) -> pd.DataFrame:
    """Of the keyed hashes of a load's parties, the rows of people who were erased."""
    query = select(restrictions.c.hash).where(
        restrictions.c.right == "erase", restrictions.c.until.is_(None)
    )
    erased = list(connection.execute(query).scalars())
    return keys.loc[keys["hash"].isin(erased), [*PARTY, "version"]].drop_duplicates()


def blanked(parties: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """The parties with everything personal missing in ``rows`` (columns of the party's key)."""
    if rows.empty:
        return parties
    on = list(rows.columns)
    mark = parties[on].merge(rows.drop_duplicates(), on=on, how="left", indicator=True)["_merge"]
    hit = pd.Series((mark == "both").to_numpy(), index=parties.index)
    return parties.assign(**{name: parties[name].mask(hit) for name in PERSONAL})


def narratives_without(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    instead: Callable[[str], str] = lambda _: ERASED,
) -> pd.DataFrame:
    """Records whose narratives no longer hold the names and numbers of these parties.

    However they are written there (:mod:`warning.spelling`). ``instead`` tells what stands for each
    of them, as it is written.
    """
    place: dict[Any, int] = {key: row for row, key in enumerate(zip(
        *[records[name] for name in VERSION], strict=True))}  # fmt: skip
    told: dict[int, list[Words]] = {}
    keys = zip(*[parties[name] for name in VERSION], strict=True)
    for key, words in zip(keys, words_of(parties), strict=True):
        if key in place:
            told.setdefault(place[key], []).append(words)
    narratives = records["narrative"].to_numpy(object, copy=True)
    for row, several in told.items():
        text = narratives[row]
        if isinstance(text, str):
            found = spans_of(text, all_of(several))
            narratives[row] = replaced(
                text, [(start, stop, instead(text[start:stop])) for start, stop in found]
            )
    changed = pd.Series(narratives, index=records.index, dtype=records["narrative"].dtype)
    return records.assign(narrative=changed)


def texts_with(texts: Iterable[str], parties: pd.DataFrame) -> list[str]:
    """Those of the texts that hold a name or number of these parties, however written."""
    words = all_of(words_of(parties))
    return [text for text in texts if spans_of(text, words)]


def words_of(parties: pd.DataFrame) -> list[Words]:
    """Of each row its names, as written and bare, and its numbers, as texts may tell them."""
    names = [
        {bare_name(name), without_signs(name, BETWEEN)[0]} if isinstance(name, str) else ()
        for name in parties["name"]
    ]
    several = zip(names, numbers_told(parties), strict=True)
    return [Words(frozenset(n for n in told if len(n) > 1), numbers) for told, numbers in several]


def all_of(words: Iterable[Words]) -> Words:
    """The words of several parties as one's."""
    rows = list(words)
    return Words(
        frozenset[str]().union(*(row.names for row in rows)),
        frozenset[str]().union(*(row.numbers for row in rows)),
    )


def spans_of(text: str, words: Words) -> list[tuple[int, int]]:
    """Start and end of every name and number in the text, those of the longest words first."""
    found = [*name_spans(text, words.names), *number_spans(text, words.numbers)]
    found.sort(key=lambda span: (-len(span[2]), span))
    return [(start, stop) for start, stop, _ in found]
