"""The schema's version: an older store is migrated, a newer one refused."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from warning.errors import Problem, StoreError
from warning.language import say


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, on an open connection and without a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def schema_version(connection: Connection) -> str | None:
    """The revision that the store is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Whether the store has this version's schema."""
    head = ScriptDirectory.from_config(configuration(connection)).get_current_head()
    return schema_version(connection) == head


def older_schema(connection: Connection) -> str | None:
    """The revision of a store that this version would migrate; None for new and newer ones."""
    scripts = ScriptDirectory.from_config(configuration(connection))
    current = schema_version(connection)
    known = {script.revision for script in scripts.walk_revisions()}
    return current if current in known - {scripts.get_current_head()} else None


def migrate(connection: Connection, url: str) -> None:
    """Bring the store to this version's schema inside the connection's transaction.

    Raises:
        StoreError: when the store is from a newer version or holds other tables.
    """
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    current, newest = schema_version(connection), scripts.get_current_head()
    if current == newest:
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise StoreError(
            Problem(
                url,
                say(
                    f"存储来自更新的版本（{current}）",
                    f"the store is from a newer version ({current})",
                ),
                say(f"不高于 {newest}", f"{newest} or older"),
                say("升级 warning 后再用", "upgrade warning and try again"),
            )
        )
    if current is None and inspect(connection).get_table_names():
        raise StoreError(
            Problem(
                url,
                say("数据库里有别的程序的表", "the database holds another program's tables"),
                say("空的数据库", "an empty database"),
                say("换一个文件名或数据库", "name another file or database"),
            )
        )
    command.upgrade(config, "head")
