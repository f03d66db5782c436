"""Reading a YAML file into a strict model, with every fault named by file and line."""

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import PydanticCustomError
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import YAMLError

from warning.errors import Problem, SettingsError
from warning.language import say
from warning.settings.loading import (
    MOST_BYTES,
    MOST_DEPTH,
    TooLargeError,
    file_text,
    loaded,
    too_deep,
)
from warning.settings.syntax import syntax_problem, value_problem, wide_colons


class Strict(BaseModel):
    """A part of the configuration: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Strict)


def read_yaml(path: Path, model: type[Model]) -> tuple[Model | None, list[Problem]]:
    """Read one YAML file into ``model``.

    Returns the model and no problems, or None and every problem found in the file. No tag of
    the file is executed.
    """
    wanted = say("UTF-8 编码的 YAML 文件", "a YAML file in UTF-8")
    try:
        text = file_text(path)
    except UnicodeDecodeError as error:
        line = bytes(error.object[: error.start]).count(b"\n") + 1
        found = say("不是 UTF-8 编码的文字", "text that is not in UTF-8")
        do = say("另存为 UTF-8 编码", "save the file again in UTF-8")
        return None, [Problem(f"{path}:{line}", found, wanted, do)]
    except TooLargeError:
        found = say(f"大于 {MOST_BYTES // 1_000_000} MB 的文件",
                    f"a file of more than {MOST_BYTES // 1_000_000} MB")  # fmt: skip
        do = say("删去不是配置的内容", "delete what is no configuration")
        return None, [Problem(str(path), found, wanted, do)]
    except OSError as error:
        cause = error.strerror or type(error).__name__
        found = say(f"无法读取（{cause}）", f"cannot be read ({cause})")
        do = say("检查文件及其权限", "check the file and its permissions")
        return None, [Problem(str(path), found, wanted, do)]
    try:
        content, plain = loaded(text)
    except YAMLError as error:
        return None, [*wide_colons(path, text), syntax_problem(path, text, error)]
    except RecursionError:
        return None, [_depth_problem(path, text)]
    except (ValueError, TypeError, LookupError) as error:
        return None, [value_problem(path, text, error)]
    try:
        return model.model_validate(plain), []
    except ValidationError as error:
        told = [_problem(path, content, part) for item in error.errors() for part in _parts(item)]
        return None, [*wide_colons(path, text), *told]


def place_in(path: Path, place: Sequence[str | int]) -> tuple[int, str]:
    """The 1-based line of a place in a file that could be read, and the place's name (``a.b.0``).

    Args:
        place: keys and positions down to it; where it does not stand, the line of what holds it.
    """
    content, _ = loaded(file_text(path))
    return _line(content, list(place))


def faults(found: Sequence[tuple[Sequence[str | int], str]]) -> PydanticCustomError:
    """An error to raise in a validator that names several faults, each at its own place.

    Args:
        found: where, relative to the value that is validated, and what is wrong.
    """
    message = "；".join(text for _, text in found)
    return PydanticCustomError("faults", "{message}", {"message": message, "faults": list(found)})


def _parts(item: Any) -> list[Any]:
    """The error itself, or each of the faults that a validator found together."""
    found = item.get("ctx", {}).get("faults")
    if not found:
        return [item]
    return [
        {**item, "loc": (*item["loc"], *at), "input": _inside(item["input"], at), "msg": text}
        for at, text in found
    ]


def _inside(value: Any, place: Sequence[str | int]) -> Any:
    """What stands at a place inside a value; where nothing does, the last that holds it."""
    for part in place:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
    return value


def packaged(name: str, model: type[Model]) -> Model:
    """A file of the configuration that the package carries.

    Args:
        name: its path inside ``config/``.
        model: what it may say.

    Raises:
        SettingsError: the installed file is damaged.
    """
    content, problems = read_yaml(Path(str(resources.files("warning") / "config" / name)), model)
    if content is None:
        raise SettingsError(problems)
    return content


def _depth_problem(path: Path, text: str) -> Problem:
    mark = too_deep(text)
    where = str(path) if mark is None else f"{path}:{mark.line + 1}:{mark.column + 1}"
    return Problem(
        where,
        say(f"嵌套超过 {MOST_DEPTH} 层（别名展开后）",
            f"more than {MOST_DEPTH} levels deep (aliases written out)"),
        say("有效的 YAML", "valid YAML"),
        say("检查括号和缩进", "check brackets and indentation"),
    )  # fmt: skip


def _problem(path: Path, content: Any, item: Any) -> Problem:
    location = [part for part in item["loc"] if not str(part).startswith("function-")]
    line, name = _line(content, location)
    if item["type"] == "extra_forbidden":
        return Problem(
            f"{path}:{line}",
            say(f"未知的设置项 {name}", f"unknown key {name}"),
            say("配置说明中的设置项", "a key that the schema knows"),
            say("改正拼写或删去这一行", "correct its spelling or delete the line"),
        )
    if item["type"] == "missing":
        return Problem(
            f"{path}:{line}",
            say(f"缺少 {name}", f"{name} is missing"),
            _expected(item),
            say("补写这一项", "add it"),
        )
    found, mend = item.get("input"), say("改正这一行的值", "correct the value in this line")
    named = say(name or "文件", name or "the file")
    if found and isinstance(found, dict | list) and item["type"] not in _WANTED:
        wrong = say(f"{named} 的内容不合要求", f"what {named} holds does not suit")
        return Problem(f"{path}:{line}", wrong, _expected(item), mend)
    shown = _value(found)
    return Problem(
        f"{path}:{line}",
        say(f"{named} 的值为{shown}", f"{named} is {shown}"),
        _expected(item),
        mend,
    )


def _value(found: Any) -> str:
    """What stands there, as who edits the file would call it."""
    if found is None:
        return say("空", "empty")
    if isinstance(found, bool):
        return " " * (say("zh", "en") == "zh") + str(found).lower()
    if isinstance(found, list):
        return say("一个列表", "a list") if found else say("空的列表", "an empty list")
    if isinstance(found, dict):
        return say(*_MAP) if found else say("空的 {}", "an empty {}")
    text = repr(found) if isinstance(found, str | int | float) else str(found)
    return say(f" {text}", text)


_LIST = ("一个列表", "a list")
_MAP = ("若干“名称: 值”", "lines of name: value")
_TRUTH = ("true 或 false", "true or false")
_TIME = ("一天中的时刻，例如 17:30", "a time of the day, such as 17:30")
_DATE = ("一个日期，例如 2027-01-01", "a date, such as 2027-01-01")
#: What the schema wants, by the kind of its fault: in Chinese and in English.
_WANTED = {
    "missing": ("必须填写", "a value"),
    "float_type": ("一个数（不带引号、百分号和单位，例如 0.15）",
                   "a number without quotes, percent sign or unit, such as 0.15"),
    "finite_number": ("一个有限的数", "a finite number"),
    "int_type": ("一个整数（不带引号和小数点，例如 15）",
                 "a whole number without quotes or a decimal point, such as 15"),
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "string_type": ("文字（必要时加引号）", "text, in quotes where it is a number or a date"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "invalid_key": ("文字作名称（必要时加引号）", "text as a name, in quotes where it is a number"),
    "dict_type": _MAP,
    "mapping_type": _MAP,
    "model_type": _MAP,
    "greater_than": ("大于 {gt}", "more than {gt}"),
    "greater_than_equal": ("不小于 {ge}", "{ge} or more"),
    "less_than": ("小于 {lt}", "less than {lt}"),
    "less_than_equal": ("不大于 {le}", "{le} or less"),
    "literal_error": ("{listed} 之一", "{expected}"),
    "too_short": ("至少 {min_length} 项", "at least {min_length} of them"),
    "string_too_short": ("至少 {min_length} 个字", "at least {min_length} characters"),
    "time_type": _TIME,
    "time_parsing": _TIME,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
}  # fmt: skip


def _expected(item: Any) -> str:
    """What the schema wants, in the reader's language; our own validators' words as they are."""
    context = {name: str(value) for name, value in item.get("ctx", {}).items()}
    context["listed"] = context.get("expected", "").replace(", ", "、").replace(" or ", "、")
    wanted = _WANTED.get(item["type"])
    if wanted is None:
        return str(item["msg"]).removeprefix("Value error, ")
    return say(*wanted).format_map(context)


def only(chinese: str, english: str, known: Iterable[str]) -> ValueError:
    """The error of a validator that wants these names and found others."""
    return ValueError(say(f"{chinese}：{'、'.join(known)}", f"{english}: {', '.join(known)}"))


def _line(content: Any, location: list[Any]) -> tuple[int, str]:
    """The 1-based line of the deepest part of ``location`` that stands in the file."""
    line, node = 1, content
    for part in location:
        if isinstance(node, CommentedMap) and part in node:
            line = _key_line(node, part) or line
        elif isinstance(node, CommentedSeq) and isinstance(part, int) and part < len(node):
            line = node.lc.item(part)[0] + 1
        else:
            break
        node = node[part]
    return line, ".".join(map(str, location))


def _key_line(node: CommentedMap, key: Any) -> int | None:
    """The 1-based line of a key, also of one that a merge (``<<``) brings; None: no line is known."""
    if node.lc.data is not None and key in node.lc.data:
        return int(node.lc.key(key)[0]) + 1
    for merged in node.merge:
        held = merged[1] if isinstance(merged, tuple) else merged
        if key in held:
            return _key_line(held, key)
    return None
