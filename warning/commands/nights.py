"""The night and what it leaves to look at: ``run``, ``schedule``, ``report``."""

from pathlib import Path
from typing import Annotated, Any

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
    print_facts,
    print_json,
    settings_of,
    stages,
)
from warning.escalation.renamed import NO_STEP, no_step_sentence
from warning.escalation.undated import undated_sentence
from warning.exporting import write_people
from warning.language import say
from warning.memory_limit import at_most
from warning.moments import local_now, parse_moment
from warning.night_results import NightResult
from warning.nightly import run_nightly
from warning.outputs import write_output
from warning.reporting import latest_page
from warning.scoring.differing import differing_sentences
from warning.scoring.drift import drift_sentence
from warning.scoring.hindsight import TRAINED_LATER, hindsight_sentence
from warning.silent_channels import SILENT, silence_sentence


def summary_facts(counts: dict[str, Any]) -> list[tuple[str, Any]]:
    """The night's counts as label and value."""
    return [
        (say("记录", "records"), counts["records"]),
        (
            say("人 / 组织 / 地点", "people / organisations / places"),
            f"{counts['people']} / {counts['organisations']} / {counts['places']}",
        ),
        (
            say("事件 / 系列", "incidents / cases"),
            f"{counts['incidents']} / {counts['cases']}",
        ),
        *_if_any(
            say(
                "其中非纠纷（表扬、咨询、误报，不计入系列）",
                "of them no dispute (praise, questions, false alarms; in no case)",
            ),
            counts.get("incidents_of_no_dispute", 0),
        ),
        (
            say("红 / 橙 / 黄 / 蓝 / 无", "red / orange / yellow / blue / none"),
            " / ".join(
                str(counts[f"tier_{tier}"]) for tier in ("red", "orange", "yellow", "blue", "none")
            ),
        ),
        (
            say("函件草稿 / 专班建议", "letters drafted / task forces proposed"),
            f"{counts['letters']} / {counts['task_forces']}",
        ),
        *_linking_facts(counts),
        *_if_any(
            say("因分组上限未比较的对", "pairs that caps left uncompared"),
            counts.get("pairs_lost_to_caps", 0),
        ),
        *_if_any(
            say(
                "地址栏只写不详、同上、网上之类的记录（不作地点）",
                "records whose address only says that none is known (of no place)",
            ),
            counts.get("addresses_of_no_place", 0),
        ),
        *_if_any(
            say(
                "所填重复、关联编号查无记录的记录（不作依据）",
                "records whose duplicate_of or related_to names an unknown record (not counted as evidence)",
            ),
            counts.get("names_not_known", 0),
        ),
        *_if_any(
            say(
                "所填重复、关联编号在几个渠道都有的记录（不作依据；请写渠道|编号）",
                "records whose duplicate_of or related_to several channels have "
                "(not counted as evidence; write channel|record_id)",
            ),
            counts.get("names_of_several", 0),
        ),
        *_if_any(
            say(
                "其后记录改指他人、不再适用的判断（见 warning judge --next 20）",
                "verdicts that no longer hold, for a record names somebody else since "
                "(see warning judge --next 20)",
            ),
            counts.get("verdicts_at_rest", 0),
        ),
        *_if_any(
            say(
                "上一夜以来的报告中，自称（occurred_at）早就发生的（按所称时间计算，不算再次发生）",
                "reports since the last night that say (occurred_at) that it happened long before "
                "(as old as they say, and no recurrence)",
            ),
            counts.get("told_late", 0),
        ),
    ]


def _if_any(label: str, count: int) -> list[tuple[str, Any]]:
    return [(label, count)] if count else []


def _linking_facts(counts: dict[str, Any]) -> list[tuple[str, Any]]:
    """Whether only what changed was linked; after a rebuild, how far memory had drifted from it."""
    if counts.get("linked_from_memory"):
        return [(say("关联", "linking"), say("只关联新增和改动的", "what is new or changed"))]
    if "drift: pairs of people" not in counts:
        return []
    found = []
    for name, told in (("people", say("人", "people")), ("incidents", say("事件", "incidents")),
                       ("matters", say("同一纠纷", "matters"))):  # fmt: skip
        pairs = max(1, counts[f"drift: pairs of {name}"])
        other = counts[f"drift: {name} joined by memory alone"]
        other += counts[f"drift: {name} joined by the rebuild alone"]
        found.append(f"{told} {other / pairs:.2%}")
    return [(say("全部重新关联，与逐夜关联之差", "linked anew; nights from memory differ by"),
             say("，", ", ").join(found))]  # fmt: skip


