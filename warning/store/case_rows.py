"""What the store holds of a few cases: an officer's step reads no more than its letter needs.

The rows are those that reading everything would give of these cases; what grows with the store is
one look along the names, inside the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import (
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    tuple_,
    union,
)

from warning.matching.links import Links
from warning.matching.vocabulary import with_roles
from warning.records import PARTY, RECORD
from warning.settings import Settings
from warning.spelling import bare_name
from warning.store import tables
from warning.store.frames import dtypes, in_order, read_frame
from warning.store.known import known_records
from warning.store.store import Store
from warning.store.withholding import withheld_names
from warning.tabular import among_keys
from warning.victims import but_for

#: Names so long may hold dots, spaces or remarks, so the text alone cannot find them.
LONG = 4
#: Values that one statement takes.
MOST = 500


@dataclass(frozen=True)
class CaseRows:
    """Of some cases, as of the last night.

    Attributes:
        records, parties: canonical; of the cases' records, of the incidents in which their people
            stand elsewhere (who is a victim in one is one in all) but as handlers, and of records that name
            somebody of the same name with an age or an ID number (likewise a child).
        links: of the cases, and people, mentions and incidents of these others; ``places`` are
            those of the cases of places and what they lie in, ``case_incidents`` also those of the
            matters of their incidents; ``merges`` is empty.
        warnings: the cases' rows of the last night.
        named: names of anybody in the store that the cases' narratives may hold.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    links: Links
    warnings: pd.DataFrame
    named: set[str]


def case_rows(
    store: Store, case_ids: Sequence[str], as_of: pd.Timestamp, settings: Settings
) -> CaseRows:
    """Read what documents about these cases are written from.

    Args:
        store: after at least one night.
        case_ids: the cases; one that is not there gives no rows.
        as_of: the last night.
        settings: the words of roles.
    """
    linked, incident = tables.incident_links, tables.case_incidents
    of_cases = incident.c.case_id.in_(list(case_ids))
    keys = (
        select(linked.c.channel, linked.c.record_id)
        .join(incident, incident.c.incident_id == linked.c.incident_id)
        .where(of_cases)
        .distinct()
    )
    with store.reading() as connection:
        records, parties = known_records(connection, as_of, keys)
        frames: dict[str, Any] = {
            table.name: _at_keys(connection, table, keys)
            for table in (tables.party_links, tables.place_links, linked, tables.mentions)
        }
        told = frames["mentions"]
        names = {*parties["name"].dropna(), *told.loc[told["kind"] == "person", "text"].dropna()}
        people = _people_of(frames, parties, settings)
        hidden = _records_of_objectors(connection, as_of, records)
        elsewhere = _incidents_of(people, hidden, _handling(connection, people, settings))
        further = known_records(connection, as_of, elsewhere)
        for table in (tables.party_links, linked, tables.mentions):
            more = _at_keys(connection, table, elsewhere)
            both = pd.concat([frames[table.name], more], ignore_index=True)
            frames[table.name] = both.drop_duplicates(ignore_index=True)
        frames["cases"] = _where(connection, tables.cases, tables.cases.c.case_id.in_(case_ids))
        theirs = select(incident.c.incident_id).where(of_cases)
        matters = and_(incident.c.is_primary, incident.c.incident_id.in_(theirs))
        frames["case_incidents"] = _where(connection, incident, or_(of_cases, matters))
        frames["incidents"] = _where(
            connection, tables.incidents, tables.incidents.c.incident_id.in_(theirs)
        )
        frames["places"] = _places_of(connection, frames["cases"])
        frames["merges"] = _where(connection, tables.merges, literal(value=False))
        warned = tables.warnings
        here = (warned.c.as_of == as_of.to_pydatetime()) & warned.c.case_id.in_(case_ids)
        warnings = _where(connection, warned, here)
        others, namesakes = _namesakes(connection, sorted(names), as_of)
        return CaseRows(
            records=pd.concat([records, further[0], others]).drop_duplicates(
                RECORD, ignore_index=True
            ),
            parties=pd.concat([parties, further[1], namesakes]).drop_duplicates(
                PARTY, ignore_index=True
            ),
            links=Links(**frames),
            warnings=warnings,
            named=_named(connection, records["narrative"].dropna()),
        )


def _places_of(connection: Connection, cases: pd.DataFrame) -> pd.DataFrame:
    """The places of the cases of places, and those that they lie in."""
    table = tables.places
    wanted, found = {*cases.loc[cases["kind"] == "place", "subject"]}, set[str]()
    while not wanted <= found:
        found |= wanted
        rows = _where(connection, table, table.c.place_id.in_(sorted(found)))
        wanted = {*rows["parent_id"].dropna()}
    return _where(connection, table, table.c.place_id.in_(sorted(found)))


def _people_of(
    frames: dict[str, pd.DataFrame], parties: pd.DataFrame, settings: Settings
) -> list[str]:
    """The people of the cases' records, by their rows or in their texts; no handlers."""
    linked, told = frames["party_links"], frames["mentions"]
    people = pd.concat(
        [
            linked.loc[linked["entity_type"] == "person", [*PARTY, "entity_id"]],
            told.loc[told["kind"] == "person", [*RECORD, "entity_id"]].dropna(),
        ],
        ignore_index=True,
    )
    return sorted({*but_for(("handler",), people, parties, settings)["entity_id"]})


