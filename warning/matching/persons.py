"""People: which parties are one person, by names, ID numbers, phones, places and relations.

Evidence is in bits and the parts sum to the weight. The first pass compares what stands in the
two rows; further rounds add what the first one found: a party that is only 王某 is known by who
stands on the other side, where and over what.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.distance import Levenshtein
from rapidfuzz.process import cpdist

from warning.matching.pairs import Integers, candidate_pairs, clusters
from warning.matching.standardise.identifiers import identifiers, one_slip
from warning.matching.standardise.names import names
from warning.matching.standardise.phones import phones
from warning.settings.matching import MatchingSettings, PersonEvidence

Floats = npt.NDArray[np.float64]
SIDES = {"reporter": 1, "claimant": 1, "respondent": 2}


@dataclass(frozen=True)
class People:
    """Standardised parties: one row a person row, in the order of ``rows``.

    ``frame`` has channel, record_id, party_no, role_code, name, surname, given, is_mask,
    mask_length, sex, pinyin, id_number, status, birth_date, phone (missing where it is no
    evidence), place_id, county_code, category_code, record (code), side (0 neutral, 1, 2).
    """

    frame: pd.DataFrame


def standardise_people(
    parties: pd.DataFrame, records: pd.DataFrame, place_links: pd.DataFrame, hub_names: int
) -> People:
    """Standardise the person rows of ``parties`` (those with a name, an ID number or a phone).

    Args:
        parties, records: canonical with codes.
        place_links: record → place_id.
        hub_names: a phone that stands with more distinct full names than this is no evidence.
    """
    named = names(parties["name"])
    numbers = identifiers(parties["id_number"])
    calls = phones(parties["phone"])
    frame = parties[["channel", "record_id", "party_no", "role_code"]].copy()
    for column in ("name", "surname", "given", "is_mask", "mask_length", "pinyin"):
        frame[column] = named[column]
    for column in ("id_number", "status", "birth_date"):
        frame[column] = numbers[column]
    written = parties["gender"].str.slice(0, 1)
    frame["sex"] = numbers["sex"].where(numbers["status"].isin(["valid", "short15"]), written)
    frame["sex"] = frame["sex"].where(frame["sex"].isin(["男", "女"]), named["sex_hint"])
    good = calls["kind"].isin(["mobile", "landline"])
    frame["phone"] = calls["phone"].where(good)
    full = frame["name"].where(~frame["is_mask"])
    spread = full.groupby(frame["phone"]).nunique()
    frame["phone"] = frame["phone"].where(
        frame["phone"].map(spread).fillna(0).le(hub_names).astype(bool)
    )
    key = ["channel", "record_id"]
    where = records[[*key, "county_code", "category_code"]].merge(
        place_links.loc[place_links["grain"] != "town", [*key, "place_id"]], on=key, how="left"
    )
    where["record"] = np.arange(len(where))
    frame = frame.merge(where, on=key, how="left").set_axis(parties.index)
    frame["side"] = frame["role_code"].map(SIDES).fillna(0).astype("int64")
    person = frame[["name", "id_number", "phone"]].notna().any(axis=1)
    return People(frame[person & parties["organisation"].isna().where(frame["name"].isna(), True)])


def blocking_keys(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Blocking rule → key of each row; a missing key brings nothing together."""
    full = frame["name"].where(~frame["is_mask"])
    county = frame["county_code"].fillna("")
    number = frame["id_number"].where(frame["status"] != "masked")
    born = frame["birth_date"].astype("str")
    return {
        "id_number": number,
        "phone": frame["phone"],
        "name and county": county + full,
        "surname and birth": frame["surname"] + born.where(frame["birth_date"].notna()),
        "sound and place": frame["pinyin"] + frame["place_id"],
        "surname, place, category": frame["surname"] + frame["place_id"] + frame["category_code"],
    }


