"""Where texts tell of a person: in columns of records and parties, and in what officers wrote."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd
from sqlalchemy import Connection, Table, select, tuple_, update

from warning.child_names import NOT_CALLED, Called
from warning.escalation.bundles import carried
from warning.keeping.apart import described
from warning.keeping.child_texts import (
    AT_ONCE,
    Record,
    ToldChild,
    told_child,
    without_called,
)
from warning.keeping.finding import Person
from warning.keeping.further import among, keyed_rows
from warning.masking import SURE
from warning.records import FREE_TEXTS, RECORD
from warning.store import Store, tables
from warning.store.frames import dtypes, read_frame, read_table
from warning.store.sealing import KEY
from warning.store.withholding import (
    NOTHING,
    Words,
    all_of,
    spans_of,
    text_without,
    words_of,
)

#: Cases that are about few people; those of a place or an organisation tell of strangers, too.
OF_PEOPLE = ("matter", "person")


class Telling(NamedTuple):
    """A text that tells of a person.

    Attributes:
        table: of the store.
        key: column → value of the row's primary key.
        column: where the text stands.
        without: what it is without the person.
    """

    table: Table
    key: Mapping[str, Any]
    column: str
    without: Any

    @property
    def name(self) -> str:
        """The row's key, without the version, and the column."""
        key = [str(value) for name, value in self.key.items() if name != "version"]
        return "|".join([*key, self.column])


class Found(NamedTuple):
    """A text in which the person may stand, the record that it is of, and by what it tells.

    ``called`` is what a text that is of no record may call them, if they are a child.
    """

    table: Table
    key: Mapping[str, Any]
    column: str
    text: str
    record: Record | None
    words: Words
    called: Called = NOT_CALLED


@dataclass(frozen=True)
class Naming:
    """By what texts tell of a person.

    Attributes:
        anywhere: numbers, those asked for among them where no row of others gives one, and whole
            names of :data:`warning.masking.SURE` characters and more.
        near: in what is of their records and cases; shorter whole names, too.
        here: in the one record that means them by it: a mask (王某), how its narrative writes them.
        own: the records that name them.
        close: the records of their cases.
        few: those of their cases that are about few people.
        child: what tells of them beside this, if they are a child.
    """

    anywhere: Words
    near: Words
    here: Mapping[Record, Words]
    own: frozenset[Record]
    close: frozenset[Record]
    few: frozenset[str]
    child: ToldChild

    def in_record(self, record: Record) -> Words:
        """What tells of the person in the texts of a record."""
        if record in self.own:
            return self.here[record]
        return self.near if record in self.close else self.anywhere


def texts_of(store: Store, person: Person) -> list[Telling]:
    """:func:`texts_telling` of the store as it is now."""
    with store.reading() as connection:
        return texts_telling(connection, person)


def texts_telling(connection: Connection, person: Person) -> list[Telling]:
    """Every text that tells of the person, in all versions, anybody's records and officers' notes.

    A name or number that a row of somebody else gives, in a record that does not name the person,
    means that one there. Of a child tell also a given name, a nickname and a school, in their rows,
    their records and what is of their cases that are about few people.
    """
    naming = _naming(connection, person)
    found = [*_of_records(connection, naming), *_of_cases(connection, person, naming)]
    there = {one.record for one in found if one.record is not None}
    others = _others(connection, person, there - naming.own)
    told = [*_of_forces(connection, person, naming)]
    for one in found:
        spared = others.get(one.record, NOTHING) if one.record else NOTHING
        without = text_without(one.text, one.words, spared)
        if one.record is not None:
            without = naming.child.without(one.table, one.key, one.column, without)
        else:
            without = without_called(without, one.called)
        if without != one.text:
            told.append(Telling(one.table, one.key, one.column, without))
    return told


def take_out(connection: Connection, tellings: Iterable[Telling]) -> None:
    """Leave the texts without the person."""
    for one in tellings:
        here = [one.table.c[name] == value for name, value in one.key.items()]
        connection.execute(update(one.table).where(*here).values({one.column: one.without}))


def whole_names(person: Person) -> list[str]:
    """The names of the person's rows that every text is searched for, without dots and spaces."""
    return sorted(name for name in _whole(person.parties).names if len(name) >= SURE)


def _whole(rows: pd.DataFrame) -> Words:
    """The whole names of the rows, as written and standardised, and all their numbers."""
    rows = described(rows)
    full = rows["full_name"]
    single = full.where(~full.str.contains("|", regex=False).eq(True))
    written = rows.assign(name=rows["name"].where(full.notna()))
    return all_of(words_of(pd.concat([written, rows.assign(name=single)])))


def _naming(connection: Connection, person: Person) -> Naming:
    own_rows = _whole(person.parties)
    asked = _asked_numbers(person)
    near = all_of([own_rows, asked])
    columns = [*RECORD, "name", "id_number", "phone"]
    told = pd.concat([person.parties[columns], person.told], ignore_index=True)
    here = {record: all_of([near, words]) for record, words in _by_record(told).items()}
    own = frozenset(here)
    sure = own_rows.numbers if _is_others(connection, person) else near.numbers
    anywhere = Words(frozenset(whole_names(person)), sure)
    close = own | _of_same_cases(connection, person.cases)
    few = _about_few(connection, person.cases)
    told_near = own | _of_same_cases(connection, few)
    child = told_child(connection, person, _whole(told).names, told_near)
    return Naming(anywhere, near, here, own, close, few, child)


