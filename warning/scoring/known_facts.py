"""The facts of all records, read anew only from those that an earlier night did not know."""

import hashlib
import json

import numpy as np
import pandas as pd

from warning.matching.vocabulary import with_codes
from warning.records import VERSION
from warning.scoring.facts import record_facts
from warning.settings import Settings
from warning.tabular import places_in

NOBODY = pd.DataFrame({"channel": [], "role": []}, dtype="str")


def facts_settings(settings: Settings) -> str:
    """32 hex digits that name what the facts of a record depend on beside the record."""
    told = settings.channels.model_dump_json() + settings.scoring.model_dump_json()
    told += json.dumps(settings.escalation.counties)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def facts_of(
    records: pd.DataFrame, settings: Settings, before: pd.DataFrame | None = None
) -> pd.DataFrame:
    """The codes of each record's category and county with the facts of :func:`record_facts`.

    Args:
        records: canonical records; with the store's ``version`` where there is a ``before``.
        settings: the channels' words, the counties' names, and the words and codes of scoring.
        before: what this gave an earlier night with the same settings, with ``version``.

    Returns:
        One row a record, in the order and with the index of ``records``: channel, record_id,
        category_code, county_code, severity and the facts' flags.
    """
    if before is None:
        coded, _ = with_codes(records, NOBODY, settings)
        facts = record_facts(coded, settings)
        for place, name in enumerate(("category_code", "county_code"), 2):
            facts.insert(place, name, coded[name])
        return facts
    at = places_in(records[VERSION], before[VERSION])
    fresh = facts_of(records[at < 0], settings)
    at[at < 0] = len(before) + np.arange(len(fresh))
    everything = pd.concat([before[list(fresh.columns)], fresh], ignore_index=True)
    return everything.take(at).set_axis(records.index)
