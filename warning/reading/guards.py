"""Files made to do harm: refused before they are read or unpacked."""

import zipfile
from pathlib import Path
from xml.parsers import expat

import pyarrow as pa
import pyarrow.parquet

from warning.errors import DataError, Problem
from warning.language import say

#: A file that unpacks to more bytes than this is refused.
UNPACKED_LIMIT = 2_000_000_000
#: A row with a cell of more characters than this is set aside.
CELL_LIMIT = 16_000_000  # [D] assumption: no report of an incident is that long
#: Packed this much tighter than a table ever is, and large, it is a bomb.
RATIO_LIMIT, RATIO_FROM = 300, 50_000_000
#: Rows of a Parquet file that are decoded before their size is looked at again.
BATCH = 2_000
#: What a sheet can have.
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
#: Where in an XML part a DOCTYPE could stand, for XML allows any comment before it.
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def check_size(path: Path) -> None:
    """Refuse a file of more bytes than one may unpack to.

    Raises:
        DataError: it has more.
    """
    if path.stat().st_size > UNPACKED_LIMIT:
        raise _refused(path, say("文件过大", "too large"))


def check_workbook(path: Path) -> None:
    """Refuse a workbook that unpacks to too much, or whose XML declares entities.

    Raises:
        DataError: it does.
        errors.ARCHIVE_FAULTS: it is damaged, or none.
    """
    with zipfile.ZipFile(path) as packed:
        items = packed.infolist()
        size = sum(item.file_size for item in items)
        if size > UNPACKED_LIMIT or (
            size > RATIO_FROM and size > RATIO_LIMIT * max(path.stat().st_size, 1)
        ):
            raise _refused(path, say("解压后过大", "too large when unpacked"))
        for item in items:
            if item.filename.endswith((".xml", ".rels", ".vml")):
                with packed.open(item) as part:
                    # No part of a workbook has a DOCTYPE, and text cells write < as &lt;: it is
                    # looked for in the whole part, across the edges of what is read at once.
                    tail = b""
                    while chunk := part.read(1 << 20):
                        if any(mark in tail + chunk for mark in DOCTYPES):
                            raise DataError(
                                Problem(
                                    str(path),
                                    say("含有 DOCTYPE 声明", "holds a DOCTYPE"),
                                    say("普通的 XLSX", "a plain XLSX"),
                                    code="doctype",
                                )
                            )
                        tail = chunk[-32:]


def check_rows(path: Path, part: str) -> None:
    """Refuse a sheet whose rows or cells lie about where they stand.

    Readers trust those numbers: a row told twice would be lost, one far below would be filled up
    with empty ones.

    Args:
        path: a workbook that :func:`check_workbook` let pass.
        part: the sheet's name inside it.

    Raises:
        DataError: a row or cell that is out of order, told twice, or outside any sheet.
        zipfile.BadZipFile, xml.parsers.expat.ExpatError: no sheet.
    """
    row = column = 0

    def start(tag: str, told: dict[str, str]) -> None:
        nonlocal row, column
        place = told.get("r")
        if tag.endswith("}row"):
            before, row, column = row, row + 1 if place is None else _whole(place), 0
            if not before < row <= SHEET_ROWS:
                raise _misplaced(path, f"<row r={place!r}>", before)
        elif tag.endswith("}c"):
            before, column = column, column + 1 if place is None else _column(place, row)
            if not before < column <= SHEET_COLUMNS:
                raise _misplaced(path, f"<c r={place!r}>", row)

    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = start
    with zipfile.ZipFile(path) as packed, packed.open(part) as sheet:
        parser.ParseFile(sheet)


def _whole(told: str) -> int:
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0


def _column(told: str, row: int) -> int:
    """The column of a cell's name such as AB12; 0 where it names no cell of this row."""
    letters = told.rstrip("0123456789")
    if told[len(letters) :] != str(row) or not 0 < len(letters) <= 3:
        return 0
    if not (letters.isascii() and letters.isalpha() and letters.isupper()):
        return 0
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _misplaced(path: Path, found: str, line: int) -> DataError:
    return DataError(
        Problem(
            f"{path}:{line}",
            say(f"行号或列号不对：{found}", f"a row or cell out of place: {found}"),
            say("逐行、逐列递增", "rows and cells in order, each once"),
            say("用 Excel 或 WPS 打开后另存", "open it in a spreadsheet program and save it anew"),
            "misplaced",
        )
    )


def read_parquet(path: Path) -> pa.Table:
    """The table of a Parquet file, decoded piece by piece so that a bomb is noticed.

    Raises:
        DataError: it unpacks to too much.
    """
    file = pyarrow.parquet.ParquetFile(path)
    batches, size = [], 0
    for batch in file.iter_batches(batch_size=BATCH):
        size += batch.nbytes
        if size > UNPACKED_LIMIT:
            raise _refused(path, say("解压后过大", "too large when unpacked"))
        batches.append(batch)
    return pa.Table.from_batches(batches, schema=file.schema_arrow)


def _refused(path: Path, found: str) -> DataError:
    return DataError(
        Problem(
            str(path),
            found,
            f"≤ {UNPACKED_LIMIT} bytes",
            say("分成几个文件", "split it into several files"),
            "too_large",
        )
    )