def _records_of_objectors(
    connection: Connection, as_of: pd.Timestamp, records: pd.DataFrame
) -> list[tuple[str, str]]:
    """The keys of all records that name who objected and stands in these, by a row or in a text."""
    withheld = withheld_names(connection, as_of.to_pydatetime())
    bare = withheld["name"].map(bare_name)
    text = "\n".join(records["narrative"].dropna())
    here = set(bare[among_keys(withheld, records, RECORD)])
    here |= {name for name in set(bare) if len(name) > 1 and name in text}
    return sorted({*withheld.loc[bare.isin(here), RECORD].itertuples(index=False, name=None)})


def _handling(
    connection: Connection, people: Sequence[str], settings: Settings
) -> list[tuple[str, str]]:
    """Channel and role, as they are written, in which these people handle records."""
    party, link = tables.parties, tables.party_links
    own = and_(*(party.c[name] == link.c[name] for name in PARTY))
    said = select(party.c.channel, party.c.role).join(link, own).where(party.c.role.is_not(None))
    found: set[tuple[str, str]] = set()
    for start in range(0, len(people), MOST):
        some = said.where(link.c.entity_id.in_(people[start : start + MOST])).distinct()
        found |= {(row.channel, row.role) for row in connection.execute(some)}
    roles = pd.DataFrame(sorted(found), columns=["channel", "role"], dtype="str")
    roles = with_roles(roles, settings.channels)
    handlers = roles.loc[roles["role_code"] == "handler", ["channel", "role"]]
    return sorted(handlers.itertuples(index=False, name=None))


def _incidents_of(
    people: Sequence[str], records: Sequence[tuple[str, str]], handling: Sequence[tuple[str, str]]
) -> Select[Any]:
    """The keys of all records of the incidents of these, and in which these people stand.

    Not of those that they but handle: an officer stands in very many.
    """
    linked, here = tables.incident_links, tables.incident_links.alias()
    link, party, mention = tables.party_links, tables.parties, tables.mentions
    words = [and_(party.c.channel == channel, party.c.role == role) for channel, role in handling]
    handles = and_(party.c.role.is_not(None), or_(false(), *words))
    own = and_(*(party.c[name] == link.c[name] for name in PARTY))
    same = and_(*(link.c[name] == mention.c[name] for name in (*RECORD, "entity_id")))
    found: list[Any] = []
    for start in range(0, max(len(people), 1), MOST):
        some = people[start : start + MOST]
        found += [
            select(link.c.channel, link.c.record_id)
            .where(link.c.entity_id.in_(some))
            .where(exists().where(own, ~handles)),
            select(mention.c.channel, mention.c.record_id)
            .where(mention.c.entity_id.in_(some))
            .where(~exists().where(same, own, handles)),
        ]
    found += [
        select(here.c.channel, here.c.record_id).where(
            tuple_(here.c.channel, here.c.record_id).in_(records[start : start + MOST])
        )
        for start in range(0, len(records), MOST)
    ]
    theirs = union(*found).subquery()
    incidents = select(here.c.incident_id).join(
        theirs, and_(*(here.c[name] == theirs.c[name] for name in RECORD))
    )
    return select(linked.c.channel, linked.c.record_id).where(linked.c.incident_id.in_(incidents))


def _namesakes(
    connection: Connection, names: Sequence[str], as_of: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Records and parties of records that name one of these with an age or an ID number."""
    party, found = tables.parties, []
    for start in range(0, max(len(names), 1), MOST):
        keys = (
            select(party.c.channel, party.c.record_id)
            .where(party.c.name.in_(names[start : start + MOST]))
            .where(or_(party.c.age.is_not(None), party.c.id_number.is_not(None)))
            .distinct()
        )
        found.append(known_records(connection, as_of, keys))
    return pd.concat([part[0] for part in found]), pd.concat([part[1] for part in found])


def _named(connection: Connection, narratives: Iterable[str]) -> set[str]:
    """Names that stand in one of the texts, and all that are too long to be looked for there."""
    text = literal("\n".join(narratives))
    found: set[str] = set()
    mention = tables.mentions
    for column, here in (
        (tables.parties.c.name, tables.parties.c.name.is_not(None)),
        (mention.c.text, mention.c.kind == "person"),
    ):
        long = func.length(column) >= LONG
        query = select(column).where(here, or_(long, text.contains(column))).distinct()
        found.update(connection.execute(query).scalars())
    return found


def _at_keys(connection: Connection, table: Any, keys: Select[Any]) -> pd.DataFrame:
    wanted = keys.subquery()
    match = [table.c[name] == wanted.c[name] for name in RECORD]
    order = in_order(connection, table.primary_key)
    query = select(table).join(wanted, and_(*match)).order_by(*order)
    return read_frame(connection, query, dtypes(table))


def _where(connection: Connection, table: Any, condition: Any) -> pd.DataFrame:
    order = in_order(connection, table.primary_key)
    return read_frame(connection, select(table).where(condition).order_by(*order), dtypes(table))
