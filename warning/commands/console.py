"""What every command shares: options, tables on the terminal, JSON for programs."""

import itertools
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Annotated, Any, cast

import numpy as np
import pandas as pd
import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from warning.accounts import account, who_became
from warning.commands.progress_output import ProgressOutput
from warning.errors import Problem, UsageError
from warning.language import FIELDS, WORDS, coded, names_of, say, worded
from warning.moments import local_now
from warning.records import PARTY, RECORD, keys_of, record_ids_in
from warning.settings import Settings, load_settings
from warning.spelling import legible
from warning.store import Store
from warning.store.audit import Entry, record
from warning.streams import json_text
from warning.terminal import PlainConsole

DEFAULT_STORE = "sqlite:///warning.db"

console = PlainConsole(soft_wrap=True)

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
ReasonOption = Annotated[
    str | None,
    typer.Option(
        "--reason", help=say("理由，记入审计", "why; kept in the audit"), show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="JSON")]
#: Rows that a table on the terminal shows where nobody asks for more or fewer.
ROWS = 50
LimitOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        help=say(
            f"最多行数；不给时表格为 {ROWS} 行，JSON 为全部",
            f"rows at most; without it a table has {ROWS}, JSON all",
        ),
    ),
]


def settings_of(directory: Path | None) -> Settings:
    """The configuration: ``--config``, else ``config/`` where it exists, else the packaged."""
    if directory is None and Path("config").is_dir():
        directory = Path("config")
    return load_settings(directory)


def code_of(option: str, text: str | None, words: Mapping[str, str]) -> str | None:
    """The code that an option names, by itself or by its word; None where it is not given.

    Raises:
        UsageError: it names none, so that a mistyped word does not read as "there are none".
    """
    code = text and coded(text, words)
    if code is None or code in words:
        return code
    known = say("、", ", ").join(names_of(words).values())
    raise UsageError(
        Problem(option, say(f"没有“{text}”", f"there is no {text!r}"), known,
                say("改用其一", "name one of them"))
    )  # fmt: skip


def county_names(codes: pd.Series, counties: Mapping[str, str]) -> dict[str, str]:
    """Code → the name by which a county is asked for: of the settings, and of rows that have it.

    A county that the settings do not name, or whose name is another's, too, has its code alone.
    """
    often = Counter(counties.values())
    named = {code: name if often[name] == 1 else code for code, name in counties.items()}
    return {code: code for code in sorted(codes.dropna().unique())} | named


@contextmanager
def existing_store(url: str, *, noted: bool = True, new_on_server: bool = False) -> Iterator[Store]:
    """Open a store that must be there already: a mistyped name makes no new file.

    Who opened it is noted in the audit, unless the command does that by itself. What of the memory
    was dropped, as it was damaged, is said at the end. ``new_on_server`` is of
    :meth:`warning.store.database.Database.open_existing`.
    """
    with Store.open_existing(url, new_on_server=new_on_server) as store:
        if noted:
            note_access(store)
        try:
            yield store
        finally:
            tell_dropped(store)


#: The arguments of the command that runs, for the audit.
COMMAND: ContextVar[tuple[str, ...]] = ContextVar("COMMAND", default=())
#: Commands that show or change nothing about people or cases.
NOT_NOTED = frozenset({"check", "health", "schedule", "run", "audit"})
#: Commands of several steps, whose first argument is the step.
GROUPS = frozenset({"keys", "audit", "rights", "letters", "task-forces"})
#: Commands whose ``--reason`` is what an officer decides, with the matter's own words: it stands
#: with the step, where an erasure reaches it, and not in the audit, which only grows.
CONTENT = frozenset({"letters", "task-forces"})
_ID = re.compile(r"^[a-z]-[0-9a-f]{12}$")
_IN_TEXT = re.compile(r"^~[0-9]+$")


def note_access(store: Store, more: Mapping[str, Any] | None = None) -> None:
    """Who opened the store for which command, on which ids and why; before anything is shown.

    Only ids, keys of records, the names of options and the reason are kept, and what the command
    adds: other values may tell of a person.
    """
    arguments = COMMAND.get()
    if not arguments or arguments[0] in NOT_NOTED:
        return
    words = arguments[: 2 if arguments[0] in GROUPS else 1]
    what: dict[str, Any] = {
        "ids": [word for word in arguments if _ID.match(word)] + _known_keys(store, arguments),
        "options": sorted({word.partition("=")[0] for word in arguments if word[:2] == "--"}),
    }
    reason = "" if arguments[0] in CONTENT else given_reason()
    note(store, " ".join(words), {**what, **(more or {})}, reason)


def _known_keys(store: Store, arguments: Iterable[str]) -> list[str]:
    """The arguments that are keys of records or parties; the like that no record has may be a name.

    A party that only a text names has the key ``channel|record_id|~start``.
    """
    words = [word for word in dict.fromkeys(arguments) if "|" in word]
    ids = set().union(*map(record_ids_in, words))
    if not ids:
        return []
    records, parties = (
        set(keys_of(store.rows(table, "record_id", ids)[names]))
        for table, names in (("records", RECORD), ("parties", PARTY))
    )

    def named(word: str) -> bool:
        record, _, start = word.rpartition("|")
        return (
            word in records
            or word in parties
            or (record in records and _IN_TEXT.match(start) is not None)
        )

    return list(filter(named, words))


def note(store: Store, action: str, what: Mapping[str, object], reason: str = "") -> None:
    """Note in the audit what a command did."""
    record(store, entry(action, what, reason))


def entry(action: str, what: Mapping[str, object], reason: str = "") -> Entry:
    """What the audit holds of something that is done now by whoever runs the command."""
    return Entry(local_now().to_pydatetime(), account(), action, what, reason)