def base_evidence(
    frame: pd.DataFrame, left: Integers, right: Integers, bits: PersonEvidence
) -> dict[str, Floats]:
    """Bits of each comparison for each pair of rows; missing values are no evidence."""
    return {
        "id": _id_bits(frame, left, right, bits),
        "name": _name_bits(frame, left, right, bits),
        "phone": _equal(frame["phone"], left, right)[0] * bits.phone_equal,
        "sex": _equal(frame["sex"], left, right)[1] * bits.sex_conflict,
        "place": _equal(frame["place_id"], left, right)[0] * bits.place_equal,
        "county": _two_level(
            frame["county_code"], left, right, bits.same_county, bits.county_conflict
        ),
    }


def _codes(series: pd.Series) -> Integers:
    return pd.factorize(series)[0].astype(np.int64)


def _equal(series: pd.Series, left: Integers, right: Integers) -> tuple[Floats, Floats]:
    """Where both are known: equal, and different, as 1.0."""
    code = _codes(series)
    known = (code[left] >= 0) & (code[right] >= 0)
    same = code[left] == code[right]
    return (known & same).astype(float), (known & ~same).astype(float)


def _two_level(
    series: pd.Series, left: Integers, right: Integers, equal: float, conflict: float
) -> Floats:
    same, different = _equal(series, left, right)
    return same * equal + different * conflict


def _id_bits(frame: pd.DataFrame, left: Integers, right: Integers, bits: PersonEvidence) -> Floats:
    """Equal, one slip, compatible mask, birth date only, conflict: one level a pair."""
    number = frame["id_number"].to_numpy(dtype=object)
    masked = (frame["status"] == "masked").to_numpy(bool)
    sure = frame["status"].isin(["valid", "short15"]).to_numpy(bool)
    equal, different = _equal(frame["id_number"], left, right)
    result = equal * bits.id_equal
    either = masked[left] | masked[right]
    result[either] = 0.0
    for k in np.flatnonzero((different + equal > 0) & either):
        result[k] = _mask_bits(number[left[k]], number[right[k]], bits)
    apart = np.flatnonzero((different > 0) & ~either)
    whole = np.array([len(str(value)) == 18 for value in number], bool)
    full = whole[left[apart]] & whole[right[apart]]
    apart = apart[full]
    slip = one_slip(number[left[apart]], number[right[apart]]) if len(apart) else full
    both_sure = sure[left[apart]] & sure[right[apart]]
    birth, _ = _equal(frame["birth_date"], left[apart], right[apart])
    # Two valid numbers one slip apart are two people (twins have them); a slip breaks the check.
    unsure = np.where(birth > 0, bits.birth_equal, bits.id_conflict / 2)
    unsure = np.where(slip, bits.id_one_slip, unsure)
    result[apart] = np.where(both_sure, bits.id_conflict, unsure)
    return result


def _mask_bits(left: str, right: str, bits: PersonEvidence) -> float:
    if len(left) != len(right):
        return 0.0
    shown = [(a, b) for a, b in zip(left, right, strict=True) if "*" not in (a, b)]
    if all(a == b for a, b in shown):
        return bits.id_masked_compatible * min(1.0, len(shown) / 10)
    return bits.id_conflict / 2


