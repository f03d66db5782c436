"""Files that were written out of a store: noted there, so that retention deletes them in time.

Who can write the database but has not its key (the database's administrator, a backup of somebody
else's) must not be able to have another file deleted. So a note carries an HMAC-SHA256 of what it
says. A note without one, of an older version or of a store without a key, stands only for the names
that every export has.
"""

import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, RowMapping, insert, select, update

from warning.language import say
from warning.outputs import drafts_of
from warning.records import QUARANTINE_COLUMNS
from warning.store.operation_tables import exports
from warning.store.sealing import Seal, current_seal

#: Contract table → its columns, in order; further columns of the store follow none.
EXPORTED = {
    "party_links": None,
    "place_links": None,
    "incident_links": None,
    "cases": None,
    "case_incidents": None,
    "warnings": ["case_id", "as_of", "probability", "severity", "tier", "previous_tier", "reasons"],
    "letters": ["letter_id", "case_id", "kind", "number", "recipient", "status", "drafted_at",
                "due_on", "document"],
    "task_forces": ["task_force_id", "case_id", "lead", "members", "status", "document"],
    "quarantine": list(QUARANTINE_COLUMNS),
    "runs": None,
    "merges": None,
}  # fmt: skip
#: The tables that every export writes; those of people are common names of other files, too.
ALWAYS = (*EXPORTED, "letter_cases")
FORMATS = ("csv", "parquet")
ALWAYS_NAMES = frozenset(f"{name}.{kind}" for name in ALWAYS for kind in FORMATS)


@dataclass(frozen=True)
class Export:
    """One note: what was written where.

    Attributes:
        export_id: its number.
        at: naive local time.
        directory: of the files, without links.
        names: of the files, bare; none where the note holds anything else.
        proved: whether the store's key vouches for the note.
    """

    export_id: int
    at: datetime
    directory: Path
    names: tuple[str, ...]
    proved: bool

    def files(self) -> dict[Path, str]:
        """Where something of the files may stand → the name whose it is.

        Their own paths, and the drafts that are there: a kill leaves them.
        """
        drafts = drafts_of(self.directory, self.names)
        return {
            path: name
            for name in self.names
            for path in (self.directory / name, *drafts.get(name, ()))
        }

    def doubt(self, name: str) -> str:
        """Why a file of this name is not deleted by this note; empty where it may be."""
        if not self.proved and name not in ALWAYS_NAMES:
            return say("没有存储的密钥证明是本程序写出的；请自行处理",
                       "no key of the store proves that this program wrote it; see to it "
                       "yourself")  # fmt: skip
        if str(self.directory) != os.path.realpath(self.directory):
            return say("目录是链接，或经由链接；请自行处理",
                       "a link stands in its path; see to it yourself")  # fmt: skip
        return ""


def note_files(connection: Connection, directory: Path, names: Iterable[str], at: datetime) -> None:
    """Note which files are written to a directory, with the proof of the store's newest key."""
    path, files = str(directory.resolve()), json.dumps(sorted(names))
    keys = current_seal(connection).keys
    proof = _proof(keys[-1].derived("export", 32), at, path, files) if keys else None
    connection.execute(insert(exports).values(at=at, path=path, files=files, proof=proof))


def noted_exports(connection: Connection) -> list[Export]:
    """What was written out and not deleted since, in the order of writing."""
    query = select(exports).where(exports.c.deleted_at.is_(None)).order_by(exports.c.export_id)
    seal = current_seal(connection)
    return [
        Export(row["export_id"], row["at"], Path(row["path"]),
               _bare(row["path"], row["files"]), _is_proved(row, seal))
        for row in connection.execute(query).mappings()
    ]  # fmt: skip


def forget_names(connection: Connection) -> None:
    """Take the path and the names, which may tell a person, out of notes of files that are deleted."""
    gone = exports.c.deleted_at.is_not(None) & (exports.c.path != "")
    connection.execute(update(exports).where(gone).values(path="", files="[]", proof=None))


def _proof(key: bytes, at: datetime, path: str, files: str) -> str:
    said = json.dumps([at.isoformat(), path, files]).encode()
    return hmac.digest(key, said, "sha256").hex()


def _is_proved(row: RowMapping, seal: Seal) -> bool:
    """Whether one of the store's keys made the proof."""
    proof = str(row["proof"]).encode()
    said = row["at"], row["path"], row["files"]
    return any(
        hmac.compare_digest(proof, _proof(key.derived("export", 32), *said).encode())
        for key in seal.keys
    )


def _bare(directory: str, files: str) -> tuple[str, ...]:
    """The names of a note; none where one is a path or no name at all."""
    try:
        names = json.loads(files)
        paths = [os.fsencode(Path(directory) / name) for name in names]
        bare = all(name == Path(name).name not in {"", ".."} for name in names)
    except (ValueError, TypeError, RecursionError):
        return ()
    return tuple(names) if bare and not any(b"\0" in path for path in paths) else ()
