"""What cannot be used, and why: rows set aside, and values that count as missing."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from warning.digits import starred
from warning.language import say
from warning.matching.standardise.counties import county_codes
from warning.matching.standardise.identifiers import identifiers
from warning.reading.guards import CELL_LIMIT
from warning.reading.values import CUT, texts
from warning.records import KEY_LIMIT, PARTY_KEY, RECORD_KEY, TEXT
from warning.settings.channels import ChannelsSettings

#: A row of the quarantine, in the order of its columns.
Fault = tuple[str, int, str, str, str, str, str]
#: What neither a frame nor a database keeps as text.
NO_TEXT = re.compile(r"[\x00\ud800-\udfff]")
#: Columns whose faulty value may be shown: none of them tells of a person.
SHOWN = frozenset({"channel", "reported_at", "party_no"})
#: Record numbers that may be people's.
_MOBILE = r"(?:(?:\+|00)?86[ -]?)?1[3-9][0-9](?:[ -]?[0-9]){8}"
_IDENTITY = r"[1-8](?:[ -]?[0-9]){16}[ -]?[0-9Xx]|[1-8][0-9]{14}"
#: The share of such numbers with the check digit of ID numbers above which they are some.
MOSTLY = 0.5
#: Columns of numbers beside the keys: one of which only the first digits are left would be that of many.
NUMBERS = ("duplicate_of", "grid_id", "id_number", "phone", "related_to", "village")


def nul_reason() -> str:
    """Why a value with a NUL byte, bytes that are no text, or half a surrogate pair is set aside."""
    return say(
        "含有 NUL 字节、不是 UTF-8 的字节或半个代理字符；应为文字；从来源重新导出",
        "holds a NUL byte, bytes that are not UTF-8, or half a surrogate pair; expected: text; "
        "export it again",
    )


def byte_reason(encoding: str) -> str:
    """Why a line with a byte that is no text in the file's encoding is set aside."""
    return say(
        f"含有不是 {encoding} 的字节；应为文字；从来源重新导出",
        f"holds a byte that is not {encoding}; expected: text; export it again",
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


def long_reason(most: int = CELL_LIMIT) -> str:
    """Why a row with a cell of more than so many characters is set aside."""
    return say(
        f"有超过 {most} 个字符的单元格；检查引号，或缩短后重新读入",
        f"a cell of more than {most} characters; check the quotes, or shorten it and load again",
    )


def beyond_reason(column: int) -> str:
    """Why a row with a value where the header has no name any more is set aside; from column 1."""
    return say(
        f"第 {column} 列有值，在最后一个有列名的列之后；检查列是否错位，或补上列名后重新读入",
        f"column {column} holds a value, beyond the last column with a name; see whether the "
        "columns are shifted, or name it, and load again",
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
        *_without_channel_word(raw, clean, channels),
        (~clean["channel"].isin(list(channels.channels)), "channel",
         say(f"未知渠道；应为：{known}；改正，或在 channels.yaml 的 channels 下添加",
             f"unknown; expected: {known}; correct it, or add it under channels in channels.yaml")),
        (clean["reported_at"].isna(), "reported_at",
         say("不是可读的时间；应为 YYYY-MM-DD HH:MM:SS（可带时差，如 +08:00）；改正后重新读入",
             "no readable time; expected: YYYY-MM-DD HH:MM:SS, also with an offset "
             "(+08:00); correct it and load again")),
    ]  # fmt: skip
    if clock is not None:
        faults.append((
            clean["reported_at"] > clock, "reported_at",
            say(f"晚于当前时间；应不晚于 {clock}；核对后重新读入",
                f"later than the clock; expected: {clock} or earlier; check it and load again"),
        ))  # fmt: skip
    faults += text_faults(clean, RECORD_KEY)
    for holds, column, reason in faults:
        mask = holds.to_numpy(dtype=bool) & (reasons == "")
        columns[mask], reasons[mask] = column, reason
    return columns, reasons


def _without_channel_word(
    raw: pd.DataFrame, clean: pd.DataFrame, channels: ChannelsSettings
) -> Iterator[tuple["pd.Series[bool]", str, str]]:
    """Which rows have none of the words by which their layout's column tells the channel."""
    for name, layout in channels.layouts.items():
        if layout.channel_column is None or "_channel_column" not in raw:
            continue
        read = (raw["_layout"] == name) & (raw["_channel_column"] == layout.channel_column)
        words = "、".join(layout.channel_words)
        yield read & clean["channel"].isna(), "channel", say(
            f"看不出是哪个渠道；应含其一：{words}；在 channels.yaml 的 layouts 下 {name} 的 channel_words 中"
            "写明这个词，或用 --channel 指明，或让文件名含渠道名，再重新读入",
            f"which channel it is cannot be seen; expected: one of {words}; add its word to "
            f"channel_words of {name} under layouts in channels.yaml, or name the channel by --channel "
            "or in the file's name, and load again",
        )  # fmt: skip


def text_faults(
    clean: pd.DataFrame, keys: tuple[str, ...]
) -> Iterator[tuple["pd.Series[bool]", str, str]]:
    """Which rows have a key or text that cannot stand, in which column, and why."""
    for key in keys:
        yield cut_short(clean[key]), key, say(
            "存为数字，后几位已丢失；应为完整的编号；在来源中把这一列存为文本后重新导出",
            "saved as a number, the last digits are lost; expected: the whole number; save the "
            "column as text and export it again",
        )  # fmt: skip
        yield (clean[key].str.len() > KEY_LIMIT).fillna(value=False).astype(bool), key, say(
            f"过长；应不超过 {KEY_LIMIT} 个字符；检查列是否错位，或缩短后重新读入",
            f"too long; expected: at most {KEY_LIMIT} characters; see whether the columns are "
            "shifted, or shorten it, and load again",
        )  # fmt: skip
    with_nul = nul_columns(clean)
    for column in with_nul.unique():
        if column:
            yield with_nul == column, column, nul_reason()


def cut_short(values: "pd.Series[Any]") -> "pd.Series[bool]":
    """Which texts are a number of which only the first digits are left."""
    return values.str.fullmatch(CUT).fillna(value=False).astype(bool)


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
        for file, own, count, line in _lost(raw[lost], column, channels):
            notes.append(
                say(
                    f"{file}：列 {own} 有 {count} 个值无法识别，按缺失处理（首个在第 {line} 行）",
                    f"{file}: {count} values of column {own} cannot be read and count as missing "
                    f"(the first in line {line})",
                )
            )
    return tuple(notes)


def no_counties(
    raw: pd.DataFrame,
    clean: pd.DataFrame,
    channels: ChannelsSettings,
    counties: Mapping[str, str],
) -> tuple[str, ...]:
    """A note for each file of county codes that are none: they are stored, and linking has no use."""
    written = clean["county_code"]
    none = written.notna() & county_codes(written, counties).isna()
    return tuple(
        say(
            f"{file}：列 {own} 有 {count} 个值不是县区（代码或名称），按缺失处理（首个在第 {line} 行）；"
            "名称应为 escalation.yaml 的 counties 中的一个",
            f"{file}: {count} values of column {own} are no county, neither code nor name, and count "
            f"as missing (the first in line {line}); expected: a name under counties in "
            "escalation.yaml",
        )
        for file, own, count, line in _lost(raw[none], "county_code", channels)
    )


def without_cut_numbers(
    raw: pd.DataFrame, clean: pd.DataFrame, channels: ChannelsSettings
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table without numbers of which only the first digits are left, and a note of them.

    Such a number outside of the keys counts as missing: it would be that of many, and of a rounded
    ID number every eleventh has a right check digit.
    """
    notes = []
    for column in (name for name in NUMBERS if name in clean):
        lost = cut_short(clean[column])
        if not lost.any():
            continue
        clean = clean.assign(**{column: clean[column].mask(lost)})
        for file, own, count, line in _lost(raw[lost], column, channels):
            notes.append(
                say(
                    f"{file}：列 {own} 有 {count} 个号码存为数字，后几位已丢失，按缺失处理"
                    f"（首个在第 {line} 行）；在来源中把这一列存为文本后重新导出",
                    f"{file}: {count} values of column {own} are saved as numbers, have lost their "
                    f"last digits and count as missing (the first in line {line}); save the column "
                    "as text and export it again",
                )
            )
    return clean, tuple(notes)


def numbers_as_keys(
    raw: pd.DataFrame, clean: pd.DataFrame, channels: ChannelsSettings
) -> tuple[str, ...]:
    """A note for each file whose record numbers look like people's: ID numbers or mobiles.

    Exports hide none of them, for tables are joined by them. Of numbers that only look like ID
    numbers (a county, a day, a count) one in eleven has their check digit: those are none. ID
    numbers of 15 digits have no check digit, and are not told from such numbers.
    """
    written = clean["record_id"]
    calls = written.str.fullmatch(_MOBILE).eq(True)
    shaped = written[written.str.fullmatch(_IDENTITY).eq(True)]
    valid = identifiers(shaped)["status"] == "valid"
    ids = pd.Series(False, index=written.index)
    ids[shaped.index] = valid.to_numpy() & (valid.mean() > MOSTLY)
    notes = []
    for file, own, count, _ in _lost(raw[calls | ids], "record_id", channels):
        notes.append(
            say(
                f"{file}：列 {own} 有 {count} 个记录编号像是完整的身份证号或手机号；记录编号在导出中不遮盖，"
                "请在来源中改用编号",
                f"{file}: {count} record numbers of column {own} look like whole ID numbers or mobile "
                "numbers; exports do not hide record numbers: give the records numbers of their own",
            )
        )
    return tuple(notes)


def _lost(
    rows: pd.DataFrame, column: str, channels: ChannelsSettings
) -> Iterator[tuple[str, str, int, int]]:
    """Of some rows of each file: its name, its own name of the column, their number, the first line."""
    for file, part in rows.groupby("_file", sort=True):
        own = _own_columns(part.iloc[:1], np.array([column]), channels)[0]
        yield str(file), own, len(part), int(part["_line"].iloc[0])


def set_aside(
    source: pd.DataFrame, ids: Any, columns: Any, reasons: Any, table: str,
    channels: ChannelsSettings,
) -> list[Fault]:  # fmt: skip
    """Quarantine rows; what was found is shown where it tells of nobody, without long numbers."""
    held = np.flatnonzero(reasons != "")
    rows = source.iloc[held]
    if "_channel_told" in rows:
        rows = rows.assign(channel=rows["channel"].fillna(rows["_channel_told"]))
    found = [
        _shown(rows[column].iloc[at], column) if column in rows else ""
        for at, column in enumerate(columns[held])
    ]
    own = _own_columns(rows, columns[held], channels)
    return [
        (file, int(line), column, table, seen, reason, _plain(name)[:KEY_LIMIT])
        for file, line, column, seen, reason, name in zip(
            rows["_file"], rows["_line"], own, found, reasons[held], ids.iloc[held], strict=True
        )
    ]  # fmt: skip


def _shown(value: Any, column: str) -> str:
    """What stood in a faulty cell, where it may be shown; of a key that is too long its length."""
    text = _plain(value)
    if column in PARTY_KEY and len(text) > KEY_LIMIT:
        return say(f"{len(text)} 个字符", f"{len(text)} characters")
    return starred(text)[:40] if column in SHOWN else ""


def _plain(value: Any) -> str:
    """A cell as text that can be stored; "" where it is missing."""
    if isinstance(value, bytes):
        return value.decode(errors="replace")
    return (
        ""
        if pd.api.types.is_scalar(value) and pd.isna(value)
        else NO_TEXT.sub("\ufffd", str(value))
    )


def _own_columns(rows: pd.DataFrame, columns: Any, channels: ChannelsSettings) -> list[str]:
    """The names that the file's own layout has for canonical columns."""
    layouts = rows["_layout"] if "_layout" in rows else [""] * len(rows)
    names = []
    read_from = rows["_channel_column"] if "_channel_column" in rows else [""] * len(rows)
    for column, layout, told_by in zip(columns, layouts, read_from, strict=True):
        if layout not in channels.layouts:  # a table in canonical columns
            names.append(column)
            continue
        own = channels.layouts[layout].columns.get(column, column)
        if column == "channel":
            own = told_by or own
        names.append(own if isinstance(own, str) else "/".join(own))
    return names
