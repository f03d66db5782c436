"""A backup whose check sums are right and whose content is not: refused in words, nothing is left."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from warning.cli import run
from warning.errors import DataError
from warning.store import Store, tables
from warning.store.backup import MANIFEST, check_backup, write_backup
from warning.store.backup_rows import rows_of
from warning.store.restoring import restore_backup

AT = pd.Timestamp("2025-01-02 03:04:05").to_pydatetime()
COLUMNS = list(tables.records.c.keys())
ROW: dict[str, Any] = dict.fromkeys(COLUMNS) | {
    "channel": "110", "record_id": "A1", "reported_at": "2024-12-30T10:00:00", "narrative": "争吵",
    "longitude": 100, "injuries": 2, "version": 1, "content_hash": "a", "load_id": 1,
}  # fmt: skip


def lines(*rows: Any) -> list[bytes]:
    """A line of JSON a row."""
    return [json.dumps(row).encode() + b"\n" for row in rows]


def record(**changed: Any) -> list[bytes]:
    """The lines of two records, the second changed."""
    return lines(COLUMNS, list(ROW.values()), list((ROW | changed).values()))


#: What is wrong → the lines, the first of them that is, and what is said of it.
NO_ROWS: dict[str, tuple[list[bytes], int, str]] = {
    "a number for a moment": (record(reported_at=5), 3, "reported_at"),
    "no moment": (record(reported_at="gestern"), 3, "reported_at"),
    "a moment of a zone": (record(reported_at="2024-12-30T10:00:00+08:00"), 3, "reported_at"),
    "no key": (record(record_id=None), 3, "record_id"),
    "a list": (record(narrative=["a"]), 3, "narrative"),
    "an object": (record(narrative={"a": 1}), 3, "narrative"),
    "half a character": (record(narrative="\ud800"), 3, "no line of JSON"),
    "a text for a number": (record(injuries="1"), 3, "injuries"),
    "a truth for a number": (record(injuries=True), 3, "injuries"),
    "too large a number": (record(injuries=10**30), 3, "injuries"),
    "too large a degree": (record(longitude=10**400), 3, "longitude"),
    "another column": (lines([*COLUMNS[1:], "other"]), 1, "columns"),
    "a column twice": (lines([*COLUMNS, "channel"]), 1, "columns"),
    "columns of no text": (lines([[]]), 1, "columns"),
    "a short row": (lines(COLUMNS, ["110"]), 2, "1 values, where there are 23 columns"),
    "an object for a row": (lines(COLUMNS, ROW), 2, "no row of values"),
    "deep brackets": ([*lines(COLUMNS), b"[" * 100_000], 2, "no line of JSON"),
    "no line": ([], 1, "no line of JSON"),
}


@pytest.mark.parametrize("name", NO_ROWS)
def test_what_is_no_row_is_told_with_its_line(name: str) -> None:
    """Whatever stands there, it is the backup's fault and none of the program's."""
    given, line, found = NO_ROWS[name]
    with pytest.raises(DataError, match=rf"b\.zip:records:{line}: a damaged backup: .*{found}"):
        list(rows_of(tables.records, given, "b.zip:records"))


def test_rows_come_back_as_the_database_takes_them() -> None:
    """In any order of columns; a whole number is a number with a point where that is asked."""
    turned = [COLUMNS[::-1], list(ROW.values())[::-1]]
    row = next(rows_of(tables.records, lines(*turned), "b"))
    assert row == ROW | {"reported_at": pd.Timestamp("2024-12-30 10:00")}
    assert isinstance(row["longitude"], float)


@pytest.fixture(scope="module")
def backup(hamlet_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a store with a night."""
    out = tmp_path_factory.mktemp("backup") / "b.zip"
    with Store.open(f"sqlite:///{hamlet_night}") as store, store.reading() as connection:
        write_backup(connection, out, AT)
    return out


