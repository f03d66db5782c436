"""What a night leaves in the tables, and what of it is read back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import (
    Connection,
    Table,
    Text,
    Update,
    cast,
    delete,
    false,
    func,
    insert,
    or_,
    select,
    union,
    update,
)

from warning.errors import Problem, RefusedError
from warning.escalation.bundles import (
    CASE_MERGES,
    PARTED,
    follow,
    followed,
    in_force,
    merged_into,
)
from warning.language import say
from warning.matching.links import Links
from warning.records import VERSION
from warning.store import operation_tables, outbox, tables
from warning.store.copies import keep_copies, keep_facts
from warning.store.frames import dtypes, in_order, read_frame, write_frame
from warning.store.remembering import keep_memory
from warning.store.sealing import Seal
from warning.store.standing import mark_of, outdated
from warning.store.state import keep_patches, write_state
from warning.store.whole_nights import superfluous
from warning.tabular import among_names, rows_of

#: Under which name a run's counts hold the highest number of a load that it knew records of.
LAST_LOAD = "last_load"
#: How many ids one query asks for; SQLite takes 32,766.
AT_ONCE = 10_000
#: So many cases are quicker looked up in every night than sought among all rows.
FEW = 400


@dataclass(frozen=True)
class Night:
    """Everything that a night leaves in the store, in one piece.

    Attributes:
        run: the columns of the table ``runs`` without its id.
        links: what linking gave; replaces the state of the night before.
        warnings, letters, transitions, task_forces: new rows of these tables.
        documents: file name → content of the drafted documents.
        ended: task forces that were proposed and end by a merge, as they then are.
        dated: letter_id, due_on of letters without a deadline that have one now.
        dated_forces: rows of task forces whose milestones have their days now.
        standing: the mark of the letters and task forces that it was drafted on.
        after: the last night when this one began; None before the first.
        known: the records (with ``version``) and parties that the night knew.
        facts: the name of settings, and what by them was read in these records.
        reminders: letter_id of letters whose deadline is near; each is told once a deadline.
        whole_days: how long a night's rows of ``warnings`` stay whole; None: for ever.
    """

    run: Mapping[str, Any]
    links: Links
    warnings: pd.DataFrame
    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    documents: Mapping[str, bytes]
    standing: str
    after: datetime | None
    known: tuple[pd.DataFrame, pd.DataFrame] | None = None
    facts: tuple[str, pd.DataFrame] | None = None
    ended: pd.DataFrame | None = None
    dated: pd.DataFrame | None = None
    dated_forces: pd.DataFrame | None = None
    reminders: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"letter_id": []}))
    whole_days: int | None = None


def write_night(connection: Connection, night: Night, seal: Seal) -> None:
    """Put the night into the tables; what happened goes into the outbox.

    Raises:
        OutdatedError: an officer decided on a letter or a task force since it was drafted.
        RefusedError: another night was kept since it began.
    """
    _check_beginnings(connection, night)
    state = write_state(connection, night.links)
    connection.execute(insert(tables.runs).values(**night.run))
    _write_memory(connection, night, state.numbers, seal)
    keep_patches(connection, state.patches, night.run["as_of"])
    merges = night.links.merges.assign(as_of=night.run["as_of"])
    write_frame(connection, tables.merges, merges)
    _write_warnings(connection, night.warnings)
    if night.whole_days is not None:
        gone = superfluous(connection, night.whole_days)
        connection.execute(delete(tables.warnings).where(gone))
    write_frame(connection, tables.letters, night.letters)
    write_frame(connection, tables.transitions, night.transitions)
    write_frame(connection, tables.task_forces, night.task_forces)
    lay_with_cases(connection, night.links.cases)
    note_parted(connection, night.links.cases, night.run["as_of"])
    _set_deadlines(connection, night)
    _set_statuses(connection, night)
    write_documents(connection, night.documents)
    happened = outbox.of_night(
        connection,
        night.run["as_of"],
        night.letters,
        night.transitions,
        pd.concat([night.task_forces, night.ended]),
        night.reminders["letter_id"].tolist(),
        [] if night.dated is None else night.dated["letter_id"].tolist(),
    )
    outbox.write(connection, happened)
    # The stages' results now stand in the tables; their times stay in the ledger.
    stages = operation_tables.stages
    connection.execute(update(stages).where(stages.c.content.is_not(None)).values(content=None))


def _check_beginnings(connection: Connection, night: Night) -> None:
    """What the night began with still stands; nobody else writes until it is kept."""
    as_of, last = str(night.run["as_of"]), last_run(connection)
    if last != night.after:
        raise RefusedError(
            Problem(
                as_of,
                say(
                    f"运行期间，另一进程保存了 {last} 这一夜",
                    f"another process kept the night of {last} while this one ran",
                ),
                say(
                    f"上一夜仍是 {night.after or '无'}",
                    f"the last night to be still {night.after or 'none'}",
                ),
                say(
                    f"这一夜没有写入任何内容；以晚于 {last} 的时间再运行一次",
                    f"nothing of this night was written: run again, for a moment after {last}",
                ),
            )
        )
    if mark_of(connection) != night.standing:
        raise outdated(as_of)


def last_run(connection: Connection) -> datetime | None:
    """The moment of the last night; None before the first."""
    return connection.execute(select(func.max(tables.runs.c.as_of))).scalar()


def _write_memory(
    connection: Connection, night: Night, numbers: Mapping[str, pd.DataFrame], seal: Seal
) -> None:
    """Leave the memory of a rebuild, with copies of what it knew and what it read in it."""
    if not night.links.memory:
        return
    as_of = night.run["as_of"]
    keep_memory(connection, {**night.links.memory, **numbers}, as_of, seal)
    if night.known is not None:
        records, parties = night.known
        versions = records[VERSION]
        keep_copies(connection, {"records": records, "parties": parties.merge(versions)}, as_of)
    if night.facts is not None:
        keep_facts(connection, *night.facts, as_of)


def write_documents(connection: Connection, documents: Mapping[str, bytes]) -> None:
    """Keep documents by name, in the place of those of the same name."""
    if not documents:
        return
    table = tables.documents
    connection.execute(delete(table).where(table.c.name.in_(list(documents))))
    rows = [{"name": name, "content": content} for name, content in documents.items()]
    connection.execute(insert(table), rows)


def last_warned(connection: Connection) -> datetime | None:
    """The last night that left warnings."""
    return connection.execute(select(func.max(tables.warnings.c.as_of))).scalar()


def warnings_at(
    connection: Connection, as_of: datetime | None, *, parts: bool = True
) -> pd.DataFrame:
    """A night's rows by case, the last night's with the parts of their scores."""
    table, own = tables.warnings, tables.score_parts
    order = in_order(connection, [table.c.case_id])
    query = select(table).where(table.c.as_of == as_of).order_by(*order)
    found = read_frame(connection, query, dtypes(table))
    if parts and as_of == last_warned(connection):
        last = read_frame(connection, select(own), dtypes(own)).set_index("case_id")
        found["contributions"] = found["case_id"].map(last["contributions"]).astype("str")
    return found


def last_rows(connection: Connection, case_ids: Sequence[str], before: datetime) -> pd.DataFrame:
    """Of each case its last row before a moment; none where no night graded it."""
    table, nights = tables.warnings, select(tables.runs.c.as_of)
    own, order = table.c, in_order(connection, [table.c.case_id])
    frames = [read_frame(connection, select(table).where(false()), dtypes(table))]
    for begin in range(0, len(case_ids), AT_ONCE):
        asked = own.case_id.in_(case_ids[begin : begin + AT_ONCE])
        last = select(own.case_id, func.max(own.as_of).label("as_of")).where(
            own.as_of < before, asked
        )
        if len(case_ids) <= FEW:  # a look for each night by the key, instead of through all rows
            last = last.where(own.as_of.in_(nights.where(tables.runs.c.as_of < before)))
        of = last.group_by(own.case_id).subquery()
        here = (own.case_id == of.c.case_id) & (own.as_of == of.c.as_of)
        query = select(table).join(of, here).order_by(*order)
        frames.append(read_frame(connection, query, dtypes(table)))
    return pd.concat(frames, ignore_index=True)


def _write_warnings(connection: Connection, warnings: pd.DataFrame) -> None:
    """Add a night's rows; the parts of a score stay in them only where the tier changed.

    Those of all cases, by far the most of what a night says, replace the night's before.
    """
    parts = tables.score_parts
    connection.execute(delete(parts))
    write_frame(connection, parts, warnings[["case_id", "contributions"]])
    changed = (warnings["tier"] != warnings["previous_tier"]) | _unlike_own(connection, warnings)
    kept = warnings.assign(contributions=warnings["contributions"].where(changed, None))
    write_frame(connection, tables.warnings, kept)


def _unlike_own(connection: Connection, warnings: pd.DataFrame) -> "pd.Series[bool]":
    """Rows of cases once merged whose tier is not the one that their own last row tells.

    Their tier went on from another case's, or went back with it; see ``warning/tiers_before.py``.
    """
    merged, own = tables.merges.c, tables.warnings.c
    of_cases = merged.kind == "case"
    ids = union(select(merged.from_id).where(of_cases), select(merged.into_id).where(of_cases))
    mine = warnings[among_names(warnings["case_id"], connection.execute(ids).scalars().all())]
    query = select(own.case_id, own.tier).where(
        own.as_of == last_warned(connection), own.case_id.in_(ids)
    )
    told = {row.case_id: row.tier for row in connection.execute(query)}
    unlike = mine["tier"] != [told.get(case_id, "none") for case_id in mine["case_id"].tolist()]
    return unlike.reindex(warnings.index, fill_value=False)


def _case_merges(connection: Connection) -> pd.DataFrame:
    """The merges of cases, and what parted them again, the oldest first."""
    own = tables.merges.c
    query = select(own.kind, own.from_id, own.into_id).where(own.kind.in_(CASE_MERGES))
    return read_frame(connection, query.order_by(own.merge_id), dtypes(tables.merges))


def note_parted(connection: Connection, cases: pd.DataFrame, as_of: datetime) -> None:
    """Note the merged cases that stand by themselves again: they are, though they be away later."""
    merges, standing = in_force(_case_merges(connection)), cases["case_id"]
    back = standing[among_names(standing, merges["from_id"])]
    parted = merges[merges["from_id"].isin(back)].assign(kind=PARTED, as_of=as_of)
    write_frame(connection, tables.merges, parted)


def lay_with_cases(connection: Connection, cases: pd.DataFrame) -> None:
    """Letters and task forces lie with the case that the one they were drafted for is part of now.

    Of a letter that carries several cases, so do the further ones. A merge that is undone gives
    them back.
    """
    own = tables.merges.c
    merged = merged_into(_case_merges(connection), cases["case_id"])
    once_merged = select(own.from_id).where(own.kind == "case")
    letters, forces = tables.letters, tables.task_forces
    bundled = cast(letters.c.content, Text).contains('"others"')
    query = select(letters).where(or_(letters.c.drafted_for.in_(once_merged), bundled))
    before = read_frame(connection, query, dtypes(letters))
    _move(connection, letters, before, follow(before, merged))
    query = select(forces).where(forces.c.drafted_for.in_(once_merged))
    before = read_frame(connection, query, dtypes(forces))
    after = before.assign(case_id=followed(before["drafted_for"], merged))
    _move(connection, forces, before, after)


def _move(connection: Connection, table: Table, before: pd.DataFrame, after: pd.DataFrame) -> None:
    """Write case and content of the rows that lie elsewhere now.

    Whoever has read a letter before decides on what it was no longer: its version grows.
    """
    (key,) = table.primary_key
    columns = [key.name, "case_id", "content"]
    rows = (frame[columns].to_dict("records") for frame in (before, after))
    for old, new in zip(*rows, strict=True):
        if new != old:
            changed = {"case_id": new["case_id"], "content": new["content"]}
            if table is tables.letters:
                changed["version"] = tables.letters.c.version + 1
            connection.execute(update(table).where(key == new[key.name]).values(changed))


def _set_deadlines(connection: Connection, night: Night) -> None:
    """What had no deadline, as a year's calendar was not known, has it now."""
    table, forces = tables.letters, tables.task_forces
    changes = [
        update(table)
        .where(table.c.letter_id == row["letter_id"], table.c.due_on.is_(None))
        .values(due_on=row["due_on"].to_pydatetime(), version=table.c.version + 1)
        for row in ([] if night.dated is None else rows_of(night.dated))
    ]
    changes += [
        update(forces)
        .where(forces.c.task_force_id == row["task_force_id"], forces.c.status == row["status"])
        .values(content=row["content"])
        for row in ([] if night.dated_forces is None else rows_of(night.dated_forces))
    ]
    _change_one_each(connection, changes, night)


def _set_statuses(connection: Connection, night: Night) -> None:
    """What the night itself moved on (overdue, superseded) gets its new status."""
    table, forces = tables.letters, tables.task_forces
    changes = [
        update(table)
        .where(table.c.letter_id == row.letter_id, table.c.status == row.from_status)
        .values(status=row.to_status, version=table.c.version + 1)
        for row in night.transitions.itertuples()
    ]
    changes += [
        update(forces)
        .where(forces.c.task_force_id == row["task_force_id"], forces.c.status == "proposed")
        .values(status=row["status"], content=row["content"])
        for row in ([] if night.ended is None else rows_of(night.ended))
    ]
    _change_one_each(connection, changes, night)


def _change_one_each(connection: Connection, changes: Iterable[Update], night: Night) -> None:
    for change in changes:
        if connection.execute(change).rowcount != 1:
            raise outdated(str(night.run["as_of"]))
