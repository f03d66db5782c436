"""Input that is long, deep or forged: cells, patterns, nesting, headers that lie, names of files."""

import json
import logging
import re
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.operations.test_operations_hostile import CLOCK
from warning.errors import DataError, SettingsError
from warning.inbox import load_inbox
from warning.logs import to_standard_error
from warning.reading import guards, read_records
from warning.reading.files import read_tables
from warning.reading.guards import CELL_LIMIT
from warning.reading.text_files import read_csv
from warning.settings import FILES, load_settings, packaged_config

#: Letters of which addresses, numbers and narratives are made.
LETTERS = "0123一二十号楼单元室路街村组栋层X*-、，（）()王先生 与和及因为打扬言元.：:"
SETTINGS = load_settings()
HEAD = "record_id,channel,reported_at,narrative\n"
GOOD = "A{},110,2024-01-01 10:00:00,吵架\n"


@pytest.mark.parametrize("quote", ["", '"'])
def test_a_huge_cell_costs_its_row_alone(tmp_path: Path, quote: str) -> None:
    """Sixteen million letters in one cell, its quote closed or not: one row in the quarantine."""
    path = tmp_path / "a.csv"
    evil = f"B1,110,2024-01-01 10:00:00,{quote}{'x' * (CELL_LIMIT + 1)}\n"
    path.write_text(HEAD + GOOD.format(1) + evil + GOOD.format(2), encoding="utf-8")
    tables = read_records([path], SETTINGS.channels, clock=CLOCK)
    assert tables.records["record_id"].tolist() == ["A1", "A2"]
    assert tables.quarantine[["line", "table"]].values.tolist() == [[3, "records"]]
    assert str(CELL_LIMIT) in tables.quarantine["reason"][0]
    assert tables.rows_read == 3


def test_a_huge_cell_of_any_format_is_set_aside(tmp_path: Path) -> None:
    """Parquet, and the table of parties: the same limit, the line named."""
    long = "吵" * (CELL_LIMIT + 1)
    records = pd.DataFrame(
        {"record_id": ["A1", "A2"], "channel": "110", "reported_at": "2024-01-01",
         "narrative": ["吵架", long]}
    )  # fmt: skip
    records.to_parquet(tmp_path / "a.parquet")
    people = pd.DataFrame({"record_id": ["A1", "A1"], "party_no": ["1", "2"], "name": ["王", long]})
    people.to_parquet(tmp_path / "p.parquet")
    tables = read_records(
        [tmp_path / "a.parquet"], load_settings().channels, parties=tmp_path / "p.parquet", clock=CLOCK
    )  # fmt: skip
    assert tables.records["record_id"].tolist() == ["A1"]
    assert tables.parties["name"].tolist() == ["王"]
    assert sorted(tables.quarantine[["line", "table"]].values.tolist()) == [
        [2, "parties"], [2, "records"],
    ]  # fmt: skip


def test_a_header_that_is_huge_is_refused() -> None:
    """There is no row to set aside: the file is refused, with its line."""
    with pytest.raises(DataError, match=r"a\.csv:1"):
        read_csv(b"x" * (CELL_LIMIT + 1) + b"\n1\n", "a.csv")


def test_a_file_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its size alone."""
    monkeypatch.setattr(guards, "UNPACKED_LIMIT", 1_000)
    (tmp_path / "a.csv").write_text(HEAD + GOOD.format(1) * 100, encoding="utf-8")
    with pytest.raises(DataError, match="too large"):
        read_tables(tmp_path / "a.csv")


def test_names_of_files_forge_no_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name with line ends, a terminal's escapes or bytes of GBK: logged on one line, loaded."""
    from warning.store import Store

    (tmp_path / "config").mkdir()
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (tmp_path / "config" / "schedule.yaml").write_text(f"inbox: {inbox}\n")
    (inbox / "x\n2025-01-01 info night_ends exit_code=0 \x1b[2J.csv").write_text("nothing\n1\n")
    gbk = Path(str(inbox).encode().decode()) / "工单.csv".encode("gbk").decode(
        "utf-8", "surrogateescape"
    )
    gbk.write_text(HEAD + GOOD.format(1) + "A2,110,soon,x\n", encoding="utf-8")
    to_standard_error("text")
    try:
        with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
            loaded = load_inbox(store, load_settings(tmp_path / "config"), CLOCK)
            sources = store.table("loads")["source"].tolist()
    finally:
        logging.getLogger("warning").handlers.clear()
    assert loaded is not None
    assert (loaded.stored, loaded.quarantined) == (1, 1)
    assert sources == ["工单.csv"]
    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[2] for line in lines] == ["file_refused", "inbox_loaded"]
    assert "\x1b" not in "".join(lines)


NESTINGS = {
    "open brackets": "[" * 100_000,
    "brackets": "[" * 100_000 + "]" * 100_000,
    "maps": "{a: " * 100_000 + "1" + "}" * 100_000,
    "dashes": "\n  " + "- " * 100_000 + "1",
    "indents": "\n" + "".join(f"{' ' * depth}a:\n" for depth in range(1, 1_300)),
}


@pytest.mark.parametrize("text", NESTINGS.values(), ids=NESTINGS)
def test_a_hundred_thousand_levels_are_refused_with_their_line(text: str, tmp_path: Path) -> None:
    """Deeper than any configuration: said so, with the line where it is, not a stack trace."""
    path = tmp_path / "schedule.yaml"
    path.write_text("# 一行\nhour: " + text + "\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"schedule\.yaml:\d+:\d+: .*50 (层|levels)"):
        load_settings(tmp_path)


def test_brackets_in_quotes_nest_nothing(tmp_path: Path) -> None:
    """However many: only the value is wrong."""
    path = tmp_path / "schedule.yaml"
    path.write_text("hour: '" + "[" * 100 + "'\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"schedule\.yaml:1: hour is '\[\["):
        load_settings(tmp_path)


#: Collections in collections, of what a configuration may hold and what it may not.
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    name=st.sampled_from([*FILES, "lexicons/places", "lexicons/risk_words"]), content=NESTED,
    depth=st.integers(0, 60), key=st.integers(0, 30),
)  # fmt: skip
def test_any_nesting_in_any_file_is_read_or_refused(
    name: str, content: object, depth: int, key: int
) -> None:
    """In every file, under one of its own keys or another: settings, or its problems by name."""
    packaged = (packaged_config() / f"{name}.yaml").read_text(encoding="utf-8")
    keys = re.findall(r"^(\w+):", packaged, re.MULTILINE)
    for _ in range(depth):
        content = [content]
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({keys[key % len(keys)]: content}), encoding="utf-8")
        try:
            load_settings(directory)
        except SettingsError as error:
            assert all(str(path) in problem.where for problem in error.problems)
            assert all("Recursion" not in problem.found for problem in error.problems)
