"""What a format or a damaged file could lose in silence: digits, lines, sheets, columns."""

import sqlite3
import zipfile
from datetime import date, datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import warning
from warning.errors import DataError
from warning.reading import from_frames, read_query, read_records
from warning.reading.text_files import read_csv
from warning.reading.values import moments, texts
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


def table_of(path: Path, *rows: list[str]) -> CanonicalTables:
    """Rows as a CSV or a workbook; the CSV has as many fields in each."""
    width = max(map(len, rows))
    if path.suffix == ".csv":
        lines = [",".join([*row, *[""] * (width - len(row))]) for row in rows]
        path.write_text("\n".join(lines), encoding="utf-8")
    else:
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell or None for cell in row])
        book.save(path)
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


def test_a_key_longer_than_a_store_holds_is_set_aside(tmp_path: Path) -> None:
    """By every way in, with its length; one of 255 characters is kept."""
    kept, long = "事" * 255, "A" * 4_000
    frame = pd.DataFrame({"record_id": [kept, long], "channel": "110", "reported_at": "2024-03-01"})
    parties = pd.DataFrame({"record_id": kept, "party_no": ["1", "2" * 256], "name": "张三"})
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    with sqlite3.connect(tmp_path / "a.db") as connection:
        frame.to_sql("t", connection)
    connection.close()
    for tables in (
        *(read(tmp_path / name) for name in ("a.csv", "a.xlsx", "a.parquet")),
        read_query(f"sqlite:///{tmp_path}/a.db", "select * from t", CHANNELS, clock=CLOCK),
        from_frames(frame, None, CHANNELS),
    ):
        assert list(tables.records["record_id"]) == [kept]
        aside = tables.quarantine.iloc[0]
        assert (aside["column"], aside["found"]) == ("record_id", "4000 characters")
        assert "at most 255 characters" in aside["reason"]
        assert aside["content"] == long[:255]
    with_parties = from_frames(frame, parties, CHANNELS)
    assert list(with_parties.parties["party_no"]) == ["1"]
    assert list(with_parties.quarantine["found"]) == ["4000 characters", "256 characters"]


def test_a_channel_longer_than_a_store_holds_is_set_aside() -> None:
    """Also where the configuration knows it."""
    name = "渠" * 256
    channels = CHANNELS.model_copy(
        update={"channels": {**CHANNELS.channels, name: CHANNELS.channels["110"]}}
    )
    records = pd.DataFrame({"record_id": ["A1"], "channel": name, "reported_at": "2024-03-01"})
    aside = from_frames(records, None, channels).quarantine
    assert aside[["column", "found"]].values.tolist() == [["channel", "256 characters"]]


