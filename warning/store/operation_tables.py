"""The tables of running the store: keys, audit, rights, exports, attempts, stages."""

from sqlalchemy import Column, DateTime, Float, Integer, LargeBinary, String, Table, Text

from warning.store.tables import metadata, numbered

keys = Table(
    "keys",
    metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("key_id", String(16), nullable=False),
    Column("since", DateTime, nullable=False),
)

party_keys = Table(
    "party_keys",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("record_id", Text, primary_key=True),
    Column("party_no", Text, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), primary_key=True),
    Column("hash", String(32), primary_key=True, index=True),
)

restrictions = Table(
    "restrictions",
    metadata,
    numbered("restrictions", "restriction_id"),
    Column("right", String(16), nullable=False),
    Column("hash", String(32), nullable=False, index=True),
    Column("since", DateTime, nullable=False),
    Column("until", DateTime),
    Column("officer", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

#: Only grows: a trigger refuses to change or delete its rows.
audit = Table(
    "audit",
    metadata,
    Column("audit_id", Integer, primary_key=True, autoincrement=False),
    Column("at", DateTime, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("key_id", String(16), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)

exports = Table(
    "exports",
    metadata,
    numbered("exports", "export_id"),
    Column("at", DateTime, nullable=False),
    Column("path", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("deleted_at", DateTime),
    Column("proof", String(64)),
)

attempts = Table(
    "attempts",
    metadata,
    numbered("attempts", "attempt_id"),
    Column("as_of", DateTime, nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("ended_at", DateTime),
    Column("outcome", String(16), nullable=False),
    Column("exit_code", Integer),
    Column("host", Text, nullable=False),
    Column("process", Integer, nullable=False),
)

stages = Table(
    "stages",
    metadata,
    Column("as_of", DateTime, primary_key=True),
    Column("stage", String(32), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("ended_at", DateTime, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("content", LargeBinary),
)

memory = Table(
    "memory",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("as_of", DateTime, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
