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
#: The columns of words, and where ``channels.yaml`` maps theirs.
WORDS_OF = {"category": "categories", "outcome": "outcomes", "origin": "origins", "role": "roles"}
#: Characters of the longest outcome that is a word of a list, and no sentence.
WORD_LENGTH = 16


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
    """
    channels = settings.channels
    category = _words("category", channels, records)
    codes = _codes(records, "category", category, tuple(channels.taxonomy))
    if codes.isna().any() and channels.keywords:
        codes = codes.fillna(_told(records.loc[codes.isna(), "narrative"], channels.keywords))
    codes = codes.mask(tells_no_quarrel(records, channels.no_dispute, category), NO_DISPUTE)
    words = channels.no_dispute.settled_before
    over = only_settles_before(records["narrative"], words)
    over[over] = ~harmed(records[over], words.risk)
    codes = codes.mask(over, NO_DISPUTE)
    coded = records.assign(
        category_code=codes.fillna(UNKNOWN_CATEGORY),
        outcome_code=_codes(
            records, "outcome", _words("outcome", channels, records), OUTCOMES, outcome_of
        ),
        origin=with_origins(records, channels)["origin"],
        county_code=county_codes(records["county_code"], settings.escalation.counties),
    )
    return coded, with_roles(parties, channels)


def unmapped(
    records: pd.DataFrame, parties: pd.DataFrame, channels: ChannelsSettings
) -> pd.DataFrame:
    """The words that map to nothing.

    A category is none that tells of no quarrel. An outcome may be a sentence: as a word counts what
    is no longer than :data:`WORD_LENGTH` and stands in several rows.

    Args:
        records, parties: canonical tables.
        channels: the words.

    Returns:
        channel, column, word, rows (in how many it stands); by channel, the commonest first.
    """
    quiet = channels.no_dispute
    none = plain_words([*quiet.always, *quiet.unless_told])
    known = {"category": tuple(channels.taxonomy), "outcome": OUTCOMES, "origin": ORIGINS,
             "role": ROLES}  # fmt: skip
    found = []
    for column, codes in known.items():
        frame = parties if column == "role" else records
        told = frame.groupby(["channel", column]).size().rename("rows").reset_index()
        told = told.rename(columns={column: "word"}).assign(column=column)
        inside = _role_inside if column == "role" else _longest
        if column == "outcome":
            told, inside = (
                told[(told["rows"] > 1) & (told["word"].str.len() <= WORD_LENGTH)],
                outcome_of,
            )
        if column == "category":
            told = told[~told["word"].map(run_together).str.contains(_any_of(none)).to_numpy(bool)]
        words = _words(column, channels, told)
        found.append(told[_codes(told, "word", words, codes, inside).isna()])
    order = ["channel", "column", "rows", "word"]
    every = pd.concat(found, ignore_index=True)[["channel", "column", "word", "rows"]]
    return every.sort_values(order, ascending=[True, True, False, True], ignore_index=True)


def _words(
    column: str, channels: ChannelsSettings, frame: pd.DataFrame
) -> dict[str, dict[str, str]]:
    """The words of a column for each channel of a table; a channel's own stand before the common."""
    kind = WORDS_OF[column]
    names = sorted({str(name) for name in frame["channel"].dropna().unique()})
    common = getattr(channels.words, kind)
    return {name: common | getattr(channels.channels.get(name, Words()), kind) for name in names}


def harmed(records: pd.DataFrame, risk: RiskWords) -> npt.NDArray[np.bool_]:
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


def with_roles(parties: pd.DataFrame, channels: ChannelsSettings) -> pd.DataFrame:
    """The parties with role_code ("party" where nothing is known)."""
    codes = _codes(parties, "role", _words("role", channels, parties), ROLES, _role_inside)
    return parties.assign(role_code=codes.fillna("party"))


def with_origins(records: pd.DataFrame, channels: ChannelsSettings) -> pd.DataFrame:
    """The records with a mapped origin ("reported" where nothing is said)."""
    codes = _codes(records, "origin", _words("origin", channels, records), ORIGINS)
    return records.assign(origin=codes.fillna("reported"))


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


def _role_inside(text: str, words: dict[str, str]) -> str | None:
    """As :func:`_longest`; a word behind 被 is another's role (被投诉人 is no 投诉人)."""
    text = run_together(text)
    return _longest(text, {word: words[word] for word in words if f"被{word}" not in text})


def _codes(
    frame: pd.DataFrame,
    column: str,
    words: dict[str, dict[str, str]],
    known: tuple[str, ...],
    inside: Inside = _longest,
) -> "pd.Series[str]":
    """The code of each row's word; every distinct pair of channel and word is looked up once."""
    channel, channels = pd.factorize(frame["channel"], use_na_sentinel=False)
    word, distinct = pd.factorize(frame[column], use_na_sentinel=False)
    places, pairs = pd.factorize(channel * max(len(distinct), 1) + word)
    names, texts = list(channels), list(distinct)
    plain = {name: plain_codes(theirs) for name, theirs in words.items()}
    found: list[str | None] = []
    for pair in pairs.tolist():
        name, text = names[pair // len(texts)], texts[pair % len(texts)]
        code = (
            None
            if pd.isna(text)
            else _code(str(text), words.get(name, {}), plain.get(name, {}), known, inside)
        )
        found.append(code)
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