def test_numbers_that_lost_their_last_digits_are_no_keys(tmp_path: Path) -> None:
    """A spreadsheet keeps 15 digits: many records would become versions of one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["record_id", "channel", "reported_at"])
    # Of more than 17 digits a spreadsheet writes a float, of 16 and 17 a whole number ending in 0.
    whole = ["123456789012345", "1E+5"]
    for number in (6.20702202403010e17, 1234567890123450, int(whole[0]), whole[1], "6.20702E+17"):
        sheet.append([number, "110", "2024-03-01"])
    book.save(tmp_path / "a.xlsx")
    table = pa.table({"record_id": [2.0**53, None, 2.0**53 - 1],
                      "channel": ["110"] * 3, "reported_at": ["2024-03-01"] * 3})  # fmt: skip
    pq.write_table(table, tmp_path / "a.parquet")
    for tables, kept, lines in (
        (read(tmp_path / "a.xlsx"), whole, [2, 3, 6]),
        (read(tmp_path / "a.parquet"), ["9007199254740991"], [1]),
        (csv_of(tmp_path / "a.csv", b"6.20702E+11,110,2024-03-01,x\n"), [], [2]),
    ):
        assert list(tables.records["record_id"]) == kept
        cut = tables.quarantine[tables.quarantine["reason"].str.contains("saved as a number")]
        assert list(cut["line"]) == lines
        assert set(cut["column"]) == {"record_id"}


def test_a_workbook_that_another_program_wrote_keeps_every_digit(tmp_path: Path) -> None:
    """One in ten numbers ends in 0; where any other goes on, so do they."""
    ids = range(2024120100000005, 2024120100000012)
    frame = pd.DataFrame({"record_id": ids, "channel": "110", "reported_at": "2024-03-01"})
    frame.assign(duplicate_of=frame["record_id"].shift()).to_excel(tmp_path / "a.xlsx", index=False)
    tables = read(tmp_path / "a.xlsx")
    assert list(tables.records["record_id"]) == [str(number) for number in ids]
    assert list(tables.records["duplicate_of"])[1:] == [str(number) for number in ids][:-1]


def test_a_column_of_floats_is_exact_as_far_as_floats_are() -> None:
    """An empty cell makes a column of whole numbers one of floats: 16 digits are exact still."""
    records = pd.DataFrame({"record_id": ["A1", "A2"], "channel": "110",
                            "reported_at": "2024-03-01",
                            "duplicate_of": [None, 2024120100000001.0]})  # fmt: skip
    read_ones = from_frames(records, None, CHANNELS).records
    assert read_ones["duplicate_of"].fillna("").tolist() == ["", "2024120100000001"]


def test_a_number_of_32_bits_is_exact_to_24_bits() -> None:
    """A county's code is whole, a phone is not."""
    records = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-03-01",
                            "county_code": pd.Series([620702], dtype="float32")})  # fmt: skip
    parties = pd.DataFrame({"record_id": ["A1"], "party_no": "1",
                            "phone": pd.Series([13912345678], dtype="float32")})  # fmt: skip
    tables = from_frames(records, parties, CHANNELS)
    assert list(tables.records["county_code"]) == ["620702"]
    assert tables.parties["phone"].isna().all()


def test_a_person_s_number_that_lost_its_last_digits_is_missing_and_told() -> None:
    """A rounded ID number may have a right check digit; whole numbers are exact and stay."""
    records = pd.DataFrame(
        {"record_id": ["A1", "A2"], "channel": "110", "reported_at": "2024-03-01",
         "duplicate_of": [float(LONG[0]), None]}
    )  # fmt: skip
    parties = pd.DataFrame(
        {"record_id": ["A1", "A1", "A2"], "party_no": ["1", "2", "1"], "name": ["张三", "李四", "王五"],
         "id_number": ["6.20702E+17", 620702198001011234.0, 620702198001011234],
         "phone": [13912345678.0, 1.3912345678e16, None]}
    )  # fmt: skip
    tables = from_frames(records, parties, CHANNELS)
    assert tables.records["duplicate_of"].isna().all()
    assert tables.parties["id_number"].fillna("").tolist() == ["", "", "620702198001011234"]
    assert tables.parties["phone"].fillna("").tolist() == ["13912345678", "", ""]
    told = [note.split(" are saved")[0] for note in tables.notes]
    assert told == [
        "records: 1 values of column duplicate_of",
        "parties: 2 values of column id_number",
        "parties: 1 values of column phone",
    ]


@pytest.mark.parametrize(
    "word",
    ["NULL", "null", r"\N", "None", "nan", "NaN", "NaT", "<NA>", "N/A", "#N/A", "#REF!", "#VALUE!",
     "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"],
)  # fmt: skip
def test_what_other_programs_write_for_an_empty_cell_is_missing(word: str) -> None:
    """In every column, keys included: not one record and one person for all who have none."""
    columns = ["record_id", "channel", "reported_at", "occurred_at", "narrative", "address",
               "county_code", "longitude", "injuries"]  # fmt: skip
    records = pd.DataFrame([dict.fromkeys(columns, word) for _ in range(3)])
    records.loc[:1, "record_id"] = ["A1", "A2"]
    records = records.assign(channel="110", reported_at="2024-03-01")
    parties = pd.DataFrame(
        [dict.fromkeys(["name", "id_number", "phone", "age", "organisation"], word)] * 2
    )
    tables = from_frames(
        records, parties.assign(record_id=["A1", "A2"], party_no=["1", word]), CHANNELS
    )
    assert tables.records[columns[3:]].isna().all(axis=None)
    assert tables.parties[parties.columns].isna().all(axis=None)
    assert tables.quarantine[["table", "column"]].values.tolist() == [
        ["records", "record_id"], ["parties", "party_no"]
    ]  # fmt: skip
    assert tables.notes == ()


