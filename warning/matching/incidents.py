"""Incidents: which records tell of one real event. A duplicate is not a repeat.

Reports that share a person, a place, or county, town and kind within the window are compared level
by level, each level worth bits (``incident_evidence``), and joined by average support: a group
stands together only while its pairs speak for it on average. Reports further apart than the window
are never one event, and neither is a chain of them, unless the source itself says so.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.incident_evidence import Facts, bits_of, facts_of, levels_of
from warning.matching.linker.clustering import cluster
from warning.matching.linker.specification import Clustering
from warning.matching.pairs import Integers, candidate_pairs
from warning.records import RECORD
from warning.settings.matching import MatchingSettings

Floats = npt.NDArray[np.float64]
#: Hours within which reports of one county, town and kind are compared.
SHORT = 12


def incident_clusters(
    records: pd.DataFrame,
    entities: pd.DataFrame,
    place_links: pd.DataFrame,
    places: pd.DataFrame,
    settings: MatchingSettings,
    same: set[tuple[int, int]] | None = None,
    different: set[tuple[int, int]] | None = None,
) -> tuple[Integers, Floats, pd.DataFrame, dict[str, int]]:
    """Which records are one event.

    Args:
        records: canonical with codes, RangeIndex.
        entities: row (position in ``records``), entity (code), handlers left out; busy (whether
            the entity stands in many records) where these records are not all.
        place_links: channel, record_id, place_id, grain.
        places: place_id, grain, parent_id.
        settings: evidence, window, threshold.
        same, different: pairs of positions that analysts decided.

    Returns:
        The cluster of each record, the probability of its strongest link (1.0 alone), the
        pairs with their parts, and what blocking did.
    """
    size = len(records)
    if size == 0:
        columns = ["left", "right", "prior", "weight", "probability"]
        return np.empty(0, np.int64), np.empty(0), pd.DataFrame(columns=columns, dtype="int64"), {}
    own = settings.incident
    facts = facts_of(records, entities, place_links, places, own)
    found, lost = _candidates(records, facts, settings)
    near = np.abs(facts.reported[found // size] - facts.reported[found % size]) <= own.window_hours
    told = {
        name: np.array(sorted(min(p) * size + max(p) for p in pairs or ()), np.int64)
        for name, pairs in (("same", same), ("different", different))
    }
    codes = np.unique(np.concatenate([found[near], facts.duplicate, *told.values()]))
    left, right = codes // size, codes % size
    parts = bits_of(levels_of(facts, left, right), own)
    weight = own.prior + sum(parts.values(), np.zeros(len(codes)))
    probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
    probability[np.isin(codes, told["same"])] = 1.0
    threshold = settings.incident_threshold
    support = weight - np.log2(threshold / (1 - threshold))
    support[np.isin(codes, told["same"])] = np.inf
    support[np.isin(codes, told["different"])] = -np.inf
    label = _joined(size, left, right, support, settings)
    label = _within_window(label, facts, own.window_hours)
    inside = label[left] == label[right]
    strongest = np.zeros(size)
    np.maximum.at(strongest, left[inside], probability[inside])
    np.maximum.at(strongest, right[inside], probability[inside])
    strongest[strongest == 0] = 1.0
    pairs = pd.DataFrame(
        {"left": left, "right": right, "prior": own.prior, **parts, "weight": weight,
         "probability": probability}
    )  # fmt: skip
    report = {f"incidents: pairs lost to the cap by {name}": cost for name, cost in lost.items()}
    return label, strongest, pairs, report


def _joined(
    size: int, left: Integers, right: Integers, support: Floats, settings: MatchingSettings
) -> Integers:
    """Clusters by average support; what an analyst joined or the source calls one stays so."""
    most = Clustering().most
    bounded = np.where(np.isfinite(support), np.clip(support, -most, most), support)
    sure = np.isposinf(support)
    bounded[sure] = size * most  # outvotes every pair that speaks against it
    return cluster(
        size, left.astype(np.int32), right.astype(np.int32), bounded.astype(np.float32),
        Clustering(missing=settings.incident.missing_pair),
    )  # fmt: skip


def _candidates(
    records: pd.DataFrame, facts: Facts, settings: MatchingSettings
) -> tuple[Integers, dict[str, int]]:
    """Pairs (left * size + right) that a rule brings together, and what the cap cost each."""
    size, window = len(records), settings.incident.window_hours
    found: list[Integers] = []
    lost: dict[str, int] = {}
    where = {
        "place": ("room", "building", "compound", "poi", "group"),
        "village": ("village",),
    }
    rows = facts.entities["row"].to_numpy(np.int64)
    kind = (
        records["county_code"]
        + "|"
        + records["town"].fillna("")
        + "|"
        + pd.Series(facts.group).astype("str")
    )
    # Windows that overlap by half bring every pair within one window together.
    for shift in (0.0, 0.5):
        slot = pd.Series(np.floor(facts.reported / window + shift)).astype("int64").astype("str")
        short = pd.Series(np.floor(facts.reported / SHORT + shift)).astype("int64").astype("str")
        keys = {"county, town and kind": short + "|" + kind}
        for name, grains in where.items():
            finest = np.full(size, -1, np.int64)
            for grain in reversed(grains):
                finest = np.where(facts.inside[grain] >= 0, facts.inside[grain], finest)
            keys[name] = (slot + "|" + pd.Series(finest).astype("str")).where(finest >= 0)
        compound = facts.inside["compound"]
        keys["compound"] = (slot + "|" + pd.Series(compound).astype("str")).where(compound >= 0)
        left, right, cost = candidate_pairs(keys, settings.block_cap)
        who = slot.to_numpy()[rows] + "|" + facts.entities["entity"].astype("str").to_numpy()
        a, b, by_person = candidate_pairs({"person": pd.Series(who)}, settings.block_cap)
        found.append(left * size + right)
        one, other = np.minimum(rows[a], rows[b]), np.maximum(rows[a], rows[b])
        found.append((one * size + other)[one != other])
        for name, value in {**cost, **by_person}.items():
            lost[name] = max(lost.get(name, 0), value)
    return np.unique(np.concatenate(found)), lost


def _within_window(label: Integers, facts: Facts, span: float) -> Integers:
    """Cut a chain that grew longer than ``span`` hours where the span after its start ends.

    Records that the source itself calls duplicates stay together however far apart.
    """
    size = len(label)
    frame = pd.DataFrame({"label": label, "hours": facts.reported, "row": np.arange(size)})
    held = np.zeros(size, bool)
    held[facts.duplicate // size] = held[facts.duplicate % size] = True
    start = frame.groupby("label")["hours"].transform("min")
    step = ((frame["hours"] - start) // span).astype("int64").where(~held, 0)
    return frame.groupby(["label", step])["row"].transform("min").to_numpy(np.int64)


def incident_frame(
    records: pd.DataFrame, incident: pd.Series, place_links: pd.DataFrame
) -> pd.DataFrame:
    """One row an incident, from its earliest record: the columns of ``Links.incidents``."""
    frame = records.assign(incident_id=incident.to_numpy()).merge(
        place_links[[*RECORD, "place_id"]], on=RECORD, how="left"
    )
    frame = frame.sort_values(["reported_at", *RECORD])
    first = frame.groupby("incident_id", sort=True).agg(
        reported_at=("reported_at", "first"),
        occurred_at=("occurred_at", "min"),
        category=("category_code", "first"),
        county_code=("county_code", "first"),
        place_id=("place_id", "first"),
        record_count=("record_id", "size"),
    )
    return first.reset_index()
