"""The space of what was deleted: owed with the change, until a vacuum has given it back.

A vacuum runs outside of any transaction, after the change is committed. A note among the stages of
work says that it is due, so that nothing that ends it (a full disk, a reader, a kill) is forgotten.
"""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select
from sqlalchemy.exc import DBAPIError

from warning.errors import Problem, StoreError
from warning.language import say
from warning.moments import local_now
from warning.store import connection as connecting
from warning.store.account_rights import OWNER, OfAnother
from warning.store.faults import BUSY, reason_of
from warning.store.horizon import holders_after_waiting, lockers, told
from warning.store.operation_tables import stages
from warning.store.tables import metadata

#: The stage of the note; its fingerprint is another one for each change.
OWED = "space"
#: Its stage once the tables are done, where only PostgreSQL's samples of their values are still owed.
SAMPLES = "samples"

#: The note, and the transaction that wrote it: that of the change, or what came after the tables.
NOTE = "SELECT stage, fingerprint, xmin::text FROM stages WHERE stage = ANY (%s)"
TABLES_ARE_DONE = """
UPDATE stages SET stage = %s WHERE stage = %s AND fingerprint = %s RETURNING xmin::text
"""
NOW = "SELECT pg_current_xact_id()::xid::text"
#: The file that a table stands in: a vacuum that writes it anew gives it another one, and one that
#: passes it over, for want of a right to it, leaves it where it is. It says so by a notice alone,
#: which the account's settings may hold back.
FILE = "SELECT pg_relation_filenode(%s::regclass)"
#: Whether the account may take away the server's samples of values: the database's owner may.
MAY_TAKE_SAMPLES = """
SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()
"""


def owe(connection: Connection) -> None:
    """Note, with a change, that what it takes away is in the files until they are vacuumed."""
    now, before = local_now().to_pydatetime(), owed(connection)
    owe_nothing(connection)
    connection.execute(
        insert(stages).values(
            as_of=before[1] if before else now,
            stage=OWED,
            fingerprint=secrets.token_hex(32),
            ended_at=now,
            seconds=0.0,
        )
    )


def owe_nothing(connection: Connection) -> None:
    """Take the note away: these files never held what was deleted, as those of a restored store."""
    connection.execute(delete(stages).where(stages.c.stage.in_([OWED, SAMPLES])))


def owed(connection: Connection) -> tuple[str, datetime] | None:
    """The note of the last change that owes its space, and since when it is owed; None where none."""
    query = select(stages.c.fingerprint, stages.c.as_of)
    row = connection.execute(query.where(stages.c.stage.in_([OWED, SAMPLES]))).first()
    return None if row is None else (row.fingerprint, row.as_of)


def settle(connection: Connection, note: str) -> None:
    """The space of this note is given back; of a change that came meanwhile it is still owed."""
    mine = stages.c.stage.in_([OWED, SAMPLES]) & (stages.c.fingerprint == note)
    connection.execute(delete(stages).where(mine))


def give_back(engine: Engine, url: str) -> None:
    """Write the store's files anew, without what was deleted.

    On PostgreSQL its own tables one by one; nobody is waited for longer than a writer waits.

    Raises:
        StoreError: it was not done, or not wholly, and why.
    """
    try:
        pooled = engine.raw_connection()
        driver: Any = pooled.driver_connection
        pooled.detach()  # out of the pool: VACUUM runs outside of the engine's transactions
        try:
            if engine.dialect.name == "postgresql":
                _on_postgresql(driver, url)
            else:
                _on_sqlite(driver, url)
        finally:
            driver.close()
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:
        raise not_given_back(url, reason_of(error)) from error


def not_given_back(url: str, why: str) -> StoreError:
    """What is done stays done; only the files are not yet clean."""
    return StoreError(
        Problem(
            url,
            say(f"被删除的内容可能仍留在数据库文件里：{why}",
                f"what was deleted may still stand in the database's files: {why}"),
            action=say("排除原因；下一夜会再清理，也可运行 warning retention",
                       "mend that; the next night cleans them, or warning retention does"),
        )
    )  # fmt: skip


def _on_sqlite(driver: Any, url: str) -> None:
    driver.execute("PRAGMA wal_checkpoint(PASSIVE)").close()
    driver.execute("VACUUM").close()
    # While somebody reads what was there before, the pages before stay in the file.
    (busy, *_), *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if busy:
        raise not_given_back(url, say(*BUSY[0]))


def _on_postgresql(driver: Any, url: str) -> None:
    driver.autocommit = True
    driver.execute(f"SET lock_timeout = {int(connecting.BUSY_SECONDS * 1000)}")
    row = driver.execute(NOTE, ([OWED, SAMPLES],)).fetchone()
    stage, note, number = row or (OWED, "", driver.execute(NOW).fetchone()[0])
    if stage == OWED:
        number = _tables_done(driver, url, note, number)
    # ANALYZE keeps samples of values: those before, which it has taken away by now, go last.
    if driver.execute(MAY_TAKE_SAMPLES).fetchone()[0]:
        if holders := holders_after_waiting(driver, number, catalog=True):
            raise not_given_back(url, told(holders))
        _vacuum(driver, url, "pg_catalog.pg_statistic")


def _tables_done(driver: Any, url: str, note: str, number: str) -> str:
    """Vacuum the store's tables after the change that a transaction made; returns a later one."""
    if holders := holders_after_waiting(driver, number):
        raise not_given_back(url, told(holders))
    for name in metadata.tables:
        _vacuum(driver, url, f'"{name}"')
    done = driver.execute(TABLES_ARE_DONE, (SAMPLES, OWED, note)).fetchone()
    return str((done or driver.execute(NOW).fetchone())[0])


def _vacuum(driver: Any, url: str, name: str) -> None:
    import psycopg  # only who uses PostgreSQL has it installed

    before = driver.execute(FILE, (name,)).fetchone()
    try:
        driver.execute(f"VACUUM (FULL, ANALYZE) {name}")
    except psycopg.errors.LockNotAvailable as error:
        holders = lockers(driver, name)
        why = told(holders) if holders else say(*BUSY[0])
        raise not_given_back(url, why) from error
    if driver.execute(FILE, (name,)).fetchone() == before:
        owner = driver.execute(f"{OWNER} WHERE pg_class.oid = %s::regclass", (name,)).fetchone()
        raise not_given_back(url, OfAnother(*owner).not_cleaned())
