"""Wrong usage and help in the reader's language; the command-line library knows English alone."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from itertools import pairwise
from typing import Any

import typer

from warning.errors import Problem
from warning.language import english, say

#: Pattern of what the library says, and the words for it. Its first group is what was found, a
#: second one what was expected.
WRONG = (
    (r"No such option: (\S+)(?: \(Possible options: (.+)\))?", "没有选项 {0}", "no option {0}"),
    (r"No such command '(.+?)'\.(?: Did you mean (.+)\?)?", "没有命令 {0}", "no command {0}"),
    (r"Missing command\.", "没有说明要做什么", "no command"),
    (r"Missing argument '(.+?)'.*", "缺少参数 {0}", "the argument {0} is missing"),
    (r"Missing (?:option|parameter) '(.+?)'.*", "缺少选项 {0}", "the option {0} is missing"),
    (r"Got unexpected extra argument\(s\) \((.+)\)", "多出参数 {0}", "arguments too many: {0}"),
    (r"Option '(.+)' requires an argument\.", "选项 {0} 没有值", "the option {0} has no value"),
    (r"Option '(.+)' does not take a value\.", "选项 {0} 不带值", "the option {0} takes no value"),
    (r"Invalid value for '(.+?)': (.+)", "{0} 的值不对", "the value of {0} is wrong"),
)  # fmt: skip
#: The same of what it says was expected.
EXPECTED = (
    (r"Input should be a valid integer.*", "整数", "a whole number"),
    (r"Input should be a valid number.*", "数", "a number"),
    (r"Input should be greater than or equal to (.+)", "不小于 {0}", "{0} or more"),
    (r"Input should be greater than (.+)", "大于 {0}", "more than {0}"),
    (r"Input should be less than or equal to (.+)", "不大于 {0}", "{0} or less"),
    (r"Input should be less than (.+)", "小于 {0}", "less than {0}"),
)
#: Labels of a help page.
LABELS = (
    (r"^Usage: ", "用法："),
    (r"^Arguments:$", "参数："),
    (r"^Options:$", "选项："),
    (r"^Commands:$", "命令："),
    (r"Show this message and exit\.", "显示本帮助。"),
    (r"\[required\]", "[必填]"),
    (r"\[env\s+var:\s*", "[环境变量："),
    (r"([\[;]\s*)default: ?", r"\1默认："),
)


def usage_problem(error: typer.TyperException, arguments: Sequence[str]) -> Problem:
    """What the library refused of these arguments, as every other error is told."""
    context: Any = getattr(error, "ctx", None)
    path = " ".join(["warning", *arguments[:1]]) if context is None else str(context.command_path)
    found, rest = _translated(error.format_message(), WRONG)
    if isinstance(error, typer.BadParameter):
        found += _given(str(getattr(error.param, "opts", [""])[0]), arguments)
    expected = _translated(rest, EXPECTED)[0]
    return Problem(path, found, expected.strip("'"), f"{path} --help")


def _given(option: str, arguments: Sequence[str]) -> str:
    """The value that an option was given, to stand behind the words."""
    for one, following in pairwise([*arguments, ""]):
        if one == option or one.startswith(f"{option}="):
            value = following if one == option else one.removeprefix(f"{option}=")
            return say(f"：{value}", f": {value}")
    return ""


def _translated(text: str, table: Sequence[tuple[str, str, str]]) -> tuple[str, str]:
    """The text in the reader's language, and what else it told; a text not known as it is."""
    for pattern, chinese, words in table:
        match = re.fullmatch(pattern, text, re.DOTALL)
        if match:
            told = [part or "" for part in match.groups()]
            return say(chinese, words).format(*told), "".join(told[1:])
    return text, ""


@contextmanager
def help_in_words(arguments: Sequence[str]) -> Iterator[None]:
    """Help that is printed meanwhile has its labels in the reader's language."""
    if "--help" not in arguments:
        yield
        return
    told = io.StringIO()
    try:
        with redirect_stdout(told):
            yield
    finally:
        typer.echo(labelled(told.getvalue()), nl=False)


def labelled(page: str) -> str:
    """A help page with its labels in the reader's language."""
    if not english():
        for pattern, label in LABELS:
            page = re.sub(pattern, label, page, flags=re.MULTILINE)
    return page
