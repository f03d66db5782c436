"""A person's rights over what is kept of them: correct and erase.

:mod:`warning.keeping.own_copy` copies it, :mod:`warning.keeping.objecting` objects.

Who they are is found by :mod:`warning.keeping.finding`; while the rows may be of several people,
nothing is done for one of them. Links, incidents and cases are made anew from what is left by the
next night.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, or_, select, update

from warning.errors import UsageError
from warning.keeping.apart import described
from warning.keeping.certainty import must_be_known, must_be_one
from warning.keeping.correcting import faults_of
from warning.keeping.expired_files import archived_until, backups_until, is_there
from warning.keeping.finding import Person, found_anew
from warning.keeping.further import among
from warning.keeping.objecting import objection_follows, restrict
from warning.keeping.texts import Telling, take_out, texts_of, texts_telling, whole_names
from warning.matching.mentions import TOLD
from warning.records import RECORD, VERSION, content_hash
from warning.settings import Settings
from warning.store import Store, operation_tables, tables
from warning.store.audit import Noted, follow
from warning.store.exported import forget_names, noted_exports
from warning.store.frames import dtypes, read_frame, write_frame
from warning.store.remembering import forget
from warning.store.sealing import (
    CORRECTED,
    KEY,
    record_keys,
)
from warning.store.space import owe
from warning.store.told_names import told_hashes
from warning.store.withholding import PERSONAL, keys_of, name_hashes, texts_with


def correct(
    store: Store, person: Person, changes: Mapping[str, str], *, noted: Noted | None = None
) -> int:
    """Correct the person's rows as new versions of their records; returns how many records.

    The version before stays for what was decided on it; the corrected one counts from now on,
    and the source's old file loaded again does not undo it. A note says that its people are those
    of the version before, whatever name and numbers they have now. An objection that stands holds
    by the new numbers, too. A record in which all stands so already stays as it is. ``noted`` makes
    the audit's entry, which is part of the change; where nothing changes there is none.

    Raises:
        UsageError: a column that cannot be corrected, or a value that its column cannot have.
        RefusedError: nothing of the person is kept, the rows may be of several people, or some came
            or changed since the person was found.
    """
    must_be_one(person)
    faults = list(faults_of(changes))
    if faults:
        raise UsageError(faults)
    must_be_known(person)
    with store.at_work(), store.writing() as connection:
        person = found_anew(store, connection, person)
        record, party = tables.records, tables.parties
        all_records = read_frame(connection, select(record), dtypes(record))
        order = all_records.sort_values(["reported_at", "version"])
        newest = order.drop_duplicates(RECORD, keep="last")[VERSION]
        highest = all_records.groupby(RECORD)["version"].max().rename("highest").reset_index()
        # Only where the last version reported names the person: an older one alone is history.
        touched = newest.merge(person.parties[VERSION].drop_duplicates(), on=VERSION)
        people = read_frame(connection, select(party), dtypes(party)).merge(touched, on=VERSION)
        mine = among(people, person.parties, KEY)
        other = mine & (people[[*changes]] != pd.Series(dict(changes))).any(axis=1)
        touched = people.loc[other, VERSION].drop_duplicates().merge(highest, on=RECORD)
        if touched.empty:
            return 0
        people = people[among(people, touched, VERSION)].merge(touched, on=VERSION)
        mine = among(people, person.parties, KEY)
        for column, value in changes.items():
            people[column] = people[column].mask(mine, value)
        rows = all_records.merge(touched, on=VERSION)
        rows["version"] = rows.pop("highest") + 1
        people["version"] = people.pop("highest") + 1
        rows["content_hash"] = store.seal.hashes(content_hash(rows, people))
        write_frame(connection, record, rows)
        write_frame(connection, party, people)
        objection_follows(connection, store.seal, person, people[mine])
        notes = people[KEY].assign(kind=CORRECTED, hash="")
        keys = pd.concat([keys_of(connection, people, store.seal), notes])
        write_frame(connection, operation_tables.party_keys, keys)
        forget(connection)  # these came neither by a new load nor at a later time
        follow(connection, store, noted, {"corrected": len(rows), "columns": sorted(changes)})
    return len(rows)


@dataclass(frozen=True)
class Erasure:
    """What an erasure took away, and what it left.

    Attributes:
        parties: party rows blanked.
        narratives: narratives changed, anybody's.
        texts: other texts changed: addresses, outcomes, what officers wrote.
        quarantine: rows of quarantine deleted.
        files: exports still on disk, which may hold the person.
        archived: directories of the inbox's archive that may hold the person → until when.
        backups: made before, so that they hold the person → until when.
        left: keys of the rows and mentions that may be theirs and that nobody confirmed.
        uncleaned: why what was erased may still stand in the database's files, until the next
            vacuum; empty when it does not.
    """

    parties: int
    narratives: int
    texts: int
    quarantine: int
    files: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    archived: dict[str, str] = field(default_factory=dict)
    backups: dict[str, str] = field(default_factory=dict)
    uncleaned: str = ""


def erase(
    store: Store,
    person: Person,
    officer: str,
    reason: str,
    at: pd.Timestamp,
    settings: Settings | None = None,
    *,
    noted: Noted | None = None,
) -> Erasure:
    """Erase who the person is from every record, in all versions; the event itself stays.

    Name, numbers and address are taken out of their rows, names and numbers out of every text of
    anybody's records and of what officers wrote (:mod:`warning.keeping.texts`): without the row a
    name would not be known for one, and nothing would mask it there. What was kept of them in
    quarantine is deleted, and the file is vacuumed. A source that sends the person again is stored
    without them: rows with the ID number, or the phone (and name) that was asked for, erased rows of
    a record under the same name, the whole name of their rows in anybody's texts, and what a record
    that only told of them called them, in that record. ``noted`` makes the audit's entry, which is
    part of the change.

    Returns:
        The counts, the exports still on disk, which may hold the person (a file, or the directory
        of several), what may be theirs and is left, and with ``settings`` the archived deliveries
        and the backups, which no erasure changes.

    Raises:
        UsageError: no officer or no reason.
        RefusedError: nothing of the person is kept, the rows may be of several people, or some came
            or changed since the person was found.
    """
    must_be_one(person)
    with store.at_work():
        if person.in_records.empty:
            store.settle()  # erased before, and perhaps not yet gone from the files
        if not told_by_number(store, person):
            must_be_known(person)
        with store.writing() as connection:
            person = found_anew(store, connection, person)
            rows = tuple(record_keys(person.parties, store.seal)["hash"].unique())
            names = name_hashes(whole_names(person), store.seal)
            alone = person.told[~among(person.told, person.parties, RECORD)]
            hashes = (*person.hashes, *rows, *names, *told_hashes(alone, store.seal))
            restrict(connection, hashes, "erase", officer, reason, at)
            _out_of_parties(connection, person.parties)
            texts = texts_telling(connection, person)
            take_out(connection, texts)
            forget(connection)
            gone = _out_of_quarantine(connection, person)
            read_anew = _with_new_narratives(texts)
            _without_mentions(connection, pd.concat([person.in_records, read_anew]))
            forget_names(connection)
            files = _exports_on_disk(connection)
            backups = backups_until(connection, settings) if settings else {}
            owe(connection)
            narratives = sum(one.column == "narrative" for one in texts)
            others = len(texts) - narratives
            what = {"parties": len(person.parties), "narratives": narratives, "texts": others}
            follow(connection, store, noted, what)
        uncleaned = store.vacuumed()
    left = keys_left(person, read_anew)
    archived = archived_until(settings) if settings else {}
    return Erasure(len(person.parties), narratives, others, gone, files, left, archived,
                   backups, uncleaned)  # fmt: skip


def told_by_number(store: Store, person: Person) -> list[Telling]:
    """The texts that give the number of somebody of whom nothing else is kept, or may be theirs."""
    nobody = person.in_records.empty and person.further.empty
    return texts_of(store, person) if nobody else []


def _with_new_narratives(texts: Iterable[Telling]) -> pd.DataFrame:
    """channel, record_id of the records whose narratives are among the texts."""
    keys = [[one.key[name] for name in RECORD] for one in texts if one.column == "narrative"]
    return pd.DataFrame(keys, columns=RECORD, dtype="str").drop_duplicates()


def _exports_on_disk(connection: Connection) -> list[str]:
    """What was written out and is still there: a file, or the directory of several.

    A draft that a kill left of a file is one, too.
    """
    found: set[str] = set()
    for one in noted_exports(connection):
        there = [path for path in one.files() if is_there(path)]
        if there:
            found.update(map(str, there if len(one.names) == 1 else [one.directory]))
    return sorted(found)


def keys_left(person: Person, read_anew: pd.DataFrame | None = None) -> list[str]:
    """The keys ``channel|record_id|party_no`` of what may be theirs and is not confirmed.

    Without mentions in narratives that are to be read anew (channel, record_id).
    """
    further = person.further[KEY[:3]]
    if read_anew is not None:
        mention = further["party_no"].str.startswith(TOLD).astype(bool)
        further = further[~(mention & among(further, read_anew, RECORD))]
    return ["|".join(key) for key in further.itertuples(index=False, name=None)]


def _out_of_parties(connection: Connection, parties: pd.DataFrame) -> None:
    if parties.empty:
        return
    keys = [{f"the_{name}": row[name] for name in KEY} for row in parties[KEY].to_dict("records")]
    blank: dict[str, Any] = dict.fromkeys(PERSONAL)
    match = [tables.parties.c[name] == bindparam(f"the_{name}") for name in KEY]
    connection.execute(update(tables.parties).where(*match).values(blank), keys)
    keyed = operation_tables.party_keys
    own = [keyed.c[name] == bindparam(f"the_{name}") for name in KEY]
    connection.execute(delete(keyed).where(*own), keys)


def _out_of_quarantine(connection: Connection, person: Person) -> int:
    """Delete the rows of the person's records, and those in which a name or number of theirs stood.

    Where columns were shifted, it stood in the place of the record's number. A mask (王某) may be
    anybody's: it counts only where nothing else stood there.
    """
    quarantine = tables.quarantine
    records = list(person.in_records["record_id"].unique())
    rows = described(person.parties)
    whole = rows.assign(name=rows["name"].where(rows["full_name"].notna()))
    names = list(rows["name"].dropna().unique())
    theirs = []
    for column, words in ((quarantine.c.found, names), (quarantine.c.content, [*records, *names])):
        told = connection.execute(select(column).distinct()).scalars()
        theirs.append(column.in_([*words, *texts_with(filter(None, told), whole)]))
    return connection.execute(delete(quarantine).where(or_(*theirs))).rowcount


def _without_mentions(connection: Connection, records: pd.DataFrame) -> None:
    """The next night reads what is left of these narratives anew."""
    mention = tables.mentions
    here = (mention.c.channel == bindparam("the_channel")) & (
        mention.c.record_id == bindparam("the_record_id")
    )
    rows = [{f"the_{name}": row[name] for name in RECORD}
            for row in records.to_dict("records")]  # fmt: skip
    connection.execute(delete(mention).where(here), rows)
