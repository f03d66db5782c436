"""``warning letters``: list, show, and an officer's steps from approval to acceptance."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

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
    county_names,
    existing_store,
    print_facts,
    print_json,
    print_table,
    settings_of,
    with_example,
)
from warning.commands.office_clock import tell_far_ahead
from warning.escalation.bundles import cases_in_brief, cases_of
from warning.escalation.ladder import STEPS as NEXT
from warning.escalation.ladder import due_soon
from warning.escalation.recipients import is_unplaced, marked
from warning.escalation.steps import LETTER_STEPS
from warning.escalation.undated import told_day
from warning.language import STATES, say, worded
from warning.moments import local_now, parse_moment
from warning.officers.current import fallen_since, readdressed_since, settled_since
from warning.officers.ledger import ledger_workbook, with_county
from warning.officers.letters import find_letter, take_step
from warning.officers.unsigned import changed_since
from warning.outputs import write_output
from warning.report.pdf import write_document
from warning.settings import Settings
from warning.store import Store
from warning.tabular import rows_of

#: Commands whose step needs a reason → one for the example of the help.
REASONS = {
    "return": ("未附证据", "'no evidence is attached'"),
    "uphold": ("不属其职责", "'not in their charge'"),
    "dismiss": ("属其职责", "'in their charge'"),
    "close": ("已另行处理", "'dealt with otherwise'"),
}

LetterArgument = Annotated[str, typer.Argument(help=say("函件编号", "letter id"))]
OfficerOption = Annotated[str, typer.Option(help=say("经办人姓名", "the officer's name"))]
ReasonOption = Annotated[str, typer.Option(help=say("理由或内容", "reason or content"))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    letters = typer.Typer(
        help=say(
            "函件：列出、查看、批准、发出、复函、异议。例：warning letters list --status draft",
            "Letters: list, show, approve, issue, reply. Example: warning letters list",
        ),
        no_args_is_help=True,
    )
    app.add_typer(letters, name="letters")

    @letters.command(
        "list",
        help=with_example(
            say("列出函件", "list the letters"), "warning letters list --status overdue"
        ),
    )
    def list_letters(
        status: Annotated[
            str | None,
            typer.Option(help=say("草稿、已发出、逾期……", "draft, issued, overdue …")),
        ] = None,
        kind: Annotated[str | None, typer.Option(help="提示函 …")] = None,
        county: Annotated[
            str | None,
            typer.Option(
                help=say("起草时的县区，代码或名称", "county it was drafted for, code or name")
            ),
        ] = None,
        due_by: Annotated[
            str | None, typer.Option(help=say("期限不晚于该日", "due on that day or before"))
        ] = None,
        soon: Annotated[
            bool,
            typer.Option(
                "--soon",
                help=say("临近期限、应提醒的", "near their deadline: a reminder is owed"),
            ),
        ] = False,
        limit: LimitOption = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        escalation = settings_of(config).escalation
        with existing_store(store) as opened:
            cases = opened.table("cases")
            frame = with_county(opened.table("letters"), cases, escalation.counties)
        frame = frame.sort_values(["due_on", "letter_id"])
        ladder = [one.name for one in escalation.letters]
        kinds = {name: name for name in [*ladder, *frame["kind"]]}
        states = {state: STATES[state] for state in NEXT}
        counties = county_names(frame["county_code"], escalation.counties)
        for column, wanted in (
            ("status", code_of("--status", status, states)),
            ("kind", code_of("--kind", kind, kinds)),
            ("county_code", code_of("--county", county, counties)),
        ):
            if wanted is not None:
                frame = frame[frame[column] == wanted]
        if soon:
            near = due_soon(frame, escalation, local_now())
            frame = frame[frame["letter_id"].isin(set(near["letter_id"]))]
        if due_by is not None:
            frame = frame[frame["due_on"] <= parse_moment(due_by, "--due-by")]
        if as_json:
            print_json(frame.drop(columns="content").iloc[:limit])
            return
        titles = {
            "letter_id": say("编号", "letter"),
            "kind": say("种类", "kind"),
            "number": say("文号", "number"),
            "recipient": say("主送", "to"),
            "status": say("状态", "state"),
            "due_on": say("期限", "due"),
            "case_id": say("系列", "case"),
        }
        told = [_recipient(letter) for letter in rows_of(frame)]
        frame = frame.assign(case_id=cases_in_brief(frame, cases["case_id"]), recipient=told)
        print_table(frame, titles, most=limit or ROWS, option="--limit")

    @letters.command(
        "ledger",
        help=say(
            "导出台账（XLSX）：函件、专班、按月按县汇总。例：warning letters ledger --out 台账.xlsx",
            "the ledger as XLSX: letters, task forces, months by county. "
            "Example: warning letters ledger --out ledger.xlsx",
        ),
    )
    def ledger(
        out: Annotated[Path, typer.Option(help=say("写到的文件", "the file to write"))],
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        with existing_store(store) as opened:
            write_output(out, ledger_workbook(opened, settings_of(config)))
        console.print(str(out))

    @letters.command(
        "show",
        help=with_example(
            say("查看一封函件及其经过", "a letter and its history"),
            f"warning letters show d-0123 --out {say('函件', 'letter')}.docx",
        ),
    )
    def show(
        letter_id: Annotated[str, typer.Argument(help=say("函件编号", "letter id"))],
        out: Annotated[
            Path | None, typer.Option(help=say("写出 .docx 或 .pdf", "write .docx or .pdf"))
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            letter = find_letter(opened, letter_id)
            history = opened.rows("transitions", "letter_id", [letter_id])
            document = opened.document(str(letter["document"]))
        if out is not None:
            write_document(document, out, letter_id)
        if as_json:
            print_json({"letter": letter, "transitions": history})
            return
        facts = {**letter, "case_id": say("、", ", ").join(cases_of(letter))}
        facts["recipient"] = _recipient(letter)
        print_facts((name, value) for name, value in facts.items() if name != "content")
        titles = {
            "from_status": say("由", "from"),
            "to_status": say("至", "to"),
            "officer": say("经办人", "officer"),
            "at": say("时间", "at"),
            "reason": say("理由", "reason"),
        }
        print_table(history, titles)

    for command, (state, chinese, english, taken_from) in LETTER_STEPS.items():
        if command != "close":
            _add_step(letters, command, state, say(chinese, english), taken_from)

    @letters.command("close", help=_step_help("close", say(*LETTER_STEPS["close"][1:3])))
    def close(
        letter_id: LetterArgument,
        officer: OfficerOption = "",
        reason: ReasonOption = "",
        redo: Annotated[
            bool,
            typer.Option(
                "--redo",
                help=say(
                    "重办：下一夜重新起草（不加则不再起草）",
                    "the next night drafts it anew (without this it is not drafted again)",
                ),
            ),
        ] = False,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            moved = take_step(opened, settings, letter_id, "withdrawn", officer, reason, redo=redo)
            tell_far_ahead(opened, settings, moved, officer)
        _tell_state(moved)
        if redo:
            console.print(
                say(
                    "下一夜重新起草（系列起草时有等级、现已没有的，到有等级时；因下一级函件逾期、"
                    "复函未获认可而起草的不必等）",
                    "the next night drafts it anew (of a case that lost its tier since: once it has "
                    "one again, unless a lower letter that was not answered called for it)",
                )
            )


def _step_help(command: str, title: str) -> str:
    example = f"warning letters {command} d-0123 --officer {say('李科长', 'Li')}"
    reason = REASONS.get(command)
    return with_example(title, f"{example} --reason {say(*reason)}" if reason else example)


def _recipient(letter: Mapping[str, Any]) -> str:
    """To whom a letter goes, and whether only because nobody knows whose it is."""
    return marked(letter["recipient"], unplaced=is_unplaced(letter))


def _tell_state(moved: dict[str, Any]) -> None:
    state = worded(str(moved["status"]), STATES)
    console.print(f"{moved['letter_id']} → {state} {moved['number'] or ''}")


def _doubts(store: Store, moved: dict[str, Any], settings: Settings, officer: str) -> list[str]:
    """What speaks against sending a letter as it was approved, each with the command that ends it."""

    def closing(reason: str, *options: str) -> str:
        given = (str(moved["letter_id"]), *options, "--officer", officer, "--reason", reason)
        return f"warning letters close {shlex.join(given)}"

    withdraw = say("；不必发的，撤回：", "; if it need not go out, withdraw it: ")
    withdraw += closing(say("事由已消失", "its cause is gone"))
    redo = say("；须改的，撤回重办：", "; if it is to be drafted anew: ")
    redo += closing(say("收发单位已变", "the units have changed"), "--redo")
    return [
        *(f"{note}{withdraw}" for note in fallen_since(store, moved)),
        *(f"{note}{withdraw}" for note in settled_since(store, moved, settings)),
        *(f"{note}{redo}" for note in readdressed_since(moved, settings.escalation)),
    ]


def _add_step(
    letters: typer.Typer, command: str, state: str, title: str, taken_from: tuple[str, ...]
) -> None:
    @letters.command(command, help=_step_help(command, title))
    def step(
        letter_id: LetterArgument,
        officer: OfficerOption = "",
        reason: ReasonOption = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            before = find_letter(opened, letter_id)
            moved = take_step(
                opened, settings, letter_id, state, officer, reason, taken_from=taken_from
            )
            tell_far_ahead(opened, settings, moved, officer)
            notes = _doubts(opened, moved, settings, officer) if state == "approved" else []
        _tell_state(moved)
        for note in (*changed_since(before, moved), *notes):
            console.print(note)
        if state == "issued":
            due = told_day(moved["due_on"])
            console.print(
                say(
                    f"期限：{due}。送出的应是此时的文书：warning letters show {letter_id} --out 函件.docx",
                    f"due: {due}. Send the document as it is now: "
                    f"warning letters show {letter_id} --out letter.docx",
                )
            )
        if command == "return":
            due = told_day(moved["due_on"])
            console.print(say(f"期限：{due}", f"due: {due}"))
        left_out = moved["content"].get("left_out", ()) if state == "approved" else ()
        if left_out:
            listed = say("、", ", ").join(left_out)
            console.print(
                say(
                    f"{listed} 已不在评分范围内，未载入本函",
                    f"left out, as no longer scored: {listed}",
                )
            )