def test_columns_of_lists_or_structures_are_told(tmp_path: Path) -> None:
    """A Parquet file may hold them; a table has one value a cell."""
    frame = pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-01-01",
                          "narrative": "争吵", "photos": [["a.jpg"]], "desk": [{"town": "x"}]})  # fmt: skip
    frame.to_parquet(tmp_path / "a.parquet")
    tables = read(tmp_path / "a.parquet")
    assert tables.records["narrative"].tolist() == ["争吵"]
    assert [note.partition(": ")[2] for note in tables.notes] == [
        "columns of lists or structures were not read: photos, desk"
    ]


@pytest.mark.parametrize("index", ["narrative", ["record_id", "channel"]])
def test_an_index_that_pandas_wrote_is_columns(tmp_path: Path, index: str | list[str]) -> None:
    """Of records and of parties, whose whole numbers beside an empty cell stay exact."""
    records = pd.DataFrame({"record_id": ["A1", "A2"], "channel": "110", "narrative": ["争吵", "被打"],
                            "reported_at": "2024-03-01"})  # fmt: skip
    parties = pd.DataFrame({"record_id": ["A1", "A2"], "party_no": "1", "name": ["甲", "乙"],
                            "id_number": pd.array([LONG[0], None], dtype="Int64")})  # fmt: skip
    files = [tmp_path / "records.parquet", tmp_path / "parties.parquet"]
    records.set_index(index).to_parquet(files[0])
    parties.set_index(["record_id", "party_no"]).to_parquet(files[1])
    tables = read_records(files[:1], CHANNELS, parties=files[1], clock=CLOCK)
    assert tables.records[["record_id", "narrative"]].values.tolist() == [
        ["A1", "争吵"], ["A2", "被打"]
    ]  # fmt: skip
    assert list(tables.parties["name"]) == ["甲", "乙"]
    assert tables.parties["id_number"][0] == str(LONG[0])


def test_an_index_that_counts_is_a_column_if_it_has_a_name(tmp_path: Path) -> None:
    """It stands in no column; what pandas noted of other rows, or another wrote, is not read."""
    path, records = tmp_path / "a.parquet", pd.DataFrame({"channel": ["110"] * 3})
    records["reported_at"] = "2024-03-01"
    records.index = pd.RangeIndex(5, 11, 2, name="record_id")
    records.to_parquet(path)
    assert list(read(path).records["record_id"]) == ["5", "7", "9"]
    table = pq.read_table(path)
    of_no_index = table.replace_schema_metadata({"pandas": "{"})
    records.rename_axis(None).to_parquet(path)
    for other in (table.slice(1), of_no_index, pq.read_table(path)):
        pq.write_table(other, path)
        with pytest.raises(DataError, match="record_id is missing"):
            read(path)


def test_text_that_is_stored_as_bytes_is_read(tmp_path: Path) -> None:
    """Binary columns of Parquet and of a database in UTF-8; a row with other bytes is set aside."""
    narratives = ["争吵".encode(), "争吵".encode("gb18030"), None]
    ids = [b"A1", b"A2", b"A3"]
    columns = {"record_id": ids, "channel": [b"110"] * 3, "reported_at": ["2024-03-01"] * 3}
    pq.write_table(pa.table({**columns, "narrative": narratives}), tmp_path / "a.parquet")
    frame = pd.DataFrame({**columns, "narrative": narratives}, dtype="object")
    arrow = frame.assign(narrative=pd.Series(narratives, dtype=pd.ArrowDtype(pa.binary())))
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("create table t (record_id, channel, reported_at, narrative)")
        connection.executemany("insert into t values (?, ?, ?, ?)", frame.values.tolist())
    connection.close()
    for tables in (
        read(tmp_path / "a.parquet"),
        read_query(f"sqlite:///{tmp_path}/a.db", "select * from t", CHANNELS, clock=CLOCK),
        from_frames(frame, None, CHANNELS),
        from_frames(arrow, None, CHANNELS),
        from_frames(frame.astype({"narrative": "category"}), None, CHANNELS),
    ):
        assert list(tables.records["record_id"]) == ["A1", "A3"]
        assert tables.records["narrative"].fillna("").tolist() == ["争吵", ""]
        aside = tables.quarantine.iloc[0]
        assert (aside["column"], aside["content"]) == ("narrative", "A2")
        assert "not UTF-8" in aside["reason"]


