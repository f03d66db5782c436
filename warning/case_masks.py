"""Masks of what is told of cases beside narratives: outcomes, and what officers wrote."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from warning.masking import bare_names, people_named, sure_names, without_people
from warning.records import RECORD
from warning.store import Store


class CaseMasks:
    """Whom the last night knows by name, for texts about its cases; nobody before the first."""

    def __init__(self, store: Store, case_ids: Iterable[str]) -> None:
        """Read the names.

        Args:
            store: of the night.
            case_ids: the cases whose own names of two characters are masked, too.
        """
        last = store.last_night()
        named = pd.DataFrame(columns=[*RECORD, "name"], dtype="str")
        if not pd.isna(last):
            parties = pd.concat([store.known(last)[1], store.withheld(last)])
            named = people_named(parties, store.table("mentions"))
        members = store.rows("case_incidents", "case_id", set(case_ids))
        linked = members.merge(store.table("incident_links"), on="incident_id")
        own = linked[["case_id", *RECORD]].merge(named, on=RECORD)
        self._whom = {str(key): bare_names(names) for key, names in own.groupby("case_id")["name"]}
        self._everybody = sure_names(named["name"])

    def text(self, text: Any, case_id: str) -> Any:
        """A text about a case with names masked and numbers taken out; missing stays missing."""
        if not isinstance(text, str):
            return text
        return without_people(text, self._whom.get(case_id, ()), self._everybody)

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
