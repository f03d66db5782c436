"""What an identity that is asked for is looked up by: keyed hashes of its numbers and its name."""

import re
import unicodedata
from dataclasses import dataclass

import pandas as pd

from warning.errors import Problem, UsageError
from warning.keeping.apart import name_of
from warning.language import say
from warning.matching.standardise.identifiers import identifiers
from warning.store.sealing import ID_NAME, PHONE_NAME, Seal, named_keys, party_keys

#: A letter that is no Chinese character, or a figure in words, right behind a figure: standardising
#: drops it, and what is left is another number. An extension may stand there.
LETTERS = re.compile(r"[0-9](?!EXT)(?:[^\W\d_一-鿿]|[〇零一二三四五六七八九两幺])")


@dataclass(frozen=True)
class Asked:
    """An identity that is asked for.

    Attributes:
        whole_id: standardised; None if not asked for, or not whole.
        name: standardised; None if not asked for.
        ids, calls: keyed hashes of the ID number and the phone.
        named: of the phone together with the name.
        id_named: of the ID number together with the name.
    """

    whole_id: str | None
    name: str | None
    ids: tuple[str, ...]
    calls: tuple[str, ...]
    named: tuple[str, ...]
    id_named: tuple[str, ...]

    @property
    def every(self) -> tuple[str, ...]:
        """All the hashes."""
        return (*self.ids, *self.calls, *self.named, *self.id_named)


def asked_for(seal: Seal, id_number: str | None, phone: str | None, name: str | None) -> Asked:
    """The hashes of an identity.

    Args:
        seal: of the store.
        id_number, phone, name: as somebody writes them; None: not asked for.

    Raises:
        UsageError: neither a whole ID number nor a phone is given, a phone with a letter in it, or a
            name that is not whole.
    """
    whole = name_of(name) if name else None
    if name and whole is None:
        raise UsageError(
            Problem(
                "--name",
                say("不是一个人的完整姓名", "not the whole name of one person"),
                say("完整姓名，不带“某”“先生”等", "a whole name, not a mask or a title"),
            )
        )
    if phone and LETTERS.search(unicodedata.normalize("NFKC", phone).upper()):
        raise UsageError(
            Problem(
                "--phone",
                say("号码中有字母或汉字数字", "there is a letter in the number"),
                say("只有数字的电话号码", "a phone in figures"),
                say("核对后重新输入（字母 O 不是数字 0）",
                    "check it and enter it again (the letter O is no 0)"),
            )
        )  # fmt: skip
    text = {"id_number": [id_number], "phone": [phone], "name": [whole]}
    row = pd.DataFrame({name: pd.Series(value, dtype="str") for name, value in text.items()})
    row = row.assign(channel="", record_id="", party_no="", version=1)
    keys = party_keys(row, seal)
    if keys.empty:
        raise UsageError(
            Problem(
                "--id-number / --phone",
                say("没有完整的证件号或电话", "no whole ID number and no phone"),
                say("18 位证件号或电话号码", "an ID number of 18 characters, or a phone"),
                say("核对后重新输入", "check it and enter it again"),
            )
        )
    kinds = {kind: tuple(keys.loc[keys["kind"] == kind, "hash"]) for kind in ("id_number", "phone")}
    number = str(identifiers(row["id_number"])["id_number"].iloc[0]) if kinds["id_number"] else None
    both = named_keys(row, seal)
    named, id_named = (
        tuple(both.loc[both["kind"] == kind, "hash"]) for kind in (PHONE_NAME, ID_NAME)
    )
    return Asked(number, whole, kinds["id_number"], kinds["phone"], named, id_named)
