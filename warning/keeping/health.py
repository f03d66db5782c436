"""Is the night running? Last success, lag, failures; for a person, a program, Prometheus."""

import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from warning.delivery import delivered, refused_of
from warning.errors import DataError
from warning.escalation.lifecycle import late_forces
from warning.escalation.undated import OUT, undated, undated_sentence
from warning.language import OUTCOMES, say, worded
from warning.outputs import written_in_words
from warning.settings import Settings
from warning.store import Store
from warning.store.account_rights import not_cleaned
from warning.store.ledger import attempts_since

#: How far back failed attempts are counted.
LOOKED_AT = pd.Timedelta(days=7)


@dataclass(frozen=True)
class Health:
    """The state of the nights.

    Attributes:
        faults: what is wrong, in the reader's language; empty is healthy.
        last_as_of: of the last night done; last_success: when it was done.
        lag_hours: from the moment the last night was due (as-of of the night that should be
            there by now) to now, where it is not there; 0 when it is.
        last_outcome: of the last attempt: ``done``, ``stopped``, ``failed``, ``memory``,
            ``killed``, ``hung`` or ``running``; None before the first.
        last_exit_code: of the last attempt, negative where a signal ended it; None where there was
            none, one is running, or it was killed and nobody saw how.
        failed_attempts: of the last seven days.
        seconds, peak_memory_mb, records: of the last night.
        quarantined: rows set aside in all.
        refused_files: files of the inbox that could not be loaded the last time.
        sealed: whether people's numbers are encrypted.
        undated_letters: letters that went out and have no deadline, see ``undated``.
        unposted_letters: letters that were approved and not sent; they hold back the next of their
            case.
        late_task_forces: task forces at work after their due day.
    """

    faults: tuple[str, ...]
    last_as_of: pd.Timestamp | None
    last_success: pd.Timestamp | None
    lag_hours: float
    last_outcome: str | None
    last_exit_code: int | None
    failed_attempts: int
    seconds: float | None
    peak_memory_mb: float | None
    records: int | None
    quarantined: int
    refused_files: int
    sealed: bool
    undated_letters: int
    unposted_letters: int
    late_task_forces: int

    def as_dict(self) -> dict[str, Any]:
        """The fields, with ``healthy``."""
        return {"healthy": not self.faults, **asdict(self)}


def health_of(store: Store, settings: Settings, now: pd.Timestamp) -> Health:
    """The health of a store's nights at ``now``."""
    runs = store.runs()
    last = runs.iloc[-1] if len(runs) else None
    attempts = attempts_since(store, (now - LOOKED_AT).to_pydatetime())
    ended = attempts[attempts["outcome"] != "running"]
    failed = ended[~ended["outcome"].isin(["done", "stopped"])]
    as_of = None if last is None else pd.Timestamp(last["as_of"])
    schedule = settings.schedule
    due = now.normalize() + pd.Timedelta(hours=schedule.hour, minutes=schedule.minute)
    due = due if due <= now else due - pd.Timedelta(days=1)
    behind = as_of is None or as_of < due
    lag = round((now - due) / pd.Timedelta(hours=1), 2) if behind else 0.0
    if as_of is not None and as_of < due - pd.Timedelta(days=1):
        lag = round((now - as_of) / pd.Timedelta(hours=1) - 24, 2)
    outcome = attempts["outcome"].iloc[-1] if len(attempts) else None
    said = attempts["exit_code"].iloc[-1] if len(attempts) else None
    faults = []
    if as_of is None:
        faults.append(say("还没有运行过任何一夜", "no night was run yet"))
    elif lag > schedule.late_hours:
        faults.append(say(f"最近一夜晚了 {lag} 小时", f"the night is {lag} hours late"))
    if as_of is not None and as_of > now:
        faults.append(say("时钟早于最近一夜", "the clock is before the last night"))
    if len(ended) and ended["outcome"].iloc[-1] not in {"done", "stopped"}:
        how = ended["outcome"].iloc[-1]
        faults.append(
            say(f"最近一次运行未完成（{worded(how, OUTCOMES)}）",
                f"the last attempt ended as: {how}")
        )  # fmt: skip
    faults += _places(settings)
    refused = _refused(settings)
    if refused:
        faults.append(
            say(f"收件目录中有 {refused} 个文件没能读入：日志 file_refused 说明是哪个，"
                "warning load 说明原因",
                f"{refused} files of the inbox could not be loaded: file_refused in the log says "
                "which, warning load says why")
        )  # fmt: skip
    without_date = len(undated(store.rows("letters", "status", OUT)))
    if without_date:
        faults.append(undated_sentence(without_date))
    if store.owed_since() is not None:
        with store.reading() as connection:
            hindered = not_cleaned(connection)
        why = f"{say('：', ': ')}{hindered}" if hindered else ""
        faults.append(
            say("被删除的内容可能仍留在数据库文件里",
                "what was deleted may still stand in the database's files") + why
        )  # fmt: skip
    if not store.seal.on:
        faults.append(
            say("证件号和电话未加密：没有密钥", "ID numbers and phones are not encrypted: no key")
        )
    return Health(
        faults=tuple(faults),
        last_as_of=as_of,
        last_success=None
        if last is None
        else pd.Timestamp(last["started_at"]) + pd.Timedelta(seconds=float(last["seconds"])),
        lag_hours=max(lag, 0.0),
        last_outcome=outcome,
        last_exit_code=None if pd.isna(said) else int(said),
        failed_attempts=len(failed),
        seconds=None if last is None else float(last["seconds"]),
        peak_memory_mb=None if last is None else float(last["peak_memory_mb"]),
        records=None if last is None else int(last["counts"]["records"]),
        quarantined=store.count("quarantine"),
        refused_files=refused,
        sealed=store.seal.on,
        undated_letters=without_date,
        unposted_letters=len(store.rows("letters", "status", ["approved"])),
        late_task_forces=late_forces(store.rows("task_forces", "status", ["active"]), now),
    )


