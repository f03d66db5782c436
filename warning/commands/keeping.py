"""Keeping it running: ``health``, ``backup``, ``restore``, ``keys``, ``audit``."""

import os
import shlex
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    ConfigOption,
    JsonOption,
    StoreOption,
    console,
    existing_store,
    note,
    print_facts,
    print_json,
    print_table,
    say_undone,
    settings_of,
    tell_uncleaned,
    with_example,
)
from warning.errors import DataError, Problem, StoreError, UsageError
from warning.keeping.health import health_of, write_metrics
from warning.language import OUTCOMES, say, worded
from warning.moments import local_now
from warning.outputs import ABANDONED_AFTER
from warning.store import Store
from warning.store.audit import entries, verify
from warning.store.audit import head as audit_head
from warning.store.backup import Manifest, other_tables, write_backup
from warning.store.keys import FORMAT, KEY_VARIABLE, add_key, default_file, make_keys
from warning.store.restoring import restore_backup

#: How the directories begin in which backups are restored on trial.
TRIAL = "warning-trial-"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _health(app)
    _backup(app)
    app.add_typer(_keys(), name="keys")
    app.add_typer(_audit(), name="audit")


def _health(app: typer.Typer) -> None:

    @app.command(
        help=say(
            "每夜是否正常运行：最近成功、延迟、失败；有问题退出码为 1。例：warning health --json",
            "Is the night running: last success, lag, failures; exits 1 if not. "
            "Example: warning health --json",
        )
    )
    def health(
        metrics: Annotated[
            Path | None,
            typer.Option(help=say("写出 Prometheus 指标文件", "write Prometheus' metrics file")),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        with existing_store(store) as opened:
            state = health_of(opened, settings, local_now())
        if metrics:
            write_metrics(state, metrics)
        if as_json:
            print_json(state.as_dict())
        else:
            print_facts(
                [
                    (say("最近一夜", "last night"), state.last_as_of),
                    (say("完成于", "done at"), state.last_success),
                    (say("延迟（小时）", "lag (hours)"), state.lag_hours),
                    (
                        say("最近一次运行", "last attempt"),
                        state.last_outcome and worded(state.last_outcome, OUTCOMES),
                    ),
                    (say("最近退出码", "last exit code"), state.last_exit_code),
                    (say("七天内失败次数", "failed in seven days"), state.failed_attempts),
                    (say("用时（秒）", "seconds"), state.seconds),
                    (say("内存峰值（MiB）", "peak memory (MiB)"), state.peak_memory_mb),
                    (say("隔离的行", "rows in quarantine"), state.quarantined),
                    (
                        say("已批准未发出的函件", "letters approved, not sent"),
                        state.unposted_letters,
                    ),
                    (
                        say("办理中、时限已过的专班", "task forces past their due day"),
                        state.late_task_forces,
                    ),
                ]
            )
            for fault in state.faults:
                console.print("! " + fault)
            if not state.faults:
                console.print(say("一切正常", "all is well"))
        if state.faults:
            raise typer.Exit(1)


def _backup(app: typer.Typer) -> None:
    @app.command(
        help=say(
            "备份整个存储到一个文件，或核验一份备份。例：warning backup --out 备份.zip；"
            "warning backup --verify 备份.zip",
            "Back the store up to one file, or verify one. Example: warning backup --out b.zip; "
            "warning backup --verify b.zip",
        )
    )
    def backup(
        out: Annotated[Path | None, typer.Option(help=say("备份文件", "the file"))] = None,
        check: Annotated[
            Path | None,
            typer.Option(
                "--verify",
                help=say("核验：校验和，并试恢复", "verify: check sums, and a restore on trial"),
            ),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        if (out is None) == (check is None):
            raise UsageError(
                Problem(
                    "backup", say("需要 --out 或 --verify 之一", "one of --out and --verify"),
                    action="warning backup --out backup.zip",
                )
            )  # fmt: skip
        if check is not None:
            manifest = _tried(check)
        else:
            assert out is not None  # noqa: S101 - one of the two
            with existing_store(store) as opened, opened.reading() as connection:
                manifest = write_backup(connection, out, local_now().to_pydatetime())
                others = other_tables(connection)
            if others:
                say_undone(say(f"别的程序的表不在备份里：{'、'.join(others)}",
                               "other programs' tables are not in the backup: "
                               f"{', '.join(others)}"))  # fmt: skip
        facts = {
            "schema": manifest.revision,
            "made_at": manifest.made_at,
            "rows": sum(rows for rows, _ in manifest.tables.values()),
            "keys": list(manifest.keys),
            "audit_head": manifest.audit_head,
        }
        if as_json:
            print_json(facts)
        else:
            print_facts(facts.items())
            console.print(
                say("备份完好", "the backup is whole")
                if check
                else say(f"备份已写入 {out}", f"the backup is in {out}"),
            )

    @app.command(
        help=say(
            "把备份恢复到一个空的存储。例：warning restore 备份.zip --store sqlite:///新.db",
            "Restore a backup into an empty store. Example: warning restore b.zip "
            "--store sqlite:///new.db",
        )
    )
    def restore(
        file: Annotated[Path, typer.Argument(help=say("备份文件", "the backup"))],
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        manifest = restore_backup(file, store)
        with Store.open(store) as opened:
            faults = verify(opened, manifest.audit_head)
            note(opened, "restore", {"made_at": manifest.made_at, "schema": manifest.revision})
        for problem in faults:
            console.print(str(problem))
        rows = sum(rows for rows, _ in manifest.tables.values())
        console.print(say(f"已恢复 {rows} 行", f"{rows} rows are restored"))
        say_undone(
            say(f"{manifest.made_at} 之后的删除、更正和反对不在此存储中：从原存储的 warning audit list 查出，"
                "逐一重新办理，然后再运行夜间任务或存入文件",
                f"erasures, corrections and objections after {manifest.made_at} are not in this store: "
                "find them with warning audit list in the store before and exercise each again, before "
                "a night runs or a file is loaded")
        )  # fmt: skip
        if faults:
            raise typer.Exit(1)


def _tried(path: Path) -> Manifest:
    """The manifest of a backup that was restored on trial, into a store of its own."""
    _delete_abandoned_trials()
    with tempfile.TemporaryDirectory(prefix=TRIAL) as directory:
        url = f"sqlite:///{directory}/trial.db"
        manifest = restore_backup(path, url)
        with Store.open(url) as opened:
            faults = verify(opened, manifest.audit_head)
    if faults:
        raise DataError(faults)
    return manifest


def _delete_abandoned_trials() -> None:
    """Delete the stores that a kill left of trials a day ago or earlier: people stand in them."""
    for directory in Path(tempfile.gettempdir()).glob(f"{TRIAL}*"):
        with suppress(OSError):
            state = directory.lstat()
            young = time.time() - state.st_mtime < ABANDONED_AFTER
            if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and not young:
                shutil.rmtree(directory, ignore_errors=True)


def _keys() -> typer.Typer:
    keys = typer.Typer(
        help=with_example(
            say("加密证件号和电话的密钥", "the keys that ID numbers and phones are sealed with"),
            "warning keys new",
        ),
        no_args_is_help=True,
    )

    @keys.command(
        help=say(
            "新建密钥文件，或在已有文件中加一把新密钥。例：warning keys new --file /etc/warning/key",
            "Make a key file, or add a new key to one. Example: warning keys new --file "
            "/etc/warning/key",
        )
    )
    def new(
        file: Annotated[
            Path | None,
            typer.Option(
                envvar="WARNING_KEY_FILE", help=say("密钥文件", "the file"), show_default=False
            ),
        ] = None,
    ) -> None:
        path = file or default_file()
        try:
            ring = add_key(path) if path.exists() else make_keys(path)
        except OSError as error:
            raise StoreError(
                Problem(
                    str(path),
                    say("无法写入密钥文件", "the key file cannot be written")
                    + f" ({error.strerror})",
                    action=say("换一个目录或检查权限", "name another directory, or check it"),
                )
            ) from error
        console.print(f"{ring.newest.key_id}  {path}")
        console.print(
            say(
                "请另存一份密钥文件，并与备份分开存放：没有它，证件号和电话无法读出。",
                "Keep a copy of this file apart from the backups: without it no ID number or "
                "phone can be read.",
            )
        )
        if os.environ.get(KEY_VARIABLE, "").strip():
            console.print(_beside_the_variable(path))

    @keys.command(
        help=say(
            "用最新的密钥重新加密全部证件号和电话。例：warning keys rotate",
            "Seal all ID numbers and phones anew with the newest key. Example: warning keys rotate",
        )
    )
    def rotate(store: StoreOption = DEFAULT_STORE) -> None:
        with existing_store(store) as opened:
            parties = opened.rotate()
            key_id, hindered = opened.seal.keys[-1].key_id, opened.hindered
        console.print(
            say(f"{parties} 行人员已用密钥 {key_id} 重新加密",
                f"{parties} party rows are sealed with key {key_id}")
        )  # fmt: skip
        tell_uncleaned(hindered)

    return keys


def _beside_the_variable(path: Path) -> str:
    """What to do with a new key file while ``WARNING_KEY`` is set; no secret is shown."""
    first = f"$(grep -m1 ^{FORMAT} {shlex.quote(str(path))} | cut -d' ' -f2)"
    return say(
        f"! 已设 WARNING_KEY，密钥文件不起作用。要改用新密钥，把它写在 WARNING_KEY 最前面（新的在前，"
        f'逗号分隔），旧的留在后面：\n  export WARNING_KEY="{first},$WARNING_KEY"\n'
        "  warning keys rotate",
        "! WARNING_KEY is set and wins: key files do not count. To go over to the new key put it "
        "first in WARNING_KEY, the old ones behind it (newest first, commas between):\n"
        f'  export WARNING_KEY="{first},$WARNING_KEY"\n  warning keys rotate',
    )


def _audit() -> typer.Typer:
    audit = typer.Typer(
        help=with_example(
            say("谁在何时为何看了、改了、导出了什么", "who read, changed, took out what and why"),
            "warning audit verify",
        ),
        no_args_is_help=True,
    )

    @audit.command(
        help=say(
            "核验审计记录是否被改动。例：warning audit verify --head 12:ab34…",
            "Was the audit ever changed? Example: warning audit verify --head 12:ab34…",
        ),
        name="verify",
    )
    def verify_(
        head: Annotated[
            str | None,
            typer.Option(
                help=say("另处记下的末条（备份、日志中）", "a head noted elsewhere (backup, log)")
            ),
        ] = None,
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        with existing_store(store) as opened:
            faults = verify(opened, head)
            count = opened.count("audit")
            with opened.reading() as connection:
                now = audit_head(connection)
        if faults:
            raise DataError(faults)
        console.print(
            say(f"{count} 条，完整；末条 {now}", f"{count} entries, whole; head {now}"),
        )

    @audit.command(
        help=say(
            "列出审计记录。例：warning audit list --limit 20",
            "List the audit. Example: warning audit list --limit 20",
        ),
        name="list",
    )
    def list_(
        limit: Annotated[int, typer.Option(min=1, help=say("最多行数", "rows at most"))] = 50,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with existing_store(store) as opened:
            frame = entries(opened).tail(limit).iloc[::-1]
        if as_json:
            print_json(frame)
            return
        titles = {
            "audit_id": say("序号", "number"),
            "at": say("时间", "at"),
            "actor": say("何人", "who"),
            "action": say("操作", "action"),
            "what": say("对象", "what"),
            "reason": say("理由", "reason"),
        }
        print_table(frame, titles, most=limit)

    return audit
