"""What ``rights`` shows of a person that was found: counts, who shares a phone, what may be theirs."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from warning.commands.console import console, print_facts, print_table
from warning.keeping.apart import hidden_name
from warning.keeping.finding import Person
from warning.keeping.rights import keys_left
from warning.keeping.texts import Telling
from warning.language import say
from warning.terminal import PlainConsole

#: Rows that may be theirs which are listed; all of them stand in the JSON.
MOST = 50


def reason_names() -> dict[str, str]:
    """What the reasons are called."""
    return {
        "id_number": say("证件号相同", "same ID number"), "linked": say("已关联", "linked"),
        "phone": say("电话相同", "same phone"), "name": say("姓名相同", "same name"),
        "told": say("记叙中提到", "told in the narrative"),
    }  # fmt: skip


def found_facts(person: Person, texts: Sequence[Telling]) -> dict[str, Any]:
    """Everything that ``find`` tells; names are masked, and of a child nothing of it is left.

    Args:
        person: who was found.
        texts: what tells of them, of :func:`warning.keeping.texts.texts_of`.
    """
    people = [
        {"name": one.shown, "records": one.records, "id_number": one.numbered}
        for one in person.people
    ]
    further = [
        {"key": key, "name": hidden_name(_text(row.name), child=row.child), "why": row.why.split("+"),
         "probability": None if row.probability != row.probability else row.probability}
        for key, row in zip(keys_left(person), _rows(person), strict=True)
    ]  # fmt: skip
    return {
        "records": person.records,
        "party_rows": len(person.parties),
        "people": people,
        "further": further,
        "texts": sorted({one.name for one in texts}),
        "entities": sorted(set(person.links["entity_id"])),
        "cases": list(person.cases),
        "letters": list(person.letters),
        "rights": person.restrictions[["right", "since", "until"]],
    }


def _rows(person: Person) -> list[Any]:
    columns = ["name", "child", "why", "probability"]
    return list(person.further[columns].itertuples(index=False))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def print_found(person: Person, texts: Sequence[Telling]) -> None:
    """The facts a line each; for several people who they are, and nothing that is one's own."""
    facts = found_facts(person, texts)
    listed = {"rights", "people", "further", "texts"}
    if person.shared:
        console.print(_several(person))
        for one in facts["people"]:
            name = one["name"] or say("姓名不详", "no name")
            records = say(f"{one['records']} 条记录", f"{one['records']} records")
            number = say("有证件号", "ID number") if one["id_number"] else "—"
            console.print(f"  {name}  {records}  {number}")
        listed |= {"entities", "cases", "letters"}
    print_facts((name, value) for name, value in facts.items() if name not in listed)
    print_facts((str(row.right), row.since) for row in person.restrictions.itertuples())
    say_left(person)
    names = reason_names()
    rows = person.further.assign(
        key=keys_left(person),
        name=[one["name"] for one in facts["further"]],
        why=[
            say("、", ", ").join(names[one] for one in row.why.split("+")) for row in _rows(person)
        ],
    )
    if len(rows):
        print_table(
            rows,
            {"key": say("键", "key"), "name": say("姓名", "name"),
             "probability": say("概率", "probability"), "why": say("原因", "why")},
            most=MOST,
        )  # fmt: skip
    told = pd.DataFrame({"text": facts["texts"]})
    if len(told):
        print_table(told, {"text": say("提到此人的文字（键|列）", "texts that tell of them (key|column)")},
                    most=MOST)  # fmt: skip


def _several(person: Person) -> str:
    several = len(person.people)
    return say(
        f"此号码可能由 {several} 人共用；办理前用 --name 指明是谁（共用电话时也可用 --id-number）：",
        f"as many as {several} people use this number; say who with --name (or with --id-number, "
        "where they share a phone) before you act:",
    )


def say_left(person: Person) -> None:
    """Say on standard error how much may be theirs and is left out, and how to take it in."""
    left = len(person.further)
    if not left:
        return
    PlainConsole(stderr=True, soft_wrap=True).print(
        say(
            f"另有 {left} 处可能属于此人，未计入。用 warning rights find 查看（删除后按号码再也找不到），"
            "确认后加 --linked 概率 或 --record 键",
            f"{left} more may be theirs and are left out. See them with warning rights find (after "
            "an erasure no number leads to them), and take in what is theirs by --linked "
            "PROBABILITY or --record KEY",
        ),
    )
