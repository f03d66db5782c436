"""What analysts decide: ``judge``."""

from typing import Annotated

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    StoreOption,
    console,
    existing_store,
    fallback_user,
)
from warning.errors import Problem, UsageError
from warning.language import say
from warning.moments import local_now
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
