"""Words of the channels that no list maps: what a load tells of them."""

from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from warning.digits import starred
from warning.language import say
from warning.masking import SURE, SureNames, bare_names, sure_names, without_names
from warning.matching.standardise.narrative import find_mentions
from warning.matching.vocabulary import WORD_LENGTH, WORDS_OF, unmapped
from warning.reading.raw import shown
from warning.settings.channels import ChannelsSettings

#: Words of a column that a note names.
WORDS_SHOWN = 5
#: The commonest words of a column among which those are sought.
LOOKED_AT = 20
#: Behind it a name is seen that stands alone, or at the beginning.
SOMEBODY = "报警人"


def unknown_word_notes(
    records: pd.DataFrame, parties: pd.DataFrame, channels: ChannelsSettings
) -> Iterator[str]:
    """A line of each channel's column with words that map to nothing: the commonest, how many more.

    A cell may hold a sentence on somebody: named are words of up to ``WORD_LENGTH`` characters that
    stand in several rows and name nobody; the others are counted.

    Args:
        records, parties: canonical tables, without what is set aside.
        channels: the words.
    """
    found = unmapped(records, parties, channels)
    if found.empty:
        return
    names = parties["name"].dropna().unique()
    everybody = sure_names(names)
    short = [name for name in bare_names(names) if len(name) < SURE]
    for (channel, column), part in found.groupby(["channel", "column"]):
        common = part[(part["rows"] > 1) & (part["word"].str.len() <= WORD_LENGTH)].head(LOOKED_AT)
        named = [_names_somebody(word, short, everybody) for word in common["word"]]
        nobody = common[~np.array(named, np.bool_)]
        yield _note(str(channel), str(column), nobody.head(WORDS_SHOWN), len(part))


def _names_somebody(word: str, short: Iterable[str], everybody: SureNames) -> bool:
    """Whether a word holds the name of a party of the load, or what reads as a name.

    Args:
        word: any text.
        short: bare names too short for ``everybody``.
        everybody: the longer ones.
    """
    told = SOMEBODY + word
    seen = any(mention.kind == "person" for mention in find_mentions(told))
    return seen or without_names(told, list(short), everybody) != told


def _note(channel: str, column: str, shown_words: pd.DataFrame, words: int) -> str:
    """What is told of a channel's column.

    Args:
        channel, column: whose words they are.
        shown_words: word, rows; those to be named.
        words: how many there are, named or not.
    """
    kind, more = WORDS_OF[column], words - len(shown_words)
    listed = ", ".join(
        f"{shown([starred(word)], 1)} ×{rows}"
        for word, rows in zip(shown_words["word"], shown_words["rows"], strict=True)
    )
    if not listed:
        listed = say(
            f"{more} 个，不列出（只见于一行、较长或可能含姓名）",
            f"{more}, not shown (in one row alone, long, or with what may be a name)",
        )
    elif more:
        listed += say(f" 等，另有 {more} 个词", f" and {more} more words")
    return say(
        f"{channel}：列 {column} 有不认识的词：{listed}；"
        f"请在 channels.yaml 的 words 或 channels 的 {channel} 下 {kind} 中写明所指",
        f"{channel}: column {column} has words that map to nothing: {listed}; map them in "
        f"channels.yaml under {kind} of words, or of {channel} under channels",
    )
