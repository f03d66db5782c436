"""The schema's version: an older store is migrated, a newer one refused."""

import threading
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, String, column, inspect, select, table

from warning.database_url import shown
from warning.errors import Problem, StoreError
from warning.language import say
from warning.store.account_rights import check_may_create

MIGRATIONS = Path(__file__).parent / "migrations"

#: Alembic keeps the migration that runs in a variable of its module, one for all threads.
ALEMBIC = threading.Lock()


@cache
def revisions() -> tuple[str, ...]:
    """Every released schema, oldest first: the numbers that the files of migrations begin with."""
    return tuple(sorted(path.name.partition("_")[0] for path in MIGRATIONS.glob("versions/*_*.py")))


def schema_of(connection: Connection) -> str | None:
    """The schema of PostgreSQL that the store is in, or will be made in; None on SQLite.

    The first of the search path: who connects puts it there.
    """
    if connection.dialect.name != "postgresql":
        return None
    schema: str | None = connection.exec_driver_sql("SELECT current_schema()").scalar()
    return schema


def tables_beside(connection: Connection) -> set[str]:
    """The names of all tables where the store is, or will be made: its own and others'."""
    return set(inspect(connection).get_table_names(schema=schema_of(connection)))


def schema_version(connection: Connection) -> str | None:
    """The revision that the store is at; None for an empty one."""
    schema = schema_of(connection)
    if not inspect(connection).has_table("alembic_version", schema=schema):
        return None
    version = column("version_num", String())
    versions = table("alembic_version", schema=schema)
    return connection.execute(select(version).select_from(versions)).scalar()


def is_current(connection: Connection) -> bool:
    """Whether the store has this version's schema."""
    return schema_version(connection) == revisions()[-1]


def older_schema(connection: Connection) -> str | None:
    """The revision of a store that this version would migrate; None for new and newer ones."""
    current = schema_version(connection)
    return current if current in revisions()[:-1] else None


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the schema to a revision inside the connection's transaction."""
    # Imported here: a store that is up to date needs none of it, and it takes as long as pandas.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["schema"] = schema_of(connection)
    with ALEMBIC:
        command.upgrade(config, revision)


def migrate(connection: Connection, url: str) -> None:
    """Bring the store to this version's schema inside the connection's transaction.

    Raises:
        StoreError: when the store is from a newer version or holds other tables, or the account may not
            make its tables.
    """
    current, newest = schema_version(connection), revisions()[-1]
    if current == newest:
        return
    if current is not None:
        check_revision(current, url)
    if current is None and tables_beside(connection):
        raise StoreError(
            Problem(
                url,
                say("数据库里有别的程序的表", "the database holds another program's tables"),
                say("空的数据库", "an empty database"),
                say("换一个文件名或数据库", "name another file or database"),
            )
        )
    if current is None:
        check_encoding(connection, url)
        check_may_create(connection, url)
    upgrade(connection, newest)


def check_revision(revision: str, where: str) -> None:
    """Refuse what is of a version that this one does not know.

    Raises:
        StoreError: it is.
    """
    if revision in revisions():
        return
    raise StoreError(
        Problem(
            where,
            say(f"来自更新的版本（{revision}）", f"from a newer version ({revision})"),
            say(f"不高于 {revisions()[-1]}", f"{revisions()[-1]} or older"),
            say("升级 warning 后再用", "upgrade warning and try again"),
        )
    )


def check_encoding(connection: Connection, url: str) -> None:
    """Refuse a new store in a database that cannot hold every text; SQLite's hold all.

    Raises:
        StoreError: it cannot.
    """
    if connection.dialect.name != "postgresql":
        return
    encoding = str(connection.exec_driver_sql("SHOW server_encoding").scalar())
    if encoding in {"UTF8", "SQL_ASCII"}:  # the second keeps the bytes of ours as they are
        return
    raise StoreError(
        Problem(
            shown(url),
            say(f"数据库的编码是 {encoding}", f"the database's encoding is {encoding}"),
            say("UTF8 编码的数据库", "a database in UTF8"),
            say("新建一个：createdb -E UTF8 -T template0 名称",
                "make one: createdb -E UTF8 -T template0 NAME"),
        )
    )  # fmt: skip
