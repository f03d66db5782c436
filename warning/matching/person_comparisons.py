"""How two mentions of people are compared: the levels of names, ID numbers, phones and places."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.distance import OSA, Levenshtein
from rapidfuzz.process import cpdist

from warning.matching.linker import Clustering, Comparison, Rule, Specification, rule
from warning.matching.linker.comparisons import equality
from warning.matching.linker.specification import MISSING, Levels, Rows
from warning.settings.matching import MatchingSettings
from warning.settings.matching_persons import LEVELS

Bools = npt.NDArray[np.bool_]
NAME = ("name", "is_mask", "surname", "mask_length", "pinyin")
ID = ("id_number", "status", "birth_date")
PLACE = ("place_id", "area_id")
SURE = ("valid", "short15")

#: Which rows are compared. Relations bring more together, round by round.
RULES: tuple[Rule, ...] = (
    rule("plain_id"),
    rule("phone"),
    rule("pinyin", "county_code"),
    rule("pinyin", "place_id"),
    rule("family", "birth_date"),
    rule("pinyin", "area_id"),
    rule("family", "place_id"),
    rule("family", "area_id", "category_code"),
    rule("full_name"),
)


#: What makes a link: a number, or a name with something beside it; an unnamed caller's phone with
#: the place. A name alone is one of many, and a household shares phone and place.
NEEDS = (
    frozenset({"id"}),
    *(frozenset({"name", other}) for other in ("phone", "place", "counterpart", "occasion")),
    frozenset({"phone", "place"}),
)


def person_specification(settings: MatchingSettings) -> Specification:
    """The specification that links people, from ``matching.yaml``."""
    person = settings.person

    def given(name: str, side: str) -> tuple[float, ...]:
        return tuple(getattr(person.levels[name][level], side) for level in LEVELS[name])

    def of(name: str) -> dict[str, Any]:
        return {"m": given(name, "m"), "u": given(name, "u")}

    return Specification(
        comparisons=(
            Comparison("id", ID, LEVELS["id"], judge_ids, most=24.0, **of("id")),
            Comparison(
                "name", NAME, LEVELS["name"], judge_names, most=person.name_most, **of("name"),
                frequency={0: "full_name", 1: "pinyin", 2: "family"},
            ),
            Comparison(
                "phone", ("phone",), LEVELS["phone"], judge_phones, frequency="phone",
                most=person.phone_most, **of("phone"),
            ),
            equality("sex", "sex", **of("sex")),
            Comparison(
                "place", PLACE, LEVELS["place"], judge_places, most=person.place_most,
                frequency={0: "place_id", 1: "area_id", 2: "area_id"}, **of("place"),
            ),
            equality("county", "county_code", **of("county")),
            equality("kind", "category_code", **of("kind")),
        ),
        rules=RULES,
        exclusive=("valid_id",),
        needs=NEEDS,
        counted={"phone": "full_name", "full_name": "phone", "pinyin": "phone"},
        echo=person.echo,
        against=frozenset({"id", "name", "sex"}),
        together=(("phone", "place", "county"),),
        threshold=settings.link_threshold,
        block_cap=settings.block_cap,
        pairs_a_row=person.pairs_a_row,
        least_true=person.least_true,
        prior_most=person.prior_most,
        pseudo=person.pseudo_pairs,
        kept_below=person.kept_below,
        clustering=Clustering(missing=person.missing_pair, most=person.pair_most),
    )  # fmt: skip


def judge_ids(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two ID numbers (columns :data:`ID`); the birth date is part of the number."""
    number = values["id_number"].to_numpy(dtype=object)
    known = ~pd.isna(number)
    text = np.where(known, number, "").astype("U18")
    sure = values["status"].isin(SURE).to_numpy(bool)
    masked = (values["status"] == "masked").to_numpy(bool)
    whole = np.char.str_len(text) == 18
    birth = pd.factorize(values["birth_date"])[0]
    equal = text[left] == text[right]
    both_sure = sure[left] & sure[right]
    level = np.full(len(left), _level("id", "numbers differ"), np.int8)
    same_birth = (birth[left] == birth[right]) & (birth[left] >= 0)
    level[same_birth] = _level("id", "birth date equal")
    # Two valid numbers one slip apart are two people (twins have them); a slip breaks the check.
    level[both_sure] = _level("id", "valid numbers differ")
    comparable = np.flatnonzero(whole[left] & whole[right] & ~equal & ~both_sure)
    letters = text.astype("S18").view("S1").reshape(-1, 18)
    a, b = letters[left[comparable]], letters[right[comparable]]
    shown = (a != b"*") & (b != b"*")
    differs = (a != b) & shown
    either = masked[left[comparable]] | masked[right[comparable]]
    slip = _one_slip(a, b) & ~either
    level[comparable[slip]] = _level("id", "one slip")
    fits = either & ~differs.any(axis=1) & (shown.sum(axis=1) >= 6)
    level[comparable[fits]] = _level("id", "mask fits")
    level[comparable[either & ~fits]] = _level("id", "numbers differ")
    # Too little shows of one that contradicts nothing: no evidence, least of all against.
    level[comparable[either & ~fits & ~differs.any(axis=1)]] = MISSING
    level[equal] = np.where(both_sure[equal], 0, _level("id", "equal, unchecked"))
    level[equal & masked[left]] = _level("id", "mask fits")
    short = (masked[left] | masked[right]) & ~(whole[left] & whole[right]) & ~equal
    level[short | ~known[left] | ~known[right]] = MISSING
    return level


