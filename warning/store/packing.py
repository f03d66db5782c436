"""What a stage computed as bytes and back, exactly: frames in Arrow's format in one archive."""

import io
import json
import zipfile
from dataclasses import fields, is_dataclass
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from warning.patches import Patch

Stage = TypeVar("Stage")

#: Name of the single frame of a stage that is no dataclass.
WHOLE = "frame"
#: Of what is packed: bytes of another format are not read.
FORMAT = "arrow, with its digest"
#: Which of a frame's columns are kept as JSON.
OBJECTS = b"objects"
COMPRESSED = pa.ipc.IpcWriteOptions(compression="zstd")


def pack(value: Any) -> bytes:
    """A frame, or a dataclass of frames, of frames, patches or file contents by name, and of counts.

    Object columns (lists and mappings) are kept as JSON.
    """
    parts = {field.name: getattr(value, field.name) for field in fields(value)} if (
        is_dataclass(value)
    ) else {WHOLE: value}  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:

        def put(name: str, content: bytes) -> None:
            # Without the time of packing: the same value is the same bytes.
            archive.writestr(zipfile.ZipInfo(name), content)

        for name, part in parts.items():
            if isinstance(part, pd.DataFrame):
                put(f"{name}.arrow", frame_bytes(part))
            elif part and all(isinstance(content, pd.DataFrame) for content in part.values()):
                for own, frame in part.items():
                    put(f"{name}/{own}.arrow", frame_bytes(frame))
            elif part and all(isinstance(content, Patch) for content in part.values()):
                for own, patch in part.items():
                    put(f"{name}/{own}.patch", pack(patch))
            elif part and all(isinstance(content, bytes) for content in part.values()):
                for file, content in part.items():
                    put(f"{name}/{file}", content)
            else:
                put(f"{name}.json", json.dumps(part, ensure_ascii=False).encode())
    return buffer.getvalue()


def unpack(content: bytes, kind: type[Stage]) -> Stage:
    """What :func:`pack` was given: an instance of the dataclass ``kind``, or a frame."""
    parts: dict[str, Any] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for item in archive.namelist():
            data = archive.read(item)
            name, slash, file = item.partition("/")
            if slash and file.endswith(".arrow"):
                parts.setdefault(name, {})[file.removesuffix(".arrow")] = frame_of(data)
            elif slash and file.endswith(".patch"):
                parts.setdefault(name, {})[file.removesuffix(".patch")] = unpack(data, Patch)
            elif slash:
                parts.setdefault(name, {})[file] = data
            elif item.endswith(".arrow"):
                parts[item.removesuffix(".arrow")] = frame_of(data)
            else:
                parts[item.removesuffix(".json")] = json.loads(data)
    if is_dataclass(kind):
        return kind(**parts)
    whole: Stage = parts[WHOLE]
    return whole


def frame_bytes(frame: pd.DataFrame) -> bytes:
    """A frame in Arrow's file format; object columns (lists and mappings) as JSON."""
    objects = [name for name in frame.columns if frame[name].dtype == object]
    plain = frame.assign(
        **{
            name: frame[name].map(
                lambda value: None if _missing(value) else json.dumps(value, ensure_ascii=False)
            )
            for name in objects
        }
    )
    table = pa.Table.from_pandas(plain)
    table = table.replace_schema_metadata({**table.schema.metadata, OBJECTS: json.dumps(objects)})
    buffer = pa.BufferOutputStream()
    with pa.ipc.new_file(buffer, table.schema, options=COMPRESSED) as file:
        file.write_table(table)
    return bytes(buffer.getvalue())


def frame_of(content: bytes) -> pd.DataFrame:
    """What :func:`frame_bytes` was given."""
    table = pa.ipc.open_file(pa.BufferReader(content)).read_all()
    table.validate(full=True)  # a changed byte is told, not followed out of bounds
    frame: pd.DataFrame = table.to_pandas()
    for name in json.loads(table.schema.metadata[OBJECTS]):
        values = [None if _missing(text) else json.loads(text) for text in frame[name]]
        frame[name] = pd.Series(values, index=frame.index, dtype="object")
    return frame


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)
