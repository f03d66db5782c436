"""What must be certain before a right is exercised: whose the rows are, and that there are any."""

from warning.errors import Problem, RefusedError
from warning.keeping.finding import Person
from warning.language import say


def must_be_one(person: Person) -> None:
    """Nothing is done for one of several people who share a number.

    Raises:
        RefusedError: the rows may be of several people.
    """
    if not person.shared:
        return
    told = say("、", ", ").join(
        (one.shown or say("姓名不详", "no name"))
        + say(f"（{one.records} 条记录）", f" ({one.records} records)")
        for one in person.people[:10]
    )
    several = len(person.people)
    raise RefusedError(
        Problem(
            "--id-number / --phone",
            say(f"此号码可能由 {several} 人共用：{told}",
                f"as many as {several} people use this number: {told}"),
            say("只属于一个人的记录", "the records of one person"),
            say("加 --name 及本人完整姓名；共用电话时也可加 --id-number",
                "add --name with the person's whole name, or --id-number where they share a phone"),
        )
    )  # fmt: skip


def must_be_known(person: Person) -> None:
    """Nothing is done for somebody of whom nothing is kept.

    Raises:
        RefusedError: no record gives the number.
    """
    if person.in_records.empty:
        todo = (
            say("先用 warning rights find 查看，再以 --record 确认属于此人的",
                "see them with warning rights find, and confirm what is theirs with --record")
            if len(person.further)
            else say("核对号码，并加 --name 查找只在记叙中提到的人；若已删除则无需再做",
                     "check it, and give --name for whom only narratives tell of; after an erasure"
                     " nothing is left")
        )  # fmt: skip
        found = (
            say(f"没有确定属于此人的记录；可能属于此人的有 {len(person.further)} 处",
                f"nothing is certainly theirs; {len(person.further)} rows and mentions may be")
            if len(person.further)
            else say("没有此人的记录", "nothing is kept of this person")
        )  # fmt: skip
        raise RefusedError(
            Problem(
                "--id-number / --phone",
                found,
                say("记录中有的证件号或电话", "an ID number or phone that a record gives"),
                todo,
            )
        )
