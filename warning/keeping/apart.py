"""Whose rows are these? Rows that one number gives, told apart into the people they may be.

A household shares its phone, so one phone is no one person. Rows are taken for one person where
nothing in them says otherwise: another whole name, another whole ID number, another entity of the
last night.

A clerk may copy one party's ID number to the next. Rows with one ID number are taken for one person
where they are named alike or an officer confirmed them, and are not two parties of one record. That
a night linked them says nothing: it may have done so by this very number.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

import pandas as pd
from rapidfuzz.distance import Levenshtein

from warning.child_names import CHILD
from warning.masking import masked
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.records import RECORD, VERSION

#: Ways of being named above which nothing is put together: the number of an office, not a home.
MANY = 300
#: What is put behind the surname that a mask shows.
MASK = "*"


@dataclass(frozen=True)
class Sharer:
    """One of those who may share a number.

    Attributes:
        name: the longest that their rows give, as written and not corrected since; None where no
            row names them.
        records: how many records.
        numbered: whether a row gives a whole ID number.
        child: whether a row tells that they were under 18 when it was reported; None where no row
            tells an age.
    """

    name: str | None
    records: int
    numbered: bool
    child: bool | None

    @property
    def shown(self) -> str | None:
        """The name as it is shown; None without one."""
        return hidden_name(self.name, child=self.child)


def hidden_name(name: str | None, *, child: bool | None) -> str | None:
    """A name masked, and of a child that it is one; None without one."""
    if child:
        return CHILD
    return None if name is None else masked(name)


def described(parties: pd.DataFrame) -> pd.DataFrame:
    """The rows with what tells people apart, each missing where a row does not tell it.

    Returns:
        The rows with whole_id (18 characters), full_name (standardised, no mask; several in one
        field joined by ``|``), head (the surname that a mask shows).
    """
    told, numbers = names(parties["name"]), identifiers(parties["id_number"])
    mask = told["is_mask"].eq(True)
    every = told["name"] + ("|" + told["others"]).fillna("")
    return parties.assign(
        whole_id=numbers["id_number"].where(numbers["status"].isin(["valid", "short15"])),
        full_name=every.where(~mask),
        head=told["head"].where(mask),
    )


def name_of(text: str) -> str | None:
    """The standard form of a whole name of one person; None for a mask, several or none."""
    row = described(pd.DataFrame({"name": [text], "id_number": pd.Series([None], dtype="str")}))
    full = row["full_name"].iloc[0]
    return None if pd.isna(full) or "|" in full else str(full)


class _Label(NamedTuple):
    """What the versions of one row say of whom they mean; an empty set is unknown."""

    whole_id: frozenset[str]
    full_name: frozenset[str]
    head: frozenset[str]
    entity_id: frozenset[str]

    def fits(self, other: "_Label") -> bool:
        """Whether nothing says that the two are two people."""
        if self.whole_id & other.whole_id:
            return True
        pairs = ((self.whole_id, other.whole_id), (self.full_name, other.full_name),
                 (self.entity_id, other.entity_id), (self._shown, other._shown))  # fmt: skip
        return all(not one or not two or one & two for one, two in pairs)

    @property
    def order(self) -> tuple[int, list[list[str]]]:
        """Who is told most of comes first."""
        return self.count(frozenset()), [sorted(told) for told in self]

    @property
    def _shown(self) -> frozenset[str]:
        """The first character: what a mask and a whole name can be compared by."""
        return frozenset(one[:1] for one in self.head | self.full_name)


def people_apart(rows: pd.DataFrame) -> "pd.Series[int]":
    """Number the people of these rows from 0.

    Args:
        rows: of :func:`described`, with entity_id (missing: not linked, or nothing to go by),
            whose (alike for the versions of one row), stands (False: it was corrected) and child
            (of somebody under 18; missing: no age is told).

    Returns:
        In the rows' index. A row that fits more than one person counts as one more: whose it is
        cannot be told.
    """
    stands = rows[rows["stands"]]
    facts = stands[list(_Label._fields)].astype(object)
    facts = facts.where(facts.notna(), None)
    said: dict[int, list[tuple[str | None, ...]]] = {}
    for whose, row in zip(stands["whose"], facts.itertuples(index=False, name=None), strict=True):
        said.setdefault(whose, []).append(row)
    labels = {
        whose: _Label(*(frozenset(filter(None, told)) for told in zip(*own, strict=True)))
        for whose, own in said.items()
    }
    distinct = sorted(set(labels.values()), key=lambda one: one.order)
    number: dict[_Label, int] = {}
    people: list[list[_Label]] = []
    for label in distinct:
        fitting = [
            at for at, person in enumerate(people)
            if len(distinct) <= MANY and all(label.fits(other) for other in person)
        ]  # fmt: skip
        if len(fitting) != 1:
            fitting = [len(people)]
            people.append([])
        people[fitting[0]].append(label)
        number[label] = fitting[0]
    return rows["whose"].map({whose: number[label] for whose, label in labels.items()})


def bearers(rows: pd.DataFrame) -> dict[int, int]:
    """Number the people who give one ID number from 0, who stands in most records first.

    Two are one where their names are alike up to one character or a mask, or an officer said so of
    either; never where they stand as two parties in one record. A row without a name is of whom it
    fits.

    Args:
        rows: as for :func:`people_apart`, without entity_id, but with held (by which hash an
            objection holds the row; missing: none does) and said (an officer confirmed that).

    Returns:
        ``whose`` → number; what fits several people counts as one more.
    """
    stands = rows[rows["stands"]]
    shown = stands["full_name"].fillna(stands["head"] + MASK).fillna("")
    stands = stands.assign(shown=shown)
    beside = {
        frozenset(pair)
        for _, told in stands.groupby(VERSION)["shown"]
        for pair in combinations(told.unique(), 2)
    }
    confirmed = {
        frozenset([one, other])
        for _, own in stands.groupby("held")
        for one in own.loc[own["said"], "shown"].unique()
        for other in own["shown"].unique()
    }
    often = stands.drop_duplicates([*RECORD, "shown"])["shown"].value_counts()
    people: list[list[str]] = []
    number: dict[str, int] = {}
    for one in sorted(often.index, key=lambda name: (name == "", MASK in name, -often[name], name)):
        free = [
            at for at, person in enumerate(people)
            if len(often) <= MANY
            and not any(frozenset([one, other]) in beside for other in person)
        ]  # fmt: skip
        similar = [at for at in free if any(alike(one, other) for other in people[at])]
        fitting = similar or [
            at for at in free if all(frozenset([one, other]) in confirmed for other in people[at])
        ]
        if len(fitting) != 1:
            fitting = [len(people)]
            people.append([])
        people[fitting[0]].append(one)
        number[one] = fitting[0]
    return dict(zip(stands["whose"], stands["shown"].map(number), strict=True))


def alike(one: str, other: str) -> bool:
    """Whether two names, as shown, may be spellings of one person's; no name is like every one.

    One character may differ, or be missing; of names of two characters not the first.
    """
    if not one or not other:
        return True
    if MASK in one + other:
        return one[:1] == other[:1]
    return any(
        Levenshtein.distance(a, b) <= (1 if min(len(a), len(b)) > 2 or a[0] == b[0] else 0)
        for a in one.split("|")
        for b in other.split("|")
    )


def sharers(rows: pd.DataFrame) -> tuple[Sharer, ...]:
    """The people of the rows, who stands in most records first; a field may name several."""
    found: list[Sharer] = []
    for _, own in rows.groupby(people_apart(rows)):
        several = own.loc[own["stands"], "full_name"].dropna().str.count(r"\|").max()
        found += [sharer(own)] * (1 if pd.isna(several) else 1 + int(several))
    return tuple(sorted(found, key=lambda one: (-one.records, one.name or "")))


def sharer(rows: pd.DataFrame) -> Sharer:
    """These rows, as for :func:`people_apart`, as one person."""
    stands = rows[rows["stands"]]
    whole = stands.loc[stands["full_name"].notna(), "name"]
    told = list(whole if len(whole) else stands["name"].dropna())
    records = len(rows.drop_duplicates(RECORD))
    numbered, ages = rows["whole_id"].notna().any(), stands["child"].dropna()
    child = bool(ages.any()) if len(ages) else None
    return Sharer(max(told, key=len, default=None), records, bool(numbered), child)


def meant_by(people: dict[int, pd.DataFrame], name: str) -> int | None:
    """Who of those who give one ID number has this whole name; None where nobody can tell.

    Where no row gives it, nor one that may be a spelling of it: the only one whose rows begin like
    it, masked; or of two people the one without a name.

    Args:
        people: number of a person → their rows, of :func:`described`.
        name: whole.
    """
    whole: dict[int, set[str]] = {}
    begins: dict[int, set[str]] = {}
    for number, own in people.items():
        stands = own[own["stands"]]
        whole[number] = {one for told in stands["full_name"].dropna() for one in told.split("|")}
        begins[number] = {one[:1] for one in {*whole[number], *stands["head"].dropna()}}
    fitting = [number for number, told in whole.items() if name in told]
    if not fitting and not any(alike(name, one) for told in whole.values() for one in told):
        fitting = [number for number, told in begins.items() if name[:1] in told]
        if any(whole[number] for number in fitting):
            return None
        if not fitting and len(people) == 2:
            fitting = [number for number, told in begins.items() if not told]
    return fitting[0] if len(fitting) == 1 else None
