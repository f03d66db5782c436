"""Names of places: which written names in a county are one name, and on what that rests."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

#: What a link rests on, as a probability. [D] set by judgement, not fitted to truth.
EXACT, FILLED, HOMOPHONE, LEARNED, SHORTENED, NEAR, FAR = 0.99, 0.95, 0.92, 0.93, 0.85, 0.8, 0.7
#: Names that differ in one of these are two places however alike they are.
_TELLING = frozenset("东西南北上下前后大小一二三四五六七八九十0123456789ABCDEFGH")
#: Above this many names a county is compared in blocks of one first character.
_MOST_NAMES = 3000


class Anchor(NamedTuple):
    """A named thing that numbers stand in: a compound, a village, a point of interest, a road."""

    county: str
    kind: str  #: named (compound or point of interest), village, road
    town: str
    name: str


class Alias(NamedTuple):
    """The name that a written name stands for, and the probability that it does."""

    name: str
    probability: float


#: County, kind and written name → what it stands for.
Aliases = dict[tuple[str, str, str], Alias]


def sound(name: str) -> str:
    """How a place's name is read, without tones."""
    # Imported here: its dictionary of phrases takes half a second, and few commands link.
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(name))


def same_names(anchors: Iterable[Anchor], learned: Aliases, similarity: float) -> Aliases:
    """Each written name's canonical one, inside its county and kind.

    Args:
        anchors: in the order in which they were first reported: the earliest name founds.
        learned: nicknames that the data showed; they go before likeness.
        similarity: 0 to 100, from which two names are nearly the same.
    """
    groups: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for anchor in anchors:
        groups[anchor.county, anchor.kind][anchor.name] = None
    result: Aliases = {}
    for (county, kind), names in groups.items():
        for name, alias in _group(list(names), county, kind, learned, similarity).items():
            result[county, kind, name] = alias
    return result


def _group(
    names: list[str], county: str, kind: str, learned: Aliases, similarity: float
) -> dict[str, Alias]:
    alias = {name: Alias(name, EXACT) for name in names}
    # A road with a number is its number: nothing near it is the same.
    if kind == "road":
        return alias
    fixed = {name for name in names if (county, kind, name) in learned}
    free = [name for name in names if name not in fixed]
    if kind == "village":
        known = set(names)
        for name in free:
            # 大寨六社: the word 村 is left out.
            if name.endswith("村") is False and name + "村" in known:
                alias[name] = Alias(name + "村", FILLED)
    blocks: dict[str, list[str]] = defaultdict(list)
    for name in free:
        if not name.isascii() and len(name) >= 3 and alias[name].name == name:
            blocks[name[0] if len(names) > _MOST_NAMES else ""].append(name)
    for block in blocks.values():
        sounds: dict[str, str] = {}
        for name in block:
            founder = sounds.setdefault(sound(name), name)
            if founder != name and not telling(founder, name):
                alias[name] = Alias(founder, HOMOPHONE)
        _fuzzy(block, alias, similarity)
    for name in fixed:
        alias[name] = learned[county, kind, name]
    # A nickname of a misspelt name: follow to the end, at most a few steps, each costs.
    for name in names:
        target, probability = alias[name]
        for _ in range(3):
            further = alias.get(target)
            if further is None or further.name == target:
                break
            target, probability = further.name, probability * further.probability
        alias[name] = Alias(target, probability)
    return alias


def _fuzzy(block: list[str], alias: dict[str, Alias], cutoff: float) -> None:
    """Join near names to their founder; a founder is never itself joined on (no chains)."""
    if len(block) < 2:
        return
    scores = process.cdist(block, block, scorer=fuzz.ratio, score_cutoff=cutoff, dtype=np.uint8)
    lefts, rights = np.nonzero(np.triu(scores, 1))
    for left, right in sorted(zip(rights.tolist(), lefts.tolist(), strict=True)):
        name, founder = block[left], block[right]
        is_free = alias[name].name == name and alias[founder].name == founder
        if is_free and not telling(name, founder) and min(len(name), len(founder)) >= 4:
            share = (float(scores[right, left]) - cutoff) / max(100.0 - cutoff, 1.0)
            alias[name] = Alias(founder, 0.75 + 0.15 * share)


def telling(left: str, right: str) -> bool:
    """Whether the names differ in a character that tells places apart."""
    return [c for c in left if c in _TELLING] != [c for c in right if c in _TELLING]


def is_shortened(short: str, long: str) -> bool:
    """Whether ``short`` is ``long`` with characters left out: 一中 of 第一中学, 锦绣 of 锦绣花园."""
    if len(short) >= len(long):
        return False
    rest = iter(long)
    return all(character in rest for character in short)
