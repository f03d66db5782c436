"""Children have no name in what is shown: not their own, not in another's words, no school."""

import re
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import pandas as pd

from warning.masking import bare_names, masked
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.records import RECORD
from warning.spelling import bare_name, name_spans, replaced
from warning.tabular import among_names

#: What stands for a child's name, and for a school and a class.
CHILD = "未成年人"
SOME_SCHOOL = "某校"
ADULT = 18
_KINDS = "小学|中学|幼儿园|学校|初中|高中|附小|附中|职中|技校"
_NUMBER = "[0-9０-９一二三四五六七八九十]{1,3}"
_CLASS = rf"[（(]?{_NUMBER}[）)]?班"
_GRADE = rf"[小初高]?{_NUMBER}年级(?:{_CLASS})?|[小初高][一二三]{_CLASS}|[大中小]{_NUMBER}班"
#: A school with its grade and class, or a grade alone. Its name begins after what leads to it
#: (在, 到, 就读于) or twelve characters before.
SCHOOL = re.compile(
    rf"(?:(?![在于到从的称是系读])[0-9０-９\u4e00-\u9fff]){{0,12}}(?:{_KINDS})[（(]?(?:{_GRADE}|{_CLASS})?|{_GRADE}"
)


def compared(written: Iterable[str]) -> dict[str, str]:
    """Each name as written → as it is compared, however it is spelled.

    A mask (郑某) may be anybody's: it is only itself.

    >>> compared(["郑 可可", "郑可可（学生）", "郑可可等3人", "郑某"])
    {'郑 可可': '郑可可', '郑可可（学生）': '郑可可', '郑可可等3人': '郑可可', '郑某': '郑某'}
    """
    told = names(pd.Series(list(dict.fromkeys(written)), dtype="str"))
    whole = told["name"].where(~told["is_mask"].eq(True))
    return {
        name: found if isinstance(found, str) else bare_name(name)
        for name, found in zip(told["raw"], whole, strict=True)
    }


def young_names(parties: pd.DataFrame, records: pd.DataFrame) -> frozenset[str]:
    """Names, as compared, of parties under 18 when it was reported, by age or by ID number.

    Args:
        parties: channel, record_id, name, age, id_number.
        records: channel, record_id, reported_at.
    """
    rows = parties.loc[
        parties["name"].notna() & (parties["age"].notna() | parties["id_number"].notna()),
        [*RECORD, "name", "age", "id_number"],
    ]
    near = records.loc[among_names(records["record_id"], rows["record_id"])]
    rows = rows.merge(near[[*RECORD, "reported_at"]], on=RECORD)
    of_age = identifiers(rows["id_number"])["birth_date"] + pd.DateOffset(years=ADULT)
    young = (pd.to_numeric(rows["age"], errors="coerce") < ADULT) | (of_age > rows["reported_at"])
    return frozenset(compared(rows.loc[young, "name"]).values())


def children_among(written: Iterable[str], young: Collection[str]) -> frozenset[str]:
    """Those of the names, as written, that :func:`young_names` are, however they are spelled."""
    return frozenset(name for name, whole in compared(written).items() if whole in young)


def shown_name(name: str, children: frozenset[str]) -> str:
    """A name as it is shown: masked, and of a child that it is one."""
    return CHILD if name in children else masked(name)


def without(narrative: Any, children: frozenset[str]) -> Any:
    """The narrative of a case without its children's names, the longest first, and schools.

    Args:
        narrative: text, or missing.
        children: their names as written; without any the narrative is what it was.
    """
    if not isinstance(narrative, str) or not children:
        return narrative
    found = name_spans(narrative, _spellings(children))
    text = replaced(narrative, [(start, stop, CHILD) for start, stop, _ in found])
    return SCHOOL.sub(SOME_SCHOOL, text)


@lru_cache(maxsize=64)
def _spellings(children: frozenset[str]) -> tuple[str, ...]:
    """Their names as written and as compared: of a case's narratives all ask for the same."""
    return bare_names({*children, *compared(children).values()})
