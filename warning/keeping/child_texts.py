"""What tells of an erased child beside names and numbers: what texts call them, and schools."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, select, tuple_

from warning.child_names import CHILD, NOT_CALLED, Called, called_in
from warning.children import grown_names, under_age, without_schools
from warning.keeping.finding import Person
from warning.keeping.further import among
from warning.masking import people_named
from warning.records import RECORD, VERSION
from warning.spelling import ERASED, bare_name, replaced
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.store.sealing import KEY
from warning.store.withholding import SCHOOL_TEXTS

#: Values that one query asks for; SQLite takes 32,766.
AT_ONCE = 10_000
#: A record by channel and id.
Record = tuple[str, str]
#: Columns in which the records of their cases call a child by a given name or nickname.
CALLED_IN = ("narrative", "outcome", "role")


@dataclass(frozen=True)
class ToldChild:
    """By what texts tell of a child; of an adult, nothing.

    Attributes:
        called: what the texts of their cases call them.
        close: their own records, and those of their cases that are about few people: there they
            are called so, and schools go from their texts.
        rows: the primary keys of their own rows.
    """

    called: Called = NOT_CALLED
    close: frozenset[Record] = frozenset()
    rows: frozenset[tuple[Any, ...]] = frozenset()

    def without(self, table: Table, key: Mapping[str, Any], column: str, text: str) -> str:
        """A text of a record or a party's row without the child and the child's school."""
        record = (key.get("channel"), key.get("record_id"))
        own = table is tables.parties and tuple(key.values()) in self.rows
        if own or (column in CALLED_IN and record in self.close):
            text = without_called(text, self.called)
        schools = own or (table is tables.records and record in self.close)
        return without_schools(text) if schools and column in SCHOOL_TEXTS else text


def told_child(
    connection: Connection,
    person: Person,
    names: Collection[str],
    close: frozenset[Record],
) -> ToldChild:
    """By what texts tell of the person, if they were under 18 when a record of theirs was reported.

    By age or ID number of a row, or as the texts of their cases tell.

    Args:
        connection: of the store.
        person: who is erased.
        names: their whole names, by rows and as texts of their records tell them.
        close: as :class:`ToldChild` has them.
    """
    record, party = tables.records, tables.parties
    records = _read(connection, record, [*VERSION, "reported_at", "narrative"], close)
    rows = _read(connection, party, [*KEY, "name"], close)
    mentions = _read(connection, tables.mentions, [*RECORD, "text", "kind"], close)
    told = people_named(rows[~among(rows, person.parties, KEY)], mentions)["name"]
    others = [name for name in told.unique() if bare_name(name) not in names]
    mine = person.parties.merge(records[[*VERSION, "reported_at"]], on=VERSION)
    young = bool(under_age(mine).any())
    since = grown_names(mine, mine[[*RECORD, "reported_at"]].drop_duplicates().assign(case_id=""))
    # Whether another is a child is for the night to say.
    grown = {**since.get("", {}), **{bare_name(name): pd.Timestamp.min for name in others}}
    called = called_in(
        [*names, *others],
        names if young else (),
        zip(records["narrative"], records["reported_at"], strict=True),
        nameless=young,
        grown=grown,
    )
    if not (young or called.children):
        return ToldChild()
    theirs = {*called.always, *called.beside}
    called = called._replace(others=tuple(one for one in called.others if one not in theirs))
    own = frozenset(person.parties[KEY].itertuples(index=False, name=None))
    return ToldChild(called, close, own)


def without_called(text: str, called: Called) -> str:
    """A text, already without the child's whole names, without what else it calls the child."""
    spans = [*called.introduced(text), *called.spans(text)]
    return replaced(text, [(start, stop, ERASED if told == CHILD else told)
                           for start, stop, told in spans])  # fmt: skip


def _read(
    connection: Connection, table: Table, columns: Iterable[str], records: Collection[Record]
) -> pd.DataFrame:
    """These columns of the rows of the records, in all versions."""
    wanted = [table.c[name] for name in columns]
    of_theirs = tuple_(table.c.channel, table.c.record_id)
    there = sorted(records)
    frames = [
        read_frame(
            connection,
            select(*wanted).where(of_theirs.in_(there[begin : begin + AT_ONCE])),
            dtypes(table),
        )
        for begin in range(0, max(len(there), 1), AT_ONCE)
    ]
    return pd.concat(frames, ignore_index=True)
