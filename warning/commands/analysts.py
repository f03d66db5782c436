"""What analysts decide and try out: ``judge``, ``preview``."""

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
    fallback_user,
    print_json,
    print_table,
    settings_of,
    shown,
)
from warning.errors import Problem, UsageError
from warning.language import say
from warning.nightly import local_now
from warning.previewing import preview_night
from warning.store import Store

VERDICTS = ("same", "different", "unsure")
LINKS = {"person": 3, "organisation": 3, "place": 2, "incident": 2}


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "记录对一处关联的判断，下一夜起生效。"
            '例：warning judge person "110|A1|1" "12345|B2|1" same --user 张工',
            "Record a verdict on a link; it holds from the next night. "
            'Example: warning judge person "110|A1|1" "12345|B2|1" same --user analyst1',
        )
    )
    def judge(
        kind: Annotated[str, typer.Argument(help=", ".join(LINKS))],
        left: Annotated[str, typer.Argument(help="channel|record_id[|party_no]")],
        right: Annotated[str, typer.Argument(help="channel|record_id[|party_no]")],
        verdict: Annotated[str, typer.Argument(help=", ".join(VERDICTS))],
        user: Annotated[str, typer.Option(help=say("判断人", "who judges"))] = "",
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        user = user or fallback_user()
        if kind not in LINKS or verdict not in VERDICTS or not user:
            raise UsageError(
                Problem(
                    "judge",
                    f"{kind} {verdict} --user {user}",
                    f"{' | '.join(LINKS)}, {' | '.join(VERDICTS)}, --user",
                    say("改正后重试", "correct it and try again"),
                )
            )
        with existing_store(store) as opened:
            for key in (left, right):
                _check_key(opened, kind, key)
            first, second = sorted((left, right))
            opened.add_verdict(
                {
                    "kind": kind,
                    "left": first,
                    "right": second,
                    "verdict": verdict,
                    "user": user,
                    "at": local_now().to_pydatetime(),
                }
            )
        console.print(say("已记录，下一夜起生效", "recorded; it holds from the next night"))

    @app.command(
        help=say(
            "换一套阈值，最近一夜会怎样。例：warning preview --config 试验配置",
            "What the last night would be under other settings. "
            "Example: warning preview --config trial",
        )
    )
    def preview(
        config: ConfigOption = None,
        baseline: Annotated[
            Path | None, typer.Option(help=say("作比较的配置", "the configuration beside it"))
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        out: Annotated[
            Path | None, typer.Option(help=say("变动系列写成 CSV", "moved cases as CSV"))
        ] = None,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            result = preview_night(opened, settings_of(baseline), settings_of(config))
        if out is not None:
            result.moved.to_csv(out, index=False, encoding="utf-8")
        if as_json:
            print_json({"tiers": result.tiers, "counties": result.counties, "moved": result.moved})
            return
        console.print(shown(result.as_of))
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
        print_table(result.counties, counties)
        moved = {
            "case_id": say("系列", "case"),
            "today": say("现行", "today"),
            "preview": say("试验", "preview"),
            "reasons": say("理由", "reasons"),
        }
        print_table(result.moved, moved, most=20)


def _check_key(store: Store, kind: str, key: str) -> None:
    """Refuse a key that names no stored record or party."""
    parts = tuple(key.split("|"))
    table = store.table("party_links" if LINKS[kind] == 3 else "incident_links")
    names = ["channel", "record_id", "party_no"][: LINKS[kind]]
    known = len(parts) == LINKS[kind] and bool((table[names] == list(parts)).all(axis=1).any())
    if not known:
        raise UsageError(
            Problem(
                key,
                say("没有这条记录", "there is no such record"),
                "|".join(names),
                say("用 warning cases ID 查看键", "see the keys with: warning cases ID"),
            )
        )
