"""Which records are petitions: what they say and who made them stands in no document."""

import pandas as pd

from warning.matching.standardise.wording import plain_words, run_together
from warning.records import RECORD
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names


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
    by_category = _told(records["category"], settings)
    told = parties.loc[_told(parties["role"], settings), RECORD]
    by_role = pd.MultiIndex.from_frame(records[RECORD]).isin(pd.MultiIndex.from_frame(told))
    return by_channel | by_category | by_role


def _told(texts: pd.Series, settings: EscalationSettings) -> "pd.Series[bool]":
    """Which of the texts have one of the words, over blanks and line breaks, too."""
    words = plain_words(word for word in settings.withheld_words if word.strip())
    distinct = texts.dropna().unique()
    told = [text for text in distinct if any(word in run_together(str(text)) for word in words)]
    return pd.Series(among_names(texts, told), texts.index)