def _name_bits(
    frame: pd.DataFrame, left: Integers, right: Integers, bits: PersonEvidence
) -> Floats:
    """One level a pair: equal (by rarity), same sound, one character, mask, conflict."""
    name = frame["name"].to_numpy(dtype=object)
    mask = frame["is_mask"].to_numpy(bool)
    known = frame["name"].notna().to_numpy(bool)
    both = known[left] & known[right]
    either_mask = mask[left] | mask[right]
    result = np.zeros(len(left))

    count = frame.loc[~frame["is_mask"], "name"].value_counts()
    share = pd.Series(name).map(count).fillna(1).to_numpy(float) / max(1, len(frame))
    same, _ = _equal(frame["name"], left, right)
    full = np.flatnonzero(both & ~either_mask)
    result[full] = bits.name_conflict
    rarity = np.minimum(bits.name_most, -np.log2(share[left[full]]))
    sound, _ = _equal(frame["pinyin"], left[full], right[full])
    result[full] = np.where(sound > 0, bits.name_same_sound, result[full])
    result[full] = np.where(same[full] > 0, rarity, result[full])
    unlike = full[(same[full] == 0) & (sound == 0)]
    if len(unlike):
        a = [str(value) for value in name[left[unlike]]]
        b = [str(value) for value in name[right[unlike]]]
        distance = cpdist(a, b, scorer=Levenshtein.distance, dtype=np.int32)
        longer = np.array([max(len(x), len(y)) for x, y in zip(a, b, strict=True)])
        near = (distance == 1) & (longer >= 3)
        result[unlike[near]] = bits.name_one_character

    partial = np.flatnonzero(both & either_mask)
    surname, conflict = _equal(frame["surname"], left[partial], right[partial])
    length = frame["mask_length"].astype("Float64").to_numpy(float, na_value=np.nan)
    whole = np.array([len(str(value)) for value in name], float)
    told_left = np.where(mask[left[partial]], length[left[partial]], whole[left[partial]])
    told_right = np.where(mask[right[partial]], length[right[partial]], whole[right[partial]])
    fits = ~(told_left != told_right) | np.isnan(told_left) | np.isnan(told_right)
    result[partial] = np.where(
        conflict > 0, bits.name_conflict, surname * fits * bits.name_mask_compatible
    ) + np.where((surname > 0) & ~fits, bits.name_conflict / 2, 0.0)
    return result


def relation_evidence(
    frame: pd.DataFrame, entity: Integers, left: Integers, right: Integers, bits: PersonEvidence
) -> Floats:
    """Bits for pairs whose records share a person on the other side, over the same category."""
    table = pd.DataFrame(
        {"record": frame["record"].to_numpy(), "side": frame["side"].to_numpy(), "entity": entity}
    )
    table["size"] = np.bincount(entity, minlength=len(entity))[entity]
    across = table.merge(table, on="record", suffixes=("", "_other"))
    opposite = (across["side"] != across["side_other"]) | (across["side"] == 0)
    across = across[opposite & (across["entity"] != across["entity_other"])]
    # The counterpart that was met most often tells most: one a record and side is enough.
    across = across.sort_values("size_other").drop_duplicates(["record", "side"], keep="last")
    other = table.merge(
        across[["record", "side", "entity_other"]], on=["record", "side"], how="left"
    )
    counterpart = other["entity_other"].fillna(-1).to_numpy(np.int64)
    shared = (counterpart[left] >= 0) & (counterpart[left] == counterpart[right])
    category, _ = _equal(frame["category_code"], left, right)
    return np.asarray(shared * (bits.same_counterpart + category * bits.same_category), float)


def relation_pairs(frame: pd.DataFrame, entity: Integers, cap: int) -> tuple[Integers, Integers]:
    """Pairs of masked rows with rows of the same surname that face the same person."""
    table = pd.DataFrame(
        {"record": frame["record"].to_numpy(), "row": np.arange(len(frame)), "entity": entity,
         "surname": frame["surname"].to_numpy(dtype=object)}
    )  # fmt: skip
    across = table.merge(table[["record", "entity"]], on="record", suffixes=("", "_other"))
    across = across[across["entity"] != across["entity_other"]].dropna(subset=["surname"])
    key = pd.Series(across["surname"].astype("str") + "\x1f" + across["entity_other"].astype("str"))
    left, right, _ = candidate_pairs({"counterpart": key.reset_index(drop=True)}, cap)
    rows = across["row"].to_numpy(np.int64)
    a, b = rows[left], rows[right]
    keep = a != b
    both = np.unique(np.minimum(a, b)[keep] * len(frame) + np.maximum(a, b)[keep])
    return both // len(frame), both % len(frame)


