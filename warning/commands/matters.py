"""Looking at cases: ``cases``, ``explain``."""

import json
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from warning.case_masks import CaseMasks
from warning.commands.console import (
    DEFAULT_STORE,
    ROWS,
    ConfigOption,
    JsonOption,
    LimitOption,
    ReasonOption,
    StoreOption,
    code_of,
    console,
    county_names,
    existing_store,
    need_reason,
    print_facts,
    print_json,
    print_table,
    settings_of,
    shown,
)
from warning.commands.gone import GONE, gone_case, show_work, work_on
from warning.digits import without_houses
from warning.errors import Problem, RefusedError, UsageError
from warning.keeping.own_copy import OUTCOME_WORDS
from warning.language import KINDS, TIERS, say, worded
from warning.matching.vocabulary import with_codes
from warning.outputs import write_output
from warning.records import RECORD
from warning.report.link_page import violence
from warning.scoring.explain import explain_score
from warning.scoring.known_facts import NOBODY, facts_of
from warning.settings import Settings
from warning.store import Store
from warning.tabular import among_keys

TIER_ORDER = {"red": 0, "orange": 1, "yellow": 2, "blue": 3, "none": 4}


def case_list(store: Store) -> pd.DataFrame:
    """The cases with the last night's tier and probability, the gravest first."""
    cases, warnings = store.table("cases"), store.last_warnings()
    frame = cases.merge(
        warnings[["case_id", "tier", "probability", "severity", "reasons"]],
        on="case_id",
        how="left",
    )
    order = frame["tier"].map(TIER_ORDER).fillna(len(TIER_ORDER))
    return (
        frame.assign(order=order)
        .sort_values(["order", "probability", "case_id"], ascending=[True, False, True])
        .drop(columns="order")
        .reset_index(drop=True)
    )


def case_records(store: Store, case_id: str, settings: Settings) -> pd.DataFrame:
    """The records behind a case: incident_id, probability of both links, and what was reported.

    Category and outcome are as the source writes them, with names and numbers masked, and outcomes
    without numbers of houses. In a case of domestic violence an outcome may name a shelter: there
    the outcome is what its code is called, or left out where it has none.
    """
    members = store.table("case_incidents")
    members = members[members["case_id"] == case_id].rename(
        columns={"probability": "case_probability"}
    )
    linked = members.merge(store.table("incident_links"), on="incident_id")
    last = store.runs()["as_of"].max()
    records, _ = store.known(last)
    own = records[among_keys(records, linked, RECORD)]
    facts = facts_of(own, settings)[[*RECORD, "domestic_violence"]]
    coded, _ = with_codes(own, NOBODY, settings)
    columns = ["channel", "record_id", "reported_at", "category", "outcome"]
    rows = (
        linked.merge(coded[[*columns, "outcome_code"]].merge(facts, on=RECORD), on=RECORD)
        .sort_values(["reported_at", "channel", "record_id"])
        .reset_index(drop=True)
    )
    masks = CaseMasks(store, [case_id])
    told = {
        name: pd.Series([masks.text(text, case_id) for text in rows[name]], dtype="str")
        for name in ("category", "outcome")
    }
    if rows["domestic_violence"].any():
        by_code = [_outcome(code) for code in rows["outcome_code"]]
        outcome = pd.Series(by_code, dtype="str").where(rows["outcome"].notna())
    else:
        outcome = told["outcome"].map(without_houses, na_action="ignore").astype("str")
    told["outcome"] = outcome
    return rows.drop(columns=["outcome_code", "domestic_violence"]).assign(**told)


def _outcome(code: Any) -> str:
    """What an outcome of domestic violence is called by its code."""
    return worded(code, OUTCOME_WORDS) if isinstance(code, str) else violence()


def case_of(store: Store, case_id: str) -> dict[str, Any]:
    """The case of an id, or the one it is part of now, with the last night's tier.

    One that is none any more is what :func:`warning.commands.gone.gone_case` says.

    Raises:
        RefusedError: there is and was none.
    """
    frame, standing = case_list(store), store.standing_case(case_id)
    found = frame[frame["case_id"] == standing]
    if found.empty:
        gone = gone_case(store, standing)
        if gone is not None:
            return gone
        raise RefusedError(
            Problem(
                case_id,
                say("没有这个系列", "there is no such case"),
                say("warning cases 列出的编号", "an id that warning cases lists"),
                say("用 warning cases 查看", "see: warning cases"),
            )
        )
    return dict(found.iloc[0])


