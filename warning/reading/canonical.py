"""Frames with canonical columns → the canonical tables: types, missing words, quarantine."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from rapidfuzz import process

from warning.errors import DataError, Problem
from warning.language import say
from warning.records import (
    COUNT,
    DEGREES,
    MISSING_WORDS,
    MOMENT,
    PARTY_COLUMNS,
    PARTY_REQUIRED,
    QUARANTINE_COLUMNS,
    RECORD_COLUMNS,
    RECORD_REQUIRED,
    TEXT,
    CanonicalTables,
)
from warning.settings.channels import ChannelsSettings

ZONE = "Asia/Shanghai"
_MOMENT = r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$"


@dataclass
class Part:
    """Rows of one source on canonical columns, with ``_file`` and ``_line`` of each.

    ``parties`` names its record by ``_record`` (position in this part) or, None, by key.
    """

    records: pd.DataFrame
    parties: pd.DataFrame


def from_frames(
    records: pd.DataFrame,
    parties: pd.DataFrame | None,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None = None,
) -> CanonicalTables:
    """Canonical tables of two frames with canonical column names.

    Args:
        records: one row a report; required: record_id, channel, reported_at.
        parties: one row a party, or None; ``channel`` may lack where record_ids are unique.
        channels: the known channels.
        clock: local time; records reported later are quarantined. None: no such check.

    Raises:
        DataError: a required column is missing.
    """
    check_columns(records, RECORD_REQUIRED, tuple(RECORD_COLUMNS), "records")
    record_part = located(records, "records")
    party_part = None
    if parties is not None:
        check_columns(parties, PARTY_REQUIRED, tuple(PARTY_COLUMNS), "parties")
        party_part = located(parties, "parties")
    return finish(record_part, party_part, channels, clock, [], len(records), ())


def located(frame: pd.DataFrame, file: str, lines: Any = None) -> pd.DataFrame:
    """The frame with a fresh index and the source's place of each row."""
    fresh = frame.reset_index(drop=True)
    numbers = np.arange(1, len(fresh) + 1) if lines is None else lines
    return fresh.assign(_file=file, _line=numbers)


def check_columns(
    frame: pd.DataFrame, required: tuple[str, ...], known: tuple[str, ...], where: str
) -> None:
    """Refuse a table that lacks a required column, naming what it has and the nearest names."""
    problems = []
    names = [str(name) for name in frame.columns if not str(name).startswith("_")]
    for column in required:
        if column not in names:
            near = [found[0] for found in process.extract(column, names, limit=3, score_cutoff=50)]
            closest = say("；最接近的：", "; nearest: ") + ", ".join(near) if near else ""
            problems.append(Problem(
                where,
                say(f"缺少列 {column}；现有：", f"column {column} is missing; it has: ")
                + ", ".join(names) + closest,
                ", ".join(required),
                say("改列名，或在 channels.yaml 的 layouts 中写明对应关系",
                    "rename the column, or map it under layouts in channels.yaml"),
            ))  # fmt: skip
    if problems:
        raise DataError(problems)


def finish(
    records: pd.DataFrame,
    parties: pd.DataFrame | None,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None,
    bad: list[tuple[str, int, str, str, str]],
    rows_read: int,
    notes: tuple[str, ...],
) -> CanonicalTables:
    """Types, keys and times; what cannot be used goes to quarantine with its reason.

    ``parties`` may carry ``_record``: the index in ``records`` of its record.
    """
    clean = _typed(records, dict(RECORD_COLUMNS))
    reasons = _record_faults(records, clean, channels, clock)
    aside = list(bad) + _aside(records, clean["record_id"], reasons, "records")
    good = reasons == ""
    position = pd.Series(np.cumsum(good) - 1, index=records.index).where(good, -1)
    usable = clean[good].reset_index(drop=True)
    people = _typed(parties if parties is not None else pd.DataFrame(), dict(PARTY_COLUMNS))
    people["row"] = pd.Series(dtype="int64") if parties is None else 0
    if parties is not None and len(parties):
        if "_record" in parties:
            rows = position.to_numpy()[parties["_record"].to_numpy(dtype="int64")]
            people = people.assign(row=rows, _at=np.arange(len(people)))
            lost = rows < 0
            why = np.where(lost, say("所属记录被隔离", "its record is quarantined"), "")
        else:
            people, why = _attach(people, usable)
        source = parties.iloc[people["_at"].to_numpy()]
        aside += _aside(source, people["record_id"], why, "parties")
        people = people[why == ""].drop(columns="_at").reset_index(drop=True)
        keys = usable[["channel", "record_id"]].iloc[people["row"].to_numpy()]
        people = people.assign(**{name: keys[name].to_numpy() for name in keys})
        people = people.astype({"channel": TEXT, "record_id": TEXT})
    quarantine = pd.DataFrame(aside, columns=list(QUARANTINE_COLUMNS)).astype(
        {"file": TEXT, "line": "int64", "table": TEXT, "reason": TEXT, "content": TEXT}
    )
    return CanonicalTables(usable, people, quarantine, rows_read, notes)


