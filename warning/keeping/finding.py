"""Finding a person: the rows that are certainly theirs, and those that may be.

Certain is a row with their whole ID number, or with their phone, where it is nobody else's or the
whole name agrees; and one that an officer confirmed; each in all its versions. Everything else is
likely at best: rows that the last night linked to them, rows with a number or name of theirs, or
with one that a correction took away, mentions in narratives. These are shown with why, and are
theirs only once an officer says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from warning.errors import Problem, RefusedError
from warning.escalation.bundles import carried
from warning.keeping.apart import Sharer, bearers, described, meant_by, sharer, sharers
from warning.keeping.asking import Asked, asked_for
from warning.keeping.further import (
    among,
    chosen_of,
    further_rows,
    keyed_rows,
    mentions_named,
    mentions_of,
)
from warning.keeping.versions import of_children, with_namesakes, with_versions
from warning.language import say
from warning.matching.mentions import TOLD
from warning.matching.standardise.names import names
from warning.records import PARTY, RECORD
from warning.store import Store, operation_tables, tables
from warning.store.frames import dtypes, read_frame
from warning.store.sealing import (
    CONFIRMED,
    ID_NAME,
    KEY,
    Seal,
    named_keys,
    party_keys,
)

FURTHER = [*PARTY, "name", "child", "probability", "why"]


@dataclass(frozen=True)
class Person:
    """What is kept of one person, or of several who share the number that was asked for.

    Attributes:
        hashes: keyed hashes that stand for them in later loads and nights, the surest first.
        standing: hashes under which a right of theirs may stand already.
        parties: the party rows that are certainly theirs or confirmed, by version.
        people: who the rows may be; more than one: nothing may be done for one of them yet.
        further: channel, record_id, party_no, name, child (of somebody under 18), probability (of
            the link), why: rows and mentions (``~`` and where they begin) that may be theirs and
            are not confirmed.
        told: channel, record_id, name: how the narratives of their records write them.
        links: their entities in the last night, with the probability of each link.
        cases: ids of the cases that their records stand in.
        letters: ids of the letters that carry one of these cases; documents name nobody in full.
        restrictions: rights that were exercised.
        others: the party rows of others with the ID number that was asked for.
        asked: the arguments of :func:`find`.
    """

    hashes: tuple[str, ...]
    standing: tuple[str, ...]
    parties: pd.DataFrame
    people: tuple[Sharer, ...]
    further: pd.DataFrame
    told: pd.DataFrame
    links: pd.DataFrame
    cases: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    restrictions: pd.DataFrame = field(default_factory=pd.DataFrame)
    others: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=KEY))
    asked: Mapping[str, Any] = field(default_factory=dict)

    @property
    def in_records(self) -> pd.DataFrame:
        """channel, record_id of the records that name the person."""
        return pd.concat([self.parties[RECORD], self.told[RECORD]]).drop_duplicates()

    @property
    def records(self) -> int:
        """How many records name the person."""
        return len(self.in_records)

    @property
    def shared(self) -> bool:
        """Whether the rows may be of several people."""
        return len(self.people) > 1


def find(
    store: Store,
    *,
    id_number: str | None = None,
    phone: str | None = None,
    name: str | None = None,
    linked: float | None = None,
    confirmed: Sequence[str] = (),
) -> Person:
    """What is kept of the person with this ID number or phone.

    Args:
        store: the store.
        id_number, phone: one of them at least; with both, rows with the phone count that give
            a name of the rows with the ID number.
        name: tells apart who shares a number; rows elsewhere with this name are further ones, and
            so are mentions in narratives.
        linked: confirms the further rows that are linked with at least this probability, and the
            mentions linked to the person by a whole name of theirs.
        confirmed: confirms further rows and mentions by ``channel|record_id|party_no``.

    Raises:
        UsageError: no whole number, a name that is not whole, or a row confirmed that is no
            further row.
    """
    asked = asked_for(store.seal, id_number, phone, name)
    given = {"id_number": id_number, "phone": phone, "name": name, "linked": linked,
             "confirmed": confirmed}  # fmt: skip
    links = store.table("party_links")
    with store.reading() as connection:
        sure, people, others = _sure(connection, asked, links)
        people = with_namesakes(connection, people)
        if len(people) > 1:
            return replace(_shared(connection, asked, sure, people, links), asked=given)
        entities = _entities(sure, links)
        numbers = (*asked.ids, *asked.calls)
        rows = further_rows(
            connection, store.seal, sure, entities, numbers, asked.name, asked.whole_id
        )
        shared = len(others) > 0
        if shared:
            rows = _sure_links(rows, sure, asked)
        elsewhere = rows[~among(rows, others, KEY)]
        mine, told = mentions_of(connection, entities, sure, elsewhere)
        told = _not_named(told, others)
        frames = [rows, told]
        if asked.name is not None:
            linked_ones = pd.concat([mine[PARTY], told[PARTY]])
            frames.append(mentions_named(connection, asked.name, linked_ones))
        rest = pd.concat(frames, ignore_index=True)
        known = {*sure["full_name"].dropna(), *([asked.name] if asked.name else [])}
        chosen = chosen_of(rest, linked, confirmed, known)
        is_row = ~rest["party_no"].str.startswith(TOLD).astype(bool)
        columns = dtypes(tables.parties)
        parties, also = sure[list(columns)], rest[list(columns)][chosen & is_row]
        if len(also):
            parties = with_versions(connection, pd.concat([parties, also]).astype(columns))
            parties = parties[list(columns)]
        others = others[~among(others, parties, KEY)]
        written, _ = mentions_of(connection, _entities(parties, links), parties, elsewhere)
        written = _not_named(written, others)
        hashes, standing = _hashes(connection, store.seal, parties, asked, shared_id=shared)
        left = rest[~chosen & ~among(rest, parties, KEY) & ~among(rest, written, PARTY)]
        left = left.assign(child=of_children(connection, left))
    told = pd.concat([written, rest[chosen & ~is_row]])
    person = Person(
        hashes=hashes,
        standing=standing,
        parties=parties,
        people=people,
        further=left[FURTHER].drop_duplicates(PARTY).reset_index(drop=True),
        told=told[[*RECORD, "name"]].drop_duplicates().reset_index(drop=True),
        links=links.merge(parties[PARTY].drop_duplicates(), on=PARTY),
        others=others[list(columns)],
        asked=given,
    )
    return _with_cases(store, person)


def found_anew(store: Store, connection: Connection, person: Person) -> Person:
    """The person as they are kept now: for whoever has waited for their turn to write.

    Args:
        store: the store.
        connection: of :meth:`Store.writing`, with nothing written yet.
        person: as they were found before.

    Raises:
        RefusedError: rows or mentions of theirs came or changed since.
    """
    store.renew_seal(connection)
    now = find(store, **person.asked)
    before, after = (
        [
            one.parties.sort_values(KEY, ignore_index=True),
            one.told.sort_values([*RECORD, "name"], ignore_index=True),
        ]
        for one in (person, now)
    )
    if now.shared or not all(map(pd.DataFrame.equals, before, after)):
        raise RefusedError(
            Problem(
                "--id-number / --phone",
                say("此人的记录在此期间有新存入或改变",
                    "records of this person were loaded or changed meanwhile"),
                say("查到时的记录", "the records as they were found"),
                say("没有改变任何内容；再运行一次", "nothing was changed: run it again"),
            )
        )  # fmt: skip
    return now


def _sure(
    connection: Connection, asked: Asked, links: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Sharer, ...], pd.DataFrame]:
    """The rows that are certainly of whom is asked for, and the people whose they may be.

    Third, the rows of others with the ID number that was asked for: a name chose between them.
    """
    rows = described(keyed_rows(connection, asked.every))
    by_phone = rows["hash"].isin(asked.calls)
    said = by_phone & (rows["kind"] == CONFIRMED) & (asked.name is None)
    sure = _not_corrected(with_versions(connection, rows[~by_phone | said]), asked)
    others = sure.iloc[:0]
    if asked.ids and len(sure):
        sure, people, others = _of_the_id(connection, asked, sure)
        if len(people) > 1:
            return sure, people, others
    called = rows[by_phone & (rows["kind"] == "phone")].drop_duplicates(KEY)
    called = called[~among(called, sure, KEY)]
    if asked.whole_id:
        called = called[called["whole_id"].isna()]
    told = {asked.name} if asked.name else set(sure.loc[sure["stands"], "full_name"].dropna())
    named = asked.name is not None or bool(asked.ids and len(sure))
    if named:
        called = called[called["full_name"].isin(told)]
    found = sure
    if len(called):
        found = _not_corrected(with_versions(connection, pd.concat([sure, called])), asked)
    found = found[~among(found, others, KEY)]
    if found.empty:
        return found, (), others
    if asked.ids and len(sure):
        return found, (sharer(found),), others
    usable = links.iloc[:0] if named else _usable(connection, links)
    people = sharers(found.merge(usable[[*PARTY, "entity_id"]], on=PARTY, how="left"))
    return found, people, others


def _of_the_id(
    connection: Connection, asked: Asked, rows: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[Sharer, ...], pd.DataFrame]:
    """The rows with the ID number of whom the name means, who gives it, and the rows of others.

    Without a name that chooses one of several these are all rows, and no others.
    """
    held = _withheld(connection).rename(columns={"hash": "held"})
    held = held.assign(said=held.pop("kind") == CONFIRMED)
    marked = rows.merge(held, on=PARTY, how="left")
    person = rows["whose"].map(bearers(marked.assign(said=marked["said"].eq(True))))
    people = dict(iter(rows.groupby(person)))
    if len(people) == 1:
        return rows, (sharer(rows),), rows.iloc[:0]
    meant = meant_by(people, asked.name) if asked.name else None
    if meant is None:
        found = sorted(map(sharer, people.values()), key=lambda one: (-one.records, one.name or ""))
        return rows, tuple(found), rows.iloc[:0]
    own = people.pop(meant)
    return own, (sharer(own),), pd.concat(list(people.values()))


def _sure_links(rows: pd.DataFrame, sure: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The further rows where others give the ID number, too: a link may rest on this alone.

    Only rows with a whole name of the person's keep its probability.
    """
    known = {one for told in sure["full_name"].dropna() for one in told.split("|")}
    known |= {asked.name} if asked.name else set()
    return rows.assign(probability=rows["probability"].where(rows["full_name"].isin(list(known))))