def _places(settings: Settings) -> list[str]:
    """What is wrong with the inbox and the archive: a night runs without them."""
    schedule, faults = settings.schedule, []
    if schedule.inbox:
        try:
            delivered(Path(schedule.inbox))
        except DataError:
            faults.append(say("收件目录不存在或无法读取", "the inbox is missing or cannot be read"))
    if schedule.inbox and schedule.archive:
        archive = Path(schedule.archive)
        if archive.exists() and not (archive.is_dir() and os.access(archive, os.W_OK | os.X_OK)):
            faults.append(say("归档目录无法写入", "the archive cannot be written"))
    return faults


def _refused(settings: Settings) -> int:
    """How many files wait in the inbox because they could not be loaded."""
    if not settings.schedule.inbox:
        return 0
    try:
        return refused_of(Path(settings.schedule.inbox))
    except DataError:  # a fault of its own
        return 0


#: Metric → help; the value is a field of :class:`Health`, in base units.
METRICS = {
    "warning_healthy": "1 when nothing is wrong",
    "warning_last_success_timestamp_seconds": "when the last night was done",
    "warning_last_as_of_timestamp_seconds": "the last night's as-of moment",
    "warning_lag_seconds": "how late the night that is due is",
    "warning_last_exit_code": "of the last attempt; -1 unknown",
    "warning_failed_attempts": "attempts that failed in seven days",
    "warning_night_seconds": "how long the last night took",
    "warning_night_peak_memory_bytes": "peak memory of the last night",
    "warning_night_records": "records known to the last night",
    "warning_quarantined_rows": "rows set aside in all",
    "warning_inbox_refused_files": "files of the inbox that could not be loaded the last time",
    "warning_undated_letters": "letters that went out and have no deadline",
    "warning_numbers_sealed": "1 when people's numbers are encrypted",
}


def metrics_text(state: Health) -> str:
    """The state in Prometheus' text format; what is not known is left out."""

    def moment(value: pd.Timestamp | None) -> float | None:
        return None if value is None else value.tz_localize("Asia/Shanghai").timestamp()

    values = {
        "warning_healthy": float(not state.faults),
        "warning_last_success_timestamp_seconds": moment(state.last_success),
        "warning_last_as_of_timestamp_seconds": moment(state.last_as_of),
        "warning_lag_seconds": state.lag_hours * 3600,
        "warning_last_exit_code": -1 if state.last_exit_code is None else state.last_exit_code,
        "warning_failed_attempts": state.failed_attempts,
        "warning_night_seconds": state.seconds,
        "warning_night_peak_memory_bytes": None
        if state.peak_memory_mb is None
        else state.peak_memory_mb * 2**20,
        "warning_night_records": state.records,
        "warning_quarantined_rows": state.quarantined,
        "warning_inbox_refused_files": state.refused_files,
        "warning_undated_letters": state.undated_letters,
        "warning_numbers_sealed": float(state.sealed),
    }
    lines = []
    for name, text in METRICS.items():
        if values[name] is not None:
            lines += [
                f"# HELP {name} {text}",
                f"# TYPE {name} gauge",
                f"{name} {values[name]:.15g}",
            ]
    return "\n".join(lines) + "\n"


def write_unknown(path: Path) -> None:
    """Write that it is not well and nothing else is known: the store cannot be asked."""
    name = "warning_healthy"
    _write(path, f"# HELP {name} {METRICS[name]}\n# TYPE {name} gauge\n{name} 0\n")


def write_metrics(state: Health, path: Path) -> None:
    """Write the metrics of a state.

    Raises:
        UsageError: the file cannot be written.
    """
    _write(path, metrics_text(state))


def _write(path: Path, text: str) -> None:
    """Write in one step: a collector never sees half of it.

    Everybody may read it, whatever the umask: it holds counts only, and the collector has an
    account of its own.
    """
    with written_in_words(path):
        draft = path.parent / f".{path.name}.{secrets.token_hex(4)}"
        try:
            draft.write_text(text, encoding="utf-8")
            draft.chmod(0o644)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
