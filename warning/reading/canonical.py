"""Frames with canonical columns → the canonical tables: types, missing words, quarantine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import process

from warning.errors import DataError, Problem
from warning.language import say
from warning.moments import AHEAD
from warning.reading.headers import Unread, unread_columns, unread_notes
from warning.reading.quarantine import (
    Fault,
    no_counties,
    numbers_as_keys,
    record_faults,
    set_aside,
    text_faults,
    unreadable,
    without_cut_numbers,
)
from warning.reading.raw import check_header, shown
from warning.reading.several import one_a_party, one_a_report
from warning.reading.unknown_words import unknown_word_notes
from warning.reading.values import typed, without_strange_types
from warning.records import (
    PARTY,
    PARTY_COLUMNS,
    PARTY_KEY,
    PARTY_REQUIRED,
    QUARANTINE_COLUMNS,
    RECORD,
    RECORD_COLUMNS,
    RECORD_REQUIRED,
    TEXT,
    CanonicalTables,
)
from warning.settings.channels import ChannelsSettings

#: Columns that the refusal of a table without a required one lists.
SHOWN = 100


def from_frames(
    records: pd.DataFrame,
    parties: pd.DataFrame | None,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None = None,
    *,
    counties: Mapping[str, str] | None = None,
    part_cells: bool = True,
) -> CanonicalTables:
    """Canonical tables of two frames with canonical column names.

    Args:
        records: one row a report; required: record_id, channel, reported_at.
        parties: one row a party, or None; ``channel`` may lack where record_ids are unique.
        channels: the known channels.
        clock: local time; records reported later are quarantined. None: no such check.
        counties: code → name; what is no county is noted. None: no such check.
        part_cells: whether a cell that names several becomes a party for each.

    Raises:
        DataError: a required column is missing.
    """
    check_columns(records, RECORD_REQUIRED, "records")
    unread = [unread_columns("records", records, RECORD_COLUMNS)]
    record_part = located(known_columns(records, RECORD_COLUMNS), "records")
    party_part = None
    if parties is not None:
        check_columns(parties, PARTY_REQUIRED, "parties")
        unread.append(unread_columns("parties", parties, PARTY_COLUMNS))
        party_part = located(known_columns(parties, PARTY_COLUMNS), "parties")
    made = finish(record_part, party_part, channels, clock, [], len(records), (), counties,
                  part_cells=part_cells)  # fmt: skip
    return with_unread(made, unread)


def with_unread(made: CanonicalTables, unread: Sequence[Unread]) -> CanonicalTables:
    """The tables with what of their sources' columns goes nowhere, counted and in their notes."""
    return replace(
        made,
        notes=(*made.notes, *unread_notes(unread)),
        unread_columns=sum(one.columns for one in unread),
        lacking_columns=sum(one.lacking for one in unread),
    )