def _asked_numbers(person: Person) -> Words:
    """The numbers that were asked for, which may stand in texts alone."""
    row = {name: [person.asked.get(name)] for name in ("id_number", "phone")}
    frame = pd.DataFrame({"name": [None], **row}, dtype="str")
    return all_of(words_of(frame))


def _is_others(connection: Connection, person: Person) -> bool:
    """Whether rows of somebody else give a number of theirs."""
    rows = keyed_rows(connection, person.standing)
    rows = rows[rows["kind"].isin(["id_number", "phone"])]
    return not among(rows, person.parties, KEY).all()


def _by_record(rows: pd.DataFrame) -> dict[Record, Words]:
    """The names and numbers of the rows, record by record."""
    told: dict[Record, list[Words]] = {}
    keys = zip(rows["channel"], rows["record_id"], strict=True)
    for key, words in zip(keys, words_of(rows), strict=True):
        told.setdefault(key, []).append(words)
    return {key: all_of(several) for key, several in told.items()}


def _about_few(connection: Connection, case_ids: Collection[str]) -> frozenset[str]:
    """Those of the cases that are about few people."""
    case = tables.cases.c
    query = select(case.case_id).where(case.case_id.in_(list(case_ids)), case.kind.in_(OF_PEOPLE))
    return frozenset(connection.execute(query).scalars())


def _of_same_cases(connection: Connection, case_ids: Collection[str]) -> frozenset[Record]:
    """The records of these cases."""
    linked, member = tables.incident_links, tables.case_incidents
    query = (
        select(linked.c.channel, linked.c.record_id)
        .join(member, member.c.incident_id == linked.c.incident_id)
        .where(member.c.case_id.in_(list(case_ids)))
    )
    return frozenset((row.channel, row.record_id) for row in connection.execute(query))


def _of_records(connection: Connection, naming: Naming) -> Iterator[Found]:
    """Texts of records and parties."""
    for table in (tables.records, tables.parties):
        columns = [name for name in FREE_TEXTS if name in table.c]
        # One text stands in many rows; what is not found in it once is not looked for again.
        clean: set[str] = set()
        for row in _rows(connection, table, columns):
            record = (row["channel"], row["record_id"])
            key, words = _key(table, row), naming.in_record(record)
            for column in columns:
                text = row[column]
                if not text or (text in clean and words is naming.anywhere):
                    continue
                child = naming.child.without(table, key, column, text) != text
                if child or spans_of(text, words):
                    yield Found(table, key, column, text, record, words)
                elif words is naming.anywhere:
                    clean.add(text)


def _of_cases(connection: Connection, person: Person, naming: Naming) -> Iterator[Found]:
    """Texts of places, names of files, and what officers wrote at the steps of letters."""
    for table, column in ((tables.places, "text"), (tables.loads, "source"),
                          (tables.quarantine, "file")):  # fmt: skip
        for row in _rows(connection, table, [column]):
            yield Found(table, _key(table, row), column, row[column] or "", None, naming.anywhere)
    letters = carried(read_table(connection, tables.letters))
    of_few = set(letters.loc[letters["case_id"].isin(list(naming.few)), "letter_id"])
    step = tables.transitions
    for row in _rows(connection, step, ["letter_id", "reason"]):
        words = naming.near if row["letter_id"] in person.letters else naming.anywhere
        called = naming.child.called if row["letter_id"] in of_few else NOT_CALLED
        yield Found(step, _key(step, row), "reason", row["reason"] or "", None, words, called)


def _of_forces(connection: Connection, person: Person, naming: Naming) -> Iterator[Telling]:
    """What officers wrote in the ledgers of task forces."""
    force = tables.task_forces
    for row in _rows(connection, force, ["case_id", "content"]):
        words = naming.near if row["case_id"] in person.cases else naming.anywhere
        called = naming.child.called if row["case_id"] in naming.few else NOT_CALLED
        content = row["content"]
        entries = [
            {**entry, "text": without_called(text_without(entry["text"], words), called)}
            for entry in content.get("ledger", ())
        ]
        if entries != list(content.get("ledger", ())):
            yield Telling(force, _key(force, row), "content", {**content, "ledger": entries})


def _rows(
    connection: Connection, table: Table, columns: Iterable[str]
) -> Iterator[Mapping[str, Any]]:
    """Key and columns of every row."""
    wanted = dict.fromkeys([*(column.name for column in table.primary_key), *columns])
    for row in connection.execute(select(*(table.c[name] for name in wanted))).mappings():
        yield dict(row)


def _key(table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    return {column.name: row[column.name] for column in table.primary_key}


def _others(
    connection: Connection, person: Person, records: Collection[Record]
) -> dict[Record, Words]:
    """The names and numbers that rows of somebody else give in these records."""
    party, there = tables.parties, sorted(records)
    frames = [person.parties.iloc[:0]]
    for begin in range(0, len(there), AT_ONCE):
        some = tuple_(party.c.channel, party.c.record_id).in_(there[begin : begin + AT_ONCE])
        frames.append(read_frame(connection, select(party).where(some), dtypes(party)))
    rows = pd.concat(frames, ignore_index=True)
    return _by_record(rows[~among(rows, person.parties, KEY)])
