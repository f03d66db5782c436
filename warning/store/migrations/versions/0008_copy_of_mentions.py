"""The copy of mentions goes with any change of its table, as those of the other state do.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SQLITE_TRIGGER = """CREATE TRIGGER copies_follow_mentions_{verb} AFTER {verb} ON mentions
BEGIN DELETE FROM memory WHERE name = 'copy of mentions'; END"""

POSTGRESQL_TRIGGER = """CREATE TRIGGER copies_follow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
ON mentions FOR EACH STATEMENT EXECUTE FUNCTION copies_follow()"""


def upgrade() -> None:
    """Add the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_TRIGGER)
        return
    for verb in ("INSERT", "UPDATE", "DELETE"):
        op.execute(SQLITE_TRIGGER.format(verb=verb))
