"""Content that can be derived anew is kept with a digest: when it was changed, nobody reads it.

A changed byte within a frame may still be a frame, of other values. So the digest is of all that
the content is used by: its row's name and moment, and whatever must be there beside it.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Cast, ColumnElement, LargeBinary, cast

from warning.errors import Problem, StoreError
from warning.language import say

#: Bytes of a digest, before the content.
SIZE = 32


class DamagedError(StoreError):
    """A row of the memory is not what was kept there; whatever it held can be derived anew.

    Attributes:
        row: its name; empty where not even that can be read.
    """

    def __init__(self, row: str) -> None:
        self.row = row
        super().__init__(
            Problem(
                f"memory: {row}".removesuffix(": "),
                say("关联记忆或数据副本已损坏", "a memory of linking or copy of data is damaged"),
                say("与保存时相同的内容", "what was kept there"),
                say("不需要恢复备份：warning run --rebuild 重新生成",
                    "no backup is needed: warning run --rebuild makes it anew"),
            )
        )  # fmt: skip

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.row,)


def as_bytes(column: ColumnElement[bytes]) -> Cast[bytes]:
    """A column of bytes, read as bytes whatever a damaged row says that it holds.

    SQLite keeps beside each value of which kind it is, and text that is none cannot be read.
    """
    return cast(column, LargeBinary)


def with_digest(content: bytes, bound: Iterable[Any]) -> bytes:
    """The content behind its digest, which is of the values ``bound``, too."""
    return _digest(content, bound) + content


def without_digest(kept: Any, bound: Iterable[Any]) -> bytes | None:
    """What :func:`with_digest` was given with the same values; None where either was changed."""
    if not isinstance(kept, bytes) or kept[:SIZE] != _digest(kept[SIZE:], bound):
        return None
    return kept[SIZE:]


def _digest(content: bytes, bound: Iterable[Any]) -> bytes:
    digest = hashlib.sha256("\n".join(map(str, bound)).encode() + b"\0")
    digest.update(content)
    return digest.digest()
