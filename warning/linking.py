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

KEYS = ("channel", "record_id", "party_no")


def link(
    records: pd.DataFrame, parties: pd.DataFrame | None = None, settings: Settings | None = None
) -> Links:
    """Link the records and parties of the contract's two tables.

    Args:
        records: at least record_id, channel, reported_at. Several rows with one key are versions
            of one record: the one reported last counts (of equally reported ones the last row), and
            the record is taken as reported when the first of them was.
        parties: at least record_id and party_no; None where none are known.
        settings: None is the packaged default.

    Returns:
        The frames of :class:`Links`; the key columns have the dtypes of the input, so that they
        merge back.

    Raises:
        DataError: a required column is missing, or a row cannot be used: nothing is left out in
            silence. All unusable rows are named.
        UsageError: an argument of the wrong kind.
    """
    must_be("link", records=(records, pd.DataFrame), parties=(parties, pd.DataFrame, None),
            settings=(settings, Settings, None))  # fmt: skip
    settings = settings or load_settings()
    tables = from_frames(records, parties, settings.channels)
    if len(tables.quarantine):
        raise DataError(
            [
                Problem(f"{row.table}:{row.line}:{row.column}", f"{_found(row)}: {row.reason}")
                for row in tables.quarantine.itertuples()
            ]
        )
    first = tables.records.groupby(RECORD)["reported_at"].transform("min")
    newest = tables.records.sort_values("reported_at", kind="stable")
    newest = newest.drop_duplicates(RECORD, keep="last").sort_index().assign(reported_at=first)
    people = tables.parties[tables.parties["row"].isin(newest.index)].drop(columns="row")
    links = link_canonical(newest.reset_index(drop=True), people.reset_index(drop=True), settings)
    sources = {name: records[name] for name in ("channel", "record_id")}
    if parties is not None:
        sources["party_no"] = parties["party_no"]
    return replace(
        links,
        party_links=_as_given(links.party_links, sources),
        place_links=_as_given(links.place_links, sources),
        incident_links=_as_given(links.incident_links, sources),
    )


def _found(row: Any) -> str:
    """What a row of the quarantine holds, with the number of its record, without long numbers."""
    record = repr(starred(row.content)[:40])
    if row.column == "record_id":
        return row.found or record
    return f"{row.found!r} (record_id {record})" if row.found else f"record_id {record}"


def _as_given(frame: pd.DataFrame, sources: dict[str, pd.Series]) -> pd.DataFrame:
    """The key columns with the values' own types: 7 where the caller wrote 7, not '7'."""
    columns = {}
    for name, source in sources.items():
        if name in frame.columns and pd.api.types.is_numeric_dtype(source.dtype):
            columns[name] = pd.to_numeric(frame[name]).astype(source.dtype)
    return frame.assign(**columns)
