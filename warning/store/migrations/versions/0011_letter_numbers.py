"""The last number of a letter is kept by year; keys of records may be as long as the records'.

Revision ID: 0011
Revises: 0010
"""

import re

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

#: The columns that hold keys of ``records`` and ``parties``, where they are text of any length.
KEYS = {
    "party_links": ("channel", "record_id", "party_no"),
    "place_links": ("channel", "record_id"),
    "incident_links": ("channel", "record_id"),
}
NUMBER = re.compile(r"〔(\d+)〕(\d+)号$")


def upgrade() -> None:
    """Add the table, filled with the highest number of each year; lengthen the keys."""
    numbers = op.create_table(
        "letter_numbers",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_letter_numbers")),
    )
    last = _last_numbers(op.get_bind())
    op.bulk_insert(numbers, [{"year": year, "last": number} for year, number in last.items()])
    # SQLite holds a text of any length in such a column.
    if op.get_bind().dialect.name == "postgresql":
        for table, names in KEYS.items():
            for name in names:
                op.alter_column(
                    table, name, type_=sa.Text(), existing_type=sa.String(255), nullable=False
                )


def _last_numbers(connection: sa.Connection) -> dict[int, int]:
    """Year → the highest number, also of letters that expired: their events are there still."""
    letters = sa.table("letters", sa.column("number"))
    events = sa.table("outbox", sa.column("event"), sa.column("content", sa.JSON()))
    approved = sa.select(events.c.content).where(events.c.event == "letter.approved")
    given = [
        *connection.execute(sa.select(letters.c.number)).scalars(),
        *(content.get("number") for content in connection.execute(approved).scalars()),
    ]
    last: dict[int, int] = {}
    for found in filter(None, (NUMBER.search(number or "") for number in given)):
        year, number = int(found[1]), int(found[2])
        last[year] = max(number, last.get(year, 0))
    return dict(sorted(last.items()))


def downgrade() -> None:
    """Remove the table; the keys stay as long as they are."""
    op.drop_table("letter_numbers")
