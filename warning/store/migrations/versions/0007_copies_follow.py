"""Copies go when what they are copies of is changed, by whoever and however.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: Rows of these are never changed in place but to take something out: nothing made of them stays.
TOLD = ("records", "parties")
#: Of these, changed by every night, only their own copy goes.
STATE = ("party_links", "place_links", "incident_links", "incidents", "cases", "case_incidents",
         "places")  # fmt: skip

SQLITE_TRIGGER = """CREATE TRIGGER copies_follow_{table}_{verb} AFTER {verb} ON {table}
BEGIN DELETE FROM memory{which}; END"""

POSTGRESQL_FUNCTION = """CREATE FUNCTION copies_follow() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN
IF TG_TABLE_NAME IN ('records', 'parties') THEN DELETE FROM memory;
ELSE DELETE FROM memory WHERE name = 'copy of ' || TG_TABLE_NAME;
END IF;
RETURN NULL;
END$$"""

POSTGRESQL_TRIGGER = """CREATE TRIGGER copies_follow AFTER {verbs} ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION copies_follow()"""


def upgrade() -> None:
    """Add the triggers."""
    changed: dict[str, tuple[str, ...]] = dict.fromkeys(TOLD, ("UPDATE", "DELETE"))
    changed |= dict.fromkeys(STATE, ("INSERT", "UPDATE", "DELETE"))
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        for table, verbs in changed.items():
            told = " OR ".join([*verbs, "TRUNCATE"])
            op.execute(POSTGRESQL_TRIGGER.format(table=table, verbs=told))
        return
    for table, verbs in changed.items():
        which = f" WHERE name = 'copy of {table}'" if table in STATE else ""
        for verb in verbs:
            op.execute(SQLITE_TRIGGER.format(table=table, verb=verb, which=which))
