"""Whether rows of the store are lost: what one table tells must stand in the other.

Each question has one answer on a store that nobody but the program wrote to, whatever was retained,
erased, corrected or upgraded in it; where an older version did not note what must be known, nothing
is claimed.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, and_, exists, func, not_, or_, select

from warning.accounts import account
from warning.errors import Problem, RefusedError
from warning.keeping.retention import OVER, PURGED
from warning.language import say
from warning.moments import local_now
from warning.records import RECORD, VERSION
from warning.store import Store, tables
from warning.store.audit import Entry, append
from warning.store.copies import damaged_rows
from warning.store.operation_tables import audit

#: A record may be so much later than the clock: this machine's may be slower than the one before.
AHEAD = pd.Timedelta(days=1)
#: What the audit calls it that somebody accepts lost records, and by which name it counts them.
ACCEPTED, LOST = "lost records accepted", "records_lost"
#: How the number of a letter ends: its year and its number in it.
NUMBER = re.compile(r"〔(\d+)〕(\d+)号$")


@dataclass(frozen=True)
class Soundness:
    """What is lost or damaged; a store that is whole has none of it.

    Attributes:
        records_lost: rows of ``records`` that loads stored, corrections added and retention did not
            delete, beyond those accepted; None where that cannot be known (a load or a store of
            before these were noted, an audit that was changed).
        records_lost_accepted: how many more of these somebody accepted (:func:`accept_lost`).
        links_without_record: rows of ``incident_links`` whose record is gone.
        versions_missing: records of which a version is gone though a later one is there.
        parties_without_record: rows of ``parties`` whose record, in their version, is gone.
        documents_missing: ids of open letters and task forces whose document is gone.
        numbers_unregistered: ids of letters whose number was not given out.
        records_ahead: rows of ``records`` reported more than a day after the clock.
        memory_damaged: rows of the memory and the copies that are damaged: the next night does
            without them.
    """

    records_lost: int | None
    records_lost_accepted: int
    links_without_record: int
    versions_missing: int
    parties_without_record: int
    documents_missing: list[str]
    numbers_unregistered: list[str]
    records_ahead: int
    memory_damaged: list[str]

    def faults(self) -> list[str]:
        """What is lost or damaged, in words."""
        lost = [
            (self.records_lost,
             say("条报告已入库，也未到期删除，却不在了（已查明原因的，例如旧版本的清除未记入审计，可运行 "
                 f"warning check --accept-lost {self.records_lost} --reason 原因）",
                 "records that were stored and not deleted by retention are gone (where you know "
                 "why, as of a purge that an older version did not note: "
                 f"warning check --accept-lost {self.records_lost} --reason WHY)")),
            (self.links_without_record,
             say("条报告已关联，却不在了", "records that were linked are gone")),
            (self.versions_missing,
             say("条报告缺少较早的版本", "records lack an earlier version")),
            (self.parties_without_record,
             say("行当事人没有所属的报告", "rows of parties have no record")),
            (len(self.documents_missing),
             say("份未办结函件或专班方案的文书不在了：",
                 "documents of open letters and task forces are gone: ")
             + _first(self.documents_missing)),
            (len(self.numbers_unregistered),
             say("封函件的文号不是登记发出的：", "letters have a number that was not given out: ")
             + _first(self.numbers_unregistered)),
            (self.records_ahead,
             say("条报告的时间比时钟晚一天以上",
                 "records were reported more than a day after the clock")),
        ]  # fmt: skip
        told = [f"{count} {words}" for count, words in lost if count]
        if told:
            restore = say("对照备份，从备份恢复（warning restore），并检查磁盘",
                          "compare with a backup, restore it (warning restore), and look at the "
                          "disk")  # fmt: skip
            told[-1] += say("。", ". ") + restore
        if self.memory_damaged:
            rows = _first(self.memory_damaged)
            told.append(
                say(f"关联记忆或数据副本已损坏（{rows}）：不影响结果，下一夜自行重建，"
                    "也可运行 warning run --rebuild；请检查磁盘",
                    f"of the memory of linking and the copies of tables, damaged: {rows}. No result "
                    "is other for it: the next night does without, or make them anew by warning "
                    "run --rebuild; look at the disk")
            )  # fmt: skip
        return told


def _first(names: list[str]) -> str:
    return say("、", ", ").join(names[:5]) + (" …" if len(names) > 5 else "")


def soundness(connection: Connection, now: pd.Timestamp) -> Soundness:
    """Look for lost rows and damaged copies.

    Args:
        connection: of the store; all is read at one moment.
        now: the clock, naive local.
    """
    record, party, link = tables.records, tables.parties, tables.incident_links

    def count(table: Any, which: ColumnElement[bool] | None = None) -> int:
        query = select(func.count()).select_from(table)
        query = query if which is None else query.where(which)
        return int(connection.execute(query).scalar_one())

    held = select(func.count().label("held")).select_from(record)
    held = held.group_by(*(record.c[name] for name in RECORD))
    gaps = held.having(func.count() < func.max(record.c.version)).subquery()
    return Soundness(
        *_records_lost(connection),
        count(link, _without(link, RECORD)),
        count(gaps),
        count(party, _without(party, VERSION)),
        [*_without_document(connection, tables.letters),
         *_without_document(connection, tables.task_forces)],
        _unregistered(connection),
        count(record, record.c.reported_at > (now + AHEAD).to_pydatetime()),
        damaged_rows(connection),
    )  # fmt: skip


def _without(table: Table, names: list[str]) -> ColumnElement[bool]:
    """A row has no record with these columns."""
    record = tables.records
    return not_(exists().where(*(record.c[name] == table.c[name] for name in names)))


def accept_lost(store: Store, count: int, reason: str) -> None:
    """Accept that so many records are lost: they are told no more, and any further one is.

    Args:
        store: of these records.
        count: as ``records_lost`` tells it, so that nobody accepts what they have not seen.
        reason: why; the audit notes it, with the account that runs this.

    Raises:
        RefusedError: it is not the present count, or that is not known.
    """
    with store.writing() as connection:
        lost, _ = _records_lost(connection)
        if not lost or lost != count:
            found = say("不知道", "not known") if lost is None else str(lost)
            raise RefusedError(
                Problem(
                    LOST,
                    say(f"现在丢失的报告不是 {count} 条，而是：{found}",
                        f"not {count} records are lost now, but: {found}"),
                    say("与 warning check 给出的数相同", "the number that warning check tells"),
                    say("运行 warning check，查明原因后再接受",
                        "run warning check, and accept what you know the reason of"),
                )
            )  # fmt: skip
        at = local_now().to_pydatetime()
        noted = Entry(at, account(), ACCEPTED, {LOST: count}, reason)
        append(connection, store.seal_at(connection), noted)


def _records_lost(connection: Connection) -> tuple[int | None, int]:
    """Stored and corrected, less what is there, what retention noted and what was accepted.

    Returns:
        How many; None where not all is noted, or what is noted was changed. And how many were
        accepted.
    """
    load, record = tables.loads, tables.records
    moments = connection.execute(select(load.c.loaded_at)).scalars().all()
    told = or_(audit.c.action.in_([PURGED, ACCEPTED]), audit.c.what.contains('"loaded_at"'),
               audit.c.what.contains('"corrected"'))  # fmt: skip
    texts = connection.execute(select(audit.c.what).where(told)).scalars().all()
    try:
        noted = [_mapping(json.loads(what)) for what in texts]
        loaded = {
            datetime.fromisoformat(what["loaded_at"]) for what in noted if "loaded_at" in what
        }
        purged = sum(_number(_mapping(what.get("rows", {})).get("records")) for what in noted)
    except (TypeError, ValueError, RecursionError):
        return None, 0
    accepted = sum(_number(what.get(LOST)) for what in noted)
    if not loaded.issuperset(moments):
        return None, accepted
    stored = connection.execute(select(func.coalesce(func.sum(load.c.stored), 0))).scalar_one()
    there = connection.execute(select(func.count()).select_from(record)).scalar_one()
    corrected = sum(_number(what.get("corrected")) for what in noted)
    return max(0, int(stored) + corrected - purged - accepted - int(there)), accepted


def _mapping(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return value


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _without_document(connection: Connection, table: Table) -> list[str]:
    """Ids of what is not over and has a document that is gone; of the rest retention deletes it."""
    (key,), document = table.primary_key, tables.documents
    there = exists().where(document.c.name == table.c.document)
    gone = and_(table.c.document.is_not(None), table.c.status.not_in(OVER), not_(there))
    return list(connection.execute(select(key).where(gone).order_by(key)).scalars())


def _unregistered(connection: Connection) -> list[str]:
    """Ids of letters whose number is above the last one given in its year, or is none of ours."""
    letter, register = tables.letters, tables.letter_numbers
    last = {row.year: row.last for row in connection.execute(select(register))}
    query = select(letter.c.letter_id, letter.c.number).where(letter.c.number.is_not(None))
    return [
        row.letter_id
        for row in connection.execute(query.order_by(letter.c.letter_id))
        if (found := NUMBER.search(row.number)) is None
        or int(found[2]) > last.get(int(found[1]), 0)
    ]
