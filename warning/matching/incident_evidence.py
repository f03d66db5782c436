"""What two records say of being one event: levels of comparison, each worth bits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rapidfuzz.fuzz import token_ratio
from rapidfuzz.process import cpdist

from warning.matching.incident_people import (
    people_levels,
    times_told,
    whom_named,
)
from warning.matching.pairs import Integers
from warning.matching.told_times import Told, hours_of, told_times
from warning.records import RECORD, occurred
from warning.settings.matching_incidents import LEVELS, IncidentEvidence
from warning.tabular import places_among

Floats = npt.NDArray[np.float64]
Levels = npt.NDArray[np.int8]
#: Levels of place from the finest, as ``places`` names them.
GRAINS = ("room", "building", "compound", "poi", "group", "village", "town")
#: Levels of place on which both reports are at one.
TOGETHER = ("equal", "one in the other")
#: Levels of people on which like words are a form: strangers, or several against one of whom many
#: complain. Of one other person the same is mostly a name misread: a copy has that, too.
FORMS = ("others on both sides", "one of many records, others opposite",
         "an organisation, others opposite", "an organisation, claims of others")  # fmt: skip
#: Hours up to which two reports stand on each level of time.
STEPS = (1, 2, 4, 8, 12, 24)


@dataclass(frozen=True)
class Facts:
    """What of each record is compared; one entry a record.

    Attributes:
        reported: hours since the epoch.
        occurred: hours since the epoch by occurred_at, NaN where there is none that can be.
        told: when the record itself says it happened.
        inside: grain → code of the place of this grain that the record lies in, -1 unknown.
        kind: code of the category; group: of its first two digits, -1 where it is unknown (99).
        text: narrative, cut; channel: code.
        claims: whether somebody claims something in it, and does not only report.
        named: whom it names (``whom_named``).
        entities: row, entity, entity_type, times (in how many records it had stood by then).
        many: whoever has stood in so many says less.
        duplicate, related: pairs (left * size + right) that the source itself names.
        window: hours beyond which two events are not one.
    """

    reported: Floats
    occurred: Floats
    told: Told
    inside: Mapping[str, Integers]
    kind: Integers
    group: Integers
    text: npt.NDArray[np.object_]
    channel: Integers
    claims: npt.NDArray[np.bool_]
    named: Integers
    entities: pd.DataFrame
    many: int
    duplicate: Integers
    related: Integers
    window: float


def facts_of(
    records: pd.DataFrame, entities: pd.DataFrame, place_links: pd.DataFrame,
    places: pd.DataFrame, settings: IncidentEvidence,
) -> Facts:  # fmt: skip
    """Prepare what :func:`levels_of` compares; see ``incident_clusters`` for the frames."""
    code = records["category_code"].astype("str")
    group = code.str.slice(0, 2)
    reported = hours_of(records["reported_at"])
    distinct = entities.drop_duplicates(["row", "entity"])
    if "times" not in distinct:
        row, entity = (distinct[name].to_numpy(np.int64) for name in ("row", "entity"))
        distinct = distinct.assign(times=times_told(entity, reported[row]))
    narrative = records["narrative"]
    return Facts(
        reported=reported,
        occurred=hours_of(occurred(records)),
        told=told_times(records),
        inside=_inside(records, place_links, places),
        kind=pd.factorize(code)[0].astype(np.int64),
        group=pd.factorize(group.where(group != "99"))[0].astype(np.int64),
        text=narrative.fillna("").str.slice(0, 400).to_numpy(dtype=object),
        channel=pd.factorize(records["channel"])[0].astype(np.int64),
        claims=np.isin(
            np.arange(len(records)), entities.loc[entities["role_code"] == "claimant", "row"]
        ),
        named=whom_named(len(records), entities),
        entities=distinct,
        many=settings.many_records,
        duplicate=named_pairs(records, "duplicate_of"),
        related=named_pairs(records, "related_to"),
        window=settings.window_hours,
    )


def levels_of(facts: Facts, left: Integers, right: Integers) -> dict[str, Levels]:
    """The level of each pair in each comparison: a position in ``LEVELS``."""
    size = len(facts.reported)
    gap = np.abs(facts.reported[left] - facts.reported[right])
    later = np.where(facts.reported[left] > facts.reported[right], left, right)
    earlier = left + right - later
    pair = np.minimum(left, right) * size + np.maximum(left, right)
    source = np.full(len(left), 2)
    source[np.isin(pair, facts.related)] = 1
    source[np.isin(pair, facts.duplicate)] = 0
    told = _told_levels(facts, earlier, later, source == 0)
    time = np.digitize(gap, STEPS, right=True)
    fits = np.isin(told, [LEVELS["told"].index(name) for name in ("same hour", "same day")])
    place = _place_levels(facts, left, right)
    together = np.isin(place, [LEVELS["place"].index(name) for name in TOGETHER])
    same_channel = facts.channel[left] == facts.channel[right]
    claims = same_channel & facts.claims[left] & facts.claims[right]
    people = people_levels(facts.entities, facts.named, facts.many, left, right, together, claims)
    # A copy names the same people: like words about others are the form that a clerk fills in.
    copied = ~np.isin(people, [LEVELS["people"].index(name) for name in FORMS])
    found = {
        "time": np.where(fits & (time == len(STEPS)), len(STEPS) + 1, time),
        "told": told,
        "place": place,
        "people": people,
        "kind": _kind_levels(facts, left, right),
        "text": _text_levels(facts, left, right, copied),
        "channels": same_channel.astype(int),
        "again": _again_levels(facts, earlier, later, fits),
        "source": source,
    }
    return {name: level.astype(np.int8) for name, level in found.items()}


def bits_of(levels: Mapping[str, Levels], settings: IncidentEvidence) -> dict[str, Floats]:
    """The bits of each comparison; they and the prior sum to the weight."""
    return {
        name: np.array([settings.levels[name][level] for level in LEVELS[name]], float)[found]
        for name, found in levels.items()
    }


def named_pairs(records: pd.DataFrame, column: str) -> Integers:
    """Pairs (left * size + right, left < right) that the source names, by keys (``with_named``)."""
    naming = np.flatnonzero(records[column].notna())
    keys = records["channel"] + "|" + records["record_id"]
    other = places_among(records[column].iloc[naming], keys)
    one, other = naming[other >= 0], other[other >= 0]
    pairs = np.minimum(one, other) * len(records) + np.maximum(one, other)
    return np.asarray(np.unique(pairs[one != other]), np.int64)


def _told_levels(
    facts: Facts, earlier: Integers, later: Integers, duplicate: npt.NDArray[np.bool_]
) -> Any:
    """What they tell of when it happened; ``duplicate``: the source itself calls them one.

    Where the earlier one tells nothing, it happened about when that was reported.
    """
    beyond = np.abs(facts.occurred[earlier] - facts.occurred[later]) > facts.window
    start, end = facts.told.start[later], facts.told.end[later]
    own_start, own_end = facts.told.start[earlier], facts.told.end[earlier]
    sure = facts.told.sure[later]
    both = ~np.isnan(start) & ~np.isnan(own_start) & sure & facts.told.sure[earlier]
    hour = np.abs(start - own_start) <= 1
    exact = (start == end) & (own_start == own_end)
    other = np.floor(start / 24) != np.floor(own_start / 24)
    # Who tells that it happened just now, or today, tells no more than when it was reported; but
    # 今天 in a text is no earlier day.
    fine = (end - start < 23) | (start < np.floor(facts.reported[later] / 24) * 24)
    telling = (start <= facts.reported[later] - 2) & (fine | facts.told.in_text[later])
    reported, until = _reported(facts, earlier)
    fits = telling & fine & (start - 1 <= until) & (reported <= end + 1)
    names = LEVELS["told"]
    return np.select(
        [beyond & ~duplicate, telling & sure & (start > until + 1),
         both & exact & hour & ~other, both & other & ((start > own_end) | (own_start > end)),
         both & ((start > own_end) | (own_start > end)), both,
         fits & (start == end), fits],
        [names.index("beyond the window"), names.index("after the earlier report"),
         names.index("same hour"), names.index("other day"),
         names.index("other hour"), names.index("same day"),
         names.index("same hour"), names.index("same day")],
        names.index("unknown"),
    )  # fmt: skip


def _reported(facts: Facts, row: Integers) -> tuple[Floats, Floats]:
    """Between when a record was reported: at its moment; where that is a midnight, on that day."""
    start = facts.reported[row]
    return start, np.where(start % 24 == 0, start + 23.99, start)


def _again_levels(
    facts: Facts, earlier: Integers, later: Integers, fits: npt.NDArray[np.bool_]
) -> Any:
    """Whether the later one tells of another quarrel than the earlier one."""
    told = facts.told
    reported, until = _reported(facts, earlier)
    start, end = told.earlier_start[later], told.earlier_end[later]
    # What was passed on days later says 又 of the very quarrel that the earlier one told of.
    passed_on = fits & (told.start[later] < np.floor(facts.reported[later] / 24) * 24)
    more = (told.again[later] > told.again[earlier]) & ~passed_on
    names = LEVELS["again"]
    return np.select(
        [(start - 1 <= until) & (reported <= end + 1), more],
        [names.index("it was before"), names.index("only the later says so")],
        names.index("otherwise"),
    )


def _inside(
    records: pd.DataFrame, place_links: pd.DataFrame, places: pd.DataFrame
) -> dict[str, Integers]:
    """For each grain the place that a record lies in, found along the hierarchy."""
    at = records[RECORD].merge(place_links[[*RECORD, "place_id"]], on=RECORD, how="left")[
        "place_id"
    ]
    index = pd.Index(places["place_id"])
    parent = index.get_indexer(places["parent_id"])
    grain = places["grain"].to_numpy(dtype=object)
    now = index.get_indexer(at)
    inside = {name: np.full(len(records), -1, np.int64) for name in GRAINS}
    for _ in GRAINS:
        for name in GRAINS:
            here = (now >= 0) & (grain[now] == name) if len(grain) else np.zeros(len(now), bool)
            inside[name][here] = now[here]
        now = np.where(now >= 0, parent[now], -1) if len(grain) else now
    return inside


def _place_levels(facts: Facts, left: Integers, right: Integers) -> Any:
    """Equal, one in the other, unknown, or two places and how near they are."""
    nearest = np.full(len(left), len(GRAINS))  # the finest grain in which both lie in one place
    apart = np.zeros(len(left), bool)
    finest = {side: np.full(len(left), len(GRAINS)) for side in ("left", "right")}
    for position, name in reversed(list(enumerate(GRAINS))):
        a, b = facts.inside[name][left], facts.inside[name][right]
        nearest[(a == b) & (a >= 0)] = position
        apart |= (a != b) & (a >= 0) & (b >= 0)
        finest["left"][a >= 0] = position
        finest["right"][b >= 0] = position
    unknown = (finest["left"] == len(GRAINS)) | (finest["right"] == len(GRAINS))
    town, village = GRAINS.index("town"), GRAINS.index("village")
    names = LEVELS["place"]
    return np.select(
        [
            unknown,
            ~apart & (nearest == finest["left"]) & (nearest == finest["right"])
            & (nearest < village),
            ~apart & (nearest <= village),
            ~apart & (nearest == town),
            nearest <= village,
        ],
        [names.index(name) for name in ("unknown", "equal", "one in the other", "same town", "near")],
        names.index("elsewhere"),
    )  # fmt: skip


def _kind_levels(facts: Facts, left: Integers, right: Integers) -> Any:
    a, b = facts.group[left], facts.group[right]
    names = LEVELS["kind"]
    return np.select(
        [(a < 0) | (b < 0), facts.kind[left] == facts.kind[right], a == b],
        [names.index(name) for name in ("unknown", "equal", "same group")],
        names.index("different"),
    )


def _text_levels(
    facts: Facts, left: Integers, right: Integers, copied: npt.NDArray[np.bool_]
) -> Any:
    """Nearly the same words, where one system can have copied the other."""
    a, b = facts.text[left], facts.text[right]
    likeness = np.asarray(cpdist(a.tolist(), b.tolist(), scorer=token_ratio, dtype=np.float32))
    return np.where((likeness >= 90) & (a != "") & (b != "") & copied, 0, 1)
