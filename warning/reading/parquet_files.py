"""A Parquet file, measured before it is decoded: a text told once may stand in every row."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from warning.language import say
from warning.reading.guards import POINTER, Unpacked
from warning.reading.raw import RawTable, check_header, named, shown

#: Rows that are decoded before their size is looked at again.
BATCH = 2_000
#: Rows of which texts are measured together: each distinct one is decoded once.
MEASURED = 65_536
#: Texts in another encoding may share with the one before, and be long from the first: few at a time.
MEASURED_PLAIN = 16
#: The encodings that can be measured by their distinct texts.
BY_DICTIONARY = {"PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "RLE", "BIT_PACKED"}
#: Columns that the note of those not read names.
COLUMNS_SHOWN = 10


def read_parquet(path: Path) -> list[RawTable]:
    """The table of a Parquet file; columns of lists or structures are not read, and a note says so.

    Raises:
        DataError: it unpacks to too much, a column is named twice, or there are too many.
        pyarrow.ArrowException, OSError: it is damaged, or none.
    """
    where, notes = named(path), list[str]()
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        check_header(names, where)
        flat = _measure(path, file)
        read = set(flat)
        batches, unpacked = list[pa.RecordBatch](), Unpacked(path)
        for batch in file.iter_batches(batch_size=BATCH, columns=flat):
            unpacked.add(batch.nbytes)
            batches.append(batch)
        schema = pa.schema([file.schema_arrow.field(name) for name in names if name in read])
        index = _counting_index(file.schema_arrow, file.metadata.num_rows)
    if others := [name for name in names if name not in read]:
        listed = shown(others, COLUMNS_SHOWN)
        notes.append(say(f"{where}：含列表或结构的列没有读入：{listed}",
                         f"{where}: columns of lists or structures were not read: {listed}"))  # fmt: skip
    table = pa.Table.from_batches(batches, schema=schema)
    # Whole numbers beside an empty cell stay whole: as floats long ids would lose their last digits.
    # What pandas notes in a file would make an index of some of its columns.
    frame = table.to_pandas(integer_object_nulls=True, ignore_metadata=True)
    if index is not None:
        frame.insert(0, index.name, index.to_numpy())
    return [RawTable(where, frame, np.arange(1, len(frame) + 1), notes=notes)]


def _counting_index(schema: pa.Schema, rows: int) -> pd.RangeIndex | None:
    """The index of pandas that counts and has a name: pandas notes it in the file, and no column.

    None where there is no such, or what is noted is not of these rows.
    """
    try:
        [about] = schema.pandas_metadata["index_columns"]
        name = about["name"]
        index = pd.RangeIndex(about["start"], about["stop"], about["step"], name=name)
        fits = isinstance(name, str) and name not in schema.names and len(index) == rows
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    return index if fits else None


def _measure(path: Path, file: pq.ParquetFile) -> list[str]:
    """The names of the columns that hold one value a row, which together are not too large.

    Raises:
        DataError: they are.
    """
    schema, about, names = file.schema, file.metadata, set(file.schema_arrow.names)
    columns = [schema.column(at) for at in range(len(schema))]
    flat = {
        at: one.path for at, one in enumerate(columns)
        if one.path in names and one.max_repetition_level == 0 and one.max_definition_level <= 1
    }  # fmt: skip
    widths = sum(max(columns[at].length, POINTER) for at in flat)
    groups = [about.row_group(at) for at in range(about.num_row_groups)]
    told = sum(group.column(at).total_uncompressed_size for group in groups for at in flat)
    for size in (told, widths * about.num_rows):
        Unpacked(path).add(size)
    texts = {at: name for at, name in flat.items() if columns[at].physical_type == "BYTE_ARRAY"}
    unpacked = Unpacked(path)
    distinct = {
        name
        for at, name in texts.items()
        if all(BY_DICTIONARY.issuperset(group.column(at).encodings) for group in groups)
    }
    with pq.ParquetFile(path, read_dictionary=list(distinct)) as measured:
        for name in texts.values():
            rows = MEASURED if name in distinct else MEASURED_PLAIN
            # One column is no work for threads, and waking them costs more than a few texts.
            for batch in measured.iter_batches(rows, columns=[name], use_threads=False):
                unpacked.add(_text_size(batch.column(0)))
    return list(flat.values())


def _text_size(column: pa.Array) -> int:
    """Bytes of the texts of a column when each stands in its row."""
    if not isinstance(column, pa.DictionaryArray):
        return int(column.nbytes)
    lengths = pc.binary_length(column.dictionary).cast("int64").take(column.indices)
    return pc.sum(lengths).as_py() or 0
