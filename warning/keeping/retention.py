"""Retention: what has expired is really gone, from the database and from files, with a report."""

from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Table, and_, bindparam, delete, func, select, update

from warning.accounts import account
from warning.escalation.bundles import carried
from warning.keeping.expired_files import delete_files
from warning.keeping.still_needed import of_cases, standing_cases, tiers_that_ended
from warning.moments import local_now
from warning.records import RECORD
from warning.settings import Settings
from warning.store import Store, audit, operation_tables, tables
from warning.store.frames import read_table
from warning.store.outbox import taken_over
from warning.store.remembering import forget
from warning.store.space import owe
from warning.store.whole_nights import superfluous
from warning.tabular import among_keys, among_names, rows_of

#: States of letters and task forces that are over, whatever the ladder calls the others.
OVER = ("accepted", "withdrawn", "superseded", "closed", "rejected", "declined")


#: What the audit calls a purge: the rows that are deleted with it, and the files that are due.
PURGED = "retention purged"
#: What it calls the files that were then deleted.
DELETED_FILES = "retention deleted files"


@dataclass(frozen=True)
class Purge:
    """What a purge deleted (or would delete): rows by table, files by kind.

    Attributes:
        paths: the files themselves.
        undeleted: files whose time is over and that could not be deleted → why; the next purge
            tries again.
        no_backups: ZIPs among the backups whose time is over and that are no readable backup:
            damaged, or somebody else's. They stay.
        uncleaned: why what was deleted may still stand in the database's files, until the next
            vacuum; empty when it does not.
    """

    rows: dict[str, int]
    files: dict[str, int]
    kept_for_open_cases: int
    paths: list[str] = field(default_factory=list)
    undeleted: dict[str, str] = field(default_factory=dict)
    no_backups: list[str] = field(default_factory=list)
    uncleaned: str = ""


def expired_records(
    connection: Connection, settings: Settings, now: pd.Timestamp
) -> tuple[pd.DataFrame, int]:
    """Keys of the records whose time is over, and how many of these an open case keeps."""
    record = tables.records
    limit = now - pd.Timedelta(days=settings.retention.records_days)
    last = func.max(record.c.reported_at)
    rows = connection.execute(
        select(record.c.channel, record.c.record_id)
        .group_by(record.c.channel, record.c.record_id)
        .having(last < limit.to_pydatetime())
    ).fetchall()
    old = pd.DataFrame([tuple(row) for row in rows], columns=RECORD, dtype="str")
    if old.empty or not settings.retention.keep_open_cases:
        return old, 0
    open_cases = {
        *carried(_open(read_table(connection, tables.letters)))["case_id"],
        *_open(read_table(connection, tables.task_forces))["case_id"],
    }
    members = read_table(connection, tables.case_incidents)
    incidents = members.loc[members["case_id"].isin(open_cases), "incident_id"]
    links = read_table(connection, tables.incident_links)
    held = links[links["incident_id"].isin(incidents)][RECORD]
    mark = old.merge(held.drop_duplicates(), on=RECORD, how="left", indicator=True)["_merge"]
    return old[(mark == "left_only").to_numpy()], int((mark == "both").sum())


