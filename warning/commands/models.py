"""The scoring model: ``train`` on the store's own history, ``backtest`` on later time."""

from pathlib import Path
from typing import Annotated

import pandas as pd
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
from warning.errors import Problem, RefusedError
from warning.language import say
from warning.matching import link
from warning.nightly import build_history, parse_moment
from warning.scoring import History
from warning.scoring import backtest as backtest_models
from warning.scoring import train as train_model
from warning.settings import Settings
from warning.store import Store

AsOfOption = Annotated[str | None, typer.Option("--as-of", help="YYYY-MM-DD")]


def history_at(store: Store, settings: Settings, as_of: pd.Timestamp) -> History:
    """The store's history as it was known at ``as_of``, linked from that alone."""
    records, parties = store.known(as_of)
    if records.empty:
        raise RefusedError(
            Problem(
                store.url,
                say(f"{as_of} 之前没有记录", f"no record was reported by {as_of}"),
                say("有历史的存储", "a store with a history"),
                say("先用 warning load 读入", "load some first"),
            )
        )
    return build_history(records, parties, link(records, parties, settings), settings)


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "用存储自己的历史训练评分模型。例：warning train --as-of 2024-12-31",
            "Fit the scoring model on the store's own history. Example: warning train",
        )
    )
    def train(
        as_of: AsOfOption = None,
        out: Annotated[Path, typer.Option(help=say("模型文件", "model file"))] = Path(
            "models/champion.json"
        ),
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings, moment = settings_of(config), parse_moment(as_of)
        with existing_store(store) as opened:
            model = train_model(history_at(opened, settings, moment), settings, moment)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(model.to_json(), encoding="utf-8")
        if as_json:
            print_json({"file": str(out), "hash": model.hash})
        else:
            console.print(say(f"模型已写入 {out}", f"the model is in {out}"), markup=False)
            console.print(model.card, markup=False)

    @app.command(
        help=say(
            "在较晚的时间上检验模型。例：warning backtest --dates 12",
            "Prove the model on later time. Example: warning backtest --dates 12",
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
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings, moment = settings_of(config), parse_moment(as_of)
        with existing_store(store) as opened:
            history = history_at(opened, settings, moment)

            def at(date: pd.Timestamp) -> History:
                return history_at(opened, settings, date)

            result = backtest_models(
                history, settings, moment, dates=dates, history_at=at if relink else None
            )
        if as_json:
            print_json({"summary": result.summary, "reliability": result.reliability})
            return
        print_table(result.summary, {name: name for name in result.summary.columns})
        print_table(result.reliability, {name: name for name in result.reliability.columns})
