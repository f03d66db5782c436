"""A person objects: nights no longer link or score by who they are; and how that ends."""

import pandas as pd
from sqlalchemy import Connection, insert, select, update

from warning.errors import Problem, RefusedError, UsageError
from warning.keeping.certainty import must_be_one
from warning.keeping.finding import Person, found_anew
from warning.keeping.further import among, keyed_rows
from warning.language import say
from warning.records import PARTY
from warning.spelling import legible
from warning.store import Store, operation_tables
from warning.store.frames import dtypes, read_frame, write_frame
from warning.store.remembering import forget
from warning.store.sealing import (
    CONFIRMED,
    ID_NAME,
    KEY,
    PHONE_NAME,
    Seal,
    named_keys,
    party_keys,
)


def object_to(store: Store, person: Person, officer: str, reason: str, at: pd.Timestamp) -> bool:
    """The person objects: from ``at`` on no night links or scores by who they are.

    Their rows that a later load would not be known by, such as confirmed ones without a number,
    get a key that says whose they are; a withdrawal frees them with the others.

    Returns:
        Whether anything was new; where the objection stands already, it stands from when it began.

    Raises:
        UsageError: no officer or no reason.
        RefusedError: the rows may be of several people, or some came or changed since the person was
            found.
    """
    must_be_one(person)
    keyed = operation_tables.party_keys
    with store.writing() as connection:
        person = found_anew(store, connection, person)
        new = restrict(connection, person.hashes, "object", officer, reason, at)
        query = select(*[keyed.c[name] for name in KEY]).where(keyed.c.hash.in_(person.hashes))
        known = read_frame(connection, query, dtypes(keyed)).drop_duplicates()
        rows = person.parties[KEY].merge(known, on=KEY, how="left", indicator=True)
        rows = rows[rows["_merge"] == "left_only"]
        if len(rows):
            write_frame(connection, keyed, rows[KEY].assign(kind=CONFIRMED, hash=person.hashes[0]))
            forget(connection)
    return bool(new or len(rows))


def withdraw_objection(store: Store, person: Person, at: pd.Timestamp) -> int:
    """The objection ends at ``at``; returns by how many numbers it stood.

    One that stands by an ID number that others give, too, goes on for these, by number and name: it
    may be theirs.

    Raises:
        RefusedError: no objection stands, the rows may be of several people, some came or changed
            since the person was found, or it cannot go on for others because their rows have no
            whole name.
    """
    must_be_one(person)
    table = operation_tables.restrictions
    with store.writing() as connection:
        person = found_anew(store, connection, person)
        _objection_stays(connection, store.seal, person)
        ended = connection.execute(
            update(table)
            .where(table.c.hash.in_(person.standing), table.c.right == "object",
                   table.c.until.is_(None))
            .values(until=at.to_pydatetime())
        ).rowcount  # fmt: skip
    if not ended:
        raise RefusedError(
            Problem(
                "--withdraw",
                say("此人没有有效的反对", "no objection of this person stands"),
                say("反对时所用的证件号或电话", "the ID number or phone that they objected by"),
                say("用 warning rights find 查看已行使的权利",
                    "see the rights exercised with: warning rights find"),
            )
        )  # fmt: skip
    return ended


def objection_follows(
    connection: Connection, seal: Seal, person: Person, corrected: pd.DataFrame
) -> None:
    """The objection of the person holds by what their corrected rows are known by, as it began.

    By a new ID number always; by a new phone where it held by a phone; with the name where it held
    so, or the new number stands in somebody else's rows.
    """
    table = operation_tables.restrictions
    held = connection.execute(
        select(table).where(table.c.hash.in_(person.standing), table.c.right == "object",
                            table.c.until.is_(None)).order_by(table.c.since)
    ).mappings().all()  # fmt: skip
    if not held:
        return
    by = {row["hash"] for row in held}
    before, after = (
        pd.concat([party_keys(rows, seal), named_keys(rows, seal)])[["kind", "hash"]]
        for rows in (person.parties, corrected)
    )
    kinds = {"id_number", *before.loc[before["hash"].isin(by), "kind"]}
    new = after[~after["hash"].isin([*before["hash"], *by])].drop_duplicates()
    others = keyed_rows(connection, new["hash"])
    others = others[
        ~among(others, person.parties, KEY) & ~others["kind"].isin([PHONE_NAME, ID_NAME])
    ]
    taken = new["hash"].isin(others["hash"])
    for kind, with_name in (("phone", PHONE_NAME), ("id_number", ID_NAME)):
        if kind in kinds and (taken & (new["kind"] == kind)).any():
            kinds.add(with_name)
    first = {name: held[0][name] for name in ("right", "since", "officer", "reason")}
    follow = new.loc[new["kind"].isin(kinds) & ~taken, "hash"]
    if len(follow):
        rows = [{**first, "hash": one} for one in sorted(set(follow))]
        connection.execute(insert(table), rows)


