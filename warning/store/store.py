"""The store's doors: load records, know what was known, keep a night whole."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Text, cast, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from warning.errors import Problem, RefusedError, StoreError
from warning.escalation.bundles import follow
from warning.language import say
from warning.matching.links import Links, Previous
from warning.moments import local_now
from warning.records import CanonicalTables, content_hash
from warning.store import operation_tables, outbox, tables
from warning.store.backup import backup_before_migration
from warning.store.connection import connect, faults_in_words
from warning.store.frames import dtypes, in_order, read_frame, read_table, write_frame
from warning.store.keys import find_keys
from warning.store.locking import run_lock
from warning.store.migrate import is_current, migrate, older_schema
from warning.store.protecting import is_sealed, ring_for, seal_of, seal_with
from warning.store.remembering import Remembered, forget, keep_memory, remembered, secret_of
from warning.store.sealing import Seal, party_keys
from warning.store.withholding import (
    blanked,
    erased_rows,
    narratives_without,
    without_objectors,
)


@dataclass(frozen=True)
class LoadSummary:
    """Where the rows of one load went; ``rows_read = stored + quarantined + repeats``.

    ``versions`` of the stored rows are new versions of records known before.
    """

    rows_read: int
    stored: int
    versions: int
    quarantined: int
    repeats: int


@dataclass(frozen=True)
class Night:
    """Everything that a night leaves in the store, in one piece.

    Attributes:
        run: the columns of the table ``runs`` without its id.
        links: what linking gave; replaces the state of the night before.
        warnings, letters, transitions, task_forces: new rows of these tables.
        documents: file name → content of the drafted documents.
        reminders: letter_id of letters whose deadline is near; each is told once a deadline.
    """

    run: Mapping[str, Any]
    links: Links
    warnings: pd.DataFrame
    letters: pd.DataFrame
    transitions: pd.DataFrame
    task_forces: pd.DataFrame
    documents: Mapping[str, bytes]
    reminders: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"letter_id": []}))


class Store:
    """One database, migrated to this version's schema.

    Raises of every method: :class:`StoreError` when the database is locked, read-only, full,
    damaged or gone; what was being written is then undone as a whole.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self.url = url
        self.seal = Seal()

    @classmethod
    def open(cls, url: str) -> "Store":
        """Open the store at ``url``, made if it is not there, migrated if it is older."""
        engine = connect(url)
        # From here on the URL is only told, never connected with: no password in it.
        url = engine.url.set(drivername=url.partition(":")[0]).render_as_string(hide_password=True)
        store = cls(engine, url)
        try:
            # Looked at first: a store that is up to date can be opened while another writes.
            with store.reading() as connection:
                up_to_date, older = is_current(connection), older_schema(connection)
            if not up_to_date:
                if older is not None:
                    with faults_in_words(url):
                        backup_before_migration(store._engine, older, local_now())
                with store.writing() as connection:
                    migrate(connection, url)
            store._unlock()
        except BaseException:
            store.close()
            raise
        return store

    def _unlock(self) -> None:
        """Take up the store's keys; a store without any is sealed where a key is at hand."""
        with self.reading() as connection:
            sealed = is_sealed(connection)
            seal = seal_of(connection, self.url)
        ring = None if sealed else ring_for(self._engine.dialect.name)
        if ring is not None:
            with self.writing() as connection:
                # Another process may have sealed it since it was looked at.
                if is_sealed(connection):
                    seal = seal_of(connection, self.url)
                else:
                    seal = seal_with(connection, seal, ring.newest)
        self._use(seal)

    def _use(self, seal: Seal) -> None:
        self.seal = seal
        self._engine.update_execution_options(seal=seal)

    def rotate(self) -> int:
        """Seal the numbers anew with the newest key at hand; returns how many parties there are.

        Raises:
            StoreError: there is no key, or the newest one is in use already.
        """
        ring = find_keys()
        if ring is None or ring.newest in self.seal.keys:
            raise StoreError(
                Problem(
                    ring.source if ring else "WARNING_KEY_FILE",
                    say(
                        "最新的密钥已在使用，或没有密钥",
                        "the newest key is in use, or there is none",
                    ),
                    say("一把新密钥", "a new key"),
                    say("先用 warning keys new 加一把", "add one first: warning keys new"),
                )
            )
        with self.at_work():
            with self.writing() as connection:
                seal = seal_with(connection, self.seal, ring.newest)
                forget(connection)
                count = connection.execute(select(func.count()).select_from(tables.parties))
                parties = int(count.scalar_one())
            self._use(seal)
        return parties

    def damage(self) -> str:
        """What the database finds wrong with its own pages; empty when nothing.

        SQLite reads all of its file; PostgreSQL has tools of its own (``pg_amcheck``).
        """
        with self.reading() as connection:
            if self._engine.dialect.name == "postgresql":
                return ""
            found = connection.exec_driver_sql("PRAGMA quick_check").scalars().all()
        return "" if found == ["ok"] else "; ".join(map(str, found[:3]))

    def vacuum(self) -> None:
        """Give deleted rows' space back, so that nothing of them is left in the files."""
        with (
            faults_in_words(self.url),
            self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
        ):
            # The driver's own cursor: VACUUM runs outside any transaction, and so outside the
            # engine's, which begin themselves.
            driver: Any = connection.connection.driver_connection
            if self._engine.dialect.name == "postgresql":
                driver.execute("VACUUM (FULL, ANALYZE)")
            else:
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
                driver.execute("VACUUM").close()
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that no other writer runs beside; undone as a whole by any exception."""
        with (
            faults_in_words(self.url),
            self._engine.connect().execution_options(writing=True) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads are all of one moment."""
        with faults_in_words(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Hold the store's run lock: one night, restore, rotation or retention at a time.

        Raises:
            RefusedError: another process holds it.
        """
        with run_lock(self._engine, self.url):
            yield

    # ── records ──────────────────────────────────────────────────────────────────────────────

    def load(self, loaded: CanonicalTables, source: str, at: datetime) -> LoadSummary:
        """Store records with their parties: new ones, new versions; exact repeats are counted.

        Content that any version of the record already has is a repeat, so loading the same
        files again changes nothing. One transaction: all of the load or none of it.
        """
        records = loaded.records.assign(
            content_hash=self.seal.hashes(content_hash(loaded.records, loaded.parties)),
            row=range(len(loaded.records)),
        )
        with self.writing() as connection:
            known = read_frame(
                connection,
                select(
                    tables.records.c.channel,
                    tables.records.c.record_id,
                    tables.records.c.content_hash,
                    tables.records.c.version,
                ),
                dtypes(tables.records),
            )
            new = _new_versions(records, known)
            summary = LoadSummary(
                rows_read=loaded.rows_read,
                stored=len(new),
                versions=int((new["version"] > 1).sum()),
                quarantined=loaded.rows_read - len(records),
                repeats=len(records) - len(new),
            )
            load_id = connection.execute(
                insert(tables.loads)
                .values(loaded_at=at, source=source, **asdict(summary))
                .returning(tables.loads.c.load_id)
            ).scalar_one()
            parties = _parties_of(new, records, loaded.parties)
            keys = party_keys(parties, self.seal)
            erased = erased_rows(connection, keys)
            if len(erased):
                on = list(erased.columns)
                new = narratives_without(new, parties.merge(erased, on=on))
                parties = blanked(parties, erased)
                keys = party_keys(parties, self.seal)
            write_frame(connection, tables.records, new.assign(load_id=load_id))
            write_frame(connection, tables.parties, parties)
            write_frame(connection, operation_tables.party_keys, keys)
            write_frame(connection, tables.quarantine, loaded.quarantine.assign(load_id=load_id))
        return summary

    def known(
        self, as_of: pd.Timestamp, *, versions: bool = False
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Records and parties known at ``as_of``: of each record's versions the last reported.

        ``versions`` adds the column ``version`` to the records.
        """
        record, party = tables.records, tables.parties
        last = (
            select(
                record.c.channel, record.c.record_id, func.max(record.c.version).label("version")
            )
            .where(record.c.reported_at <= as_of.to_pydatetime())
            .group_by(record.c.channel, record.c.record_id)
            .subquery()
        )
        with self.reading() as connection:
            frames = []
            for table in (record, party):
                hidden = {"load_id", "content_hash"}
                if table is party or not versions:
                    hidden.add("version")
                query = (
                    select(*[c for c in table.c if c.name not in hidden])
                    .join(
                        last,
                        (table.c.channel == last.c.channel)
                        & (table.c.record_id == last.c.record_id)
                        & (table.c.version == last.c.version),
                    )
                    .order_by(
                        *in_order(connection, [c for c in table.primary_key if c.name != "version"])
                    )
                )
                frames.append(read_frame(connection, query, dtypes(table)))
            frames[1] = without_objectors(connection, frames[1], as_of.to_pydatetime())
        return frames[0], frames[1]

    # ── nights ───────────────────────────────────────────────────────────────────────────────

    def previous(self) -> Previous | None:
        """What the last night found, with the analysts' verdicts; None before the first night."""
        with self.reading() as connection:
            if connection.execute(select(func.count()).select_from(tables.runs)).scalar_one() == 0:
                return None
            names = ("party_links", "place_links", "incident_links", "cases", "case_incidents",
                     "verdicts")  # fmt: skip
            people, places, incidents, cases, members, verdicts = (
                read_table(connection, tables.metadata.tables[name]) for name in names
            )
            return Previous(people, places, incidents, cases, members, verdicts)

    def remembered(self, as_of: pd.Timestamp) -> Remembered | None:
        """The memory of the last rebuild, if it fits a night of ``as_of``."""
        with self.reading() as connection:
            return remembered(connection, self.seal, as_of.to_pydatetime())

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

    def rows(self, name: str, column: str, values: Iterable[str]) -> pd.DataFrame:
        """The rows of a table whose ``column`` has one of the values, by the table's key."""
        table = tables.metadata.tables[name]
        with self.reading() as connection:
            order = in_order(connection, table.primary_key)
            query = select(table).where(table.c[column].in_(list(values))).order_by(*order)
            return read_frame(connection, query, dtypes(table))

    def last_night(self) -> pd.Timestamp:
        """The moment of the last night; NaT before the first."""
        with self.reading() as connection:
            last: Any = connection.execute(select(func.max(tables.runs.c.as_of))).scalar()
            return pd.Timestamp(last)

    def survivors(self, case_ids: Iterable[str]) -> dict[str, str]:
        """Case → the one it was merged into, along the chains that begin at these.

        A case that stands again by itself was merged into none.
        """
        merged: dict[str, str] = {}
        todo = set(case_ids)
        while todo:
            todo -= set(self.rows("cases", "case_id", todo)["case_id"])
            found = self.rows("merges", "from_id", todo)
            found = found[found["kind"] == "case"]
            new = dict(zip(found["from_id"], found["into_id"], strict=True))
            todo = set(new.values()) - merged.keys() - new.keys()
            merged |= new
        return merged

    def count(self, name: str) -> int:
        """How many rows a table has."""
        query = select(func.count()).select_from(tables.metadata.tables[name])
        with self.reading() as connection:
            return int(connection.execute(query).scalar_one())

    def last_warnings(self) -> pd.DataFrame:
        """The rows of ``warnings`` of the last night."""
        with self.reading() as connection:
            return _warnings_at(connection, _last_warned(connection))

    def warnings_of(self, case_id: str) -> pd.DataFrame:
        """The rows of ``warnings`` of one case, night by night."""
        table = tables.warnings
        with self.reading() as connection:
            query = select(table).where(table.c.case_id == case_id).order_by(table.c.as_of)
            return read_frame(connection, query, dtypes(table))

    def warnings_at(self, as_of: pd.Timestamp) -> pd.DataFrame:
        """The rows of ``warnings`` of one night.

        Of a night that a later one followed, ``contributions`` is missing where the tier had not
        changed.
        """
        with self.reading() as connection:
            return _warnings_at(connection, as_of.to_pydatetime())

    def keep(self, night: Night) -> bool:
        """Write a whole night in one transaction; False when that night was already there."""
        try:
            with self.writing() as connection:
                connection.execute(insert(tables.runs).values(**night.run))
                for table in tables.STATE:
                    connection.execute(delete(table))
                    write_frame(connection, table, getattr(night.links, table.name))
                if night.links.memory:
                    keep_memory(connection, night.links.memory, night.run["as_of"], self.seal)
                merges = night.links.merges.assign(as_of=night.run["as_of"])
                write_frame(connection, tables.merges, merges)
                _write_warnings(connection, night.warnings)
                write_frame(connection, tables.letters, night.letters)
                write_frame(connection, tables.transitions, night.transitions)
                write_frame(connection, tables.task_forces, night.task_forces)
                _follow_merges(connection, night.links.merges)
                _set_statuses(connection, night.transitions)
                self._write_documents(connection, night.documents)
                happened = outbox.of_night(
                    connection,
                    night.run["as_of"],
                    night.letters,
                    night.transitions,
                    night.task_forces,
                    night.reminders["letter_id"].tolist(),
                )
                outbox.write(connection, happened)
                # The stages' results now stand in the tables; their times stay in the ledger.
                stages = operation_tables.stages
                connection.execute(
                    update(stages).where(stages.c.content.is_not(None)).values(content=None)
                )
        except IntegrityError as error:
            if self.run_at(pd.Timestamp(night.run["as_of"])) is not None:
                return False
            raise StoreError(
                Problem(self.url, str(error.orig), say("不重复的键", "unique keys"))
            ) from error
        return True

    def run_at(self, as_of: pd.Timestamp) -> dict[str, Any] | None:
        """The run of that night, if it was done."""
        query = select(tables.runs).where(tables.runs.c.as_of == as_of.to_pydatetime())
        with self.reading() as connection:
            row = connection.execute(query).mappings().first()
        return dict(row) if row else None

    # ── letters, task forces, verdicts ───────────────────────────────────────────────────────

    def change_letter(
        self, letter: Mapping[str, Any], transition: Mapping[str, Any], document: bytes | None
    ) -> None:
        """Write a letter's new state if nobody changed it since it was read.

        Args:
            letter: the new row; its ``version`` is one above the one that was read.
            transition: the row of the history.
            document: the document as it now is, where it changed.

        Raises:
            RefusedError: when another officer changed the letter in between.
        """
        with self.writing() as connection:
            self._change_letter(connection, letter, transition, document)

    def number_letter(
        self,
        letter: Mapping[str, Any],
        transition: Mapping[str, Any],
        year: int,
        finish: Callable[[int], tuple[Mapping[str, Any], bytes]],
    ) -> Mapping[str, Any]:
        """As :meth:`change_letter`, with the year's next number taken in the same transaction.

        Two approvals at once get two numbers, and one that fails takes none.

        Args:
            letter, transition: as there.
            year: of the number.
            finish: the sequence → the letter with its number, and its document.

        Raises:
            RefusedError: when another officer changed the letter in between.
        """
        with self.writing() as connection:
            numbered, document = finish(self._sequence(connection, year))
            self._change_letter(connection, {**letter, **numbered}, transition, document)
        return {**letter, **numbered}

    def _change_letter(
        self,
        connection: Connection,
        letter: Mapping[str, Any],
        transition: Mapping[str, Any],
        document: bytes | None,
    ) -> None:
        table = tables.letters
        changed = connection.execute(
            update(table)
            .where(
                table.c.letter_id == letter["letter_id"],
                table.c.version == letter["version"] - 1,
            )
            .values({c.name: letter[c.name] for c in table.c if c.name in letter})
        ).rowcount
        if changed != 1:
            raise RefusedError(
                Problem(
                    str(letter["letter_id"]),
                    say("这封函件刚被另一人改动", "another officer has just changed this letter"),
                    action=say("重新查看后再操作", "look at it again, then decide"),
                )
            )
        connection.execute(insert(tables.transitions).values(**transition))
        outbox.write(connection, outbox.of_letter(letter, transition))
        if document is not None:
            self._write_documents(connection, {letter["document"]: document})

    @staticmethod
    def _sequence(connection: Connection, year: int) -> int:
        """The next number of a letter in that year: gapless, from 1."""
        numbers = tables.letters.c.number
        query = (
            select(func.count()).select_from(tables.letters).where(numbers.contains(f"〔{year}〕"))
        )
        return int(connection.execute(query).scalar_one()) + 1

    def change_task_force(
        self,
        task_force: Mapping[str, Any],
        before: Mapping[str, Any],
        at: datetime,
        document: bytes | None = None,
    ) -> None:
        """Write a task force's new status and content if it is still as it was read.

        Args:
            task_force: the row with its new ``status`` and ``content``.
            before: the row that was read.
            at: when.
            document: the plan as it now is, where it changed.

        Raises:
            RefusedError: when another officer changed it in between.
        """
        table = tables.task_forces
        here = table.c.task_force_id == task_force["task_force_id"]
        with self.writing() as connection:
            stands = connection.execute(
                select(table.c.status, table.c.content).where(here).with_for_update()
            ).one_or_none()
            if stands is None or (stands.status, stands.content) != (
                before["status"], before["content"],
            ):  # fmt: skip
                raise RefusedError(
                    Problem(
                        str(task_force["task_force_id"]),
                        say("这个专班刚被另一人改动", "another officer has just changed this one"),
                        action=say("重新查看后再操作", "look at it again, then decide"),
                    )
                )
            connection.execute(
                update(table)
                .where(here)
                .values(status=task_force["status"], content=task_force["content"])
            )
            outbox.write(connection, [outbox.of_task_force(task_force, at)])
            if document is not None:
                self._write_documents(connection, {task_force["document"]: document})

    def add_verdict(self, verdict: Mapping[str, Any]) -> None:
        """Record an analyst's verdict; it supersedes earlier ones on the same pair."""
        with self.writing() as connection:
            connection.execute(insert(tables.verdicts).values(**verdict))

    def document(self, name: str) -> bytes | None:
        """A drafted document by its file name."""
        query = select(tables.documents.c.content).where(tables.documents.c.name == name)
        with self.reading() as connection:
            return connection.execute(query).scalar_one_or_none()

    @staticmethod
    def _write_documents(connection: Connection, documents: Mapping[str, bytes]) -> None:
        if not documents:
            return
        table = tables.documents
        connection.execute(delete(table).where(table.c.name.in_(list(documents))))
        rows = [{"name": name, "content": content} for name, content in documents.items()]
        connection.execute(insert(table), rows)


def _new_versions(records: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The rows whose content no version has yet, with their version numbers."""
    key = ["channel", "record_id"]
    first = records.drop_duplicates([*key, "content_hash"])
    seen = pd.MultiIndex.from_frame(known[[*key, "content_hash"]])
    new = first[~pd.MultiIndex.from_frame(first[[*key, "content_hash"]]).isin(seen)]
    highest = known.groupby(key)["version"].max().rename("highest").reset_index()
    new = new.merge(highest, on=key, how="left")
    number = new.groupby(key).cumcount() + 1
    return new.assign(version=new.pop("highest").fillna(0).astype("int64") + number)


def _parties_of(new: pd.DataFrame, records: pd.DataFrame, parties: pd.DataFrame) -> pd.DataFrame:
    """The parties of the new versions.

    Where one load holds a record in several versions, ``parties`` names the row of its record
    in the column ``row``; otherwise the key decides.
    """
    key = ["channel", "record_id"]
    columns = [*key, "version"]
    if "row" in parties.columns:
        return parties.merge(new[["row", "version"]], on="row", how="inner")
    return parties.merge(new[columns].drop_duplicates(key, keep="last"), on=key, how="inner")


def _last_warned(connection: Connection) -> datetime | None:
    """The last night that left warnings."""
    return connection.execute(select(func.max(tables.warnings.c.as_of))).scalar()


def _warnings_at(connection: Connection, as_of: datetime | None) -> pd.DataFrame:
    """A night's rows by case, the last night's with the parts of their scores."""
    table, parts = tables.warnings, tables.score_parts
    order = in_order(connection, [table.c.case_id])
    query = select(table).where(table.c.as_of == as_of).order_by(*order)
    found = read_frame(connection, query, dtypes(table))
    if as_of == _last_warned(connection):
        last = read_frame(connection, select(parts), dtypes(parts)).set_index("case_id")
        found["contributions"] = found["case_id"].map(last["contributions"]).astype("str")
    return found


def _write_warnings(connection: Connection, warnings: pd.DataFrame) -> None:
    """Add a night's rows; the parts of a score stay in them only where the tier changed.

    Those of all cases, by far the most of what a night says, replace the night's before.
    """
    parts = tables.score_parts
    connection.execute(delete(parts))
    write_frame(connection, parts, warnings[["case_id", "contributions"]])
    changed = warnings["tier"] != warnings["previous_tier"]
    kept = warnings.assign(contributions=warnings["contributions"].where(changed, None))
    write_frame(connection, tables.warnings, kept)


def _follow_merges(connection: Connection, merges: pd.DataFrame) -> None:
    """Letters and task forces of a case that was merged follow the one that survived.

    Of a letter that carries several cases, so do the further ones.
    """
    merged = merges[merges["kind"] == "case"]
    survivor = dict(zip(merged["from_id"], merged["into_id"], strict=True))
    if survivor:
        table = tables.letters
        bundled = cast(table.c.content, Text).contains('"others"')
        before = read_frame(connection, select(table).where(bundled), dtypes(table))
        for letter in follow(before, survivor).to_dict("records"):
            connection.execute(
                update(table)
                .where(table.c.letter_id == letter["letter_id"])
                .values(case_id=letter["case_id"], content=letter["content"])
            )
    for row in merged.itertuples():
        for table in (tables.letters, tables.task_forces):
            connection.execute(
                update(table).where(table.c.case_id == row.from_id).values(case_id=row.into_id)
            )


def _set_statuses(connection: Connection, transitions: pd.DataFrame) -> None:
    """Letters that the night itself moved on (overdue, superseded) get their new status."""
    table = tables.letters
    for row in transitions.itertuples():
        connection.execute(
            update(table)
            .where(table.c.letter_id == row.letter_id)
            .values(status=row.to_status, version=table.c.version + 1)
        )
