"""How the people of a case are hidden in what documents tell of it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from warning.child_names import CHILD, Called, called_in
from warning.child_signs import tells_of_a_child
from warning.children import (
    children_among,
    grown_names,
    nameless_children,
    shown_name,
    without,
    without_schools,
    young_names,
)
from warning.masking import SureNames, bare_names, summary, without_people
from warning.matching.standardise.names import names_somebody
from warning.records import RECORD
from warning.spelling import name_spans, replaced
from warning.tabular import among_names, distinct_texts

SOMEBODY = "当事人"
#: Who looks after children beside the schools.
CARE = re.compile("(?<![产金权])托[管育幼]|早教|幼教|特教|特殊教育|小饭桌|少年宫|中专")


@dataclass(frozen=True)
class DocumentMask:
    """The mask of one case.

    Attributes:
        called: its children, and what its texts call them.
        whom: bare names of everybody whom it names.
        everybody: who is hidden in the texts of every case.
        unnamed: bare names of whom its texts leave out altogether.
        has_child: whether a child is among its people, with a name or without, or told of.
    """

    called: Called
    whom: tuple[str, ...]
    everybody: SureNames
    unnamed: tuple[str, ...] = ()
    has_child: bool = False

    def name(self, name: str) -> str:
        """A name as documents show it; "" of a word for somebody who is not named (其丈夫)."""
        shown = shown_name(name, self.called.children)
        return shown if shown == CHILD or names_somebody(name) else ""

    def names(self, people: Iterable[tuple[str, str]]) -> tuple[str, ...]:
        """The names of people, each given with what is one for all names of a person, in order."""
        shown = {(self.name(name), who) for name, who in people}
        return tuple(sorted(name for name, _ in shown if name))

    def text(self, narrative: Any) -> Any:
        """A narrative without its children, and with 当事人 for whom it leaves out."""
        text = without(narrative, self.called.children, called=self.called)
        if not self.unnamed or not isinstance(text, str):
            return text
        found = name_spans(text, self.unnamed)
        return replaced(text, [(start, stop, SOMEBODY) for start, stop, _ in found])

    def summary(self, text: Any) -> str:
        """A text of :meth:`text` in brief, all other names masked, too."""
        return summary(text, self.whom, self.everybody)

    def tells(self, name: str) -> bool:
        """Whether the name of an organisation or place tells a person or a school.

        A school may be a child's of whom nothing else is known.
        """
        own = without_schools(without(name, self.called.children, called=self.called))
        if CARE.search(own):
            return True
        return without_people(own, self.whom, self.everybody) != name


class DocumentMasks:
    """The masks of cases."""

    def __init__(
        self,
        rows: pd.DataFrame,
        named: pd.DataFrame,
        records: pd.DataFrame,
        parties: pd.DataFrame,
        everybody: SureNames,
        objectors: pd.DataFrame,
    ) -> None:
        """Look for the cases' people and children.

        Args:
            rows: case_id, channel, record_id, narrative, reported_at: the records of the cases.
            named: case_id, name: whom they name.
            records, parties: that hold these, and others or not.
            everybody: who is masked in every text.
            objectors: channel, record_id, name, child of who objected.
        """
        theirs = parties[among_names(parties["record_id"], rows["record_id"])]
        own = records[among_names(records["record_id"], rows["record_id"])]
        young = young_names(
            pd.concat([parties[among_names(parties["name"], named["name"])], objectors]), records
        )
        self._everybody = everybody
        self._children = children_among([*named["name"], *objectors["name"]], young)
        self._grown = grown_names(theirs, rows)
        self._with_nameless = distinct_texts(
            rows.merge(nameless_children(theirs, own), on=RECORD)["case_id"]
        )
        objected = rows[[*RECORD, "case_id"]].merge(objectors[[*RECORD, "name"]], on=RECORD)
        whom = pd.concat([named[["case_id", "name"]], objected[["case_id", "name"]]])
        self._names: Mapping[str, Sequence[str]] = {
            str(case_id): sorted(set(names)) for case_id, names in whom.groupby("case_id")["name"]
        }
        self._narratives: defaultdict[str, list[tuple[Any, datetime]]] = defaultdict(list)
        told = (rows[name].tolist() for name in ("case_id", "narrative", "reported_at"))
        for case_id, narrative, moment in zip(*told, strict=True):
            self._narratives[case_id].append((narrative, moment))

    def of(
        self,
        case_id: str,
        unnamed: Iterable[str] = (),
        further: Iterable[tuple[str, datetime]] = (),
    ) -> DocumentMask:
        """The mask of a case.

        Args:
            case_id: the case.
            unnamed: names, as written, that its texts leave out.
            further: texts about it beside its narratives, with their moments, that tell of its
                children, too.
        """
        names = self._names.get(case_id, ())
        called = called_in(
            names,
            self._children,
            [*self._narratives[case_id], *further],
            nameless=case_id in self._with_nameless,
            grown=self._grown.get(case_id, {}),
        )
        has_child = bool(called.children) or called.nameless or self._tells_of_a_child(case_id)
        return DocumentMask(
            called, bare_names(names), self._everybody, bare_names(unnamed), has_child
        )

    def _tells_of_a_child(self, case_id: str) -> bool:
        """Whether a narrative of the case tells of a child, also of one whom nobody names."""
        told = (text for text, _ in self._narratives[case_id] if isinstance(text, str))
        return any(map(tells_of_a_child, told))
