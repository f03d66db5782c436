"""``warning letters``: list, show, and an officer's steps from approval to acceptance."""

from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from warning.case_files import case_files
from warning.case_masks import CaseMasks
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
from warning.commands.office_clock import step_moment, tell_far_ahead
from warning.errors import Problem, RefusedError
from warning.escalation import workbook
from warning.escalation.approval import check_approver
from warning.escalation.bundles import cases_of, drafted_cases, less
from warning.escalation.documents import CaseFile, day, letter_document, with_deadline
from warning.escalation.ladder import deadline_after, due_soon, transition
from warning.escalation.rules import document_number
from warning.language import STATES, say, worded
from warning.moments import local_now, parse_moment
from warning.outputs import write_output
from warning.report.pdf import write_document
from warning.settings import Settings
from warning.store import Store
from warning.store.case_rows import case_rows
from warning.store.deciding import change_letter, number_letter

#: Command → (state, what it is called in Chinese and English, the states it is taken from).
STEPS = {
    "approve": ("approved", "批准（取得文号）", "approve (the letter gets its number)", ("draft",)),
    "issue": ("issued", "发出", "issue", ("approved",)),
    "receive": ("received", "签收", "receive", ("issued",)),
    "reply": ("replied", "复函", "reply", ("received", "overdue")),
    "accept": ("accepted", "认可复函", "accept the reply", ("replied",)),
    "return": ("received", "退回复函（不予认可）", "do not accept the reply", ("replied",)),
    "object": ("objected", "提出异议", "object", ("received", "overdue")),
    "uphold": ("withdrawn", "异议成立（撤回函件）", "the objection is right", ("objected",)),
    "dismiss": ("received", "异议不成立（继续办理）", "the objection is dismissed", ("objected",)),
    "close": ("withdrawn", "撤回", "withdraw", ()),
}

#: What the step says of a deadline that its document told otherwise.
FROM_ISSUE = "期限自发出之日起算："
#: What the step says of cases that the letter was approved without.
LEFT_OUT = "已不在评分范围内，未载入本函："


def find_letter(store: Store, letter_id: str) -> dict[str, Any]:
    """The row of a letter.

    Raises:
        RefusedError: there is no such letter.
    """
    found = store.rows("letters", "letter_id", [letter_id])
    if found.empty:
        raise RefusedError(
            Problem(
                letter_id,
                say("没有这封函件", "there is no such letter"),
                say("warning letters list 列出的编号", "an id that warning letters list shows"),
                say("用 warning letters list 查看", "see: warning letters list"),
            )
        )
    row = found.iloc[0].to_dict()
    for name in ("number", "document"):
        row[name] = row[name] if isinstance(row[name], str) else None
    return {str(name): value for name, value in row.items()}


def take_step(
    store: Store,
    settings: Settings,
    letter_id: str,
    state: str,
    officer: str,
    reason: str,
    at: pd.Timestamp | None = None,
    taken_from: tuple[str, ...] = (),
) -> dict[str, Any]:
    """Move a letter on; at approval it gets its number and its document loses the draft mark.

    The deadline counts from the issue: where that is another one than its document tells, the
    document tells the new one, and the step's reason says so.

    Of several cases those that are no longer scored are left out at approval, as the step's reason
    and the letter's ``content["left_out"]`` say.

    Args:
        store, settings: as everywhere.
        letter_id: the letter.
        state: the state it enters.
        officer, reason: who, and why.
        at: when; None is now.
        taken_from: the states it may come from; empty for all that the ladder allows.

    Raises:
        RefusedError: the step is impossible, nobody is named, the officer's post may not approve,
            another officer was faster, or the clock is before the last night.
    """
    letter, now = find_letter(store, letter_id), step_moment(store, at)
    if taken_from and letter["status"] not in taken_from:
        raise RefusedError(
            Problem(
                letter_id,
                say(f"现状为 {worded(letter['status'], STATES)}", f"it is {letter['status']}"),
                say("、", ", ").join(worded(status, STATES) for status in taken_from),
                say("先看经过：warning letters show", "see its history: warning letters show"),
            )
        )
    moved, row = transition(letter, state, officer, now, reason)
    if state == "approved":
        post = letter["content"]["approver"]
        check_approver(letter_id, officer, post, settings.escalation)
    objected = _last_objection(store, letter_id) if letter["status"] == "objected" else None
    moved["due_on"] = deadline_after(letter, state, now, settings.escalation, objected)
    if state != "approved":
        document = None
        if state == "issued" and day(moved["due_on"]) != day(letter["due_on"]):
            row["reason"] = "；".join(filter(None, (reason, f"{FROM_ISSUE}{day(moved['due_on'])}")))
            signed = store.document(str(letter["document"]))
            document = signed and with_deadline(signed, letter, moved["due_on"])
        change_letter(store, _plain(moved), _plain(row), document)
        return moved
    files = {file.case_id: file for file in current_case_files(store, settings, cases_of(letter))}
    gone = {case_id for case_id in cases_of(letter) if case_id not in files}
    if gone:
        moved = less(moved, gone, store.survivors(drafted_cases(letter)))
        row["reason"] = "；".join(filter(None, (reason, f"{LEFT_OUT}{'、'.join(sorted(gone))}")))
    first, *others = (files[case_id] for case_id in cases_of(moved))
    form = settings.file("templates/letter.docx")

    def finish(sequence: int) -> tuple[dict[str, Any], bytes]:
        number = document_number(settings.escalation, now.year, sequence)
        signed = {**moved, "number": number, "dated": now}
        return {"number": number}, letter_document(signed, first, form, others)

    return dict(number_letter(store, _plain(moved), _plain(row), now.year, finish))


