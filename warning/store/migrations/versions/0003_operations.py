"""Keys, audit, rights, exports, attempts and stages.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SQLITE_TRIGGER = """CREATE TRIGGER audit_only_grows_{verb} BEFORE {verb} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit only grows'); END"""

POSTGRESQL_FUNCTION = """CREATE FUNCTION audit_only_grows() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN RAISE EXCEPTION 'the audit only grows'; END$$"""

POSTGRESQL_TRIGGER = """CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION audit_only_grows()"""


def upgrade() -> None:
    """Forward."""
    text, moment, number = sa.Text(), sa.DateTime(), sa.Integer()
    op.create_table(
        "keys",
        sa.Column("sequence", number, autoincrement=False, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_keys")),
    )
    op.create_table(
        "party_keys",
        sa.Column("channel", text, nullable=False),
        sa.Column("record_id", text, nullable=False),
        sa.Column("party_no", text, nullable=False),
        sa.Column("version", number, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint(
            "channel", "record_id", "party_no", "version", "kind", "hash",
            name=op.f("pk_party_keys"),
        ),
    )  # fmt: skip
    op.create_index(op.f("ix_party_keys_hash"), "party_keys", ["hash"])
    op.create_table(
        "restrictions",
        sa.Column("restriction_id", number, nullable=False),
        sa.Column("right", sa.String(16), nullable=False),
        sa.Column("hash", sa.String(32), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=True),
        sa.Column("officer", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.PrimaryKeyConstraint("restriction_id", name=op.f("pk_restrictions")),
    )
    op.create_index(op.f("ix_restrictions_hash"), "restrictions", ["hash"])
    op.create_table(
        "audit",
        sa.Column("audit_id", number, autoincrement=False, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("actor", text, nullable=False),
        sa.Column("action", text, nullable=False),
        sa.Column("what", text, nullable=False),
        sa.Column("reason", text, nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    op.create_table(
        "exports",
        sa.Column("export_id", number, nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("path", text, nullable=False),
        sa.Column("files", text, nullable=False),
        sa.Column("deleted_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("export_id", name=op.f("pk_exports")),
    )
    op.create_table(
        "attempts",
        sa.Column("attempt_id", number, nullable=False),
        sa.Column("as_of", moment, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("exit_code", number, nullable=True),
        sa.Column("host", text, nullable=False),
        sa.Column("process", number, nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_attempts")),
    )
    op.create_table(
        "stages",
        sa.Column("as_of", moment, nullable=False),
        sa.Column("stage", sa.String(32), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("ended_at", moment, nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("as_of", "stage", name=op.f("pk_stages")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRESQL_FUNCTION)
        op.execute(POSTGRESQL_TRIGGER)
    else:
        for verb in ("UPDATE", "DELETE"):
            op.execute(SQLITE_TRIGGER.format(verb=verb))