def known_columns(frame: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The columns that the table knows; what stands beside them is for :func:`unread_columns`."""
    return without_strange_types(frame[[name for name in frame if name in columns]])


def located(frame: pd.DataFrame, file: str, lines: Any = None) -> pd.DataFrame:
    """The frame with a fresh index and the source's place of each row."""
    fresh = frame.reset_index(drop=True)
    numbers = np.arange(1, len(fresh) + 1) if lines is None else lines
    return fresh.assign(_file=file, _line=numbers)


def check_columns(frame: pd.DataFrame, required: tuple[str, ...], where: str) -> None:
    """Refuse a table that names a column twice, or lacks a required one.

    Of that it names what the table has and the nearest names.
    """
    problems = []
    names = [str(name) for name in frame.columns if not str(name).startswith("_")]
    check_header(names, where)
    for column in required:
        if column not in names:
            near = [found[0] for found in process.extract(column, names, limit=3, score_cutoff=50)]
            closest = say("；最接近的：", "; nearest: ") + shown(near, 3) if near else ""
            problems.append(Problem(
                where,
                say(f"缺少列 {column}；现有：", f"column {column} is missing; it has: ")
                + shown(names, SHOWN) + closest,
                ", ".join(required),
                say("改列名，或在 channels.yaml 的 layouts 中写明对应关系",
                    "rename the column, or map it under layouts in channels.yaml"),
                f"column_missing:{column}",
            ))  # fmt: skip
    if problems:
        raise DataError(problems)


def finish(
    records: pd.DataFrame,
    parties: pd.DataFrame | None,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None,
    bad: list[Fault],
    rows_read: int,
    notes: tuple[str, ...],
    counties: Mapping[str, str] | None,
    *,
    part_cells: bool = True,
) -> CanonicalTables:
    """Types, keys and times; what cannot be used goes to quarantine with its reason.

    ``parties`` may carry ``_record``: the index in ``records`` of its record. ``records`` may carry
    ``_named``: whether the source of a row has columns of its own for parties.
    """
    clean = typed(records, dict(RECORD_COLUMNS))
    notes += unreadable(records, clean, channels, RECORD_REQUIRED)
    clean, cut = without_cut_numbers(records, clean, channels)
    notes += cut + numbers_as_keys(records, clean, channels)
    if counties is not None:
        notes += no_counties(records, clean, channels, counties)
    columns, reasons = record_faults(records, clean, channels, clock)
    aside = bad + set_aside(records, clean["record_id"], columns, reasons, "records", channels)
    ahead = 0
    if clock is not None:
        soon = clean["reported_at"].between(clock, clock + AHEAD)
        ahead = int(((columns == "reported_at") & soon.to_numpy(dtype=bool)).sum())
    good = reasons == ""
    position = pd.Series(np.cumsum(good) - 1, index=records.index).where(good, -1)
    usable = clean[good].reset_index(drop=True)
    wide = parties is not None and "_record" in parties
    tabled = parties is not None and not wide
    named = records["_named"].eq(True) if "_named" in records else False
    silent = ~(pd.Series(tabled, index=records.index) | named)[good].reset_index(drop=True)
    joined = 0
    if wide:
        own, at = one_a_report(usable, records.loc[good, "_file"].reset_index(drop=True))
        position = pd.Series(np.append(at, -1)[position], index=records.index)
        usable, silent = (part[own].reset_index(drop=True) for part in (usable, silent))
        joined = int((~own).sum())
    people = typed(parties if parties is not None else pd.DataFrame(), dict(PARTY_COLUMNS))
    read = (0 if parties is None else len(parties)) + sum(fault[3] == "parties" for fault in bad)
    people = people.assign(row=pd.Series(dtype="int64"), source=pd.Series(dtype="int64"))
    content = people
    if parties is not None and len(parties):
        notes += unreadable(parties, people, channels, PARTY_REQUIRED)
        people, cut = without_cut_numbers(parties, people, channels)
        notes += cut
        if wide:
            rows = position.to_numpy()[parties["_record"].to_numpy(dtype="int64")]
            people = people.assign(row=rows, source=np.arange(len(people)))
            lost = rows < 0
            why = np.where(lost, say("所属记录被隔离", "its record is quarantined"), "").astype(
                object
            )
            at = np.where(lost, "record_id", "").astype(object)
        else:
            people, at, why = _attach(people, usable)
            again = _repeated(people, why)
            people, at, why = people[~again], at[~again], why[~again]
            if again.any():
                notes += (
                    say(f"parties：{again.sum()} 行与同一当事人的另一行完全相同，只计一次",
                        f"parties: {again.sum()} rows equal another row of their party; counted once"),
                )  # fmt: skip
        for holds, column, reason in text_faults(people, PARTY_KEY):
            held = holds.to_numpy() & ((why == "") | (at == column))
            at[held], why[held] = column, reason
        # Of a row that stands with several versions one is set aside.
        once = (why == "") | ~people["source"].duplicated().to_numpy()
        people, at, why = people[once], at[once], why[once]
        source = parties.iloc[people["source"].to_numpy()]
        aside += set_aside(source, people["record_id"], at, why, "parties", channels)
        fit = people[why == ""].reset_index(drop=True)
        parted, written, told = one_a_party(fit, part_cells=part_cells)
        notes += told
        people = _with_keys(parted, usable)
        content = people if written is parted else _with_keys(written, usable)
    quarantine = pd.DataFrame(aside, columns=list(QUARANTINE_COLUMNS)).astype(
        dict.fromkeys(QUARANTINE_COLUMNS, TEXT) | {"line": "int64"}
    )
    sources = people.pop("source")
    notes += tuple(unknown_word_notes(usable, people, channels))
    return CanonicalTables(
        usable, people, quarantine, rows_read, notes, read, sources, silent, ahead,
        rows_joined=joined, content_parties=content, numbered_by_rows=wide,
    )  # fmt: skip


def _with_keys(people: pd.DataFrame, records: pd.DataFrame) -> pd.DataFrame:
    """The parties with the keys of the records in whose row they are."""
    keys = records[RECORD].iloc[people["row"].to_numpy()]
    people = people.assign(**{name: keys[name].to_numpy() for name in RECORD})
    return people.astype({"channel": TEXT, "record_id": TEXT})


def _repeated(people: pd.DataFrame, why: Any) -> Any:
    """Rows set aside as repeated that say nothing else than the row they repeat."""
    content = [name for name in people if name not in ("source", "row")]
    return people.duplicated(content, keep="first").to_numpy() & (why != "")


def _attach(people: pd.DataFrame, records: pd.DataFrame) -> tuple[pd.DataFrame, Any, Any]:
    """Find each party's record by key; a party of several versions stands with each of them.

    Where the party's key itself is repeated, its k-th row goes with the record's k-th version.
    """
    people = people.drop(columns="row").assign(source=np.arange(len(people)))
    keyed = records[RECORD].assign(row=np.arange(len(records)))
    keyed["_version"] = keyed.groupby(RECORD).cumcount()
    ids = keyed.drop_duplicates(RECORD)
    several = set(ids["record_id"][ids["record_id"].duplicated()])
    only = ids[~ids["record_id"].isin(several)].set_index("record_id")["channel"]
    unclear = people["channel"].isna() & people["record_id"].isin(several)
    found = people["record_id"].map(only).astype(TEXT)
    people["channel"] = people["channel"].fillna(found)
    groups = people.groupby(PARTY, dropna=False)
    people = people.assign(_nth=groups.cumcount(), _of=groups["source"].transform("size"))
    joined = people.merge(keyed, on=RECORD, how="left")
    last = joined["_version"].groupby(joined["source"]).transform("max")
    match = (joined["_of"] == 1) | joined["row"].isna() | (joined["_nth"] == joined["_version"])
    surplus = (joined["_nth"] > last) & (joined["_version"] == 0)
    joined = joined[match | surplus].reset_index(drop=True)
    over = surplus[match | surplus].to_numpy(dtype=bool) & (joined["_of"] > 1).to_numpy()
    at = np.full(len(joined), "", dtype=object)
    why = at.copy()
    unclear_here = unclear.to_numpy()[joined["source"].to_numpy()]
    for holds, column, reason in (
        (
            over,
            "party_no",
            say(
                "同一记录中重复；每方一个序号；改正后重新读入",
                "repeated in one record; expected: one a party; correct it",
            ),
        ),
        (
            joined["row"].isna().to_numpy(),
            "record_id",
            say(
                "没有这条记录；应为记录表中的编号；先读入记录",
                "there is no such record; expected: one of the records; load the records with it",
            ),
        ),
        (
            unclear_here,
            "channel",
            say(
                "编号在几个渠道中都有；请写明 channel",
                "the record_id is in several channels; name the channel",
            ),
        ),
        (
            joined["party_no"].isna().to_numpy(),
            "party_no",
            say(
                "没有序号；应为记录内唯一的序号",
                "none is given; expected: one a party of the record",
            ),
        ),
    ):
        at[holds], why[holds] = column, reason
    joined["row"] = joined["row"].fillna(-1).astype("int64")
    return joined.drop(columns=["_nth", "_of", "_version"]), at, why
