"""``warning task-forces``: list, show, start, note, extend, verify and close."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from warning.commands.console import (
    DEFAULT_STORE,
    ROWS,
    ConfigOption,
    JsonOption,
    LimitOption,
    StoreOption,
    code_of,
    console,
    existing_store,
    print_facts,
    print_json,
    print_table,
    settings_of,
    with_example,
)
from warning.commands.office_clock import tell_far_ahead
from warning.escalation import task_forces
from warning.escalation.recipients import is_unplaced_plan, marked
from warning.escalation.undated import UNKNOWN_DAY, told_day
from warning.language import STATES, say, worded
from warning.officers.current import fallen_since
from warning.officers.task_forces import (
    add_note,
    add_verification,
    change_status,
    extend_deadline,
    find_force,
)
from warning.officers.unsigned import changed_since
from warning.report.pdf import write_document
from warning.tabular import rows_of

#: What a task force's being declined means, in Chinese and English.
DECLINED = (
    "系列再次发生、仍符合条件时重新提出；误办的，用 approve 启动",
    "when its case happens again and still asks for one, it is proposed anew; "
    "declined by mistake, approve starts it",
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    forces = typer.Typer(
        help=say(
            "专班：列出、查看、启动、销号。例：warning task-forces list",
            "Task forces: list, show, start, close. Example: warning task-forces list",
        ),
        no_args_is_help=True,
    )
    app.add_typer(forces, name="task-forces")

    @forces.command(
        "list",
        help=with_example(
            say("列出专班", "list the task forces"), "warning task-forces list --status active"
        ),
    )
    def list_forces(
        status: Annotated[
            str | None,
            typer.Option(help=say("待启动、办理中、已销号", "proposed, active, closed")),
        ] = None,
        limit: LimitOption = None,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            frame = opened.table("task_forces")
        states = {state: STATES[state] for state in task_forces.NEXT}
        if (code := code_of("--status", status, states)) is not None:
            frame = frame[frame["status"] == code]
        days = [content.get("due_on") for content in frame["content"]]
        frame = frame.assign(due_on=pd.Series(days, index=frame.index, dtype="object"))
        if as_json:
            print_json(frame.drop(columns="content").iloc[:limit])
            return
        frame = frame.assign(members=[_members(force) for force in rows_of(frame)])
        titles = {
            "task_force_id": say("编号", "task force"),
            "case_id": say("系列", "case"),
            "members": say("成员单位", "members"),
            "status": say("状态", "state"),
            "due_on": say("时限", "due"),
            "reason": say("理由", "reason"),
        }
        print_table(frame, titles, most=limit or ROWS, option="--limit")

    @forces.command(
        "show",
        help=with_example(
            say("查看专班，写出方案", "a task force; write its plan"),
            f"warning task-forces show t-0123 --out {say('方案', 'plan')}.docx",
        ),
    )
    def show(
        task_force_id: Annotated[str, typer.Argument(help=say("专班编号", "task force id"))],
        out: Annotated[
            Path | None,
            typer.Option(help=say("写出方案（.docx 或 .pdf）", "write the plan, .docx or .pdf")),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            row = find_force(opened, task_force_id)
            document = opened.document(str(row["document"]))
        if out is not None:
            write_document(document, out, task_force_id)
        entries, milestones = task_forces.ledger_of(row), _milestones_of(row)
        due_on = row["content"].get("due_on")
        facts = {name: value for name, value in row.items() if name != "content"}
        if as_json:
            force = {**facts, "due_on": due_on}
            print_json({"task_force": force, "milestones": milestones, "ledger": entries})
            return
        facts["members"] = _members(row)
        print_facts([*facts.items(), (say("时限", "due"), due_on)])
        titles = {
            "milestone": say("节点", "milestone"),
            "due_on": say("时限", "due"),
            "reached_at": say("完成", "reached"),
        }
        told = [one | {"due_on": told_day(one["due_on"])} for one in milestones]
        print_table(pd.DataFrame(told, columns=list(titles)), titles)
        titles = {
            "at": say("时间", "at"),
            "kind": say("事项", "entry"),
            "officer": say("经办人", "officer"),
            "step": say("层级或节点", "level or milestone"),
            "text": say("内容", "text"),
        }
        entries = [
            entry
            | {
                "step": entry.get("level") or entry.get("milestone", ""),
                "text": task_forces.said(entry),
            }
            for entry in entries
        ]
        print_table(pd.DataFrame(entries, columns=list(titles)), titles)

    for command, status, chinese, english in (
        ("approve", "active", "启动", "start it"),
        ("close", "closed", "销号（须各级核查并过静默期）",
         "close it (verified at each level, after a quiet period)"),
        ("decline", "declined", f"不予采纳（须理由）：{DECLINED[0]}",
         f"decline it (a reason): {DECLINED[1]}"),
    ):  # fmt: skip
        _add_step(forces, command, status, say(chinese, english))
    _add_entries(forces)


def _members(force: Mapping[str, Any]) -> str:
    """Who takes part in a plan, and whether nobody knows whose it is."""
    return marked(force["members"], unplaced=is_unplaced_plan(force))


def _milestones_of(force: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each milestone, its day as the plan has it, and when it was first noted (None: not yet)."""
    reached: dict[str, pd.Timestamp] = {}
    for entry in task_forces.ledger_of(force):
        if entry["kind"] == "milestone":
            reached.setdefault(entry["milestone"], pd.Timestamp(entry["at"]))
    return [
        {"milestone": name, "due_on": due_on, "reached_at": reached.get(name)}
        for name, due_on in force["content"].get("milestones", {}).items()
    ]


