"""``warning.link``: DataFrames in, DataFrames out; no store, no files."""

from dataclasses import replace
from typing import Any

import pandas as pd

from warning.arguments import must_be
from warning.digits import starred
from warning.errors import DataError, Problem
from warning.matching.link import link as link_canonical
from warning.matching.links import Links
from warning.reading import from_frames
from warning.records import RECORD
from warning.settings import Settings, load_settings
from warning.written_keys import WrittenKeys


def link(
    records: pd.DataFrame, parties: pd.DataFrame | None = None, settings: Settings | None = None
) -> Links:
    """Link the records and parties of the contract's two tables.

    Args:
        records: at least record_id, channel, reported_at. Several rows with one key are versions
            of one record: the one reported last counts (of equally reported ones the last row), and
            the record is taken as reported when the first of them was.
        parties: at least record_id and party_no; None where none are known. Each row is one party:
            a cell that names several people stays one, as it is linked by its key.
        settings: None is the packaged default.

    Returns:
        The frames of :class:`Links`; the key columns are written as in the input and have its
        dtypes, so that they merge back: of ``party_links`` as in ``parties`` (the channel of a
        party that names none as in ``records``), of the others as in ``records``. Their ``notes``
        tell which values count as missing though something is written there.

    Raises:
        DataError: a required column is missing, or a row cannot be used: nothing is left out in
            silence. All unusable rows are named. Nor can one be that writes a key otherwise than
            another row of the same record or party (7 and "7"), since it would not merge.
        UsageError: an argument of the wrong kind, or pandas' option future.infer_string is off.
    """
    must_be("link", records=(records, pd.DataFrame), parties=(parties, pd.DataFrame, None),
            settings=(settings, Settings, None))  # fmt: skip
    settings = settings or load_settings()
    counties = settings.escalation.counties
    tables = from_frames(records, parties, settings.channels, counties=counties, part_cells=False)
    if len(tables.quarantine):
        raise DataError(
            [
                Problem(f"{row.table}:{row.line}:{row.column}", f"{_found(row)}: {row.reason}")
                for row in tables.quarantine.itertuples()
            ]
        )
    of_records = WrittenKeys.of_records(records, tables.records)
    of_parties = None if parties is None else WrittenKeys.of_parties(parties, of_records)
    unclear = [*of_records.faults(), *(of_parties.faults() if of_parties is not None else [])]
    if unclear:
        raise DataError(unclear)
    first = tables.records.groupby(RECORD)["reported_at"].transform("min")
    newest = tables.records.sort_values("reported_at", kind="stable")
    newest = newest.drop_duplicates(RECORD, keep="last").sort_index().assign(reported_at=first)
    people = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    links = link_canonical(newest.reset_index(drop=True), people.reset_index(drop=True), settings)
    return replace(
        links,
        party_links=links.party_links
        if of_parties is None
        else of_parties.put_on(links.party_links),
        place_links=of_records.put_on(links.place_links),
        incident_links=of_records.put_on(links.incident_links),
        mentions=of_records.put_on(links.mentions),
        notes=list(tables.notes),
    )


def _found(row: Any) -> str:
    """What a row of the quarantine holds, with the number of its record, without long numbers."""
    record = repr(starred(row.content)[:40])
    if row.column == "record_id":
        return row.found or record
    return f"{row.found!r} (record_id {record})" if row.found else f"record_id {record}"
