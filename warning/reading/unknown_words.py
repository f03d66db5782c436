"""Words of the channels that no list maps: what a load tells of them."""

from collections.abc import Iterator

import pandas as pd

from warning.digits import starred
from warning.language import say
from warning.matching.vocabulary import WORDS_OF, unmapped
from warning.reading.raw import shown
from warning.settings.channels import ChannelsSettings

#: Words of a column that a note names.
WORDS_SHOWN = 5


def unknown_word_notes(
    records: pd.DataFrame, parties: pd.DataFrame, channels: ChannelsSettings
) -> Iterator[str]:
    """A line of each channel's column with words that map to nothing: the commonest, how many more.

    Args:
        records, parties: canonical tables, without what is set aside.
        channels: the words.
    """
    found = unmapped(records, parties, channels)
    for (channel, column), part in found.groupby(["channel", "column"]):
        first = part.head(WORDS_SHOWN)
        listed = ", ".join(
            f"{shown([starred(word)], 1)} ×{rows}"
            for word, rows in zip(first["word"], first["rows"], strict=True)
        )
        more, kind = len(part) - len(first), WORDS_OF[str(column)]
        if more:
            listed += say(f" 等，另有 {more} 个词", f" and {more} more words")
        yield say(
            f"{channel}：列 {column} 有不认识的词：{listed}；"
            f"请在 channels.yaml 的 words 或 channels 的 {channel} 下 {kind} 中写明所指",
            f"{channel}: column {column} has words that map to nothing: {listed}; map them in "
            f"channels.yaml under {kind} of words, or of {channel} under channels",
        )