ForceId = Annotated[str, typer.Argument(help=say("专班编号", "task force id"))]
Officer = Annotated[str, typer.Option(help=say("经办人姓名", "the officer's name"))]
Text = Annotated[str, typer.Option(help=say("内容或理由", "content or reason"))]


def _add_step(forces: typer.Typer, command: str, status: str, title: str) -> None:
    example = f"warning task-forces {command} t-0123 --officer {say('李科长', 'Li')}"
    if status == "declined":
        example += f" --reason {say('已由派出所办理', 'settled')}"

    @forces.command(command, help=with_example(title, example))
    def step(
        task_force_id: ForceId,
        officer: Officer = "",
        reason: Text = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            before = find_force(opened, task_force_id)
            change_status(opened, settings, task_force_id, status, officer, reason)
            tell_far_ahead(opened, settings)
            now, notes = find_force(opened, task_force_id), []
            if status == "active":
                notes = [*changed_since(before, now), *fallen_since(opened, now)]
        console.print(f"{task_force_id} → {worded(status, STATES)}")
        if status == "declined":
            console.print(say(*DECLINED))
        for note in notes:
            console.print(note)


def _add_entries(forces: typer.Typer) -> None:
    example = say("李科长", "Li")

    @forces.command(
        "note",
        help=with_example(
            say("记录化解进展", "note progress"),
            f"warning task-forces note t-0123 --officer {example} "
            f"--text {say('已与双方见面', 'met')}",
        ),
    )
    def note(
        task_force_id: ForceId,
        officer: Officer = "",
        text: Text = "",
        milestone: Annotated[
            str, typer.Option(help=say("完成的节点，如 见面核实", "the milestone reached"))
        ] = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            add_note(opened, task_force_id, officer, text, milestone)
            tell_far_ahead(opened, settings)
        console.print(task_force_id)

    @forces.command(
        "verify",
        help=with_example(
            say("逐级核查", "verify at one level"),
            f"warning task-forces verify t-0123 --level 村级 --officer {example} "
            f"--text {say('双方已履行协议', 'settled')}",
        ),
    )
    def verify(
        task_force_id: ForceId,
        level: Annotated[str, typer.Option(help=say("村级、乡级、县级", "村级, 乡级, 县级"))],
        officer: Officer = "",
        text: Text = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            add_verification(opened, settings, task_force_id, level, officer, text)
            tell_far_ahead(opened, settings)
        console.print(f"{task_force_id} {level}")

    @forces.command(
        "extend",
        help=with_example(
            say("延期（须理由和批准人）", "put the deadline off (a reason and an approver)"),
            f"warning task-forces extend t-0123 --days 10 --officer {example} "
            f"--reason {say('一方在外地务工', 'away')}",
        ),
    )
    def extend(
        task_force_id: ForceId,
        days: Annotated[int, typer.Option(min=1, max=120, help=say("工作日", "working days"))],
        officer: Annotated[str, typer.Option(help=say("批准人姓名", "who approves"))] = "",
        reason: Text = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            until = extend_deadline(opened, settings, task_force_id, days, officer, reason)
            tell_far_ahead(opened, settings)
        console.print(f"{task_force_id} → {told_day(until or UNKNOWN_DAY)}")
