"""Masks of what is told of cases beside narratives: outcomes, and what officers wrote."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from warning.child_signs import may_tell_of_children
from warning.document_masks import DocumentMask, DocumentMasks
from warning.masking import people_named, sure_names, without_people
from warning.records import RECORD
from warning.store import Store


class CaseMasks:
    """Whom the last night knows by name, for texts about its cases; nobody before the first.

    Children have no name and no school there, as in documents.
    """

    def __init__(self, store: Store, case_ids: Iterable[str]) -> None:
        """Read the names.

        Args:
            store: of the night.
            case_ids: the cases whose own names of two characters are masked, too.
        """
        self._last = store.last_night()
        self._of: dict[str, DocumentMask] = {}
        self._masks: DocumentMasks | None = None
        if pd.isna(self._last):
            return
        records, parties = store.known(self._last)
        withheld = store.withheld(self._last)
        named = people_named(pd.concat([parties, withheld]), store.table("mentions"))
        members = store.rows("case_incidents", "case_id", set(case_ids))
        linked = members.merge(store.table("incident_links"), on="incident_id")
        own = linked[["case_id", *RECORD]]
        self._masks = DocumentMasks(
            own.merge(records[[*RECORD, "narrative", "reported_at"]], on=RECORD),
            own.merge(named, on=RECORD),
            records,
            parties,
            sure_names(named["name"]),
            withheld,
        )

    def text(self, text: Any, case_id: str) -> Any:
        """A text about a case with names masked and numbers taken out; missing stays missing."""
        if not isinstance(text, str):
            return text
        if self._masks is None:
            return without_people(text, ())
        mask = self._mask(self._masks, case_id, text)
        return without_people(mask.text(text), mask.whom, mask.everybody)

    def _mask(self, masks: DocumentMasks, case_id: str, text: str) -> DocumentMask:
        """The mask of a case, anew where the text itself may tell of its children (小名豆豆)."""
        if may_tell_of_children(text):
            return masks.of(case_id, further=[(text, self._last)])
        if case_id not in self._of:
            self._of[case_id] = masks.of(case_id)
        return self._of[case_id]

    def forces(self, forces: pd.DataFrame) -> pd.DataFrame:
        """Task forces with what officers wrote in their ledgers masked."""
        rows = zip(forces["content"], forces["case_id"], strict=True)
        told = [self._content(content, str(case_id)) for content, case_id in rows]
        return forces.assign(content=pd.Series(told, index=forces.index, dtype="object"))

    def _content(self, content: Mapping[str, Any], case_id: str) -> dict[str, Any]:
        if "ledger" not in content:
            return dict(content)
        entries = [
            {**entry, "text": self.text(entry["text"], case_id)} for entry in content["ledger"]
        ]
        return {**content, "ledger": entries}
