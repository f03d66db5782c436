"""Files made to do harm: refused before they are read or unpacked."""

import zipfile
from pathlib import Path
from xml.parsers import expat

from warning.errors import DataError, Problem
from warning.language import say

#: A file that unpacks to more bytes than this is refused.
UNPACKED_LIMIT = 2_000_000_000
#: A row with a cell of more characters than this is set aside.
CELL_LIMIT = 16_000_000  # [D] assumption: no report of an incident is that long
#: Packed this much tighter than a table ever is, and large, it is a bomb.
RATIO_LIMIT, RATIO_FROM = 300, 50_000_000
#: A cell of a frame holds at least a pointer.
POINTER = 8
#: What a sheet can have; a header of more columns is no table's.
SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
#: Characters that a cell of a sheet can have. One text may stand in a million cells and be packed once.
SHEET_CELL = 32_767
#: Where in an XML part a DOCTYPE could stand, for XML allows any comment before it.
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


def check_size(path: Path) -> None:
    """Refuse a file of more bytes than one may unpack to.

    Raises:
        DataError: it has more.
    """
    if path.stat().st_size > UNPACKED_LIMIT:
        raise _refused(path, say("文件过大", "too large"))


class Unpacked:
    """What a packed file turned out to hold so far, beside its size."""

    def __init__(self, path: Path) -> None:
        self._path, self._packed = path, max(path.stat().st_size, 1)
        self._size = 0

    def add(self, size: int) -> None:
        """Count some bytes more.

        Raises:
            DataError: it is more than a file may unpack to, or than a table of this size does.
        """
        self._size += size
        if self._size > UNPACKED_LIMIT or (
            self._size > RATIO_FROM and self._size > RATIO_LIMIT * self._packed
        ):
            raise _refused(self._path, say("解压后过大", "too large when unpacked"))


def check_workbook(path: Path, packed: zipfile.ZipFile) -> None:
    """Refuse a workbook that unpacks to too much, or whose XML declares entities.

    Raises:
        DataError: it does.
        errors.ARCHIVE_FAULTS: it is damaged, or none.
    """
    items = packed.infolist()
    Unpacked(path).add(sum(item.file_size for item in items))
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


def check_rows(path: Path, packed: zipfile.ZipFile, part: str) -> None:
    """Refuse a sheet whose rows or cells lie about where they stand.

    Readers trust those numbers: a row told twice would be lost, one far below would be filled up
    with empty ones.

    Args:
        path: of the workbook.
        packed: the workbook, which :func:`check_workbook` let pass.
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
    with packed.open(part) as sheet:
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


def _refused(path: Path, found: str) -> DataError:
    return DataError(
        Problem(
            str(path),
            found,
            say(f"不超过 {UNPACKED_LIMIT} 字节，也不超过文件的 {RATIO_LIMIT} 倍",
                f"at most {UNPACKED_LIMIT} bytes, and {RATIO_LIMIT} times the file"),
            say("分成几个文件", "split it into several files"),
            "too_large",
        )
    )  # fmt: skip