def test_sparse_columns_are_read() -> None:
    frame = pd.DataFrame(
        {"record_id": ["A1", "A2"], "channel": "110", "reported_at": "2024-03-01",
         "injuries": pd.arrays.SparseArray([0.0, 2.0])}
    )  # fmt: skip
    assert from_frames(frame, None, CHANNELS).records["injuries"].tolist() == [0, 2]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_value_where_no_column_has_a_name_is_told(tmp_path: Path, suffix: str) -> None:
    """Beyond the header it sets its row aside, for its cells may be shifted; inside it is noted."""
    tables = table_of(
        tmp_path / f"a.{suffix}",
        ["record_id", "channel", "", "reported_at", "narrative"],
        ["A1", "110", "x", "2024-03-01", "争吵"],
        ["A2", "110", "", "2024-03-01", "争", "吵"],
        ["A3", "110", "y", "2024-03-01", "争吵"],
    )
    assert list(tables.records["record_id"]) == ["A1", "A3"]
    assert list(tables.quarantine["line"]) == [3]
    assert "column 6 holds a value" in tables.quarantine["reason"].iloc[0]
    assert tables.rows_read == 3
    assert [note for note in tables.notes if "column 3 has no name; its 2 values" in note]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_last_column_without_a_name_sets_no_row_aside(tmp_path: Path, suffix: str) -> None:
    """A header merged over its last columns, or remarks: its values are noted, a stray one is not."""
    rows = [[f"A{number}", "110", "2024-03-01"] for number in range(9)]
    for number, row in enumerate(rows):
        row += ["已核实"] if number % 3 == 0 else ["", "吵"] if number == 4 else []
    tables = table_of(tmp_path / f"a.{suffix}", ["record_id", "channel", "reported_at"], *rows)
    assert len(tables.records) == 8
    assert list(tables.quarantine["line"]) == [6]
    assert "column 5 holds a value" in tables.quarantine["reason"].iloc[0]
    (note,) = [note for note in tables.notes if "column 4 has no name; its 3 values" in note]
    assert note.endswith("see whether these rows are shifted")


@pytest.mark.parametrize(
    ("written", "local"),
    [
        ("2024-03-01T10:00:00.000+08:00", "2024-03-01 10:00"),
        ("2024-03-01T10:00:00.123456Z", "2024-03-01 18:00:00.123456"),
        ("2024-03-01 10:00:00+08", "2024-03-01 10:00"),
        ("2024-03-01 10:00:00.5+08", "2024-03-01 10:00:00.5"),
        ("2024-03-01 10:00:00 +0800", "2024-03-01 10:00"),
        ("2024-03-01 10:00 +08", "2024-03-01 10:00"),
        ("2024-02-29 21:00:00-05", "2024-03-01 10:00"),
        ("2024-03-01 10:00-12", None),
        ("2024-03-01 10:00 -12:00", None),
        ("20240301", "2024-03-01"),
        ("20240230", None),
        ("32874", "1990-01-01"),
        ("20240", None),
        ("0001-01-01 00:00:00", None),
        ("1900-01-01", None),
    ],
)
def test_times_as_other_programs_write_them(written: str, local: str | None) -> None:
    """Fractions before an offset; a time of long ago is an empty one.

    The first digits of a date are no spreadsheet's number, and a span of hours has no offset.
    """
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