def _open(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[~frame["status"].isin(OVER)]


def purge(
    store: Store, settings: Settings, now: pd.Timestamp, *, only_count: bool = False
) -> Purge:
    """Delete what has expired at ``now``: rows in one transaction, then files; give the space back.

    Links, incidents and cases that no record is left of go at once; the rest of the cases is
    made anew by the next night. The audit notes it, with the account that runs this: without that
    nobody could tell what was deleted from what was lost. No file is gone before an entry that
    counts it as due is committed; another one tells which were deleted. Of a purge that is killed
    in between, the next one deletes and tells what is left.

    Args:
        store: the store; its run lock is held meanwhile.
        settings: the configuration.
        now: naive local moment.
        only_count: count and delete nothing.
    """
    if only_count:
        return _purge(store, settings, now, only_count=True)
    with store.at_work():
        report = _purge(store, settings, now, only_count=False)
        report = _delete_files(store, settings, now, report)
        return replace(report, uncleaned=store.vacuumed())


def _purge(store: Store, settings: Settings, now: pd.Timestamp, *, only_count: bool) -> Purge:
    rules = settings.retention
    rows: dict[str, int] = {}
    # What has expired is asked when no other writes: a load just before may tell anew of an old
    # record.
    with store.writing() if not only_count else store.reading() as connection:
        old, kept = expired_records(connection, settings, now)
        done_letters, done_forces = _over(connection, settings, now)
        documents = [*done_letters["document"].dropna(), *done_forces["document"].dropna()]
        standing = standing_cases(connection, old)
        done_letters = done_letters[~of_cases(done_letters, standing)]
        done_forces = done_forces[~of_cases(done_forces, standing)]
        loaded_before = now - pd.Timedelta(days=rules.quarantine_days)
        loads = read_table(connection, tables.loads)
        old_loads = loads.loc[loads["loaded_at"] < loaded_before, "load_id"]
        warned_before = (now - pd.Timedelta(days=rules.warnings_days)).to_pydatetime()
        ended = tiers_that_ended((now - pd.Timedelta(days=rules.records_days)).to_pydatetime())
        remove = _Remover(connection, rows, only_count=only_count)
        keys = [
            dict(zip(RECORD, row, strict=True)) for row in old.itertuples(index=False, name=None)
        ]
        for table in (tables.records, tables.parties, operation_tables.party_keys,
                      tables.party_links, tables.place_links, tables.incident_links,
                      tables.mentions):  # fmt: skip
            remove.by_keys(table, RECORD, keys)
        remove.by_keys(tables.quarantine, ["load_id"], [{"load_id": int(i)} for i in old_loads])
        remove.where(tables.warnings, and_(tables.warnings.c.as_of < warned_before, ended))
        plain = superfluous(connection, rules.warnings_whole_days, everything=True)
        remove.where(tables.warnings, and_(plain, tables.warnings.c.as_of >= warned_before))
        for table, frame in ((tables.letters, done_letters), (tables.transitions, done_letters)):
            ids = [{"letter_id": name} for name in frame["letter_id"]]
            remove.by_keys(table, ["letter_id"], ids)
        remove.by_keys(
            tables.task_forces, ["task_force_id"],
            [{"task_force_id": name} for name in done_forces["task_force_id"]],
        )  # fmt: skip
        remove.by_keys(tables.documents, ["name"], [{"name": name} for name in documents])
        remove.where(tables.outbox, taken_over(now - pd.Timedelta(days=rules.events_days), OVER))
        if not only_count:
            _without_documents(connection, documents)
        if len(old):
            _without_records(connection, old, remove)
        if len(old) and not only_count:
            forget(connection)
        if not only_count:
            _without_file_names(connection, loaded_before)
        due = delete_files(connection, settings, now, only_count=True)
        counts = {name: count for name, count in rows.items() if count}
        if not only_count:
            owe(connection)
            _note(store, connection, PURGED, {"rows": counts, "files_due": due.counts()})
    return Purge(
        counts,
        due.counts(),
        kept,
        due.paths(),
        {str(path): why for path, why in due.undeleted.items()},
        [str(path) for path in due.others],
    )


def _delete_files(store: Store, settings: Settings, now: pd.Timestamp, report: Purge) -> Purge:
    """The report with the files that were really deleted.

    What a kill leaves here the next purge deletes: the entry before has told of it.
    """
    with store.writing() as connection:
        done = delete_files(connection, settings, now, only_count=False)
        if done.paths():
            _note(store, connection, DELETED_FILES, {"files": done.counts()})
    return replace(
        report,
        files=done.counts(),
        paths=done.paths(),
        undeleted={str(path): why for path, why in done.undeleted.items()},
        no_backups=[str(path) for path in done.others],
    )


def _note(store: Store, connection: Connection, action: str, what: dict[str, Any]) -> None:
    noted = audit.Entry(local_now().to_pydatetime(), account(), action, what)
    audit.append(connection, store.seal_at(connection), noted)


def _over(
    connection: Connection, settings: Settings, now: pd.Timestamp
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The closed letters and task forces whose documents go."""
    limit = now - pd.Timedelta(days=settings.retention.documents_days)
    letters = read_table(connection, tables.letters)
    forces = read_table(connection, tables.task_forces)
    return (
        letters[letters["status"].isin(OVER) & (letters["drafted_at"] < limit)],
        forces[forces["status"].isin(OVER) & (forces["proposed_at"] < limit)],
    )


class _Remover:
    """Deletes rows, or only counts them."""

    def __init__(self, connection: Connection, rows: dict[str, int], *, only_count: bool) -> None:
        self._connection = connection
        self._rows = rows
        self._only_count = only_count

    def where(self, table: Table, condition: Any) -> None:
        count = self._connection.execute(
            select(func.count()).select_from(table).where(condition)
        ).scalar_one()
        self._rows[table.name] = self._rows.get(table.name, 0) + count
        if count and not self._only_count:
            self._connection.execute(delete(table).where(condition))

    def by_keys(self, table: Table, names: list[str], keys: list[dict[str, Any]]) -> None:
        if not keys:
            return
        before = self._count(table)
        match = [table.c[name] == bindparam(f"the_{name}") for name in names]
        bound = [{f"the_{name}": key[name] for name in names} for key in keys]
        if self._only_count:
            query = select(func.count()).select_from(table).where(*match)
            found = sum(self._connection.execute(query, key).scalar_one() for key in bound)
        else:
            self._connection.execute(delete(table).where(*match), bound)
            found = before - self._count(table)
        self._rows[table.name] = self._rows.get(table.name, 0) + found

    def _count(self, table: Table) -> int:
        return int(self._connection.execute(select(func.count()).select_from(table)).scalar_one())


def _without_documents(connection: Connection, names: list[str]) -> None:
    """Letters and task forces whose document is deleted name none."""
    for table in (tables.letters, tables.task_forces):
        without = update(table).where(table.c.document == bindparam("name")).values(document=None)
        if names:
            connection.execute(without, [{"name": name} for name in names])


def _without_file_names(connection: Connection, loaded_before: pd.Timestamp) -> None:
    """Loads that no record and no quarantined row is left of tell no file: its name may be a person's."""
    load, held = tables.loads, select(tables.records.c.load_id)
    old = load.c.loaded_at < loaded_before.to_pydatetime()
    connection.execute(
        update(load).where(old, load.c.source != "", load.c.load_id.not_in(held)).values(source="")
    )


def _without_records(connection: Connection, old: pd.DataFrame, remove: _Remover) -> None:
    """Incidents, cases and places that stand on no record but the old ones.

    Args:
        connection: of the store; the old records' links may be gone already.
        old: channel, record_id.
        remove: what deletes or counts.
    """
    links = read_table(connection, tables.incident_links)
    linked = links.loc[~among_keys(links, old, RECORD), "incident_id"]
    _not_among(connection, tables.incidents, "incident_id", linked, remove)
    members = read_table(connection, tables.case_incidents)
    stand = among_names(members["incident_id"], linked)
    key = ["case_id", "incident_id"]
    remove.by_keys(tables.case_incidents, key, rows_of(members.loc[~stand, key]))
    _not_among(connection, tables.cases, "case_id", members.loc[stand, "case_id"], remove)
    places = {row[0]: row[1] for row in connection.execute(
        select(tables.places.c.place_id, tables.places.c.parent_id))}  # fmt: skip
    at = read_table(connection, tables.place_links)
    used: set[str] = set()
    for place in at.loc[~among_keys(at, old, RECORD), "place_id"].unique():
        while place and place not in used:  # a place stands as long as one inside it does
            used.add(place)
            place = places.get(place)
    remove.by_keys(
        tables.places, ["place_id"], [{"place_id": one} for one in places if one not in used]
    )


def _not_among(
    connection: Connection, table: Table, name: str, standing: "pd.Series[str]", remove: _Remover
) -> None:
    """Rows of a table by the ids of this column that nothing stands on."""
    ids = pd.Series(connection.execute(select(table.c[name])).scalars().all(), dtype="str")
    gone = ids[~among_names(ids, standing)]
    remove.by_keys(table, [name], [{name: one} for one in gone])
