"""The channels' own words to codes: done at linking, so that a new mapping needs no reload."""

import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.outcomes import outcome_of
from warning.matching.settled_before import deeds, only_settles_before
from warning.matching.standardise.counties import county_codes
from warning.matching.standardise.wording import (
    as_read,
    plain_codes,
    plain_words,
    run_together,
    spelled_apart,
)
from warning.records import ORIGINS, OUTCOMES, ROLES, TEXT, array_of
from warning.settings import Settings
from warning.settings.channels import (
    NO_DISPUTE,
    UNKNOWN_CATEGORY,
    ChannelsSettings,
    NoDispute,
    Words,
)
from warning.settings.risk_words import RiskWords
from warning.settings.words import GAP

#: The code of what stands inside a text, by words and their codes.
Inside = Callable[[str, dict[str, str]], str | None]


def with_codes(
    records: pd.DataFrame, parties: pd.DataFrame, settings: Settings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Add the codes that the words mean.

    Args:
        records, parties: canonical tables.
        settings: the channels' words; a channel's own come before those of all channels. The
            counties' names.

    Returns:
        ``records`` with category_code ("99" where nothing is known, "00" where the category tells
        of no quarrel, or the text alone that an earlier one is over and neither category nor
        counts tell of harm), outcome_code, a mapped origin ("reported" where nothing is said) and
        the county_code that is meant (see :func:`county_codes`), missing where it is none;
        ``parties`` with role_code ("party" where nothing is known).
        ``records.attrs["unknown_words"]`` counts the words not known: ``{"category 某词": 3}``.
    """
    channels, unknown = settings.channels, dict[str, int]()
    names = {name: channels.channels.get(name, Words()) for name in _distinct(records, parties)}
    common = channels.words
    category = {n: common.categories | w.categories for n, w in names.items()}
    outcome = {n: common.outcomes | w.outcomes for n, w in names.items()}
    origin = {n: common.origins | w.origins for n, w in names.items()}

    codes = _codes(records, "category", category, tuple(channels.taxonomy), unknown)
    if codes.isna().any() and channels.keywords:
        codes = codes.fillna(_told(records.loc[codes.isna(), "narrative"], channels.keywords))
    codes = codes.mask(tells_no_quarrel(records, channels.no_dispute, category), NO_DISPUTE)
    words = channels.no_dispute.settled_before
    over = only_settles_before(records["narrative"], words)
    over[over] = ~_harmed(records[over], words.risk)
    codes = codes.mask(over, NO_DISPUTE)
    coded = records.assign(
        category_code=codes.fillna(UNKNOWN_CATEGORY),
        outcome_code=_codes(records, "outcome", outcome, OUTCOMES, unknown, outcome_of),
        origin=_codes(records, "origin", origin, ORIGINS, unknown).fillna("reported"),
        county_code=county_codes(records["county_code"], settings.escalation.counties),
    )
    people = with_roles(parties, channels, unknown)
    coded.attrs["unknown_words"] = unknown
    return coded, people


def _harmed(records: pd.DataFrame, risk: RiskWords) -> npt.NDArray[np.bool_]:
    """Which records count somebody injured or dead, or have a category with a word of risk."""
    codes, distinct = pd.factorize(records["category"])
    words = plain_words(deeds(risk))
    told = [any(word in run_together(str(text)) for word in words) for text in distinct]
    harmed = np.array([*told, False])[codes]  # code -1, no category: the last
    for name in ("injuries", "deaths"):
        if name in records:
            harmed |= np.asarray(records[name].astype("Float64").fillna(0) > 0, np.bool_)
    return harmed


def tells_no_quarrel(
    records: pd.DataFrame, words: NoDispute, mapped: Mapping[str, Mapping[str, str]]
) -> npt.NDArray[np.bool_]:
    """Of which records the category says that there is no quarrel, and no word of theirs else.

    Args:
        records: channel, category, narrative.
        words: what tells.
        mapped: the words of categories of each channel; one that is the whole category is believed.
    """
    codes, distinct = pd.factorize(records["category"])
    categories = [run_together(str(text)) for text in distinct]

    def of(wanted: Iterable[str]) -> npt.NDArray[np.bool_]:
        plain = plain_words(wanted)
        found = [any(word in text for word in plain) for text in categories]
        return np.array([*found, False])[codes]  # code -1, no category: the last

    result, open_to_words = of(words.always) & ~of(words.told_by), of(words.unless_told)
    asked = np.flatnonzero(open_to_words & ~result)
    none, some = plain_words(words.not_told_by), plain_words(words.told_by)
    narratives = _read(records["narrative"].iloc[asked].fillna(""), (*none, *some))
    texts = narratives + "\n" + records["category"].iloc[asked].map(run_together)
    plain = texts.str.replace(_any_of(none), "", regex=True)
    result[asked] = ~plain.str.contains(_any_of(some), regex=True).to_numpy(bool)
    quiet = np.flatnonzero(result)
    pairs = zip(records["channel"].iloc[quiet], codes[quiet], strict=True)
    whole = {name: frozenset(map(run_together, theirs)) for name, theirs in mapped.items()}
    result[quiet] = [categories[code] not in whole[channel] for channel, code in pairs]
    return result


def _read(texts: pd.Series, words: tuple[str, ...]) -> pd.Series:
    """The texts as they read to who looks for these words."""
    apart = spelled_apart(words)
    return texts.map(lambda text: as_read(text, apart)).astype(TEXT)


def _any_of(words: Iterable[str]) -> str:
    """A pattern of these words, the longest first; of none, nothing matches."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or "(?!)"


def with_roles(
    parties: pd.DataFrame, channels: ChannelsSettings, unknown: dict[str, int] | None = None
) -> pd.DataFrame:
    """The parties with role_code ("party" where nothing is known); counts words not known."""
    words = {
        name: channels.words.roles | channels.channels.get(name, Words()).roles
        for name in _distinct(parties)
    }
    codes = _codes(parties, "role", words, ROLES, {} if unknown is None else unknown)
    return parties.assign(role_code=codes.fillna("party"))


def _distinct(*frames: pd.DataFrame) -> list[str]:
    return sorted({str(name) for frame in frames for name in frame["channel"].dropna().unique()})


def _told(narratives: pd.Series, keywords: dict[str, str]) -> pd.Series:
    """The code of the first keyword that each text holds; missing where it holds none."""
    parts = (part for word in keywords for part in word.split(GAP))
    texts = _read(narratives.fillna(""), plain_words(parts))
    sought = [(_holding(run_together(word)), code) for word, code in keywords.items()]
    codes = [next((code for holds, code in sought if holds(text)), None) for text in texts]
    return pd.Series(array_of(codes, TEXT), index=narratives.index)


def _holding(word: str) -> Callable[[str], object]:
    """Says whether a text holds a keyword; a gap of it stands for characters of one clause."""
    parts = [re.escape(part) for part in word.split(GAP)]
    if len(parts) > 1:
        return re.compile("[^，。；！？,;]{0,12}".join(parts)).search
    return lambda text: word in text


def _longest(text: str, words: dict[str, str]) -> str | None:
    """The code of the longest known word, in plain signs, that the text contains."""
    text = run_together(text)
    inside = [word for word in words if len(word) > 1 and word in text]
    return words[max(inside, key=len)] if inside else None


def _codes(
    frame: pd.DataFrame,
    column: str,
    words: dict[str, dict[str, str]],
    known: tuple[str, ...],
    unknown: dict[str, int],
    inside: Inside = _longest,
) -> "pd.Series[str]":
    """The code of each row's word; every distinct pair of channel and word is looked up once."""
    channel, channels = pd.factorize(frame["channel"], use_na_sentinel=False)
    word, distinct = pd.factorize(frame[column], use_na_sentinel=False)
    places, pairs = pd.factorize(channel * max(len(distinct), 1) + word)
    counts = np.bincount(places, minlength=len(pairs)).tolist()
    names, texts = list(channels), list(distinct)
    plain = {name: plain_codes(theirs) for name, theirs in words.items()}
    found: list[str | None] = []
    for pair, count in zip(pairs.tolist(), counts, strict=True):
        name, text = names[pair // len(texts)], texts[pair % len(texts)]
        code = (
            None
            if pd.isna(text)
            else _code(str(text), words.get(name, {}), plain.get(name, {}), known, inside)
        )
        found.append(code)
        if code is None and not pd.isna(text):
            unknown[f"{column} {text}"] = unknown.get(f"{column} {text}", 0) + count
    return pd.Series(found, dtype=TEXT).take(places).set_axis(frame.index)


def _code(
    word: str,
    words: dict[str, str],
    plain: dict[str, str],
    known: tuple[str, ...],
    inside: Inside,
) -> str | None:
    """Exact, then a code itself, then what stands inside."""
    whole = run_together(word)
    if word in words or whole in plain:
        return words.get(word) or plain[whole]
    if whole in known:
        return whole
    return inside(word, plain)
