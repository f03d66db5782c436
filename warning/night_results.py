"""What a night gave: the tables as the store holds them, and the counts of its summary."""

import resource
import sys
from dataclasses import dataclass
from typing import Any

import pandas as pd

from warning.matching.decided import RESTING
from warning.matching.links import Links
from warning.matching.named_records import NOT_KNOWN, ONE_OF_SEVERAL
from warning.matching.place_rows import NO_PLACE
from warning.scoring.differing import differing
from warning.settings.channels import NO_DISPUTE
from warning.store import Store
from warning.store.nights import LAST_LOAD

TIERS = ("red", "orange", "yellow", "blue", "none")


@dataclass(frozen=True)
class NightResult:
    """What a night gave, as the store holds it.

    Attributes:
        as_of: the moment up to which reports were known.
        warnings, letters, task_forces: the contract's tables; letters and task forces are those
            drafted by this night. Of a night that a later one followed, ``contributions`` is
            missing where the tier had not changed; of one long ago only changes of tiers are left
            (``retention.yaml``: ``warnings_whole_days``).
        summary: counts by name, seconds, peak_memory_mb, config_hash, model_hash; other_model and
            other_settings, whether these are others than the night before had.
        repeated: whether this night had been run before, so that nothing was done.
    """

    as_of: pd.Timestamp
    warnings: pd.DataFrame
    letters: pd.DataFrame
    task_forces: pd.DataFrame
    summary: dict[str, Any]
    repeated: bool


def stored_night(
    store: Store, as_of: pd.Timestamp, run: dict[str, Any], *, repeated: bool
) -> NightResult:
    """The night as the store holds it."""
    moment = as_of.to_pydatetime()
    summary = {name: value for name, value in run.items() if name not in {"run_id", "counts"}}
    return NightResult(
        as_of=as_of,
        warnings=store.warnings_at(as_of),
        letters=store.rows("letters", "drafted_at", [moment]),
        task_forces=store.rows("task_forces", "proposed_at", [moment]),
        summary={**run["counts"], **summary, **differing(store.runs(), as_of)},
        repeated=repeated,
    )


def counts_of(
    records: pd.DataFrame,
    parties: pd.DataFrame,
    links: Links,
    warnings: pd.DataFrame,
    letters: pd.DataFrame,
    task_forces: pd.DataFrame,
) -> dict[str, int]:
    """What a night's summary counts, by name."""
    entities = links.party_links.groupby("entity_type")["entity_id"].nunique()
    tiers = warnings["tier"].value_counts()
    return {
        "records": len(records),
        LAST_LOAD: int(records["load_id"].max()) if len(records) else 0,
        "parties": len(parties),
        "people": int(entities.get("person", 0)),
        "organisations": int(entities.get("organisation", 0)),
        "places": int(links.place_links["place_id"].nunique()),
        "incidents": len(links.incidents),
        "incidents_of_no_dispute": int((links.incidents["category"] == NO_DISPUTE).sum()),
        "cases": len(links.cases),
        "scored": len(warnings),
        **{f"tier_{tier}": int(tiers.get(tier, 0)) for tier in TIERS},
        "letters": len(letters),
        "task_forces": len(task_forces),
        "linked_from_memory": int("records linked anew" in links.report),
        **{name: count for name, count in links.report.items() if name.startswith("drift: ")},
        "pairs_lost_to_caps": sum(
            count for name, count in links.report.items() if "lost to the cap" in name
        ),
        "addresses_of_no_place": links.report.get(NO_PLACE, 0),
        "names_not_known": links.report.get(NOT_KNOWN, 0),
        "names_of_several": links.report.get(ONE_OF_SEVERAL, 0),
        "verdicts_at_rest": links.report.get(RESTING, 0),
    }


def peak_memory_mb() -> float:
    """The process's peak resident memory in MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (1024 * 1024 if sys.platform == "darwin" else 1024), 1)
