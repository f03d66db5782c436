"""A CSV of unknown encoding → rows of text; a line that cannot be used costs itself alone."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

import numpy as np
import pandas as pd

from warning.errors import DataError
from warning.language import say
from warning.reading.guards import CELL_LIMIT
from warning.reading.quarantine import (
    byte_reason,
    long_reason,
    nul_reason,
    quote_reason,
)
from warning.reading.raw import (
    FIRST_ROWS,
    Head,
    RawTable,
    check_header,
    holds_value,
    named_width,
    nameless_notes,
    refusal,
)
from warning.reading.stray import without_stray

BOM = b"\xef\xbb\xbf"
#: What may stand between fields, and how it is told.
SEPARATORS = {",": ("逗号", "commas"), ";": ("分号", "semicolons"), "\t": ("制表符", "tabs"),
              "|": ("竖线", "vertical bars"), "，": ("全角逗号", "full-width commas")}  # fmt: skip
#: So many of another one in a header separate columns: records have three at least.
LEAST_SEPARATORS = 2
#: Bytes at a file's front by which UTF-16 is known.
FRONT = 1_000
#: After so many characters that quotes had swallowed the rest of a file is one line set aside.
MOST_READ_AGAIN = 10 * CELL_LIMIT
#: Signs that each system gives its own meaning; mostly what another encoding is as GB18030.
PRIVATE = re.compile("[\ue000-\uf8ff]")
#: What stands for a line that cannot be read: a sign that is no Chinese.
UNREAD = "\ufffd"
#: A whole field by which programs keep a spreadsheet from cutting a number's zeros: ="0012".
FORMULA = re.compile(r'="([^"]*)"')
HANZI = re.compile("[\u4e00-\u9fff]")
#: The share of the signs of GB 2312 from which on damaged GB18030 is surely Chinese, where each
#: damaged line counts as another sign: reports and names have .98; read so, Big5 has .3 and other
#: alphabets, of which hardly half of the lines can be read, .8.
SURELY_CHINESE = 0.85


def read_csv(content: bytes, where: str, delimiter: str = ",") -> RawTable:
    """Decode and split a CSV; what is set aside is named by its line.

    A line with a wrong number of fields, a stray value beyond the last column with a name, a quote
    that nothing closes, a byte that is no text, a NUL byte, or a cell of more than :data:`CELL_LIMIT`
    characters.

    Raises:
        DataError: undecidable encoding, another separator, no header or a bad one, no CSV.
    """
    text, encoding, damaged = decode(content, where)
    notes = [say(f"{where}：编码 {encoding}", f"{where}: encoding {encoding}")]
    header: list[str] | None = None
    rows: list[list[str]] = []
    lines: list[int] = []
    bad: list[tuple[int, str]] = []
    heads: list[Head] = []
    for line, row, reason in _split(text, where, delimiter):
        if damaged and not reason and _is_damaged(row):
            reason = byte_reason(encoding.removesuffix(" BOM"))
        if header is None:
            if reason:
                raise refusal(f"{where}:{line}", reason, code="header")
            _check_separator(row, where, delimiter)
            header = [name.strip() for name in _contents(row)]
            check_header(header, where)
            continue
        if len(heads) < FIRST_ROWS:
            heads.append(Head(line, frozenset(field.strip() for field in row)))
        if reason:
            bad.append((line, reason))
        elif len(row) != len(header):
            bad.append((line, say(f"有 {len(row)} 个字段；应与表头同为 {len(header)} 个；检查引号与逗号",
                        f"{len(row)} fields; expected: {len(header)} as in the header; check "
                        "quotes and commas")))  # fmt: skip
        elif "\x00" in "".join(row):
            bad.append((line, nul_reason()))
        else:
            rows.append(_contents(row))
            lines.append(line)
    if header is None:
        raise refusal(where, say("文件是空的", "the file is empty"),
                      say("有表头的 CSV", "a CSV with a header"), code="empty")  # fmt: skip
    nameless = [at for at, name in enumerate(header) if not name]
    held = [tuple(at for at in nameless if holds_value(row[at])) for row in rows]
    rows, lines, held, stray = without_stray(rows, lines, held, named_width(header))
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    data = {
        name: pd.Series(list(values), dtype="str")
        for name, values in zip(header, columns, strict=True)
        if name
    }
    notes += nameless_notes(where, header, held, lines)
    return RawTable(
        where, pd.DataFrame(data), np.array(lines, dtype="int64"), sorted(bad + stray), notes, heads
    )


def _contents(row: list[str]) -> list[str]:
    """The fields; of each that is :data:`FORMULA` what stands between its quotes."""
    if '="' not in "".join(row):
        return row
    found = (FORMULA.fullmatch(cell.strip()) for cell in row)
    return [whole[1] if whole else cell for whole, cell in zip(found, row, strict=True)]


def _check_separator(first: list[str], where: str, delimiter: str) -> None:
    """Refuse a first line that says ``sep=``, or that another sign separates into more columns.

    Raises:
        DataError: it is one.
    """
    line = "".join(first)
    count, other = max((line.count(sign), sign) for sign in SEPARATORS if sign != delimiter)
    if first[0].lower().startswith("sep="):
        found = say("首行是 sep=，不是表头", "the first line is sep=, and no header")
    elif count >= max(LEAST_SEPARATORS, named_width(first)):
        chinese, english = SEPARATORS[other]
        found = say(f"像是以{chinese}分隔", f"it seems to be separated by {english}")
    else:
        return
    raise refusal(
        where, found, say("逗号（.csv、.txt）或制表符（.tsv）", "commas (.csv, .txt) or tabs (.tsv)"),
        say("另存为 UTF-8、以逗号分隔、首行为表头的 CSV，或 XLSX",
            "save it as CSV in UTF-8 with commas and the header in its first line, or as XLSX"),
        "separator",
    )  # fmt: skip


class _Lines:
    """The physical lines of a text, one after the other; can go back to a row's second one."""

    def __init__(self, text: str) -> None:
        self._text, self._source = text, io.StringIO(text, newline="")
        self.number = 0  #: of the line that was read last, from 1
        self.ended = False
        self.begin()

    def begin(self) -> int:
        """A row begins with the next line; returns its number."""
        self._first = self.number + 1
        self._start = self._second = self._source.tell()
        return self._first

    @property
    def row(self) -> str:
        """What was read since the row began."""
        return self._text[self._start : self._source.tell()]

    def back(self) -> None:
        """The second line of the row is read again."""
        self._source.seek(self._second)
        self.number, self.ended = self._first, False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._source.readline()
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        if self.number == self._first:
            self._second = self._source.tell()
        return line