def test_counts_below_zero_are_missing() -> None:
    """-1 stands for an unknown age or number; nobody is 200 years old; 0 and 115 stay. All is told."""
    records = pd.DataFrame({"record_id": ["A1", "A2"], "channel": "110", "reported_at": "2024-01-01",
                            "injuries": [-1, 0], "deaths": [1, -2]})  # fmt: skip
    parties = pd.DataFrame({"record_id": "A1", "party_no": list("12345"), "name": "张三",
                            "age": ["-1", "0", "115", "200", "-1岁"]})  # fmt: skip
    tables = from_frames(records, parties, load_settings().channels)
    assert tables.parties["age"].notna().tolist() == [False, True, True, False, False]
    assert tables.records["injuries"].notna().tolist() == [False, True]
    assert tables.records["deaths"].notna().tolist() == [True, False]
    for told in (
        "1 values of column injuries",
        "1 values of column deaths",
        "3 values of column age",
    ):
        assert any(told in note for note in tables.notes)


def test_a_point_that_is_none_is_missing() -> None:
    """(0, 0), as systems write for none, swapped ones and impossible ones: both numbers, and told."""
    points = [
        ("100.45", "38.93"),
        ("0", "0.0"),
        ("38.93", "100.45"),
        ("-1", "-1"),
        ("100.45", ""),
        ("-78.5", "38"),
    ]
    records = pd.DataFrame(points, columns=["longitude", "latitude"])
    records = records.assign(record_id=list("ABCDEF"), channel="110", reported_at="2024-01-01")
    tables = from_frames(records, None, load_settings().channels)
    assert tables.records["longitude"].notna().tolist() == [True, False, False, False, True, True]
    assert tables.records["latitude"].notna().tolist() == [True, False, False, False, False, True]
    told = [note for note in tables.notes if "3 values of column" in note]
    assert [name for name in ("longitude", "latitude") if name in " ".join(told)] == [
        "longitude", "latitude"
    ]  # fmt: skip


def test_what_is_no_county_is_told() -> None:
    """It is stored as written; a code of no county of the settings may be another city's."""
    written = ["620723", "620723000000", "临泽县", "320583", "经开区", "经开分区", "不明", "62072"]
    records = pd.DataFrame({"county_code": written, "channel": "110", "reported_at": "2024-01-01"})
    records = records.assign(record_id=list("ABCDEFGH"))
    counties = {"620723": "临泽县", "620771": "经开区"}
    tables = from_frames(records, None, load_settings().channels, counties=counties)
    assert tables.records["county_code"].tolist() == written
    (note,) = tables.notes
    assert "3 values of column county_code are no county" in note and "line 6" in note


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


def test_a_damaged_line_of_gb18030_is_set_aside(tmp_path: Path) -> None:
    """A byte that is none, one cut off, a line of UTF-8; private signs of names are read."""
    good = "A1,110,2024-03-01,邻里争吵\nA2,110,2024-03-01,张\ue5e5与\ue000人\n".encode("gb18030")
    for bad in (
        b"\xff\xff",
        "被打".encode("gb18030")[:-1],
        "被打".encode(),
        "\ue5e5".encode("gb18030"),
    ):
        tables = csv_of(tmp_path / "a.csv", good + b"A3,110,2024-03-01," + bad)
        assert list(tables.records["narrative"]) == ["邻里争吵", "张\ue5e5与\ue000人"]
        assert list(tables.quarantine["line"]) == [4]
        assert "not GB18030" in tables.quarantine["reason"][0]


def test_sound_lines_of_damaged_gb18030_are_read(tmp_path: Path) -> None:
    """Names whose bytes are UTF-8 by chance, and rare ones beside a private sign."""
    names = ["钱伟", "史英", "谢强", "魏霞", "闫\ue123", "覃\ue123", "婷\ue123玥"]
    sound = "".join(f"A{at},110,2024-03-01,{name}\n" for at, name in enumerate(names))
    report = "B1,110,2024-03-01,邻里因停车问题争吵，互相推搡，经民警调解后当场和好\n"
    content = (sound + report).encode("gb18030")
    tables = csv_of(tmp_path / "a.csv", content + b"C1,110,2024-03-01,\xff\xff\n")
    assert list(tables.records["narrative"][: len(names)]) == names
    assert list(tables.quarantine["line"]) == [10]


