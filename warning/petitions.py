"""Which records are petitions: what they say and who made them stands in no document."""

import re

import pandas as pd

from warning.records import RECORD
from warning.settings.escalation import EscalationSettings


def petitions(
    records: pd.DataFrame, parties: pd.DataFrame, settings: EscalationSettings
) -> "pd.Series[bool]":
    """Which records are petitions: by their channel, or by a word of their category or of a role.

    Args:
        records: channel, record_id, category, as their source writes it.
        parties: channel, record_id, role, likewise; of these records and of others or not.
        settings: ``withheld_channels`` and ``withheld_words``.
    """
    by_channel = records["channel"].isin(settings.withheld_channels)
    said = "|".join(re.escape(word) for word in settings.withheld_words if word.strip()) or "(?!)"
    by_category = records["category"].str.contains(said).fillna(value=False)
    roles = pd.Series(parties["role"].dropna().unique(), dtype="str")
    told = parties.loc[parties["role"].isin(roles[roles.str.contains(said)]), RECORD]
    by_role = pd.MultiIndex.from_frame(records[RECORD]).isin(pd.MultiIndex.from_frame(told))
    return by_channel | by_category.astype(bool) | by_role
