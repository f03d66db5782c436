"""SQLite and PostgreSQL: the same code, the same results, the same words for the same faults."""

import hashlib
import itertools
import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import unquote

import numpy as np
import pandas as pd
import psycopg
import pytest
from sqlalchemy import Engine, delete, insert, make_url, select, text
from sqlalchemy.exc import DBAPIError

from tests.conftest import from_memory, load_town
from tests.copying import like
from tests.postgresql import Server
from warning.cli import run
from warning.commands.checking import check_store
from warning.demo.city import AS_OF
from warning.errors import RefusedError, StoreError, UsageError
from warning.keeping.health import health_of
from warning.nightly import run_nightly
from warning.settings import load_settings
from warning.store import Store, database, space
from warning.store.account_rights import not_cleaned
from warning.store.backup import write_backup
from warning.store.connection import connect
from warning.store.faults import (
    ALTERED,
    BROKEN_OFF,
    BUSY,
    CLOSED,
    DAMAGED,
    GONE,
    LIMIT,
    NO_CONNECT,
    NO_DATABASE,
    NO_MOMENT,
    NO_SERVICE,
    NOT_CONNECTED,
    NOT_ENCRYPTED,
    NOT_HELD,
    NOT_LET_IN,
    NOT_LET_THROUGH,
    POOLED,
    READ_ONLY_SERVER,
    TOO_MANY,
    TOO_MANY_OF_ITS_OWN,
    WRONG_OPTION,
    WRONG_PORT,
    Words,
    words_of,
)
from warning.store.locking import Held, run_lock
from warning.store.operation_tables import exports, memory, stages
from warning.store.restoring import restore_backup
from warning.store.tables import loads, metadata

#: What differs between any two runs: clocks and durations.
CLOCKS = {
    "runs": ["started_at", "seconds", "peak_memory_mb"],
    "loads": ["loaded_at"],
    "keys": ["since"],
    "attempts": ["started_at", "ended_at", "process"],
    "stages": ["ended_at", "seconds"],
}


def contents(url: str) -> dict[str, str]:
    """A hash of every table of the store, less the clocks."""
    with Store.open(url) as store:
        return {
            name: hashlib.sha256(
                store.table(name).drop(columns=CLOCKS.get(name, [])).to_csv().encode()
            ).hexdigest()
            for name in metadata.tables
        }


def test_two_nights_give_the_same_tables_on_both_databases(
    postgresql: Server, town_files: list[Path], tmp_path: Path
) -> None:
    """Every table, letters' documents included, is the same to the byte."""
    results = []
    for url in (f"sqlite:///{tmp_path / 'w.db'}", postgresql.database()):
        load_town(town_files, url)
        run_nightly(url, from_memory(), AS_OF - pd.Timedelta(days=40))
        run_nightly(url, from_memory(), AS_OF)
        assert run_nightly(url, from_memory(), AS_OF).repeated
        results.append(contents(url))
    assert results[0] == results[1]


def test_text_is_ordered_by_code_points_on_every_database(empty_url: str) -> None:
    """Sorting does not depend on the server's locale."""
    from tests.store.test_store_load import AT, tables

    names = ["b", "B", "a", "Z", "é", "中", "_", "1"]
    with Store.open(empty_url) as store:
        store.load(tables(*[(name, "2024-01-01 10:00:00", "x") for name in names]), "a", AT)
        assert list(store.table("records")["record_id"]) == sorted(names)
        assert list(store.known(pd.Timestamp("2025-01-01"))[0]["record_id"]) == sorted(names)


