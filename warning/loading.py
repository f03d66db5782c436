"""``warning.load``: frames, files or a query into a store."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from warning.accounts import account
from warning.arguments import must_be
from warning.errors import Problem, UsageError
from warning.language import say
from warning.moments import local_now
from warning.reading import read_frames, read_query, read_records, read_text
from warning.records import CanonicalTables
from warning.settings import Settings, load_settings
from warning.store import LoadSummary, Store
from warning.store.audit import Entry, record

#: A file of this ending holds a SELECT, to be run on ``database``.
QUERY = ".sql"


def load(
    store: str,
    records: pd.DataFrame | Sequence[str | Path],
    parties: pd.DataFrame | str | Path | None = None,
    settings: Settings | None = None,
    *,
    channel: str | None = None,
    database: str | None = None,
) -> LoadSummary:
    """Read records into the store; the same content again changes nothing.

    Args:
        store: a store's URL; made where it is not there.
        records: a frame in the contract's columns or a channel's own, or files of the channels
            (CSV, XLSX, Parquet, or .sql with a SELECT), at least one.
        parties: the contract's parties table, a frame with frames and a file with files.
        settings: None is the packaged default.
        channel: the channel of a frame or of files that do not say it.
        database: SQLAlchemy URL that .sql files are run on.

    Returns:
        The counts: ``rows_read = stored + quarantined + repeats``, and of parties the same; and
        ``notes``: what was read otherwise than it was written, such as values that count as missing.

    Raises:
        DataError: a source that cannot be read, or a required column is missing.
        StoreError: the store cannot be written; nothing of this load is then kept.
        UsageError: an argument of the wrong kind, or pandas' option future.infer_string is off.
    """
    beside = (pd.DataFrame,) if isinstance(records, pd.DataFrame) else (str, Path)
    must_be(
        "load",
        store=(store, str),
        records=(records, pd.DataFrame, list, tuple),
        parties=(parties, *beside, None),
        settings=(settings, Settings, None),
        channel=(channel, str, None),
        database=(database, str, None),
    )
    settings = settings or load_settings()
    clock = local_now()
    if isinstance(records, pd.DataFrame):
        own = parties if isinstance(parties, pd.DataFrame) else None
        must_be("load", database=(database, None))
        counties = settings.escalation.counties
        tables = read_frames(
            records, own, settings.channels, channel, clock=clock, counties=counties
        )
        source = "DataFrame"
    else:
        if not records:
            raise UsageError(
                Problem("warning.load(records=)", say("没有文件", "no file"),
                        say("至少一个文件", "at least one file"))
            )  # fmt: skip
        for path in records:
            must_be("load", records=(path, str, Path))
        file = None if isinstance(parties, pd.DataFrame) else parties
        tables = read_sources(records, file, settings, channel, database, clock)
        source = ", ".join(Path(path).name for path in records)
    with Store.open(store) as opened:
        now = clock.to_pydatetime()
        record(opened, Entry(now, account(), "load", {"loaded_at": clock.isoformat()}))
        return opened.load(tables, source, now)


def read_sources(
    files: Sequence[str | Path],
    parties: str | Path | None,
    settings: Settings,
    channel: str | None,
    database: str | None,
    clock: pd.Timestamp,
    progress: Callable[[str], None] | None = None,
) -> CanonicalTables:
    """The canonical tables of files, or of one query where the only file is a .sql."""
    if database is not None and len(files) == 1 and Path(files[0]).suffix.lower() == QUERY:
        return read_query(
            database,
            read_text(Path(files[0])),
            settings.channels,
            channel,
            clock=clock,
            counties=settings.escalation.counties,
        )
    return read_records(
        files,
        settings.channels,
        channel=channel,
        parties=parties,
        clock=clock,
        counties=settings.escalation.counties,
        progress=progress,
    )
