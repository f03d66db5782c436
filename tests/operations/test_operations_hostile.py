"""Input as an enemy: made-up bytes, bombs, entities, formulas, paths; nothing but words comes out.

Whatever is read, the answer is tables or a :class:`WarningError`, within its time and memory.
"""

import io
import time
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from tests.damage import damaged
from warning.errors import DataError, SettingsError
from warning.exporting import FORMULA_STARTS, without_formulas
from warning.matching.standardise.addresses.parsing import parse
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.phones import phones
from warning.reading import guards, read_records
from warning.reading.files import read_tables
from warning.reading.text_files import read_csv
from warning.scoring.facts import record_facts
from warning.settings import load_settings
from warning.settings.base import read_yaml
from warning.settings.schedule import ScheduleSettings

CLOCK = pd.Timestamp("2025-01-01")
FUZZ = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXT = st.text(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from("0123456789号楼单元室路街村组栋层X*-、，（")
    ),
    max_size=80,
)


def workbook() -> bytes:
    """A good workbook."""
    book = openpyxl.Workbook()
    book.worksheets[0].append(["record_id", "channel", "reported_at"])
    book.worksheets[0].append(["A1", "110", "2024-01-01 10:00:00"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(change: dict[str, bytes]) -> bytes:
    """The workbook with some parts replaced."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            target.writestr(name, change.get(name, source.read(name)))
    return buffer.getvalue()


def parquet() -> bytes:
    """A good Parquet file."""
    buffer = io.BytesIO()
    pd.DataFrame({"record_id": ["A1"], "channel": "110", "reported_at": "2024-01-01"}).to_parquet(
        buffer
    )
    return buffer.getvalue()


@FUZZ
@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_refused(content: bytes) -> None:
    """A CSV of any bytes: rows of the header's width, or words."""
    try:
        table = read_csv(content, "a.csv")
    except DataError:
        return
    assert len(table.frame) == len(table.lines)


PLACE = st.floats(0, 0.999)


@FUZZ
@given(
    st.sampled_from(["xlsx", "parquet"]),
    st.lists(st.tuples(PLACE, st.integers(0, 255)), min_size=1, max_size=4),
    st.floats(0.5, 1),
)
def test_a_changed_file_is_a_table_or_refused(
    suffix: str, changes: list[tuple[float, int]], cut: float
) -> None:
    """A workbook and a Parquet file with bytes changed, or cut."""
    import tempfile

    content = bytearray(workbook() if suffix == "xlsx" else parquet())
    for place, byte in changes:
        content[int(place * len(content))] = byte
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / f"a.{suffix}"
        path.write_bytes(bytes(content[: int(cut * len(content))]))
        try:
            read_records([path], load_settings().channels, clock=CLOCK)
        except DataError as error:
            assert "a." in str(error)


@pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
def test_no_changed_byte_of_a_file_is_taken_for_a_bug(tmp_path: Path, suffix: str) -> None:
    """One byte changed anywhere: a table, or the file is refused in words."""
    refused = 0
    for content in damaged(workbook() if suffix == "xlsx" else parquet(), 300):
        (tmp_path / f"a.{suffix}").write_bytes(content)
        try:
            read_tables(tmp_path / f"a.{suffix}")
        except DataError:
            refused += 1
    assert refused > 50


@FUZZ
@given(TEXT, TEXT, TEXT, TEXT)
def test_any_text_is_parsed(address: str, number: str, phone: str, narrative: str) -> None:
    """Addresses, numbers, phones, narratives of any letters give a row each, and no exception."""
    assert len(parse(pd.Series([address], dtype="str"))) == 1
    assert len(identifiers(pd.Series([number], dtype="str"))) == 1
    assert len(phones(pd.Series([phone], dtype="str"))) == 1
    from warning.matching.vocabulary import with_codes
    from warning.reading import from_frames

    records = pd.DataFrame(
        {"record_id": ["1"], "channel": "110", "reported_at": "2024-01-01",
         "narrative": [narrative], "address": [address]}
    )  # fmt: skip
    chosen = load_settings()
    tables = from_frames(records, None, chosen.channels, CLOCK)
    coded, _ = with_codes(tables.records, tables.parties, chosen)
    assert len(record_facts(coded, chosen)) == len(tables.records)


@FUZZ
@given(st.text(max_size=200))
def test_any_configuration_is_read_or_refused(text: str) -> None:
    """YAML of any letters: settings, or problems that name the file."""
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "schedule.yaml"
        path.write_text(text, encoding="utf-8", newline="")
        model, problems = read_yaml(path, ScheduleSettings)
    assert (model is None) == bool(problems)
    assert all("schedule.yaml" in problem.where for problem in problems)


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x, x, x, x, x, x, x, x, x]\n"
        + "".join(f"{n}: &{n} [{', '.join(['*' + m] * 9)}]\n" for m, n in zip("abcdefgh", "bcdefghi", strict=True)),
        "hour: &a [*a]\n",
        "hour: !!python/object/apply:os.system ['touch hacked']\n",
    ],
    ids=["aliases of aliases", "a loop", "a tag"],
)  # fmt: skip
def test_a_configuration_made_to_do_harm_is_refused(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused in words, within a second or so, and nothing of it is run."""
    monkeypatch.chdir(tmp_path)
    Path("schedule.yaml").write_text(text)
    began = time.process_time()
    with pytest.raises(SettingsError, match=r"schedule\.yaml"):
        load_settings(".")
    assert time.process_time() - began < 10
    assert not Path("hacked").exists()


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    """Sixty megabytes of one letter in a small file are not unpacked."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked({"xl/worksheets/sheet1.xml": b" " * 60_000_000}))
    assert path.stat().st_size < 200_000
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(path)


def sheet_of_the_workbook() -> str:
    """The XML of its sheet: one header, one row."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as packed:
        return packed.read("xl/worksheets/sheet1.xml").decode()


def with_sheet(path: Path, change: tuple[str, str]) -> Path:
    """The workbook with a piece of its sheet replaced; the piece must be there."""
    sheet = sheet_of_the_workbook()
    assert change[0] in sheet
    path.write_bytes(repacked({"xl/worksheets/sheet1.xml": sheet.replace(*change).encode()}))
    return path


@pytest.mark.parametrize(
    "change",
    [
        ('ref="A1:C2"', 'ref="A1:A1"'),
        ('ref="A1:C2"', 'ref="A1:XFD1048576"'),
        ('<dimension ref="A1:C2"/>', ""),
        ('<row r="2"><c r="A2"', "<row><c"),
    ],
)  # fmt: skip
def test_a_sheet_that_lies_about_its_size_is_read_whole(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    """What stands in the sheet counts, not what it tells of its size."""
    path = with_sheet(tmp_path / "a.xlsx", change)
    found = read_tables(path)[0]
    assert found.frame["record_id"].iloc[0] == "A1"
    assert list(found.frame) == ["record_id", "channel", "reported_at"]


def test_a_value_at_the_end_of_the_sheet_costs_its_row_alone(tmp_path: Path) -> None:
    """Far beyond the header, in the last column that a sheet can have."""
    change = ('<c r="C2"', '<c r="XFD2"><v>1</v></c></row><row r="3"><c r="C3"')
    found = read_tables(with_sheet(tmp_path / "a.xlsx", change))[0]
    assert [line for line, _ in found.bad] == [2]
    assert list(found.lines) == [3]
    assert list(found.frame) == ["record_id", "channel", "reported_at"]


def test_an_empty_million_rows_cost_nothing(tmp_path: Path) -> None:
    """A row at the end of the sheet is read with its line, without the empty ones before it."""
    sheet = sheet_of_the_workbook()
    for column in "ABC":
        sheet = sheet.replace(f'r="{column}2"', f'r="{column}1048576"')
    path = tmp_path / "a.xlsx"
    path.write_bytes(
        repacked({"xl/worksheets/sheet1.xml": sheet.replace('r="2"', 'r="1048576"').encode()})
    )
    found = read_tables(path)[0]
    assert found.lines.tolist() == [1_048_576]
    assert found.frame["record_id"].tolist() == ["A1"]


@pytest.mark.parametrize(
    "change",
    [
        ('<row r="2"', '<row r="1"'),
        ('<row r="2"', '<row r="-5"'),
        ('<row r="2"', '<row r="1048577"'),
        ('<row r="2"', '<row r="99999999999999999999"'),
        ('<row r="2"', '<row r="2.5"'),
        ('r="C2"', 'r="B2"'),
        ('r="C2"', 'r="C9"'),
        ('r="C2"', 'r="XFE2"'),
        ('r="C2"', 'r="2"'),
    ],
)  # fmt: skip
def test_a_row_out_of_place_is_refused(tmp_path: Path, change: tuple[str, str]) -> None:
    """A row or cell told twice would be lost, one too far filled up: the file is refused."""
    with pytest.raises(DataError, match="out of place"):
        read_tables(with_sheet(tmp_path / "a.xlsx", change))


@pytest.mark.parametrize(
    "change",
    [
        ("</sheetData>", ""),
        ('r="C2"', 'r="C2" s="x"'),
        ('r="C2" t="inlineStr"', 'r="C2" t="s"><v>77</v></c><c r="D2"'),
        ('r="C2" t="inlineStr"', 'r="C2" t="b"><v>z</v></c><c r="D2"'),
        ('r="C2" t="inlineStr"', 'r="C2"><v>zz</v></c><c r="D2"'),
        ('<sheetView workbookViewId="0">', '<sheetView workbookViewId="x" foo="1">'),
    ],
)  # fmt: skip
def test_a_workbook_broken_within_is_refused_in_words(
    tmp_path: Path, change: tuple[str, str]
) -> None:
    """Whatever the library makes of it."""
    with pytest.raises(DataError, match="damaged"):
        read_tables(with_sheet(tmp_path / "a.xlsx", change))


def test_a_parquet_file_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One long text, told once and repeated, is noticed before all of it is decoded."""
    monkeypatch.setattr(guards, "UNPACKED_LIMIT", 50_000_000)
    path = tmp_path / "a.parquet"
    codes = pa.array(np.zeros(100_000, dtype="int32"))
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["吵" * 5_000]))
    pq.write_table(pa.table({"narrative": column}), path, store_schema=False)
    assert path.stat().st_size < 200_000
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(path)


