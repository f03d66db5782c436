"""Letters and task forces keep the case that they were drafted for.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLES = ("letters", "task_forces")


def upgrade() -> None:
    """Add the column; of older rows it is the case that they lie with."""
    for name in TABLES:
        op.add_column(name, sa.Column("drafted_for", sa.String(32), nullable=True))
        table = sa.table(name, sa.column("case_id"), sa.column("drafted_for"))
        op.execute(sa.update(table).values(drafted_for=table.c.case_id))
        with op.batch_alter_table(name) as changed:
            changed.alter_column("drafted_for", existing_type=sa.String(32), nullable=False)


def downgrade() -> None:
    """Remove it."""
    for name in TABLES:
        with op.batch_alter_table(name) as changed:
            changed.drop_column("drafted_for")
