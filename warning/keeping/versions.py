"""The versions of one row: what a source, or a correction, said of the same person in a record.

Versions under one number in the record are of one person where a correction made one of the other,
and where they give the same ID number or whole name, or name and numbers written alike; what a
correction took away joins only what is written alike. The number in the record alone says nothing:
a source may give it to somebody else.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from sqlalchemy import Connection, and_, select, tuple_

from warning.children import (
    children_among,
    compared,
    named_alike,
    told_by_texts,
    told_years,
    under_age,
)
from warning.keeping.apart import Sharer, described, name_of
from warning.keeping.further import among
from warning.matching.standardise.identifiers import identifiers
from warning.records import MOMENT, PARTY, RECORD, VERSION
from warning.store import operation_tables, tables
from warning.store.frames import dtypes, read_frame
from warning.store.sealing import CORRECTED, KEY
from warning.tabular import numbers_of

#: How many records one query asks for; SQLite takes 32,766 values.
AT_ONCE = 10_000
#: What a row says of a person, as it is written.
WRITTEN = ["name", "id_number", "phone"]


def with_versions(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows and all other versions of them.

    Args:
        connection: of the store.
        rows: channel, record_id, party_no, version of party rows.

    Returns:
        The party rows as :func:`described`, by key and as they were reported, with whose (a number
        that the versions of one row share), stands (False where a correction followed, and where
        a source sent again what was corrected) and child (of somebody under 18 when it was
        reported, by what their row told last, else by the narratives of their record; missing:
        neither tells it); of each ``whose`` a row stands.
    """
    every = _told_apart(connection, rows)
    asked = every.loc[among(every, rows, KEY), "whose"]
    return every[every["whose"].isin(asked)].reset_index(drop=True)


def of_children(connection: Connection, rows: pd.DataFrame) -> "pd.Series[bool]":
    """Which rows and mentions are of a child, by the row itself, else by its text or a namesake.

    Args:
        connection: of the store.
        rows: channel, record_id, party_no, name.
    """
    every = _told_apart(connection, rows)
    young, grown = (every[every["child"].eq(age).fillna(False)] for age in (True, False))
    called = frozenset(compared(young["name"].dropna()).values())
    named = rows["name"].isin(list(children_among(rows["name"].dropna(), called)))
    named |= named_alike(rows, _told_young(connection, rows, every))
    return (named & ~among(rows, grown, PARTY)) | among(rows, young, PARTY)


def with_namesakes(connection: Connection, people: Sequence[Sharer]) -> tuple[Sharer, ...]:
    """The people; of whom no age is told is a child where all rows of the name that tell one say so.

    Args:
        connection: of the store.
        people: of :func:`warning.keeping.apart.sharers`.
    """
    asked = {one.name for one in people if one.child is None and one.name and name_of(one.name)}
    party = tables.parties
    query = select(*(party.c[name] for name in RECORD)).where(party.c.name.in_(sorted(asked)))
    every = _told_apart(connection, read_frame(connection, query, dtypes(party)))
    told = every[every["name"].isin(asked) & every["child"].notna()]
    young = set(told["name"]) - set(told.loc[~told["child"].astype(bool), "name"])
    return tuple(
        replace(one, child=True) if one.child is None and one.name in young else one
        for one in people
    )


def _told_apart(connection: Connection, rows: pd.DataFrame) -> pd.DataFrame:
    """All party rows of these records, as :func:`with_versions` gives them."""
    every, corrected = _stored(connection, rows)
    every = described(every)
    made = among(every, corrected, KEY)
    every = every.assign(stands=_standing(every, made))
    every = every.assign(whose=_whose(every, made))
    told = every["child"].where(every["stands"])
    by_row = told.groupby(every["whose"]).transform("last")
    by_text = named_alike(every, _told_young(connection, every, every))
    return every.assign(child=by_row.mask(by_row.isna() & by_text, other=True))


