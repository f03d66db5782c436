"""Incidents: which records tell of one real event. A duplicate is not a repeat.

Evidence in bits: time, place, people, kind, text, channels, what the source itself says. Two
records more than the window apart are never one event, and neither is a chain of them.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.fuzz import token_ratio
from rapidfuzz.process import cpdist

from warning.matching.pairs import Integers, candidate_pairs, clusters
from warning.settings.matching import IncidentEvidence, MatchingSettings

Floats = npt.NDArray[np.float64]
AGAIN = r"又|再次|再度|多次|屡次|反复|第[二三四五2-5]次"
HOURS = 3_600_000_000


def incident_clusters(
    records: pd.DataFrame,
    entities: pd.DataFrame,
    place_links: pd.DataFrame,
    settings: MatchingSettings,
    same: set[tuple[int, int]] | None = None,
    different: set[tuple[int, int]] | None = None,
) -> tuple[Integers, Floats, pd.DataFrame, dict[str, int]]:
    """Which records are one event.

    Args:
        records: canonical with codes, RangeIndex.
        entities: row (position in ``records``), entity (code), handlers left out.
        place_links: channel, record_id, place_id, grain.
        settings: evidence, window, threshold.
        same, different: pairs of positions that analysts decided.

    Returns:
        The cluster of each record, the probability of its strongest link (1.0 alone), the
        pairs with their parts, and what blocking did.
    """
    size = len(records)
    if size == 0:
        return np.empty(0, np.int64), np.empty(0), pd.DataFrame(), {}
    bits = settings.incident
    time = records["occurred_at"].fillna(records["reported_at"])
    hours = time.astype("datetime64[us]").astype("int64").to_numpy() / HOURS
    reported = records["reported_at"].astype("int64").to_numpy() / HOURS
    key = ["channel", "record_id"]
    places = records[key].merge(place_links, on=key, how="left")
    fine = ~places["grain"].isin(["town", "village"])
    place = pd.factorize(places["place_id"].where(fine))[0].astype(np.int64)
    left, right, lost = _candidates(records, entities, places, hours, settings)
    near = np.abs(hours[left] - hours[right]) <= bits.window_hours
    near &= np.abs(reported[left] - reported[right]) <= 2 * bits.window_hours
    named_left, named_right = _named(records, "duplicate_of")
    left, right = _union(size, (left[near], right[near]), (named_left, named_right))
    parts = _evidence(records, entities, place, hours, left, right, bits)
    weight = bits.prior + sum(parts.values())
    probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
    decided = np.isin(left * size + right, [min(p) * size + max(p) for p in same or ()])
    probability[decided] = 1.0
    forbidden = set(different or ())
    cluster = clusters(size, left, right, probability, settings.incident_threshold, forbidden)
    cluster = _within_window(cluster, hours, 2 * bits.window_hours, left, right, parts)
    inside = cluster[left] == cluster[right]
    strongest = np.zeros(size)
    np.maximum.at(strongest, left[inside], probability[inside])
    np.maximum.at(strongest, right[inside], probability[inside])
    strongest[strongest == 0] = 1.0
    pairs = pd.DataFrame(
        {"left": left, "right": right, "prior": bits.prior, **parts, "weight": weight,
         "probability": probability}
    )  # fmt: skip
    return (
        cluster,
        strongest,
        pairs,
        {f"incidents: pairs lost to the cap by {k}": v for k, v in lost.items()},
    )


def _candidates(
    records: pd.DataFrame, entities: pd.DataFrame, places: pd.DataFrame, hours: Floats,
    settings: MatchingSettings,
) -> tuple[Integers, Integers, dict[str, int]]:  # fmt: skip
    """Pairs that share a person, a place or county and kind, in one time window or the next."""
    size, window = len(records), settings.incident.window_hours
    found_left: list[Integers] = []
    found_right: list[Integers] = []
    lost: dict[str, int] = {}
    # Windows that overlap by half bring every pair within one window together.
    for shift in (0.0, 0.5):
        slot = pd.Series(np.floor(hours / window + shift)).astype("int64").astype("str")
        day = pd.Series(np.floor(hours / 12 + shift)).astype("int64").astype("str")
        keys = {
            "place": slot + "|" + places["place_id"],
            "county, town and kind": day + "|" + records["county_code"] + "|"
            + records["town"].fillna("") + "|" + records["category_code"],
        }  # fmt: skip
        left, right, cost = candidate_pairs(keys, settings.block_cap)
        rows = entities["row"].to_numpy(np.int64)
        by_person = slot.to_numpy()[rows] + "|" + entities["entity"].astype("str").to_numpy()
        a, b, cost_person = candidate_pairs({"person": pd.Series(by_person)}, settings.block_cap)
        found_left += [left, rows[a]]
        found_right += [right, rows[b]]
        for name, value in {**cost, **cost_person}.items():
            lost[name] = max(lost.get(name, 0), value)
    left, right = np.concatenate(found_left), np.concatenate(found_right)
    return *_union(size, (left, right)), lost


def _union(size: int, *pairs: tuple[Integers, Integers]) -> tuple[Integers, Integers]:
    left = np.concatenate([pair[0] for pair in pairs])
    right = np.concatenate([pair[1] for pair in pairs])
    keep = left != right
    both = np.unique(np.minimum(left, right)[keep] * size + np.maximum(left, right)[keep])
    return both // size, both % size


def _named(records: pd.DataFrame, column: str) -> tuple[Integers, Integers]:
    """Pairs that the source system itself names, inside one channel."""
    rows = records[["channel", "record_id", column]].assign(row=np.arange(len(records)))
    named = rows.dropna(subset=[column]).merge(
        rows[["channel", "record_id", "row"]],
        left_on=["channel", column],
        right_on=["channel", "record_id"],
        suffixes=("", "_named"),
    )
    return named["row"].to_numpy(np.int64), named["row_named"].to_numpy(np.int64)


def _evidence(
    records: pd.DataFrame, entities: pd.DataFrame, place: Integers, hours: Floats,
    left: Integers, right: Integers, bits: IncidentEvidence,
) -> dict[str, Floats]:  # fmt: skip
    gap = np.abs(hours[left] - hours[right])
    time = np.where(gap <= 2, bits.within_2_hours, np.where(gap <= 12, bits.within_12_hours, 0.0))
    time = time + (gap > 12) * bits.within_window
    known = (place[left] >= 0) & (place[right] >= 0)
    same_place = known & (place[left] == place[right])
    shared, both = _shared(entities, len(records), left, right)
    category = pd.factorize(records["category_code"].str.slice(0, 2))[0]
    kind = category[left] == category[right]
    channel = pd.factorize(records["channel"])[0]
    text = records["narrative"].fillna("").str.slice(0, 400).to_numpy(dtype=object)
    likeness = (
        cpdist(list(text[left]), list(text[right]), scorer=token_ratio, dtype=np.float32) / 100
    )
    likeness[(text[left] == "") | (text[right] == "")] = 0.5
    later = np.where(hours[left] > hours[right], left, right)
    again = records["narrative"].str.contains(AGAIN).fillna(value=False).to_numpy(bool)[later]
    size = len(records)
    codes = left * size + right
    duplicate = np.isin(codes, _pair_codes(size, *_named(records, "duplicate_of")))
    related = np.isin(codes, _pair_codes(size, *_named(records, "related_to")))
    return {
        "time": time,
        "place": same_place * bits.same_place + (known & ~same_place) * bits.place_conflict,
        "people": np.minimum(shared, 2) * bits.each_person
        + (both & (shared == 0)) * bits.person_conflict,
        "kind": np.where(kind, bits.same_category, bits.category_conflict),
        "text": np.clip(likeness - 0.5, 0, None) * 2 * bits.text_most,
        "channels": (channel[left] != channel[right]) * bits.other_channel,
        "again": (again & (gap > 0.5)) * bits.again_said,
        "source": duplicate * bits.source_says_duplicate + related * bits.source_says_related,
    }


def _pair_codes(size: int, left: Integers, right: Integers) -> Integers:
    return np.minimum(left, right) * size + np.maximum(left, right)


def _shared(
    entities: pd.DataFrame, size: int, left: Integers, right: Integers
) -> tuple[Integers, npt.NDArray[np.bool_]]:
    """How many entities two records share, and whether both name any."""
    pairs = pd.DataFrame({"pair": np.arange(len(left)), "left": left, "right": right})
    distinct = entities.drop_duplicates(["row", "entity"])
    first = pairs.merge(distinct, left_on="left", right_on="row")[["pair", "right", "entity"]]
    joined = first.merge(distinct, left_on=["right", "entity"], right_on=["row", "entity"])
    counts = np.bincount(joined["pair"].to_numpy(np.int64), minlength=len(left))
    named = np.zeros(size, bool)
    named[distinct["row"].to_numpy(np.int64)] = True
    return counts.astype(np.int64), named[left] & named[right]


def _within_window(
    cluster: Integers, hours: Floats, span: float, left: Integers, right: Integers,
    parts: dict[str, Floats],
) -> Integers:  # fmt: skip
    """Cut a chain that grew longer than ``span`` hours at its start's end.

    Records that the source itself calls duplicates stay together however far apart.
    """
    frame = pd.DataFrame({"cluster": cluster, "hours": hours, "row": np.arange(len(cluster))})
    held = np.zeros(len(cluster), bool)
    named = parts["source"] > 10 if len(left) else np.zeros(0, bool)
    held[left[named]] = held[right[named]] = True
    start = frame.groupby("cluster")["hours"].transform("min")
    step = ((frame["hours"] - start) // span).astype("int64").where(~held, 0)
    return frame.groupby(["cluster", step])["row"].transform("min").to_numpy(np.int64)


def incident_frame(
    records: pd.DataFrame, incident: pd.Series, place_links: pd.DataFrame
) -> pd.DataFrame:
    """One row an incident, from its earliest record: the columns of ``Links.incidents``."""
    key = ["channel", "record_id"]
    frame = records.assign(incident_id=incident.to_numpy()).merge(
        place_links[[*key, "place_id"]], on=key, how="left"
    )
    frame = frame.sort_values(["reported_at", *key])
    first = frame.groupby("incident_id", sort=True).agg(
        reported_at=("reported_at", "first"),
        occurred_at=("occurred_at", "min"),
        category=("category_code", "first"),
        county_code=("county_code", "first"),
        place_id=("place_id", "first"),
        record_count=("record_id", "size"),
    )
    return first.reset_index()
