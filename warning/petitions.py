"""Which records are petitions: what they say and who made them stands in no document.

Nor does it of who asks to stay unnamed, through whatever channel.
"""

import re

import pandas as pd

from warning.matching.standardise.wording import either, plain_words, run_together
from warning.records import RECORD
from warning.settings.escalation import EscalationSettings
from warning.tabular import among_names


def petitions(
    records: pd.DataFrame, parties: pd.DataFrame, settings: EscalationSettings
) -> "pd.Series[bool]":
    """Which records are petitions: by their channel, or by a word of their category or of a role.

    So is one whose text tells that who made it asks to stay unnamed.

    Args:
        records: channel, record_id, category, narrative, as their source writes them.
        parties: channel, record_id, role, likewise; of these records and of others or not.
        settings: ``withheld_channels``, ``withheld_words`` and ``unnamed_words``.
    """
    by_channel = records["channel"].isin(settings.withheld_channels)
    by_category = _told(records["category"], settings.withheld_words)
    by_text = _told(records["narrative"], settings.unnamed_words)
    told = parties.loc[_told(parties["role"], settings.withheld_words), RECORD]
    by_role = pd.MultiIndex.from_frame(records[RECORD]).isin(pd.MultiIndex.from_frame(told))
    return by_channel | by_category | by_text | by_role


def _told(texts: pd.Series, words: tuple[str, ...]) -> "pd.Series[bool]":
    """Which of the texts have one of the words, over blanks and line breaks, too."""
    one = re.compile(either(plain_words(word for word in words if word.strip())))
    distinct = texts.dropna().unique()
    told = [text for text in distinct if one.search(run_together(str(text))) is not None]
    return pd.Series(among_names(texts, told), texts.index)
