"""Reading in and writing out: ``load``, ``export``, ``init``."""

import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    ConfigOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    console,
    existing_store,
    need_reason,
    note_access,
    print_json,
    print_table,
    settings_of,
    stages,
)
from warning.errors import Problem, RefusedError, UsageError
from warning.exporting import export_tables
from warning.language import say
from warning.loading import read_sources
from warning.moments import local_now
from warning.outputs import output_directory, written_in_words
from warning.settings import packaged_config
from warning.settings.strange_files import unread
from warning.store import LoadSummary, Store


def summary_line(summary: LoadSummary) -> str:
    """Rows in = stored + quarantined + repeats, as one line."""
    return say(
        f"读入 {summary.rows_read} 行 = 入库 {summary.stored}（其中新版本 {summary.versions}）"
        f" + 隔离 {summary.quarantined} + 完全重复 {summary.repeats}",
        f"{summary.rows_read} rows in = {summary.stored} stored ({summary.versions} new versions)"
        f" + {summary.quarantined} quarantined + {summary.repeats} exact repeats",
    )


def parties_line(summary: LoadSummary) -> str:
    """The same sum of the rows of parties."""
    return say(
        f"人员 {summary.parties_read} 行 = 入库 {summary.parties_stored}"
        f" + 隔离 {summary.parties_quarantined} + 重复 {summary.parties_repeats}",
        f"{summary.parties_read} party rows = {summary.parties_stored} stored"
        f" + {summary.parties_quarantined} quarantined + {summary.parties_repeats} repeats",
    )


def parties_notes(summary: LoadSummary) -> list[str]:
    """What new versions did to the parties of their records, where it was not what they said."""
    notes = []
    if summary.parties_kept:
        notes.append(say(
            f"新版本的来源没有人员表或人员列，沿用原版本的人员 {summary.parties_kept} 行",
            f"{summary.parties_kept} party rows kept from earlier versions: the source of the new "
            "ones has no table or columns of parties",
        ))  # fmt: skip
    if summary.without_parties:
        notes.append(say(
            f"{summary.without_parties} 条记录的新版本没有人员，原版本有：人员表须含有变动的记录的全部人员",
            f"{summary.without_parties} new versions name no party, where the version before did: "
            "a table of parties has to hold those of every record that is sent again",
        ))  # fmt: skip
    if summary.bare_after:
        notes.append(say(
            f"{summary.bare_after} 条记录已有报告时间更晚、没有人员的版本，以该版本为准：请连同人员再次读入该版本",
            f"{summary.bare_after} records have a version without parties that was reported later "
            "and loaded before; it stands: load that one again with its parties",
        ))  # fmt: skip
    return notes


