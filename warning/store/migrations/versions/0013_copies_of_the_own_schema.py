"""A change takes the copies of its own schema, and triggers count in every session.

Revision ID: 0013
Revises: 0012
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: The search path is that of who changes a row: it may begin with the store of another city.
POSTGRESQL_FUNCTION = """CREATE OR REPLACE FUNCTION copies_follow() RETURNS trigger
LANGUAGE plpgsql AS
$$BEGIN
IF TG_TABLE_NAME IN ('records', 'parties') THEN
    EXECUTE format('DELETE FROM %I.memory', TG_TABLE_SCHEMA);
ELSE
    EXECUTE format('DELETE FROM %I.memory WHERE name = %L', TG_TABLE_SCHEMA,
                   'copy of ' || TG_TABLE_NAME);
END IF;
RETURN NULL;
END$$"""

FOLLOWED = ("records", "parties", "party_links", "place_links", "incident_links", "incidents",
            "cases", "case_incidents", "places", "mentions")  # fmt: skip


def upgrade() -> None:
    """Replace the function; a session of ``session_replication_role = replica`` is no way round."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute(POSTGRESQL_FUNCTION)
    triggers = dict.fromkeys(FOLLOWED, "copies_follow") | {"audit": "audit_only_grows"}
    for table, trigger in triggers.items():
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