def _not_named(mentions: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """The mentions without those that name one of the others whole."""
    told = {one for name in others["full_name"].dropna() for one in name.split("|")}
    return mentions[~names(mentions["name"])["name"].isin(list(told)).to_numpy(bool)]


def _not_corrected(found: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    """The rows without those that have another ID number, or name, than is asked for by now.

    Args:
        found: of :func:`with_versions`.
        asked: a row that gives its ID number stays, whatever its name.
    """
    stands = found[found["stands"]]

    def given(column: str, wanted: str | None) -> tuple[set[int], set[int]]:
        """Whose rows give the wanted value, and whose only other ones."""
        values = stands[["whose", column]].dropna() if wanted else stands.iloc[:0]
        told = values[column].str.split("|").map(lambda several: wanted in several).astype(bool)
        same = set(values.loc[told, "whose"])
        return same, set(values["whose"]) - same

    numbered, otherwise = given("whole_id", asked.whole_id)
    _, renamed = given("full_name", asked.name)
    return found[~found["whose"].isin((otherwise | renamed) - numbered)].reset_index(drop=True)


def _usable(connection: Connection, links: pd.DataFrame) -> pd.DataFrame:
    """The links that say who is who: a row that is withheld is linked to nobody."""
    withheld = _withheld(connection)
    return links.loc[~among(links, withheld, PARTY), [*PARTY, "entity_id"]]


def _withheld(connection: Connection) -> pd.DataFrame:
    """channel, record_id, party_no of the rows that an objection holds; kind and hash of by what."""
    keyed, held = operation_tables.party_keys, operation_tables.restrictions
    active = select(held.c.hash).where(held.c.right == "object", held.c.until.is_(None))
    columns = [keyed.c[name] for name in (*PARTY, "kind", "hash")]
    query = select(*columns).where(keyed.c.hash.in_(active)).distinct()
    return read_frame(connection, query, dtypes(keyed))


def _entities(rows: pd.DataFrame, links: pd.DataFrame) -> set[str]:
    return set(links.merge(rows[PARTY].drop_duplicates(), on=PARTY)["entity_id"])


def _hashes(
    connection: Connection, seal: Seal, parties: pd.DataFrame, asked: Asked, *, shared_id: bool
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """``hashes`` and ``standing`` of a :class:`Person`.

    An ID number in their rows and the phone that was asked for are theirs where no row of
    somebody else has them; a phone that is asked for with a name stands with it only, and so does
    an ID number that others give, too.
    """
    keys = party_keys(parties, seal)
    rows = keyed_rows(connection, {*keys["hash"], *asked.calls})
    rows = rows[rows["kind"].isin(["id_number", "phone"])]
    taken = set(rows.loc[~among(rows, parties, KEY), "hash"])
    taken |= set(asked.ids) if shared_id else set()
    ids = keys.loc[keys["kind"] == "id_number", "hash"]
    calls = asked.named or asked.calls
    named = named_keys(parties, seal)
    with_name = set(named.loc[named["kind"] == ID_NAME, "hash"])
    asked_ids = [*asked.id_named, *sorted(with_name)] if shared_id else asked.ids
    hashes = dict.fromkeys([*asked_ids, *sorted(set(ids) - taken),
                            *(one for one in calls if one not in taken)])  # fmt: skip
    standing = {*hashes, *asked.every, *(set(keys["hash"]) - taken), *named["hash"]}
    return tuple(hashes), tuple(sorted(standing))


def _shared(
    connection: Connection, asked: Asked, rows: pd.DataFrame, people: tuple[Sharer, ...],
    links: pd.DataFrame,
) -> Person:  # fmt: skip
    """The rows of several people: no cases, links and further rows, which are nobody's yet."""
    columns = dtypes(tables.parties)
    held = operation_tables.restrictions
    query = select(held).where(held.c.hash.in_(asked.every)).order_by(held.c.restriction_id)
    return Person(
        hashes=(),
        standing=asked.every,
        parties=rows[list(columns)].sort_values(KEY, ignore_index=True),
        people=people,
        further=pd.DataFrame(columns=FURTHER),
        told=pd.DataFrame(columns=[*RECORD, "name"]),
        links=links.iloc[:0],
        restrictions=read_frame(connection, query, dtypes(held)),
    )


def _with_cases(store: Store, person: Person) -> Person:
    """The person with the cases of their records, the letters on them, and rights exercised."""
    incidents = store.table("incident_links").merge(person.in_records, on=RECORD)
    members = store.table("case_incidents")
    cases = members.loc[members["incident_id"].isin(incidents["incident_id"]), "case_id"]
    letters = carried(store.table("letters"))
    held = store.table("restrictions")
    return replace(
        person,
        cases=tuple(sorted(set(cases))),
        letters=tuple(letters.loc[letters["case_id"].isin(cases), "letter_id"].unique()),
        restrictions=held[held["hash"].isin(person.standing)].reset_index(drop=True),
    )
