"""Which rights the database's account lacks on a server."""

from typing import NamedTuple

from sqlalchemy import Connection, text

from warning.database_url import shown
from warning.errors import Problem, StoreError
from warning.language import say
from warning.store import tables
from warning.store.connection import is_postgresql

#: What a night, a load and a retention need beside reading, and the account may not.
LACKING = """
WITH own AS (SELECT name, to_regclass(quote_ident(name)) AS oid
             FROM unnest(CAST(:names AS text[])) AS name)
SELECT name, string_agg(privilege, ', ') AS lacking
FROM own, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) AS privilege
WHERE (name <> 'audit' OR privilege = 'INSERT') AND NOT has_table_privilege(oid, privilege)
GROUP BY name
UNION ALL
SELECT relname, 'USAGE' FROM own
JOIN pg_depend ON refclassid = 'pg_class'::regclass AND refobjid = own.oid AND deptype IN ('a', 'i')
JOIN pg_class ON classid = 'pg_class'::regclass AND objid = pg_class.oid
WHERE CASE relkind WHEN 'S' THEN NOT has_sequence_privilege(pg_class.oid, 'USAGE, UPDATE') END
ORDER BY 1
"""

#: A table, its owner and the account, as SQL writes them; what gives the account the owner's rights,
#: of which one that inherits none has nothing by a GRANT alone. Of a superuser's none is told.
OWNER = """
SELECT relname, owner, account, CASE
    WHEN rolsuper THEN NULL
    WHEN current_setting('server_version_num')::int >= 160000 THEN membership || ' WITH INHERIT TRUE'
    WHEN inherits THEN membership
    ELSE 'ALTER ROLE ' || account || ' INHERIT; ' || membership
END, 'ALTER DATABASE ' || quote_ident(current_database()) || ' OWNER TO ' || account
FROM pg_class
JOIN pg_roles ON pg_roles.oid = relowner
CROSS JOIN LATERAL (
    SELECT quote_ident(pg_roles.rolname) AS owner, quote_ident(mine.rolname) AS account,
           'GRANT ' || quote_ident(pg_roles.rolname) || ' TO ' || quote_ident(mine.rolname)
           AS membership, mine.rolinherit AS inherits
    FROM pg_roles AS mine WHERE mine.rolname = current_user
) AS told
"""
#: The first of the store's tables, of whatever version.
FIRST = """
JOIN pg_database ON datname = current_database()
WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p')
AND relname = ANY(:names) AND NOT ({}) ORDER BY 1 LIMIT 1
"""
#: What lets the account change a table's columns; a right that is granted does not.
MAY_ALTER = "pg_has_role(relowner, 'USAGE')"
#: What lets it vacuum the table.
MAY_VACUUM = f"""
{MAY_ALTER} OR pg_has_role(datdba, 'USAGE')
OR CASE WHEN current_setting('server_version_num')::int >= 170000
        THEN has_table_privilege(pg_class.oid, 'MAINTAIN') ELSE false END
"""
#: The schema that tables are made in and the account, as SQL writes them, where it may make none; the
#: database, where owning it would let the account: only in a schema of whoever owns the database.
CLOSED_SCHEMA = """
SELECT quote_ident(nspname) AS schema, quote_ident(current_user) AS account,
       CASE WHEN pg_get_userbyid(nspowner) = 'pg_database_owner' AND rolinherit
            THEN quote_ident(current_database()) END AS name
FROM pg_namespace JOIN pg_roles ON rolname = current_user
WHERE nspname = current_schema() AND NOT has_schema_privilege(nspname, 'CREATE')
"""


class OfAnother(NamedTuple):
    """A table whose owner the account is not; owner and account as SQL writes them.

    ``grant`` gives the account what the owner may; None where that is whatever a superuser may.
    ``owning`` makes it the owner of the database.
    """

    table: str
    owner: str
    account: str
    grant: str | None
    owning: str

    def not_cleaned(self) -> str:
        """That the account may not vacuum the table, and who may."""
        statement = self.grant or self.owning
        return say(
            f'数据库账号 {self.account} 不是表 "{self.table}" 的所有者，不能清理它：用所有者 {self.owner} 的账号运行 '
            f"warning retention，或执行 {statement}",
            f'the database\'s user {self.account} is not the owner of the table "{self.table}" and may not '
            f"clean it: run warning retention as its owner, {self.owner}, or {statement}",
        )


def lacking_rights(connection: Connection) -> dict[str, str]:
    """Tables and sequences of PostgreSQL → which rights to them the account lacks."""
    rows = connection.execute(text(LACKING), {"names": list(tables.metadata.tables)})
    return {row.name: row.lacking for row in rows}


def not_cleaned(connection: Connection) -> str | None:
    """Why what is deleted stays in the database's files; None where the account may vacuum them."""
    theirs = _of_another(connection, list(tables.metadata.tables), MAY_VACUUM)
    return None if theirs is None else theirs.not_cleaned()


def _of_another(connection: Connection, names: list[str], unless: str) -> OfAnother | None:
    """The first of these tables with which the account may not do what ``unless`` asks; not SQLite's."""
    if not is_postgresql(connection):
        return None
    row = connection.execute(text(OWNER + FIRST.format(unless)), {"names": names}).first()
    return None if row is None else OfAnother(*row)


def check_may_migrate(connection: Connection, url: str, revision: str) -> None:
    """Refuse to bring an older store on, before anything is done for it, where the account may not.

    Raises:
        StoreError: the tables are another account's: no right to them that can be granted suffices;
            or it may make none in their schema.
    """
    names = [*tables.metadata.tables, "alembic_version"]
    theirs = _of_another(connection, names, MAY_ALTER)
    if theirs is None:
        check_may_create(connection, url)
        return
    granted = say(f"；或执行 {theirs.grant}", f"; or {theirs.grant}") if theirs.grant else ""
    raise StoreError(
        Problem(
            url,
            say(f"存储来自较早的版本（{revision}），其表属于 {theirs.owner}，账号 {theirs.account} 不能升级它",
                f"the store is from an earlier version ({revision}); its tables are "
                f"{theirs.owner}'s, and the account {theirs.account} may not upgrade it"),
            say("升级由表的所有者进行", "an upgrade by the tables' owner"),
            say(f"用 {theirs.owner} 的账号打开一次（warning check --store postgresql://{theirs.owner}@…），"
                f"再授予 {theirs.account} 新表和新序列的读写权限",
                f"open it once as {theirs.owner} (warning check --store postgresql://{theirs.owner}@…), "
                f"then GRANT {theirs.account} what it lacks of the new tables and sequences")
            + granted,
        )
    )  # fmt: skip


def check_may_create(connection: Connection, url: str) -> None:
    """Refuse to make tables where the account may not.

    Raises:
        StoreError: the schema of PostgreSQL that they would be in is closed to it.
    """
    row = connection.execute(text(CLOSED_SCHEMA)).first() if is_postgresql(connection) else None
    if row is None:
        return
    grant = f"GRANT CREATE ON SCHEMA {row.schema} TO {row.account}"
    own = f"ALTER DATABASE {row.name} OWNER TO {row.account}"
    raise StoreError(
        Problem(
            shown(url),
            say(f"账号 {row.account} 不能在模式 {row.schema} 中建表",
                f"the account {row.account} may not make tables in the schema {row.schema}"),
            say("可以建表的账号", "an account that may make tables"),
            say(f"执行 {grant}", grant)
            if row.name is None
            else say(f"执行 {own}，或 {grant}", f"{own}, or {grant}"),
        )
    )  # fmt: skip
