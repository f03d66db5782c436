"""People: which parties are one person, by names, ID numbers, phones, places and relations.

A specification on the linker (``person_comparisons.py``) and rounds of relations
(``relations.py``). Evidence is in bits and the parts sum to the weight.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.certain import certain_people
from warning.matching.kin import speakers_of
from warning.matching.linker.clustering import Integers
from warning.matching.linker.linkage import Linkage, link_rows
from warning.matching.linker.specification import Weights
from warning.matching.linker.verdicts import link_judged
from warning.matching.person_comparisons import person_specification
from warning.matching.relations import PersonRelations, opposite_sides
from warning.matching.standardise.identifiers import identifiers
from warning.matching.standardise.names import names
from warning.matching.standardise.phones import PERSONAL, phones
from warning.records import OLDEST, RECORD
from warning.settings.matching import MatchingSettings

Floats = npt.NDArray[np.float64]
SIDES = {"reporter": 1, "claimant": 1, "respondent": 2}
SURE = ("valid", "short15")
#: Places at these grains are an area that holds rooms.
AREAS = ("compound", "village", "group", "building", "poi")


@dataclass(frozen=True)
class People:
    """Standardised parties: one row a person row, in the order of ``rows``.

    ``frame`` has channel, record_id, party_no, role_code, name, surname, given, is_mask,
    mask_length, sex, pinyin, id_number, status, birth_date, born (the year; with ``~`` where it is
    by the age that was told), phone (missing where it is no evidence), place_id, area_id,
    county_code, category_code, moment (hours since 1970), record (code), side (0 neutral, 1, 2).
    """

    frame: pd.DataFrame


def standardise_people(
    parties: pd.DataFrame,
    records: pd.DataFrame,
    place_links: pd.DataFrame,
    hub_names: int,
    places: pd.DataFrame | None = None,
) -> People:
    """Standardise the person rows of ``parties`` (those with a name, an ID number or a phone).

    Args:
        parties, records: canonical with codes.
        place_links: record → place_id.
        hub_names: a phone that stands with more distinct full names than this is no evidence.
        places: place_id, parent_id, grain: what holds what; None where nobody knows.
    """
    named = names(parties["name"])
    frame = parties[["channel", "record_id", "party_no", "role_code", "id_number", "phone"]].copy()
    for column in ("name", "given", "is_mask", "mask_length", "pinyin"):
        frame[column] = named[column]
    frame["surname"] = named["head"]
    frame["sex"] = sexes(parties, named["sex_hint"])
    frame = with_numbers(frame)
    full = frame["name"].where(~frame["is_mask"])
    frame["name"] = frame["name"].fillna(_of_speaker(frame, full, named["kin"]))
    spread = full.groupby(frame["phone"]).nunique()
    frame["phone"] = frame["phone"].where(
        frame["phone"].map(spread).fillna(0).le(hub_names).astype(bool)
    )
    moments = [column for column in ("occurred_at", "reported_at") if column in records.columns]
    where = records[[*RECORD, "county_code", "category_code", *moments]].merge(
        place_links.loc[place_links["grain"] != "town", [*RECORD, "place_id"]],
        on=RECORD,
        how="left",
    )
    where["record"] = np.arange(len(where))
    where["area_id"] = _areas(where["place_id"], places)
    where["moment"] = np.nan
    if "reported_at" in moments:
        hours = where["reported_at"].to_numpy("datetime64[s]").astype(np.int64) / 3600.0
        where["moment"] = np.where(where["reported_at"].isna(), np.nan, hours)
    frame = frame.merge(where.drop(columns=moments), on=RECORD, how="left").set_axis(parties.index)
    frame["born"] = _born(frame, parties)
    frame["side"] = frame["role_code"].map(SIDES).fillna(0).astype("int64")
    person = frame[["name", "id_number", "phone"]].notna().any(axis=1)
    return People(frame[person & parties["organisation"].isna().where(frame["name"].isna(), True)])


def _of_speaker(
    frame: pd.DataFrame, full: "pd.Series[str]", kin: "pd.Series[str]"
) -> "pd.Series[str]":
    """What stands for the name of kin without one: 丈夫:王丽 where 王丽 speaks.

    So the husbands of two women are two, and the same woman's is one. Whoever has a number is known
    by it; of whose kin it is nothing is known where nobody who speaks has a whole name.

    Args:
        frame: channel, record_id, party_no, role_code, id_number, phone.
        full: of each row the whole name.
        kin: of each row the word for kin in place of a name.
    """
    spoken = speakers_of(frame[full.notna()].assign(entity_id=full))
    whose = frame[RECORD].merge(spoken, on=RECORD, how="left")["speaker"].set_axis(frame.index)
    unknown = frame[["id_number", "phone"]].isna().all(axis=1)
    return (kin + ":" + whose).where(unknown)


def sexes(parties: pd.DataFrame, hints: pd.Series) -> pd.Series:
    """男 or 女 of each party, missing where nothing tells.

    Args:
        parties: id_number, whose sex goes first where it is sure, and gender as written.
        hints: what names tell (女士), where neither does.
    """
    numbers = identifiers(parties["id_number"])
    written = parties["gender"].str.slice(0, 1)
    told = numbers["sex"].where(numbers["status"].isin(SURE), written)
    return told.where(told.isin(["男", "女"]), hints)


def sure_numbers(written: "pd.Series[str]") -> "pd.Series[str]":
    """ID numbers as written, standardised; missing where one is not sure to be somebody's."""
    numbers = identifiers(written)
    sure: pd.Series[str] = numbers["id_number"].where(numbers["status"].isin(SURE))
    return sure


