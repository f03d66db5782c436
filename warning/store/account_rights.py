"""Which rights the database's account lacks on a server."""

from sqlalchemy import Connection, text

from warning.store import tables

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


def lacking_rights(connection: Connection) -> dict[str, str]:
    """Tables and sequences of PostgreSQL → which rights to them the account lacks."""
    rows = connection.execute(text(LACKING), {"names": list(tables.metadata.tables)})
    return {row.name: row.lacking for row in rows}