def _told_young(connection: Connection, named: pd.DataFrame, every: pd.DataFrame) -> pd.DataFrame:
    """channel, record_id, child: whom the narratives of their record tell to be one.

    Args:
        connection: of the store.
        named: channel, record_id, name.
        every: all party rows of these records, with child.
    """
    record = tables.records
    columns = [record.c[name] for name in (*RECORD, "reported_at", "narrative")]
    records = list(named[RECORD].drop_duplicates().itertuples(index=False, name=None))
    texts = pd.concat(
        read_frame(
            connection,
            select(*columns).where(
                tuple_(record.c.channel, record.c.record_id).in_(records[begin : begin + AT_ONCE])
            ),
            dtypes(record),
        )
        for begin in range(0, max(1, len(records)), AT_ONCE)
    )
    texts = texts.assign(case_id=texts["channel"] + "|" + texts["record_id"])
    young = every.loc[every["child"].eq(True).fillna(False), [*RECORD, "name"]].dropna()
    people = pd.concat([named[[*RECORD, "name"]], every[[*RECORD, "name"]]]).dropna()
    return told_by_texts(texts, people, every, young.rename(columns={"name": "child"}))


def _stored(connection: Connection, rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All party rows of these records, the last reported last, with child; of corrections the keys."""
    record, party, keyed = tables.records, tables.parties, operation_tables.party_keys
    own = and_(*(record.c[name] == party.c[name] for name in VERSION))
    records = list(rows[RECORD].drop_duplicates().itertuples(index=False, name=None))
    parties, corrected = [], []
    for begin in range(0, max(1, len(records)), AT_ONCE):
        some = records[begin : begin + AT_ONCE]
        query = select(party, record.c.reported_at).join(record, own)
        query = query.where(tuple_(party.c.channel, party.c.record_id).in_(some))
        parties.append(read_frame(connection, query, dtypes(party) | {"reported_at": MOMENT}))
        noted = select(keyed).where(
            tuple_(keyed.c.channel, keyed.c.record_id).in_(some), keyed.c.kind == CORRECTED
        )
        corrected.append(read_frame(connection, noted, dtypes(keyed)))
    order = [*PARTY, "reported_at", "version"]
    every = pd.concat(parties).sort_values(order, ignore_index=True)
    every = every.assign(child=_is_young(every))
    return every.drop(columns="reported_at"), pd.concat(corrected)


def _is_young(every: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a row is of somebody under 18 when it was reported; missing where it tells no age."""
    tells = told_years(every["age"]).notna() | identifiers(every["id_number"])["birth_date"].notna()
    return under_age(every).eq(other=True).astype("boolean").where(tells)


def _whose(every: pd.DataFrame, made: "pd.Series[bool]") -> "pd.Series[int]":
    """Of each row the position of the first that is of the same person."""
    source = every["version"].mask(made).groupby([every[name] for name in PARTY]).ffill()
    alike = [
        every[PARTY].assign(source=source.fillna(every["version"])),
        every.loc[every["stands"], [*PARTY, "whole_id"]].dropna(),
        every.loc[every["stands"], [*PARTY, "full_name"]].dropna(),
        every.loc[_says(every), [*PARTY, *WRITTEN]],
    ]
    groups = [pd.Series(numbers_of(same), same.index) for same in alike]
    whose = pd.Series(np.arange(len(every)))
    while True:
        before = whose.copy()
        for group in groups:
            whose[group.index] = whose[group.index].groupby(group).transform("min")
        if whose.equals(before):
            return whose


def _standing(every: pd.DataFrame, made: "pd.Series[bool]") -> "pd.Series[bool]":
    """Whether what a row says was not corrected."""
    # A correction was reported when what it corrects was, and has a higher number.
    followed = made.groupby([every[name] for name in PARTY]).shift(-1, fill_value=False)
    again = among(every, every[followed], [*PARTY, *WRITTEN])
    return ~followed & (made | ~again | ~_says(every))


def _says(every: pd.DataFrame) -> "pd.Series[bool]":
    """Whether a row tells anything of who it is."""
    return every[WRITTEN].notna().any(axis=1)