def link_people(
    people: People,
    settings: MatchingSettings,
    same: set[tuple[int, int]] | None = None,
    different: set[tuple[int, int]] | None = None,
) -> tuple[Integers, Floats, pd.DataFrame, dict[str, int]]:
    """Which rows are one person.

    Args:
        people: standardised rows.
        settings: evidence, threshold, caps, rounds of relations.
        same, different: pairs of row positions that analysts decided.

    Returns:
        The cluster of each row (its smallest row), the probability of each row's strongest link
        (1.0 for a row alone), the pairs (left, right, bits of each part, weight, probability),
        and what blocking did.
    """
    frame, bits = people.frame.reset_index(drop=True), settings.person
    size = len(frame)
    if size == 0:
        return np.empty(0, np.int64), np.empty(0), pd.DataFrame(), {}
    left, right, lost = candidate_pairs(blocking_keys(frame), settings.block_cap)
    parts = base_evidence(frame, left, right, bits)
    if same:
        # A verdict holds for rows that no blocking rule brings together, too.
        told = np.array(sorted({(min(pair), max(pair)) for pair in same}), np.int64)
        left, right, parts = _with_pairs(frame, left, right, parts, told[:, 0], told[:, 1], bits)
    forbidden = (different or set()) | _opposite_sides(frame)
    valid = frame["id_number"].where(frame["status"].isin(["valid", "short15"]))
    conflict = _codes(valid)
    relation = np.zeros(len(left))
    entity = np.arange(size)
    for round_number in range(settings.relation_rounds + 1):
        if round_number:
            more_left, more_right = relation_pairs(frame, entity, settings.block_cap)
            left, right, parts = _with_pairs(frame, left, right, parts, more_left, more_right, bits)
            relation = relation_evidence(frame, entity, left, right, bits)
        weight = bits.prior + sum(parts.values()) + relation
        probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
        for k in _positions(left, right, same or set(), size):
            probability[k] = 1.0
        entity = clusters(
            size, left, right, probability, settings.link_threshold, forbidden, conflict
        )
    inside = entity[left] == entity[right]
    strongest = np.zeros(size)
    np.maximum.at(strongest, left[inside], probability[inside])
    np.maximum.at(strongest, right[inside], probability[inside])
    strongest[strongest == 0] = 1.0
    pairs = pd.DataFrame(
        {"left": left, "right": right, "prior": bits.prior, **parts, "relation": relation,
         "weight": weight, "probability": probability}
    )  # fmt: skip
    return (
        entity,
        strongest,
        pairs,
        {f"people: pairs lost to the cap by {k}": v for k, v in lost.items()},
    )


def _with_pairs(
    frame: pd.DataFrame, left: Integers, right: Integers, parts: dict[str, Floats],
    more_left: Integers, more_right: Integers, bits: PersonEvidence,
) -> tuple[Integers, Integers, dict[str, Floats]]:  # fmt: skip
    """The pairs with further ones that were not among them."""
    size = len(frame)
    new = ~np.isin(more_left * size + more_right, left * size + right)
    a, b = more_left[new], more_right[new]
    more = base_evidence(frame, a, b, bits)
    joined = {name: np.concatenate([parts[name], more[name]]) for name in parts}
    return np.concatenate([left, a]), np.concatenate([right, b]), joined


def _positions(
    left: Integers, right: Integers, wanted: set[tuple[int, int]], size: int
) -> Integers:
    if not wanted:
        return np.empty(0, np.int64)
    codes = np.array([min(a, b) * size + max(a, b) for a, b in wanted], np.int64)
    return np.flatnonzero(np.isin(left * size + right, codes))


def _opposite_sides(frame: pd.DataFrame) -> set[tuple[int, int]]:
    """Two parties of one record are two people, unless they stand in it on the same side."""
    table = pd.DataFrame(
        {"record": frame["record"], "row": np.arange(len(frame)), "side": frame["side"]}
    )
    across = table.merge(table, on="record", suffixes=("", "_other"))
    apart = across[(across["row"] < across["row_other"]) & (across["side"] != across["side_other"])]
    return set(zip(apart["row"].tolist(), apart["row_other"].tolist(), strict=True))
