"""What the public functions are given: one of the wrong kind is told in words before any work."""

from collections.abc import Iterable
from numbers import Integral
from typing import Any

from warning.errors import Problem, UsageError
from warning.language import say

#: The largest whole number that a database keeps.
MOST = 2**63 - 1


def must_be(function: str, **arguments: tuple[Any, ...]) -> None:
    """Refuse arguments of the wrong kind, all of them together.

    Args:
        function: whose arguments they are.
        arguments: name → the value and the kinds it may have; None among them for one left out.

    Raises:
        UsageError: naming each such argument, what it is and what it should be.
    """
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