def forged(source: Path, path: Path, table: str, change: Callable[[list[Any]], Any]) -> Path:
    """A copy in which a table (its rows, the first the columns) is changed; None: it is gone."""
    with zipfile.ZipFile(source) as good, zipfile.ZipFile(path, "w") as target:
        manifest = json.loads(good.read(MANIFEST))
        for item in set(good.namelist()) - {MANIFEST, f"{table}.jsonl"}:
            target.writestr(item, good.read(item))
        count, _ = manifest["tables"].pop(table)
        old = good.read(f"{table}.jsonl").splitlines()
        rows = change([json.loads(line) for line in old])
        if rows is not None:
            content = b"".join(lines(*rows))
            target.writestr(f"{table}.jsonl", content)
            manifest["tables"][table] = [count, hashlib.sha256(content).hexdigest()]
        target.writestr(MANIFEST, json.dumps(manifest))
    return path


def with_content(text: str) -> Callable[[list[Any]], Any]:
    """Changes what the first row holds of bytes."""

    def change(rows: list[Any]) -> list[Any]:
        rows[1][rows[0].index("content")] = text
        return rows

    return change


#: The table, what is done to it, and what is said of it.
FORGED: tuple[tuple[str, Callable[[list[Any]], Any], str], ...] = (
    ("records", lambda _: None, "tables that it lacks: records"),
    ("memory", with_content("@@@"), "memory.jsonl:2: .* no value for the column content"),
    ("records", lambda rows: [*rows, rows[1]], "records.jsonl: .* rows that the database does not"),
    ("records", lambda rows: rows[:-1], "records.jsonl: .* rows, where there were"),
)


def test_a_forged_backup_is_refused_and_leaves_nothing(
    backup: Path, new_url: str, tmp_path: Path
) -> None:
    """The table and, where it can be told, the line are named; the next restore finds no store."""
    for number, (table, change, found) in enumerate(FORGED):
        path = forged(backup, tmp_path / f"{number}.zip", table, change)
        with pytest.raises(DataError, match=found):
            restore_backup(path, new_url)
        assert list(tmp_path.glob("w.db*")) == []
    restore_backup(backup, new_url)


def test_a_restore_that_fails_leaves_a_file_that_was_there(backup: Path, tmp_path: Path) -> None:
    """An empty file that somebody else made stays; it holds no tables."""
    (tmp_path / "w.db").touch()
    path = forged(backup, tmp_path / "b.zip", "records", lambda rows: rows[:-1])
    with pytest.raises(DataError, match="rows, where there were"):
        restore_backup(path, f"sqlite:///{tmp_path / 'w.db'}")
    restore_backup(backup, f"sqlite:///{tmp_path / 'w.db'}")


def test_a_verification_tells_what_a_restore_would(
    backup: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, in words."""
    path = forged(backup, tmp_path / "b.zip", "records", lambda rows: [*rows, rows[1]])
    assert run(["backup", "--verify", str(path)]) == 1
    assert "records.jsonl: a damaged backup" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value"),
    [("keys", [["a"]]), ("keys", "abc"), ("audit_head", 5), ("audit_head", "0"), ("made_at", 5),
     ("made_at", "gestern"), ("tables", {"records": ["many", ""]}), ("tables", []), ("more", 1)],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(
    name: str, value: Any, backup: Path, tmp_path: Path
) -> None:
    """Whatever it says of itself is of the kind that this program writes."""
    with zipfile.ZipFile(backup) as good, zipfile.ZipFile(tmp_path / "b.zip", "w") as target:
        manifest = json.loads(good.read(MANIFEST)) | {name: value}
        for item in set(good.namelist()) - {MANIFEST}:
            target.writestr(item, good.read(item))
        target.writestr(MANIFEST, json.dumps(manifest))
    with pytest.raises(DataError, match="a damaged backup, or none"):
        check_backup(tmp_path / "b.zip")
