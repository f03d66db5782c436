"""Whom only texts named, and who was erased: later versions of these records come without them."""

from collections.abc import Collection, Iterator

import pandas as pd
from sqlalchemy import Connection

from warning.records import FREE_TEXTS, VERSION
from warning.spelling import bare_name, letters_told, told_name
from warning.store import tables
from warning.store.frames import dtypes
from warning.store.sealing import TOLD_NAME, Seal, text_hashes
from warning.store.withholding import LONGEST, erased_hashes

#: Characters of the shortest name that is looked for where its record is known.
SHORTEST = 2
#: Stands behind what a name begins with.
GOES_ON = "…"


def told_hashes(told: pd.DataFrame, seal: Seal) -> tuple[str, ...]:
    """What is kept of names that are erased from texts alone: hashes of each with its record.

    Beside them of the record alone, and of the record with how the name begins.

    Args:
        told: channel, record_id, name (as written).
        seal: of the store.
    """
    texts = set()
    for record, name in zip(_keys(told), told["name"], strict=True):
        letters = told_name(bare_name(name))
        if len(letters) >= SHORTEST:
            texts |= {record, f"{record}{letters[:SHORTEST]}{GOES_ON}", record + letters}
    return tuple(text_hashes(sorted(texts), TOLD_NAME, seal))


def told_again(
    connection: Connection, seal: Seal, records: pd.DataFrame, parties: pd.DataFrame
) -> pd.DataFrame:
    """Rows, as of parties, for whom the records of a load named when they were erased from texts.

    Args:
        connection: of the store.
        seal: of the store.
        records, parties: of the load's new versions.

    Returns:
        channel, record_id, version, name; all else is missing, and in one row of each such record
        the name, too: its texts may tell of them without it.
    """
    erased = erased_hashes(connection)
    noted = _noted(_keys(records), erased, seal) if erased else frozenset()
    there = records.loc[_keys(records).isin(list(noted)), VERSION]
    found = [there]
    for frame in (records, parties) if noted else ():
        columns = [name for name in FREE_TEXTS if name in frame.columns]
        rows = frame[[*VERSION, *columns]].merge(there, on=VERSION)
        texts = rows.melt(VERSION, value_name="text").dropna(subset=["text"])
        names = [
            list(_names_in(text, record, erased, seal))
            for record, text in zip(_keys(texts), texts["text"], strict=True)
        ]
        told = texts[VERSION].assign(name=pd.Series(names, index=texts.index, dtype="object"))
        found.append(told.explode("name").dropna(subset=["name"]))
    types = dtypes(tables.parties)
    return pd.concat(found).reindex(columns=list(types)).astype(types)


def _names_in(text: str, record: str, erased: Collection[str], seal: Seal) -> Iterator[str]:
    """The names in a text that were erased from texts of this record."""
    letters = letters_told(text)[0]
    starts = [
        f"{record}{letters[at : at + SHORTEST]}{GOES_ON}"
        for at in range(len(letters) - SHORTEST + 1)
    ]
    begun = _noted(starts, erased, seal)
    whole = {
        record + letters[at : at + length]
        for at, start in enumerate(starts)
        if start in begun
        for length in range(SHORTEST, LONGEST + 1)
    }
    for found in _noted(whole, erased, seal):
        yield found.removeprefix(record)


def _noted(texts: Collection[str], erased: Collection[str], seal: Seal) -> frozenset[str]:
    """Those of the texts of which an erasure keeps a hash."""
    hashes = text_hashes(dict.fromkeys(texts), TOLD_NAME, seal)
    return frozenset(hashes.index[hashes.isin(erased)])


def _keys(rows: pd.DataFrame) -> "pd.Series[str]":
    """The key of each row's record, as names stand behind it."""
    return rows["channel"].astype("str") + "|" + rows["record_id"].astype("str") + "|"
