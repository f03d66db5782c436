"""The quarantine says in which column what was found.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the two columns; older rows leave them empty."""
    op.add_column("quarantine", sa.Column("column", sa.Text(), nullable=True))
    op.add_column("quarantine", sa.Column("found", sa.Text(), nullable=True))


def downgrade() -> None:
    """Remove them."""
    op.drop_column("quarantine", "found")
    op.drop_column("quarantine", "column")
