"""The copy of mentions goes with any change of its table, as those of the other state do.

Revision ID: 0008
Revises: 0007
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the triggers."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE TRIGGER copies_follow AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON mentions "
            "FOR EACH STATEMENT EXECUTE FUNCTION copies_follow()"
        )
        return
    for verb in ("INSERT", "UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER copies_follow_mentions_{verb} AFTER {verb} ON mentions "
            "BEGIN DELETE FROM memory WHERE name = 'copy of mentions'; END"
        )