def register(app: typer.Typer) -> None:
    """Add the commands."""

    @app.command(
        help=say(
            "列出系列，或看一个系列的记录。例：warning cases --tier red",
            "List cases, or the records of one. Example: warning cases --tier red",
        )
    )
    def cases(
        case_id: Annotated[str | None, typer.Argument(help=say("系列编号", "case id"))] = None,
        tier: Annotated[str | None, typer.Option(help=", ".join(TIER_ORDER))] = None,
        county: Annotated[
            str | None, typer.Option(help=say("县区，代码或名称", "county, code or name"))
        ] = None,
        kind: Annotated[
            str | None, typer.Option(help="matter, person, place, organisation")
        ] = None,
        limit: LimitOption = None,
        store: StoreOption = DEFAULT_STORE,
        page: Annotated[
            Path | None,
            typer.Option(help=say("写出该系列的全过程（HTML）", "write its whole life as HTML")),
        ] = None,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        tier, kind = code_of("--tier", tier, TIERS), code_of("--kind", kind, KINDS)
        if page is not None and case_id is None:
            raise typer.BadParameter(say("须给出系列编号", "name a case"), param_hint="--page")
        with existing_store(store) as opened:
            if case_id is not None:
                case = case_of(opened, case_id)
                records = case_records(opened, str(case["case_id"]), settings_of(config))
                if page is not None:
                    from warning.case_life import case_life
                    from warning.report.case_page import case_page

                    life = case_life(opened, case, records, settings_of(config))
                    write_output(page, case_page(life))
                    console.print(str(page))
                    return
                if as_json:
                    work = work_on(opened, case)
                    print_json({"case": case, "records": records.iloc[:limit], **work})
                else:
                    _show_case(case)
                    if case["status"] == GONE:
                        show_work(opened, str(case["case_id"]))
                    else:
                        _show_records(records, limit or ROWS, "--limit")
                return
            frame = case_list(opened)
        if county is not None:
            names = county_names(frame["county_code"], settings_of(config).escalation.counties)
            county = code_of("--county", county, names)
        for column, wanted in (("tier", tier), ("county_code", county), ("kind", kind)):
            if wanted is not None:
                frame = frame[frame[column] == wanted]
        if as_json:
            print_json(frame.iloc[:limit])
            return
        titles = {
            "case_id": say("系列", "case"),
            "kind": say("类型", "kind"),
            "county_code": say("县区", "county"),
            "tier": say("等级", "tier"),
            "probability": say("30 天内再发概率", "P(again in 30 days)"),
            "incident_count": say("事件数", "incidents"),
            "last_at": say("最近", "last"),
        }
        print_table(frame, titles, most=limit or ROWS, option="--limit")

    @app.command(
        help=say(
            "说明一个系列为何是这个等级：得分、记录、关联；给两个键则说明一处关联的逐项依据。"
            '例：warning explain c-0123；warning explain "110|A1|1" "12345|B2|1"；'
            "warning explain --largest",
            "Why a case has its tier: points, records, links; with two keys, why they are linked, "
            'part by part. Examples: warning explain c-0123; warning explain "110|A1|1" '
            '"12345|B2|1"; warning explain --largest',
        )
    )
    def explain(
        case_id: Annotated[
            str | None, typer.Argument(help=say("系列编号，或一处的键", "case id, or a key"))
        ] = None,
        right: Annotated[
            str | None,
            typer.Argument(
                help=say(
                    "另一处的键：渠道|编号[|当事人序号]",
                    "the other key: channel|record_id[|party_no]",
                )
            ),
        ] = None,
        largest: Annotated[
            bool, typer.Option("--largest", help=say("最大的群组", "the largest clusters"))
        ] = False,
        kind: Annotated[
            str | None,
            typer.Option(
                help=say(
                    "类别；两条记录可看 incident 或 place",
                    "of what; two records may be compared as incident or place",
                )
            ),
        ] = None,
        html: Annotated[
            Path | None,
            typer.Option(
                help=say("写成一页图（地点除外）", "write the picture as a page (not of places)")
            ),
        ] = None,
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
        if largest or right is not None:
            from warning.commands import linked

            if html is not None and (largest or kind == "place"):
                raise UsageError(
                    Problem(
                        "--html",
                        say("地点和最大的群组没有图", "places and largest clusters have no picture"),
                        say("两个人、组织或事件的键", "two keys of people, organisations or incidents"),
                        say("去掉 --html：表在终端上，--json 供程序读取",
                            "leave --html out: the table is on the terminal, --json for a program"),
                    )
                )  # fmt: skip
            need_reason(unmasked=unmasked, reason=reason)
            with existing_store(store) as opened:
                if largest:
                    told = linked.largest(opened, kind or "person", settings_of(config))
                    linked.show_largest(told, as_json)
                else:
                    linked.show_link(
                        opened, str(case_id), str(right), settings_of(config),
                        unmasked=unmasked, as_json=as_json, html=html, kind=kind,
                    )  # fmt: skip
            return
        if case_id is None:
            raise UsageError(
                Problem(
                    "explain",
                    say("没有说明要看什么", "nothing to explain was named"),
                    say("系列编号、两个键，或 --largest", "a case id, two keys, or --largest"),
                    "warning explain --help",
                )
            )
        if html is not None:
            raise UsageError(
                Problem(
                    "--html",
                    say("只给出一个系列", "only a case is named"),
                    say("两个键", "two keys"),
                    say("用 warning cases 编号 --page 文件 写出整个系列",
                        "write a whole case with: warning cases CASE --page FILE"),
                )
            )  # fmt: skip
        from warning.matching.explain import case_links
        from warning.report.link_page import part_names

        settings = settings_of(config)
        with existing_store(store) as opened:
            case = case_of(opened, case_id)
            warnings = opened.last_warnings()
            records = case_records(opened, str(case["case_id"]), settings)
            last = opened.runs()["as_of"].max()
            if case["status"] == GONE and not as_json:
                _show_case(case)
                show_work(opened, str(case["case_id"]))
                return
            links = case_links(*opened.known(last), opened.previous(), records, settings)
            work = work_on(opened, case)
        row = warnings[warnings["case_id"] == case["case_id"]]
        scored = row.iloc[0].to_dict() if len(row) else None
        if as_json:
            print_json(
                {
                    "case": case,
                    "log_odds": scored and scored["log_odds"],
                    "contributions": scored and json.loads(scored["contributions"]),
                    "records": records,
                    "links": links,
                    **work,
                }
            )
            return
        _show_case(case)
        if scored is not None:
            horizon = settings.scoring.horizon_days
            for line in explain_score(scored, scored["as_of"], horizon):
                console.print(line)
        _show_records(records, ROWS, "--json")
        console.print(say("关联（权重以比特计）：", "links (weights in bits):"))
        titles = {
            "left": say("一方", "left"),
            "right": say("另一方", "right"),
            "kind": say("类别", "kind"),
            "probability": say("概率", "probability"),
            "bits": say("比特", "bits"),
            "reasons": say("依据", "evidence"),
        }
        names = part_names()
        links["reasons"] = [
            " ".join(names.get(word, word) for word in text.split(" ")) for text in links["reasons"]
        ]
        print_table(links, titles, most=30)


def _show_case(case: dict[str, Any]) -> None:
    if case["status"] == GONE:
        console.print(
            say(f"系列已不存在；以下为最后一次评定（{shown(case['last_night'])}）时的情况",
                "no longer a case; this is as the last night that graded it found it "
                f"({shown(case['last_night'])})")
        )  # fmt: skip
    print_facts(
        [
            (say("系列", "case"), case["case_id"]),
            (say("类型", "kind"), worded(shown(case["kind"]), KINDS)),
            (say("县区", "county"), case["county_code"]),
            (say("等级", "tier"), worded(shown(case["tier"]), TIERS)),
            (say("30 天内再发概率", "P(again in 30 days)"), case["probability"]),
            (say("理由", "reasons"), case["reasons"]),
        ]
    )


def _show_records(records: pd.DataFrame, most: int, option: str) -> None:
    console.print(say("记录：", "records:"))
    titles = {
        "channel": say("渠道", "channel"),
        "record_id": say("编号", "record"),
        "reported_at": say("报告时间", "reported"),
        "category": say("类别", "category"),
        "outcome": say("结果", "outcome"),
        "incident_id": say("事件", "incident"),
        "probability": say("关联概率", "link probability"),
    }
    print_table(records, titles, most=most, option=option)
