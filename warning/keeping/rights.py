"""A person's rights over what is kept of them: find, export, correct, object, erase.

A person is found by whole ID number or phone, through keyed hashes; nothing else is certain
enough to show one person another's records. Links, incidents and cases are made anew from what
is left by the next night.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from warning.errors import Problem, RefusedError, UsageError
from warning.keeping.retention import exported_files
from warning.language import say
from warning.records import RECORD_COLUMNS, content_hash
from warning.store import Store, operation_tables, tables
from warning.store.frames import dtypes, read_frame, write_frame
from warning.store.remembering import forget
from warning.store.sealing import Seal, party_keys
from warning.store.withholding import PERSONAL, narratives_without, words_of

KEY = ["channel", "record_id", "party_no", "version"]
RECORD = ["channel", "record_id"]
#: What may be corrected.
CORRECTABLE = ("name", "id_number", "phone", "gender", "address")


@dataclass(frozen=True)
class Person:
    """What is kept of one person.

    Attributes:
        hashes: keyed hashes of the identity that was asked for.
        parties: the party rows that give this ID number or phone, all versions.
        links: their entities in the last night, with the probability of each link.
        cases: ids of the cases that their records stand in.
        letters: ids of the letters on these cases; documents name nobody in full.
        restrictions: rights that were exercised.
    """

    hashes: tuple[str, ...]
    parties: pd.DataFrame
    links: pd.DataFrame
    cases: tuple[str, ...]
    letters: tuple[str, ...]
    restrictions: pd.DataFrame

    @property
    def records(self) -> int:
        """How many records name the person."""
        return len(self.parties.drop_duplicates(RECORD))


def hashes_of(seal: Seal, id_number: str | None, phone: str | None) -> tuple[str, ...]:
    """The keyed hashes of an identity.

    Raises:
        UsageError: neither a whole ID number nor a phone is given.
    """
    asked = pd.DataFrame(
        {
            "channel": [""], "record_id": [""], "party_no": [""], "version": [1],
            "id_number": pd.Series([id_number], dtype="str"),
            "phone": pd.Series([phone], dtype="str"),
        }
    )  # fmt: skip
    found = tuple(party_keys(asked, seal)["hash"])
    if not found:
        raise UsageError(
            Problem(
                "--id-number / --phone",
                say("没有完整的证件号或电话", "no whole ID number and no phone"),
                say("18 位证件号或电话号码", "an ID number of 18 characters, or a phone"),
                say("核对后重新输入", "check it and enter it again"),
            )
        )
    return found


def find(store: Store, *, id_number: str | None = None, phone: str | None = None) -> Person:
    """What is kept of the person with this ID number or phone (both: either)."""
    hashes = hashes_of(store.seal, id_number, phone)
    keyed, party = operation_tables.party_keys, tables.parties
    with store.reading() as connection:
        query = (
            select(party)
            .join(keyed, _same_row(keyed))
            .where(keyed.c.hash.in_(hashes))
            .distinct()
            .order_by(*party.primary_key)
        )
        parties = read_frame(connection, query, dtypes(party))
    links = store.table("party_links").merge(parties[KEY[:3]].drop_duplicates(), on=KEY[:3])
    incidents = store.table("incident_links").merge(parties[RECORD].drop_duplicates(), on=RECORD)
    members = store.table("case_incidents")
    cases = members.loc[members["incident_id"].isin(incidents["incident_id"]), "case_id"]
    letters = store.table("letters")
    held = store.table("restrictions")
    return Person(
        hashes=hashes,
        parties=parties,
        links=links,
        cases=tuple(sorted(set(cases))),
        letters=tuple(letters.loc[letters["case_id"].isin(cases), "letter_id"]),
        restrictions=held[held["hash"].isin(hashes)].reset_index(drop=True),
    )


def _same_row(keyed: Any) -> Any:
    party = tables.parties
    match = [keyed.c[name] == party.c[name] for name in KEY]
    return match[0] & match[1] & match[2] & match[3]


def exported(store: Store, person: Person) -> dict[str, Any]:
    """A copy for the person: their own rows, the records' facts, nobody else's names.

    The narrative may name others; it is shown by an officer who has read it, not copied here.
    """
    records = store.table("records").merge(person.parties[[*RECORD, "version"]].drop_duplicates())
    facts = [name for name in RECORD_COLUMNS if name != "narrative"]
    plain = json.loads(
        records[facts].to_json(orient="records", date_format="iso", force_ascii=False)
    )
    own = json.loads(person.parties.to_json(orient="records", force_ascii=False))
    return {"parties": own, "records": plain, "cases": list(person.cases),
            "letters": list(person.letters)}  # fmt: skip


def correct(store: Store, person: Person, changes: Mapping[str, str]) -> int:
    """Correct the person's rows as new versions of their records; returns how many records.

    The version before stays for what was decided on it; the corrected one counts from now on,
    and the source's old file loaded again does not undo it.

    Raises:
        UsageError: a column that cannot be corrected.
        RefusedError: nothing of the person is kept.
    """
    unknown = sorted(set(changes) - set(CORRECTABLE))
    if unknown:
        raise UsageError(Problem(", ".join(unknown), say("不能更正", "cannot be corrected"),
                                 ", ".join(CORRECTABLE)))  # fmt: skip
    _must_be_known(person)
    with store.at_work(), store.writing() as connection:
        record, party = tables.records, tables.parties
        last = person.parties.groupby(RECORD)["version"].max().reset_index()
        all_records = read_frame(connection, select(record), dtypes(record))
        newest = all_records.groupby(RECORD)["version"].max().reset_index()
        # Only where the newest version names the person: an older one alone is history.
        touched = last.merge(newest, on=[*RECORD, "version"])
        rows = all_records.merge(touched, on=[*RECORD, "version"])
        people = read_frame(connection, select(party), dtypes(party)).merge(
            touched, on=[*RECORD, "version"]
        )
        mine = people.merge(person.parties[KEY], on=KEY, how="left", indicator=True)["_merge"]
        for column, value in changes.items():
            people[column] = people[column].mask((mine == "both").to_numpy(), value)
        rows["version"] += 1
        people["version"] += 1
        rows["content_hash"] = store.seal.hashes(content_hash(rows, people))
        write_frame(connection, record, rows)
        write_frame(connection, party, people)
        write_frame(connection, operation_tables.party_keys, party_keys(people, store.seal))
    return len(rows)


def object_to(store: Store, person: Person, officer: str, reason: str, at: pd.Timestamp) -> None:
    """The person objects: from ``at`` on no night links or scores by who they are."""
    _restrict(store, person.hashes, "object", officer, reason, at)


def withdraw_objection(store: Store, person: Person, at: pd.Timestamp) -> int:
    """The objection ends at ``at``; returns how many there were."""
    table = operation_tables.restrictions
    with store.writing() as connection:
        return connection.execute(
            update(table)
            .where(table.c.hash.in_(person.hashes), table.c.right == "object",
                   table.c.until.is_(None))
            .values(until=at.to_pydatetime())
        ).rowcount  # fmt: skip


@dataclass(frozen=True)
class Erasure:
    """What an erasure took away: party rows, narratives changed, rows of quarantine."""

    parties: int
    narratives: int
    quarantine: int
    files: list[str] = field(default_factory=list)


def erase(store: Store, person: Person, officer: str, reason: str, at: pd.Timestamp) -> Erasure:
    """Erase who the person is from every record, in all versions; the event itself stays.

    Name, numbers and address are taken out of their rows, their names and numbers out of the
    narratives of these records, what was kept of them in quarantine is deleted, and the file is
    vacuumed. A source that sends the person again is stored without them.

    Returns:
        The counts, and the exports still on disk, which may hold the person: a file, or the
        directory of several.
    """
    _must_be_known(person)
    with store.at_work():
        _restrict(store, person.hashes, "erase", officer, reason, at)
        with store.writing() as connection:
            narratives = _out_of_narratives(connection, person.parties)
            forget(connection)
            blank = dict.fromkeys(PERSONAL)
            match = [tables.parties.c[name] == bindparam(f"the_{name}") for name in KEY]
            keys = [{f"the_{name}": row[name] for name in KEY}
                    for row in person.parties[KEY].to_dict("records")]  # fmt: skip
            connection.execute(update(tables.parties).where(*match).values(blank), keys)
            keyed = operation_tables.party_keys
            own = [keyed.c[name] == bindparam(f"the_{name}") for name in KEY]
            connection.execute(delete(keyed).where(*own), keys)
            names = list(person.parties["record_id"].unique())
            quarantine = tables.quarantine
            gone = connection.execute(
                delete(quarantine).where(
                    or_(quarantine.c.content.in_(names),
                        quarantine.c.found.in_(words_of(person.parties)))
                )
            ).rowcount  # fmt: skip
            mention = tables.mentions
            here = (mention.c.channel == bindparam("the_channel")) & (
                mention.c.record_id == bindparam("the_record")
            )
            rows = person.parties[RECORD].drop_duplicates().itertuples(index=False, name=None)
            connection.execute(
                delete(mention).where(here), [dict(zip(("the_channel", "the_record"), row,
                                                       strict=True)) for row in rows]
            )  # fmt: skip
            files = _exports_on_disk(connection)
        store.vacuum()
    return Erasure(len(person.parties), narratives, gone, files)


def _exports_on_disk(connection: Connection) -> list[str]:
    """What was written out and is still there: a file, or the directory of several."""
    table = operation_tables.exports
    query = select(table.c.path, table.c.files).where(table.c.deleted_at.is_(None))
    found = set()
    for directory, names in connection.execute(query):
        files = exported_files(directory, names)
        there = [path for path in files if path.is_file()]
        if there:
            found.add(str(there[0]) if len(files) == 1 else directory)
    return sorted(found)


def _out_of_narratives(connection: Connection, parties: pd.DataFrame) -> int:
    record = tables.records
    keys = parties[[*RECORD, "version"]].drop_duplicates()
    match = [record.c[name] == bindparam(f"the_{name}") for name in keys.columns]
    rows = [
        connection.execute(
            select(*[record.c[name] for name in (*keys.columns, "narrative")]).where(*match),
            {f"the_{name}": value for name, value in key.items()},
        ).one()
        for key in keys.to_dict("records")
    ]
    before = pd.DataFrame([tuple(row) for row in rows], columns=[*keys.columns, "narrative"])
    after = narratives_without(before, parties)
    changed = (before["narrative"] != after["narrative"]) & before["narrative"].notna()
    for row in after[changed].to_dict("records"):
        here = [record.c[name] == row[name] for name in keys.columns]
        connection.execute(update(record).where(*here).values(narrative=row["narrative"]))
    return int(changed.sum())


def _restrict(
    store: Store, hashes: tuple[str, ...], right: str, officer: str, reason: str, at: pd.Timestamp
) -> None:
    if not officer.strip() or not reason.strip():
        raise UsageError(
            Problem(
                "--user / --reason",
                say("缺少经办人或理由", "no officer or no reason"),
                say("经办人和理由", "who handles it, and why"),
            )
        )
    table = operation_tables.restrictions
    with store.writing() as connection:
        there = set(connection.execute(
            select(table.c.hash).where(table.c.right == right, table.c.until.is_(None),
                                       table.c.hash.in_(hashes))
        ).scalars())  # fmt: skip
        for hashed in sorted(set(hashes) - there):
            connection.execute(
                insert(table).values(right=right, hash=hashed, since=at.to_pydatetime(),
                                     officer=officer, reason=reason)
            )  # fmt: skip


def _must_be_known(person: Person) -> None:
    if person.parties.empty:
        raise RefusedError(
            Problem(
                "--id-number / --phone",
                say("没有此人的记录", "nothing is kept of this person"),
                say("记录中有的证件号或电话", "an ID number or phone that a record gives"),
                say("核对号码；若已删除则无需再做", "check it; after an erasure nothing is left"),
            )
        )
