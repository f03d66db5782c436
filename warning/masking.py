"""How names and numbers are shown where they need not be read: on pages and in letters."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from warning.tabular import distinct_texts

#: What may stand between the characters of a name.
BETWEEN = frozenset(" \t\n\r\u3000\xa0·•．.・")
#: What stands in a written name and is not the name.
NAME_NOISE = re.compile(r"[（(].*$|[\s·•．.・]")
#: Seven digits or more, with or without separators: a phone or an ID number.
NUMBER = re.compile(r"[0-9０-９](?:[\s\-－—]?[0-9０-９*]){6,}[Xx]?")
#: Full names of this many characters are masked wherever they stand; a shorter one reads as a word
#: too often, and is masked only where its own case names it. The longest first.
SURE = (4, 3)


def masked(name: str) -> str:
    """A name as letters show it: 张某某 for 张三丰."""
    bare = re.sub(r"[\s·•．.（(].*$", "", name) or name[:1]
    return bare[:1] + "某" * max(1, min(2, len(bare) - 1))


def people_named(parties: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """Everybody whom a record names, in its columns or in its text.

    Args:
        parties: channel, record_id, name.
        mentions: channel, record_id, text, kind, as linking gives them.

    Returns:
        channel, record_id, name (as written).
    """
    told = mentions[mentions["kind"] == "person"].rename(columns={"text": "name"})
    columns = ["channel", "record_id", "name"]
    return pd.concat([parties[columns], told[columns]]).dropna(subset=["name"]).drop_duplicates()


def all_names(parties: pd.DataFrame, mentions: pd.DataFrame) -> set[str]:
    """Every name, as written, of :func:`people_named`."""
    told = mentions.loc[mentions["kind"] == "person", "text"]
    return {*distinct_texts(parties["name"]), *distinct_texts(told)}


def sure_names(names: Iterable[str]) -> frozenset[str]:
    """Of these names those that are masked in every text, whoever's it is."""
    bare = {name if name.isalpha() else NAME_NOISE.sub("", name) for name in names}
    return frozenset(name for name in bare if len(name) in SURE)


def bare_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names without what is not the name, the longest first: what :func:`summary` looks for."""
    bare = {NAME_NOISE.sub("", name) for name in names}
    return tuple(sorted((name for name in bare if len(name) > 1), key=lambda n: (-len(n), n)))


def summary(
    narrative: Any,
    names: Sequence[str],
    everybody: frozenset[str] = frozenset(),
    most: int = 120,
) -> str:
    """A narrative with names masked and numbers taken out, cut at ``most`` characters.

    Args:
        narrative: text, or missing.
        names: of :func:`bare_names`: whom the case names.
        everybody: of :func:`sure_names`.
        most: characters at the most.
    """
    if not isinstance(narrative, str):
        return ""
    # A name that the cut would halve is masked before it.
    text = narrative[: 4 * most]
    text = _hidden(text, names)
    for at in range(len(text) - min(SURE) + 1):
        for length in SURE:
            if text[at : at + length] in everybody:
                hidden = masked(text[at : at + length])
                text = text[:at] + hidden + text[at + length :]
                break
    text = NUMBER.sub("（号码略）", text)
    return text if len(text) <= most else text[: most - 1] + "…"


def _hidden(text: str, names: Sequence[str]) -> str:
    """The text with the names masked; with or without a dot or spaces a name is the same name."""
    kept = [at for at, letter in enumerate(text) if letter not in BETWEEN]
    letters = text if len(kept) == len(text) else "".join(text[at] for at in kept)
    free = [True] * len(letters)
    found: list[tuple[int, int, str]] = []
    for name in names:
        at = letters.find(name)
        while at >= 0:
            end = at + len(name)
            if all(free[at:end]):
                found.append((kept[at], kept[end - 1] + 1, masked(name)))
                free[at:end] = [False] * len(name)
            at = letters.find(name, end)
    for start, stop, instead in sorted(found, reverse=True):
        text = text[:start] + instead + text[stop:]
    return text
