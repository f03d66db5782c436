"""Sources in the channels' own columns or canonical ones → one pair of canonical tables."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path

import numpy as np
import pandas as pd
from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from warning.database_url import parsed
from warning.language import say
from warning.reading.canonical import (
    check_columns,
    finish,
    known_columns,
    located,
    with_unread,
)
from warning.reading.files import read_tables, without_long_cells
from warning.reading.headers import Unread, texts_lacking, unread_columns
from warning.reading.quarantine import Fault
from warning.reading.raw import RawTable, check_header, refusal, shown
from warning.reading.values import days_of_1904, texts
from warning.records import (
    MOMENT,
    PARTY_COLUMNS,
    PARTY_REQUIRED,
    RECORD_COLUMNS,
    RECORD_REQUIRED,
    CanonicalTables,
)
from warning.settings.channels import CHANNEL_COLUMNS, ChannelsSettings, Layout


def read_records(
    sources: Sequence[str | Path],
    channels: ChannelsSettings,
    channel: str | None = None,
    parties: str | Path | None = None,
    *,
    clock: pd.Timestamp,
    counties: Mapping[str, str] | None = None,
    progress: Callable[[str], None] | None = None,
) -> CanonicalTables:
    """Read files in the channels' own columns, or canonical ones, into the canonical tables.

    Args:
        sources: CSV, XLSX or Parquet files.
        channels: layouts and known channels.
        channel: the channel of all files, where they do not say it.
        parties: a canonical parties table that belongs to the records.
        clock: local time now; records reported later are quarantined.
        counties: code → name; what is no county is noted. None: no such check.
        progress: is told each file as it is read.

    Raises:
        DataError: a file that cannot be read, a required column missing, an unknown channel.
    """
    tables: list[RawTable] = []
    for source in sources:
        if progress is not None:
            progress(say(f"读入 {Path(source).name}", f"reading {Path(source).name}"))
        tables += read_tables(Path(source))
    extra = read_tables(Path(parties)) if parties is not None else []
    return combine(tables, extra, channels, channel, clock, counties)


def read_frames(
    records: pd.DataFrame,
    parties: pd.DataFrame | None,
    channels: ChannelsSettings,
    channel: str | None = None,
    *,
    clock: pd.Timestamp,
    counties: Mapping[str, str] | None = None,
) -> CanonicalTables:
    """Frames in canonical columns, or the channels' own, as files with these columns are.

    Args:
        records: one row a report.
        parties: a canonical parties table that belongs to the records, or None.
        channels, channel, clock, counties: as for :func:`read_records`.

    Raises:
        DataError: a required column missing or named twice, an unknown channel.
    """
    tables = []
    for name, frame in (("records", records), ("parties", parties)):
        if frame is not None:
            check_header([str(column) for column in frame.columns], name)
            tables.append(RawTable(name, frame, np.arange(1, len(frame) + 1)))
    given = {*records.columns, *(["channel"] if channel is not None else [])}
    tables[0].canonical = given.issuperset(RECORD_REQUIRED)
    return combine(tables[:1], tables[1:], channels, channel, clock, counties)


def read_query(
    url: str,
    sql: str,
    channels: ChannelsSettings,
    channel: str | None = None,
    *,
    clock: pd.Timestamp,
    counties: Mapping[str, str] | None = None,
) -> CanonicalTables:
    """The rows of the user's own SELECT, as of a file with these columns; never commits.

    Args:
        url: SQLAlchemy URL of the database.
        sql: one SELECT, run as it is written.
        channels, channel, clock, counties: as for :func:`read_records`.

    Raises:
        DataError: the database or the query fails.
    """
    # A colon before a word would be a parameter; the user's text has none.
    written = text(re.sub(r"(?<!:):(?=\w)", r"\:", sql))
    try:
        engine = create_engine(parsed(url))
        try:
            with engine.connect() as connection:
                result = connection.execute(written)
                check_header(list(result.keys()), "SQL")
                rows = [tuple(row) for row in result]
                # As the database gave them: a column of floats would cut the ends of long ids.
                frame = pd.DataFrame(rows, columns=list(result.keys()), dtype="object")
                connection.rollback()
        finally:
            # A query that fails leaves its connection in the pool, which nobody else closes.
            engine.dispose()
    except (SQLAlchemyError, ImportError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise refusal(
            "SQL", reason, say("一条可执行的查询", "a SELECT that runs"),
            say("检查数据库地址与查询", "check the database's URL and the query"),
        ) from error  # fmt: skip
    table = RawTable("SQL", frame, np.arange(1, len(frame) + 1))
    return combine([table], [], channels, channel, clock, counties)


def combine(
    tables: Sequence[RawTable],
    parties: Sequence[RawTable],
    channels: ChannelsSettings,
    channel: str | None,
    clock: pd.Timestamp,
    counties: Mapping[str, str] | None,
) -> CanonicalTables:
    """Map every table, put them together, and finish them as one."""
    if channel is not None and channel not in channels.channels:
        raise refusal(
            channel, say("未知渠道", "an unknown channel"), ", ".join(channels.channels),
            say(f"在 channels.yaml 的 channels 下写一行 {channel}: {{}}",
                f"write a line {channel}: {{}} under channels in channels.yaml"),
        )  # fmt: skip
    records: list[pd.DataFrame] = []
    people: list[pd.DataFrame] = []
    bad: list[Fault] = []
    notes: list[str] = []
    unread: list[Unread] = []
    start = 0
    for raw in tables:
        table = without_long_cells(raw)
        mapped, named = _mapped(table, channels, channel)
        if table.from_1904:
            times = [
                name for name, kind in RECORD_COLUMNS.items() if kind == MOMENT and name in mapped
            ]
            mapped = mapped.assign(**{name: days_of_1904(mapped[name]) for name in times})
        unread.append(_unread(table, channels, channel))
        records.append(mapped)
        people += [part.assign(_record=part["_record"] + start) for part in named]
        start += len(mapped)
        bad += _bad_lines(table, "records")
        notes += table.notes
    rows_read = start + len(bad)
    every = pd.concat(records, ignore_index=True) if records else pd.DataFrame()
    own = pd.concat(people, ignore_index=True) if people else None
    parties = [without_long_cells(table) for table in parties]
    for table in parties:
        check_columns(table.frame, PARTY_REQUIRED, table.name)
        unread.append(unread_columns(table.name, table.frame, PARTY_COLUMNS))
        bad += _bad_lines(table, "parties")
        notes += table.notes
    if parties:
        if own is not None:
            raise refusal(
                parties[0].name,
                say("记录文件自带当事人列", "the records' files name their own parties"),
                say("只有一种来源", "one of the two"),
                say("分两次读入", "load them separately"),
            )  # fmt: skip
        every_party = [located(known_columns(one.frame, PARTY_COLUMNS), one.name, one.lines)
                       for one in parties]  # fmt: skip
        own = pd.concat(every_party, ignore_index=True)
    made = finish(every, own, channels, clock, bad, rows_read, tuple(notes), counties)
    return with_unread(made, unread)


def _unread(table: RawTable, channels: ChannelsSettings, channel: str | None) -> Unread:
    """What of the columns of a table of records is not read."""
    name = _layout(table, channels, channel)
    if name is None:
        return unread_columns(table.name, table.frame, RECORD_COLUMNS)
    layout = channels.layouts[name]
    told = table.frame.drop(columns=list(layout.ignored_columns), errors="ignore")
    return unread_columns(table.name, told, layout.own_columns(), texts_lacking(layout, told))


def _bad_lines(table: RawTable, name: str) -> list[Fault]:
    """Lines that could not be split into fields, as rows of the quarantine."""
    return [(table.name, line, "", name, "", why, "") for line, why in table.bad]


def _layout(table: RawTable, channels: ChannelsSettings, channel: str | None) -> str | None:
    """The name of the layout whose header columns the table has; of several the one that asks for most."""
    return None if table.canonical else _recognised(set(table.frame.columns), channels, channel)


def _recognised(have: Set[str], channels: ChannelsSettings, channel: str | None) -> str | None:
    """The name of the layout whose header columns are among these."""
    fitting = {
        name: len(layout.recognised_by)
        for name, layout in channels.layouts.items()
        if have >= set(layout.recognised_by) and (channel is None or channel in layout.channels)
    }
    return max(fitting, key=fitting.__getitem__, default=None)


def _required(
    raw: pd.DataFrame, channels: ChannelsSettings, channel: str | None
) -> tuple[str, ...]:
    """The columns that a table of no layout must have: the canonical ones, or a layout's.

    Of a layout where it has one of the columns by which that is recognised, and no canonical table.
    """
    have = set(raw.columns)
    for layout in channels.layouts.values():
        fits = channel is None or channel in layout.channels
        if fits and have & set(layout.recognised_by) and not have.issuperset(RECORD_REQUIRED):
            return layout.recognised_by
    return RECORD_REQUIRED


def _check_header_is_first(
    table: RawTable, required: tuple[str, ...], channels: ChannelsSettings, channel: str | None
) -> None:
    """Refuse a table without the required columns whose header stands below, or in another sheet.

    Raises:
        DataError: it does.
    """
    if not set(required).difference(table.frame.columns):
        return
    wanted = {*RECORD_REQUIRED} - ({"channel"} if channel is not None else set())
    for head in table.heads:
        if wanted <= head.names or _recognised(head.names, channels, channel):
            break
    else:
        return
    if head.sheet:
        sheet = shown([head.sheet], 1)
        raise refusal(
            table.name,
            say(f"第一张有内容的工作表没有表头；表头像是在工作表 {sheet} 的第 {head.line} 行",
                "the first sheet that holds anything has no header; it seems to stand in line "
                f"{head.line} of the sheet {sheet}"),
            say("第一张工作表的首行是表头", "the header in the first line of the first sheet"),
            say("把该工作表移到最前，其表头之上不留文字",
                "put that sheet first, with nothing above its header"),
            "header_in_sheet",
        )  # fmt: skip
    raise refusal(
        table.name,
        say(f"表头不在首行；像是在第 {head.line} 行",
            f"the header does not come first; it seems to stand in line {head.line}"),
        say("首行是表头", "the header in the first line"),
        say("删去其上各行（标题、说明）", "delete the lines above it (a title, remarks)"),
        "header_below",
    )  # fmt: skip


def _mapped(
    table: RawTable, channels: ChannelsSettings, channel: str | None
) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    """Records on canonical columns, and the parties of wide rows, group by group."""
    raw = table.frame.reset_index(drop=True)
    name = _layout(table, channels, channel)
    if name is None:
        if channel is not None:
            raw = _with_channel(table, raw, channel)
        required = _required(raw, channels, channel)
        _check_header_is_first(table, required, channels, channel)
        check_columns(raw, required, table.name)
        return located(known_columns(raw, RECORD_COLUMNS), table.name, table.lines), []
    layout = channels.layouts[name]
    which, read_from = _channel_of(table, raw, layout, channel)
    made = pd.DataFrame({"channel": which}, index=raw.index)
    for to, own in layout.columns.items():
        sources = [column for column in ((own,) if isinstance(own, str) else own) if column in raw]
        for column in sources:
            if RECORD_COLUMNS[to] == "datetime64[us]":
                made[to] = raw[column]
                break
            values = texts(raw[column])
            made[to] = made[to].fillna(values) if to in made else values
    if "record_id" not in made or "reported_at" not in made:
        check_columns(made, RECORD_REQUIRED, table.name)
    groups = []
    for number, group in enumerate(layout.parties, 1):
        columns = {to: texts(raw[own]) for to, own in group.columns.items() if own in raw}
        part = pd.DataFrame(columns, index=raw.index)
        named = part.notna().any(axis=1)
        if not named.any():
            continue
        part = located(
            part[named].assign(
                channel=made["channel"], record_id=made["record_id"], party_no=str(number),
                role=group.role, _record=np.flatnonzero(named.to_numpy()),
            ),
            table.name, table.lines[named.to_numpy()],
        )  # fmt: skip
        groups.append(part)
    tells = any(column in raw for group in layout.parties for column in group.columns.values())
    made = made.assign(_layout=name, _named=tells, _channel_column=read_from)
    if read_from:
        made["_channel_told"] = texts(raw[read_from])
    return located(made, table.name, table.lines), groups


def _with_channel(table: RawTable, raw: pd.DataFrame, channel: str) -> pd.DataFrame:
    """A canonical table with the channel that was asked for, where its rows say none."""
    if "channel" not in raw:
        return raw.assign(channel=channel)
    said = texts(raw["channel"])
    _note_other_channels(table, said, "channel", channel, stands=True)
    return raw.assign(channel=said.fillna(channel))


def _note_other_channels(
    table: RawTable, said: "pd.Series[str]", column: str, channel: str, *, stands: bool
) -> None:
    """Note rows that say another channel than was asked for, and whether what they say stands."""
    others = (said.notna() & (said != channel)).to_numpy(dtype=bool)
    if not others.any():
        return
    count, line = int(others.sum()), int(table.lines[others][0])
    holds = column if stands else "--channel"
    table.notes.append(
        say(f"{table.name}：列 {column} 有 {count} 行所写的渠道不是 {channel}"
            f"（首个在第 {line} 行），以 {holds} 为准",
            f"{table.name}: column {column} says another channel than {channel} in {count} rows "
            f"(the first in line {line}); {holds} counts")
    )  # fmt: skip


def _channel_of(
    table: RawTable, raw: pd.DataFrame, layout: Layout, channel: str | None
) -> tuple["pd.Series[str] | str", str]:
    """The channel of each row: as asked, as the row says, by the file's name, by a word.

    And the column that tells it; "" where none does.
    """
    if channel is not None:
        for column in CHANNEL_COLUMNS:
            if column in raw:
                _note_other_channels(table, texts(raw[column]), column, channel, stands=False)
        return channel, ""
    for column in CHANNEL_COLUMNS:
        if column in raw:
            return texts(raw[column]), column
    if len(layout.channels) == 1:
        return layout.channels[0], ""
    stem = Path(table.name).stem
    named = [name for name in layout.channels if name in stem]
    if len(named) == 1:
        return named[0], ""
    if layout.channel_column is not None and layout.channel_column in raw:
        said = texts(raw[layout.channel_column])
        result = pd.Series(np.nan, index=raw.index).astype("str")
        for word, name in layout.channel_words.items():
            hit = said.str.contains(word, regex=False).fillna(value=False).astype(bool)
            result = result.mask(hit & result.isna(), name)
        return result, layout.channel_column
    raise refusal(
        table.name, say("看不出是哪个渠道", "which channel it is cannot be seen"),
        ", ".join(layout.channels),
        say("用 --channel 指明，或让文件名含渠道名", "name it by --channel or in the file's name"),
        "channel_unknown",
    )  # fmt: skip
