"""Incidents: which reports tell of one real event. Evidence in bits, groups kept short in time."""

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from warning.matching.identity import founding_ids
from warning.settings.matching import IncidentEvidence
from warning.settings.matching_incidents import IncidentsSettings

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
KEY = ["channel", "record_id"]
LINK_COLUMNS = [*KEY, "incident_id", "probability"]
FINE = ("room", "building", "compound", "group", "poi")
AGAIN = r"再次|再度|再一次|又(?![名称叫])"
HOUR = 3_600_000_000  # microseconds
UNKNOWN = "99"


def link_incidents(
    records: pd.DataFrame,
    party_links: pd.DataFrame,
    place_links: pd.DataFrame,
    evidence: IncidentEvidence,
    settings: IncidentsSettings,
    threshold: float,
    places: pd.DataFrame | None = None,
    verdicts: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Resolve records to incidents.

    Pairs inside the window that share a person, a phone, a place, or county and category are
    weighed; groups grow from the surest pair while their reports span no more than the window
    and hold together on average. What the source calls a duplicate is one in any case.

    Args:
        records: canonical records with category_code.
        party_links: with role_code, and phone where calls are to count.
        place_links: record → place_id, grain.
        evidence: bits; settings: limits; threshold: probability from which two are one.
        places: the hierarchy (parent_id, is_hub); without it only equal places agree.
        verdicts: analysts' decisions of kind ``incident``.

    Returns:
        incident_links (channel, record_id, incident_id, probability: of the record's strongest
        pair in its incident, 1 alone) and incidents, both sorted by key.
    """
    ordered = records.sort_values(["reported_at", *KEY], ignore_index=True)
    size = len(ordered)
    people = _codes_of(ordered, party_links, "entity_id")
    calls = _codes_of(ordered, party_links, "phone") if "phone" in party_links else people[:0]
    where = _where(ordered, place_links, places)
    time = ordered["reported_at"].astype("datetime64[us]").astype("int64").to_numpy()
    must, related, apart = _given(ordered, verdicts)
    left, right = _candidates(ordered, people, calls, where, time, evidence, settings, must)
    weight = _weigh(ordered, left, right, people, calls, where, time, evidence, settings)
    code = left * max(size, 1) + right
    weight += np.isin(code, must) * evidence.source_says_duplicate
    weight += np.isin(code, related) * evidence.source_says_related
    _add_text(ordered, left, right, weight, evidence, threshold)
    probability = 1.0 / (1.0 + np.exp2(-np.clip(weight, -60, 60)))
    probability[np.isin(code, must)] = 1.0
    probability[np.isin(code, apart)] = 0.0
    label = _groups(
        size, left, right, probability, time, set(must.tolist()), set(apart.tolist()),
        threshold, settings.cohesion, int(evidence.window_hours * HOUR),
    )  # fmt: skip
    strongest = np.zeros(size)
    inside = label[left] == label[right]
    np.maximum.at(strongest, left[inside], probability[inside])
    np.maximum.at(strongest, right[inside], probability[inside])
    links = ordered[KEY].copy()
    # Rows stand in order of time, so that a group's smallest row is its founding report.
    links["incident_id"] = founding_ids("i", ordered[KEY]).to_numpy()[label]
    links["probability"] = np.where(strongest > 0, strongest, 1.0)
    links = links.astype({"incident_id": "str"})
    links = links.sort_values(KEY, ignore_index=True)[LINK_COLUMNS]
    return links, describe_incidents(records, links, place_links)


def describe_incidents(
    records: pd.DataFrame, incident_links: pd.DataFrame, place_links: pd.DataFrame
) -> pd.DataFrame:
    """One row an incident: when, what and where, by its first report that says so.

    Returns:
        incident_id, reported_at, occurred_at, category, county_code, place_id, record_count.
    """
    joined = records.merge(incident_links[[*KEY, "incident_id"]], on=KEY)
    joined = joined.merge(place_links[[*KEY, "place_id"]], on=KEY, how="left")
    joined = joined.sort_values(["reported_at", *KEY])
    known = joined["category_code"].where(joined["category_code"] != UNKNOWN)
    joined = joined.assign(category=known)
    grouped = joined.groupby("incident_id", sort=True)
    columns = ["reported_at", "occurred_at", "category", "county_code", "place_id"]
    incidents = grouped[columns].first()
    incidents["category"] = incidents["category"].fillna(UNKNOWN)
    incidents["record_count"] = grouped.size().astype("int64")
    text = ["category", "county_code", "place_id"]
    return incidents.reset_index().astype(dict.fromkeys(["incident_id", *text], "str"))


def _codes_of(ordered: pd.DataFrame, links: pd.DataFrame, column: str) -> Integers:
    """Pairs (row, code) of what stands in each record, each once, sorted; handlers left out."""
    kept = links[links[column].notna()]
    if "role_code" in kept:
        kept = kept[kept["role_code"] != "handler"]
    rows = pd.MultiIndex.from_frame(ordered[KEY]).get_indexer(pd.MultiIndex.from_frame(kept[KEY]))
    codes = pd.factorize(kept[column], sort=True)[0]
    pairs = np.column_stack([rows, codes]).astype(np.int64)
    return np.unique(pairs[rows >= 0], axis=0)


def _where(
    ordered: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame | None
) -> pd.DataFrame:
    """Each row's place, its topmost ancestor below the town, and whether it is a hub."""
    found = ordered[KEY].merge(place_links[[*KEY, "place_id", "grain"]], on=KEY, how="left")
    found["anchor"], found["is_hub"] = found["place_id"], False
    if places is not None and len(places):
        book = places.set_index("place_id")
        town = set(book.index[book["grain"] == "town"])
        parent = book["parent_id"].dropna()
        parent = parent[~parent.isin(town)]
        for _ in range(5):
            found["anchor"] = found["anchor"].map(parent).fillna(found["anchor"])
        found["is_hub"] = found["place_id"].map(book["is_hub"]).eq(True)
    told = found["grain"].notna() & (found["grain"] != "town")
    found["anchor"] = found["anchor"].where(told)
    found["fine"] = found["place_id"].where(found["grain"].isin(FINE))
    return found


def _given(
    ordered: pd.DataFrame, verdicts: pd.DataFrame | None
) -> tuple[Integers, Integers, Integers]:
    """Pair codes that the source or an analyst names: the same, related, different."""
    size = len(ordered)
    names = (ordered["channel"] + "|" + ordered["record_id"]).to_numpy(dtype=object)
    index = {name: row for row, name in enumerate(names.tolist())}
    alone = ordered["record_id"].drop_duplicates(keep=False)
    elsewhere = dict(zip(alone.tolist(), alone.index.tolist(), strict=True))

    def said(column: str) -> list[int]:
        told = ordered[column].dropna()
        rows = zip(told.index.tolist(), ordered.loc[told.index, "channel"], told, strict=True)
        found = [(r, index.get(f"{c}|{v}", elsewhere.get(v, r))) for r, c, v in rows]
        return [min(a, b) * size + max(a, b) for a, b in found if a != b]

    decided: dict[str, list[int]] = {"same": [], "different": []}
    if verdicts is not None and len(verdicts):
        mine = verdicts[verdicts["kind"] == "incident"].sort_values("at")
        last = mine.drop_duplicates(["left", "right"], keep="last")
        for a, b, verdict in zip(last["left"], last["right"], last["verdict"], strict=True):
            x, y = index.get(a), index.get(b)
            if verdict in decided and x is not None and y is not None and x != y:
                decided[verdict].append(min(x, y) * size + max(x, y))
    apart = np.array(sorted(set(decided["different"])), np.int64)
    must = np.array(sorted({*said("duplicate_of"), *decided["same"]}), np.int64)
    return np.setdiff1d(must, apart), np.array(said("related_to"), np.int64), apart


def _near(codes: Integers, rows: Integers, time: Integers, window: int, most: int) -> Integers:
    """Pair codes of rows with an equal code whose times lie within the window.

    Rows are in order of time. Each row meets at most ``most`` earlier rows of its code.
    """
    size = max(len(time), 1)
    order = np.lexsort((rows, codes))
    code, row = codes[order], rows[order]
    found = [np.empty(0, np.int64)]
    for step in range(1, min(most, len(row) - 1) + 1):
        a, b = row[:-step], row[step:]
        keep = (code[:-step] == code[step:]) & (time[b] - time[a] <= window)
        if not keep.any():
            break
        keep &= a != b
        found.append(np.minimum(a, b)[keep] * size + np.maximum(a, b)[keep])
    return np.concatenate(found)


def _candidates(
    ordered: pd.DataFrame, people: Integers, calls: Integers, where: pd.DataFrame, time: Integers,
    evidence: IncidentEvidence, settings: IncidentsSettings, must: Integers,
) -> tuple[Integers, Integers]:  # fmt: skip
    """Rows left and right (left < right) of every pair worth weighing, sorted."""
    size = max(len(ordered), 1)
    window, most = int(evidence.window_hours * HOUR), settings.neighbours
    found = [must]
    for pairs in (people, calls):
        if len(pairs):
            found.append(_near(pairs[:, 1], pairs[:, 0], time, window, most))
    area = (ordered["county_code"].fillna("") + ordered["category_code"]).where(
        ordered["category_code"] != UNKNOWN
    )
    for key in (where["anchor"], area):
        code = pd.factorize(key)[0].astype(np.int64)
        rows = np.flatnonzero(code >= 0)
        found.append(_near(code[rows], rows, time, window, most))
    both = np.unique(np.concatenate(found))
    return both // size, both % size


def _shared(pairs: Integers, left: Integers, right: Integers) -> tuple[Integers, Flags]:
    """How many codes each pair of rows shares, and whether both have any."""
    shared = np.zeros(len(left), np.int64)
    if not len(pairs) or not len(left):
        return shared, np.zeros(len(left), bool)
    most, size = int(pairs[:, 1].max()) + 1, int(max(left.max(), right.max(), pairs[:, 0].max()))
    count = np.bincount(pairs[:, 0], minlength=size + 1)
    start = np.concatenate([[0], np.cumsum(count)])[:-1]
    has = set_of = pairs[:, 0] * most + pairs[:, 1]
    for k in range(min(int(count.max()), 12)):
        holds = count[left] > k
        code = pairs[np.minimum(start[left] + k, len(pairs) - 1), 1]
        at = np.minimum(np.searchsorted(has, right * most + code), len(has) - 1)
        shared += holds & (set_of[at] == right * most + code)
    return shared, (count[left] > 0) & (count[right] > 0)


def _weigh(
    ordered: pd.DataFrame, left: Integers, right: Integers, people: Integers, calls: Integers,
    where: pd.DataFrame, time: Integers, evidence: IncidentEvidence, settings: IncidentsSettings,
) -> Floats:  # fmt: skip
    """Bits of everything but the narratives and the source's own word."""
    weight = np.full(len(left), evidence.prior)
    happened = ordered["occurred_at"].astype("datetime64[us]")
    # A date without a time of day says nothing about hours.
    told = (happened.notna() & (happened != happened.dt.normalize())).to_numpy(bool)
    moment = happened.fillna(ordered["reported_at"]).astype("int64").to_numpy()
    both = told[left] & told[right]
    gap = np.where(both, np.abs(moment[left] - moment[right]), np.abs(time[left] - time[right]))
    hours = gap / HOUR
    weight += np.select(
        [both & (hours > settings.apart_hours), hours <= 2, hours <= 12],
        [settings.apart, evidence.within_2_hours, evidence.within_12_hours],
        evidence.within_window,
    )
    for column in ("fine", "anchor"):
        code = pd.factorize(where[column])[0]
        known = (code[left] >= 0) & (code[right] >= 0)
        same = known & (code[left] == code[right])
        # A hub, or a place that is only named roughly, is worth half.
        hub = where["is_hub"].to_numpy(bool)[left]
        weight += same * np.where(hub, 0.25, 0.5) * evidence.same_place
        if column == "anchor":
            weight += (known & ~same) * evidence.place_conflict
    shared, known = _shared(people, left, right)
    weight += np.minimum(shared, 2) * evidence.each_person
    by_phone = (shared == 0) & (_shared(calls, left, right)[0] > 0)
    weight += by_phone * evidence.each_person / 2
    weight += (known & (shared == 0) & ~by_phone) * evidence.person_conflict
    family = ordered["category_code"].str.slice(0, 2)
    code = pd.factorize(family.where(family != UNKNOWN))[0]
    known = (code[left] >= 0) & (code[right] >= 0)
    equal = code[left] == code[right]
    weight += known * np.where(equal, evidence.same_category, evidence.category_conflict)
    channel = pd.factorize(ordered["channel"])[0]
    weight += (channel[left] != channel[right]) * evidence.other_channel
    again = ordered["narrative"].str.contains(AGAIN).fillna(value=False).to_numpy(bool)
    weight += (again[right] & ~again[left]) * evidence.again_said
    return weight


def _add_text(
    ordered: pd.DataFrame, left: Integers, right: Integers, weight: Floats,
    evidence: IncidentEvidence, threshold: float,
) -> None:  # fmt: skip
    """Add what alike narratives are worth, where they can still decide."""
    text = ordered["narrative"].fillna("").str.replace(r"[\d\s，。、：；]+", "", regex=True)
    values = text.to_numpy(dtype=object)
    enough = np.log2(threshold / (1 - threshold)) - 1
    told = (text.str.len() >= 4).to_numpy(bool)
    near = weight + evidence.text_most >= enough
    open_ = np.flatnonzero(near & told[left] & told[right])
    if len(open_):
        alike = cpdist(values[left[open_]], values[right[open_]], scorer=fuzz.ratio)
        weight[open_] += evidence.text_most * np.clip(np.asarray(alike) / 50.0 - 1.0, 0.0, 1.0)


def _groups(
    size: int, left: Integers, right: Integers, probability: Floats, time: Integers,
    must: set[int], apart: set[int], threshold: float, cohesion: float, window: int,
) -> Integers:  # fmt: skip
    """The smallest row of each row's group, surest pairs first.

    Two groups join when their reports together span no more than the window, the pairs across
    them (0 for a pair never weighed) average ``cohesion``, and none of them is decided apart.
    A pair decided the same joins whatever the span.
    """
    member = list(range(size))
    rows: dict[int, list[int]] = {}
    weighed = probability > 0.01
    codes = left[weighed] * max(size, 1) + right[weighed]
    known = dict(zip(codes.tolist(), probability[weighed].tolist(), strict=True))
    keep = np.flatnonzero(probability >= threshold)
    certain = np.isin(left[keep] * max(size, 1) + right[keep], np.array(sorted(must), np.int64))
    order = keep[np.lexsort((right[keep], left[keep], -probability[keep], ~certain))]
    for a, b in zip(left[order].tolist(), right[order].tolist(), strict=True):
        x, y = member[a], member[b]
        if x == y:
            continue
        first, second = rows.get(x, [x]), rows.get(y, [y])
        across = [min(p, q) * size + max(p, q) for p in first for q in second]
        if apart and not apart.isdisjoint(across):
            continue
        together = first + second
        if a * size + b not in must:
            if time[max(together)] - time[min(together)] > window:
                continue
            if sum(known.get(code, 0.0) for code in across) < cohesion * len(across):
                continue
        low = min(x, y)
        rows[low] = together
        for row in together:
            member[row] = low
    return np.array(member, np.int64)
