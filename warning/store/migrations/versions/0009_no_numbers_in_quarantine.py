"""No phone and no ID number stands plain in what was found in a row set aside.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

from warning.digits import starred

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Hide the numbers of the rows that are there."""
    quarantine = sa.table("quarantine", sa.column("found", sa.Text()))
    bind = op.get_bind()
    found = bind.execute(sa.select(quarantine.c.found).distinct()).scalars().all()
    changed = {text: starred(text) for text in found if text}
    for before, after in changed.items():
        if before != after:
            bind.execute(
                sa.update(quarantine).where(quarantine.c.found == before).values(found=after)
            )


def downgrade() -> None:
    """Leave them hidden: what stood there is not kept."""