def _objection_stays(connection: Connection, seal: Seal, person: Person) -> None:
    """An objection by the ID number alone holds for the others who give it, by number and name.

    What an officer confirmed as the objector's, without the number, stays withheld with each of them.
    """
    table, keyed = operation_tables.restrictions, operation_tables.party_keys
    numbers = party_keys(person.others, seal) if len(person.others) else person.others
    if numbers.empty:
        return
    numbers = numbers[numbers["kind"] == "id_number"]
    held = connection.execute(
        select(table).where(table.c.hash.in_(numbers["hash"].unique()), table.c.right == "object",
                            table.c.until.is_(None)).order_by(table.c.since)
    ).mappings().first()  # fmt: skip
    if held is None:
        return
    names = named_keys(person.others, seal)
    names = names[names["kind"] == ID_NAME]
    numbered = among(person.others, numbers, PARTY)
    nameless = person.others[numbered & ~among(person.others, names, PARTY)]
    if len(nameless):
        told = nameless[PARTY].drop_duplicates().agg("|".join, axis=1)
        raise RefusedError(
            Problem(
                "--withdraw",
                say("反对所用的证件号另有无完整姓名的记录，反对可能是其提出的：",
                    "the objection stands by an ID number that rows without a whole name give, too; "
                    "it may be theirs: ")
                + ", ".join(told),
                say("每条记录都分清是谁的", "rows of which each is somebody's"),
                say("属于此人的用 --record 确认；他人的先用 rights correct 更正姓名",
                    "confirm those of this person with --record; give others' rows their name with "
                    "rights correct"),
            )
        )  # fmt: skip
    restrict(connection, tuple(names["hash"].unique()), "object", held["officer"], held["reason"],
              pd.Timestamp(held["since"]))  # fmt: skip
    confirmed = person.others.loc[~numbered, KEY].assign(kind=CONFIRMED)
    confirmed = confirmed.merge(names[["hash"]].drop_duplicates(), how="cross")
    keys = pd.concat([names, confirmed], ignore_index=True)
    query = select(keyed).where(keyed.c.kind.in_((ID_NAME, CONFIRMED)))
    there = read_frame(connection, query, dtypes(keyed))
    write_frame(connection, keyed, keys[~among(keys, there, list(dtypes(keyed)))])
    forget(connection)


def restrict(
    connection: Connection,
    hashes: tuple[str, ...],
    right: str,
    officer: str,
    reason: str,
    at: pd.Timestamp,
) -> int:
    """Note a right (``object``, ``erase``) by hashes from a moment on, each that is not held yet.

    Returns:
        By how many it was not held.

    Raises:
        UsageError: no officer or no reason.
    """
    if not legible(officer) or not legible(reason):
        raise UsageError(
            Problem(
                "--user / --reason",
                say("缺少经办人或理由", "no officer or no reason"),
                say("经办人和理由", "who handles it, and why"),
            )
        )
    table = operation_tables.restrictions
    there = set(connection.execute(
        select(table.c.hash).where(table.c.right == right, table.c.until.is_(None),
                                   table.c.hash.in_(hashes))
    ).scalars())  # fmt: skip
    new = sorted(set(hashes) - there)
    for hashed in new:
        connection.execute(
            insert(table).values(right=right, hash=hashed, since=at.to_pydatetime(),
                                 officer=legible(officer), reason=reason)
        )  # fmt: skip
    return len(new)