def given_reason() -> str:
    """What stands behind ``--reason`` in the command that runs."""
    arguments, reason = COMMAND.get(), ""
    for word, following in itertools.zip_longest(arguments, arguments[1:], fillvalue=""):
        if word == "--reason":
            reason = following  # given twice, the last one counts
        elif word.startswith("--reason="):
            reason = word.partition("=")[2]
    return reason


def need_reason(*, unmasked: bool, reason: str | None) -> None:
    """Names and numbers are shown to who says why.

    Raises:
        UsageError: ``--unmasked`` without ``--reason``.
    """
    if unmasked:
        some_reason(reason or "", "--unmasked")


def some_reason(reason: str, where: str = "--reason") -> str:
    """The reason, where it says something.

    Raises:
        UsageError: it is blank.
    """
    if not legible(reason):
        raise UsageError(
            Problem(
                where,
                say("没有说明理由", "no reason is given"),
                say("--reason 及理由；理由记入审计", "--reason with why; it is kept in the audit"),
                say("例如 --reason 案件核查", "for example --reason 'review of a case'"),
            )
        )
    return reason


def fallback_user() -> str:
    """Who is at the terminal, where no ``--user`` says it; behind sudo whoever called it."""
    return who_became() or os.environ.get("USER") or os.environ.get("USERNAME") or ""


def with_example(title: str, example: str) -> str:
    """The help of a command, with a call that can be typed."""
    return title + say("。例：", ". Example: ") + example


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    typer.echo(json_text(value, sys.stdout.encoding, default=_json_value, indent=1))


def _json_value(value: Any) -> Any:
    if isinstance(value, pd.DataFrame):
        return json.loads(
            value.to_json(orient="records", date_format="iso", date_unit="s", force_ascii=False)
        )
    if value is pd.NaT or value is pd.NA:
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)


def print_table(
    frame: pd.DataFrame,
    titles: Mapping[str, str],
    *,
    most: int = ROWS,
    option: str = "--json",
) -> None:
    """The frame's columns named in ``titles`` as a table; says how many rows it left out.

    Ids stand on one line each, to be copied; codes are told in words.

    Args:
        frame: the rows.
        titles: name of a column → how it is called.
        most: rows that are shown.
        option: the option of the command that shows the others.
    """
    table = Table(box=None, pad_edge=False)
    for name, title in titles.items():
        table.add_column(title, overflow="fold", no_wrap=name.endswith(("_id", "_on")))
    for row in frame[list(titles)].head(most).itertuples(index=False):
        table.add_row(*[_told(name, value) for name, value in zip(titles, row, strict=True)])
    console.print(table)
    if len(frame) > most:
        console.print(
            say(
                f"……另有 {len(frame) - most} 行，用 {option} 显示",
                f"… {len(frame) - most} more: {option}",
            )
        )


def _told(name: str, value: Any) -> str:
    """A value of a column as a person reads it: a code of ours by its word."""
    return worded(shown(value), WORDS.get(name, {}))


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if value is None or value is pd.NaT or value is pd.NA or value != value:
        return "—"
    if isinstance(value, bool | np.bool_):
        return say("是", "yes") if value else say("否", "no")
    if isinstance(value, dict):
        return shown([f"{name} {shown(one)}" for name, one in value.items()])
    if isinstance(value, list | tuple):
        return say("、", ", ").join(map(shown, value)) or say("无", "none")
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, pd.Timestamp):
        return value.strftime("%Y-%m-%d" if value == value.normalize() else "%Y-%m-%d %H:%M")
    return str(value)


def print_facts(facts: Iterable[tuple[str, Any]]) -> None:
    """Label and value, a line each; columns and codes of ours are told in words."""
    for name, value in facts:
        label = worded(name, FIELDS)
        console.print(f"{label}{say('：', ': ')}{_told(name, value)}")


def say_undone(what: str) -> None:
    """Say on standard error what is left of something that is done otherwise."""
    PlainConsole(stderr=True, soft_wrap=True).print("! " + what)


def tell_dropped(store: Store) -> None:
    """Say on standard error which rows of the memory were damaged, and what that means, if any."""
    if not store.dropped:
        return
    rows = say("、", ", ").join(sorted({row or "memory" for row in store.dropped}))
    say_undone(
        say(f"关联记忆或数据副本已损坏（{rows}），已删除；结果不受影响，改从各表读取，需要时全部重新关联。"
            "请检查磁盘，并运行 warning check",
            f"of the memory of linking and the copies of tables, damaged and dropped: {rows}. No "
            "result is other for it: the tables are read, and everything is linked anew where it "
            "must be. Look at the disk, and run warning check")
    )  # fmt: skip


def tell_uncleaned(why: str) -> None:
    """Say that a change is done and its traces in the database's files are not yet gone, if so.

    Raises:
        typer.Exit: 1 then.
    """
    if why:
        say_undone(
            say(f"已完成，但{why}。排除原因后，下一夜会再清理，也可运行 warning retention",
                f"it is done, but {why}. Mend that; the next night cleans them, or warning retention "
                "does")
        )  # fmt: skip
        raise typer.Exit(1)


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """Gives a callback that is told each stage as it begins, and shows it on standard error.

    On a terminal a bar a stage, with its seconds; otherwise plain lines. Where standard error
    cannot be written, nothing is shown and the work goes on.
    """
    errors = PlainConsole(file=cast("IO[str]", ProgressOutput(sys.stderr)))
    if not errors.is_terminal:
        started = local_now()

        def line(stage: str) -> None:
            seconds = (local_now() - started).total_seconds()
            errors.print(f"[{seconds:4.0f} s] {stage}")

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
