"""What the store holds of a few cases: an officer's step reads no more than its letter needs.

The rows are those that reading everything would give of these cases; what grows with the store is
one look along the names, inside the database.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, and_, func, literal, or_, select, union

from warning.matching.links import Links
from warning.records import PARTY, RECORD
from warning.store import tables
from warning.store.frames import dtypes, in_order, read_frame
from warning.store.known import known_records
from warning.store.store import Store

#: Names so long may hold dots, spaces or remarks, so the text alone cannot find them.
LONG = 4
#: Values that one statement takes.
MOST = 500


@dataclass(frozen=True)
class CaseRows:
    """Of some cases, as of the last night.

    Attributes:
        records, parties: canonical; of the cases' records, of the incidents in which their people
            stand elsewhere (who is a victim in one is one in all), and of records that name
            somebody of the same name with an age or an ID number (likewise a child).
        links: of the cases, and people, mentions and incidents of these others; ``places`` and
            ``merges`` are empty.
        warnings: the cases' rows of the last night.
        named: names of anybody in the store that the cases' narratives may hold.
    """

    records: pd.DataFrame
    parties: pd.DataFrame
    links: Links
    warnings: pd.DataFrame
    named: set[str]


def case_rows(store: Store, case_ids: Sequence[str], as_of: pd.Timestamp) -> CaseRows:
    """Read what documents about these cases are written from.

    Args:
        store: after at least one night.
        case_ids: the cases; one that is not there gives no rows.
        as_of: the last night.
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
        elsewhere = _incidents_of(_people_of(frames))
        further = known_records(connection, as_of, elsewhere)
        for table in (tables.party_links, linked, tables.mentions):
            more = _at_keys(connection, table, elsewhere)
            both = pd.concat([frames[table.name], more], ignore_index=True)
            frames[table.name] = both.drop_duplicates(ignore_index=True)
        frames["cases"] = _where(connection, tables.cases, tables.cases.c.case_id.in_(case_ids))
        frames["case_incidents"] = _where(connection, incident, of_cases)
        frames["incidents"] = _where(
            connection,
            tables.incidents,
            tables.incidents.c.incident_id.in_(select(incident.c.incident_id).where(of_cases)),
        )
        for table in (tables.places, tables.merges):
            frames[table.name] = _where(connection, table, literal(value=False))
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


def _people_of(frames: dict[str, pd.DataFrame]) -> list[str]:
    """The people of the cases' records, by their rows or in their texts."""
    linked, told = frames["party_links"], frames["mentions"]
    people = linked.loc[linked["entity_type"] == "person", "entity_id"]
    named = told.loc[told["kind"] == "person", "entity_id"].dropna()
    return sorted({*people, *named})


def _incidents_of(people: Sequence[str]) -> Select[Any]:
    """The keys of all records of the incidents in which these people stand."""
    linked, here = tables.incident_links, tables.incident_links.alias()
    theirs = union(
        *(
            select(table.c.channel, table.c.record_id).where(
                table.c.entity_id.in_(people[start : start + MOST])
            )
            for table in (tables.party_links, tables.mentions)
            for start in range(0, max(len(people), 1), MOST)
        )
    ).subquery()
    same = [here.c[name] == theirs.c[name] for name in RECORD]
    incidents = select(here.c.incident_id).join(theirs, and_(*same))
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
