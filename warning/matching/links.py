"""What linking gives: the frames every later stage works on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.patches import Patch
from warning.records import RECORD
from warning.tabular import among_keys


def no_verdicts() -> pd.DataFrame:
    """Verdicts as of :class:`Previous`, without any."""
    columns = ["kind", "left", "right", "verdict", "user", "at"]
    return pd.DataFrame(columns=columns, dtype="str")


@dataclass(frozen=True)
class Previous:
    """What the store knew before this night, so that identities stay stable.

    Attributes:
        party_links, place_links, incident_links, cases, case_incidents: as in :class:`Links`.
        verdicts: kind (person, organisation, place, incident), left, right (keys joined by
            ``|``), verdict (same, different, unsure), user, at.
        memory: what the last rebuild left; empty: everything is linked from nothing. See
            :class:`warning.matching.remembering.Memory`.
        changed: channel, record_id of records that are new since, or of another version than the
            one that these links were made of; None: it is not known.
        resting: as verdicts, those on people of which a record names somebody else by now: they
            hold no more, unless they are given again.
    """

    party_links: pd.DataFrame
    place_links: pd.DataFrame
    incident_links: pd.DataFrame
    cases: pd.DataFrame
    case_incidents: pd.DataFrame
    verdicts: pd.DataFrame
    memory: dict[str, pd.DataFrame] = field(default_factory=dict)
    changed: pd.DataFrame | None = None
    resting: pd.DataFrame = field(default_factory=no_verdicts)

    def corrected(self, rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which rows are of a record that is another one than these links were made of."""
        if self.changed is None:
            return np.zeros(len(rows), np.bool_)
        return among_keys(rows, self.changed, RECORD)


@dataclass(frozen=True)
class Links:
    """The result of linking; all frames sorted by their keys, order of input rows irrelevant.

    Attributes:
        party_links: channel, record_id, party_no, entity_id, entity_type, probability; one row
            a party row.
        place_links: channel, record_id, place_id, grain, probability; one row a record that
            says where.
        incident_links: channel, record_id, incident_id, probability; one row a record.
        incidents: incident_id, reported_at (of its first record), occurred_at, category (code),
            county_code, place_id, record_count.
        cases: case_id, kind (matter, person, place, organisation), county_code, category,
            incident_count, first_at, last_at, status ('open'; a night closes), subject (what makes the
            incidents one case: ids joined by ``+``), is_hub.
        case_incidents: case_id, incident_id, probability, is_primary.
        places: place_id, grain, parent_id, county_code, text (standardised), is_hub.
        mentions: channel, record_id, start, end, text, kind, entity_id (parties that stand only
            in the narrative).
        merges: kind, from_id, into_id (an older identity survived a newer one).
        place_names: county_code, nickname, name, doors, phones, far, probability: nicknames of
            places that the data showed, with their support.
        report: what blocking and clustering did: counts by name.
        notes: what :func:`warning.link` read otherwise than it was written, such as values that
            count as missing.
        memory: where a rebuild was asked to leave one, what later nights go on from.
        patches: by name, what makes these frames of the memory's: of a night from memory all, of
            a rebuild, whose frames the memory holds, what was changed since.
    """

    party_links: pd.DataFrame
    place_links: pd.DataFrame
    incident_links: pd.DataFrame
    incidents: pd.DataFrame
    cases: pd.DataFrame
    case_incidents: pd.DataFrame
    places: pd.DataFrame
    mentions: pd.DataFrame
    merges: pd.DataFrame
    report: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    place_names: pd.DataFrame = field(default_factory=pd.DataFrame)
    memory: dict[str, pd.DataFrame] = field(default_factory=dict)
    patches: dict[str, Patch] = field(default_factory=dict)

    def without_memory(self) -> "Links":
        """The same without what the memory holds, too: its patches instead of the frames."""
        frames: dict[str, Any] = {name: one.rows.iloc[:0] for name, one in self.patches.items()}
        return replace(self, **frames)

    def on_memory(self, memory: Mapping[str, pd.DataFrame]) -> "Links | None":
        """What :meth:`without_memory` was of, by the same memory; None where that is gone."""
        if self.patches and not memory:
            return None
        frames: dict[str, Any] = {name: one.on(memory[name]) for name, one in self.patches.items()}
        return replace(self, **frames)


def merges_of(kind: str, merges: pd.DataFrame) -> pd.DataFrame:
    """Merges (from_id, into_id) as rows of ``Links.merges``."""
    return merges.assign(kind=kind)[["kind", "from_id", "into_id"]]
