"""What cannot be used, and why: rows set aside, and values that count as missing."""

import re
from typing import Any

import numpy as np
import pandas as pd

from warning.digits import starred
from warning.language import say
from warning.reading.guards import CELL_LIMIT
from warning.reading.values import texts
from warning.records import TEXT
from warning.settings.channels import ChannelsSettings

#: A row of the quarantine, in the order of its columns.
Fault = tuple[str, int, str, str, str, str, str]
#: What neither a frame nor a database keeps as text.
NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
#: Columns whose faulty value may be shown: none of them tells of a person.
SHOWN = frozenset({"channel", "reported_at", "party_no"})


def nul_reason() -> str:
    """Why a value with a NUL byte, or with half a surrogate pair, is set aside."""
    return say(
        "含有 NUL 字节或半个代理字符；应为文字；从来源重新导出",
        "holds a NUL byte or half a surrogate pair; expected: text; export it again",
    )


def byte_reason() -> str:
    """Why a line with a byte that is no text is set aside."""
    return say(
        "含有不是 UTF-8 的字节；应为文字；从来源重新导出",
        "holds a byte that is not UTF-8; expected: text; export it again",
    )


def quote_reason(first: int, last: int) -> str:
    """Why a line with a quote that nothing closes is set aside, or all until the file's end."""
    if first == last:
        return say(
            "引号没有在字段末尾闭合；检查引号后重新读入",
            "a quote that is not closed at its field's end; check the quotes and load again",
        )
    return say(
        f"未闭合的引号过多，第 {first} 至 {last} 行都没有读入；检查引号后重新读入",
        f"too many quotes that nothing closes: lines {first} to {last} were not read; check the "
        "quotes and load again",
    )


def long_reason() -> str:
    """Why a row with a cell too long is set aside."""
    return say(
        f"有超过 {CELL_LIMIT} 个字符的单元格；检查引号，或缩短后重新读入",
        f"a cell of more than {CELL_LIMIT} characters; check the quotes, or shorten it and load again",
    )


def record_faults(
    raw: pd.DataFrame,
    clean: pd.DataFrame,
    channels: ChannelsSettings,
    clock: pd.Timestamp | None,
) -> tuple[Any, Any]:
    """The column and the reason for each row that cannot be used, "" for the others."""
    columns = np.full(len(clean), "", dtype=object)
    reasons = columns.copy()
    known = "、".join(channels.channels)
    faults = [
        (clean["record_id"].isna(), "record_id",
         say("没有编号；应为渠道内唯一的编号；补上后重新读入",
             "none is given; expected: an id unique in its channel; add it and load again")),
        (~clean["channel"].isin(list(channels.channels)), "channel",
         say(f"未知渠道；应为：{known}；改正，或在 channels.yaml 的 channels 下添加",
             f"unknown; expected: {known}; correct it, or add it under channels in channels.yaml")),
        (clean["reported_at"].isna(), "reported_at",
         say("不是可读的时间；应为 YYYY-MM-DD HH:MM:SS；改正后重新读入",
             "no readable time; expected: YYYY-MM-DD HH:MM:SS; correct it and load again")),
    ]  # fmt: skip
    if clock is not None:
        faults.append((
            clean["reported_at"] > clock, "reported_at",
            say(f"晚于当前时间；应不晚于 {clock}；核对后重新读入",
                f"later than the clock; expected: {clock} or earlier; check it and load again"),
        ))  # fmt: skip
    with_nul = nul_columns(clean)
    faults += [(with_nul == column, column, nul_reason()) for column in with_nul.unique() if column]
    for holds, column, reason in faults:
        mask = holds.to_numpy(dtype=bool) & (reasons == "")
        columns[mask], reasons[mask] = column, reason
    return columns, reasons


def nul_columns(clean: pd.DataFrame) -> "pd.Series[Any]":
    """Of each row the first text column that holds a NUL byte, which no text of a store does; ""."""
    found = pd.Series("", clean.index, dtype="object")
    for column in clean.columns[clean.dtypes == TEXT]:
        holds = clean[column].str.contains("\x00", regex=False).fillna(value=False).astype(bool)
        found = found.mask(holds & (found == ""), column)
    return found


def unreadable(
    raw: pd.DataFrame, clean: pd.DataFrame, channels: ChannelsSettings, required: tuple[str, ...]
) -> tuple[str, ...]:
    """A note for each file and optional column whose values could not be read.

    Such a value counts as missing and its row is kept; nothing becomes missing in silence.
    """
    notes = []
    for column in clean.columns.intersection(raw.columns):
        if column in required or clean[column].dtype == TEXT:
            continue
        written = raw[column] if raw[column].dtype.kind == "M" else texts(raw[column])
        lost = written.notna() & clean[column].isna()
        for file, rows in raw[lost].groupby("_file", sort=True):
            own = _own_columns(rows.iloc[:1], np.array([column]), channels)[0]
            notes.append(
                say(
                    f"{file}：列 {own} 有 {len(rows)} 个值无法识别，按缺失处理"
                    f"（首个在第 {rows['_line'].iloc[0]} 行）",
                    f"{file}: {len(rows)} values of column {own} cannot be read and count as "
                    f"missing (the first in line {rows['_line'].iloc[0]})",
                )
            )
    return tuple(notes)


def set_aside(
    source: pd.DataFrame, ids: Any, columns: Any, reasons: Any, table: str,
    channels: ChannelsSettings,
) -> list[Fault]:  # fmt: skip
    """Quarantine rows; what was found is shown where it tells of nobody, without long numbers."""
    held = np.flatnonzero(reasons != "")
    rows = source.iloc[held]
    found = [
        NO_TEXT.sub("\ufffd", starred(str(rows[column].iloc[at])))[:40]
        if column in SHOWN and column in rows and not pd.isna(rows[column].iloc[at]) else ""
        for at, column in enumerate(columns[held])
    ]  # fmt: skip
    own = _own_columns(rows, columns[held], channels)
    return [
        (file, int(line), column, table, seen, reason, "" if pd.isna(name) else NO_TEXT.sub("\ufffd", name))
        for file, line, column, seen, reason, name in zip(
            rows["_file"], rows["_line"], own, found, reasons[held], ids.iloc[held], strict=True
        )
    ]  # fmt: skip


def _own_columns(rows: pd.DataFrame, columns: Any, channels: ChannelsSettings) -> list[str]:
    """The names that the file's own layout has for canonical columns."""
    layouts = rows["_layout"] if "_layout" in rows else [""] * len(rows)
    names = []
    for column, layout in zip(columns, layouts, strict=True):
        own = channels.layouts[layout].columns.get(column, column) if layout else column
        names.append(own if isinstance(own, str) else "/".join(own))
    return names
