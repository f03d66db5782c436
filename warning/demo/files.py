"""The channels' files: rows with repeats, corrections and unusable ones mixed in, and their bytes."""

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pandas as pd

from warning.demo.dirt import Hand
from warning.demo.forms import FILES, KEYS

UNREADABLE = ("不清楚", "2024-13-45 25:61:00", "", "2099-01-01 08:00:00")
#: Workbooks and their archive carry this moment, so that the same rows are the same bytes.
MADE_AT = (2025, 1, 1, 0, 0, 0)
MOMENT = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


def channel_files(
    rows_by_channel: Mapping[str, Sequence[dict[str, object]]], hand: Hand
) -> tuple[dict[str, pd.DataFrame], dict[str, int]]:
    """The files' rows, and what loading all of them must count.

    Rows stand as they were written down, but for those out of order. A corrected or withdrawn
    record follows as a later row with its key; an exact repeat and a row that cannot be used
    (no key, no readable time, a time to come) follow too.
    """
    files: dict[str, pd.DataFrame] = {}
    counts = dict.fromkeys(("rows", "stored", "quarantined", "repeats", "versions"), 0)
    for name, (channels, time, text, outcome, withdrawn) in FILES.items():
        rows = [row for channel in channels for row in rows_by_channel[channel]]
        if not rows:
            continue
        hand.channel = ""
        places = [
            hand.dice.below(len(rows)) if hand.slips("out_of_order") else k
            for k in range(len(rows))
        ]
        order = sorted(range(len(rows)), key=lambda k: (places[k], k))
        rows = [rows[k] for k in order]
        repeats = [row for row in rows if hand.slips("exact_repeat")]
        broken = []
        for row in rows:
            if hand.slips("unusable"):
                bad = hand.dice.below(len(UNREADABLE) + 1)
                broken.append(
                    row | ({time: UNREADABLE[bad]} if bad < len(UNREADABLE) else {KEYS[name]: ""})
                )
        versions = []
        for row in rows:
            if hand.slips("corrected"):
                added = hand.dice.pick(("（补充登记）", "（更正）", "。补充：已电话回访"))
                versions.append(row | {text: f"{row[text]}{added}"})
            if hand.slips("withdrawn"):
                versions.append(row | {outcome: withdrawn})
        files[name] = pd.DataFrame([*rows, *repeats, *broken, *versions]).fillna("")
        counts["rows"] += len(files[name])
        counts["stored"] += len(rows) + len(versions)
        counts["quarantined"] += len(broken)
        counts["repeats"] += len(repeats)
        counts["versions"] += len(versions)
    return files, counts


def write_csv(frame: pd.DataFrame, path: Path, encoding: str) -> None:
    """Write a table with Unix line ends."""
    frame.to_csv(path, index=False, encoding=encoding, lineterminator="\n")


def write_xlsx(frame: pd.DataFrame, path: Path) -> None:
    """Write a workbook of one sheet; the same rows give the same bytes at any time."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    sheet.append([str(name) for name in frame.columns])
    for row in frame.itertuples(index=False):
        sheet.append([value if value != "" else None for value in row])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as made, zipfile.ZipFile(path, "w") as kept:
        for entry in sorted(made.namelist()):
            content = made.read(entry)
            if entry == "docProps/core.xml":
                content = MOMENT.sub(rb"\g<1>2025-01-01T00:00:00Z", content)
            fixed = zipfile.ZipInfo(entry, MADE_AT)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            kept.writestr(fixed, content)
