"""Reading the text of a YAML file: no larger, no deeper and with no other tags than is meant."""

from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, TaggedScalar
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.events import (
    MappingEndEvent,
    MappingStartEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import Node

from warning.language import say

#: Larger than any configuration, in bytes: reading a hundred times as much takes minutes.
MOST_BYTES = 1_000_000
#: More values than any configuration has: aliases of aliases grow without bound.
MOST_VALUES = 200_000
#: Deeper than any configuration nests.
MOST_DEPTH = 50


class TooLargeError(Exception):
    """A file of more than :data:`MOST_BYTES`."""


class _Composer(Composer):
    """One that stops where the nesting becomes too deep: the rest may take seconds to read."""

    nested = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self.nested += 1
        # What is nested MOST_DEPTH deep may hold single values, at one more.
        if self.nested > MOST_DEPTH + 1:
            raise RecursionError
        try:
            return super().compose_node(parent, index)
        finally:
            self.nested -= 1


class _Constructor(RoundTripConstructor):
    """One that refuses a tag that it does not know, instead of passing it over."""

    def refuse(self, node: Node) -> None:
        self.construct_undefined(node)


_Constructor.add_constructor(None, _Constructor.refuse)


def file_text(path: Path) -> str:
    """The text of a file in UTF-8, its lines ended by a line feed.

    Raises:
        OSError, UnicodeDecodeError: it cannot be read, or is in another encoding.
        TooLargeError: it is larger than any configuration.
    """
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TooLargeError
    return content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=32)
def loaded(text: str) -> tuple[Any, Any]:
    """The content with its lines, and plain; kept, since reading it takes most of a short command.

    Raises:
        YAMLError: it is no YAML, or has an unknown tag.
        ValueError, TypeError, LookupError: a value is none of its kind; too many of them.
        RecursionError: deeper than a configuration can be.
    """
    yaml = YAML(typ="rt", pure=True)
    yaml.Composer, yaml.Constructor = _Composer, _Constructor
    content = yaml.load(text)
    if content is None:
        content = CommentedMap()
    return content, _plain(content)


def _plain(node: Any) -> Any:
    """The content without ruamel's own types, so that no tag or comment reaches a model.

    Raises:
        ValueError: more values than a configuration can have (an alias bomb).
        RecursionError: deeper than a configuration can be (a loop).
    """
    left = MOST_VALUES

    def walk(part: Any, depth: int) -> Any:
        nonlocal left
        left -= 1
        if depth > MOST_DEPTH:
            raise RecursionError
        if left < 0:
            raise ValueError(say("内容过多（别名展开后）", "too much (aliases written out)"))
        if isinstance(part, dict):
            return {walk(key, depth + 1): walk(value, depth + 1) for key, value in part.items()}
        if isinstance(part, list):
            return [walk(value, depth + 1) for value in part]
        if isinstance(part, TaggedScalar):  # of !!str: of the known tags no other is kept
            return str(part.value)
        for kind in (bool, int, float, str):
            if isinstance(part, kind):
                return kind(part)
        return part

    return walk(node, 0)


def too_deep(text: str) -> Any:
    """The mark where the nesting becomes too deep; None where only aliases make it so."""
    depth = 0
    for event in YAML(typ="rt", pure=True).parse(text):
        depth += isinstance(event, (MappingStartEvent, SequenceStartEvent))
        depth -= isinstance(event, (MappingEndEvent, SequenceEndEvent))
        if depth > MOST_DEPTH:
            return event.start_mark
    return None
