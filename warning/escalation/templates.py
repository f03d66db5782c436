"""Word templates with ``{{name}}`` in them, read once and filled by putting text in place.

A template is a .docx that an office may edit in Word. Nothing in it is evaluated: a name stands
for a text, for several paragraphs (a list), or for a table's rows (``{{rows.column}}``), and that
is all. Texts are escaped, so that data can break neither the document nor the template.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from warning.errors import ARCHIVE_FAULTS, Problem, SettingsError
from warning.language import say
from warning.spelling import CONTROL

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_.]+)\s*\}\}")
#: Parts whose text may hold names.
PARTS = re.compile(r"word/(document|header\d*|footer\d*)\.xml")
PIECE = re.compile(r"<\?each (\w+)\?>(.*?)<\?end\s*\?>|\{\{([\w.]+)\}\}", re.DOTALL)
#: A row of a table.
ROW = re.compile(rb"<w:tr[ >].*?</w:tr>", re.DOTALL)
#: Larger than any sensible template; refused rather than unpacked.
MOST_BYTES = 20_000_000

Rows = Sequence[Mapping[str, str]]
Value = str | Sequence[str] | Rows


@dataclass(frozen=True)
class Names:
    """What a template may name: texts, lists of paragraphs, tables with their columns."""

    texts: frozenset[str]
    lists: frozenset[str]
    tables: Mapping[str, frozenset[str]]

    def knows(self, name: str) -> bool:
        """Whether ``name`` is one of them."""
        table, _, column = name.partition(".")
        return name in self.texts | self.lists or column in self.tables.get(table, frozenset())

    def __hash__(self) -> int:
        return hash((self.texts, self.lists, tuple(sorted(self.tables))))


@dataclass(frozen=True)
class Template:
    """A template as read: each part is its bytes, or pieces of text between names."""

    parts: tuple[tuple[str, bytes | tuple[Any, ...]], ...]

    def fill(self, values: Mapping[str, Value]) -> bytes:
        """The document. The same values give the same bytes.

        Args:
            values: name → text, paragraphs or rows; a name that is absent is empty.
        """
        return _zipped(
            (name, part if isinstance(part, bytes) else _filled(part, values).encode())
            for name, part in self.parts
        )


def _zipped(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """A file of Word from its parts, without the time of writing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts:
            target.writestr(
                zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED
            )
    return buffer.getvalue()


def with_text(document: bytes, before: bytes, after: bytes) -> bytes:
    """A document that was filled, with one text of it put in the place of another.

    Args:
        document: of :meth:`Template.fill`.
        before: what stands there, as UTF-8 that needs no escaping.
        after: what is to stand there, likewise.
    """
    return _changed(document, lambda content: content.replace(before, after))


