"""Events are found by the letter or task force that they tell of.

Revision ID: 0014
Revises: 0013
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index: a night asks which reminders there were, however long events are kept."""
    op.create_index(op.f("ix_outbox_subject_id"), "outbox", ["subject_id"])


def downgrade() -> None:
    """Remove the index."""
    op.drop_index(op.f("ix_outbox_subject_id"), "outbox")
