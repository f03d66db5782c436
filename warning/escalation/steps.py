"""The commands that take a letter or a task force on, and the refusal of one that is not due."""

import shlex
from collections.abc import Mapping

from warning.errors import Problem, RefusedError
from warning.language import STATES, say, worded

#: Command → (state, what it is called in Chinese and English, the states it is taken from).
LETTER_STEPS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "approve": ("approved", "批准（取得文号）", "approve (the letter gets its number)", ("draft",)),
    "issue": ("issued", "发出", "issue", ("approved",)),
    "receive": ("received", "签收", "receive", ("issued",)),
    "reply": ("replied", "复函", "reply", ("received", "overdue")),
    "accept": ("accepted", "认可复函", "accept the reply", ("replied",)),
    "return": ("received", "退回复函（不予认可）", "do not accept the reply", ("replied",)),
    "object": ("objected", "提出异议", "object", ("received", "overdue")),
    "uphold": ("withdrawn", "异议成立（撤回函件）", "the objection is right", ("objected",)),
    "dismiss": ("received", "异议不成立（继续办理）", "the objection is dismissed", ("objected",)),
    "close": ("withdrawn", "撤回", "withdraw",
              ("draft", "approved", "issued", "received", "overdue", "objected")),
}  # fmt: skip
#: The same of task forces; an entry that is no state's leaves it ``active``.
FORCE_STEPS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "approve": ("active", "启动", "start it", ("proposed", "declined")),
    "decline": ("declined", "不予采纳", "decline it", ("proposed",)),
    "note": ("active", "记录化解进展", "note progress", ("active",)),
    "verify": ("active", "逐级核查", "verify at one level", ("active",)),
    "extend": ("active", "延期", "put the deadline off", ("active",)),
    "close": ("closed", "销号", "close it", ("active",)),
}
#: Commands that answer a reply or an objection: by its state alone each reads as another step.
ANSWERS = ("return", "uphold", "dismiss")


def called_step(before: str, after: str) -> str:
    """What a letter's step is called in its history: its new state, or how it answers.

    Args:
        before, after: the states that the step leads from and to.
    """
    for state, chinese, english, taken_from in (LETTER_STEPS[command] for command in ANSWERS):
        if after == state and before in taken_from:
            return say(chinese, english)
    return worded(after, STATES)


def ending(subject: str, officer: str, *, force: bool = False) -> str:
    """The command that ends a letter, or a proposed task force (``force``), whose case is gone."""
    step = "task-forces decline" if force else "letters close"
    reason = say("系列已不存在", "the case is gone")
    return f"warning {step} {subject} " + shlex.join(("--officer", officer, "--reason", reason))


def not_now(subject: str, status: str, *, force: bool = False) -> RefusedError:
    """The refusal of a step that the state does not allow: it names those that may be taken.

    Args:
        subject: id of the letter, or of the task force (``force``).
        status: the state that it is in.
        force: whether it is a task force.
    """
    now = worded(status, STATES)
    group, steps = ("task-forces", FORCE_STEPS) if force else ("letters", LETTER_STEPS)
    possible = [
        say(f"{command} {chinese}", f"{command} ({english})")
        for command, (_, chinese, english, taken_from) in steps.items()
        if status in taken_from
    ]
    return RefusedError(
        Problem(
            subject,
            say(f"现状：{now}；不能走这一步", f"it is: {now}; this step cannot be taken"),
            say("、", ", ").join(possible) or say("已了结，没有下一步", "no step: it has ended"),
            say(
                f"查看经过：warning {group} show {subject}；各步写法：warning {group} --help",
                f"see its history: warning {group} show {subject}; the steps: "
                f"warning {group} --help",
            ),
        )
    )