def _typed(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Exactly these columns with their dtypes; what cannot be converted becomes missing."""
    made: dict[str, Any] = {}
    for column, kind in columns.items():
        if column not in frame.columns:
            made[column] = pd.Series(np.nan, index=frame.index).astype("object").astype(kind)  # type: ignore[call-overload]
        elif kind == MOMENT:
            made[column] = moments(frame[column])
        elif kind == TEXT:
            made[column] = texts(frame[column])
        else:
            numbers = pd.to_numeric(texts(frame[column]), errors="coerce").astype("float64")
            if kind == COUNT:
                whole = numbers.where((numbers % 1 == 0) & (numbers.abs() < 1e9))
                made[column] = whole.astype(COUNT)
            else:
                made[column] = numbers.where(numbers.abs() <= 180).astype(DEGREES)
    return pd.DataFrame(made, index=frame.index)


def texts(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Stripped text; the words for missing become missing, whole floats lose their ``.0``."""
    if values.dtype.kind == "f":
        values = values.map(lambda v: str(int(v)) if v % 1 == 0 else str(v), na_action="ignore")
    elif values.dtype == object:
        values = values.map(
            lambda v: str(int(v)) if isinstance(v, float) and v % 1 == 0 else str(v),
            na_action="ignore",
        )
    plain = values.astype(TEXT).str.strip()
    return plain.mask(plain.isin(MISSING_WORDS)).astype(TEXT)


def moments(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Local naive times; offsets are converted to Asia/Shanghai, what is no time is NaT."""
    if values.dtype.kind == "M":
        return values.astype(MOMENT)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        return pd.Series(values.dt.tz_convert(ZONE).dt.tz_localize(None).astype(MOMENT))
    plain = texts(values)
    # An Excel serial number: days since 1899-12-30, 1950 to 2100.
    serial = pd.to_numeric(plain, errors="coerce").astype("float64")
    serial = serial.where(serial.between(18264, 73415))
    shaped = plain.where(plain.str.match(_MOMENT).fillna(value=False).astype(bool))
    shaped = shaped.str.replace(
        r"^(\d{4})[/.年](\d{1,2})[/.月](\d{1,2})日?", r"\1-\2-\3", regex=True
    )
    offset = shaped.str.contains(r"(?:Z|:\d{2}[+-]\d{2}:?\d{2})$").fillna(value=False).astype(bool)
    result = pd.to_datetime(shaped.mask(offset), errors="coerce", format="mixed").astype(MOMENT)
    if offset.any():
        zoned = pd.to_datetime(shaped[offset], errors="coerce", format="mixed", utc=True)
        result[offset] = zoned.dt.tz_convert(ZONE).dt.tz_localize(None).astype(MOMENT)
    if serial.notna().any():
        days = pd.to_datetime(serial, unit="D", origin="1899-12-30").dt.round("s").astype(MOMENT)
        result = result.fillna(days)
    return result


def _record_faults(
    raw: pd.DataFrame,
    clean: pd.DataFrame,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None,
) -> Any:
    """The reason for each row that cannot be used, "" for the others."""
    reasons = np.full(len(clean), "", dtype=object)
    known = ", ".join(channels.channels)
    faults = [
        (clean["record_id"].isna(), say("record_id：没有编号", "record_id: none is given")),
        (
            ~clean["channel"].isin(list(channels.channels)),
            say(f"channel：未知渠道；已知：{known}；新渠道写入 channels.yaml 的 channels",
                f"channel: unknown; known: {known}; add a new one under channels in channels.yaml"),
        ),
        (clean["reported_at"].isna(), say("reported_at：不是可读的时间", "reported_at: no readable time")),
    ]  # fmt: skip
    if clock is not None:
        faults.append((clean["reported_at"] > clock, say("reported_at：晚于当前时间",
                                                         "reported_at: later than the clock")))  # fmt: skip
    for column in raw.columns.intersection(list(RECORD_COLUMNS)):
        if RECORD_COLUMNS[column] == TEXT:
            holds = clean[column].str.contains("\x00", regex=False).fillna(value=False)
            faults.append((holds.astype(bool), say(f"{column}：含有 NUL 字节",
                                                   f"{column}: holds a NUL byte")))  # fmt: skip
    for holds, reason in faults:
        mask = holds.to_numpy(dtype=bool) & (reasons == "")
        reasons[mask] = reason
    return reasons


def _aside(source: pd.DataFrame, ids: Any, reasons: Any, table: str) -> list[Any]:
    """Quarantine rows (file, line, table, reason, content); content is the record_id alone."""
    held = np.flatnonzero(reasons != "")
    return [
        (file, int(line), table, reason, "" if pd.isna(name) else str(name))
        for file, line, reason, name in zip(
            source["_file"].iloc[held], source["_line"].iloc[held], reasons[held],
            ids.iloc[held], strict=True,
        )
    ]  # fmt: skip


def _attach(people: pd.DataFrame, records: pd.DataFrame) -> tuple[pd.DataFrame, Any]:
    """Find each party's record by key; a party of several versions stands with each of them.

    Where the party's key itself is repeated, its k-th row goes with the record's k-th version.
    """
    people = people.drop(columns="row").assign(_at=np.arange(len(people)))
    keyed = records[["channel", "record_id"]].assign(row=np.arange(len(records)))
    keyed["_version"] = keyed.groupby(["channel", "record_id"]).cumcount()
    ids = keyed.drop_duplicates(["channel", "record_id"])
    several = set(ids["record_id"][ids["record_id"].duplicated()])
    only = ids[~ids["record_id"].isin(several)].set_index("record_id")["channel"]
    unclear = people["channel"].isna() & people["record_id"].isin(several)
    people["channel"] = people["channel"].fillna(people["record_id"].map(only)).astype(TEXT)
    key = ["channel", "record_id", "party_no"]
    groups = people.groupby(key, dropna=False)
    people = people.assign(_nth=groups.cumcount(), _of=groups["_at"].transform("size"))
    joined = people.merge(keyed, on=["channel", "record_id"], how="left")
    last = joined["_version"].groupby(joined["_at"]).transform("max")
    match = (joined["_of"] == 1) | joined["row"].isna() | (joined["_nth"] == joined["_version"])
    surplus = (joined["_nth"] > last) & (joined["_version"] == 0)
    joined = joined[match | surplus].reset_index(drop=True)
    over = surplus[match | surplus].to_numpy(dtype=bool) & (joined["_of"] > 1).to_numpy()
    why = np.full(len(joined), "", dtype=object)
    why[over] = say("party_no：同一记录中重复", "party_no: repeated in one record")
    why[joined["row"].isna().to_numpy()] = say("没有这条记录", "there is no such record")
    why[unclear.to_numpy()[joined["_at"].to_numpy()]] = say(
        "channel：编号在几个渠道中都有", "channel: the record_id is in several channels"
    )
    why[joined["party_no"].isna().to_numpy()] = say("party_no：没有", "party_no: none is given")
    joined["row"] = joined["row"].fillna(-1).astype("int64")
    return joined.drop(columns=["_nth", "_of", "_version"]), why
