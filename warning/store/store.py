"""The store's doors: load records, know what was known, keep a night whole."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import pandas as pd
from sqlalchemy import Connection, and_, func, insert, select
from sqlalchemy.exc import IntegrityError

from warning.errors import Problem, StoreError
from warning.escalation.bundles import in_force, survivor_of
from warning.language import say
from warning.logs import log
from warning.matching.decided import PAIR
from warning.matching.links import Previous
from warning.records import RECORD, CanonicalTables, content_hash
from warning.store import tables
from warning.store.chain import Entry
from warning.store.copies import facts_by
from warning.store.database import Database
from warning.store.digests import DamagedError
from warning.store.frames import dtypes, in_order, read_frame, read_table
from warning.store.known import known_records
from warning.store.loading import LoadSummary, write_load
from warning.store.nights import (
    LAST_LOAD,
    Night,
    last_rows,
    last_run,
    last_warned,
    warnings_at,
    write_night,
)
from warning.store.remembering import Remembered, drop_damaged, remembered, secret_of
from warning.store.resting import resting
from warning.store.standing import Standing, standing, work_on_case
from warning.store.state import state_table
from warning.store.withholding import withheld_names
from warning.tabular import among_keys

Done = TypeVar("Done")


class Store(Database):
    """One city's records, links, warnings, letters and task forces.

    Raises of every method: :class:`StoreError` when the database is locked, read-only, full,
    damaged or gone; what was being written is then undone as a whole.
    """

    # ── records ──────────────────────────────────────────────────────────────────────────────

    def load(
        self, loaded: CanonicalTables, source: str, at: datetime, noted: Entry | None = None
    ) -> LoadSummary:
        """Store records with their parties: new ones, new versions; exact repeats are counted.

        Content that any version of the record already has is a repeat, so loading the same
        files again changes nothing. A new version of whose parties its source says nothing keeps
        those of the version before. One transaction: all of the load or none of it, with the
        audit's entry ``noted``.
        """
        told = loaded.parties if loaded.content_parties is None else loaded.content_parties
        content = content_hash(loaded.records, told)  # before anybody has to wait
        with self.writing() as connection:
            self.renew_seal(connection)
            return write_load(connection, self.seal, loaded, content, source, at, noted)

    def dropping_damage(
        self, work: Callable[[], Done], without: Callable[[], Done] | None = None
    ) -> Done:
        """What ``work`` gives: what it finds damaged of the memory is dropped, and it begins anew.

        Memory and copies can be derived anew, so that no work ends for them. Each damaged row is
        logged; one that is dropped stands in ``dropped``.

        Args:
            work: what reads memory or copies.
            without: the same without them, where nothing can be dropped as the store cannot be
                written; None: that is raised.
        """
        while True:
            try:
                return work()
            except DamagedError as damaged:
                log("memory_damaged", level=logging.WARNING, row=damaged.row)
                try:
                    with self.writing() as connection:
                        drop_damaged(connection, damaged.row)
                except StoreError:
                    if without is None:
                        raise
                    return without()
                self.dropped.append(damaged.row)

    def _read(
        self, read: Callable[[Connection], Done], without: Callable[[Connection], Done]
    ) -> Done:
        """What ``read`` gives, whatever of the memory is damaged; ``without`` reads none of it."""

        def by(way: Callable[[Connection], Done]) -> Done:
            with self.reading() as connection:
                return way(connection)

        return self.dropping_damage(lambda: by(read), lambda: by(without))

    def known(
        self, as_of: pd.Timestamp, *, versions: bool = False, copies: bool = True
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Records and parties known at ``as_of``: of each record's versions the last reported.

        ``reported_at`` is that of the first of them. ``versions`` adds the columns ``version``,
        ``told_at`` (when this content was reported) and ``load_id`` (of the last load that brought
        a known version) to the records. Without ``copies`` the tables alone are read; what is read
        is the same.
        """

        def read(connection: Connection, copies: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
            return known_records(connection, as_of, versions=versions, copies=copies)

        return self._read(partial(read, copies=copies), partial(read, copies=False))

    def withheld(self, as_of: pd.Timestamp) -> pd.DataFrame:
        """channel, record_id, name, child of who had objected: :meth:`known` leaves them out.

        What shows a text masks it by them, too, and hides the school where one is a child.
        """
        with self.reading() as connection:
            return withheld_names(connection, as_of.to_pydatetime())

    # ── nights ───────────────────────────────────────────────────────────────────────────────

    def previous(
        self,
        memory: Mapping[str, pd.DataFrame] | None = None,
        known: pd.DataFrame | None = None,
        *,
        as_of: pd.Timestamp | None = None,
        patches: bool = True,
    ) -> Previous | None:
        """What the last night found, with the analysts' verdicts; None before the first night.

        Verdicts of which a record names somebody else by now are none of them, but stand apart.

        Args:
            memory: its frames, where they have been read.
            known: records of tonight with ``load_id`` and ``told_at``: which of them are others than the last
                night's is told.
            as_of: the moment of tonight; None: of the last night.
            patches: whether the tables of the last night may be had by memory and patches; what
                they hold is the same.
        """

        def read(connection: Connection, patches: bool) -> Previous | None:
            run = _run_at(connection, last_run(connection))
            if run is None:
                return None
            links = (tables.party_links, tables.place_links, tables.incident_links)
            people, places, incidents, cases, members = (
                state_table(connection, table, memory) if patches else read_table(connection, table)
                for table in (*links, tables.cases, tables.case_incidents)
            )
            verdicts = read_table(connection, tables.verdicts)
            rest = resting(connection, verdicts, pd.Timestamp(as_of or run["as_of"]))
            verdicts = verdicts[~among_keys(verdicts, rest, PAIR)]
            changed = None if known is None else _changed_since(run, known)
            return Previous(people, places, incidents, cases, members, verdicts, changed=changed,
                            resting=rest)  # fmt: skip

        return self._read(partial(read, patches=patches), partial(read, patches=False))

    def remembered(self, as_of: pd.Timestamp) -> Remembered | None:
        """The memory of the last rebuild, if it fits a night of ``as_of``."""
        return self._read(
            lambda connection: remembered(connection, self.seal, as_of.to_pydatetime()),
            lambda _: None,
        )

    def facts(self, settings: str, as_of: pd.Timestamp) -> pd.DataFrame | None:
        """What the last rebuild read in the records it knew, by settings of this name, if it fits."""
        return self._read(
            lambda connection: facts_by(connection, settings, as_of.to_pydatetime()),
            lambda _: None,
        )

    @property
    def secret(self) -> str:
        """The key of the memory's hashes."""
        return secret_of(self.seal)

    def runs(self) -> pd.DataFrame:
        """Every run, oldest first."""
        return self.table("runs")

    def table(self, name: str) -> pd.DataFrame:
        """A whole table as a frame, by its name in ``warning/store/tables.py``."""
        with self.reading() as connection:
            return read_table(connection, tables.metadata.tables[name])

    def rows(self, name: str, column: str, values: Iterable[str | datetime]) -> pd.DataFrame:
        """The rows of a table whose ``column`` has one of the values, by the table's key."""
        table = tables.metadata.tables[name]
        with self.reading() as connection:
            order = in_order(connection, table.primary_key)
            query = select(table).where(table.c[column].in_(list(values))).order_by(*order)
            return read_frame(connection, query, dtypes(table))

    def last_night(self) -> pd.Timestamp:
        """The moment of the last night; NaT before the first."""
        with self.reading() as connection:
            last: Any = last_run(connection)
            return pd.Timestamp(last)

    def standing(self) -> Standing:
        """Letters, transitions and task forces of one moment, with the mark that names them."""
        with self.reading() as connection:
            return standing(connection)

    def work_on(self, case_id: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The letters that carry a case, their transitions and its task forces, by their keys."""
        with self.reading() as connection:
            return work_on_case(connection, case_id)

    def survivors(self, case_ids: Iterable[str]) -> dict[str, str]:
        """Case → the one it was merged into, along the chains that begin at these.

        A case that stands again by itself was merged into none.
        """
        merged: dict[str, str] = {}
        todo = set(case_ids)
        while todo:
            todo -= set(self.rows("cases", "case_id", todo)["case_id"])
            found = in_force(self.rows("merges", "from_id", todo))
            new = dict(zip(found["from_id"], found["into_id"], strict=True))
            todo = set(new.values()) - merged.keys() - new.keys()
            merged |= new
        return merged

    def standing_case(self, case_id: str) -> str:
        """The case that this one is part of now: itself, or the last one along its merges."""
        return survivor_of(case_id, self.survivors([case_id]))

    def count(self, name: str) -> int:
        """How many rows a table has."""
        query = select(func.count()).select_from(tables.metadata.tables[name])
        with self.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def last_warnings(self, *, parts: bool = True) -> pd.DataFrame:
        """The rows of ``warnings`` of the last night.

        Without ``parts`` ``contributions`` stands only where the tier had changed: it is most of
        what a night says.
        """
        with self.reading() as connection:
            return warnings_at(connection, last_warned(connection), parts=parts)

    def last_rows(self, case_ids: Iterable[str], before: pd.Timestamp) -> pd.DataFrame:
        """Of each case its last row of ``warnings`` before a moment; none where no night graded it."""
        with self.reading() as connection:
            return last_rows(connection, list(case_ids), before.to_pydatetime())

    def last_cases(self) -> pd.Series:
        """The ids of the cases that stood the last night."""
        with self.reading() as connection:
            own = tables.cases.c.case_id
            return read_frame(connection, select(own), dtypes(tables.cases))["case_id"]

    def warnings_of(self, case_id: str) -> pd.DataFrame:
        """The rows of ``warnings`` of one case, night by night."""
        table, nights = tables.warnings, select(tables.runs.c.as_of)
        # A look for each night by the key, instead of through all rows.
        own = and_(table.c.case_id == case_id, table.c.as_of.in_(nights))
        with self.reading() as connection:
            query = select(table).where(own).order_by(table.c.as_of)
            return read_frame(connection, query, dtypes(table))

    def warnings_at(self, as_of: pd.Timestamp | None) -> pd.DataFrame:
        """The rows of ``warnings`` of one night; no rows for None.

        Of a night that a later one followed, ``contributions`` is missing where the tier had not
        changed; of one that is whole no longer only changes of tiers are left.
        """
        with self.reading() as connection:
            night = None if as_of is None else as_of.to_pydatetime()
            return warnings_at(connection, night)

    def keep(self, night: Night) -> bool:
        """Write a whole night in one transaction; False when that night was already there.

        Raises:
            OutdatedError: an officer decided on a letter or a task force since it was drafted.
            RefusedError: another night was kept since it began, or the run lock was lost.
        """

        def once() -> bool:
            with self.writing() as connection:
                if _run_at(connection, night.run["as_of"]) is not None:
                    return False
                write_night(connection, night, self.seal)
                self.check_lock()
            return True

        try:
            return self.dropping_damage(once)
        except IntegrityError as error:
            raise StoreError(
                Problem(self.url, str(error.orig), say("不重复的键", "unique keys"))
            ) from error

    def run_at(self, as_of: pd.Timestamp) -> dict[str, Any] | None:
        """The run of that night, if it was done."""
        with self.reading() as connection:
            return _run_at(connection, as_of.to_pydatetime())

    # ── verdicts, documents ──────────────────────────────────────────────────────────────────

    def add_verdict(self, verdict: Mapping[str, Any]) -> None:
        """Record an analyst's verdict; it supersedes earlier ones on the same pair.

        Where the pair has one of that very moment it stands a microsecond later, or the first
        microsecond that is free: nothing else tells which of the two is the last.
        """
        table = tables.verdicts
        same = [table.c[name] == verdict[name] for name in ("kind", "left", "right")]
        with self.writing() as connection:
            query = select(table.c.at).where(*same, table.c.at >= verdict["at"])
            at, taken = verdict["at"], set(connection.execute(query).scalars())
            while at in taken:
                at += timedelta(microseconds=1)
            connection.execute(insert(table).values({**verdict, "at": at}))

    def document(self, name: str) -> bytes | None:
        """A drafted document by its file name."""
        query = select(tables.documents.c.content).where(tables.documents.c.name == name)
        with self.reading() as connection:
            return connection.execute(query).scalar_one_or_none()


def _changed_since(run: Mapping[str, Any], known: pd.DataFrame) -> pd.DataFrame | None:
    """The keys of the records that a night did not know as they are; None: it did not note.

    Loads are numbered in the order in which they are written, and no version is changed later.
    """
    last = run["counts"].get(LAST_LOAD)
    if last is None:
        return None
    newer = (known["load_id"] > last) | (known["told_at"] > run["as_of"])
    keys: pd.DataFrame = known.loc[newer, RECORD]
    return keys


def _run_at(connection: Connection, as_of: datetime | None) -> dict[str, Any] | None:
    query = select(tables.runs).where(tables.runs.c.as_of == as_of)
    row = connection.execute(query).mappings().first()
    return dict(row) if row else None
