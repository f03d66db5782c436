"""An officer's steps with a letter, from approval to acceptance."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from warning.errors import Problem, RefusedError
from warning.escalation.approval import check_approver
from warning.escalation.bundles import cases_of, drafted_cases, less
from warning.escalation.deadlines import day
from warning.escalation.documents import letter_document, with_deadline
from warning.escalation.ladder import deadline_after, transition
from warning.escalation.past import Steps, as_refused, to_redo
from warning.escalation.renamed import under_present_names
from warning.escalation.rules import document_number
from warning.escalation.steps import ending, not_now
from warning.language import say
from warning.officers.clock import step_moment
from warning.officers.current import current_case_files
from warning.officers.unsigned import check_addressees, with_departments
from warning.settings import Settings
from warning.settings.escalation import EscalationSettings
from warning.store import Store
from warning.store.deciding import change_letter, number_letter

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
    *,
    redo: bool = False,
) -> dict[str, Any]:
    """Move a letter on; at approval it gets its number and its document loses the draft mark.

    The deadline counts from the issue: where that is another one than its document tells, the
    document tells the new one, and the step's reason says so.

    Of several cases those that are no longer scored are left out at approval, as the step's reason
    and the letter's ``content["left_out"]`` say. Its departments are those that its cases call for by
    then.

    Args:
        store, settings: as everywhere.
        letter_id: the letter.
        state: the state it enters.
        officer, reason: who, and why.
        at: when; None is now.
        taken_from: the states it may come from; empty for all that the ladder allows.
        redo: of a step to ``withdrawn``: the next night drafts the letter anew, once.

    Raises:
        ValueError: ``redo`` with another state.
        RefusedError: the step is impossible, nobody is named, the officer's post may not approve,
            another officer was faster, the clock is before the last night, ``redo`` of a letter
            that is of no step of the ladder, or recipient or copies of a draft would be others now.
    """
    if redo and state != "withdrawn":
        raise ValueError(state)
    letter, now = find_letter(store, letter_id), step_moment(store, at)
    if taken_from and letter["status"] not in taken_from:
        raise not_now(letter_id, str(letter["status"]))
    moved, row = transition(letter, state, officer, now, reason)
    if state == "approved":
        post = letter["content"]["approver"]
        check_approver(letter_id, officer, post, settings.escalation)
    objected = _last_objection(store, letter_id) if letter["status"] == "objected" else None
    moved["due_on"] = deadline_after(letter, state, now, settings.escalation, objected)
    if redo:
        _check_kind(letter, settings.escalation)
        moved = to_redo(moved, store.last_night())
    if letter["status"] == "replied" and state == "received":
        moved = as_refused(moved, now, store.last_night())
    if state != "approved":
        document = None
        if state == "issued" and day(moved["due_on"]) != day(letter["due_on"]):
            row["reason"] = "；".join(
                filter(None, (row["reason"], f"{FROM_ISSUE}{day(moved['due_on'])}"))
            )
            signed = store.document(str(letter["document"]))
            document = signed and with_deadline(signed, letter, moved["due_on"])
        change_letter(store, _plain(moved), _plain(row), document)
        return moved
    told = current_case_files(store, settings, cases_of(letter), ending(letter_id, officer))
    files = {file.case_id: file for file in told}
    gone = {case_id for case_id in cases_of(letter) if case_id not in files}
    if gone:
        moved = less(moved, gone, store.survivors(drafted_cases(letter)))
        row["reason"] = "；".join(
            filter(None, (row["reason"], f"{LEFT_OUT}{'、'.join(sorted(gone))}"))
        )
    carried = [files[case_id] for case_id in cases_of(moved)]
    check_addressees(moved, carried, settings.escalation, officer)
    moved = with_departments(moved, carried, settings)
    first, *others = carried
    form = settings.file("templates/letter.docx")
    # A draft of an earlier version, or of other settings, may name a letter that would not come.
    follows = _next_after(store, settings.escalation, moved, first.kind)
    moved["content"] = {**moved["content"], "next_step": follows}

    def finish(sequence: int) -> tuple[dict[str, Any], bytes]:
        number = document_number(settings.escalation, now.year, sequence)
        signed = {**moved, "number": number, "dated": now}
        return {"number": number}, letter_document(signed, first, form, others)

    return dict(number_letter(store, _plain(moved), _plain(row), now.year, finish))


def _next_after(
    store: Store, settings: EscalationSettings, letter: Mapping[str, Any], case_kind: str
) -> str:
    """The letter that follows by today's settings and what else of its cases was sent by now."""
    work = [store.work_on(case_id) for case_id in cases_of(letter)]
    letters = pd.concat([one[0] for one in work]).drop_duplicates("letter_id")
    transitions = pd.concat([one[1] for one in work]).drop_duplicates()
    letters = under_present_names(letters, settings)
    steps = Steps.of(letters, transitions, transitions.iloc[:0], settings)
    return steps.next_after(str(letter["kind"]), letter["drafted_at"], cases_of(letter), case_kind)


def _check_kind(letter: Mapping[str, Any], settings: EscalationSettings) -> None:
    """A letter can be drafted anew where its kind is, or was once called, a step of the ladder."""
    kind = str(letter["kind"])
    names = [step.name for step in settings.letters]
    if settings.present_names.get(kind, kind) not in names:
        raise RefusedError(
            Problem(
                str(letter["letter_id"]),
                say(
                    f"{kind}不在 escalation.yaml 的阶梯中，不会重新起草",
                    f"{kind} is no step of escalation.yaml, and no night drafts it anew",
                ),
                say("、", ", ").join(names),
                say(
                    f"改了名的，在该级写 formerly: [{kind}]；取消了的，不加 --redo 撤回",
                    f"where the step was renamed, give it formerly: [{kind}]; where it is gone, "
                    "withdraw the letter without --redo",
                ),
            )
        )


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
