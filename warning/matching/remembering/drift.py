"""How far nights from memory have drifted from linking everything."""

import numpy as np
import pandas as pd

from warning.matching.links import Links
from warning.records import PARTY, RECORD

KEYS = {
    "people": (PARTY, "entity_id"),
    "incidents": (RECORD, "incident_id"),
    "matters": (RECORD, "case_id"),
}


def drift_between(changed: Links, rebuilt: Links) -> dict[str, int]:
    """Pairs that only one of two links of the same records holds together.

    Args:
        changed: from memory.
        rebuilt: from nothing.

    Returns:
        For people (with organisations), incidents and matters: ``drift: pairs of NAME`` that the
        rebuild holds together, ``drift: NAME joined by memory alone``, ``drift: NAME joined by the
        rebuild alone``.
    """
    report = {}
    for name, (key, column) in KEYS.items():
        both = _rows(changed, name).merge(_rows(rebuilt, name), on=key, suffixes=("", "_rebuilt"))
        one = pd.factorize(both[column])[0].astype(np.int64)
        other = pd.factorize(both[f"{column}_rebuilt"])[0].astype(np.int64)
        shared = _pairs(one * (other.max(initial=0) + 1) + other)
        report[f"drift: pairs of {name}"] = _pairs(other)
        report[f"drift: {name} joined by memory alone"] = _pairs(one) - shared
        report[f"drift: {name} joined by the rebuild alone"] = _pairs(other) - shared
    return report


def _rows(links: Links, name: str) -> pd.DataFrame:
    if name == "people":
        return links.party_links
    if name == "incidents":
        return links.incident_links
    matters = links.case_incidents[links.case_incidents["is_primary"].astype(bool)]
    return links.incident_links[["channel", "record_id", "incident_id"]].merge(
        matters[["incident_id", "case_id"]], on="incident_id"
    )


def _pairs(labels: np.ndarray[tuple[int], np.dtype[np.int64]]) -> int:
    count = np.unique(labels, return_counts=True)[1]
    return int((count * (count - 1) // 2).sum())