def _last_objection(store: Store, letter_id: str) -> pd.Timestamp | None:
    history = store.rows("transitions", "letter_id", [letter_id])
    mine = history["to_status"] == "objected"
    return history.loc[mine, "at"].max() if mine.any() else None


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None
        if value is pd.NaT
        else value.to_pydatetime()
        if hasattr(value, "to_pydatetime")
        else value
        for name, value in row.items()
    }


def current_case_files(store: Store, settings: Settings, case_ids: list[str]) -> list[CaseFile]:
    """What documents tell of cases, as of the last night; of those that are still scored.

    Raises:
        RefusedError: none is.
    """
    from warning.nightly import build_history

    rows = case_rows(store, case_ids, store.last_night(), settings)
    history = build_history(rows.records, rows.links, settings)
    files = case_files(
        set(case_ids),
        rows.records,
        rows.parties,
        rows.links,
        history,
        rows.warnings,
        settings,
        rows.named,
        store.withheld(store.last_night()),
    )
    if not files:
        raise RefusedError(
            Problem(
                "、".join(case_ids),
                say("该系列已不在评分范围内", "the case is no longer scored"),
                action=say(
                    "等系列恢复后再办；确已不存在的，撤回该函件或不予采纳",
                    "wait until it is back; if it is gone for good, withdraw or decline it",
                ),
            )
        )
    return [files[case_id] for case_id in case_ids if case_id in files]


def with_county(frame: pd.DataFrame, store: Store) -> pd.DataFrame:
    """Letters or task forces with their case's ``county_code``."""
    counties = store.table("cases").set_index("case_id")["county_code"]
    return frame.assign(county_code=frame["case_id"].map(counties))


def ledger_workbook(store: Store, settings: Settings) -> bytes:
    """The ledger (台账) as XLSX: 函件, 专班, 月汇总; what officers wrote is masked."""
    counties = settings.escalation.counties
    transitions = store.table("transitions")
    rows = workbook.letter_ledger(with_county(store.table("letters"), store), transitions, counties)
    forces = store.table("task_forces")
    forces = CaseMasks(store, forces["case_id"]).forces(forces)
    forces = workbook.force_ledger(with_county(forces, store), counties)
    cases = store.table("cases")
    last_at = dict(zip(cases["case_id"], cases["last_at"], strict=True))
    months = workbook.monthly(rows, transitions, last_at)
    return workbook.workbook(
        {
            "函件": (rows.sort_values(["drafted_at", "letter_id"]), workbook.LETTERS),
            "专班": (forces.sort_values(["proposed_at", "task_force_id"]), workbook.FORCES),
            "月汇总": (months, workbook.MONTHS),
        }
    )


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
            str | None, typer.Option(help=say("县区代码", "the county's code"))
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
        with existing_store(store) as opened:
            frame = with_county(opened.table("letters"), opened)
        frame = frame.sort_values(["due_on", "letter_id"])
        ladder = [one.name for one in settings_of(config).escalation.letters]
        kinds = {name: name for name in [*ladder, *frame["kind"]]}
        for column, wanted in (
            ("status", code_of("--status", status, STATES)),
            ("kind", code_of("--kind", kind, kinds)),
            ("county_code", county),
        ):
            if wanted is not None:
                frame = frame[frame[column] == wanted]
        if soon:
            near = due_soon(frame, settings_of(config).escalation, local_now())
            frame = frame[frame["letter_id"].isin(set(near["letter_id"]))]
        if due_by is not None:
            frame = frame[frame["due_on"] <= parse_moment(due_by)]
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
        print_table(frame, titles, most=limit or ROWS)

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
        print_facts((name, value) for name, value in letter.items() if name != "content")
        titles = {
            "from_status": say("由", "from"),
            "to_status": say("至", "to"),
            "officer": say("经办人", "officer"),
            "at": say("时间", "at"),
            "reason": say("理由", "reason"),
        }
        print_table(history, titles)

    for command, (state, chinese, english, taken_from) in STEPS.items():
        _add_step(letters, command, state, say(chinese, english), taken_from)


def _add_step(
    letters: typer.Typer, command: str, state: str, title: str, taken_from: tuple[str, ...]
) -> None:
    @letters.command(
        command,
        help=with_example(
            title, f"warning letters {command} d-0123 --officer {say('李科长', 'Li')}"
        ),
    )
    def step(
        letter_id: Annotated[str, typer.Argument(help=say("函件编号", "letter id"))],
        officer: Annotated[str, typer.Option(help=say("经办人姓名", "the officer's name"))] = "",
        reason: Annotated[str, typer.Option(help=say("理由或内容", "reason or content"))] = "",
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            moved = take_step(
                opened, settings, letter_id, state, officer, reason, taken_from=taken_from
            )
            tell_far_ahead(opened, settings)
        state_word = worded(str(moved["status"]), STATES)
        console.print(f"{letter_id} → {state_word} {moved['number'] or ''}")
        if state == "issued":
            due = day(moved["due_on"])
            console.print(
                say(
                    f"期限：{due}。送出的应是此时的文书：warning letters show {letter_id} --out 函件.docx",
                    f"due: {due}. Send the document as it is now: "
                    f"warning letters show {letter_id} --out letter.docx",
                )
            )
        left_out = moved["content"].get("left_out", ()) if state == "approved" else ()
        if left_out:
            listed = "、".join(left_out)
            console.print(
                say(
                    f"{listed} 已不在评分范围内，未载入本函",
                    f"left out, as no longer scored: {listed}",
                )
            )
