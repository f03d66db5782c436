"""``warning check``: whether configuration, store and model can be run with, and what is lost."""

import shlex
from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer

from warning.commands.console import (
    DEFAULT_STORE,
    ConfigOption,
    JsonOption,
    ReasonOption,
    StoreOption,
    console,
    existing_store,
    print_facts,
    print_json,
    settings_of,
    some_reason,
)
from warning.errors import ModelError, Problem, StoreError
from warning.escalation.past import OPEN
from warning.escalation.recipients import coverage
from warning.escalation.renamed import no_step_sentence, of_no_step
from warning.escalation.undated import OUT, undated, undated_sentence
from warning.keeping.soundness import accept_lost, soundness
from warning.language import say
from warning.moments import local_now
from warning.nightly import champion
from warning.scoring.hindsight import TRAINED_LATER, hindsight_sentence
from warning.scoring.model import Model, load_model
from warning.settings.references import not_protecting
from warning.settings.scoring import ScoringSettings
from warning.silent_channels import SILENT, silence_sentence
from warning.store import Store
from warning.store.account_rights import not_cleaned
from warning.store.audit import verify
from warning.store.connection import sqlite_file
from warning.store.keys import find_keys


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(
        help=say(
            "检查配置、存储、模型。例：warning check --config config",
            "Check configuration, store and model. Example: warning check --config config",
        )
    )
    def check(
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        model: Annotated[Path | None, typer.Option(help=say("模型文件", "model file"))] = None,
        accepted: Annotated[
            int | None,
            typer.Option(
                "--accept-lost",
                min=1,
                help=say(
                    "接受这么多条报告丢失（与 records_lost 相同），须有 --reason；再有丢失仍会提示",
                    "accept that so many records are lost (as records_lost tells), with --reason; "
                    "any further one is told",
                ),
            ),
        ] = None,
        reason: ReasonOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        why = "" if accepted is None else some_reason(reason or "", "--accept-lost")
        chosen = load_model(model or champion())  # what a run loads
        misfit = _misfit(chosen, settings.scoring)
        with existing_store(store) as opened:
            if accepted is not None:
                accept_lost(opened, accepted, why)
            state = check_store(opened, chosen.hash)
            with opened.reading() as connection:
                sound = soundness(connection, local_now())
            strayed = of_no_step(opened.rows("letters", "status", OPEN), settings.escalation)
        every, named = coverage(settings.escalation, tuple(settings.channels.taxonomy))
        named_so = strayed["letter_id"].astype("str") + " " + strayed["kind"].astype("str")
        facts = {
            "config_hash": settings.hash, "model_hash": chosen.hash, "model_misfit": misfit,
            **state, **vars(sound),
            "letters_of_no_step": named_so.tolist(),
            "recipients": every, "recipients_by_directory": named,
            "not_protecting": not_protecting(
                settings.channels, settings.scoring, settings.escalation, settings.tiers
            ),
        }  # fmt: skip
        if as_json:
            print_json(facts)
            unsound = bool(state["audit_faults"] or sound.faults() or misfit)
            raise typer.Exit(int(unsound))
        print_facts(facts.items())
        kinds = Counter(strayed["kind"].tolist())
        _conclude(
            state,
            [*facts["not_protecting"], *([no_step_sentence(kinds)] if kinds else [])],
            [*sound.faults(), *misfit],
        )


def _misfit(chosen: Model, scoring: ScoringSettings) -> list[str]:
    """What keeps a night from using the model under these settings."""
    try:
        chosen.check(scoring.horizon_days, scoring.cohort_days, scoring.memory_days)
    except ModelError as error:
        return [str(error)]
    return []


def _conclude(state: dict[str, Any], against: list[str], unsound: list[str]) -> None:
    """What stands against the store, then a last line that says how it stands as a whole.

    Raises:
        typer.Exit: 1 where the audit was changed, or rows are lost or damaged. What somebody may
            have decided so (no key, a file that others may read) is a warning: 0, and the last line
            counts it.
    """
    warnings = list(against)
    if state["undated_letters"]:
        warnings.append(undated_sentence(state["undated_letters"]))
    if state[TRAINED_LATER]:
        warnings.append(hindsight_sentence(state[TRAINED_LATER]))
    if state[SILENT]:
        warnings.append(silence_sentence(state[SILENT]))
    if not state["numbers_encrypted"]:
        warnings.append(
            say(
                "证件号和电话未加密：没有密钥。用 warning keys new 建立，并设 WARNING_KEY_FILE。",
                "ID numbers and phones are NOT encrypted: there is no key. Make one: "
                "warning keys new; name its file in WARNING_KEY_FILE.",
            )
        )
    if state["readable_by_others"]:
        path = shlex.quote(str(state["readable_by_others"]))
        warnings.append(
            say(
                f"存储文件他人可读，其中有姓名和记叙：chmod 600 {path}*",
                f"others may read the store's file, with names and narratives: chmod 600 {path}*",
            )
        )
    if state["space_owed_since"] is not None:
        cleans = say("下一夜会再清理，也可运行 warning retention",
                     "the next night cleans them, or warning retention does")  # fmt: skip
        warnings.append(
            say(
                f"{state['space_owed_since']:%Y-%m-%d %H:%M:%S} 起，被删除的内容可能仍留在数据库文件里："
                f"{state['not_cleaned'] or cleans}。",
                f"since {state['space_owed_since']:%Y-%m-%d %H:%M:%S} what was deleted may still "
                f"stand in the database's files: {state['not_cleaned'] or cleans}.",
            )
        )
    elif state["not_cleaned"] is not None:
        warnings.append(
            say(f"今后删除的内容会留在数据库文件里：{state['not_cleaned']}",
                f"what is deleted will stay in the database's files: {state['not_cleaned']}")
        )  # fmt: skip
    faults = [
        *([say("审计记录被改动过：warning audit verify",
               "the audit was changed: see warning audit verify")] if state["audit_faults"] else []),
        *unsound,
    ]  # fmt: skip
    for told in (*warnings, *faults):
        console.print("! " + told)
    if faults:
        console.print(say("有错误，见上", "there is a fault, see above"))
        raise typer.Exit(1)
    if warnings:
        console.print(
            say(f"可以运行，但有 {len(warnings)} 项待处理，见上",
                f"it can run, but {len(warnings)} to mend, see above")
        )  # fmt: skip
        return
    console.print(
        say("未发现问题：查看了配置、模型、数据库页面与权限、密钥、审计，以及报告、当事人、文书、文号有无丢失，"
            "关联记忆是否完好",
            "no fault found: looked at configuration, model, the database's pages and rights, key, "
            "audit, for lost records, parties, documents and letter numbers, and at the memory of "
            "linking")
    )  # fmt: skip


def _readable_by_others(url: str) -> str | None:
    """The store's file, where others than its owner may read it."""
    path = sqlite_file(url)
    return str(path) if path is not None and path.stat().st_mode & 0o044 else None


def check_store(store: Store, model_hash: str) -> dict[str, Any]:
    """Counts of the store, its last night, what that night says against its own picture.

    And whether that night's model is the present one.

    Raises:
        StoreError: the database's own pages are damaged, or its account may not read or write all.
    """
    damage = store.damage()
    if damage:
        raise StoreError(
            Problem(
                store.url,
                say("存储文件已损坏", "the store file is damaged") + f" ({damage})",
                say("完好的数据库", "a whole database"),
                say("从备份恢复：warning restore", "restore a backup: warning restore"),
            )
        )
    store.check_readable()
    closed = [f"{name} {lacking}" for name, lacking in store.not_writable().items()]
    if closed:
        raise StoreError(
            Problem(
                store.url,
                say(f"数据库账号缺少 {len(closed)} 个表或序列的写权限（{'；'.join(closed[:3])} …）",
                    f"the database's account may not write {len(closed)} tables or sequences "
                    f"({'; '.join(closed[:3])} …)"),
                say("可读写的账号：每夜改写各表，每次查看都要留审计",
                    "an account that may write: nights change the tables, each look is noted in "
                    "the audit"),
                say("用建立存储的账号，或 GRANT SELECT, INSERT, UPDATE, DELETE（序列：USAGE）",
                    "use the account that made the store, or GRANT SELECT, INSERT, UPDATE, DELETE "
                    "(of sequences USAGE)"),
            )
        )  # fmt: skip
    runs, ring = store.runs(), find_keys()
    # Two at once, as a night has: it holds its lock on a connection of its own.
    with store.reading(), store.reading() as connection:
        hindered = not_cleaned(connection)
    last = runs.iloc[-1] if len(runs) else None
    told = {} if last is None else last["counts"]
    return {
        "store": store.url,
        "nights": len(runs),
        "last_night": None if last is None else last["as_of"],
        "same_model": None if last is None else bool(last["model_hash"] == model_hash),
        TRAINED_LATER: told.get(TRAINED_LATER),
        SILENT: told.get(SILENT, {}),
        "numbers_encrypted": store.seal.on,
        "readable_by_others": _readable_by_others(store.url),
        "space_owed_since": store.owed_since(),
        "not_cleaned": hindered,
        "key": ring.source if store.seal.on and ring else None,
        "undated_letters": len(undated(store.rows("letters", "status", OUT))),
        "audit_entries": store.count("audit"),
        "audit_faults": len(verify(store)),
    }