def test_a_text_that_a_parquet_file_tells_once_is_measured_before_it_is_decoded(
    tmp_path: Path,
) -> None:
    """Not even the rows that are decoded together would fit: they stay undecoded."""
    path = tmp_path / "a.parquet"
    codes = pa.array(np.zeros(1_900, dtype="int32"))
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["a" * 1_000_000]))
    pq.write_table(pa.table({"narrative": column}), path, store_schema=False)
    assert path.stat().st_size < 200_000
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(path)
    assert pa.default_memory_pool().max_memory() < 500_000_000


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"])
def test_a_parquet_file_in_any_encoding_is_measured(tmp_path: Path, encoding: str) -> None:
    """One that tells a text by what it shares with the one before is a bomb, too."""
    for text, rows in (("a", 40), ("a" * 500_000, 160)):
        pq.write_table(
            pa.table({"narrative": [text] * rows}), tmp_path / f"{rows}.parquet",
            use_dictionary=False, column_encoding={"narrative": encoding}, compression="zstd",
        )  # fmt: skip
    assert read_tables(tmp_path / "40.parquet")[0].frame["narrative"].tolist() == ["a"] * 40
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(tmp_path / "160.parquet")


def shared_text(path: Path, text: str, rows: int) -> Path:
    """A workbook of so many rows, each with the same shared text; the last row has another."""
    cells = "".join(
        f'<row r="{row}"><c r="A{row}"><v>{row}</v></c><c r="B{row}" t="s"><v>0</v></c></row>'
        for row in range(3, rows + 3)
    )
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    relation = (
        '<Relationship Id="rId99" Target="/xl/sharedStrings.xml" Type="http://schemas.openxmlformats'
        '.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
    )
    buffer = io.BytesIO(workbook())
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "xl/sharedStrings.xml",
            '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            f"<si><t>{text}</t></si></sst>",
        )
        changed = {
            "[Content_Types].xml": (
                "</Types>",
                f'<Override PartName="/xl/sharedStrings.xml" ContentType="{types}"/></Types>',
            ),
            "xl/_rels/workbook.xml.rels": ("</Relationships>", relation),
            "xl/worksheets/sheet1.xml": ("</sheetData>", f"{cells}</sheetData>"),
        }
        parts = {name: packed.read(name).decode() for name in packed.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            old, new = changed.get(name, ("", ""))
            assert old in content
            packed.writestr(name, content.replace(old, new) if old else content)
    return path


def test_a_cell_longer_than_a_sheet_holds_costs_its_row_alone(tmp_path: Path) -> None:
    """A text told once in the file and referred to by many rows is put into no frame."""
    found = read_tables(shared_text(tmp_path / "a.xlsx", "a" * 32_768, 40))[0]
    assert found.frame["record_id"].tolist() == ["A1"]
    assert [line for line, _ in found.bad] == list(range(3, 43))
    assert all("32767" in reason for _, reason in found.bad)


def test_texts_that_many_cells_share_are_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is short enough; together they are more than the file unpacks to."""
    path = shared_text(tmp_path / "a.xlsx", "a" * 30_000, 100)
    assert len(read_tables(path)[0].frame) == 101
    monkeypatch.setattr(guards, "RATIO_FROM", 1_000_000)
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(path)


def wide_sheet(path: Path, rows: int, header: str = "") -> Path:
    """A workbook whose further rows hold one value, in the last column that a sheet can have."""
    far = "".join(
        f'<row r="{row}"><c r="XFD{row}"><v>1</v></c></row>' for row in range(3, rows + 3)
    )
    sheet = sheet_of_the_workbook().replace("</sheetData>", f"{far}</sheetData>")
    sheet = sheet.replace("</row>", f"{header}</row>", 1)
    path.write_bytes(repacked({"xl/worksheets/sheet1.xml": sheet.encode()}))
    return path


def test_values_far_beyond_the_header_cost_no_more_than_others(tmp_path: Path) -> None:
    """Rows are not filled up to their last value: thousands of them would hang."""
    began = time.process_time()
    found = read_tables(wide_sheet(tmp_path / "a.xlsx", 2_000))[0]
    assert time.process_time() - began < 5
    assert list(found.frame) == ["record_id", "channel", "reported_at"]
    assert len(found.frame) == 2_001
    assert len(found.notes) == 1
    assert "16384" in found.notes[0]


def test_a_wide_header_over_nearly_empty_rows_is_refused(tmp_path: Path) -> None:
    """A frame of them would be many times what the file holds."""
    name = '<c r="{0}1" t="inlineStr"><is><t>{0}</t></is></c>'
    header = "".join(
        name.format(get_column_letter(column)) for column in range(4, guards.SHEET_COLUMNS + 1)
    )
    with pytest.raises(DataError, match="too large when unpacked"):
        read_tables(wide_sheet(tmp_path / "a.xlsx", 500, header))


@pytest.mark.parametrize("separator", ["\n", ""])
def test_a_first_line_that_is_no_header_is_refused_at_once(separator: str) -> None:
    """JSON saved as CSV: the names of its people are not shown."""
    row = '{"报警人": "张三", "电话": "13900001111"}' + separator
    began = time.process_time()
    with pytest.raises(DataError) as caught:
        read_csv(f"[{', '.join([row.strip()] * 20_000)}]{separator}".encode(), "a.csv")
    assert time.process_time() - began < 5
    assert "40000 columns" in str(caught.value)
    assert "张三" not in str(caught.value)


def test_a_refused_header_is_shown_in_part() -> None:
    """Ten names that stand twice, each cut short."""
    names = [f"{number:02}{'张三' * 100}" for number in range(50)]
    with pytest.raises(DataError, match="columns named twice") as caught:
        read_csv((",".join(names * 2) + "\n").encode(), "a.csv")
    assert [f"{number:02}张" in str(caught.value) for number in (0, 9, 10)] == [True, True, False]
    assert "张三" * 21 not in str(caught.value)


@pytest.mark.parametrize("before", [b"", b"<!--" + b"x" * 9_000 + b"-->"])
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "[Content_Types].xml"]
)
def test_a_workbook_with_entities_is_refused(tmp_path: Path, part: str, before: bytes) -> None:
    """An external entity, wherever in a part it is declared, is not read."""
    secret = tmp_path / "secret.txt"
    secret.write_text("geheim")
    evil = (
        b'<?xml version="1.0"?>' + before + b'<!DOCTYPE x [<!ENTITY e SYSTEM "file://'
        + str(secret).encode() + b'">]><x>&e;</x>'
    )  # fmt: skip
    path = tmp_path / "a.xlsx"
    path.write_bytes(repacked({part: evil}))
    with pytest.raises(DataError, match="DOCTYPE") as caught:
        read_tables(path)
    assert "geheim" not in str(caught.value)


@FUZZ
@given(
    st.lists(st.one_of(TEXT, st.sampled_from(["=1+1", "+x", "-x", "@x", "\t=1", "\r=1", "＝1"])))
)
def test_no_exported_cell_is_a_formula(values: list[str]) -> None:
    """No text cell of a CSV begins like a formula, full-width signs among them; nothing is lost."""
    frame = pd.DataFrame({"a": pd.Series(values, dtype="str")})
    safe = without_formulas(frame)["a"]
    assert not safe.str.startswith(FORMULA_STARTS).fillna(False).any()
    assert [text.removeprefix("'") for text in safe] == [text.removeprefix("'") for text in values]


def test_a_documents_name_leads_nowhere_else(tmp_path: Path) -> None:
    """A document whose stored name is a path out of the directory is not written there."""
    from sqlalchemy import insert

    from warning.reporting import write_documents
    from warning.store import Store
    from warning.store.tables import documents

    with Store.open(f"sqlite:///{tmp_path / 'w.db'}") as store:
        with store.writing() as connection:
            for name in ("../../out.docx", "/tmp/out-of-all.docx", "good.docx"):
                connection.execute(insert(documents).values(name=name, content=b"x"))
        write_documents(store, tmp_path / "a" / "b")
    written = [path.relative_to(tmp_path) for path in tmp_path.rglob("*.docx")]
    assert all(path.parts[:3] == ("a", "b", "documents") for path in written)
    assert not Path("/tmp/out-of-all.docx").exists()
