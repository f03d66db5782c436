"""The parts of the last night's scores, apart from the rows that every night leaves.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and move the last night's parts into it; where the tier changed they stay."""
    op.create_table(
        "score_parts",
        sa.Column("case_id", sa.String(255), nullable=False),
        sa.Column("contributions", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_score_parts")),
    )
    op.execute(
        "INSERT INTO score_parts (case_id, contributions) SELECT case_id, contributions "
        "FROM warnings WHERE as_of = (SELECT max(as_of) FROM warnings)"
    )
    op.execute("UPDATE warnings SET contributions = NULL WHERE tier = previous_tier")


def downgrade() -> None:
    """Remove it; what the last night's scores were made of goes with it."""
    op.drop_table("score_parts")
