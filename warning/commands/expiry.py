"""Data whose time is over, and the impact assessment: ``retention``, ``assessment``."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    ConfigOption,
    JsonOption,
    StoreOption,
    console,
    existing_store,
    print_facts,
    print_json,
    say_undone,
    settings_of,
    tell_uncleaned,
)
from warning.language import say
from warning.moments import local_now
from warning.outputs import write_output


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "按 retention.yaml 彻底删除到期的数据；--dry-run 只统计并列出文件。例：warning retention --dry-run",
            "Really delete what has expired by retention.yaml; --dry-run counts and lists files. "
            "Example: warning retention --dry-run",
        )
    )
    def retention(
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help=say("只统计，不删除", "count, delete nothing"))
        ] = False,
        clock_is_right: Annotated[
            bool,
            typer.Option(
                "--clock-is-right",
                help=say(
                    "时钟无误：即使夜间运行已停多日，也删除",
                    "the clock is right: delete though the last night is long ago",
                ),
            ),
        ] = False,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        from warning.due_nights import check_clock, last_night
        from warning.keeping.retention import purge

        settings, now = settings_of(config), local_now()
        with existing_store(store) as opened:
            if not dry_run and not clock_is_right:
                anyhow = "warning retention --clock-is-right"
                check_clock(settings, last_night(opened), now, anyhow=anyhow)
            done = purge(opened, settings, now, only_count=dry_run)
        if as_json:
            print_json(asdict(done))
        else:
            print_facts([*done.rows.items(), *done.files.items()])
            print_facts(
                [(say("因案件未结保留的记录", "kept for open cases"), done.kept_for_open_cases)]
            )
            for path in done.paths if dry_run else ():
                console.print(say(f"将删除 {path}", f"would be deleted: {path}"))
        for path in done.no_backups:
            say_undone(
                say(f"未删除 {path}：已到期，但不是可读的备份（已损坏，或是他人的文件）；请自行处理",
                    f"left: {path}: its time is over, but it is no readable backup (damaged, or "
                    "somebody else's); see to it yourself")
            )  # fmt: skip
        for path, why in done.undeleted.items():
            say_undone(say(f"无法删除 {path}（{why}）", f"could not be deleted: {path} ({why})"))
        tell_uncleaned(done.uncleaned)
        if done.undeleted:
            raise typer.Exit(1)

    @app.command(
        help=say(
            "生成个人信息保护影响评估报告（Word）。例：warning assessment --out 评估.docx",
            "Write the impact assessment (PIPL 55, 56; Word). "
            "Example: warning assessment --out assessment.docx",
        )
    )
    def assessment(
        out: Annotated[Path, typer.Option(help=say("文件", "file"))],
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        # Imported here because it brings in the Word library.
        from warning.keeping.assessment import assessment as written

        settings = settings_of(config)
        with existing_store(store) as opened:
            content = written(opened, settings, local_now())
        write_output(out, content)
        console.print(say(f"评估报告已写入 {out}", f"the assessment is in {out}"))