def _one_slip(a: npt.NDArray[np.bytes_], b: npt.NDArray[np.bytes_]) -> Bools:
    """One digit differs or two neighbours changed places."""
    differs = a != b
    count = differs.sum(axis=1)
    first = differs.argmax(axis=1).clip(max=a.shape[1] - 2)
    row = np.arange(len(a))
    swapped = (a[row, first] == b[row, first + 1]) & (a[row, first + 1] == b[row, first])
    return np.asarray((count == 1) | ((count == 2) & swapped), np.bool_)


def judge_names(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two names (columns :data:`NAME`); a mask is compared by what it shows."""
    name = values["name"].to_numpy(dtype=object)
    known = ~pd.isna(name)
    text = np.where(known, name, "")
    mask = values["is_mask"].to_numpy(bool)
    code, sound = (pd.factorize(values[c])[0] for c in ("name", "pinyin"))
    level = np.full(len(left), _level("name", "different"), np.int8)
    whole = ~mask[left] & ~mask[right]
    unlike = np.flatnonzero(whole & (code[left] != code[right]))
    a, b = text[left[unlike]], text[right[unlike]]
    distance = np.asarray(cpdist(a.tolist(), b.tolist(), scorer=Levenshtein.distance))
    length = np.array([len(one) for one in text], np.int32)
    longer = np.maximum(length[left[unlike]], length[right[unlike]])
    near = (distance == 1) & (longer >= 3)
    level[unlike[near]] = _level("name", "one character")
    # Of a name of several words only the first may have been written.
    shorter = np.minimum(length[left[unlike]], length[right[unlike]])
    part = (shorter >= 2) & (longer >= shorter + 2)
    part &= _starts(text, left[unlike], right[unlike]) | _starts(text, right[unlike], left[unlike])
    level[unlike[part]] = _level("name", "mask fits")
    alike = whole & (sound[left] == sound[right]) & (sound[left] >= 0)
    level[alike] = _level("name", "same sound")
    level[whole & (code[left] == code[right])] = _level("name", "equal")
    told = values["mask_length"].astype("Float64").to_numpy(float, na_value=np.nan)
    told = np.where(mask, told, length)
    partial = ~whole
    same = _starts(text, left, right) | _starts(text, right, left)
    unfit = told[left] != told[right]
    unfit &= ~np.isnan(told[left]) & ~np.isnan(told[right])
    level[partial & same] = _level("name", "mask fits")
    level[partial & same & unfit] = _level("name", "mask length differs")
    level[~known[left] | ~known[right]] = MISSING
    return level


def _starts(text: npt.NDArray[np.object_], whole: Rows, start: Rows) -> Bools:
    """Whether one text begins with another, pairwise."""
    pairs = zip(text[whole].tolist(), text[start].tolist(), strict=True)
    return np.array([one.startswith(other) and other != "" for one, other in pairs], bool)


def judge_phones(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two phones: equal, one digit wrong or two swapped, different."""
    text = values["phone"].to_numpy(dtype=object)
    known = ~pd.isna(text)
    result = np.full(len(left), MISSING, np.int8)
    both = np.flatnonzero(known[left] & known[right])
    a, b = text[left[both]].tolist(), text[right[both]].tolist()
    found = np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1))
    result[both] = np.where(found == 0, 0, np.where(found == 1, 1, 2))
    return result


def judge_places(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two places (columns :data:`PLACE`): the same, one inside the other, neighbours."""
    both = pd.concat([values["place_id"], values["area_id"]])
    codes = pd.factorize(both)[0]
    place, area = codes[: len(values)], codes[len(values) :]
    level = np.full(len(left), _level("place", "different"), np.int8)
    level[(area[left] == area[right]) & (area[left] >= 0)] = _level("place", "same area")
    inside = (place[left] == area[right]) | (area[left] == place[right])
    level[inside] = _level("place", "one in the other")
    level[place[left] == place[right]] = _level("place", "equal")
    level[(place[left] < 0) | (place[right] < 0)] = MISSING
    return level


def _level(comparison: str, level: str) -> int:
    return LEVELS[comparison].index(level)
