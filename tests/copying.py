"""Copies of a store on either database: made once, it is many tests' own."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import make_url

from warning.store import Store
from warning.store.backup import write_backup
from warning.store.restoring import restore_backup

AT = pd.Timestamp("2025-01-01")


def moved(path: Path, url: str, directory: Path) -> str:
    """Bring the SQLite store at ``path`` to the empty database at ``url``."""
    backup = directory / "moved.zip"
    with Store.open(f"sqlite:///{path}") as store, store.reading() as connection:
        write_backup(connection, backup, AT)
    restore_backup(backup, url)
    backup.unlink()
    return url


def filled(path: Path, url: str, directory: Path) -> str:
    """Copy the SQLite store at ``path`` to ``url``, where there is none, whatever its database."""
    if not url.startswith("sqlite"):
        return moved(path, url, directory)
    shutil.copy(path, url.removeprefix("sqlite:///"))
    return url


def like(url: str, directory: Path, request: pytest.FixtureRequest) -> str:
    """The URL of a copy of the store at ``url`` on its own database; nobody may have it open."""
    if url.startswith("sqlite"):
        shutil.copy(url.removeprefix("sqlite:///"), directory / "w.db")
        return f"sqlite:///{directory / 'w.db'}"
    copied: str = request.getfixturevalue("postgresql").database(make_url(url).database or "")
    return copied