def _split(text: str, where: str, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Line number, fields, and why the line cannot be used ("" where it can); empty ones are none.

    A quote that nothing closes, or another row's quote, costs its line: the next ones are read as if
    it were not there. One that swallows more than a cell may hold costs what it swallowed until there.
    """
    csv.field_size_limit(CELL_LIMIT)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter)
    again = 0
    while True:
        start, row, reason = lines.begin(), list[str](), ""
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "field larger" not in str(error):
                raise refusal(f"{where}:{start}", str(error), say("有效的 CSV", "valid CSV"),
                              say("改正这一行", "correct this line"), "not_csv") from error  # fmt: skip
            reason = long_reason()
        if lines.ended or (
            lines.number > start and not reason and not _is_whole(lines.row, delimiter)
        ):
            again += len(lines.row)
            last = start if again <= MOST_READ_AGAIN else lines.number
            yield start, [], quote_reason(start, last)
            if last > start:
                return
            lines.back()
            reader = csv.reader(lines, delimiter=delimiter)
        elif row or reason:
            yield start, row, reason


def _is_whole(row: str, delimiter: str) -> bool:
    """Whether each quote of a row that goes over several lines is closed at its field's end."""
    try:
        list(csv.reader(io.StringIO(row, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def decode(content: bytes, where: str) -> tuple[str, str, bool]:
    """UTF-8 (with or without BOM), else GB18030; UTF-16 and anything else is undecidable.

    Returns:
        The text, the name of its encoding, and whether some lines are damaged: their bytes stand
        as lone surrogates.

    Raises:
        DataError: undecidable encoding.
    """
    if _is_utf16(content):
        raise undecidable(where, say("编码像是 UTF-16", "the encoding seems to be UTF-16"))
    name = "UTF-8 BOM" if content.startswith(BOM) else "UTF-8"
    try:
        return content.decode("utf-8-sig"), name, False
    except UnicodeDecodeError:
        if name == "UTF-8 BOM" or _is_mostly_utf8(content):
            return content.decode("utf-8-sig", "surrogateescape"), name, True
    text = _gb18030(content)
    if text is not None and not PRIVATE.search(text):
        return text, "GB18030", False
    if (text := _damaged_gb18030(content)) is not None:
        return text, "GB18030", _is_damaged([text])
    raise undecidable(where)


def undecidable(where: str, found: str = "") -> DataError:
    """The refusal of a file whose bytes are no text that can be read; ``found``: what they seem to be."""
    found = found or say("无法判断编码", "the encoding cannot be decided")
    return refusal(where, found, "UTF-8, GB18030",
                   say("另存为 UTF-8 的 CSV", "save it as CSV in UTF-8"), "encoding")  # fmt: skip


def _is_utf16(content: bytes) -> bool:
    """By its mark; without one, by a NUL beside a comma or figure, and what it says: plain signs."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    if b"\x00" not in content[:FRONT]:
        return False
    for half in ("utf-16-le", "utf-16-be"):
        text = content[:FRONT].decode(half, "ignore")
        plain = sum("\x00" < sign <= "\x7f" or _is_chinese(sign) for sign in text)
        if plain >= SURELY_CHINESE * max(len(text), 1):
            return True
    return False


def _gb18030(line: bytes) -> str | None:
    try:
        return line.decode("gb18030")
    except UnicodeDecodeError:
        return None


def _damaged_gb18030(content: bytes) -> str | None:
    """GB18030 with damaged lines, whose bytes stand as lone surrogates, or with private signs.

    None where it is surely no such: where not most of the lines that are not plain ASCII can be
    read, or what they say is not Chinese.
    """
    lines = content.splitlines(keepends=True)
    texts = [line.decode() if line.isascii() else _sound_gb18030(line) for line in lines]
    damaged = texts.count(None)
    if 2 * damaged >= sum(not line.isascii() for line in lines):
        return None
    told = PRIVATE.sub("", "".join(filter(None, texts)))
    if _chinese_share(told + damaged * UNREAD) < SURELY_CHINESE:
        return None
    return "".join(
        line.decode("ascii", "surrogateescape") if text is None else text
        for line, text in zip(lines, texts, strict=True)
    )


def _sound_gb18030(line: bytes) -> str | None:
    """A line that is not plain ASCII; None where it is damaged, or UTF-8 amid GB18030.

    A short one is UTF-8 by chance, too (钱伟), but hardly says a hanzi then.
    """
    text = _gb18030(line)
    if text is None or (_is_utf8(line) and HANZI.search(line.decode())):
        return None
    return None if PRIVATE.sub("", text).isascii() else text


def _chinese_share(text: str) -> float:
    """The share of the signs beyond ASCII, of which there are some, that Chinese mostly has."""
    counts = Counter(text)
    signs = {sign: count for sign, count in counts.items() if not sign.isascii()}
    return sum(n for sign, n in signs.items() if _is_chinese(sign)) / sum(signs.values())


def _is_chinese(sign: str) -> bool:
    """Whether it is one of the 6,763 hanzi of GB 2312, a mark or wide figure."""
    lead = sign.encode("gb2312", "ignore")[:1]
    return b"\xa1" <= lead <= b"\xa3" or b"\xb0" <= lead <= b"\xf7"


def _is_mostly_utf8(content: bytes) -> bool:
    """Whether half of the lines that are not plain ASCII are UTF-8, as hardly one of GB18030 is."""
    telling = [line for line in content.splitlines() if not line.isascii()]
    return 2 * sum(map(_is_utf8, telling)) >= len(telling)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_damaged(row: list[str]) -> bool:
    return any("\udc80" <= letter <= "\udcff" for letter in "".join(row))
