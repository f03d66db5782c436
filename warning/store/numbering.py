"""The parties of a report in several rows keep their numbers from version to version."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from sqlalchemy import Connection, select

from warning.matching.standardise.names import whole_names
from warning.records import PARTY, RECORD
from warning.store import tables
from warning.store.versions import of_records
from warning.tabular import among_keys


class Told(NamedTuple):
    """By what a party is known again; None: missing."""

    name: str | None
    organisation: str | None
    id_number: str | None
    phone: str | None


def with_numbers_before(
    connection: Connection, parties: pd.DataFrame, written: pd.DataFrame | None
) -> pd.DataFrame:
    """The parties, numbered as they were in earlier versions of their records.

    So are those that stand in several rows under one number, or in one row now and in several
    before. Whoever was not there has a number that nobody of the record had: a verdict names a
    party by its number.

    Args:
        connection: of the store.
        parties: of a load's new versions, with row, source and version.
        written: the same with the numbers that the rows give them, one row a source; None, or
            without source: they have no others.
    """
    later = parties[parties["version"] > 1]
    if later.empty:
        return parties
    if written is None or "source" not in written:
        written = parties
    by, own = ["row", "source"], tables.parties.c
    several = written.duplicated(["row", "party_no"], keep=False)
    cells = written[[*by, "party_no"]].assign(several=several)
    cells = parties[by].merge(cells, on=by, how="left")
    joined = cells["several"].to_numpy(bool)
    query = select(own.channel, own.record_id).where(own.party_no.contains("."))
    further = of_records(connection, tables.parties, query, later)
    here = pd.concat([further, parties.loc[joined, RECORD]])
    later = later[among_keys(later, here, RECORD)]
    if later.empty:
        return parties
    stored = of_records(connection, tables.parties, select(tables.parties), later)
    # A cell that was parted is no row of its own: its names are numbered as they stand in it.
    rows = joined | ~parties.duplicated(by, keep=False).to_numpy()
    ours = parties.assign(given=cells["party_no"].array)[rows & among_keys(parties, later, RECORD)]
    known = {key: _latest(some) for key, some in stored.groupby(RECORD)}
    party_no = parties["party_no"].copy()
    for (*key, _), version in ours.groupby([*RECORD, "version"]):
        before = known.setdefault(tuple(key), {})
        for number, some in version.groupby("given"):
            people = _told(some)
            if before and (len(people) > 1 or any(no.startswith(f"{number}.") for no in before)):
                party_no[some.index] = _numbers(people, str(number), before)
        before |= dict(zip(party_no[version.index], _told(version), strict=True))
    return parties.assign(party_no=party_no)


def _latest(stored: pd.DataFrame) -> dict[str, Told]:
    """Each number of a record → who had it last, those of the last version first."""
    last = stored.sort_values(["version", "party_no"], ascending=[False, True])
    last = last.drop_duplicates(PARTY)
    return dict(zip(last["party_no"], _told(last), strict=True))


def _told(parties: pd.DataFrame) -> list[Told]:
    told = parties[[*Told._fields]].astype(object)
    return [Told(*row) for row in told.where(told.notna(), None).itertuples(index=False)]


def _numbers(people: Sequence[Told], number: str, before: Mapping[str, Told]) -> list[str]:
    """The numbers of the people whose rows give them this one, by who had which before."""
    free = {no: told for no, told in before.items() if no == number or no.startswith(f"{number}.")}
    found: dict[int, str] = {}
    for is_same in _SAME:
        for at, told in enumerate(people):
            same = [no for no, other in free.items() if at not in found and is_same(told, other)]
            if same:
                found[at] = same[0]
                del free[same[0]]
    count = 1
    for at in range(len(people)):
        new = number
        while at not in found and (new in before or new in found.values()):
            count += 1
            new = f"{number}.{count}"
        found.setdefault(at, new)
    return [found[at] for at in range(len(people))]


def _is_told_alike(one: Told, other: Told) -> bool:
    return one == other and any(one)


def _has_same_number(one: Told, other: Told) -> bool:
    return one.id_number is not None and one.id_number == other.id_number


def _has_same_name(one: Told, other: Told) -> bool:
    """Without two ID numbers that differ."""
    named = any(one[:2]) and one[:2] == other[:2]
    return named and (not one.id_number or not other.id_number)


def _stood_in_cell(one: Told, other: Told) -> bool:
    """In one that was not parted then."""
    return one.name is not None and one.name in whole_names(other.name or "")


#: Who is the same, the surest first.
_SAME: tuple[Callable[[Told, Told], bool], ...] = (
    _is_told_alike, _has_same_number, _has_same_name, _stood_in_cell,
)  # fmt: skip
