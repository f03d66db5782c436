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
from warning.matching.standardise.name_levels import LEVELS as LEVELS_APART
from warning.matching.standardise.name_levels import confusable
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
            Comparison("id", ID, LEVELS["id"], judge_ids, most=24.0, prepare=prepared_ids,
                       surely=("name", "one character"), **of("id")),
            Comparison(
                "name", NAME, LEVELS["name"], judge_names, prepare=prepared_names, most=person.name_most, **of("name"),
                frequency={0: "full_name", 1: "pinyin", 2: "family"},
            ),
            Comparison(
                "phone", ("phone",), LEVELS["phone"], judge_phones, frequency="phone",
                prepare=prepared_phones,
                most=person.phone_most, **of("phone"),
            ),
            equality("sex", "sex", **of("sex")),
            Comparison(
                "age", ("born",), LEVELS["age"], judge_ages, prepare=prepared_ages, quick=True,
                **of("age"),
            ),
            Comparison(
                "place", PLACE, LEVELS["place"], judge_places, prepare=prepared_places, quick=True,
                most=person.place_most,
                frequency={0: "place_id", 1: "area_id", 2: "area_id"}, **of("place"),
            ),
            equality("county", "county_code", **of("county")),
            equality("kind", "category_code", **of("kind")),
        ),
        rules=RULES,
        exclusive=("valid_id",),
        certain="certain",
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
        ceilings_at=person.ceilings_at,
        pseudo=person.pseudo_pairs,
        kept_below=person.kept_below,
        clustering=Clustering(missing=person.missing_pair, most=person.pair_most),
    )  # fmt: skip


def prepared_ids(values: pd.DataFrame) -> pd.DataFrame:
    """What :func:`judge_ids` looks at, in codes: ``text`` of numbers, status, birth date."""
    return values.assign(
        text=pd.factorize(values["id_number"])[0],
        birth=pd.factorize(values["birth_date"])[0],
        sure=values["status"].isin(SURE).to_numpy(bool),
        masked=(values["status"] == "masked").to_numpy(bool),
        whole=values["id_number"].str.len().eq(18).to_numpy(bool),
    )


