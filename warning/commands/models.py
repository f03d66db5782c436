"""The scoring model: ``train`` on the store's own history, ``backtest`` on later time."""

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
)
from warning.errors import Problem, UsageError
from warning.language import say
from warning.moments import parse_moment
from warning.outputs import write_output
from warning.proving import end_of_history, end_of_training, prove, train_on
from warning.report.backtest_page import BacktestPage, backtest_page, conclusions, model_names
from warning.scoring.backtest import Backtest

KINDS = ("default", "gamma_poisson", "decayed_count", "boosted")
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help=say(
            "YYYY-MM-DD；不写则到最后一次报告为止", "YYYY-MM-DD; else up to the store's last report"
        ),
    ),
]
TrainAsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        help=say(
            "YYYY-MM-DD；不写则到最近一夜为止，还没有运行过则到最后一次报告为止",
            "YYYY-MM-DD; else up to the last night, before the first up to the last report",
        ),
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "用存储自己的历史训练评分模型。例：warning train --as-of 2024-12-31",
            "Fit the scoring model on the store's own history. Example: warning train",
        )
    )
    def train(
        as_of: TrainAsOfOption = None,
        out: Annotated[Path, typer.Option(help=say("模型文件", "model file"))] = Path(
            "models/champion.json"
        ),
        kind: Annotated[
            str, typer.Option(help=say("模型种类：", "kind of model: ") + ", ".join(KINDS))
        ] = "default",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        if kind not in KINDS:
            raise UsageError(Problem("--kind", kind, ", ".join(KINDS)))
        settings, moment = settings_of(config), parse_moment(as_of)
        with existing_store(store) as opened:
            moment = moment if as_of else end_of_training(opened, moment)
            choice = train_on(opened, settings, moment, out, kind)
        if as_json:
            print_json(
                {
                    "file": str(out),
                    "hash": choice.model.hash,
                    "replaced": choice.replaces,
                    "reason": choice.reason,
                }
            )
            return
        console.print(choice.reason)
        if choice.replaces:
            card = out.with_suffix(".card.md")
            console.print(
                say(
                    f"模型已写入 {out}，说明卡见 {card}", f"the model is in {out}, its card {card}"
                ),
            )
            console.print(choice.model.card)

    @app.command(
        help=say(
            "在较晚的时间上检验模型。例：warning backtest --dates 12",
            "Prove the model on later time. Example: warning backtest --dates 12 --out page.html",
        )
    )
    def backtest(
        as_of: AsOfOption = None,
        dates: Annotated[int, typer.Option(min=2, help=say("检验日数", "as-of dates"))] = 12,
        relink: Annotated[
            bool,
            typer.Option(
                help=say(
                    "每个日期重新关联（更慢，更严格）", "link anew at each date (slower, stricter)"
                )
            ),
        ] = True,
        out: Annotated[Path, typer.Option(help=say("网页报告", "the page"))] = Path(
            "backtest.html"
        ),
        boosted: Annotated[
            bool, typer.Option(help=say("也检验挑战者", "test the challenger too"))
        ] = False,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings, moment = settings_of(config), parse_moment(as_of)
        with existing_store(store) as opened:
            moment = moment if as_of else end_of_history(opened, moment)
            result, page = prove(opened, settings, moment, dates, relink=relink, boosted=boosted)
        write_output(out, backtest_page(page))
        if as_json:
            print_json(
                {
                    "summary": result.summary,
                    "reliability": result.reliability,
                    "tiers": page.tiers,
                    "rules": page.rules,
                    "fairness": page.fairness,
                }
            )
            return
        _show(result, page)
        console.print(say(f"报告已写入 {out}", f"the report is in {out}"))


def _show(result: Backtest, page: BacktestPage) -> None:
    """The conclusions, then both tables in words."""
    for one in conclusions(page):
        console.print(one)
    model = {"model": say("方法", "model")}
    print_table(
        result.summary.replace({"model": model_names()}),
        {
            **model,
            "ap": "AP",
            "auc": "AUC",
            "ece": "ECE",
            "base_rate": say("基率", "base rate"),
            "cases": say("系列次", "cases"),
            "recurrences": say("再发", "recurrences"),
            "precision_at_rule_3_in_90": say("精度·90天3次的量", "precision, 3-in-90 volume"),
            "precision_at_rule_3_in_365": say("精度·一年3次的量", "precision, 3-in-365 volume"),
        },
    )
    own = result.reliability[result.reliability["model"] == "default"]
    print_table(
        own,
        {
            "group": say("组", "group"),
            "cases": say("系列次", "cases"),
            "forecast": say("预测", "forecast"),
            "observed": say("实际", "observed"),
            "low": say("区间下限", "interval from"),
            "high": say("区间上限", "to"),
        },
    )