def _born(frame: pd.DataFrame, parties: pd.DataFrame) -> "pd.Series[str]":
    """The year of birth by the ID number, else, with ``~``, by the age told in the report."""
    born: pd.Series[str] = frame["birth_date"].dt.strftime("%Y").astype("str")
    if "age" not in parties.columns:
        return born
    age = parties["age"].astype(float).to_numpy()
    hours = frame["moment"].to_numpy(float)
    known = ~np.isnan(hours) & (age >= 1) & (age <= OLDEST)
    days = (np.where(known, hours, 0) * 3600).astype("datetime64[s]")
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    told = pd.Series((years - np.where(known, age, 0)).astype(np.int64), frame.index).astype("str")
    either: pd.Series[str] = born.fillna((told + "~").where(known)).astype("str")
    return either


def with_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with its ID numbers and phones, as written, standardised: status, birth_date too."""
    numbers, calls = identifiers(frame["id_number"]), phones(frame["phone"])
    good = calls["kind"].isin(PERSONAL)
    more = {column: numbers[column] for column in ("id_number", "status", "birth_date")}
    return frame.assign(**more, phone=calls["phone"].where(good))


def _areas(place_ids: pd.Series, places: pd.DataFrame | None) -> pd.Series:
    """The compound, village or other area that holds each place; the place itself if it is one."""
    if places is None or "parent_id" not in places.columns:
        return place_ids
    grain = dict(zip(places["place_id"], places["grain"], strict=True))
    parent = dict(zip(places["place_id"], places["parent_id"], strict=True))
    found = {}
    for place in places["place_id"]:
        held, step = place, 0
        # A point of interest that something smaller than a town holds is a village's spot.
        while grain.get(held) in ("room", "building", "group", "poi") and step < 6:
            above = parent.get(held)
            if not isinstance(above, str) or grain.get(above) in (None, "town"):
                break
            held, step = above, step + 1
        found[place] = held
    return place_ids.map(found).astype("str")


def linking_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """What the specification of people looks at, from :class:`People`'s frame."""
    number = frame["id_number"]
    looked_at = frame.assign(
        family=frame["name"].str.slice(0, 1),
        full_name=frame["name"].where(~frame["is_mask"].to_numpy(bool)),
        plain_id=number.where(frame["status"] != "masked"),
        valid_id=number.where(frame["status"].isin(SURE)),
        birth_date=frame["birth_date"].dt.strftime("%Y%m%d"),
    )
    code = certain_people(looked_at)
    return looked_at.assign(certain=pd.Series(code, looked_at.index).where(code >= 0))


def link_people(
    people: People,
    settings: MatchingSettings,
    same: Iterable[tuple[int, int]] | None = None,
    different: Iterable[tuple[int, int]] | None = None,
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
    size = len(people.frame)
    if size == 0:
        return np.empty(0, np.int64), np.empty(0), pd.DataFrame(), {}
    found = link_persons(people, settings, None, same or (), different or ())
    return found.cluster, strongest_links(found.pairs, size), found.pairs, blocking_report(found)


def blocking_report(found: Linkage) -> dict[str, int]:
    """What the caps of blocking cost, in pairs, by rule."""
    blocking = found.blocking
    lost = dict(zip(blocking["rule"], blocking["lost_pairs"].tolist(), strict=True))
    return {f"people: pairs lost to the cap by {name}": n for name, n in lost.items()}


def strongest_links(pairs: pd.DataFrame, size: int) -> Floats:
    """The probability of each row's strongest link inside its cluster, 1.0 for a row alone."""
    inside = pairs["is_link"].to_numpy(bool)
    strongest = np.zeros(size)
    chance = pairs["probability"].to_numpy(float)[inside]
    for side in ("left", "right"):
        np.maximum.at(strongest, pairs[side].to_numpy()[inside], chance)
    strongest[strongest == 0] = 1.0
    return strongest


def link_persons(
    people: People,
    settings: MatchingSettings,
    weights: Weights | None = None,
    same: Iterable[tuple[int, int]] = (),
    different: Iterable[tuple[int, int]] = (),
) -> Linkage:
    """The whole :class:`Linkage` of people, with weights estimated on them unless given."""
    frame = linking_frame(people.frame.reset_index(drop=True))
    specification = person_specification(settings)
    relations = PersonRelations(
        frame, settings.person.relations, settings.relation_rounds, settings.block_cap
    )
    apart = opposite_sides(frame["record"].to_numpy(np.int64), frame["side"].to_numpy(np.int64))
    same, different = list(same), list(different)
    verdicts = settings.verdicts
    if weights is None and len(same) + len(different) >= verdicts.minimum:
        return link_judged(frame, specification, same, different, apart, relations, verdicts.worth)
    told = np.array(different, np.int64).reshape(-1, 2)
    return link_rows(frame, specification, weights, same, np.concatenate([apart, told]), relations)
