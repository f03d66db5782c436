"""Incidents: which records tell of one real event. A duplicate is not a repeat.

Reports that share a person, a place, or county, town and kind within the window are compared level
by level, each level worth bits (``incident_evidence``), and joined by average support: a group
stands together only while its pairs speak for it on average. Reports further apart than the window
are never one event, nor are those that themselves tell of events further apart (occurred_at), nor
is a chain of them, unless the source itself or an analyst says so.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd

from warning.matching.incident_evidence import Facts, bits_of, facts_of, levels_of
from warning.matching.linker.clustering import cluster, components
from warning.matching.linker.specification import Clustering
from warning.matching.pairs import Block, Integers, in_runs, standing_for
from warning.records import RECORD, TEXT
from warning.settings.channels import NO_DISPUTE, UNKNOWN_CATEGORY
from warning.settings.matching import MatchingSettings
from warning.settings.matching_incidents import LEVELS

Floats = npt.NDArray[np.float64]
#: Hours within which reports of one county, town and kind are compared.
SHORT = 12
#: Categories that tell less than any other, the one that tells least last.
VAGUE = {UNKNOWN_CATEGORY: 1, NO_DISPUTE: 2}


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
        records: canonical with codes, RangeIndex; what they name as keys (``with_named``).
        entities: row (position in ``records``), entity (code), entity_type, role_code, handlers
            left out; times (in how many records the entity had stood by then) where these records
            are not all.
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
    told = {
        name: np.array(sorted(min(p) * size + max(p) for p in pairs or ()), np.int64)
        for name, pairs in (("same", same), ("different", different))
    }
    blocks = _blocks(records, facts, settings)
    runs = [in_runs(block, facts.reported, settings.block_cap) for block in blocks]
    found = _near([(run.left, run.right) for run in runs], facts, own.window_hours)
    codes = np.unique(np.concatenate([found, facts.duplicate, *told.values()]))
    pairs = _weighed(codes, facts, settings, told)
    label = _joined(size, pairs, settings)
    parts = [
        standing_for(*both, label, settings.block_cap) for both in zip(blocks, runs, strict=True)
    ]
    across = _near([part[:2] for part in parts], facts, own.window_hours)
    if len(across):
        more = _weighed(np.setdiff1d(across, codes), facts, settings, told)
        pairs = pd.concat([pairs, more], ignore_index=True)
        label = parts_joined(label, pairs, across, settings)
    held = np.union1d(facts.duplicate, told["same"])
    label = _within_window(label, facts.reported, held, own.window_hours)
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    inside = label[left] == label[right]
    strongest = np.zeros(size)
    probability = pairs["probability"].to_numpy()
    np.maximum.at(strongest, left[inside], probability[inside])
    np.maximum.at(strongest, right[inside], probability[inside])
    strongest[strongest == 0] = 1.0
    lost: dict[str, int] = {}
    for block, (_, _, cost) in zip(blocks, parts, strict=True):
        lost[block.rule] = max(lost.get(block.rule, 0), cost)
    report = {f"incidents: pairs lost to the cap by {name}": cost for name, cost in lost.items()}
    return label, strongest, pairs.drop(columns="support"), report


def _near(found: list[tuple[Integers, Integers]], facts: Facts, hours: float) -> Integers:
    """The pairs (left * size + right) that were reported within the window, each once."""
    size = len(facts.reported)
    codes = np.unique(np.concatenate([left * size + right for left, right in found]))
    near = np.abs(facts.reported[codes // size] - facts.reported[codes % size]) <= hours
    return np.asarray(codes[near], np.int64)


def _weighed(
    codes: Integers, facts: Facts, settings: MatchingSettings, told: dict[str, Integers]
) -> pd.DataFrame:
    """One row a pair: left, right, prior, the bits of each comparison, weight, probability, support."""
    own, size = settings.incident, len(facts.reported)
    left, right = codes // size, codes % size
    levels = levels_of(facts, left, right)
    parts = bits_of(levels, own)
    weight = own.prior + sum(parts.values(), np.zeros(len(codes)))
    probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
    probability[np.isin(codes, told["same"])] = 1.0
    threshold = settings.incident_threshold
    support = weight - np.log2(threshold / (1 - threshold))
    support[levels["told"] == LEVELS["told"].index("beyond the window")] = -np.inf
    support[np.isin(codes, told["same"])] = np.inf
    support[np.isin(codes, told["different"])] = -np.inf
    return pd.DataFrame(
        {"left": left, "right": right, "prior": own.prior, **parts, "weight": weight,
         "probability": probability, "support": support}
    )  # fmt: skip


def _joined(size: int, pairs: pd.DataFrame, settings: MatchingSettings) -> Integers:
    """Clusters by average support; what an analyst joined or the source calls one stays so."""
    support = pairs["support"].to_numpy()
    most = Clustering().most
    bounded = np.where(np.isfinite(support), np.clip(support, -most, most), support)
    sure = np.isposinf(support)
    bounded[sure] = size * most  # outvotes every pair that speaks against it
    return cluster(
        size, pairs["left"].to_numpy(np.int32), pairs["right"].to_numpy(np.int32),
        bounded.astype(np.float32), Clustering(missing=settings.incident.missing_pair),
    )  # fmt: skip


def parts_joined(
    label: Integers, pairs: pd.DataFrame, across: Integers, settings: MatchingSettings
) -> Integers:
    """Join what a block that was cut fell into: each cluster is now one row.

    Two of them are as near as the pairs that were compared say on average, among these always the
    two rows that stand for them. What a verdict parts stays apart, whatever another one joins.

    Args:
        label: the smallest row of each row's cluster.
        pairs: left, right, support, of all pairs that were compared.
        across: pairs (left * size + right) of rows that stand for clusters.
    """
    size = len(label)
    one, other = label[pairs["left"]], label[pairs["right"]]
    edge = np.minimum(one, other) * size + np.maximum(one, other)
    support = pairs["support"].to_numpy()
    wanted = (one != other) & (np.isin(edge, across) | np.isneginf(support))
    told = pd.Series(support[wanted]).groupby(edge[wanted])
    finite = pd.Series(np.where(np.isfinite(support), support, 0.0)[wanted])
    mean = finite.groupby(edge[wanted]).mean()
    mean = mean.mask(told.max() == np.inf, np.inf).mask(told.min() == -np.inf, -np.inf)
    codes = mean.index.to_numpy(np.int64)
    parts = pd.DataFrame({"left": codes // size, "right": codes % size, "support": mean.to_numpy()})
    return np.asarray(_joined(size, parts, settings)[label], np.int64)


def _blocks(records: pd.DataFrame, facts: Facts, settings: MatchingSettings) -> list[Block]:
    """What each rule brings together within its hours.

    Slots are twice as long and overlap by half: whatever the hour, two reports within a rule's
    hours have a slot in common.
    """
    size, window = len(records), settings.incident.window_hours
    everyone = np.arange(size, dtype=np.int64)
    where = {
        "place": ("room", "building", "compound", "poi", "group"),
        "village": ("village",),
        "compound": ("compound",),
    }
    rows = facts.entities["row"].to_numpy(np.int64)
    entity = facts.entities["entity"].astype("str").reset_index(drop=True)
    kind = (
        records["county_code"]
        + "|"
        + records["town"].fillna("")
        + "|"
        + pd.Series(facts.group).astype("str")
    )
    found = []
    for shift in (0.0, 0.5):
        slot, short = (
            pd.Series(np.floor(facts.reported / (2 * hours) + shift)).astype("int64").astype("str")
            for hours in (window, SHORT)
        )
        found.append(Block("county, town and kind", everyone, _codes(short + "|" + kind), SHORT))
        keys = {}
        for name, grains in where.items():
            finest = np.full(size, -1, np.int64)
            for grain in reversed(grains):
                finest = np.where(facts.inside[grain] >= 0, facts.inside[grain], finest)
            keys[name] = (slot + "|" + pd.Series(finest).astype("str")).where(finest >= 0)
        found += [Block(rule, everyone, _codes(key), window) for rule, key in keys.items()]
        who = pd.Series(slot.to_numpy()[rows]) + "|" + entity
        found.append(Block("person", rows, _codes(who), window))
    return found


def _codes(key: pd.Series) -> Integers:
    """A number for each value; -1 where it is missing."""
    return pd.factorize(key)[0].astype(np.int64)


def _within_window(label: Integers, reported: Floats, held: Integers, span: float) -> Integers:
    """Cut a chain that grew longer than ``span`` hours where the span after its start ends.

    Args:
        label: the cluster of each row.
        reported: hours, of each row.
        held: pairs (left * size + right) of one cluster that stay together however far apart, with
            all that stands in the parts of either: what the source itself calls a duplicate, and
            what an analyst says is the same.
    """
    size = len(label)
    frame = pd.DataFrame({"label": label, "hours": reported, "row": np.arange(size)})
    start = frame.groupby("label")["hours"].transform("min")
    step = ((frame["hours"] - start) // span).astype("int64")
    part = frame.groupby(["label", step])["row"].transform("min").to_numpy(np.int64)
    left, right = held // size, held % size
    one = label[left] == label[right]
    return np.asarray(components(size, part[left[one]], part[right[one]])[part], np.int64)


def incident_frame(
    records: pd.DataFrame, incident: pd.Series, place_links: pd.DataFrame, places: pd.DataFrame
) -> pd.DataFrame:
    """One row an incident, from its earliest record: the columns of ``Links.incidents``.

    The category is that of the earliest record that tells of a known kind of quarrel. Where no
    record tells a county it is that of the earliest record's place.
    """
    frame = records.assign(incident_id=incident.to_numpy()).merge(
        place_links[[*RECORD, "place_id"]], on=RECORD, how="left"
    )
    county = places.set_index("place_id")["county_code"].replace("", None)
    frame["place_county"] = frame["place_id"].map(county.to_dict()).astype(TEXT)
    frame = frame.sort_values(["reported_at", *RECORD]).reset_index(drop=True)
    first = frame.groupby("incident_id", sort=True).agg(
        reported_at=("reported_at", "first"),
        occurred_at=("occurred_at", "min"),
        county_code=("county_code", "first"),
        place_id=("place_id", "first"),
        record_count=("record_id", "size"),
        place_county=("place_county", "first"),
    )
    first["county_code"] = first["county_code"].fillna(first.pop("place_county"))
    vague = frame["category_code"].map(VAGUE).fillna(0)
    telling = vague.groupby(frame["incident_id"], sort=True).idxmin()
    first.insert(2, "category", frame["category_code"].take(telling.to_numpy()).to_numpy())
    return first.reset_index().astype({"incident_id": TEXT, "category": TEXT})
