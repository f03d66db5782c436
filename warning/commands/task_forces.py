"""``warning task-forces``: list, show, start and close what the engine proposed."""

from pathlib import Path
from typing import Annotated

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    JsonOption,
    StoreOption,
    console,
    existing_store,
    print_facts,
    print_json,
    print_table,
)
from warning.errors import Problem, RefusedError
from warning.language import say
from warning.moments import local_now
from warning.store import Store

#: State → the states that may follow.
NEXT = {"proposed": ("active", "declined"), "active": ("closed",)}


def change_status(store: Store, task_force_id: str, status: str, officer: str) -> None:
    """Start, decline or close a task force.

    Raises:
        RefusedError: there is none, the step is impossible, or no officer is named.
    """
    frame = store.table("task_forces")
    found = frame[frame["task_force_id"] == task_force_id]
    if found.empty or not officer or status not in NEXT.get(str(found["status"].iloc[0]), ()):
        now = say("没有", "none") if found.empty else str(found["status"].iloc[0])
        raise RefusedError(
            Problem(
                task_force_id,
                say(f"现状：{now}；不能变为 {status}", f"it is: {now}; it cannot become {status}"),
                "proposed → active → closed, --officer",
                say("用 warning task-forces list 查看", "see: warning task-forces list"),
            )
        )
    content = dict(found["content"].iloc[0])
    content["officers"] = [*content.get("officers", []), [status, officer]]
    row = {str(name): value for name, value in found.iloc[0].items()}
    store.change_task_force(
        {**row, "status": status, "content": content},
        str(row["status"]),
        local_now().to_pydatetime(),
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

    @forces.command("list", help=say("列出专班", "list the task forces"))
    def list_forces(
        status: Annotated[str | None, typer.Option(help="proposed, active, closed")] = None,
        limit: Annotated[int, typer.Option(min=1)] = 50,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            frame = opened.table("task_forces")
        if status is not None:
            frame = frame[frame["status"] == status]
        if as_json:
            print_json(frame.drop(columns="content").head(limit))
            return
        titles = {
            "task_force_id": say("编号", "task force"),
            "case_id": say("系列", "case"),
            "members": say("成员单位", "members"),
            "status": say("状态", "state"),
            "reason": say("理由", "reason"),
        }
        print_table(frame, titles, most=limit)

    @forces.command("show", help=say("查看专班，写出方案", "a task force; write its plan"))
    def show(
        task_force_id: Annotated[str, typer.Argument(help=say("专班编号", "task force id"))],
        out: Annotated[Path | None, typer.Option(help=say("写出方案", "write the plan"))] = None,
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        with existing_store(store) as opened:
            frame = opened.table("task_forces")
            found = frame[frame["task_force_id"] == task_force_id]
            if found.empty:
                raise RefusedError(
                    Problem(task_force_id, say("没有这个专班", "no such task force"))
                )
            row = found.iloc[0]
            document = opened.document(str(row["document"]))
        if out is not None and document is not None:
            out.write_bytes(document)
        print_facts((str(name), value) for name, value in row.items() if name != "content")

    for command, status, chinese, english in (
        ("approve", "active", "启动", "start it"),
        ("close", "closed", "销号", "close it"),
        ("decline", "declined", "不予采纳", "decline it"),
    ):
        _add_step(forces, command, status, say(chinese, english))


def _add_step(forces: typer.Typer, command: str, status: str, title: str) -> None:
    @forces.command(
        command,
        help=f"{title}. warning task-forces {command} t-0123 --officer {say('李科长', 'Li')}",
    )
    def step(
        task_force_id: Annotated[str, typer.Argument(help=say("专班编号", "task force id"))],
        officer: Annotated[str, typer.Option(help=say("经办人姓名", "the officer's name"))] = "",
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        with existing_store(store) as opened:
            change_status(opened, task_force_id, status, officer)
        console.print(f"{task_force_id} → {status}", markup=False)
