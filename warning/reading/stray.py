"""Values beyond the last column with a name: of a column without one, or stray."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

from warning.reading.quarantine import beyond_reason
from warning.reading.raw import holds_value

Row = TypeVar("Row", bound=Sequence[Any])
#: A column holds values in so many rows at least, and in more than one of so many.
LEAST_ROWS, ONE_OF = 3, 10


def without_stray(
    rows: Sequence[Row], lines: Sequence[int], width: int
) -> tuple[list[Row], list[int], list[tuple[int, str]]]:
    """The rows without those whose cells may be shifted, and these with the reason.

    Where many rows hold a value in a column beyond the header, it is a column without a name, and
    they stay; where few do, the values are stray.

    Args:
        rows: as they stand, of any width.
        lines: their 1-based lines.
        width: up to the last column with a name.

    Returns:
        Rows and lines that stay; line and reason of the others.
    """
    held = [[at for at in range(width, len(row)) if holds_value(row[at])] for row in rows]
    counts = Counter(at for places in held for at in places)
    columns = {
        at for at, count in counts.items() if count >= LEAST_ROWS and count > len(rows) / ONE_OF
    }
    kept, kept_lines, stray = list[Row](), list[int](), list[tuple[int, str]]()
    for row, line, places in zip(rows, lines, held, strict=True):
        if columns.issuperset(places):
            kept.append(row)
            kept_lines.append(line)
        else:
            first = next(at for at in places if at not in columns)
            stray.append((line, beyond_reason(first + 1)))
    return kept, kept_lines, stray
