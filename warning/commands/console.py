"""What every command shares: options, tables on the terminal, JSON for programs."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from warning.errors import Problem, UsageError
from warning.language import say
from warning.nightly import local_now
from warning.settings import Settings, load_settings
from warning.store import Store

DEFAULT_STORE = "sqlite:///warning.db"

console = Console(highlight=False, soft_wrap=True)

StoreOption = Annotated[
    str,
    typer.Option(
        "--store", envvar="WARNING_STORE", help="URL: sqlite:///warning.db, postgresql://…"
    ),
]
ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="config/ (YAML)", show_default=False),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON")]


def settings_of(directory: Path | None) -> Settings:
    """The configuration: ``--config``, else ``config/`` where it exists, else the packaged."""
    if directory is None and Path("config").is_dir():
        directory = Path("config")
    return load_settings(directory)


@contextmanager
def existing_store(url: str) -> Iterator[Store]:
    """Open a store that must be there already: a mistyped name makes no new file."""
    path = url.removeprefix("sqlite:///")
    if url.startswith("sqlite:///") and not Path(path).exists():
        raise UsageError(
            Problem(
                url,
                say("没有这个存储", "there is no such store"),
                say("用 warning load 建立的存储", "a store made by warning load"),
                say(
                    "先运行 warning load 或 warning demo", "run warning load or warning demo first"
                ),
            )
        )
    with Store.open(url) as store:
        yield store


def fallback_user() -> str:
    """Who is at the terminal, where no ``--user`` says it."""
    return os.environ.get("USER") or os.environ.get("USERNAME") or ""


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=_json_value, indent=1))


def _json_value(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return json.loads(value.to_json(orient="records", date_format="iso", force_ascii=False))
    if value is pd.NaT or value is pd.NA:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def print_table(frame: pd.DataFrame, titles: Mapping[str, str], *, most: int = 50) -> None:
    """The frame's columns named in ``titles`` as a table; says how many rows it left out."""
    table = Table(box=None, pad_edge=False)
    for title in titles.values():
        table.add_column(title, overflow="fold")
    for row in frame[list(titles)].head(most).itertuples(index=False):
        table.add_row(*[shown(value) for value in row])
    console.print(table)
    if len(frame) > most:
        console.print(
            say(
                f"……另有 {len(frame) - most} 行，用 --limit 显示",
                f"… {len(frame) - most} more: --limit",
            )
        )


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "—"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d" if value == value.normalize() else "%Y-%m-%d %H:%M")
    return str(value)


def print_facts(facts: Iterable[tuple[str, Any]]) -> None:
    """Label and value, a line each."""
    for label, value in facts:
        console.print(f"{label}{say('：', ': ')}{shown(value)}")


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Gives a callback that is told each stage as it begins, and shows it on standard error.

    On a terminal a bar a stage, with its seconds; otherwise plain lines.
    """
    errors = Console(stderr=True, highlight=False)
    if not errors.is_terminal:
        started = local_now()

        def line(stage: str) -> None:
            seconds = (local_now() - started).total_seconds()
            errors.print(f"[{seconds:4.0f} s] {stage}", markup=False)

        yield line
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=errors) as progress:

        def bar(stage: str) -> None:
            finish()
            progress.add_task(stage, total=None)

        def finish() -> None:
            for task in progress.task_ids[-1:]:
                progress.update(task, total=1, completed=1)

        yield bar
        finish()