def with_rows(document: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """A document that was filled, with the rows of its tables changed.

    Args:
        document: of :meth:`Template.fill`.
        change: a row as XML in UTF-8 → what is to stand there.
    """
    return _changed(document, lambda content: ROW.sub(lambda row: change(row[0]), content))


def _changed(document: bytes, change: Callable[[bytes], bytes]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(document)) as source:
        parts = [(name, source.read(name)) for name in source.namelist()]
    return _zipped(
        (name, change(content) if PARTS.fullmatch(name) else content) for name, content in parts
    )


def clean(text: object) -> str:
    """Text as XML can hold it: escaped, without control characters, in one line."""
    return escape(CONTROL.sub("", str(text)).replace("\r", " ").replace("\n", " "))


@lru_cache(maxsize=16)
def read_template(path: Path, names: Names, changed: float) -> Template:
    """Read a template once; ``changed`` (its modification time) makes an edited one be read anew.

    Raises:
        SettingsError: it is no Word document, or names what does not exist.
    """
    del changed
    parts: list[tuple[str, bytes | tuple[Any, ...]]] = []
    unknown: set[str] = set()
    try:
        with zipfile.ZipFile(path) as source:
            if sum(item.file_size for item in source.infolist()) > MOST_BYTES:
                raise ValueError(MOST_BYTES)
            for item in source.infolist():
                content = source.read(item)
                if PARTS.fullmatch(item.filename):
                    pieces, others = _compiled(content, names)
                    unknown |= others
                    parts.append((item.filename, pieces))
                else:
                    parts.append((item.filename, content))
    except (OSError, *ARCHIVE_FAULTS, etree.XMLSyntaxError) as error:
        raise SettingsError(
            Problem(
                str(path),
                say(f"不是可用的 Word 模板（{error}）", f"no usable Word template ({error})"),
                ".docx",
                say("恢复自带的模板后再改", "restore the packaged template and edit it again"),
            )
        ) from error
    if unknown:
        columns = {f"{table}.{name}" for table, found in names.tables.items() for name in found}
        raise SettingsError(
            Problem(
                str(path),
                say("模板中有未知的名称：", "unknown names in the template: ")
                + ", ".join(sorted(unknown)),
                ", ".join(sorted(names.texts | names.lists | columns)),
                say("改正名称", "correct the names"),
            )
        )
    return Template(tuple(parts))


def _compiled(content: bytes, names: Names) -> tuple[tuple[Any, ...], set[str]]:
    """The pieces of a part, and the names in it that nobody knows."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(content, parser)
    unknown: set[str] = set()
    for paragraph in list(root.iter(f"{W}p")):
        found = set(_joined(paragraph))
        unknown |= {name for name in found if not names.knows(name)}
        repeated = [name for name in found if name in names.lists]
        table = next((name.partition(".")[0] for name in found if "." in name), None)
        if table is not None:
            row = next(paragraph.iterancestors(f"{W}tr"), None)
            if row is None:
                unknown |= found
            else:
                _surround(row, table)
        elif repeated:
            _surround(paragraph, repeated[0])
    for scale in root.iter(f"{W}w"):
        run = next(scale.iterancestors(f"{W}r"))
        if "{{masthead}}" in "".join(node.text or "" for node in run.iter(f"{W}t")):
            scale.set(f"{W}val", "{{masthead_scale}}")
    text = etree.tostring(root, encoding="unicode")
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return tuple(_pieces(head + text)), unknown


def _joined(paragraph: Any) -> Iterator[str]:
    """The names in a paragraph; one that Word split over runs is put into the first of them."""
    texts = [
        node for node in paragraph.iter(f"{W}t")
        if next(node.iterancestors(f"{W}p")) is paragraph
    ]  # fmt: skip
    whole = "".join(node.text or "" for node in texts)
    for match in reversed(list(PLACEHOLDER.finditer(whole))):
        start, end, place = match.start(), match.end(), 0
        first = True
        for node in texts:
            text = node.text or ""
            low, high = max(start - place, 0), min(end - place, len(text))
            place += len(text)
            if low >= high:
                continue
            put = f"{{{{{match[1]}}}}}" if first else ""
            node.text = text[:low] + put + text[high:]
            node.set(SPACE, "preserve")
            first = False
        yield match[1]


def _surround(element: Any, name: str) -> None:
    before = element.getprevious()
    if before is not None and before.tag is etree.PI and before.target == "each":
        return
    element.addprevious(etree.ProcessingInstruction("each", name))
    tail, element.tail = element.tail, None
    element.addnext(etree.ProcessingInstruction("end"))
    element.getnext().tail = tail


def _pieces(text: str) -> Iterator[Any]:
    """Text, (name,) for a name, (name, pieces) for what is repeated."""
    place = 0
    for match in PIECE.finditer(text):
        yield text[place : match.start()]
        yield (match[3],) if match[3] else (match[1], tuple(_pieces(match[2])))
        place = match.end()
    yield text[place:]


def _filled(pieces: Sequence[Any], values: Mapping[str, Any]) -> str:
    written = []
    for piece in pieces:
        if isinstance(piece, str):
            written.append(piece)
        elif len(piece) == 1:
            written.append(clean(values.get(piece[0], "")))
        else:
            name, inner = piece
            for item in values.get(name, ()):
                own = (
                    {f"{name}.{column}": value for column, value in item.items()}
                    if isinstance(item, Mapping)
                    else {name: item}
                )
                written.append(_filled(inner, {**values, **own}))
    return "".join(written)