def test_a_night_links_records_whose_keys_are_long(
    empty_postgresql: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Whatever length the store took in a key of a record or a party, its links hold, too."""
    from tests.store.test_store_load import AT, tables

    with Store.open(like(empty_postgresql, tmp_path, request)) as store:
        store.load(tables(("A1", "2024-12-30 10:00:00", "争吵")), "a", AT)
        with store.writing() as connection:
            for table, names in (
                ("records", ("record_id",)),
                ("parties", ("record_id", "party_no")),
            ):
                for name in names:
                    connection.exec_driver_sql(f"UPDATE {table} SET {name} = repeat({name}, 300)")
        run_nightly(store, None, "2025-01-01")
        long = store.table("party_links")
        assert long["record_id"].tolist() == ["A1" * 300]
        assert long["party_no"].tolist() == ["1" * 300]
        for name in ("place_links", "incident_links"):
            assert set(store.table(name)["record_id"]) <= {"A1" * 300}
        assert store.count("incident_links") == 1


def test_values_come_back_as_they_were_written(empty_url: str) -> None:
    """Tabs, quotes, backslashes, line ends, missing values and numbers survive the bulk write."""
    from tests.store.test_store_load import AT, tables

    odd = ["\\N", "a\tb", 'say "x"', "back\\slash", "two\nlines", "\r\n", "𠮷野家", "NULL", "'"]
    rows = [(f"A{i}", "2024-01-01 10:00:00", value) for i, value in enumerate(odd)]
    loaded = tables(*rows)
    loaded.records["longitude"] = np.linspace(0.1, 1 / 3, len(odd))
    loaded.records.loc[0, "longitude"] = np.nan
    with Store.open(empty_url) as store:
        store.load(loaded, "a", AT)
        back, parties = store.known(pd.Timestamp("2025-01-01"))
    expected = loaded.records.sort_values("record_id", ignore_index=True)
    pd.testing.assert_frame_equal(back, expected[back.columns])
    assert len(parties) == len(odd)


def test_one_run_at_a_time_across_processes(empty_url: str) -> None:
    """A second process is refused while the first holds the lock, killed or not it is let go."""
    Store.open(empty_url).close()
    script = textwrap.dedent(
        """
        import sys
        from warning.store import Store, space
        with Store.open(sys.argv[1]) as store, store.at_work():
            print("held", flush=True)
            sys.stdin.read()
        """
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", script, empty_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdin is not None
    assert holder.stdout is not None
    with holder, Store.open(empty_url) as store:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RefusedError, match=r"another run \(process \d+\)"), store.at_work():
            pass
        with pytest.raises(RefusedError, match="at work"):
            run_nightly(store, None, "2024-12-31")
        holder.kill()
        holder.wait()
        with store.at_work(), pytest.raises(RefusedError, match="another run"), store.at_work():
            pass


def test_a_process_forked_meanwhile_keeps_no_lock(tmp_path: Path) -> None:
    """A worker of the platform lives on: the next night runs. It gives no lock back either."""
    url = f"sqlite:///{tmp_path / 'w.db'}"
    with Store.open(url) as store, Store.open(url) as other:
        with store.at_work():
            reading, writing = os.pipe()
            if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
                os.close(writing)
                os.read(reading, 1)
                os._exit(0)
            os.close(reading)
        try:
            with other.at_work():
                pass
        finally:
            os.close(writing)
            os.waitpid(child, 0)
        held = store.at_work()
        held.__enter__()
        if (child := os.fork()) == 0:  # pragma: no cover - the child's own life
            held.__exit__(None, None, None)
            os._exit(0)
        os.waitpid(child, 0)
        with pytest.raises(RefusedError, match="at work"), other.at_work():
            pass
        held.__exit__(None, None, None)


def test_a_link_to_a_store_has_the_same_lock(empty_sqlite: str, tmp_path: Path) -> None:
    """Whoever opens the file by another name is refused while somebody is at work, and knows it."""
    (tmp_path / "real").mkdir()
    path = tmp_path / "real" / "w.db"
    shutil.copy(empty_sqlite.removeprefix("sqlite:///"), path)
    (tmp_path / "link.db").symlink_to(path)
    (tmp_path / "directory").symlink_to(path.parent)
    for name in ("link.db", "directory/w.db"):
        with (
            Store.open(f"sqlite:///{path}") as store,
            Store.open(f"sqlite:///{tmp_path / name}") as other,
        ):
            here = platform.node(), os.getpid()
            with store.at_work():
                with pytest.raises(RefusedError, match="at work"), other.at_work():
                    pass
                assert other.is_at_work(*here)
            with other.at_work():
                assert store.is_at_work(*here)
            assert not other.is_at_work(*here)
    assert not (tmp_path / "link.db.lock").exists()


def test_a_lock_about_to_be_let_go_is_waited_for(postgresql: Server) -> None:
    """PostgreSQL ends the session of a killed process a moment later: who follows is not refused."""
    url = postgresql.database()
    with Store.open(url) as store, Store.open(url) as dying:
        held = dying.at_work()
        held.__enter__()
        threading.Timer(0.5, held.__exit__, (None, None, None)).start()
        with store.at_work():
            pass


@pytest.mark.parametrize(
    ("ends", "words"), [("terminate", "went away"), ("cancel", "broke it off")]
)
def test_who_is_ended_while_waiting_for_the_lock_is_told_in_words(
    empty_postgresql: str, ends: str, words: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """By an administrator or a server that stops: no trace, and no word of another at work."""
    url = like(empty_postgresql, tmp_path, request)
    waiting = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"

    def take(store: Store) -> None:
        with store.at_work():
            pass

    with (
        Store.open(url) as store,
        Store.open(url) as other,
        psycopg.connect(url, autocommit=True) as session,
        ThreadPoolExecutor(1) as beside,
        store.at_work(),
    ):
        taken, end = beside.submit(take, other), time.monotonic() + 5
        while not (found := session.execute(waiting).fetchone()):
            assert time.monotonic() < end
        session.execute(f"SELECT pg_{ends}_backend(%s)", found)
        with pytest.raises(StoreError, match=words):
            taken.result()


class Lent(SimpleNamespace):
    """A client's connection to a pooler in transaction mode: each statement in a session it has."""

    def __init__(self, *sessions: psycopg.Connection) -> None:
        turns = itertools.cycle(sessions)
        super().__init__(
            dialect=SimpleNamespace(name="postgresql"),
            raw_connection=lambda: self,
            driver_connection=self,
            detach=lambda: None,
            execute=lambda *statement: next(turns).execute(*statement),
            close=lambda: None,
        )


def test_no_lock_is_held_through_a_pooler_of_transactions(postgresql: Server) -> None:
    """Whichever of its sessions a statement comes to, it is refused in words or told as lost."""
    url = postgresql.database()
    with (
        psycopg.connect(url, autocommit=True) as first,
        psycopg.connect(url, autocommit=True) as second,
    ):

        def lock(*sessions: psycopg.Connection) -> AbstractContextManager[Held]:
            return run_lock(cast("Engine", Lent(*sessions)), url)

        # Statements: the wait's limit, who it is, the lock, who it is, ...
        for turns in (
            (first, second),
            (first, first, first, second),
            (first, first, second, first),
        ):
            with pytest.raises(RefusedError, match="a pooler"), lock(*turns):
                pass
            for session in (first, second):
                session.execute("SELECT pg_advisory_unlock_all()")
        with lock(first) as held:
            assert held()
            with pytest.raises(RefusedError, match="a pooler"), lock(first):
                pass
            assert held()  # who was refused took nothing away
        with lock(first, first, first, first, second) as held:
            assert not held()


def test_a_reader_sees_one_moment(empty_url: str) -> None:
    """What another process writes between two reads of one connection is not seen by it."""
    from tests.store.test_store_load import AT, tables

    with Store.open(empty_url) as store, Store.open(empty_url) as other:
        with store.reading() as connection:
            count = text("SELECT count(*) FROM records")
            assert connection.execute(count).scalar() == 0
            other.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
            assert connection.execute(count).scalar() == 0
        assert len(store.table("records")) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("53100", "disk is full"),
        ("53200", "out of memory"),
        ("25006", "read-only"),
        ("42501", "lacks a right"),
        ("53400", "a limit that its server sets"),
        ("55P03", "in use"),
        ("57P01", "went away"),
        ("XX001", "damaged"),
        ("57014", "broke it off"),
        ("25P03", "broke it off"),
        ("25P04", "broke it off"),
        ("3F000", "no schema"),
    ],
)
def test_a_fault_that_the_server_raises_undoes_the_load(
    empty_postgresql: str, state: str, words: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """The server's error, told by its code whatever its language, is said in words."""
    from tests.store.test_store_load import AT, tables

    with Store.open(like(empty_postgresql, tmp_path, request)) as store:
        with store.writing() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS "
                f"$$BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END$$"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER fails BEFORE INSERT ON parties EXECUTE FUNCTION fails()"
            )
        with pytest.raises(StoreError, match=words):
            store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
        assert store.table("records").empty
        assert store.table("loads").empty