def test_a_damaged_file_of_names_is_read(tmp_path: Path) -> None:
    """Those of today hold signs that reports seldom do: a fifth and more are of level 2."""
    names = ["闫婷", "王梓涵", "李鑫", "张昊", "刘琪", "陈妍", "覃璐", "翟钰", "郝楠", "吴敏"]
    sound = "".join(f"A{at},110,2024-03-01,{name}\n" for at, name in enumerate(names))
    tables = csv_of(tmp_path / "a.csv", sound.encode("gb18030") + b"B1,110,2024-03-01,\xff\xff\n")
    assert list(tables.records["narrative"]) == names
    assert list(tables.quarantine["line"]) == [12]


@pytest.mark.parametrize("encoding", ["big5", "cp1251", "koi8-r", "latin-1"])
def test_what_is_neither_utf8_nor_gb18030_is_refused(tmp_path: Path, encoding: str) -> None:
    """Also where most of its lines could be read as GB18030."""
    words = {"big5": "鄰居因停車問題發生口角，雙方互毆",
             "latin-1": "déjà blessée, où"}.get(encoding, "Соседи поссорились из-за парковки")  # fmt: skip
    rows = [f"A{n},110,2024-03-01,{words[:at]}\n" for n, at in enumerate(range(2, len(words), 2))]
    (tmp_path / "a.csv").write_bytes((HEAD + "".join(rows)).encode(encoding))
    with pytest.raises(DataError, match="cannot be decided"):
        read(tmp_path / "a.csv")


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


def test_a_field_that_keeps_its_zeros_by_a_formula_is_its_content(tmp_path: Path) -> None:
    """As systems write numbers into a CSV for spreadsheets; elsewhere such signs are text."""
    rows = '="0012",110,"=""2024-03-05""",="争吵"\r\n"=""0013""",110,2024-03-05,说="好"\r\n'
    tables = csv_of(tmp_path / "a.csv", rows.encode())
    assert tables.quarantine.empty
    assert tables.records["record_id"].tolist() == ["0012", "0013"]
    assert tables.records["narrative"].tolist() == ["争吵", '说="好"']


def test_a_number_that_its_format_fills_with_zeros_is_what_is_shown(tmp_path: Path) -> None:
    """Whole numbers alone, and formats of zeros alone."""
    book = openpyxl.Workbook()
    book.active.append(["record_id", "channel", "reported_at", "narrative"])
    shown = [(12, "0000"), (34.0, "0000"), (12345, "0000"), (5, "0"), (6, "0.00"), (7, "General"),
             (-8, "0000"), (9.5, "0000"), ("10", "0000")]  # fmt: skip
    for line, (number, form) in enumerate(shown, 2):
        book.active.append([number, "110", "2024-03-05", "争吵"])
        book.active.cell(line, 1).number_format = form
    book.save(tmp_path / "a.xlsx")
    read_as = ["0012", "0034", "12345", "5", "6", "7", "-8", "9.5", "10"]
    assert read(tmp_path / "a.xlsx").records["record_id"].tolist() == read_as


def test_formulas_of_which_no_value_was_kept_are_told(tmp_path: Path) -> None:
    """A program that writes texts with = at their front makes formulas of them."""
    book = openpyxl.Workbook()
    book.active.append(["record_id", "channel", "reported_at", "narrative", "address"])
    for number in (1, 2):
        book.active.append([f"A{number}", "110", "2024-03-05", "=我方说被打", "南街"])
    book.active.append(["A3", "110", "2024-03-05", "争吵", '=CONCATENATE("南街")'])
    book.save(tmp_path / "a.xlsx")
    (note,) = read(tmp_path / "a.xlsx").notes
    assert "formulas without a value count as empty: 2 of narrative, 1 of address;" in note


