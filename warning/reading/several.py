"""Several people or organisations in one cell, and one report in several rows → one row a party."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from warning.language import say
from warning.matching.standardise.identifiers import identifiers_in
from warning.matching.standardise.names import whole_names
from warning.matching.standardise.organisations import whole_organisations
from warning.matching.standardise.phones import phones_in
from warning.records import KEY_LIMIT, PARTY_COLUMNS, RECORD, RECORD_COLUMNS

#: A field without any of these signs names one.
_SIGNS = r"[\s、，,;；/|\\+&和与及跟同]"
#: Characters that a number of a further party may have more than that of the first.
_ROOM = 8
#: By these, then by all else, the rows of a party's number are ordered.
_ORDER = ("row", "party_no", "name", "id_number", "phone")
#: Parties that a cell is parted into at most: all of a record are compared with each other.
_MOST = 50


def one_a_report(records: pd.DataFrame, files: "pd.Series[str]") -> tuple[Any, Any]:
    """Which records are no other row of a report that stands before them in the same file.

    Args:
        records: columns of :data:`RECORD_COLUMNS`, indexed from 0.
        files: of each its file.

    Returns:
        Of each record whether it is none; and where its report then stands among those.
    """
    first = np.arange(len(records))
    again = records.duplicated([*RECORD, "reported_at"], keep=False).to_numpy()
    if again.any():
        some = records.loc[again, [*RECORD_COLUMNS]].assign(_file=files[again], _at=first[again])
        every = [*RECORD_COLUMNS, "_file"]
        first[again] = some.groupby(every, dropna=False, sort=False)["_at"].transform("min")
    own = first == np.arange(len(records))
    return own, (np.cumsum(own) - 1)[first]


def one_a_party(
    people: pd.DataFrame, *, part_cells: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, ...]]:
    """One row a party, each with its own number in its record.

    A cell that names several whole people or organisations becomes a row for each. The first keeps
    the number, the further ones of 2 are 2.2, 2.3 …, passing over numbers that the record has. So
    are several rows of 2, in the order of what they hold: the file's may be another next time. The
    k-th ID number and phone are the k-th one's where there are as many, else the first's, as gender
    and age are.

    Args:
        people: columns of :data:`PARTY_COLUMNS`, row (the position of the record) and source.
        part_cells: whether a cell that names several is parted.

    Returns:
        The rows; the same before cells were parted, without repeated ones; notes.
    """
    written = people
    notes: tuple[str, ...] = ()
    if people.duplicated(["row", "party_no"]).any():
        written = people[~people.duplicated(["row", *PARTY_COLUMNS])]
        order = [*dict.fromkeys([*_ORDER, *PARTY_COLUMNS])]
        written = written.sort_values(order, kind="stable").reset_index(drop=True)
    joined = written.loc[written.duplicated(["row", "party_no"]), "row"].nunique()
    if joined:
        notes += (
            say(f"{joined} 条记录在文件中占多行，各行仅当事人不同：合为一条，计入全部当事人",
                f"{joined} records stand in several rows of their file that differ in their parties "
                "alone: each is one record with all of them"),
        )  # fmt: skip
    parted, cells = _parted(written) if part_cells else (written, 0)
    if cells:
        count = len(parted) - len(written) + cells
        notes += (
            say(f"{cells} 个单元格写有几个人或单位，共 {count} 方：内容为新的，各方分别存入",
                f"{cells} cells name several people or organisations: {count} parties, each of "
                "which is stored where the content is new"),
        )  # fmt: skip
    return _numbered(parted), written, notes


def _parted(people: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """A row for each whom a cell names; and how many cells name several."""
    room = people["party_no"].str.len().le(KEY_LIMIT - _ROOM).fillna(value=False).astype(bool)
    person = _several(people["name"].where(room), whole_names)
    firm = _several(people["organisation"].where(room & people["name"].isna()), whole_organisations)
    if not person and not firm:
        return people, 0
    made = []
    for column, told in (("name", person), ("organisation", firm)):
        some = people.loc[[*told]].astype(object)
        every = pd.Series(told, dtype="object")
        for number, numbers in (("id_number", identifiers_in), ("phone", phones_in)):
            some[number] = [
                _each(cell, len(names), numbers)
                for cell, names in zip(some[number], told.values(), strict=True)
            ]
        some = some.assign(**{column: every}).explode([column, "id_number", "phone"])
        some.loc[some.index.duplicated(), ["gender", "age"]] = None
        made.append(some)
    rest = people.drop(index=[*person, *firm])
    parted = pd.concat([rest, *(one.astype(rest.dtypes) for one in made)])
    parted = parted.sort_index(kind="stable").reset_index(drop=True)
    return parted, len(person) + len(firm)


def _several(texts: "pd.Series[Any]", names: Callable[[str], list[str]]) -> dict[int, list[str]]:
    """Where a text names several, of which there are at most :data:`_MOST` → their names."""
    maybe = texts[texts.str.contains(_SIGNS, regex=True).fillna(value=False).astype(bool)]
    told = {text: names(text) for text in maybe.unique()}
    places = zip(maybe.index.to_numpy().tolist(), maybe, strict=True)
    return {at: told[text] for at, text in places if 1 < len(told[text]) <= _MOST}


def _each(cell: Any, count: int, numbers: Callable[[str], list[str]]) -> list[Any]:
    """The numbers of a cell, one for each of so many parties; of another count all are the first's."""
    found = numbers(cell) if isinstance(cell, str) else []
    return found if len(found) == count else [cell, *[None] * (count - 1)]


def _numbered(people: pd.DataFrame) -> pd.DataFrame:
    """The rows with a number of its own for each that repeats another's in its record."""
    again = people.duplicated(["row", "party_no"]).to_numpy()
    if not again.any():
        return people
    here = people.loc[people["row"].isin(people.loc[again, "row"]), ["row", "party_no"]]
    taken = set(here.itertuples(index=False, name=None))
    last: dict[tuple[int, str], int] = {}
    numbers = []
    for row, number in people.loc[again, ["row", "party_no"]].itertuples(index=False, name=None):
        count = last.get((row, number), 1) + 1
        while (row, f"{number}.{count}") in taken:
            count += 1
        last[row, number] = count
        taken.add((row, f"{number}.{count}"))
        numbers.append(f"{number}.{count}")
    party_no = people["party_no"].copy()
    party_no[again] = numbers
    return people.assign(party_no=party_no)
