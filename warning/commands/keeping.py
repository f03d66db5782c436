"""Keeping it running: ``health``, ``backup``, ``restore``, ``keys``, ``audit``."""

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
    settings_of,
)
from warning.keeping.health import health_of, write_metrics
from warning.language import say
from warning.nightly import local_now


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "每夜是否正常运行：最近成功、延迟、失败；有问题退出码为 1。例：warning health --json",
            "Is the night running: last success, lag, failures; exits 1 if not. "
            "Example: warning health --json",
        )
    )
    def health(
        metrics: Annotated[
            Path | None,
            typer.Option(help=say("写出 Prometheus 指标文件", "write Prometheus' metrics file")),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            state = health_of(opened, settings, local_now())
        if metrics:
            write_metrics(state, metrics)
        if as_json:
            print_json(state.as_dict())
        else:
            print_facts(
                [
                    (say("最近一夜", "last night"), state.last_as_of),
                    (say("完成于", "done at"), state.last_success),
                    (say("延迟（小时）", "lag (hours)"), state.lag_hours),
                    (say("最近退出码", "last exit code"), state.last_exit_code),
                    (say("七天内失败次数", "failed in seven days"), state.failed_attempts),
                    (say("用时（秒）", "seconds"), state.seconds),
                    (say("内存峰值（MiB）", "peak memory (MiB)"), state.peak_memory_mb),
                    (say("隔离的行", "rows in quarantine"), state.quarantined),
                ]
            )
            for fault in state.faults:
                console.print("! " + fault, markup=False)
            if not state.faults:
                console.print(say("一切正常", "all is well"))
        if state.faults:
            raise typer.Exit(1)
