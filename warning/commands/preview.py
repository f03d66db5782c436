"""Trying other settings out: ``preview``."""

from collections.abc import Mapping
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
    print_json,
    print_table,
    settings_of,
    shown,
)
from warning.language import say
from warning.outputs import write_outputs
from warning.previewing import preview_night
from warning.report.preview_page import Preview, other_model_sentence, preview_page


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "换一套阈值，最近一夜和以往各夜会怎样。例：warning preview --config 试验配置"
            " --nights 12 --out 预览",
            "What the last night and past ones would be under other settings. "
            "Example: warning preview --config trial --nights 12 --out preview",
        )
    )
    def preview(
        config: ConfigOption = None,
        baseline: Annotated[
            Path | None, typer.Option(help=say("作比较的配置", "the configuration beside it"))
        ] = None,
        nights: Annotated[
            int, typer.Option(min=1, help=say("回看几夜，每夜相隔一周", "nights, a week apart"))
        ] = 1,
        store: StoreOption = DEFAULT_STORE,
        out: Annotated[
            Path | None,
            typer.Option(
                help=say("目录：写入网页 preview.html 和变动表 preview.csv",
                         "directory for preview.html and preview.csv")
            ),
        ] = None,
        as_json: JsonOption = False,
    ) -> None:  # fmt: skip
        ours, trial = settings_of(baseline), settings_of(config)
        with existing_store(store) as opened:
            result = preview_night(opened, ours, trial, nights)
        if out is not None:
            page = preview_page(result, dict(ours.escalation.counties))
            moves = result.moves if len(result.nights) else result.moved
            table = moves.to_csv(index=False).encode("utf-8-sig")
            write_outputs({out / "preview.html": page, out / "preview.csv": table})
        if as_json:
            print_json(
                {
                    "tiers": result.tiers,
                    "counties": result.counties,
                    "moved": result.moved,
                    "nights": result.nights,
                    "outcomes": result.outcomes,
                    "night_model_hash": result.night_model,
                    "model_hash": result.model,
                }
            )
            return
        _show(result, ours.escalation.counties)
        if out is not None:
            told = say(f"网页和变动表已写入 {out}", f"the page and the table are in {out}")
            console.print(told)


def _show(result: Preview, names: Mapping[str, str]) -> None:
    console.print(shown(result.as_of))
    if told := other_model_sentence(result):
        console.print("! " + told)
    columns = {
        "tier": say("等级", "tier"),
        "today": say("现行", "today"),
        "preview": say("试验", "preview"),
    }
    print_table(result.tiers, columns)
    counties = {
        "county_code": say("县区", "county"),
        "letters_today": say("函件·现行", "letters today"),
        "letters_preview": say("函件·试验", "letters preview"),
        "task_forces_today": say("专班·现行", "task forces today"),
        "task_forces_preview": say("专班·试验", "task forces preview"),
    }
    print_table(result.counties.replace({"county_code": dict(names)}), counties)
    moved = {
        "case_id": say("系列", "case"),
        "today": say("现行", "today"),
        "preview": say("试验", "preview"),
        "reasons": say("理由", "reasons"),
    }
    print_table(result.moved, moved, most=20)
    if len(result.outcomes):
        console.print(say("以往各夜之后实际发生的事", "what happened after past nights"))
        outcomes = {
            "setting": say("配置", "settings"),
            "tier": say("等级", "tier"),
            "cases": say("系列次", "cases"),
            "precision": say("精度", "precision"),
            "recall": say("召回", "recall"),
            "lead_days": say("提前天数", "lead days"),
        }
        codes = {
            "setting": {"today": say("现行", "today"), "preview": say("试验", "preview")},
            "tier": {"any": say("蓝色及以上", "blue and above")},
        }
        print_table(result.outcomes.replace(codes), outcomes)
        if result.outcomes["recall"].isna().all():
            console.print(
                say(
                    "这些夜晚之后没有再次发生：召回无从计算",
                    "nothing recurred: there was nothing to recall",
                )
            )
