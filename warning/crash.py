"""A failure nobody foresaw, told to the maintainers without anybody's data."""

import re
import traceback
from collections.abc import Iterator

#: In a message: what is no ASCII (names, addresses), runs of digits, and what stands in quotes,
#: unless its underscore shows a name of code (``case_id``; ``zhangsan`` may be a person's).
DATA = re.compile(
    r"[^\x00-\x7f]+|[0-9]{4,}[0-9Xx]*"
    r"|'(?![a-z]{1,40}_[a-z_]{1,40}')[^'\n]{1,400}'|\"[^\"\n]{1,400}\""
)
LONGEST = 2_000  #: characters of a message that are told


def crash_report(error: BaseException) -> str:
    """Where it happened, and what, for each error of the chain, the first cause first.

    Files, lines and code are told in full; of messages only what cannot be somebody's name, number
    or narrative. Values of variables are never told.
    """
    told = []
    for one in _chain(error):
        kind = f"{type(one).__module__}.{type(one).__qualname__}"
        told.append("".join(traceback.format_tb(one.__traceback__)))
        told.append(f"{kind}: {without_data(str(one))}\n")
    return "".join(told).rstrip("\n")


def without_data(text: str) -> str:
    """A message with … where data may stand.

    >>> without_data("KeyError: 'case_id'; could not convert '张三 620702199001011234' to float")
    "KeyError: 'case_id'; could not convert … to float"
    """
    return DATA.sub("…", text[:LONGEST])


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error after what caused it; each once."""
    chain: list[BaseException] = []
    one: BaseException | None = error
    while one is not None and one not in chain:
        chain.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return reversed(chain)
