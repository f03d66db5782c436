"""Values beyond the last column with a name: of a column without one, or stray."""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from warning.reading.quarantine import beyond_reason
from warning.reading.raw import Places

Row = TypeVar("Row")
#: A column holds values in so many rows at least, and in more than one of so many.
LEAST_ROWS, ONE_OF = 3, 10


def without_stray(
    rows: Sequence[Row], lines: Sequence[int], held: Sequence[Places], width: int
) -> tuple[list[Row], list[int], list[Places], list[tuple[int, str]]]:
    """The rows without those whose cells may be shifted, and these with the reason.

    Where many rows hold a value in a column beyond the header, it is a column without a name, and
    they stay; where few do, the values are stray.

    Args:
        rows: whatever is kept of them.
        lines: their 1-based lines.
        held: of each row the columns without a name in which it holds a value.
        width: up to the last column with a name.

    Returns:
        Rows, lines and places that stay; line and reason of the others.
    """
    counts = Counter(at for places in held for at in places if at >= width)
    few = {at for at, count in counts.items() if count < LEAST_ROWS or count <= len(rows) / ONE_OF}
    kept, kept_lines, kept_places = list[Row](), list[int](), list[Places]()
    stray = list[tuple[int, str]]()
    for row, line, places in zip(rows, lines, held, strict=True):
        first = next((at for at in places if at in few), None)
        if first is None:
            kept.append(row)
            kept_lines.append(line)
            kept_places.append(places)
        else:
            stray.append((line, beyond_reason(first + 1)))
    return kept, kept_lines, kept_places, stray
