"""What a correction may say: whatever is entered, the person can be found by it afterwards."""

from collections.abc import Iterator, Mapping

import pandas as pd

from warning.errors import Problem
from warning.keeping.apart import name_of
from warning.language import say
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.phones import PERSONAL, phones
from warning.spelling import legible

#: What may be corrected.
CORRECTABLE = ("name", "id_number", "phone", "gender", "address")
GENDERS = ("男", "女", "男性", "女性")


def faults_of(changes: Mapping[str, str]) -> Iterator[Problem]:
    """Every column that cannot be corrected, and every value that its column cannot have.

    Args:
        changes: column → the corrected value.
    """
    for column, value in changes.items():
        if column not in CORRECTABLE:
            found = say("不能更正", "cannot be corrected")
            yield Problem(column, found, ", ".join(CORRECTABLE))
        elif not _fits(column, value):
            found, expected = _words(column)
            yield Problem(f"{column}={value}", found, expected,
                          say("核对后重新输入", "check it and enter it again"))  # fmt: skip


def _fits(column: str, value: str) -> bool:
    if column == "name":
        return name_of(value) is not None
    if column == "gender":
        return value in GENDERS
    if column == "address":
        return bool(legible(value))
    one = pd.Series([value], dtype="str")
    if column == "phone":
        return phones(one)["kind"].iloc[0] in PERSONAL
    return identifiers(one)["status"].iloc[0] in ("valid", "short15")


def _words(column: str) -> tuple[str, str]:
    """What is wrong with a value of the column, and what it should be."""
    return {
        "name": (
            say("不是一个人的完整姓名", "not the whole name of one person"),
            say("完整姓名，不带“某”“先生”等", "a whole name, not a mask or a title"),
        ),
        "id_number": (
            say("不是有效的证件号", "not a valid ID number"),
            say("校验位正确的 18 位（或 15 位）证件号",
                "18 characters with the right check digit, or 15 digits"),
        ),
        "phone": (
            say("不是某人的电话", "not a person's phone"),
            say("手机号、带区号的固定电话，或带国家（地区）代码的境外号码",
                "a mobile, a landline with its area code, or one abroad with its country's code"),
        ),
        "gender": (say("不是性别", "not a gender"), say("、", ", ").join(GENDERS)),
        "address": (say("没有可读的文字", "no text that can be read"), say("地址", "an address")),
    }[column]  # fmt: skip
