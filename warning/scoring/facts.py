"""What one record says about harm: flags and a severity, from words, codes and counts.

Words stand in ``lexicons/risk_words.yaml``. A word that is negated just before (未持刀,
没有造成人员受伤) does not count, nor one inside a phrase that only looks alike (杀价). Words are found
however the text writes them (``warning.matching.standardise.wording``). Domestic violence is also
known by who did it to whom (``warning.scoring.home_violence``). A written warning (告诫书) counts
where the narrative or the outcome tells that it was given (``warning.scoring.written_warnings``).
What became of the quarrel in the end is read as an outcome is (``warning.matching.outcomes``). All
patterns are alternations of fixed words with bounded gaps: the time is linear in the text.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.outcomes import outcome_of
from warning.matching.standardise.wording import (
    as_read,
    either,
    plain_words,
    spelled_apart,
)
from warning.scoring.home_violence import home_violence
from warning.scoring.written_warnings import PAPER, acts_of, is_given
from warning.settings import Settings
from warning.settings.risk_words import RiskWords
from warning.settings.scoring import ScoringSettings

GROUPS = ("weapon", "injury", "serious_injury", "death", "threat", "extreme", "violence",
          "alcohol", "domestic_violence", "warned", "settled")  # fmt: skip
FLAGS = ("weapon", "injury", "threat", "alcohol", "domestic_violence", "warned", "settled",
         "is_discovered", "is_complaint")  # fmt: skip

#: Denials that a blank or line break does not part from what they deny: what would be an answer by
#: itself (伤亡：无, 现场未见, 尚未) says nothing of the next line.
_LEADS_ON = (
    "(?<!尚)未曾?|没有(?=[ \n](?:造成|导致))|"
    "(?:没有|没|未曾|未)[ \n]?(?:造成|导致)(?:[ \n]?(?:任何|人员|双方|对方))?"
)

Flags = npt.NDArray[np.bool_]


def scoring_settings(settings: Settings | ScoringSettings) -> ScoringSettings:
    """The scoring part, of the whole configuration or given by itself."""
    return settings if isinstance(settings, ScoringSettings) else settings.scoring


def record_facts(records: pd.DataFrame, settings: Settings | ScoringSettings) -> pd.DataFrame:
    """The facts of each record.

    Args:
        records: canonical records with ``category_code`` and ``outcome_code`` (either may lack).
        settings: words and codes come from the scoring part.

    Returns:
        One row a record, in the order and with the index of ``records``: channel, record_id,
        severity (0 none, 1 physical or drunken quarrel, 2 threat, injury or domestic violence,
        3 weapon or serious injury, 4 death or extreme threat), and booleans: weapon, injury,
        threat, alcohol, domestic_violence, warned, settled, is_discovered, is_complaint.
    """
    scoring = scoring_settings(settings)
    found = words_found(_column(records, "narrative"), scoring.words)
    category = _column(records, "category_code").fillna("")
    outcome = _column(records, "outcome_code").fillna("")
    outcomes = _column(records, "outcome")
    injuries = _count(records, "injuries")
    deaths = _count(records, "deaths")

    domestic = _prefixed(category, scoring.domestic_violence_categories)
    domestic = domestic | found["domestic_violence"]
    injury = found["injury"] | found["serious_injury"] | (injuries > 0)
    threat = found["threat"] | found["extreme"]
    settled = outcome.isin(scoring.settled_outcomes).to_numpy(bool)
    told = (outcome == "").to_numpy(bool) & found["settled"]
    told[told] = _still_settled(_column(records, "narrative")[told], scoring.words)
    settled = settled | told

    severity = np.zeros(len(records), np.int64)
    for prefix, least in scoring.category_severity.items():
        severity[_prefixed(category, (prefix,)) & (severity < least)] = least
    for level, holds in (
        (1, found["violence"] | found["alcohol"]),
        (2, threat | injury | domestic),
        (3, found["weapon"] | found["serious_injury"] | (injuries >= 3)),
        (4, found["extreme"] | found["death"] | (deaths > 0)),
    ):
        severity[holds & (severity < level)] = level

    channel = records["channel"]
    complaint = channel.isin(scoring.complaints.channels).to_numpy(bool)
    complaint = complaint | _prefixed(category, scoring.complaints.categories)
    return pd.DataFrame(
        {
            "channel": channel,
            "record_id": records["record_id"],
            "severity": severity,
            "weapon": found["weapon"],
            "injury": injury,
            "threat": threat,
            "alcohol": found["alcohol"],
            "domestic_violence": domestic,
            "warned": found["warned"] | words_found(outcomes, scoring.words)["warned"],
            "settled": settled,
            "is_discovered": (_column(records, "origin") == "discovered").to_numpy(bool),
            "is_complaint": complaint,
        },
        index=records.index,
    )


def _still_settled(narratives: pd.Series, words: RiskWords) -> Flags:
    """Whether narratives that tell of a settlement end with it: 达成协议后又反悔 does not."""
    known = dict.fromkeys(words.settled, "settled")
    return np.array([outcome_of(str(text), known) == "settled" for text in narratives], bool)


def words_found(narratives: pd.Series, words: RiskWords) -> dict[str, Flags]:
    """For each group of words, whether each narrative affirms one of them (missing: no)."""
    patterns, at_home = _patterns(words), home_violence(words)
    codes, distinct = pd.factorize(narratives)
    results = {group: np.zeros(len(distinct) + 1, bool) for group in GROUPS}
    for position, text in enumerate(distinct):
        read = as_read(str(text), patterns["apart"])
        for group in _affirmed(read, patterns):
            results[group][position] = True
        plain = "".join(read.split())  # rather one too many than a break that hides it
        if at_home.words.search(plain) is not None:
            plain = patterns["ignore"].sub("，", plain)
            results["domestic_violence"][position] |= at_home.is_told(plain)
    return {group: flags[codes] for group, flags in results.items()}  # code -1: the last, False


def _affirmed(text: str, patterns: dict[str, re.Pattern[str]]) -> Iterator[str]:
    """The groups of which the text affirms a word."""
    text = patterns["ignore"].sub("，", text)
    if patterns["any"].search(text) is None:
        return
    text = patterns["negated"].sub("", text)
    if patterns["paper"].search(text) is not None and is_given(text, patterns["warned"]):
        yield "warned"
    others = (group for group in GROUPS if group != "warned")
    yield from (group for group in others if patterns[group].search(text) is not None)


@lru_cache(maxsize=8)
def _patterns(words: RiskWords) -> dict[str, re.Pattern[str]]:
    lists = {group: plain_words(written) for group, written in words}
    patterns = {group: re.compile(either(lists[group])) for group in GROUPS}
    patterns["warned"] = acts_of(lists["warned"])
    patterns["paper"] = re.compile(either([*lists["warned"], PAPER]))
    everything = [word for group in GROUPS for word in lists[group]]
    patterns["any"] = re.compile(either([*everything, PAPER]))
    # The 打 of 殴打 begins no 打电话.
    patterns["ignore"] = re.compile(f"(?<!殴)(?:{either(lists['ignore'])})")
    negations, between = either(lists["negations"]), either(lists["between"])
    patterns["negated"] = re.compile(
        f"(?:{negations})(?:{between}){{0,3}}了?(?:{either(everything)})"
    )
    patterns["apart"] = spelled_apart(
        (*everything, *lists["ignore"]), _LEADS_ON, lists["domestic_violence"]
    )
    return patterns


def _column(records: pd.DataFrame, name: str) -> pd.Series:
    if name in records:
        return records[name].astype("str")
    return pd.Series(np.nan, index=records.index, dtype="str")


def _count(records: pd.DataFrame, name: str) -> npt.NDArray[np.float64]:
    if name not in records:
        return np.zeros(len(records))
    return np.asarray(records[name].astype("Float64").fillna(0), np.float64)


def _prefixed(codes: pd.Series, prefixes: Sequence[str]) -> Flags:
    return codes.str.startswith(tuple(prefixes)).to_numpy(bool)