def test_a_database_that_is_not_there_says_so(postgresql: Server, tmp_path: Path) -> None:
    """No server, no such database, a role without rights: each has its own words and action."""
    from tests.store.test_store_load import AT, tables

    with pytest.raises(StoreError, match="no such database"):
        Store.open(postgresql.url("none"))
    with pytest.raises(StoreError, match="does not answer"):
        Store.open(f"postgresql://postgres@/x?host={tmp_path}")
    url = postgresql.database()
    with pytest.raises(StoreError, match="does not let this user in"):
        Store.open(url.replace("postgres@", "nobody@"))
    Store.open(url).close()
    role = f"reader_{url.rpartition('/')[2].partition('?')[0]}"
    engine = connect(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE ROLE "{role}" LOGIN')
    engine.dispose()
    with pytest.raises(StoreError, match="lacks a right"):
        Store.open(url.replace("postgres@", f"{role}@"))
    administer(
        url,
        f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT INSERT ON records TO "{role}"',
    )
    with Store.open(url.replace("postgres@", f"{role}@")) as store:
        store.check_readable()
        assert store.not_writable()["cases"] == "INSERT, UPDATE, DELETE"
        assert store.not_writable()["records"] == "UPDATE, DELETE"
        with pytest.raises(StoreError, match="may not write"):
            check_store(store, "")
    administer(
        url,
        f'GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO "{role}"',
        f'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO "{role}"',
        f'REVOKE UPDATE, DELETE ON audit FROM "{role}"',
    )
    with Store.open(url.replace("postgres@", f"{role}@")) as store:
        assert store.not_writable() == {}
        store.load(tables(("A1", "2024-12-30 10:00:00", "争吵")), "a", AT)
        run_nightly(store, None, "2025-01-01")
        administer(url, f'REVOKE DELETE ON cases FROM "{role}"',
                   f'REVOKE USAGE ON SEQUENCE loads_load_id_seq FROM "{role}"')  # fmt: skip
        assert store.not_writable() == {"cases": "DELETE", "loads_load_id_seq": "USAGE"}
        with pytest.raises(StoreError, match="cases DELETE; loads_load_id_seq USAGE"):
            check_store(store, "")
    administer(url, f'GRANT DELETE ON cases TO "{role}"',
               f'GRANT USAGE ON SEQUENCE loads_load_id_seq TO "{role}"')  # fmt: skip
    for limit in (0, 1):  # a night takes two
        administer(url, f'ALTER ROLE "{role}" CONNECTION LIMIT {limit}')
        with (
            pytest.raises(StoreError, match="no connection left under its own limit"),
            Store.open(url.replace("postgres@", f"{role}@")) as store,
        ):
            check_store(store, "")


def test_a_check_says_that_a_database_is_read_only(
    empty_postgresql: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A standby or a setting: no night could be kept there."""
    url = like(empty_postgresql, tmp_path, request)
    Store.open(url).close()
    administer(
        url, f"ALTER DATABASE {make_url(url).database} SET default_transaction_read_only = on"
    )
    with Store.open(url) as store, pytest.raises(StoreError, match="connect to the primary"):
        check_store(store, "")


def test_a_database_that_cannot_hold_every_text_is_refused(
    postgresql: Server, tmp_path: Path
) -> None:
    """A new or restored store in one of another encoding says how to make one; a text is no bug, either."""
    url = postgresql.database()
    name = make_url(url).database
    latin = in_encoding(url, f"{name}_latin1", "LATIN1")
    with pytest.raises(StoreError, match="encoding is LATIN1"):
        Store.open(latin)
    with (
        Store.open(in_encoding(url, f"{name}_ascii", "SQL_ASCII")) as store,
        store.writing() as connection,
    ):
        counts = dict.fromkeys(["rows_read", "stored", "versions", "quarantined", "repeats"], 0)
        connection.execute(insert(loads).values(loaded_at=AS_OF, source="𠮷㐀", **counts))
        assert connection.execute(select(loads.c.source)).scalar() == "𠮷㐀"
        write_backup(connection, tmp_path / "b.zip", AS_OF)
    with pytest.raises(StoreError, match="encoding is LATIN1"):
        restore_backup(tmp_path / "b.zip", latin)
    held = DBAPIError("", None, psycopg.errors.UntranslatableCharacter())
    assert words_of(held) == NOT_HELD


def test_a_database_that_the_account_may_make_no_tables_in_says_how_to_open_it(
    postgresql: Server, tmp_path: Path
) -> None:
    """Whether a store is looked for, made or restored there; there are no tables to grant."""
    url = postgresql.database()
    name = make_url(url).database
    role = f"app_{name}"
    administer(url, f"CREATE ROLE {role} LOGIN", "REVOKE CREATE ON SCHEMA public FROM public")
    theirs = url.replace("postgres@", f"{role}@")
    store = Store.open(f"sqlite:///{tmp_path / 'w.db'}")
    with store, store.reading() as connection:
        write_backup(connection, tmp_path / "b.zip", AS_OF)
    for act in (
        lambda: Store.open(theirs),
        lambda: Store.open_existing(theirs),
        lambda: restore_backup(tmp_path / "b.zip", theirs),
    ):
        with pytest.raises(StoreError, match=f"(ALTER DATABASE {name} OWNER TO {role}, or )?GRANT"):
            act()
    administer(url, f"ALTER DATABASE {name} OWNER TO {role}",
               f"GRANT CREATE ON SCHEMA public TO {role}")  # fmt: skip
    with pytest.raises(UsageError, match="the database is empty"):
        Store.open_existing(theirs)
    administer(url, "CREATE SCHEMA other", f"GRANT USAGE ON SCHEMA other TO {role}",
               f"ALTER ROLE {role} SET search_path = other")  # fmt: skip
    with pytest.raises(StoreError, match=f"GRANT CREATE ON SCHEMA other TO {role}") as told:
        Store.open(theirs)
    assert "ALTER DATABASE" not in str(told.value)  # who owns the database may not either


def in_encoding(url: str, name: str, encoding: str) -> str:
    """The URL of a new database on the same server."""
    engine = connect(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        driver = connection.connection.driver_connection
        driver.rollback()
        driver.autocommit = True
        driver.execute(
            f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0"
        )
    engine.dispose()
    return make_url(url).set(database=name).render_as_string()


@pytest.mark.parametrize("name", ["p%2541/a b.db", "q%3Fd#/张掖.db"])
def test_a_file_s_name_may_be_any(name: str, tmp_path: Path) -> None:
    """What is escaped in the URL is the same file for who makes the store and who opens it."""
    path = tmp_path / unquote(name)
    path.parent.mkdir()
    url = f"sqlite:///{tmp_path}/{name}"
    Store.open(url).close()
    assert path.exists()
    Store.open_existing(url).close()
    path.unlink()
    with pytest.raises(UsageError, match="no such store"):
        Store.open_existing(url)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("sorry, too many clients already", TOO_MANY),
        ("remaining connection slots are reserved for roles with privileges", TOO_MANY),
        ('由角色"warning"发起的连接太多了', TOO_MANY_OF_ITS_OWN),
        ('到数据库 "warning"的连接太多了', TOO_MANY_OF_ITS_OWN),
        ('too many connections for database "warning"', TOO_MANY_OF_ITS_OWN),
        ("对不起, 已经有太多的客户", TOO_MANY),
        ('角色 "warning" 不存在', NOT_LET_IN),
        ('用户 "warning" Password 认证失败', NOT_LET_IN),
        ('数据库 "warning" 不存在', NO_DATABASE),
        ('permission denied for database "w"', NO_CONNECT),
        ('访问数据库"w"的权限不够\nDETAIL:  用户没有CONNECT权限.', NO_CONNECT),
        ('database "w" is not currently accepting connections', CLOSED),
        ('数据库 "w" 当前不接受联接', CLOSED),
        ('unrecognized configuration parameter "foo"', WRONG_OPTION),
        ("-c foo requires a value", WRONG_OPTION),
        ('invalid value for parameter "work_mem": "much"', WRONG_OPTION),
        ("invalid command-line argument for server process: -Q", WRONG_OPTION),
        ('permission denied to set parameter "log_statement"', WRONG_OPTION),
        ("Connection refused", NOT_CONNECTED),
        ("server does not support SSL, but SSL was required", NOT_ENCRYPTED),
        ('root certificate file "~/.postgresql/root.crt" does not exist', NOT_ENCRYPTED),
        ("SSL error: certificate verify failed", NOT_ENCRYPTED),
        ('server certificate for "a" does not match host name "b"', NOT_ENCRYPTED),
        ('no pg_hba.conf entry for host "10.0.0.1", user "a", SSL off', NOT_LET_IN),
        ("SSL SYSCALL error: EOF detected", NOT_CONNECTED),
        (
            "terminating connection due to administrator command\n"
            "SSL connection has been closed unexpectedly",
            NOT_CONNECTED,
        ),
        ('definition of service "none" not found', NO_SERVICE),
        ('invalid port number: "99999"', WRONG_PORT),
    ],
)
def test_a_connection_that_failed_is_told_by_its_words(message: str, words: Words) -> None:
    """There is no SQLSTATE then; a server may speak Chinese."""
    failed = psycopg.OperationalError(f"connection failed: FATAL:  {message}")
    assert words_of(DBAPIError("", None, failed)) == words


def test_an_encrypted_connection_that_breaks_off_at_work_is_no_wrong_certificate() -> None:
    """What was being written is undone then; where no connection was made, nothing was begun."""
    lost = "consuming input failed: SSL connection has been closed unexpectedly"
    assert words_of(DBAPIError("", None, psycopg.OperationalError(lost))) == GONE
    for url in ("postgresql://a@127.0.0.1:1/x", "postgresql:///?service=none"):
        with pytest.raises(StoreError) as told:
            Store.open(url)
        assert "undone" not in str(told.value)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("25006", READ_ONLY_SERVER),
        ("26000", POOLED),
        ("42703", ALTERED),
        ("42704", ALTERED),
        ("42883", ALTERED),
        ("42P05", POOLED),
        ("53000", LIMIT),
        ("54001", LIMIT),
        ("55006", BUSY),
        ("57000", BROKEN_OFF),
        ("57P03", GONE),
        ("58P01", DAMAGED),
        ("72000", BROKEN_OFF),
        ("P0001", NOT_LET_THROUGH),
    ],
)
def test_what_a_server_s_settings_or_its_administrator_cause_has_words(
    state: str, words: Words
) -> None:
    """It is told by its code, and taken for no fault of the program."""
    assert words_of(DBAPIError("", None, psycopg.errors.lookup(state)())) == words


@pytest.mark.parametrize(
    "message",
    ["timestamp too large (after year 10K): 'infinity'",
     "timestamp too small (before year 1): '0044-03-15 00:00:00 BC'"],
)  # fmt: skip
def test_a_moment_that_the_driver_cannot_read_is_a_fault_of_the_store(message: str) -> None:
    """PostgreSQL has moments that Python has not; this program writes none."""
    assert words_of(DBAPIError("", None, psycopg.DataError(message))) == NO_MOMENT


@pytest.mark.parametrize(
    ("driver", "query", "words"),
    [
        ("postgresql", "?prepare_threshold=0", "prepare_threshold cannot be set"),
        ("postgresql", "?row_factory=x", "row_factory cannot be set"),
        ("postgresql+psycopg_async", "", "cannot be read .*psycopg_async"),
    ],
)
def test_what_the_driver_takes_as_arguments_of_its_own_is_refused(
    driver: str, query: str, words: str
) -> None:
    """It is the operator's to correct: wrong usage, and no fault of the program."""
    url = "".join([driver, "://warning:", "geheim", "@/w", query])
    with pytest.raises(UsageError, match=words) as told:
        connect(url)
    assert "geheim" not in str(told.value)


def test_a_wrong_option_of_the_url_is_no_dead_server(postgresql: Server) -> None:
    """What is to be corrected is named."""
    for option in ("-cfoo", "-cfoo%3D1", "-cwork_mem%3Dmuch", "-Q"):
        with pytest.raises(StoreError, match="correct the options"):
            Store.open(f"{postgresql.database()}&options={option}")
    for setting in ("foo=1", "sslmode=much"):
        with pytest.raises(StoreError, match="correct what follows"):
            Store.open(f"{postgresql.database()}&{setting}")


def test_rows_that_a_policy_hides_are_a_fault(
    empty_postgresql: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """No backup, check or night is made of the rows that are left, the owner's neither."""
    from tests.store.test_store_load import AT, tables

    url = like(empty_postgresql, tmp_path, request)
    name = f"app_{make_url(url).database}"
    with Store.open(url) as store:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
    administer(
        url,
        f"CREATE ROLE {name} LOGIN",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {name}",
        "ALTER TABLE records ENABLE ROW LEVEL SECURITY",
        f"CREATE POLICY no_110 ON records TO {name} USING (channel <> '110') WITH CHECK (true)",
    )

    def backup(store: Store) -> None:
        with store.reading() as connection:
            write_backup(connection, tmp_path / "b.zip", AT)

    def refused() -> None:
        with Store.open(url.replace("postgres@", f"{name}@")) as store:
            for act in (
                lambda: check_store(store, ""),
                lambda: backup(store),
                lambda: run_nightly(store, None, "2025-01-01"),
                lambda: store.load(tables(("A2", "2024-01-01 10:00:00", "争吵")), "a", AT),
            ):
                with pytest.raises(StoreError, match="would hide rows"):
                    act()
        assert not (tmp_path / "b.zip").exists()

    refused()
    administer(
        url,
        f"ALTER TABLE records OWNER TO {name}",
        "ALTER TABLE records FORCE ROW LEVEL SECURITY",
    )
    refused()
    administer(url, f"ALTER ROLE {name} BYPASSRLS")
    with Store.open(url.replace("postgres@", f"{name}@")) as store:
        assert check_store(store, "")["nights"] == 0


def administer(url: str, *statements: str) -> None:
    """Run statements as the server's administrator."""
    engine = connect(url)
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    finally:
        engine.dispose()


#: What may be set for other programs of the same account; each would end or disturb a night.
SET_FOR_OTHERS = {
    "default_transaction_isolation": "serializable",
    "statement_timeout": "400ms",
    "idle_in_transaction_session_timeout": "400ms",
    "idle_session_timeout": "400ms",
    "timezone": "Asia/Shanghai",
    "extra_float_digits": "0",
    "quote_all_identifiers": "on",
}


@pytest.fixture
def set_for_others(postgresql: Server) -> str:
    """The URL of an empty database with settings that are wrong for a night."""
    url = postgresql.database()
    name = make_url(url).database
    settings = [f"ALTER DATABASE {name} SET {key} = '{value}'"
                for key, value in SET_FOR_OTHERS.items()]  # fmt: skip
    administer(url, *settings)
    return url


def test_limits_of_time_that_are_set_for_others_end_no_night(set_for_others: str) -> None:
    """Neither within a statement nor between two, nor while the run lock is held."""
    with Store.open(set_for_others) as store, store.at_work(), store.writing() as connection:
        connection.exec_driver_sql("SELECT pg_sleep(0.6)")
        time.sleep(0.6)
        assert connection.exec_driver_sql("SHOW timezone").scalar() == "UTC"
        store.check_lock()


def test_numbers_come_back_whole_whatever_the_digits(set_for_others: str) -> None:
    """A server that is set to tell 15 digits tells all 17 of a probability."""
    from tests.store.test_store_load import AT, tables

    loaded = tables(("A1", "2024-01-01 10:00:00", "争吵"))
    loaded.records["longitude"] = 0.1 + 0.2
    with Store.open(set_for_others) as store:
        store.load(loaded, "a", AT)
        assert store.table("records")["longitude"].tolist() == [0.1 + 0.2]
        assert store.known(pd.Timestamp("2025-01-01"))[0]["longitude"].tolist() == [0.1 + 0.2]


def test_a_backup_is_whole_whatever_the_names_of_types(
    empty_sqlite: str, set_for_others: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A server that is set to quote every name tells them quoted; JSON and bytes come back as such."""
    url = like(empty_sqlite, tmp_path, request)
    stage = {"as_of": AS_OF, "stage": "x", "fingerprint": "", "ended_at": AS_OF, "seconds": 0.1}
    with Store.open(url) as store, store.writing() as connection:
        connection.execute(insert(stages).values(stage | {"content": b"\xff\x00"}))
    for source, target in ((url, set_for_others), (set_for_others, f"sqlite:///{tmp_path}/b.db")):
        backup = tmp_path / f"{target.partition(':')[0]}.zip"
        with Store.open(source) as store, store.reading() as connection:
            write_backup(connection, backup, AS_OF)
        restore_backup(backup, target)
        with Store.open(target) as store, store.reading() as connection:
            assert connection.execute(select(stages.c.content)).scalar() == b"\xff\x00"


def test_writers_stand_in_line_whatever_the_isolation(set_for_others: str) -> None:
    """Who waited for another writer sees what it wrote."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    at = pd.Timestamp("2025-01-01").to_pydatetime()

    def count(store: Store) -> int:
        with store.writing() as connection:
            return len(connection.execute(select(loads)).all())

    with Store.open(set_for_others) as first, Store.open(set_for_others) as second:
        second.vacuum()  # the driver then goes back to its own isolation
        with ThreadPoolExecutor(1) as other, first.writing() as connection:
            counted, end = other.submit(count, second), time.monotonic() + 5
            while not connection.execute(waiting).scalar():
                assert time.monotonic() < end
            connection.execute(insert(loads).values(
                loaded_at=at, source="a", rows_read=0, stored=0, versions=0, quarantined=0,
                repeats=0,
            ))  # fmt: skip
        assert counted.result() == 1


def vacuumed_beside(url: str, *statements: str) -> str:
    """What hinders the vacuum of a change that came while psql was in a transaction."""
    with Store.open(url) as store, psycopg.connect(url, application_name="psql") as session:
        for statement in statements:
            session.execute(statement)
        with store.writing() as connection:
            space.owe(connection)
        process = session.info.backend_pid
        return store.vacuumed().replace(f" {process} psql 20", " PSQL 20")


def test_a_forgotten_transaction_hinders_a_vacuum_for_a_moment_only(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether it locks a table, or may still read what was deleted; its session is named."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.3)
    url = postgresql.database()
    assert "sessions go on (process, program, since): PSQL 20" in vacuumed_beside(
        url, "SELECT count(*) FROM records"
    )
    assert " PSQL 20" in vacuumed_beside(
        url, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "SELECT 1"
    )
    assert vacuumed_beside(url, "SELECT 1") == ""


@pytest.fixture
def owing(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch, empty_postgresql: str
) -> Iterator[Store]:
    """A store on PostgreSQL whose vacuums wait for nobody for long."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.3)
    monkeypatch.setattr("warning.store.horizon.REPLICATION_SECONDS", 0.3)
    url = postgresql.database(make_url(empty_postgresql).database or "")
    with Store.open(url) as store:
        yield store


def change(store: Store) -> None:
    """Something is deleted, and its space is owed."""
    with store.writing() as connection:
        space.owe(connection)


def files_hold(server: Server, url: str, table: str, text: str) -> bool:
    """Whether a text stands in the file of a table."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("CHECKPOINT")
        (path,) = session.execute("SELECT pg_relation_filepath(%s)", (table,)).fetchone() or ("",)
    return text.encode() in (server.directory / "data" / path).read_bytes()


def test_a_transaction_in_another_database_hinders_a_vacuum(
    owing: Store, postgresql: Server
) -> None:
    """What was deleted stays in the files as long as it goes on, and so does the note."""
    url = postgresql.url(str(make_url(owing.url).database))
    with owing.writing() as connection:
        connection.execute(insert(exports).values(at=AS_OF, path="刘静凤", files=""))
    with psycopg.connect(postgresql.url("postgres"), application_name="psql") as session:
        session.execute("SELECT pg_current_xact_id()")
        with owing.writing() as connection:
            connection.execute(delete(exports))
            space.owe(connection)
        assert f" {session.info.backend_pid} psql 20" in owing.vacuumed()
        assert "(database postgres)" in owing.hindered
        assert owing.owed_since() is not None
        assert files_hold(postgresql, url, "exports", "刘静凤")
    owing.settle()
    assert owing.owed_since() is None
    assert not files_hold(postgresql, url, "exports", "刘静凤")


def test_what_began_after_the_change_hinders_no_vacuum_of_the_tables(
    owing: Store, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only whoever may read what was deleted is waited for; for samples of values, everybody."""
    change(owing)
    with psycopg.connect(postgresql.url("postgres")) as session:
        session.execute("SELECT pg_current_xact_id()")
        assert "sessions go on" in owing.vacuumed()
        assert owing.owed_since() is not None
        # The tables are done, and not locked and written again by every night until it ends.
        monkeypatch.setattr(space, "_tables_done", pytest.fail)
        assert "sessions go on" in owing.vacuumed()
        monkeypatch.setattr(space, "MAY_TAKE_SAMPLES", "SELECT false")
        assert owing.vacuumed() == ""
    assert owing.owed_since() is None


@pytest.mark.parametrize("database", ["postgres", ""])
def test_a_prepared_transaction_hinders_a_vacuum(
    owing: Store, postgresql: Server, database: str
) -> None:
    """It has no process; in the store's database or another one, it is told by its name."""
    name = database or str(make_url(owing.url).database)
    with psycopg.connect(postgresql.url(name), autocommit=True) as session:
        session.execute("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'")
        try:
            change(owing)
            assert "prepared transactions are not ended (name, since): forgotten 20" in (
                owing.vacuumed()
            )
            assert ("(database postgres)" in owing.hindered) == bool(database)
            assert owing.owed_since() is not None
        finally:
            session.execute("ROLLBACK PREPARED 'forgotten'")
    assert owing.vacuumed() == ""
    assert owing.owed_since() is None


@pytest.mark.parametrize("slot", ["slot", ""])
def test_what_a_standby_still_reads_hinders_a_vacuum(
    owing: Store, postgresql: Server, slot: str
) -> None:
    """With a slot or without: the server keeps what the standby says that its queries need."""
    with psycopg.connect(postgresql.url("postgres"), autocommit=True) as session:
        if slot:
            session.execute(f"SELECT pg_create_physical_replication_slot('{slot}')")
        row = session.execute("SELECT pg_current_xact_id()::text, pg_current_wal_lsn()").fetchone()
    number, place = row or ("", "")
    named = f"SLOT {slot} " if slot else ""
    standby = psycopg.pq.PGconn.connect(
        f"host={postgresql.directory} user=postgres replication=true application_name=sb".encode()
    )
    try:
        standby.exec_(f"START_REPLICATION {named}PHYSICAL {place}".encode())
        # What hot_standby_feedback sends: the oldest transaction that a query there may read.
        standby.put_copy_data(b"h" + struct.pack("!qIIII", 0, int(number), 0, 0, 0))
        standby.flush()
        change(owing)
        words = f"slots still keep it (name): {slot}" if slot else "still read it (process, name): "
        assert words in owing.vacuumed()
        assert owing.owed_since() is not None
    finally:
        standby.finish()
    if slot:
        with psycopg.connect(postgresql.url("postgres"), autocommit=True) as session:
            assert words in owing.vacuumed()  # the standby is gone, its slot keeps it
            session.execute(f"SELECT pg_drop_replication_slot('{slot}')")
    owing.settle()
    assert owing.owed_since() is None


def test_a_vacuum_that_the_server_ends_is_told_in_words(
    postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its session ended, or no right to the tables; the connections of before go on."""
    url = postgresql.database()
    vacuum = space._vacuum

    def ended(driver: psycopg.Connection, *named: str) -> None:
        administer(url, f"SELECT pg_terminate_backend({driver.info.backend_pid})")
        vacuum(driver, *named)

    with Store.open(url) as store:
        with monkeypatch.context() as meanwhile:
            meanwhile.setattr(space, "_vacuum", ended)
            assert "does not answer or went away" in store.vacuumed()
            assert "undone" not in store.hindered
        rights = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO clerk"
        name = make_url(url).database
        administer(
            url,
            "CREATE ROLE clerk",
            rights,
            "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO clerk",
            f"ALTER DATABASE {name} SET role = clerk",
            f"ALTER DATABASE {name} SET client_min_messages = error",  # no notice comes
        )
        store.close()  # a new session is the clerk's
        change(store)
        assert 'not the owner of the table "loads"' in store.vacuumed()
        assert store.owed_since() is not None
        # Whoever looks is told, too, what helps: the next night, by this account, does not.
        owning = f"ALTER DATABASE {name} OWNER TO clerk"  # whoever is in postgres may do anything
        helps = f"run warning retention as its owner, postgres, or {owning}"
        assert helps in store.hindered
        assert helps in check_store(store, "")["not_cleaned"]
        assert any(
            helps in told for told in health_of(store, load_settings(), pd.Timestamp(AS_OF)).faults
        )
        administer(postgresql.url("postgres"), owning)
        store.close()
        assert check_store(store, "")["not_cleaned"] is None  # the database's owner may
        store.settle()


def test_an_account_that_inherits_no_rights_is_told_what_gives_it_the_owner_s(
    empty_postgresql: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """A member that inherits nothing is told no GRANT that it has."""
    url = like(empty_postgresql, tmp_path, request)
    name = make_url(url).database
    owner, member = f"own_{name}", f"member_{name}"
    administer(
        url,
        f"CREATE ROLE {owner}",
        f"CREATE ROLE {member} NOINHERIT",
        f"GRANT {owner} TO {member}",
        *(f'ALTER TABLE "{table}" OWNER TO {owner}' for table in metadata.tables),
    )
    engine = connect(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET ROLE {member}")
        told = not_cleaned(connection) or ""
        _, found, statements = told.partition(f"as its owner, {owner}, or ")
        assert found
        administer(url, *statements.split("; "))
        assert not_cleaned(connection) is None
    engine.dispose()


@pytest.mark.parametrize("step", ["owed", "settle"])
def test_a_vacuum_undoes_nothing_that_is_done(
    owing: Store, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Where the server goes away before or after it, nobody is told that the change was undone."""
    change(owing)

    def gone(*_: object) -> None:
        raise DBAPIError("", None, psycopg.errors.AdminShutdown())

    monkeypatch.setattr(database, step, gone)
    assert owing.vacuumed().endswith("the database does not answer or went away")


def test_options_of_the_url_are_kept(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schema of one's own, by the URL or by PGOPTIONS; one that is not there is told in words."""
    url = postgresql.database()
    administer(url, "CREATE SCHEMA own")
    named = f"{url}&options=-csearch_path%3D"
    with pytest.raises(StoreError, match="no schema to make tables in"):
        Store.open(f"{named}none")
    Store.open(f"{named}own").close()
    monkeypatch.setenv("PGOPTIONS", "-c search_path=own")
    with Store.open(url) as store, store.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM own.records").scalar() == 0
        assert store.table("records").empty
    monkeypatch.delenv("PGOPTIONS")
    with Store.open(url) as store, store.reading() as connection:
        query = "SELECT count(*) FROM pg_tables WHERE tablename = 'records'"
        assert connection.exec_driver_sql(query).scalar() == 2


def test_other_programs_in_the_search_path_are_let_be(postgresql: Server) -> None:
    """Their tables and their alembic_version, in a schema behind ours, are none of the store's."""
    url = postgresql.database()
    administer(
        url,
        "CREATE SCHEMA own",
        "CREATE TABLE public.records (x int)",
        "CREATE TABLE public.alembic_version (version_num text)",
        "INSERT INTO public.alembic_version VALUES ('4f1c2')",
    )
    for _ in ("made", "opened again"):
        with Store.open(f"{url}&options=-csearch_path%3Down%2Cpublic") as store:
            assert store.table("parties").empty
    with Store.open(f"{url}&options=-csearch_path%3Down") as store:
        assert store.table("records").empty
    with pytest.raises(StoreError, match="newer version"):
        Store.open(url)


def test_tables_of_our_names_in_an_earlier_schema_are_let_be(postgresql: Server) -> None:
    """The store's schema comes first, wherever it stands in the search path."""
    from tests.store.test_store_load import AT, tables

    url = postgresql.database()
    Store.open(url).close()
    administer(url, "CREATE SCHEMA other", "CREATE TABLE other.records (id int)")
    with Store.open(f"{url}&options=-csearch_path%3Dother%2Cpublic") as store:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
        assert store.table("records")["record_id"].tolist() == ["A1"]
        change(store)
        assert store.vacuumed() == ""


@pytest.fixture
def cities(postgresql: Server) -> list[str]:
    """The URLs of two stores in one database, each in its own schema."""
    url = postgresql.database()
    administer(url, "CREATE SCHEMA c1", 'CREATE SCHEMA "C 2"')
    urls = [f"{url}&options=-csearch_path%3D{name}" for name in ("c1", '"C\\ 2"')]
    for each in urls:
        Store.open(each).close()
    return urls


def test_stores_in_two_schemas_are_at_work_at_once(
    cities: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither their nights nor their writers wait for each other; those of one store do."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.3)
    monkeypatch.setattr("warning.store.locking.PATIENCE_SECONDS", 0.3)
    with (
        Store.open(cities[0]) as one,
        Store.open(cities[1]) as two,
        Store.open(cities[1]) as again,
    ):
        with one.at_work():
            assert not two.is_at_work("", 0)
            with two.at_work():
                assert again.is_at_work("", 0)
                with (
                    pytest.raises(RefusedError, match=r"another run \(process \d+\)"),
                    again.at_work(),
                ):
                    pass
            assert not two.is_at_work("", 0)
            one.check_lock()
        used = pytest.raises(StoreError, match="in use")
        with one.writing(), two.writing(), used, again.writing():
            pass


@pytest.mark.parametrize("role", ["origin", "replica"])
def test_a_change_in_a_schema_takes_the_copies_of_its_own_store(
    cities: list[str], role: str
) -> None:
    """Whatever the search path of who made it, also in a session whose triggers are off."""
    for url in cities:
        with Store.open(url) as store, store.writing() as connection:
            for name in ("copy of records", "copy of cases"):
                row = {"name": name, "as_of": AS_OF, "fingerprint": "", "content": b"x"}
                connection.execute(insert(memory).values(row))

    def left(url: str) -> list[str]:
        with Store.open(url) as store:
            return store.table("memory")["name"].tolist()

    off = f"SET session_replication_role = {role}"
    administer(cities[0], off, 'DELETE FROM "C 2".cases')
    assert [left(url) for url in cities] == [
        ["copy of cases", "copy of records"],
        ["copy of records"],
    ]
    administer(cities[0], off, 'UPDATE "C 2".records SET town = NULL')
    assert [left(url) for url in cities] == [["copy of cases", "copy of records"], []]
    with pytest.raises(DBAPIError, match="only grows"):
        administer(cities[0], off, "DELETE FROM audit")


def test_the_locks_of_earlier_versions_count(
    empty_postgresql: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A night or writer of theirs keeps ours waiting, and ours theirs, while a city upgrades."""
    monkeypatch.setattr("warning.store.connection.BUSY_SECONDS", 0.3)
    monkeypatch.setattr("warning.store.locking.PATIENCE_SECONDS", 0.3)
    run_before, write_before = 0x7761726E02, 0x7761726E01
    url = like(empty_postgresql, tmp_path, request)
    with Store.open(url) as store, psycopg.connect(url, autocommit=True) as earlier:

        def theirs(lock: int) -> bool:
            row = earlier.execute("SELECT pg_try_advisory_lock(%s)", (lock,)).fetchone()
            return row == (True,)

        with store.at_work():
            assert not theirs(run_before)
        with store.writing():
            assert not theirs(write_before)
        assert theirs(run_before)
        assert store.is_at_work("", 0)
        told = f"another run \\(process {earlier.info.backend_pid}\\)"
        with pytest.raises(RefusedError, match=told), store.at_work():
            pass
        assert theirs(write_before)
        with pytest.raises(StoreError, match="in use"), store.writing():
            pass


def test_a_schema_made_later_hides_no_store(postgresql: Server) -> None:
    """A store further down the search path is the store: no empty one is made before it."""
    from tests.store.test_store_load import AT, tables

    url = postgresql.database()
    with Store.open(url) as store:
        store.load(tables(("A1", "2024-01-01 10:00:00", "争吵")), "a", AT)
    administer(url, "CREATE SCHEMA postgres")  # the account's own comes first in the path
    with Store.open(url) as store:
        assert store.count("records") == 1


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://{0}@/x?host={1}",
        "postgresql:///x?host={1}&user=user&password=geheim",
        "postgresql:///x?host={1}&user=user&password=geh@eim",
        "postgresql://{0}@heim@localhost:1/x",
        "postgresql:////{0}@localhost/x",
        "postgresql:/{0}@localhost/x",
        "postgresql://user:geheim",
        "postgresql://{0}@host:port/x",
        "mysql://{0}@host/x",
    ],
)
def test_a_password_is_in_no_message(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """However it is written: faults name the store without it, and so does a query's source."""
    (tmp_path / "a.sql").write_text("SELECT 1")
    written = url.format("user:geheim", tmp_path)
    assert run(["check", "--store", written]) in {1, 2}
    query = ["load", str(tmp_path / "a.sql"), "--channel", "110", "--database", written]
    assert run(query) in {1, 2}
    told = capsys.readouterr()
    assert not re.search("Traceback|geh|heim", told.out + told.err)
