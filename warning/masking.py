"""How names are shown where they need not be read: on pages and in letters."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from warning.digits import without_numbers
from warning.matching.standardise.names import names as standard_names
from warning.matching.standardise.narrative import perhaps_named
from warning.spelling import (
    BETWEEN,
    Span,
    bare_name,
    is_edged,
    is_meant,
    letters_told,
    name_spans,
    replaced,
    told_names,
    written_spans,
)
from warning.tabular import distinct_texts

#: Full names of so many characters and more are masked wherever they stand; a shorter one reads as
#: a word too often, and is masked only where its own case names it.
SURE = 3
#: Where a name ends for who reads its mask.
END = re.compile(rf"[（({re.escape(''.join(sorted(BETWEEN)))}].*$", re.DOTALL)

#: A blank with two signs and more on both sides: 张建国 沙河镇, and not 张 建国.
_PARTED = re.compile(r"^[^（(\s]{2,}+\s++[^（(\s]{2}")


class SureNames(NamedTuple):
    """Names that are masked in every text.

    Attributes:
        names: as they are compared (:func:`warning.spelling.told_name`) → bare.
        starts: how a name begins: :data:`SURE` characters.
        lengths: how long names are, the longest first.
        hyphened: bare, that :func:`warning.spelling.written_spans` finds, for the others do not.
    """

    names: Mapping[str, str]
    starts: frozenset[str]
    lengths: Sequence[int]
    hyphened: Sequence[str]


def masked(name: str) -> str:
    """A name as letters show it: 张某某 for 张三丰."""
    bare = END.sub("", name) or name[:1]
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


def _bare(names: Iterable[str]) -> set[str]:
    """Names without what is not the name; of a cell that tells more also the name that is read of it.

    >>> sorted(_bare(["张建国，沙河镇", "张建国（本人）"]))
    ['张建国', '张建国，沙河镇']
    """
    named = set(names)
    bare = set(filter(str.isalpha, named))
    more = []
    for name in named - bare:
        own = bare_name(name)
        bare.add(own)
        if not own.isalpha() or _PARTED.match(name):
            more.append(name)
    if more:
        read = standard_names(pd.Series(more, dtype="str"))
        whole = read.loc[~read["is_mask"].astype(bool), "name"].dropna().tolist()
        known = set(told_names(sorted(bare)))
        told = zip(whole, told_names(whole), strict=True)
        bare.update(name for name, letters in told if letters not in known)
    return bare


def sure_names(names: Iterable[str]) -> SureNames:
    """Of these names those that are masked in every text, whoever's it is."""
    bare = sorted(_bare(names))
    told = told_names(bare)
    sure = {letters: name for letters, name in zip(told, bare, strict=True) if len(letters) >= SURE}
    hyphened = [
        name
        for letters, name in zip(told, bare, strict=True)
        if len(name) >= SURE and (len(letters) < SURE or is_edged(name))
    ]
    starts = frozenset(name[:SURE] for name in sure)
    lengths = sorted({len(name) for name in sure}, reverse=True)
    return SureNames(sure, starts, lengths, hyphened)


NOBODY = sure_names(())


def bare_names(names: Iterable[str]) -> tuple[str, ...]:
    """Names without what is not the name, the longest first: what :func:`summary` looks for."""
    return tuple(
        sorted((name for name in _bare(names) if len(name) > 1), key=lambda n: (-len(n), n))
    )


def summary(
    narrative: Any,
    names: Sequence[str],
    everybody: SureNames = NOBODY,
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
    text = without_people(narrative[: 4 * most], names, everybody)
    return text if len(text) <= most else text[: most - 1] + "…"


def without_people(text: str, names: Sequence[str], everybody: SureNames = NOBODY) -> str:
    """A text with names masked and numbers taken out; the names as for :func:`summary`."""
    return without_numbers(without_names(text, names, everybody))


def without_names(text: str, names: Sequence[str], everybody: SureNames) -> str:
    """A text with names masked; the names as for :func:`summary`.

    So is what only this text may name: words that given names are, too (:func:`perhaps_named`).
    """
    perhaps = sorted(perhaps_named(text), key=lambda name: (-len(name), name))
    found = [*name_spans(text, names), *sure_spans(text, everybody), *name_spans(text, perhaps)]
    spans: list[Span] = [(start, stop, masked(name)) for start, stop, name in found]
    return replaced(text, spans)


def sure_spans(text: str, everybody: SureNames) -> list[Span]:
    """Where one of everybody's names stands, however written: start, end, name."""
    letters, places = letters_told(text)
    found = list(written_spans(text, everybody.hyphened)) if everybody.hyphened else []
    for at in range(len(letters) - SURE + 1):
        if letters[at : at + SURE] not in everybody.starts:
            continue
        for length in everybody.lengths:
            name = everybody.names.get(letters[at : at + length])
            if name is None:
                continue
            start, stop = places[at], places[min(at + length, len(letters)) - 1] + 1
            if is_meant(text, start, stop, name):
                found.append((start, stop, name))
                break
    return found
