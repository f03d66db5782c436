"""The contract's tables as files: CSV (UTF-8) or Parquet."""

import json
from pathlib import Path

import pandas as pd

from warning.errors import DataError, Problem
from warning.language import say
from warning.records import QUARANTINE_COLUMNS
from warning.store import Store

#: Contract table → its columns, in order; further columns of the store follow none.
EXPORTED = {
    "party_links": None,
    "place_links": None,
    "incident_links": None,
    "cases": None,
    "case_incidents": None,
    "warnings": ["case_id", "as_of", "probability", "severity", "tier", "previous_tier", "reasons"],
    "letters": ["letter_id", "case_id", "kind", "number", "recipient", "status", "drafted_at",
                "due_on", "document"],
    "task_forces": ["task_force_id", "case_id", "lead", "members", "status", "document"],
    "quarantine": list(QUARANTINE_COLUMNS),
    "runs": None,
    "merges": None,
}  # fmt: skip

#: A cell that begins with one of these is a formula to a spreadsheet.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export_tables(store: Store, out: Path, file_format: str) -> dict[str, int]:
    """Write every table of the contract to ``out``; returns table → rows.

    The tables of links and cases are those of the last night, ``warnings`` too. Text that a
    spreadsheet would run as a formula gets a leading apostrophe in CSV.

    Raises:
        DataError: when the directory cannot be written.
    """
    written = {}
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, columns in EXPORTED.items():
            frame = store.last_warnings() if name == "warnings" else store.table(name)
            frame = frame[columns] if columns else frame
            if name == "runs":
                frame = frame.assign(counts=frame["counts"].map(json.dumps).astype("str"))
            if file_format == "parquet":
                frame.to_parquet(out / f"{name}.parquet", index=False)
            else:
                without_formulas(frame).to_csv(
                    out / f"{name}.csv", index=False, encoding="utf-8", lineterminator="\n"
                )
            written[name] = len(frame)
    except OSError as error:
        raise DataError(
            Problem(
                str(out),
                say(f"无法写入（{error.strerror}）", f"cannot be written ({error.strerror})"),
                say("可写的目录", "a directory that can be written"),
                say("检查权限和磁盘空间", "check permissions and disk space"),
            )
        ) from error
    return written


def without_formulas(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text cells that begin like a formula made plain text."""
    safe = frame.copy()
    for name in frame.columns:
        if pd.api.types.is_string_dtype(frame[name].dtype):
            risky = frame[name].str.startswith(FORMULA_STARTS).fillna(False).astype(bool)
            if risky.any():
                safe[name] = frame[name].where(~risky, "'" + frame[name])
    return safe
