"""The database under a store: opened, migrated, unlocked; transactions, one at work at a time."""

import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Self

from sqlalchemy import Connection, Engine, RootTransaction, delete, false, func, select
from sqlalchemy.exc import ArgumentError, DBAPIError

from warning.database_url import shown
from warning.errors import Problem, StoreError, UsageError
from warning.language import say
from warning.logs import log
from warning.moments import local_now
from warning.store import connection as connecting
from warning.store import tables
from warning.store.account_rights import check_may_create, check_may_migrate, lacking_rights
from warning.store.connection import connect, faults_in_words, sqlite_file
from warning.store.faults import BUSY, READ_ONLY_SERVER, reason_of, words_of
from warning.store.keys import find_keys
from warning.store.locking import Held, is_held, lost, run_lock
from warning.store.migrate import is_current, migrate, older_schema, tables_beside
from warning.store.migration_backups import backup_before_migration
from warning.store.protecting import (
    is_sealed,
    newest_key,
    no_new_key,
    refuse_sealed,
    ring_for,
    seal_of,
    seal_with,
)
from warning.store.sealing import Seal
from warning.store.space import give_back, not_given_back, owe, owed, settle

#: The code of a refusal for an empty database of a server, in which a night makes its store.
EMPTY_SERVER = "empty_server"


