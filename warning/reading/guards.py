"""Files made to do harm: refused before they are read or unpacked."""

import zipfile
from pathlib import Path

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
        zipfile.BadZipFile: it is none.
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
                                )
                            )
                        tail = chunk[-32:]


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
        )
    )