def judge_ids(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two ID numbers (of :func:`prepared_ids`); the birth date is part of the number."""
    text, birth = values["text"].to_numpy(), values["birth"].to_numpy()
    sure, masked, whole = (values[name].to_numpy(bool) for name in ("sure", "masked", "whole"))
    known = text >= 0
    equal = text[left] == text[right]
    both_sure = sure[left] & sure[right]
    level = np.full(len(left), _level("id", "numbers differ"), np.int8)
    same_birth = (birth[left] == birth[right]) & (birth[left] >= 0)
    level[same_birth] = _level("id", "birth date equal")
    # Two valid numbers one slip apart are two people (twins have them); a slip breaks the check.
    level[both_sure] = _level("id", "valid numbers differ")
    comparable = np.flatnonzero(whole[left] & whole[right] & ~equal & ~both_sure)
    a, b = (_letters(values["id_number"].iloc[side[comparable]]) for side in (left, right))
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


def _letters(numbers: pd.Series) -> npt.NDArray[np.bytes_]:
    """The 18 characters of each number."""
    return numbers.to_numpy(dtype=object).astype("S18").view("S1").reshape(-1, 18)


def _one_slip(a: npt.NDArray[np.bytes_], b: npt.NDArray[np.bytes_]) -> Bools:
    """One digit differs or two neighbours changed places."""
    differs = a != b
    count = differs.sum(axis=1)
    first = differs.argmax(axis=1).clip(max=a.shape[1] - 2)
    row = np.arange(len(a))
    swapped = (a[row, first] == b[row, first + 1]) & (a[row, first + 1] == b[row, first])
    return np.asarray((count == 1) | ((count == 2) & swapped), np.bool_)


def _texts(values: pd.Series) -> pd.Series:
    """Texts as Python strings, made once for all pairs that are judged."""
    return pd.Series(values.to_numpy(dtype=object), values.index, dtype=object)


def prepared_names(values: pd.DataFrame) -> pd.DataFrame:
    """What :func:`judge_names` looks at: codes of name, sound and first character, lengths."""
    mask, length = values["is_mask"].to_numpy(bool), values["name"].str.len().fillna(0)
    told = values["mask_length"].astype("Float64").to_numpy(float, na_value=np.nan)
    return values.assign(
        text=_texts(values["name"]),
        code=pd.factorize(values["name"])[0],
        sound=pd.factorize(values["pinyin"])[0],
        first=pd.factorize(values["name"].str.slice(0, 1))[0],
        length=length.to_numpy(np.int32),
        told=np.where(mask, told, length),
    )


def judge_names(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two names (of :func:`prepared_names`); a mask is compared by what it shows."""
    text, mask = values["text"].to_numpy(), values["is_mask"].to_numpy(bool)
    code, sound, length = (values[name].to_numpy() for name in ("code", "sound", "length"))
    known = code >= 0
    level = np.full(len(left), _level("name", "different"), np.int8)
    whole = ~mask[left] & ~mask[right]
    whole &= known[left] & known[right]
    unlike = np.flatnonzero(whole & (code[left] != code[right]))
    a, b = text[left[unlike]], text[right[unlike]]
    distance = np.asarray(cpdist(a.tolist(), b.tolist(), scorer=Levenshtein.distance))
    longer = np.maximum(length[left[unlike]], length[right[unlike]])
    near = np.flatnonzero((distance == 1) & (longer >= 3))
    near = near[_may_be_slips(pd.Series(a[near], dtype="str"), pd.Series(b[near], dtype="str"))]
    level[unlike[near]] = _level("name", "one character")
    # Of a name of several words only the first may have been written; a short
    # sound is soon that of another's beginning.
    shorter = np.minimum(length[left[unlike]], length[right[unlike]])
    part = (shorter >= 2) & (longer >= shorter + 2)
    at = np.flatnonzero(part)
    one, other = left[unlike[at]], right[unlike[at]]
    heard = (shorter[at] >= 3) & _begin_to_sound_alike(values, one, other)
    part[at] = heard | _begin_alike(values, one, other)
    level[unlike[part]] = _level("name", "mask fits")
    alike = whole & (sound[left] == sound[right]) & (sound[left] >= 0)
    level[alike] = _level("name", "same sound")
    level[whole & (code[left] == code[right])] = _level("name", "equal")
    told = values["told"].to_numpy(float)
    partial = np.flatnonzero(~whole)
    partial = partial[_begin_alike(values, left[partial], right[partial])]
    one, other = told[left[partial]], told[right[partial]]
    unfit = (one != other) & ~np.isnan(one) & ~np.isnan(other)
    level[partial] = _level("name", "mask fits")
    level[partial[unfit]] = _level("name", "mask length differs")
    level[~known[left] | ~known[right]] = MISSING
    return level


def _may_be_slips(one: pd.Series, other: pd.Series) -> Bools:
    """Whether names one character apart may be one person's: it looks alike, sounds near or is missing.

    连有福 and 连有才 are brothers.
    """
    slips = [LEVELS_APART.index(level) for level in ("one looks alike", "one sounds near")]
    alike = np.isin(confusable(one, other), slips)
    return np.asarray(alike | (one.str.len() != other.str.len()).to_numpy(bool), np.bool_)


def _begin_alike(values: pd.DataFrame, left: Rows, right: Rows) -> Bools:
    """Whether the shorter of two names is the beginning of the other; an unknown one is of none."""
    text = values["text"].to_numpy()
    first, length = values["first"].to_numpy(), values["length"].to_numpy()
    alike = (first[left] == first[right]) & (first[left] >= 0)
    # One character is soon compared; only longer ones are looked at as texts.
    longer = np.flatnonzero(alike & (np.minimum(length[left], length[right]) > 1))
    pairs = zip(text[left[longer]].tolist(), text[right[longer]].tolist(), strict=True)
    alike[longer] = [one.startswith(other) or other.startswith(one) for one, other in pairs]
    return np.asarray(alike, np.bool_)


def _begin_to_sound_alike(values: pd.DataFrame, left: Rows, right: Rows) -> Bools:
    """Whether the whole shorter of two names sounds as the other begins: 阿依古丽, 阿衣古丽·吾买尔."""
    sounds = values["pinyin"].fillna("").to_numpy(dtype=object)
    pairs = zip(sounds[left].tolist(), sounds[right].tolist(), strict=True)
    alike = [
        "" not in (one, other) and f"{longer} ".startswith(f"{shorter} ")
        for one, other in pairs
        for shorter, longer in [sorted((one, other), key=len)]
    ]
    return np.array(alike, np.bool_)


def prepared_phones(values: pd.DataFrame) -> pd.DataFrame:
    """What :func:`judge_phones` looks at: ``text``, and whether there is one."""
    return values.assign(text=_texts(values["phone"]), known=values["phone"].notna())


def judge_phones(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two phones (of :func:`prepared_phones`): equal, one digit wrong or two swapped."""
    text, known = values["text"].to_numpy(), values["known"].to_numpy(bool)
    result = np.full(len(left), MISSING, np.int8)
    both = np.flatnonzero(known[left] & known[right])
    a, b = text[left[both]].tolist(), text[right[both]].tolist()
    found = np.asarray(cpdist(a, b, scorer=OSA.distance, score_cutoff=1))
    result[both] = np.where(found == 0, 0, np.where(found == 1, 1, 2))
    return result


def prepared_ages(values: pd.DataFrame) -> pd.DataFrame:
    """What :func:`judge_ages` looks at: the year of birth, and whether it is by a told age."""
    return values.assign(
        year=values["born"].str.rstrip("~").astype(float), told=values["born"].str.endswith("~")
    )


def judge_ages(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two years of birth, one of them by a told age: two ID numbers are compared as such.

    An age leaves two years open, and who tells another's age is a year or two beside it.
    """
    year, told = values["year"].to_numpy(float), values["told"].to_numpy(bool)
    apart = np.abs(year[left] - year[right])
    level = np.where(apart <= 1, 0, np.where(apart <= 3, 1, 2)).astype(np.int8)
    level[~(told[left] | told[right])] = MISSING
    return level


def prepared_places(values: pd.DataFrame) -> pd.DataFrame:
    """What :func:`judge_places` looks at: codes of place and area, equal for equal ids."""
    codes = pd.factorize(pd.concat([values["place_id"], values["area_id"]]))[0]
    return values.assign(place=codes[: len(values)], area=codes[len(values) :])


def judge_places(values: pd.DataFrame, left: Rows, right: Rows) -> Levels:
    """Levels of two places (of :func:`prepared_places`): the same, one in the other, neighbours."""
    place, area = values["place"].to_numpy(), values["area"].to_numpy()
    level = np.full(len(left), _level("place", "different"), np.int8)
    level[(area[left] == area[right]) & (area[left] >= 0)] = _level("place", "same area")
    inside = (place[left] == area[right]) | (area[left] == place[right])
    level[inside] = _level("place", "one in the other")
    level[place[left] == place[right]] = _level("place", "equal")
    level[(place[left] < 0) | (place[right] < 0)] = MISSING
    return level


def _level(comparison: str, level: str) -> int:
    return LEVELS[comparison].index(level)
