"""The store's tables. Migrations in ``migrations/`` build exactly these; a test compares them."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

from warning.records import COUNT, DEGREES, MOMENT, PARTY_COLUMNS, RECORD_COLUMNS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

SQL_TYPES: dict[str, type[TypeEngine[Any]]] = {
    MOMENT: DateTime,
    COUNT: BigInteger,
    DEGREES: Float,
}

#: Columns of people's numbers, sealed at rest (see ``sealing.py``).
SEALED = frozenset({"id_number", "phone"})


def _canonical(columns: dict[str, str], key: tuple[str, ...]) -> list[Column[object]]:
    return [
        Column(
            name,
            SQL_TYPES.get(dtype, Text)(),
            primary_key=name in key,
            info={"sealed": name in SEALED},
        )
        for name, dtype in columns.items()
    ]


def _text(*names: str) -> list[Column[object]]:
    return [Column(name, Text) for name in names]


def _key(*names: str) -> list[Column[object]]:
    return [Column(name, String(255), primary_key=True) for name in names]


def _record_key(*names: str) -> list[Column[object]]:
    """As in ``records`` and ``parties``; SQLite heeds no length, its older columns stay."""
    kind = Text().with_variant(String(255), "sqlite")
    return [Column(name, kind, primary_key=True) for name in names]


def numbered(table: str, name: str) -> Column[Any]:
    """A row's number, one above the highest.

    Writers stand in line, so nobody else takes it meanwhile; a database's own sequence would
    leave gaps where a night was undone, and the tables would tell of it.
    """
    # Names of our own tables, never input.
    following = f"(SELECT coalesce(max({name}), 0) + 1 FROM {table})"  # noqa: S608
    return Column(name, Integer, primary_key=True, autoincrement=False, default=text(following))


loads = Table(
    "loads",
    metadata,
    numbered("loads", "load_id"),
    Column("loaded_at", DateTime, nullable=False),
    Column("source", Text, nullable=False),
    Column("rows_read", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("versions", Integer, nullable=False),
    Column("quarantined", Integer, nullable=False),
    Column("repeats", Integer, nullable=False),
)

records = Table(
    "records",
    metadata,
    *_canonical(dict(RECORD_COLUMNS), ("channel", "record_id")),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("content_hash", String(32), nullable=False),
    Column("load_id", ForeignKey("loads.load_id"), nullable=False),
)

parties = Table(
    "parties",
    metadata,
    *_canonical(dict(PARTY_COLUMNS), ("channel", "record_id", "party_no")),
    Column("version", Integer, primary_key=True, autoincrement=False),
)

quarantine = Table(
    "quarantine",
    metadata,
    numbered("quarantine", "quarantine_id"),
    Column("load_id", ForeignKey("loads.load_id"), nullable=False),
    Column("file", Text),
    Column("line", BigInteger),
    *_text("column", "table", "found", "reason", "content"),
)

runs = Table(
    "runs",
    metadata,
    numbered("runs", "run_id"),
    Column("as_of", DateTime, nullable=False, unique=True),
    Column("config_hash", String(64), nullable=False),
    Column("model_hash", String(64), nullable=False),
    Column("status", String(16), nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("peak_memory_mb", Float, nullable=False),
    Column("counts", JSON, nullable=False),
)

party_links = Table(
    "party_links",
    metadata,
    *_record_key("channel", "record_id", "party_no"),
    Column("entity_id", String(32), nullable=False, index=True),
    Column("entity_type", String(16), nullable=False),
    Column("probability", Float, nullable=False),
)

place_links = Table(
    "place_links",
    metadata,
    *_record_key("channel", "record_id"),
    Column("place_id", String(32), nullable=False, index=True),
    Column("grain", String(16), nullable=False),
    Column("probability", Float, nullable=False),
)

incident_links = Table(
    "incident_links",
    metadata,
    *_record_key("channel", "record_id"),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("probability", Float, nullable=False),
)

incidents = Table(
    "incidents",
    metadata,
    *_key("incident_id"),
    Column("reported_at", DateTime, nullable=False),
    Column("occurred_at", DateTime),
    *_text("category", "county_code", "place_id"),
    Column("record_count", BigInteger, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    *_key("case_id"),
    *_text("kind", "county_code", "category"),
    Column("incident_count", BigInteger, nullable=False),
    Column("first_at", DateTime, nullable=False),
    Column("last_at", DateTime, nullable=False),
    *_text("status", "subject"),
    Column("is_hub", Boolean, nullable=False),
)

case_incidents = Table(
    "case_incidents",
    metadata,
    *_key("case_id", "incident_id"),
    Column("probability", Float, nullable=False),
    Column("is_primary", Boolean, nullable=False),
)

places = Table(
    "places",
    metadata,
    *_key("place_id"),
    *_text("grain", "parent_id", "county_code", "text"),
    Column("is_hub", Boolean, nullable=False),
)

mentions = Table(
    "mentions",
    metadata,
    numbered("mentions", "mention_id"),
    *_text("channel", "record_id"),
    Column("start", BigInteger, nullable=False),
    Column("end", BigInteger, nullable=False),
    *_text("text", "kind", "entity_id"),
)

#: Which of two became one, of ``kind`` person, organisation, place, incident or case; ``parted``: the
#: case ``from_id``, once merged into the other, stands by itself again.
merges = Table(
    "merges",
    metadata,
    numbered("merges", "merge_id"),
    Column("as_of", DateTime, nullable=False),
    *_text("kind", "from_id", "into_id"),
)

#: What the last night's scores are made of; replaced by every night.
score_parts = Table("score_parts", metadata, *_key("case_id"), *_text("contributions"))

warnings = Table(
    "warnings",
    metadata,
    Column("as_of", DateTime, primary_key=True),
    *_key("case_id"),
    Column("probability", Float, nullable=False),
    Column("severity", Float, nullable=False),
    *_text("tier", "previous_tier", "reasons", "contributions"),
    Column("tier_since", DateTime, nullable=False),
    Column("log_odds", Float, nullable=False),
)

#: ``case_id`` is the case that ``drafted_for``, which stays, is part of by the last night's merges.
letters = Table(
    "letters",
    metadata,
    *_key("letter_id"),
    Column("case_id", String(32), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("number", String(64), unique=True),
    *_text("recipient", "sender", "status"),
    Column("drafted_at", DateTime, nullable=False),
    Column("due_on", DateTime),
    *_text("document", "reason"),
    Column("version", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("drafted_for", String(32), nullable=False),
)

#: The last number that a letter of the year got; it outlives the letter.
letter_numbers = Table(
    "letter_numbers",
    metadata,
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("last", Integer, nullable=False),
)

transitions = Table(
    "transitions",
    metadata,
    numbered("transitions", "transition_id"),
    Column("letter_id", String(32), nullable=False, index=True),
    *_text("from_status", "to_status", "officer", "reason"),
    Column("at", DateTime, nullable=False),
)

task_forces = Table(
    "task_forces",
    metadata,
    *_key("task_force_id"),
    Column("case_id", String(32), nullable=False, index=True),
    *_text("lead", "members", "status", "document", "reason"),
    Column("proposed_at", DateTime, nullable=False),
    Column("content", JSON, nullable=False),
    Column("drafted_for", String(32), nullable=False),
)

documents = Table(
    "documents",
    metadata,
    *_key("name"),
    Column("content", LargeBinary, nullable=False),
)

#: Events of letters and task forces, for the platform; see ``outbox.py``.
outbox = Table(
    "outbox",
    metadata,
    Column("event_id", Integer, primary_key=True),
    Column("at", DateTime, nullable=False),
    Column("case_id", String(32), nullable=False),
    Column("subject_id", String(32), nullable=False, index=True),
    Column("event", String(32), nullable=False),
    Column("content", JSON, nullable=False),
    Column("acknowledged_at", DateTime, index=True),
)

verdicts = Table(
    "verdicts",
    metadata,
    numbered("verdicts", "verdict_id"),
    *_text("kind", "left", "right", "verdict", "user"),
    Column("at", DateTime, nullable=False),
    UniqueConstraint("kind", "left", "right", "at"),
)

#: The tables that a night replaces by the state it found.
STATE = (party_links, place_links, incident_links, incidents, cases, case_incidents, places,
         mentions)  # fmt: skip
