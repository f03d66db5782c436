"""What analysts decide: ``judge``."""

import sys
from collections.abc import Iterator
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
    fallback_user,
    need_reason,
    settings_of,
)
from warning.errors import Problem, UsageError
from warning.language import say
from warning.moments import local_now
from warning.records import PARTY, RECORD, keys_of, record_ids_in
from warning.spelling import legible
from warning.store import Store

VERDICTS = ("same", "different", "unsure")
LINKS = {"person": 3, "organisation": 3, "place": 2, "incident": 2}


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "记录对一处关联的判断，下一夜起生效；或看哪些关联最值得判断、抽样评估。"
            '例：warning judge person "110|A1|1" "12345|B2|1" same --user 张工；'
            "warning judge --next 20；warning judge --sample 200 --out 抽样.csv；"
            "warning judge --estimate 抽样.csv；warning judge --reliability",
            "Record a verdict on a link; it holds from the next night. Or see which links are "
            "worth most to decide, and draw and read a sample. "
            'Examples: warning judge person "110|A1|1" "12345|B2|1" same --user analyst1; '
            "warning judge --next 20; warning judge --sample 200 --out sample.csv; "
            "warning judge --estimate sample.csv; warning judge --reliability",
        )
    )
    def judge(
        kind: Annotated[str | None, typer.Argument(help=", ".join(LINKS))] = None,
        left: Annotated[str | None, typer.Argument(help="channel|record_id[|party_no]")] = None,
        right: Annotated[str | None, typer.Argument(help="channel|record_id[|party_no]")] = None,
        verdict: Annotated[str | None, typer.Argument(help=", ".join(VERDICTS))] = None,
        user: Annotated[str, typer.Option(help=say("判断人", "who judges"))] = "",
        next_: Annotated[
            int | None,
            typer.Option(
                "--next",
                min=1,
                help=say(
                    "最值得判断的几处；终端上逐处询问",
                    "the links worth most to decide; on a terminal each is asked",
                ),
            ),
        ] = None,
        of: Annotated[
            str,
            typer.Option(
                "--kind",
                help=say("--next、--sample 的类别：", "of --next and --sample: ")
                + "person, organisation, incident",
            ),
        ] = "person",
        sample: Annotated[
            int | None,
            typer.Option(
                min=1,
                help=say("分层抽样若干对，写入 --out", "draw so many pairs in strata, to --out"),
            ),
        ] = None,
        seed: Annotated[int, typer.Option(help=say("抽样的随机种子", "of the sample"))] = 1,
        out: Annotated[Path | None, typer.Option(help=say("抽样表", "the sample's CSV"))] = None,
        read: Annotated[
            Path | None,
            typer.Option(
                help=say("把抽样表中的判断记入存储", "keep a sample's verdicts in the store")
            ),
        ] = None,
        estimate: Annotated[
            Path | None,
            typer.Option(
                help=say(
                    "由抽样表的判断估计查准率、查全率", "precision and recall from a judged sample"
                )
            ),
        ] = None,
        reliability: Annotated[
            bool,
            typer.Option(
                "--reliability", help=say("概率与判断对照", "probabilities beside verdicts")
            ),
        ] = False,
        unmasked: Annotated[
            bool,
            typer.Option(
                "--unmasked",
                help=say("显示姓名和号码，须说明理由", "show names and numbers; give a reason"),
            ),
        ] = False,
        reason: ReasonOption = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        need_reason(unmasked=unmasked, reason=reason)
        modes = [next_, sample, read, estimate, reliability or None]
        if any(mode is not None for mode in modes):
            from warning.commands import judging

            settings = settings_of(config)
            with existing_store(store) as opened:
                if next_ is not None:
                    ask = sys.stdin.isatty() and console.is_terminal and not as_json
                    judging.show_next(
                        opened, of, next_, settings, unmasked=unmasked, as_json=as_json,
                        user=_user(user) if ask else None,
                    )  # fmt: skip
                elif sample is not None:
                    judging.draw(opened, of, sample, seed, out, settings, unmasked=unmasked)
                elif read is not None:
                    judging.keep(opened, read, _user(user))
                elif estimate is not None:
                    judging.show_estimate(opened, estimate, as_json=as_json)
                else:
                    judging.show_reliability(opened, settings, as_json=as_json)
            return
        by = legible(user or fallback_user())
        faults = [*_argument_faults(kind, left, right, verdict), *([] if by else [_nobody()])]
        if kind not in LINKS:
            raise UsageError(faults)
        with existing_store(store) as opened:
            for key in filter(None, (left, right)):
                faults += _key_faults(opened, kind, key)
            if faults or not left or not right or not verdict:
                raise UsageError(faults)
            from warning.commands import judging
            from warning.reviewing import record_verdicts

            judging.refuse_no_pair(opened, kind, left, right, verdict, config)
            told = [(left, right, verdict)]
            record_verdicts(opened, kind, told, by, local_now().to_pydatetime())
            console.print(say("已记录，下一夜起生效", "recorded; it holds from the next night"))
            judging.tell_against(opened, kind, told)


def _user(user: str) -> str:
    """Who judges.

    Raises:
        UsageError: nobody is known.
    """
    by = legible(user or fallback_user())
    if not by:
        raise UsageError(_nobody())
    return by


def _nobody() -> Problem:
    return Problem(
        "--user",
        say("没有写明判断人", "nobody is named"),
        say("判断人", "who judges"),
        say("例如 --user 张工", "for example --user analyst1"),
    )


def _argument_faults(*arguments: str | None) -> Iterator[Problem]:
    """What is wrong with the kind, the two keys and the verdict by themselves."""
    key = "channel|record_id[|party_no]"
    expected = {"KIND": ", ".join(LINKS), "LEFT": key, "RIGHT": key, "VERDICT": ", ".join(VERDICTS)}
    known = {"KIND": [*LINKS], "VERDICT": [*VERDICTS]}
    for (name, wanted), given in zip(expected.items(), arguments, strict=True):
        if given and (name not in known or given in known[name]):
            continue
        found = say(f"未知的值 {given}", f"unknown: {given}")
        yield Problem(
            f"judge {name}",
            found if given else say("缺少这个参数", "it is missing"),
            wanted,
            "warning judge --help",
        )


def _key_faults(store: Store, kind: str, key: str) -> Iterator[Problem]:
    """A key that names no stored record or party."""
    ids, names = record_ids_in(key), PARTY[: LINKS[kind]]
    table = "party_links" if names == PARTY else "incident_links"
    known = set(keys_of(store.rows(table, "record_id", ids)[names]))
    if names == PARTY:
        # A party that only the text names: ~ and where it begins.
        told = store.rows("mentions", "record_id", ids)
        known |= set(keys_of(told[RECORD]) + "|~" + told["start"].astype("str"))
    if key not in known:
        yield Problem(
            key,
            say("没有这条记录", "there is no such record"),
            "|".join(names),
            say("用 warning cases ID 查看键", "see the keys with: warning cases ID"),
        )
