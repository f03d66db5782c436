"""The note of files that were written out carries a proof by the store's key.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. Older notes get no proof: nobody knows any more who wrote them."""
    op.add_column("exports", sa.Column("proof", sa.String(64)))


def downgrade() -> None:
    """Remove the column."""
    op.drop_column("exports", "proof")
