"""One load: new records and new versions of known ones, with their parties; repeats are counted."""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

import pandas as pd
from sqlalchemy import Connection, insert

from warning.records import VERSION, CanonicalTables
from warning.store import operation_tables, tables
from warning.store.chain import Entry, append
from warning.store.frames import write_frame
from warning.store.numbering import with_numbers_before
from warning.store.sealing import Seal
from warning.store.told_names import told_again
from warning.store.versions import (
    bare_after,
    behind,
    new_versions,
    parties_before,
    parties_of,
    stored_versions,
    texts_lost,
)
from warning.store.withholding import (
    blanked,
    cells_of,
    erased_rows,
    keys_of,
    schools_out,
    texts_without,
    without_erased_names,
)


@dataclass(frozen=True)
class LoadSummary:
    """Where the rows of one load went; ``rows_read = stored + quarantined + repeats``.

    ``versions`` of the stored rows are new versions of records known before. Rows of parties have a
    sum of their own: ``parties_read = parties_stored + parties_quarantined + parties_repeats``; those
    of a record that is a repeat are repeats. ``rows_ahead`` of the quarantined rows are later than
    the clock by 20 hours at most. ``repeats_of_old`` are records that repeat an earlier version than
    the one in force, which stays so; ``earlier_versions`` are those whose new version is reported
    earlier than it, and is not in force, either. ``texts_lost`` are new versions without a narrative, outcome or
    address where the version before has one.

    ``parties_kept`` are rows of parties that new versions have from the ones before them, as their
    source says nothing of parties; they are none that was read. ``without_parties`` are new versions
    whose source does, and names nobody where the one before named somebody. ``bare_after`` are
    records that name somebody in a new version, and nobody in one that was loaded before and
    reported later, which stands.

    ``notes`` are what the reader found out and the user should know.
    """

    rows_read: int
    stored: int
    versions: int
    quarantined: int
    repeats: int
    parties_read: int = 0
    parties_stored: int = 0
    parties_quarantined: int = 0
    parties_repeats: int = 0
    parties_kept: int = 0
    without_parties: int = 0
    bare_after: int = 0
    rows_ahead: int = 0
    repeats_of_old: int = 0
    earlier_versions: int = 0
    texts_lost: int = 0
    notes: tuple[str, ...] = ()


def write_load(
    connection: Connection,
    seal: Seal,
    loaded: CanonicalTables,
    content: pd.Series,
    source: str,
    at: datetime,
    noted: Entry | None,
) -> LoadSummary:
    """Write what :meth:`warning.store.Store.load` was given, within its transaction.

    ``content``: of each record, as of :func:`warning.records.content_hash`.
    """
    records = loaded.records.assign(
        content_hash=seal.hashes(content),
        row=range(len(loaded.records)),
        silent=loaded.silent,
    )
    known = stored_versions(connection, records)
    new = new_versions(records, known)
    told = loaded.parties.assign(source=loaded.party_sources)
    parties = parties_of(new, told)
    if loaded.numbered_by_rows:
        parties = with_numbers_before(connection, parties, loaded.content_parties)
    before = parties_before(connection, new, known, parties)
    bare = bare_after(connection, new, known, parties)
    repeated, earlier = behind(connection, records, new, known)
    summary = replace(
        _summary(loaded, new, parties, before, bare), repeats_of_old=repeated,
        earlier_versions=earlier, texts_lost=texts_lost(connection, new),
    )  # fmt: skip
    cells = cells_of(parties, loaded.content_parties)
    parties = pd.concat([parties, before[before["silent"]]], ignore_index=True)
    counts = {name: n for name, n in asdict(summary).items() if name in tables.loads.c}
    load_id = connection.execute(
        insert(tables.loads)
        .values(loaded_at=at, source=source, **counts)
        .returning(tables.loads.c.load_id)
    ).scalar_one()
    keys = keys_of(connection, parties, seal)
    erased = erased_rows(connection, keys, cells, seal)
    again = told_again(connection, seal, new, parties)
    if len(erased) or len(again):
        told = pd.concat([parties.merge(erased, on=list(erased.columns)), again])
        new, parties = schools_out(new, blanked(parties, erased), told)
        new, parties = texts_without(new, told), texts_without(parties, told)
        keys = keys_of(connection, parties, seal)
    new, parties = without_erased_names(connection, seal, new, parties)
    write_frame(connection, tables.records, new.assign(load_id=load_id))
    write_frame(connection, tables.parties, parties)
    write_frame(connection, operation_tables.party_keys, keys)
    write_frame(connection, tables.quarantine, loaded.quarantine.assign(load_id=load_id))
    if noted is not None:
        append(connection, seal, noted)
    return summary


def _summary(
    loaded: CanonicalTables, new: pd.DataFrame, parties: pd.DataFrame, before: pd.DataFrame,
    bare: int,
) -> LoadSummary:  # fmt: skip
    """What came of a load.

    Args:
        loaded: what was read.
        new: the records of it that are stored.
        parties: theirs.
        before: of those without, the parties of the versions before.
        bare: see :func:`warning.store.versions.bare_after`.
    """
    lost = before[~before["silent"]]
    aside = int((loaded.quarantine["table"] == "parties").sum())
    stored = parties["source"].nunique()
    return LoadSummary(
        rows_read=loaded.rows_read,
        stored=len(new),
        versions=int((new["version"] > 1).sum()),
        quarantined=loaded.rows_read - len(loaded.records) - loaded.rows_joined,
        repeats=len(loaded.records) - len(new) + loaded.rows_joined,
        parties_read=loaded.parties_read,
        parties_stored=stored,
        parties_quarantined=aside,
        parties_repeats=loaded.parties_read - stored - aside,
        parties_kept=int(before["silent"].sum()),
        without_parties=len(lost.drop_duplicates(VERSION)),
        bare_after=bare,
        rows_ahead=loaded.rows_ahead,
        notes=loaded.notes,
    )
