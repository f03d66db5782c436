"""What a person may ask for: ``rights``."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from warning.accounts import account
from warning.commands.console import (
    DEFAULT_STORE,
    ConfigOption,
    JsonOption,
    StoreOption,
    console,
    entry,
    existing_store,
    note_access,
    print_facts,
    print_json,
    settings_of,
    some_reason,
    tell_uncleaned,
    with_example,
)
from warning.commands.found import found_facts, print_found, say_left
from warning.errors import Problem, UsageError
from warning.exporting import write_people
from warning.keeping.certainty import must_be_one
from warning.keeping.finding import Person, find
from warning.keeping.objecting import object_to, withdraw_objection
from warning.keeping.own_copy import PETITION, VIOLENCE, OwnCopy, own_copy
from warning.keeping.rights import Erasure, correct, erase, told_by_number
from warning.keeping.texts import texts_of
from warning.language import say
from warning.moments import local_now
from warning.records import PARTY
from warning.store import Store
from warning.store.audit import record as record_entry

IdOption = Annotated[
    str | None,
    typer.Option(
        "--id-number", help=say("证件号；- 从标准输入读", "ID number; - reads standard input")
    ),
]
PhoneOption = Annotated[
    str | None,
    typer.Option("--phone", help=say("电话；- 从标准输入读", "phone; - reads standard input")),
]
NameOption = Annotated[
    str | None,
    typer.Option(
        "--name",
        help=say(
            "完整姓名：区分共用号码的人，并查找同名记录；- 从标准输入读",
            "whole name: tells apart who shares a number, and finds rows of that name; - reads "
            "standard input",
        ),
    ),
]
LinkedOption = Annotated[
    float | None,
    typer.Option(
        "--linked",
        min=0.0,
        max=1.0,
        help=say(
            "确认概率不低于此值的关联记录属于此人",
            "confirm the rows linked with at least this probability as theirs",
        ),
    ),
]
RecordOption = Annotated[
    list[str] | None,
    typer.Option(
        "--record",
        help=say(
            "确认 find 所列的一条属于此人：渠道|编号|序号；可重复",
            "confirm one that find lists as theirs: channel|record_id|party_no; repeatable",
        ),
    ),
]


def _given(reason: str) -> str:
    """A reason that says something, before the store is opened."""
    return some_reason(reason)


WhyOption = Annotated[
    str,
    typer.Option("--reason", help=say("理由，记入审计", "why; kept"), callback=_given),
]
UserOption = Annotated[str, typer.Option("--user", help=say("经办人", "the officer"))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(_rights(), name="rights")


@contextmanager
def _asked(
    url: str, id_number: str | None, phone: str | None, name: str | None,
    linked: float | None = None, record: list[str] | None = None, *, only_shown: bool = False,
) -> Iterator[tuple[Store, Person]]:  # fmt: skip
    """The store and the person asked for; whose data it is, is noted before any is shown.

    ``-`` keeps a number or name out of the list of processes. Unless the person is only shown it
    must be one person, and what may be theirs too is said before anything is done.
    """
    read = [
        sys.stdin.readline().strip() if text == "-" else text for text in (id_number, phone, name)
    ]
    with existing_store(url, noted=False) as opened:
        person = find(opened, id_number=read[0], phone=read[1], name=read[2], linked=linked,
                      confirmed=record or ())  # fmt: skip
        note_access(opened, _named(opened, person))
        if not only_shown:
            must_be_one(person)
            say_left(person)
        yield opened, person


def _named(store: Store, person: Person) -> dict[str, list[str]]:
    """Whose data it is, for the audit: the store's keyed hashes, and the keys of the party rows.

    Hashes without a key are left out: who has one can try numbers until one fits.
    """
    keys = person.parties[PARTY].drop_duplicates()
    return {
        "people": list(person.hashes or person.standing) if store.seal.on else [],
        "records": sorted(keys.agg("|".join, axis=1)) if len(keys) else [],
    }


def _rights() -> typer.Typer:
    rights = typer.Typer(
        help=with_example(
            say(
                "个人的权利：查询、复制、更正、反对、删除",
                "a person's rights: find, export, correct, object, erase",
            ),
            f"warning rights find --phone 13900000061 --reason {say('本人申请', 'asked')}",
        ),
        no_args_is_help=True,
    )

    @rights.command(
        name="find",
        help=say(
            "存有此人的哪些记录。例：warning rights find --phone - --reason 本人申请",
            "What is kept of a person. Example: warning rights find --phone - --reason 'asked'",
        ),
    )
    def find_(
        reason: WhyOption,
        id_number: IdOption = None,
        phone: PhoneOption = None,
        name: NameOption = None,
        store: StoreOption = DEFAULT_STORE,
        as_json: JsonOption = False,
    ) -> None:
        with _asked(store, id_number, phone, name, only_shown=True) as (opened, person):
            # Whose texts these are cannot be told while the rows may be of several people.
            texts = [] if person.shared else texts_of(opened, person)
        if as_json:
            print_json(found_facts(person, texts))
        else:
            print_found(person, texts)

    @rights.command(
        name="export",
        help=say(
            "为本人复制其信息（JSON）。例：warning rights export --phone - --reason 本人申请 --out 副本.json",
            "A copy for the person (JSON). Example: warning rights export --phone - "
            "--reason 'asked' --out copy.json",
        ),
    )
    def export_(
        reason: WhyOption,
        out: Annotated[Path, typer.Option(help=say("文件", "file"))],
        id_number: IdOption = None,
        phone: PhoneOption = None,
        name: NameOption = None,
        linked: LinkedOption = None,
        record: RecordOption = None,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
    ) -> None:
        import json

        settings = settings_of(config)
        with _asked(store, id_number, phone, name, linked, record) as (opened, person):
            copy = own_copy(opened, person, settings)
            text = json.dumps(copy.content, ensure_ascii=False, indent=1)
            write_people(opened, out, text, local_now())
            if len(person.in_records):
                record_entry(opened, entry("rights exported", _named(opened, person), reason))
        console.print(say(f"副本已写入 {out}", f"the copy is in {out}"))
        _say_held_back(copy)

    @rights.command(
        name="correct",
        help=say(
            "更正此人的信息，作为记录的新版本。例：warning rights correct --phone - --set name=李四 "
            "--reason 本人申请",
            "Correct what is kept, as new versions. Example: warning rights correct --phone - "
            "--set name=X --reason 'asked'",
        ),
    )
    def correct_(
        reason: WhyOption,
        changes: Annotated[list[str], typer.Option("--set", help="name=…, phone=…")],
        id_number: IdOption = None,
        phone: PhoneOption = None,
        name: NameOption = None,
        linked: LinkedOption = None,
        record: RecordOption = None,
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        pairs = [text.partition("=") for text in changes]
        if not all(equals and value for _, equals, value in pairs):
            raise UsageError(Problem("--set", ", ".join(changes), "name=…"))
        with _asked(store, id_number, phone, name, linked, record) as (opened, person):
            named = _named(opened, person)
            done = correct(
                opened, person, {column: value for column, _, value in pairs},
                noted=lambda counts: entry("rights corrected", {**named, **counts}, reason),
            )  # fmt: skip
        if done:
            console.print(say(f"{done} 条记录已更正", f"{done} records are corrected"))
        else:
            console.print(
                say("记录中已是如此，没有改动", "it stands so already; nothing was changed")
            )

    @rights.command(
        name="object",
        help=say(
            "此人反对处理：此后各夜不再按其身份关联评分；--withdraw 撤回。例：warning rights object "
            "--phone - --user 张警官 --reason 本人申请",
            "The person objects: nights no longer link by who they are; --withdraw ends it. "
            "Example: warning rights object --phone - --user X --reason 'asked'",
        ),
    )
    def object_(
        reason: WhyOption,
        id_number: IdOption = None,
        phone: PhoneOption = None,
        name: NameOption = None,
        linked: LinkedOption = None,
        record: RecordOption = None,
        user: UserOption = "",
        withdraw: Annotated[bool, typer.Option(help=say("撤回反对", "end it"))] = False,
        store: StoreOption = DEFAULT_STORE,
    ) -> None:
        with _asked(store, id_number, phone, name, linked, record) as (opened, person):
            now = local_now()
            if withdraw:
                withdraw_objection(opened, person, now)
                changed = True
            else:
                changed = object_to(opened, person, user or account(), reason, now)
        console.print(
            _next_night(now) if changed
            else say("反对已在生效，没有改动", "the objection stands already; nothing was changed")
        )  # fmt: skip
        if not withdraw:
            console.print(_held_for(person.records))

    @rights.command(
        name="erase",
        help=say(
            "删除此人的身份信息（各版本、所有文字、隔离区）；来源再次发来也不再存入。例：warning rights erase "
            "--phone - --user 张警官 --reason 本人申请 --yes",
            "Erase who the person is (all versions, all texts, quarantine); a source that sends "
            "them again is stored without. Example: warning rights erase --phone - --user X "
            "--reason 'asked' --yes",
        ),
    )
    def erase_(
        reason: WhyOption,
        id_number: IdOption = None,
        phone: PhoneOption = None,
        name: NameOption = None,
        linked: LinkedOption = None,
        record: RecordOption = None,
        user: UserOption = "",
        yes: Annotated[bool, typer.Option("--yes", help=say("不再询问", "do not ask"))] = False,
        store: StoreOption = DEFAULT_STORE,
        config: ConfigOption = None,
        as_json: JsonOption = False,
    ) -> None:
        settings = settings_of(config)
        with _asked(store, id_number, phone, name, linked, record) as (opened, person):
            if not yes:
                typer.confirm(_erase_for_good(opened, person), abort=True)
            now, named = local_now(), _named(opened, person)
            done = erase(
                opened, person, user or account(), reason, now, settings,
                noted=lambda counts: entry("rights erased", {**named, **counts}, reason),
            )  # fmt: skip
        if as_json:
            print_json(asdict(done))
        else:
            _print_erasure(done, now)
        tell_uncleaned(done.uncleaned)

    return rights


def _erase_for_good(store: Store, person: Person) -> str:
    """What is asked before somebody is erased."""
    texts = len(told_by_number(store, person))
    if texts:
        return say(
            f"没有此人的记录；不可恢复地删除 {texts} 处文字中的此号码？",
            f"No record names the person; erase the number from {texts} texts for good?",
        )
    return say(
        f"不可恢复地删除 {person.records} 条记录中的此人？",
        f"Erase the person from {person.records} records for good?",
    )


def _say_held_back(copy: OwnCopy) -> None:
    """To the officer alone: the records that are not in the copy, and why."""
    if not copy.held_back:
        return
    why = {VIOLENCE: say("家庭暴力", "domestic violence"), PETITION: say("信访", "a petition")}
    listed = say("、", ", ").join(f"{key} ({why[kind]})" for key, kind in copy.held_back.items())
    console.print(
        say(f"未写入副本的记录 {len(copy.held_back)} 条，由经办人审阅后另行答复；不得告知申请人有无此类记录：",
            f"{len(copy.held_back)} records are not in the copy: an officer reads them and answers, and "
            "does not tell whether there are such records: ")
        + listed
    )  # fmt: skip


def _print_erasure(done: Erasure, now: pd.Timestamp) -> None:
    counts = ("parties", "narratives", "texts", "quarantine")
    print_facts([(count, getattr(done, count)) for count in counts])
    print_facts([(say("未删除、可能属于此人", "left, may be theirs"), len(done.left))])
    if done.files:
        console.print(
            say("仍在磁盘上、可能含此人的导出：", "exports still on disk that may hold them: ")
            + ", ".join(done.files),
        )
    until = {
        say("收件存档，可能含此人，到期由 warning retention 删除：",
            "archived deliveries that may hold them, until warning retention deletes them: "):
            done.archived,
        say("此前的备份，仍含此人，到期由 warning retention 删除：",
            "backups made before, which hold them still, until warning retention deletes them: "):
            done.backups,
    }  # fmt: skip
    for words, days in until.items():
        if days:
            listed = say("、", ", ").join(f"{path} ({day})" for path, day in days.items())
            console.print(words + listed)
    console.print(_next_night(now))


def _held_for(records: int) -> str:
    """For how many records an objection holds."""
    if records:
        return say(f"涉及 {records} 条记录", f"it holds for {records} records")
    return say(
        "目前没有此号码的记录：请核对号码；反对对以后的报告有效",
        "it holds for no record yet: check the number; it holds for later reports",
    )


def _next_night(now: pd.Timestamp) -> str:
    return say(
        f"自 {now} 起；下一夜重新计算关联与系列",
        f"from {now}; the next night makes links and cases anew",
    )