def versions_notes(summary: LoadSummary) -> list[str]:
    """Where new versions say less than the ones before them, and repeats are not what stands."""
    notes = []
    if summary.texts_lost:
        notes.append(say(
            f"{summary.texts_lost} 条记录的新版本没有叙述、处理结果或地址，原版本有：检查文件的列；"
            "新版本须含有记录的全部内容",
            f"{summary.texts_lost} new versions have no narrative, outcome or address where the "
            "version before did: see which columns the file has; a version holds all of its record",
        ))  # fmt: skip
    if summary.repeats_of_old:
        notes.append(say(
            f"{summary.repeats_of_old} 条记录与较早版本相同，现行的是其后的版本：若应恢复较早的内容，"
            "请以新的报告时间再次报送",
            f"{summary.repeats_of_old} records repeat an earlier version, and a later one stands: "
            "where the earlier content holds again, send it with a new time of report",
        ))  # fmt: skip
    if summary.earlier_versions:
        notes.append(say(
            f"{summary.earlier_versions} 条记录的新版本的报告时间早于现行版本，已入库而未生效："
            "若应生效，请以不早于现行版本的报告时间再次报送",
            f"{summary.earlier_versions} records have a new version that was reported earlier than "
            "the one that stands; it is stored and does not hold: where it should, send it with a "
            "time of report no earlier than that",
        ))  # fmt: skip
    return notes


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "读入各渠道文件（CSV、XLSX、Parquet）或一条查询。例：warning load 接警单.csv 工单.xlsx；"
            "warning load 接警单.sql --database postgresql://主机/库 --channel 110",
            "Read the channels' files (CSV, XLSX, Parquet) or a query. Example: warning load "
            "calls.csv; warning load calls.sql --database postgresql://host/name --channel 110",
        )
    )
    def load(
        files: Annotated[list[Path], typer.Argument(help=say("文件", "files"))],
        channel: Annotated[
            str | None, typer.Option(help=say("文件的渠道（表头认不出时）", "the files' channel"))
        ] = None,
        parties: Annotated[
            Path | None, typer.Option(help=say("人员表文件", "the file of the parties table"))
        ] = None,
        database: Annotated[
            str | None,
            typer.Option(help=say(".sql 文件所查的数据库", "the database that a .sql file asks")),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        clock = local_now()
        with stages() as stage:
            tables = read_sources(
                files, parties, settings, channel, database, clock, progress=stage
            )
        with Store.open(store) as opened:
            note_access(opened, {"loaded_at": clock.isoformat()})
            names = ", ".join(path.name for path in files)
            summary = opened.load(tables, names, clock.to_pydatetime())
        if as_json:
            print_json({**asdict(summary), "quarantine": tables.quarantine})
            return
        for note in tables.notes:
            console.print(note)
        console.print(summary_line(summary))
        if summary.parties_read:
            console.print(parties_line(summary))
        for note in [*parties_notes(summary), *versions_notes(summary)]:
            console.print(note)
        if len(tables.quarantine):
            titles = {
                "file": say("文件", "file"),
                "line": say("行", "line"),
                "column": say("列", "column"),
                "found": say("所写", "found"),
                "reason": say("隔离原因", "reason"),
            }
            print_table(tables.quarantine, titles, most=20)

    @app.command(
        help=say(
            "导出结果表。例：warning export --out 导出 --format parquet",
            "Write the tables out. Example: warning export --out tables --format parquet",
        )
    )
    def export(
        out: Annotated[Path, typer.Option(help=say("目录", "directory"))],
        file_format: Annotated[str, typer.Option("--format", help="csv, parquet")] = "csv",
        people: Annotated[
            bool,
            typer.Option(
                help=say("另导出记录表和人员表（遮盖）", "also records and parties, masked")
            ),
        ] = False,
        unmasked: Annotated[
            bool, typer.Option(help=say("不遮盖姓名号码", "show names and numbers"))
        ] = False,
        reason: ReasonOption = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        if file_format not in {"csv", "parquet"}:
            raise UsageError(
                Problem(
                    "--format", file_format, "csv, parquet", say("改用其一", "name one of them")
                )
            )
        need_reason(unmasked=unmasked, reason=reason)
        with existing_store(store) as opened:
            written = export_tables(
                opened, out, file_format, people=people, unmasked=unmasked, noted_at=local_now(),
                settings=settings_of(config),
            )  # fmt: skip
        if as_json:
            print_json(written)
            return
        for name, rows in written.items():
            console.print(f"{out / name}.{file_format}  {rows}")

    @app.command(
        help=say(
            "复制一份默认配置供修改。例：warning init config",
            "Copy the default configuration for editing. Example: warning init config",
        )
    )
    def init(
        directory: Annotated[Path, typer.Argument(help=say("目录", "directory"))] = Path("config"),
    ) -> None:
        with written_in_words(directory):
            there = directory.exists()
        if there:
            raise RefusedError(
                Problem(
                    str(directory),
                    say("已经存在", "exists already"),
                    say("一个新目录", "a new directory"),
                    say("换一个名字，或先移走", "name another one, or move it away"),
                )
            )
        with output_directory(directory) as draft:
            _copy_defaults(draft)
        console.print(say(f"默认配置已复制到 {directory}", f"the defaults are in {directory}"))


def _copy_defaults(directory: Path) -> None:
    """Copy what a night reads of the packaged configuration; whoever copies may edit it.

    The package's own files may be closed to writing: their permissions are not copied.
    """
    packaged = packaged_config()
    for folder, _, names in os.walk(packaged):
        copies = directory / Path(folder).relative_to(packaged)
        copies.mkdir(exist_ok=True)
        for name in sorted({*names} - {*unread(folder, names)}):
            shutil.copyfile(Path(folder, name), copies / name)