def test_a_formula_with_its_value_is_read_and_an_empty_text_is_one(tmp_path: Path) -> None:
    """As spreadsheets save them."""
    book = openpyxl.Workbook()
    book.active.append(["record_id", "channel", "reported_at", "narrative", "address"])
    book.active.append(["A1", "110", "2024-03-05", "=甲", "=乙"])
    book.save(tmp_path / "a.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "a.xlsx") as source,
        zipfile.ZipFile(tmp_path / "b.xlsx", "w") as saved,
    ):
        for name in source.namelist():
            content = source.read(name).decode()
            for cell, value in (("D2", "争吵"), ("E2", "")):
                content = content.replace(f'<c r="{cell}">', f'<c r="{cell}" t="str">')
                at = (
                    content.find("<v", content.find(f'r="{cell}"'))
                    if f'"{cell}"' in content
                    else -1
                )
                if at >= 0:
                    end = content.index("</c>", at)
                    content = f"{content[:at]}<v>{value}</v>{content[end:]}"
            saved.writestr(name, content)
    tables = read(tmp_path / "b.xlsx")
    assert tables.notes == ()
    assert tables.records["narrative"].tolist() == ["争吵"]


@pytest.mark.parametrize("named", ["reported_at", "报警时间"])
def test_days_of_a_workbook_that_counts_from_1904(tmp_path: Path, named: str) -> None:
    """As plain numbers and as dates; a number that is written as a date is one, and a text is none."""
    book = openpyxl.Workbook()
    book.epoch = CALENDAR_MAC_1904
    head = ["record_id", "channel"] if named == "reported_at" else ["接警编号", "渠道"]
    book.active.append([*head, named])
    for number, day in enumerate((43890.5, 43891, datetime(2024, 3, 2), 20240303, "45355", 44000)):
        book.active.append([f"A{number}", "110", day])
    book.save(tmp_path / "a.xlsx")
    tables = read_records([tmp_path / "a.xlsx"], CHANNELS, clock=pd.Timestamp("2024-03-10"))
    times = ["2024-03-01 12:00", "2024-03-02", "2024-03-02", "2024-03-03", "2024-03-04"]
    assert list(tables.records["reported_at"]) == [pd.Timestamp(time) for time in times]
    assert list(tables.quarantine["found"]) == ["2024-06-19 00:00:00"]


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


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64(), pa.string_view(), pa.binary_view()])
def test_arrow_columns_of_a_frame_are_read(kind: pa.DataType) -> None:
    """Dates without a time, and views of texts, as the same values of an object column."""
    day = date(2024, 3, 1) if pa.types.is_date(kind) else "2024-03-01"
    column = pa.array([day, None], kind if isinstance(day, date) else pa.string()).cast(kind)
    frame = pd.DataFrame({"record_id": ["A1", "A2"], "channel": "110",
                          "reported_at": "2024-03-05"})  # fmt: skip
    frame["occurred_at"] = pd.Series(pd.array(column, dtype=pd.ArrowDtype(kind)))
    times = from_frames(frame, None, CHANNELS).records["occurred_at"]
    assert times[0] == pd.Timestamp("2024-03-01")
    assert pd.isna(times[1])


def test_a_view_of_texts_is_a_key() -> None:
    """Also where its row is set aside."""
    view = pd.ArrowDtype(pa.string_view())
    frame = pd.DataFrame({"record_id": pd.array(["A1", "A2"], dtype=view),
                          "channel": "110", "reported_at": ["2024-03-05", "昨天"]})  # fmt: skip
    tables = from_frames(frame, None, CHANNELS)
    assert list(tables.records["record_id"]) == ["A1"]
    assert list(tables.quarantine["content"]) == ["A2"]


def test_a_narrow_float_is_the_number_it_holds() -> None:
    """In an object column as in one of its own: 7 is no other record than 7.0."""
    narrow = [np.float32(7), np.float16(7.5), np.float64(7), np.float32(2**24), 7.0]
    assert list(texts(pd.Series(narrow, dtype="object"))) == [
        "7", "7.5", "7", "1.67772160000000e+07", "7"
    ]  # fmt: skip


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
