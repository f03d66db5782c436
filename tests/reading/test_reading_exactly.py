"""What a format or a damaged file could lose in silence: digits, lines, sheets, columns."""

import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import warning
from warning.errors import DataError
from warning.reading import from_frames, read_query, read_records
from warning.reading.text_files import read_csv
from warning.reading.values import moments
from warning.records import CanonicalTables
from warning.settings import load_settings

CHANNELS = load_settings().channels
CLOCK = pd.Timestamp("2025-01-01")
HEAD = "record_id,channel,reported_at,narrative\n"
LONG = [620702202403010001, 620702202403010002]


def read(path: Path) -> CanonicalTables:
    return read_records([path], CHANNELS, clock=CLOCK)


def csv_of(path: Path, content: bytes) -> CanonicalTables:
    path.write_bytes(HEAD.encode() + content)
    return read(path)


def test_long_numbers_beside_an_empty_cell_keep_their_digits(tmp_path: Path) -> None:
    """As floats 620702202403010001 and …0002 would both be …0048."""
    times = ["2024-03-01", "2024-03-02", "2024-03-03"]
    table = pa.table(
        {"record_id": pa.array([*LONG, None], pa.int64()), "channel": ["110"] * 3,
         "reported_at": times}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table t (record_id bigint, channel text, reported_at text)")
        rows = zip([*LONG, None], ["110"] * 3, times, strict=True)
        connection.executemany("insert into t values (?, ?, ?)", rows)
    connection.close()
    queried = read_query(f"sqlite:///{tmp_path}/a.db", "select * from t", CHANNELS, clock=CLOCK)
    for found in (read(tmp_path / "a.parquet"), queried):
        assert list(found.records["record_id"]) == [str(number) for number in LONG]
        assert len(found.quarantine) == 1


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2024-03-01T10:00:00.000+08:00", "2024-03-01 10:00"),
        ("2024-03-01T10:00:00.123456Z", "2024-03-01 18:00:00.123456"),
        ("0001-01-01 00:00:00", None),
        ("1900-01-01", None),
    ],
)
def test_times_as_other_programs_write_them(written: str, local: str | None) -> None:
    """Fractions before an offset; a time of long ago is an empty one."""
    found = moments(pd.Series([written, "2024-01-01"]))
    assert list(found) == [pd.Timestamp(local), pd.Timestamp("2024-01-01")]


def test_times_of_arrow_with_a_zone() -> None:
    """A column that Arrow keeps is read as pandas' own."""
    column = pd.Series([pd.Timestamp("2024-03-01", tz="UTC")])
    arrow = column.astype(pd.ArrowDtype(pa.timestamp("us", tz="UTC")))
    assert list(moments(arrow)) == [pd.Timestamp("2024-03-01 08:00")]


def test_an_age_may_have_its_unit() -> None:
    """In figures of either width or in words; what is no age is missing, and told."""
    ages = ["9岁", "9 周岁", "９", "十二岁", "12", "老人", "不详", "9" * 5_000, "九" * 5_000]
    records = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-01-01"})
    parties = pd.DataFrame(
        {"record_id": "A1", "party_no": [str(n) for n in range(9)], "age": ages, "name": "张三"}
    )
    tables = from_frames(records, parties, load_settings().channels)
    assert tables.parties["age"].tolist()[:5] == [9, 9, 9, 12, 12]
    assert tables.parties["age"][5:].isna().all()
    assert any("3 values of column age" in note for note in tables.notes)


def test_a_row_set_aside_shows_no_number() -> None:
    """A phone or an ID number in another's column is hidden; what is wrong with a time is shown."""
    times = [
        "13812345678",
        "138 1234-5678",
        "６２９９００1960０１０１１２３４",
        "2024-13-45 10:00",
        "昨天",
    ]
    records = pd.DataFrame({"record_id": range(5), "channel": "110", "reported_at": times})
    tables = from_frames(records, None, load_settings().channels)
    assert tables.quarantine["found"].tolist() == [
        "*" * 11, "*** ****-****", "*" * 18, "2024-13-45 10:00", "昨天"
    ]  # fmt: skip


def test_an_age_at_a_time_of_long_ago_ends_no_night() -> None:
    """The record is refused where it is linked alone; the other one is linked."""
    records = pd.DataFrame(
        {"record_id": ["A1", "A2"], "channel": "110", "reported_at": ["0001-01-01", "2024-01-01"]}
    )
    parties = pd.DataFrame(
        {"record_id": ["A1", "A2"], "party_no": "1", "name": "张三", "age": [30, 30]}
    )
    tables = from_frames(records, parties, CHANNELS, CLOCK)
    assert list(tables.records["record_id"]) == ["A2"]
    assert list(tables.quarantine["column"]) == ["reported_at", "record_id"]


