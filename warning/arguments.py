"""What the public functions are given: what does not fit is told in words before any work."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

from warning.errors import Problem, UsageError
from warning.language import say

#: The largest whole number that a database keeps.
MOST = 2**63 - 1
#: pandas' option without which ``str`` is Python's own, and a missing text becomes the text nan.
TEXT_OPTION = "future.infer_string"


def check_pandas() -> None:
    """Refuse a pandas whose texts are objects: what is missing would be linked, and stored, as nan.

    Raises:
        UsageError: its option :data:`TEXT_OPTION` is off.
    """
    from pandas.api.types import pandas_dtype  # not before a function is called that needs it

    if pandas_dtype("str").kind == "U":  # asked for the option itself, pandas 3.1 warns
        raise UsageError(
            Problem(
                "pandas",
                say(f"选项 {TEXT_OPTION} 被关闭", f"the option {TEXT_OPTION} is off"),
                say("打开（pandas 3 的默认值）", "on, as pandas 3 has it by itself"),
                say(
                    f'删去环境变量 PANDAS_FUTURE_INFER_STRING=0，或 pd.set_option("{TEXT_OPTION}", True)',
                    "remove PANDAS_FUTURE_INFER_STRING=0 from the environment, or "
                    f'pd.set_option("{TEXT_OPTION}", True)',
                ),
            )
        )


def must_be(function: str, **arguments: tuple[Any, ...]) -> None:
    """Refuse arguments of the wrong kind, all of them together, and a pandas that does not fit.

    Args:
        function: whose arguments they are.
        arguments: name → the value and the kinds it may have; None among them for one left out.

    Raises:
        UsageError: naming each such argument, what it is and what it should be; or as
            :func:`check_pandas`.
    """
    check_pandas()
    faults = [
        Problem(f"warning.{function}({name}=)", _told(value), ", ".join(map(_name, kinds)))
        for name, (value, *kinds) in arguments.items()
        if not any(value is None if kind is None else isinstance(value, kind) for kind in kinds)
    ]
    if faults:
        raise UsageError(faults)


def whole_numbers(function: str, name: str, values: Iterable[Any]) -> list[int]:
    """The values as integers from 1.

    Raises:
        UsageError: the first that is none (true and false are none), or what cannot be gone through.
    """
    must_be(function, **{name: (values, Iterable)})
    found = []
    for value in values:
        whole = isinstance(value, Integral) and not isinstance(value, bool)
        if not whole or not 0 < int(value) <= MOST:
            raise UsageError(
                Problem(f"warning.{function}({name}=)", repr(value)[:40],
                        say("从 1 起的整数", "whole numbers from 1"))
            )  # fmt: skip
        found.append(int(value))
    return found


def _told(value: Any) -> str:
    kind = type(value).__name__
    return say(f"类型为 {kind}", f"is of type {kind}")


def _name(kind: type | None) -> str:
    return "None" if kind is None else kind.__name__
