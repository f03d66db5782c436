"""What is wrong with a file that is no YAML, in the reader's words."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import Node, ScalarNode
from ruamel.yaml.reader import ReaderError

from warning.errors import Problem
from warning.language import say


class _Fault(NamedTuple):
    """What the library says (a pattern), and the same for who edits the file: what, what to do."""

    pattern: str
    chinese: str
    english: str
    do_chinese: str
    do_english: str


_FAULTS = (
    _Fault("mapping values are not allowed", "此处不能有冒号", "a colon that cannot stand here",
           "值中有冒号时加引号；上一行的键缺冒号时补上；同一层的键左边对齐",
           "put a value with a colon in quotes; add what the key above lacks; align the keys of a level"),
    _Fault("could not find expected ':'", "键后面缺少冒号", "a key without its colon",
           "每个键后面写冒号和一个空格", "write a colon and a space after each key"),
    _Fault("expected <block end>", "缩进与上文不一致", "an indentation that fits nothing above",
           "同一层的行左边对齐", "align the lines of one level"),
    _Fault("expected ',' or", "括号没有闭合，或缺少逗号",
           "a bracket that is not closed, or a missing comma",
           "检查这一行和上一行的括号、逗号", "check brackets and commas in this line and the one above"),
    _Fault("unknown escape character", "双引号中不认识的转义（\\）",
           "an unknown escape (\\) in double quotes", "改用单引号", "use single quotes"),
    _Fault("unexpected end of stream|unexpected document separator",
           "引号没有闭合", "a quote that is not closed", "在文字末尾补上引号",
           "close the quote at the end of its text"),
    _Fault("expected a single document", "第二份文档（---）", "a second document (---)",
           "一个文件只写一份，删去这一行", "keep one in a file, and delete the line"),
    _Fault("found duplicate key", "同一层中重复的键", "a key for the second time in its level",
           "只保留其中一行", "keep one of its lines"),
    _Fault("sequence entries are not allowed", "此处不能有列表项（-）",
           "a list's dash that cannot stand here", "列表项另起一行，左边对齐",
           "begin each item on a line of its own, aligned"),
    _Fault("cannot start any token", "不能用在开头的符号", "a sign that no value begins with",
           "给这个值加引号", "put the value in quotes"),
    _Fault("special characters are not allowed", "不能出现的控制字符", "a control character",
           "删去这个字符后重新保存", "delete the character and save the file again"),
    _Fault("undefined alias|undefined tag", "没有定义的引用（* 或 !）",
           "a reference (* or !) to what is not there", "给这个值加引号，或删去符号",
           "put the value in quotes, or delete the sign"),
    _Fault("could not determine a constructor", "不认识的标签（!）", "an unknown tag (!)",
           "给这个值加引号，或删去标签", "put the value in quotes, or delete the tag"),
)  # fmt: skip

#: Characters of a value that a message shows.
_SHOWN = 40
#: A key with a colon of Chinese typing, which is none in YAML.
_WIDE_COLON = re.compile(r"^\s*[\w.]+(：)")


def syntax_problem(path: Path, text: str, error: YAMLError) -> Problem:
    """The fault with its line and column; in the library's own words only where it is a rare one."""
    line, column = _place(text, error)
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1]:
        return Problem(
            f"{path}:{line}:{lines[line - 1].index(chr(9)) + 1}",
            say("行中有制表符（Tab）", "a tab character in the line"),
            say("用空格缩进", "indentation by spaces"),
            say("把 Tab 换成空格", "replace the tab by spaces"),
        )
    told = str(error)
    if isinstance(error, MarkedYAMLError):
        told = f"{error.context or ''} {error.problem or error}".strip()
    place, valid = f"{path}:{line}:{column}", say("有效的 YAML", "valid YAML")
    for fault in _FAULTS:
        if re.search(fault.pattern, told):
            what = say(fault.chinese, fault.english)
            return Problem(place, what, valid, say(fault.do_chinese, fault.do_english))
    return Problem(place, say(f"语法错误（{told}）", told), valid)


def value_problem(path: Path, text: str, error: Exception) -> Problem:
    """A value that is none of its kind (2027-13-01), with its line and column."""
    yaml = YAML(typ="rt", pure=True)
    for node in _scalars(yaml.compose(text)):
        try:
            yaml.constructor.construct_object(node)
        except (ValueError, TypeError, LookupError, YAMLError):
            shown = node.value[:_SHOWN]
            if str(node.tag).endswith(":timestamp"):
                what = say(
                    f"没有这个日期或时刻：{shown}", f"there is no such date or time: {shown}"
                )
                wanted = say(
                    "存在的日期，例如 2027-01-01", "a date that there is, such as 2027-01-01"
                )
            else:
                what = say(f"读不出的值：{shown}", f"a value that cannot be read: {shown}")
                wanted = say("一个数，或加引号的文字", "a number, or text in quotes")
            at = node.start_mark
            place = f"{path}:{at.line + 1}:{at.column + 1}"
            return Problem(place, what, wanted, say("改正这个值", "correct the value"))
    return Problem(str(path), str(error), say("有效的 YAML", "valid YAML"))


def _scalars(root: Node) -> Iterator[ScalarNode]:
    """All single values and keys, each once however often it is referred to."""
    seen, todo = set[int](), [root]
    while todo:
        node = todo.pop()
        if isinstance(node, ScalarNode):
            yield node
        elif id(node) not in seen and node is not None:
            seen.add(id(node))
            parts = [part for item in node.value
                     for part in (item if isinstance(item, tuple) else (item,))]  # fmt: skip
            todo += reversed(parts)


def wide_colons(path: Path, text: str) -> list[Problem]:
    """Each line whose key has a full-width colon, in a file that is wrong somehow."""
    found = [(line, _WIDE_COLON.match(of)) for line, of in enumerate(text.splitlines(), 1)]
    return [
        Problem(
            f"{path}:{line}:{match.start(1) + 1}",
            say("键后面是全角冒号（：）", "a full-width colon after the key"),
            say("半角冒号和一个空格", "a colon and a space"),
            say("把“：”换成“: ”", "type it in half width"),
        )
        for line, match in found
        if match is not None
    ]


def _place(text: str, error: YAMLError) -> tuple[int, int]:
    """Line and column from 1: of a quote that is not closed where it opens."""
    if isinstance(error, ReaderError):
        before = text[: error.position].split("\n")
        return len(before), len(before[-1]) + 1
    if not isinstance(error, MarkedYAMLError):
        return 1, 1
    mark = error.problem_mark or error.context_mark
    if "quoted scalar" in (error.context or "") and "unexpected" in (error.problem or ""):
        mark = error.context_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)