def test_a_quote_that_nothing_closes_costs_its_line_alone(tmp_path: Path) -> None:
    """The records after it are read; the line is named."""
    tables = csv_of(
        tmp_path / "a.csv",
        b'A1,110,2024-03-01,"a\nb"\nA2,110,2024-03-01,"open\nA3,110,2024-03-02,x\nA4,110,2024-03-02,x\n',
    )
    assert list(tables.records["record_id"]) == ["A1", "A3", "A4"]
    assert list(tables.quarantine["line"]) == [4]
    assert tables.rows_read == 4
    # The quote of A2 is closed by that of A3, in the middle of what reads as a field.
    tables = csv_of(
        tmp_path / "b.csv",
        b'A2,110,2024-03-01,"open\nA3,110,2024-03-02,"a\nA4,110,2024-03-02,x\n',
    )
    assert list(tables.records["record_id"]) == ["A4"]
    assert list(tables.quarantine["line"]) == [2, 3]


def test_very_many_open_quotes_cost_the_rest_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading again what each had swallowed would take the square of their number."""
    line, count = b'x"y,"z\n', 300
    monkeypatch.setattr("warning.reading.text_files.MOST_READ_AGAIN", 100 * count * len(line))
    table = read_csv(b"a,b\n" + line * count, "a.csv")
    assert 100 <= len(table.bad) < count
    number, reason = table.bad[-1]
    assert number == len(table.bad) + 1
    assert str(count + 1) in reason


def test_a_damaged_line_of_utf8_is_set_aside(tmp_path: Path) -> None:
    """The file is not read as GB18030, in which every byte means something else."""
    good = "A1,110,2024-03-01,张三争吵\n".encode()
    for content in (
        good + b"A2,110,2024-03-01,\xe5\xbc\n",
        good + "A2,110,2024-03-01,邻里\n".encode("gb18030"),
    ):
        tables = csv_of(tmp_path / "a.csv", content)
        assert list(tables.records["narrative"]) == ["张三争吵"]
        assert list(tables.quarantine["line"]) == [3]
    marked = b"\xef\xbb\xbf" + HEAD.encode() + b"A1,110,2024-03-01,\xd5\xc5\n"
    (tmp_path / "b.csv").write_bytes(marked)
    assert list(read(tmp_path / "b.csv").quarantine["line"]) == [2]


def test_every_sheet_with_the_columns_of_the_first_is_read(tmp_path: Path) -> None:
    """Rows are told with their sheet; a note names the sheets that are not read."""
    book, header = openpyxl.Workbook(), ["record_id", "channel", "reported_at"]
    book.active.title = "空"
    for title, rows in (
        ("一", [header, ["A1", 110, "2024-03-05"]]),
        ("二", [header, ["A2", 110, "2024-03-06"], ["A3", 110, "昨天"]]),
        ("说明", [["用法"]]),
    ):
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    tables = read(tmp_path / "a.xlsx")
    assert list(tables.records["record_id"]) == ["A1", "A2"]
    aside = tables.quarantine.iloc[0]
    assert aside["file"].endswith("a.xlsx[二]")
    assert aside["line"] == 3
    assert [note for note in tables.notes if "说明" in note]


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    """In a Parquet file, a query and a frame as in a CSV."""
    names = ["record_id", "channel", "reported_at", "narrative", "narrative"]
    row = ["A1", "110", "2024-03-01", "x", "y"]
    pq.write_table(pa.table([[value] for value in row], names=names), tmp_path / "a.parquet")
    frame = pd.DataFrame([row], columns=names)
    good = frame.loc[:, ~frame.columns.duplicated()]
    twice = pd.DataFrame(
        [["A1", "1", "甲", "乙"]], columns=["record_id", "party_no", "name", "name"]
    )
    select = "select 'A1' record_id, '110' channel, '2024-03-01' reported_at, 1 a, 2 a"
    for reading in (
        lambda: read(tmp_path / "a.parquet"),
        lambda: read_query("sqlite://", select, CHANNELS, clock=CLOCK),
        lambda: from_frames(frame, None, CHANNELS),
        lambda: from_frames(good, twice, CHANNELS),
        lambda: warning.link(frame, twice),
    ):
        with pytest.raises(DataError, match="named twice"):
            reading()


def test_columns_of_the_engine_s_own_names_are_not_read() -> None:
    """A caller's ``_record`` would attach every party to the record at that position."""
    records = pd.DataFrame(
        {"record_id": ["A1", "A2"], "channel": "110", "reported_at": "2024-03-01", "_layout": "x"}
    )
    parties = pd.DataFrame({"record_id": ["A1", "A2"], "party_no": "1", "name": ["甲", "乙"],
                            "_record": [1, 0]})  # fmt: skip
    tables = from_frames(records, parties, CHANNELS)
    assert list(tables.parties["record_id"]) == ["A1", "A2"]
    assert tables.quarantine.empty


def test_a_nul_in_a_party_is_set_aside() -> None:
    """As one in a record is; no text of a store holds one."""
    records = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-03-01"})
    parties = pd.DataFrame({"record_id": ["A1", "A1"], "party_no": ["1", "2"],
                            "name": ["张\x00三", "李四"]})  # fmt: skip
    tables = from_frames(records, parties, CHANNELS)
    assert list(tables.parties["name"]) == ["李四"]
    assert list(tables.quarantine["column"]) == ["name"]