class Database:
    """One database, migrated to this version's schema.

    Raises of every method: :class:`StoreError` when the database is locked, read-only, full,
    damaged or gone; what was being written is then undone as a whole.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._engine = engine
        self.url = url
        self.seal = Seal()
        self.hindered = ""  #: why what was deleted last may still stand in the files
        self.dropped: list[str] = []  #: rows of the memory that were damaged, and are gone
        self._held: Held | None = None  #: the run lock, while this one is at work
        self._patience = 0.0  #: seconds for which it waits then for another writer

    @classmethod
    def open(cls, url: str, *, new_on: Collection[str] = ("sqlite", "postgresql")) -> Self:
        """Open the store at ``url``, migrated if it is older.

        Args:
            url: where it is.
            new_on: the kinds of database in which it is made, if they are empty.

        Raises:
            UsageError: there is none, and it is not made.
        """
        engine = connect(url)
        # From here on the URL is only told, never connected with: no password in it.
        url = shown(url)
        store = cls(engine, url)
        try:
            # Looked at first: a store that is up to date can be opened while another writes.
            with store.reading() as connection:
                up_to_date, older = is_current(connection), older_schema(connection)
                may_be_new = engine.dialect.name in new_on
                if not (up_to_date or may_be_new or tables_beside(connection)):
                    check_may_create(connection, url)
                    on_server = engine.dialect.name == "postgresql"
                    raise _no_store(url, say("数据库是空的", "the database is empty"),
                                    EMPTY_SERVER if on_server else "")  # fmt: skip
            if not up_to_date:
                # Who opens it at the same moment waits until the backup is written.
                patience = connecting.WORK_SECONDS if older is not None else 0
                with faults_in_words(url), store._writing(patience) as connection:
                    older = older_schema(connection)
                    if older is None:
                        migrate(connection, url)
                    else:
                        check_may_migrate(connection, url, older)
                        with backup_before_migration(store._engine, older, local_now()):
                            migrate(connection, url)
                            owe(connection)
            store._unlock()
            if older is not None:
                with suppress(StoreError):  # it stays owed, and the store can be used
                    store.vacuum()  # what the migration took away is in no file
        except BaseException:
            store.close()
            raise
        return store

    @classmethod
    def open_existing(cls, url: str, *, new_on_server: bool = False) -> Self:
        """Open a store that must be there already: who only looks leaves an empty database empty.

        A restore or a load that was killed leaves one, and can be run again.

        Args:
            url: where it is.
            new_on_server: whether it is made in an empty database of a server, as a night does that
                loads its first records from the inbox.

        Raises:
            UsageError: there is none.
        """
        cls.check_exists(url)
        return cls.open(url, new_on=("postgresql",) if new_on_server else ())

    @staticmethod
    def check_exists(url: str) -> None:
        """A mistyped name of a file makes no new store; a server's databases it knows itself.

        Raises:
            UsageError: there is no such store.
        """
        try:
            path = sqlite_file(url)
            missing = path is not None and not path.exists()
        except (ArgumentError, OSError):  # told in words by who connects
            return
        if missing:
            raise _no_store(url, say("没有这个存储", "there is no such store"))

    def _unlock(self) -> None:
        """Take up the store's keys; a store without any is sealed where a key is at hand."""
        with self.reading() as connection:
            sealed = is_sealed(connection)
            seal = seal_of(connection, self.url)
        ring = None if sealed else ring_for(self._engine.dialect.name)
        were_plain = False
        if ring is not None:
            with self.writing() as connection:
                # Another process may have sealed it since it was looked at.
                if is_sealed(connection):
                    seal = seal_of(connection, self.url)
                else:
                    found = connection.execute(select(tables.parties.c.channel).limit(1))
                    were_plain = found.first() is not None
                    refuse_sealed(connection, self.url, ring)
                    seal = seal_with(connection, seal, ring.newest)
                    if were_plain:
                        owe(connection)
        self._use(seal)
        if were_plain:
            with suppress(StoreError):
                self.vacuum()

    def seal_at(self, connection: Connection) -> Seal:
        """The seal at the connection's moment: another process may have brought a new key."""
        own = self.seal.keys[-1].key_id if self.seal.on else None
        return self.seal if newest_key(connection) == own else seal_of(connection, self.url)

    def renew_seal(self, connection: Connection) -> None:
        """Take up the key that another process has brought since the store was opened."""
        seal = self.seal_at(connection)
        if seal is not self.seal:
            self._use(seal)
            connection.execution_options(seal=seal)

    def _use(self, seal: Seal) -> None:
        self.seal = seal
        self._engine.update_execution_options(seal=seal)

    def rotate(self) -> int:
        """Seal the numbers anew with the newest key at hand; returns how many parties there are.

        What the key before sealed is then gone from the database's files as well; where it is not
        yet, ``hindered`` says why, and the rotation again takes it away.

        Raises:
            StoreError: there is no key, or the newest one is in use already.
        """
        ring = find_keys()
        is_new = ring is not None and ring.newest not in self.seal.keys
        # Rotated before, and perhaps not yet gone from the files.
        if not is_new and not (self.seal.on and self.owed_since()):
            raise no_new_key(ring)
        with self.at_work():
            seal = self.seal
            with self.writing() as connection:
                if ring is not None and is_new:
                    seal = seal_with(connection, seal, ring.newest)
                    owe(connection)
                count = connection.execute(select(func.count()).select_from(tables.parties))
                parties = int(count.scalar_one())
            self._use(seal)
            self.vacuumed()
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

    def check_readable(self) -> None:
        """Every table can be read, and wholly: no right to it is lacking, no policy hides its rows.

        Raises:
            StoreError: one cannot.
        """
        with self.reading() as connection:
            for table in tables.metadata.tables.values():
                connection.execute(select(table).limit(0))

    def not_writable(self) -> dict[str, str]:
        """Tables and sequences to which the database's account lacks a right → which; not SQLite's.

        Nothing is ever changed in the audit: rights to do that may be withheld. Of SQLite no row
        is deleted, which needs what a write does; where another one writes, it can be written.

        Raises:
            StoreError: the server is a standby, or set to be read alone; the SQLite store is
                read-only.
        """
        if self._engine.dialect.name != "postgresql":
            with faults_in_words(self.url):
                try:
                    with self._writing() as connection:
                        connection.execute(delete(tables.records).where(false()))
                except DBAPIError as error:
                    if words_of(error) is not BUSY:
                        raise
            return {}
        with self.reading() as connection:
            if connection.exec_driver_sql("SHOW transaction_read_only").scalar() == "on":
                found, action = READ_ONLY_SERVER
                expected = say("可读写的存储", "a store that can be read and written")
                raise StoreError(Problem(self.url, say(*found), expected, say(*action)))
            return lacking_rights(connection)

    def owed_since(self) -> datetime | None:
        """Since when deleted rows may still stand in the files; None where none do."""
        with self.reading() as connection:
            note = owed(connection)
        return None if note is None else note[1]

    def vacuum(self) -> None:
        """Give deleted rows' space back, so that nothing of them is left in the files.

        Raises:
            StoreError: it was not done, and why. What was deleted stays so, its space stays owed,
                and the next vacuum gives it back.
        """
        try:
            with self._engine.connect() as connection:
                note = owed(connection)
            give_back(self._engine, self.url)
            if note is not None:
                with self._writing() as connection:
                    settle(connection, note[0])
        except DBAPIError as error:
            raise not_given_back(self.url, reason_of(error)) from error

    def vacuumed(self) -> str:
        """Vacuum after a change that stands; returns what hindered it, empty when it is done.

        A request to stop ends the vacuum only: what was changed is still to be told.
        """
        self.hindered = ""
        try:
            self.vacuum()
        except StoreError as error:
            self.hindered = error.problems[0].found
        except KeyboardInterrupt:
            why = not_given_back(self.url, say("清理被中断", "the cleaning was interrupted"))
            self.hindered = why.problems[0].found
        return self.hindered

    def settle(self) -> None:
        """Vacuum where that is owed by a change before.

        Raises:
            StoreError: as of :meth:`vacuum`.
        """
        if self.owed_since() is not None:
            self.vacuum()

    def close(self) -> None:
        """Release the connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def writing(self, *, patient: bool = True) -> Iterator[Connection]:
        """A transaction that no other writer runs beside; undone as a whole by any exception.

        Args:
            patient: whether who is at work patiently waits here, too.
        """
        patience = self._patience if patient else 0
        with faults_in_words(self.url), self._writing(patience) as connection:
            yield connection

    @contextmanager
    def _writing(self, patience: float = 0) -> Iterator[Connection]:
        connection, transaction = self._begun(patience)
        with connection, transaction:
            yield connection

    def _begun(self, patience: float) -> tuple[Connection, RootTransaction]:
        """A connection in a transaction of its own, once no other one writes.

        Each try waits ``BUSY_SECONDS``; between them a signal ends the waiting on SQLite, too.
        """
        began, tries = time.monotonic(), 0
        while True:
            connection = self._engine.connect().execution_options(writing=True)
            try:
                return connection, connection.begin()
            except BaseException as error:
                connection.close()
                busy = isinstance(error, DBAPIError) and words_of(error) is BUSY
                if not busy:
                    raise
                if time.monotonic() - began >= patience:
                    # What is noted of a wait in vain waits no longer than anybody.
                    self._patience = 0
                    raise
                tries += 1
                if tries == 1:
                    log("waits_for_another_writer", most_seconds=patience)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection whose reads are all of one moment."""
        with faults_in_words(self.url), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def at_work(self, *, patient: bool = False) -> Iterator[None]:
        """Hold the store's run lock: one night, restore, rotation or retention at a time.

        Args:
            patient: whether another writer, such as a large load, is waited for as long as it may
                take (``WORK_SECONDS``): the hours of a night are not lost for it.

        Raises:
            RefusedError: another run holds it, of this process or another.
        """
        with run_lock(self._engine, self.url) as held:
            with self.reading() as connection:
                self.renew_seal(connection)
            self._held, self._patience = held, connecting.WORK_SECONDS if patient else 0
            try:
                yield
            finally:
                self._held, self._patience = None, 0

    def check_lock(self) -> None:
        """Who is at work still holds the lock, so nobody else has been since.

        Raises:
            RefusedError: it was lost.
        """
        if self._held is not None and not self._held():
            raise lost(self.url)

    def is_at_work(self, host: str, process: int) -> bool:
        """Whether a night that began there still holds the run lock."""
        with faults_in_words(self.url):
            return is_held(self._engine, host, process)


def _no_store(url: str, found: str, code: str = "") -> UsageError:
    return UsageError(
        Problem(
            url,
            found,
            say("用 warning load 建立的存储", "a store made by warning load"),
            say("先运行 warning load 或 warning demo；恢复中断时再运行一次 warning restore",
                "run warning load or warning demo first; where a restore was stopped, run warning "
                "restore again"),
            code,
        )
    )  # fmt: skip
