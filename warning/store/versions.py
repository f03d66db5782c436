"""Which rows of a load are new versions, and whose parties stand with them."""

from typing import Any

import pandas as pd
from sqlalchemy import Connection, Select, Table, false, select

from warning.records import RECORD, VERSION
from warning.store import tables
from warning.store.frames import dtypes, read_frame
from warning.store.nights import AT_ONCE
from warning.store.operation_tables import party_keys
from warning.store.sealing import CORRECTED
from warning.tabular import among_keys

#: Texts of a record that a version should not lose.
TOLD_TEXTS = ("narrative", "outcome", "address")
#: The column of the version that stood before another one.
BEFORE = "before"


def stored_versions(connection: Connection, records: pd.DataFrame) -> pd.DataFrame:
    """channel, record_id, content_hash, version, reported_at of what the store has of these records."""
    own = tables.records.c
    query = select(own.channel, own.record_id, own.content_hash, own.version, own.reported_at)
    return of_records(connection, tables.records, query, records)


def new_versions(records: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows whose content no version has yet, with their version numbers."""
    first = records.drop_duplicates([*RECORD, "content_hash"])
    seen = pd.MultiIndex.from_frame(known[[*RECORD, "content_hash"]])
    new = first[~pd.MultiIndex.from_frame(first[[*RECORD, "content_hash"]]).isin(seen)]
    highest = known.groupby(RECORD)["version"].max().rename("highest").reset_index()
    new = new.merge(highest, on=RECORD, how="left")
    number = new.groupby(RECORD).cumcount() + 1
    return new.assign(version=new.pop("highest").fillna(0).astype("int64") + number)


def parties_of(new: pd.DataFrame, parties: pd.DataFrame) -> pd.DataFrame:
    """The parties of the new versions.

    Where one load holds a record in several versions, ``parties`` names the row of its record
    in the column ``row``; otherwise the key decides.
    """
    if "row" in parties.columns:
        return parties.merge(new[["row", "version"]], on="row", how="inner")
    return parties.merge(new[VERSION].drop_duplicates(RECORD, keep="last"), on=RECORD, how="inner")


def parties_before(
    connection: Connection, new: pd.DataFrame, known: pd.DataFrame, parties: pd.DataFrame
) -> pd.DataFrame:
    """The parties of the versions before those new ones that have none.

    Before a version stands the one reported last until it was, so that nobody is known earlier than
    he was told; versions of this load that are silent, too, are passed over.

    Args:
        connection: of the store.
        new: the new versions, with ``silent``: their source says nothing of parties.
        known: :func:`stored_versions`.
        parties: those of the new versions.

    Returns:
        Columns of the parties table, with ``version`` and ``silent`` of the new one.
    """
    bare = new[among_keys(new, new[new["version"] > 1], RECORD)]
    bare = bare[~_keys(bare).isin(_keys(parties))]
    own = [*VERSION, "reported_at"]
    every = pd.concat([known[own].assign(silent=False), new[[*own, "silent"]]])
    every = every[among_keys(every, bare, RECORD)].sort_values([*RECORD, "reported_at", "version"])
    told = every["version"].where(~every["silent"])
    by = [every[name] for name in RECORD]
    every[BEFORE] = told.groupby(by).ffill().groupby(by).shift()
    wanted = every.merge(bare[VERSION], on=VERSION).dropna(subset=BEFORE)
    wanted = wanted[[*VERSION, BEFORE, "silent"]].astype({BEFORE: "int64"})
    stored = of_records(connection, tables.parties, select(tables.parties), wanted)
    there = pd.concat([stored, parties[[*stored]]], ignore_index=True)
    there = there.rename(columns={"version": BEFORE})
    return there.merge(wanted, on=[*RECORD, BEFORE]).drop(columns=BEFORE)


def bare_after(
    connection: Connection, new: pd.DataFrame, known: pd.DataFrame, parties: pd.DataFrame
) -> int:
    """How many records have parties in a new version, and none in the stored one that stands.

    That one was reported later and loaded before. Whether its source said nothing of parties is
    known no more, so that it is left as it is.

    Args:
        connection: of the store.
        new: the new versions.
        known: :func:`stored_versions`.
        parties: those of the new versions.
    """
    own = [*VERSION, "reported_at"]
    stored = known.loc[among_keys(known, parties, RECORD), own].assign(stored=True)
    later = new.loc[among_keys(new, stored, RECORD), own].assign(stored=False)
    every = pd.concat([stored, later]).sort_values([*RECORD, "reported_at", "version"])
    last = every.drop_duplicates(RECORD, keep="last")
    last = last[last["stored"]]
    told = of_records(connection, tables.parties, select(tables.parties), last)
    return int((~_keys(last).isin(_keys(told))).sum())


def texts_lost(connection: Connection, new: pd.DataFrame) -> int:
    """How many new versions lack a narrative, outcome or address that the version before has.

    Before a version stands the one reported last until it was.

    Args:
        connection: of the store.
        new: the new versions, with their texts.
    """
    texts = list(TOLD_TEXTS)
    later = new[new["version"] > 1]
    lacking = later[later[texts].isna().any(axis=1)]
    if lacking.empty:
        return 0
    own = tables.records.c
    there = [own[name].is_not(None).label(name) for name in texts]
    query = select(own.channel, own.record_id, own.version, own.reported_at, *there)
    types = dtypes(tables.records) | dict.fromkeys(texts, "bool")
    stored = of_records(connection, tables.records, query, lacking, types)
    ours = new.loc[among_keys(new, lacking, RECORD), [*VERSION, "reported_at", *texts]]
    ours = ours.assign(**{name: ours[name].notna() for name in texts}, new=True)
    every = pd.concat([stored.assign(new=False), ours], ignore_index=True)
    every = every.sort_values([*RECORD, "reported_at", "version"])
    before = every.groupby(RECORD)[texts].shift(fill_value=False)
    lost = (before & ~every[texts]).any(axis=1)
    return int((lost & every["new"]).sum())


def behind(
    connection: Connection, records: pd.DataFrame, new: pd.DataFrame, known: pd.DataFrame
) -> tuple[int, int]:
    """How many records of a load bring no version that is in force, though they were known.

    Where a correction by the office stands, its source repeats what was corrected: not counted.

    Args:
        connection: of the store.
        records: those of the load, with ``content_hash``.
        new: the new versions among them.
        known: :func:`stored_versions`.

    Returns:
        Those that repeat an earlier version, and those with a new version, which is reported
        earlier than the one in force.
    """
    own = [*VERSION, "reported_at", "content_hash"]
    every = pd.concat([known[own], new[own]]).sort_values([*RECORD, "reported_at", "version"])
    last = every.drop_duplicates(RECORD, keep="last")
    content = [*RECORD, "content_hash"]
    repeated = records[among_keys(records, known, RECORD)]
    stands = pd.MultiIndex.from_frame(repeated[content]).isin(
        pd.MultiIndex.from_frame(last[content])
    )
    of_last = among_keys(repeated, repeated[stands], RECORD)
    old = repeated[~of_last].drop_duplicates(RECORD)
    late = among_keys(old, new, RECORD)
    earlier, old = int(late.sum()), old[~late]
    if old.empty:
        return 0, earlier
    keyed = party_keys.c
    query = select(keyed.channel, keyed.record_id, keyed.version).where(keyed.kind == CORRECTED)
    corrected = read_frame(connection, query, dtypes(party_keys))
    stands_corrected = last[among_keys(last, corrected, ["channel", "version", "record_id"])]
    return int((~among_keys(old, stands_corrected, RECORD)).sum()), earlier


def _keys(frame: pd.DataFrame) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[VERSION])


def of_records(
    connection: Connection,
    table: Table,
    query: Select[Any],
    records: pd.DataFrame,
    types: dict[str, str] | None = None,
) -> pd.DataFrame:
    """The rows of the table's query that are of these records; ``types``: None, the table's."""
    types = types or dtypes(table)
    frames = [read_frame(connection, query.where(false()), types)]
    for channel, ids in records.groupby("channel")["record_id"]:
        there = sorted(ids.unique())
        for begin in range(0, len(there), AT_ONCE):
            asked = table.c.record_id.in_(there[begin : begin + AT_ONCE])
            some = query.where(table.c.channel == channel, asked)
            frames.append(read_frame(connection, some, types))
    return pd.concat(frames, ignore_index=True)
