"""The run ledger: a night's stages, each kept when it is done, and every attempt at a night.

What a stage computed is kept in one transaction, so that a night that was killed goes on from
its last stage. Readers never see it: the night's tables change in one transaction at the end.
"""

import hashlib
import json
import logging
import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self, TypeVar

import pandas as pd
from sqlalchemy import delete, func, insert, select, update

from warning.logs import log
from warning.store import operation_tables, tables
from warning.store.digests import as_bytes, with_digest, without_digest
from warning.store.frames import read_frame
from warning.store.nights import last_run
from warning.store.packing import FORMAT, pack, unpack
from warning.store.store import Store

Stage = TypeVar("Stage")
Clock = Callable[[], pd.Timestamp]


def fingerprint(store: Store, *parts: str) -> str:
    """64 hex digits that name what a night starts from: the store's content and ``parts``.

    Letters and task forces are not among it: only what is drafted starts from them
    (:meth:`Stages.on`).

    Args:
        store: its records, the last load that stored any, verdicts, restrictions and last night
            count. A load of nothing but repeats changes nothing.
        parts: what else decides the night, such as the hashes of settings and model. The format of
            what is kept counts, too: an upgrade goes on from no stage that it cannot read.
    """
    counted = (tables.records, tables.verdicts, operation_tables.restrictions)
    stored = select(func.max(tables.loads.c.load_id)).where(tables.loads.c.stored > 0)
    with store.reading() as connection:
        numbers: list[int | None] = [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in counted
        ]
        numbers.append(connection.execute(stored).scalar())
        last = last_run(connection)
    return _named(*map(str, numbers), str(last), FORMAT, *parts)


def _named(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass
class Stages:
    """The stages of one night.

    Attributes:
        fingerprint: what the night starts from; a stage kept for another one is done again.
        kept: names of the stages that were taken up from an attempt before.
    """

    store: Store
    as_of: pd.Timestamp
    fingerprint: str
    now: Clock
    kept: list[str] = field(default_factory=list)

    def on(self, *parts: str) -> Self:
        """The stages that start from ``parts``, too."""
        return replace(self, fingerprint=_named(self.fingerprint, *parts))

    def run(
        self,
        stage: str,
        kind: type[Stage],
        compute: Callable[[], Stage],
        brief: Callable[[Stage], Stage] | None = None,
        whole: Callable[[Stage], Stage | None] | None = None,
    ) -> Stage:
        """What ``compute`` gives, or what an attempt before kept of it.

        Kept is what ``brief`` makes of it, from which ``whole`` makes it again, or None: it must be
        computed again, as what was damaged is.
        """
        table = operation_tables.stages
        here = (table.c.as_of == self.as_of.to_pydatetime()) & (table.c.stage == stage)
        with self.store.reading() as connection:
            found = connection.execute(
                select(as_bytes(table.c.content)).where(
                    here, table.c.fingerprint == self.fingerprint
                )
            ).scalar()
        content = None if found is None else without_digest(found, self._bound(stage))
        if found is not None and content is None:
            log("stage_damaged", level=logging.WARNING, stage=stage)
        before = None if content is None else unpack(content, kind)
        if before is not None and whole is not None:
            before = whole(before)
        if before is not None:
            self.kept.append(stage)
            return before
        began = time.perf_counter()
        result = compute()
        row = {
            "as_of": self.as_of.to_pydatetime(),
            "stage": stage,
            "fingerprint": self.fingerprint,
            "ended_at": self.now().to_pydatetime(),
            "seconds": round(time.perf_counter() - began, 3),
            "content": with_digest(pack(brief(result) if brief else result), self._bound(stage)),
        }
        with self.store.writing() as connection:
            connection.execute(delete(table).where(here))
            connection.execute(insert(table).values(**row))
        return result

    def _bound(self, stage: str) -> list[str]:
        return [stage, self.fingerprint]


def begin_attempt(store: Store, as_of: pd.Timestamp, now: pd.Timestamp) -> int:
    """Note that a night begins; the caller holds the run lock, so what is still open was killed."""
    table = operation_tables.attempts
    with store.writing() as connection:
        connection.execute(
            update(table)
            .where(table.c.outcome == "running")
            .values(outcome="killed", ended_at=now.to_pydatetime())
        )
        return int(
            connection.execute(
                insert(table)
                .values(
                    as_of=as_of.to_pydatetime(),
                    started_at=now.to_pydatetime(),
                    outcome="running",
                    host=platform.node(),
                    process=os.getpid(),
                )
                .returning(table.c.attempt_id)
            ).scalar_one()
        )


def end_attempt(
    store: Store, attempt: int, outcome: str, exit_code: int, now: pd.Timestamp
) -> None:
    """Note how it ended, with the exit code: ``done``, ``failed``, ``memory`` or ``stopped``.

    Who was asked to stop waits for another writer no longer than anybody.
    """
    table = operation_tables.attempts
    with store.writing(patient=outcome != "stopped") as connection:
        connection.execute(
            update(table)
            .where(table.c.attempt_id == attempt)
            .values(outcome=outcome, exit_code=exit_code, ended_at=now.to_pydatetime())
        )


def note_killed(store: Store, process: int, exit_code: int, now: pd.Timestamp) -> None:
    """Note that a process of this machine, that began an attempt and did not end it, was killed."""
    table = operation_tables.attempts
    with store.writing() as connection:
        connection.execute(
            update(table)
            .where(
                table.c.outcome == "running",
                table.c.host == platform.node(),
                table.c.process == process,
            )
            .values(outcome="killed", exit_code=exit_code, ended_at=now.to_pydatetime())
        )


def attempts_since(store: Store, since: datetime) -> pd.DataFrame:
    """The attempts that began after ``since``, oldest first.

    One that is not ended though its process is gone is told as ``killed``.
    """
    found = _attempts(store, since)
    lost = {attempt for attempt in _running(found) if _is_gone(store, found, attempt)}
    if lost:
        # Read again: one that ended meanwhile has noted it before it gave the lock back.
        found = _attempts(store, since)
        lost &= set(_running(found))
        found.loc[found["attempt_id"].isin(lost), "outcome"] = "killed"
    return found


def _running(attempts: pd.DataFrame) -> list[int]:
    return attempts.loc[attempts["outcome"] == "running", "attempt_id"].tolist()


def _is_gone(store: Store, attempts: pd.DataFrame, attempt: int) -> bool:
    row = attempts[attempts["attempt_id"] == attempt].iloc[0]
    return not store.is_at_work(str(row["host"]), int(row["process"]))


def _attempts(store: Store, since: datetime) -> pd.DataFrame:
    table = operation_tables.attempts
    query = select(table).where(table.c.started_at > since).order_by(table.c.attempt_id)
    with store.reading() as connection:
        return read_frame(
            connection,
            query,
            {"as_of": "datetime64[us]", "started_at": "datetime64[us]",
             "ended_at": "datetime64[us]"},
        )  # fmt: skip