def show_night(night: NightResult) -> None:
    """A night's summary on the terminal."""
    if night.repeated:
        console.print(
            say(
                f"{night.as_of} 这一夜已经运行过，没有任何改动。",
                f"The night of {night.as_of} was run before; nothing was changed.",
            )
        )
    print_facts(summary_facts(night.summary))
    print_facts(
        [
            (say("用时（秒）", "seconds"), night.summary["seconds"]),
            (say("内存峰值（MiB）", "peak memory (MiB)"), night.summary["peak_memory_mb"]),
        ]
    )
    for told in differing_sentences(night.summary):
        console.print(told)
    if night.summary.get("undated_letters"):
        console.print("! " + undated_sentence(night.summary["undated_letters"]))
    kinds = {
        name.removeprefix(NO_STEP): count
        for name, count in night.summary.items()
        if name.startswith(NO_STEP)
    }
    if kinds:
        console.print("! " + no_step_sentence(kinds))
    if night.summary.get(SILENT):
        console.print("! " + silence_sentence(night.summary[SILENT]))
    if night.summary.get(TRAINED_LATER):
        console.print("! " + hindsight_sentence(night.summary[TRAINED_LATER]))
    if "drift_due" in night.summary:
        console.print(drift_sentence(night.summary))


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "运行一夜：关联、评分、定级、起草。例：warning run --as-of 2024-12-31",
            "Run a night: link, score, grade, draft. Example: warning run --as-of 2024-12-31",
        )
    )
    def run(
        as_of: Annotated[
            str | None,
            typer.Option(
                "--as-of",
                help=say(
                    "只知道此刻之前报告的事；只写日期即当日零点",
                    "what was reported by then is known; a bare date is its 00:00",
                ),
            ),
        ] = None,
        model: Annotated[Path | None, typer.Option(help=say("模型文件", "model file"))] = None,
        rebuild: Annotated[
            bool,
            typer.Option(
                "--rebuild",
                help=say(
                    "全部重新关联，而不是只关联新增和改动的",
                    "link everything anew, not only what is new or changed",
                ),
            ),
        ] = False,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        limit = at_most(settings.schedule.limit_memory_mb)
        with existing_store(store, new_on_server=True) as opened, stages() as stage, limit:
            night = run_nightly(
                opened, settings, as_of, model=model, rebuild=rebuild, progress=stage
            )
        if as_json:
            print_json({**night.summary, "repeated": night.repeated})
        else:
            show_night(night)

    @app.command(
        help=say(
            "按配置的钟点每夜运行。例：warning schedule",
            "Run the night by the clock in config/schedule.yaml. Example: warning schedule",
        )
    )
    def schedule(
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        once: Annotated[
            bool, typer.Option(help=say("立即运行一次后退出", "run one night now and leave"))
        ] = False,
        night: Annotated[
            str | None,
            typer.Option(
                help=say("与 --once 同用：哪一夜", "with --once: the as-of moment of the night")
            ),
        ] = None,
    ) -> None:
        from warning.logs import to_standard_error
        from warning.scheduling import check_store, run_by_the_clock, scheduled_night

        settings = settings_of(config)
        to_standard_error("json" if settings.schedule.logs == "json" else None)
        if once:
            moment = None if night is None else parse_moment(night, "--night")
            show_night(scheduled_night(store, settings, moment))
        else:
            check_store(store)
            run_by_the_clock(store, settings, console.print, config)

    @app.command(
        help=say(
            "生成最近一夜的网页报告。例：warning report --out 报告.html",
            "Write the last night's page. Example: warning report --out report.html",
        )
    )
    def report(
        out: Annotated[Path, typer.Option(help=say("文件", "file"))] = Path("report.html"),
        unmasked: Annotated[
            bool, typer.Option(help=say("不遮盖姓名号码", "show names and numbers"))
        ] = False,
        reason: ReasonOption = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        need_reason(unmasked=unmasked, reason=reason)
        with existing_store(store) as opened:
            page = latest_page(opened, settings, unmasked=unmasked)
            if unmasked:
                write_people(opened, out, page, local_now())
            else:
                write_output(out, page)
        console.print(say(f"报告已写入 {out}", f"the report is in {out}"))
